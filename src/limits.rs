//! Every capacity and number that limits something, with its unit and its reason.

use std::time::Duration;

/// Longest path on the wire and on disk, in bytes, with its terminating NUL (Linux `PATH_MAX`; stock's `MAXPATHLEN`).
pub const MAXPATH: usize = 4096;
/// A directory for temporaries of this length is too long: names in it would be (stock's number).
pub const TEMP_DIR: usize = 4086;
/// Longest name of one directory entry, in bytes (Linux `NAME_MAX`).
pub const MAXNAME: usize = 255;
/// Newest protocol version that is advertised.
pub const PROTOCOL_MAX: u32 = 32;
/// Oldest protocol version that is served (rsync 2.6.0).
pub const PROTOCOL_MIN: u32 = 27;

/// Longest line of the greeting and of the module request, in bytes (stock's 1024-byte buffer).
pub const GREETING_LINE: usize = 1023;
/// Longest authentication answer, in bytes.
pub const AUTH_LINE: usize = 5118;
/// Longest single argument a client may send, in bytes.
pub const ARG_LEN: usize = 5119;
/// Most arguments a client may send (stock 3.5.0).
pub const ARG_COUNT: usize = 15_999;
/// Most bytes all arguments of one client may take: it bounds memory before login is over.
pub const ARG_BYTES: usize = 1 << 20;
/// Most paths that wildcard expansion of a client's arguments may yield.
pub const GLOB_RESULTS: usize = 100_000;
/// Longest checksum or compression list in the negotiation, in bytes (a vstring of stock).
pub const NEGOTIATION_LEN: usize = 255;
/// Longest filter rule on the wire, in bytes (stock refuses 5120).
pub const FILTER_RULE: usize = 5119;
/// Most filter rules of one session.
pub const FILTER_RULES: usize = 65_536;
/// Most bytes of filter rule text of one session.
pub const FILTER_BYTES: usize = 16 << 20;
/// Most changes in one `--chmod` text: each is applied to every entry.
pub const CHMOD_ITEMS: usize = 256;
/// Most rules in one `--usermap` or `--groupmap`: each new id is held against all of them.
pub const ID_RULES: usize = 4096;
/// Most pairs of id and name behind a file list: each may cost a place in a map.
pub const ID_NAMES: usize = 1 << 20;
/// Most names of per-directory files at a time: each costs an open in every directory.
pub const MERGERS: usize = 256;
/// Largest per-directory merge file that is read, in bytes.
pub const MERGE_FILE: usize = 1 << 20;
/// Deepest nesting of merge files and of configuration includes.
pub const MERGE_DEPTH: usize = 32;
/// Deepest nesting of `&include` and `&merge`.
pub const CONFIG_DEPTH: usize = 16;
/// Largest configuration file, in bytes.
pub const CONFIG_BYTES: usize = 4 << 20;
/// Largest secrets file, in bytes.
pub const SECRETS_BYTES: usize = 1 << 20;
/// Largest message of the day, in bytes.
pub const MOTD_BYTES: usize = 64 << 10;

/// Bytes of a literal run that a sender puts in one token (stock's CHUNK_SIZE).
pub const CHUNK: usize = 32 << 10;
/// Longest literal run accepted in one token, in bytes: gokrazy sends 256 KiB, nobody more.
pub const LITERAL_MAX: u32 = 16 << 20;
/// Largest block length from protocol 30 on, in bytes.
pub const BLOCK_LEN_MAX: u32 = 1 << 17;
/// Largest block length before protocol 30, in bytes.
pub const BLOCK_LEN_MAX_OLD: u32 = 1 << 29;
/// Block length of small files, in bytes.
pub const BLOCK_LEN_MIN: u32 = 700;
/// Memory for the block table of the one file in hand, in bytes: what exceeds it never matches.
pub const BLOCK_TABLE: usize = 64 << 20;
/// Candidates with an equal rolling sum that are looked at for one offset (stock 3.5.0).
pub const CHAIN_MAX: usize = 1024;

/// Alternate basis directories of one push (stock's number).
pub const ALTERNATES: usize = 20;
/// Names of one directory that are looked at for a similar file, and whose distance is measured, for each missing one.
pub const FUZZY_NAMES: usize = 10_000;
/// Longest chunk of compressed data, in bytes: its length has 14 bits.
pub const COMPRESSED_CHUNK: usize = 16_383;
/// The history that deflate refers back to, in bytes. A session with zlib or zlibx takes about 0.5 MiB to send and
/// 0.2 MiB to receive, whatever the level; one with LZ4 less than 0.1 MiB.
pub const DEFLATE_WINDOW: usize = 32 << 10;
/// Longest run of data that an LZ4 chunk may come to, in bytes: stock compresses at most 32 KiB at a time.
pub const LZ4_OUT: usize = 64 << 10;
/// Most memory that compressing with zstd takes, in bytes, whatever the level (left alone, level 19 would take 90 MB).
pub const ZSTD_ENCODER: usize = 6 << 20;
/// Window from level 4 on, log2 of bytes: that of level 3.
pub const ZSTD_WINDOW_LOG: u32 = 21;
/// Hash and chain tables from level 4 on, log2 of entries: with the window they keep to [`ZSTD_ENCODER`].
pub const ZSTD_TABLE_LOG: u32 = 18;
/// Largest window that a peer's zstd stream may ask for, log2 of bytes: that of level 22, and stock's limit. The memory
/// (the window and 0.3 MiB) is touched only as far as data comes; with a client's default level it is 2 MiB.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Output buffer of a connection, in bytes: one MSG_DATA frame at most.
pub const OUTBOX: usize = 64 << 10;
/// Input buffer of a connection, in bytes.
pub const INBOX: usize = 128 << 10;
/// Input that is read ahead while waiting to write, in bytes.
pub const INBOX_MAX: usize = 1 << 20;
/// Longest text frame sent, in bytes: rsync 2.6.0 refuses more than about 1023.
pub const TEXT_FRAME: usize = 1000;
/// Longest non-data frame accepted, in bytes (stock refuses 5120).
pub const MESSAGE_MAX: usize = 5119;

/// Notes of the receiver that wait without the generator being woken: so many, and it may as well begin.
pub const NOTES_LEFT: usize = 256;

/// Largest file list of one session, in bytes of memory.
pub const FLIST_BYTES: usize = 1 << 30;
/// Most named users and groups in one ACL (stock's number).
pub const ACL_NAMES: usize = 65_536;
/// Most ACLs of a session that differ, in bytes of memory.
pub const ACL_BYTES: usize = 64 << 20;
/// Most extended attributes of one entry (stock's number).
pub const XATTR_ITEMS: u32 = 65_536;
/// Longest name of an attribute, in bytes, with its terminating NUL (stock's number; Linux takes 255 without).
pub const XATTR_NAME: usize = 4096;
/// Largest value of an attribute that may be announced, in bytes (stock's number).
pub const XATTR_VALUE: usize = 128 << 20;
/// Largest value of an attribute that is kept, in bytes: Linux stores no larger one.
pub const XATTR_KEPT: usize = 64 << 10;
/// Most memory for names and values of attributes in one session, in bytes.
pub const XATTR_BYTES: usize = 128 << 20;
/// Sub-list entries kept ahead of the peer's requests (stock keeps at least 1000).
pub const LOOKAHEAD: usize = 1000;

/// Longest text that a hook gets as early input from a client, and the longest of what `pre-xfer exec` prints that is passed
/// on, in bytes (stock's numbers).
pub const HOOK_OUTPUT: usize = 5 << 10;
/// Longest message between a worker and the process of its hooks, in bytes: all arguments and then some.
pub const HOOK_MESSAGE: usize = 2 * ARG_BYTES;
/// Longest name of a host that hooks are told, in bytes (the name system's own limit).
pub const HOST_NAME: usize = 255;
/// Longest line to and from a name converter, in bytes (stock's number).
pub const CONVERTER_LINE: usize = 1023;
/// Longest header of a proxy behind its first 16 octets, in bytes.
pub const PROXY_HEADER: usize = 1024;
/// Absolute limit of the handshake, in seconds, unless `timeout` is smaller.
pub const HANDSHAKE_S: u64 = 60;
/// Files that wait for one flush (`sync = end`); each keeps a descriptor.
pub const FLUSH_FILES: usize = 256;
/// Bytes of files that wait for one flush.
pub const FLUSH_BYTES: u64 = 64 << 20;
/// A sender that says nothing for so long may itself wait for what is held back.
pub const FLUSH_IDLE: Duration = Duration::from_millis(20);
/// Time to drain a peer's input after a fatal message, in milliseconds.
pub const DRAIN_MS: u64 = 2_000;
/// Connections at a time, all modules together, unless configured.
pub const CONNECTIONS: usize = 64;
/// Connections at a time from one address, unless configured: a whole household may come from one.
pub const CONNECTIONS_PER_ADDRESS: usize = CONNECTIONS;
/// How long a burst of connections may wait for a place before one is refused, in milliseconds.
pub const PLACE_WAIT_MS: u64 = 1_000;

const _: () = assert!(TEXT_FRAME < MESSAGE_MAX);
const _: () = assert!(CHUNK < OUTBOX);
const _: () = assert!(FILTER_RULE > MAXPATH);
