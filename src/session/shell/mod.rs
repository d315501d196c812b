//! A session without modules: the vector is the process's own, over a remote shell, perhaps by a forced command.
//!
//! `serve` goes the way of a daemon's connection from its third stage on; what stands before it is made here: the vector, the
//! versions, and a directory handle, which is `/` with the user's own rights or, restricted, one directory.

mod restricted;

use std::sync::Arc;

use super::arguments;
use super::attributes;
use super::daemon_rules::DaemonRules;
use super::ending::{End, exit_line};
use super::enter::Entered;
use super::greeting::{Greeted, shell_address};
use super::request::Request;
use super::settings::{ConfigFrom, Peer, ShellSettings, Transport, WorkerSettings};
use super::{Connection, run};
use crate::config::{Module, ModuleValues, Switch};
use crate::escape::Escaped;
use crate::fs::{Confine, Root, strerror};
use crate::limits::{PROTOCOL_MAX, PROTOCOL_MIN};
use crate::net::fatal::{Fatal, exit};
use crate::net::{Link, Receive, say_aside};
use crate::options::{self, Fit, Parsed, command};
use crate::os::{self, log::Target};
use crate::wire::Put;
use crate::wire::charset::Charset;
use restricted::{Restricted, real_path};

/// Versions that any peer may name; others are no versions but the words of a shell.
const VERSIONS: std::ops::RangeInclusive<u32> = 20..=40;
/// What is logged of a file when only `--log-file` is given.
const LOG_FORMAT: &[u8] = b"%i %n%L";

/// Serves one client. Returns the exit code.
pub fn serve(settings: &ShellSettings) -> i32 {
    os::log::init(Target::Nowhere, Target::Nowhere);
    os::signal::end_gently();
    os::identity::renounce();
    let restricted = match settings.restriction.as_ref().map(|restriction| Restricted::admit(restriction, settings)) {
        None => None,
        Some(Ok(Some(restricted))) => Some(restricted),
        Some(Ok(None)) => return 0,
        Some(Err(text)) => {
            say_aside(&format!("{} error: {text}", settings.program));
            log_for_operator(&text);
            return i32::from(exit::SYNTAX);
        }
    };
    let vector = restricted.as_ref().map_or(&settings.vector, |restricted| &restricted.vector);
    let original = settings.original.as_deref().filter(|_| restricted.is_none());
    let caps = match original.map_or(Ok(None), |original| compare(vector, original)) {
        Ok(caps) => caps,
        Err(text) => {
            log_for_operator(&text);
            return early(&Fatal::new(exit::SYNTAX, text), "server");
        }
    };
    let Some(Connection { mut link, restore }) = Connection::of_stdio(false) else { return i32::from(exit::SOCKET_IO) };
    link.output.set_aside();
    let mut role = "server";
    let code = match begin(vector, caps, restricted.as_ref(), &mut role, &mut link) {
        Ok((entered, request)) => match entered.agree(request, &mut link) {
            Ok(negotiated) => i32::from(run::run(negotiated, link)),
            Err(End::Closed(fatal)) => early(&fatal, role),
            Err(end) => i32::from(end.finish(&mut link)),
        },
        Err(fatal) => early(&fatal, role),
    };
    drop(restore);
    if os::signal::stopped() { i32::from(exit::SIGNAL) } else { code }
}

fn syslog() -> Target {
    Target::Syslog { facility: b"daemon".to_vec(), tag: b"rsync".to_vec() }
}

/// Why nothing came of a forced command: its author is not the one who sees standard error.
fn log_for_operator(text: &str) {
    os::log::init(syslog(), Target::Nowhere);
    log::error!("{text} (from {})", shell_address());
    os::log::init(Target::Nowhere, Target::Nowhere);
}

/// An end before the client can read frames: standard error reaches its user.
fn early(fatal: &Fatal, role: &str) -> i32 {
    if fatal.exit == exit::SOCKET_IO {
        // The client is gone: nobody reads this.
        return i32::from(fatal.exit);
    }
    for line in fatal.text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        say_aside(&Escaped(line).to_string());
    }
    say_aside(&exit_line(fatal.exit, role));
    i32::from(fatal.exit)
}

/// Holds the vector of a forced command against what the client asked its shell for. What the client can do is its own word.
fn compare(vector: &[Vec<u8>], original: &[u8]) -> Result<Option<options::Capabilities>, String> {
    let asked = command::server_vector(command::split(original));
    let Some(fit) = options::fit(vector, &asked) else { return Ok(None) };
    match fit {
        Fit::Same => {}
        Fit::Differs(text) => say_aside(&format!("rsync: {text}. The forced command counts.")),
        Fit::Misfit(text) => return Err(format!("rsync: {text}. Use the same options on both sides.")),
    }
    Ok(Some(options::parse_own(&asked).options.caps))
}

/// What a daemon's connection has after its second stage.
fn begin(
    vector: &[Vec<u8>],
    caps: Option<options::Capabilities>,
    restricted: Option<&Restricted>,
    role: &mut &'static str,
    link: &mut Link,
) -> Result<(Entered, Request), Fatal> {
    let mut parsed = read_vector(vector, link)?;
    if let Some(error) = &parsed.error {
        return Err(Fatal::new(error.exit, error.text.clone()));
    }
    *role = if parsed.options.sender { "sender" } else { "Receiver" };
    if let Some(caps) = caps {
        parsed.options.caps = caps;
    }
    let protocol = exchange_versions(link, parsed.options.newest_protocol)?;
    parsed.options.settle_protocol(protocol);
    attributes::check_protocol(&parsed.options, protocol)?;
    let charset = charset(&parsed.options)?;
    let paths = parsed.options.paths.clone();
    let entered = enter(&parsed.options, protocol, restricted)?;
    let sent = if restricted.is_some() { paths.clone() } else { Vec::new() };
    Ok((entered, Request { parsed, lists: [Vec::new(), Vec::new()], sent, paths, charset }))
}

/// The options; with `-s` most of them come from the client.
fn read_vector(vector: &[Vec<u8>], link: &mut Link) -> Result<Parsed, Fatal> {
    let parsed = options::parse_own(vector);
    if !parsed.options.secluded || parsed.error.is_some() {
        return Ok(parsed);
    }
    let mut second = arguments::read(link, false)?;
    // The first record is the program's name.
    if !second.is_empty() {
        second.remove(0);
    }
    Ok(options::parse_secluded_own(parsed, &second))
}

/// The version that both speak.
fn exchange_versions(link: &mut Link, newest: u32) -> Result<u32, Fatal> {
    let ours = if newest == 0 { PROTOCOL_MAX } else { newest.clamp(PROTOCOL_MIN, PROTOCOL_MAX) };
    link.put(&ours.to_le_bytes());
    link.flush()?;
    let theirs = link.decode(|r| r.i32())?;
    let theirs = u32::try_from(theirs).ok().filter(|version| VERSIONS.contains(version)).ok_or_else(|| {
        Fatal::new(
            exit::PROTOCOL,
            "protocol version mismatch -- is your shell clean?\n(see the rsync manpage for an explanation)",
        )
    })?;
    if theirs < PROTOCOL_MIN {
        let text =
            format!("protocol version {theirs} is too old: this server speaks {PROTOCOL_MIN} (rsync 2.6.0) and newer");
        return Err(Fatal::new(exit::PROTOCOL, text));
    }
    Ok(theirs.min(ours))
}

/// The character set of this side's names, which `--iconv` names.
fn charset(options: &options::Options) -> Result<Option<Charset>, Fatal> {
    if !options.iconv {
        return Ok(None);
    }
    Charset::named(&options.iconv_charset).map(Some).ok_or_else(|| {
        let name = Escaped(&options.iconv_charset).to_string();
        Fatal::new(exit::UNSUPPORTED, format!("iconv_open(\"UTF-8\", \"{name}\") failed"))
    })
}

/// The directory and the rules of the session.
fn enter(options: &options::Options, protocol: u32, restricted: Option<&Restricted>) -> Result<Entered, Fatal> {
    let cannot = |what: &[u8], errno| {
        let text = format!("rsync: [server] change_dir {} failed: {}", Escaped(what), strerror(errno));
        Fatal::new(exit::FILE_SELECT, text)
    };
    let (root, base, path, confined) = match restricted {
        Some(restricted) => (restricted.root.clone(), Vec::new(), restricted.dir.clone(), restricted.dir != b"/"),
        None => {
            let here = rustix::process::getcwd(Vec::new()).map_err(|errno| cannot(b".", errno))?.into_bytes();
            match &options.confine_root {
                Some(dir) if dir != b"/" => {
                    let real = real_path(dir).ok_or_else(|| cannot(dir, rustix::io::Errno::NOENT))?;
                    let below = here.strip_prefix(real.as_slice());
                    let base = below.filter(|rest| rest.is_empty() || rest.starts_with(b"/")).ok_or_else(|| {
                        Fatal::new(exit::SYNTAX, "rsync: the working directory lies outside of --confine-root")
                    })?;
                    let root = Root::open(&real, Confine::Beneath).map_err(|errno| cannot(dir, errno))?;
                    (Arc::new(root), base.to_vec(), real, true)
                }
                _ => {
                    let root = Root::open(b"/", Confine::Free).map_err(|errno| cannot(b"/", errno))?;
                    (Arc::new(root), here, b"/".to_vec(), false)
                }
            }
        }
    };
    let values = ModuleValues {
        path: crate::config::Text(path.clone()),
        read_only: restricted.is_some_and(|restricted| restricted.read_only),
        write_only: restricted.is_some_and(|restricted| restricted.write_only),
        numeric_ids: Switch::No,
        fake_super: options.fake_super,
        max_verbosity: i32::from(u8::MAX),
        ..ModuleValues::default()
    };
    let read_only = values.read_only;
    let log_format =
        options.log_file.as_ref().map(|_| options.log_file_format.clone().unwrap_or_else(|| LOG_FORMAT.to_vec()));
    let entered = Entered {
        greeted: Greeted {
            settings: WorkerSettings {
                config: ConfigFrom::Vector,
                transport: Transport::RemoteShell,
                foreground: false,
                bwlimit: 0,
                log_file: None,
                log_format: Some(log_format.unwrap_or_default()),
                protocol: 0,
            },
            module: Module { name: Vec::new(), place: (String::new(), 0), values },
            protocol,
            peer: Peer { addr: shell_address(), host: "UNDETERMINED".to_owned() },
            user: Vec::new(),
            handshake_s: 0,
            read_only,
            slot: None,
            number: 0,
            hooks: None,
            early_input: Vec::new(),
        },
        root,
        path,
        chroot: !confined,
        sanitise: confined,
        munge: options.munge_links,
        rules: DaemonRules::default(),
        base,
        plain_words: restricted.is_none(),
    };
    open_log(options, &entered, restricted.is_some());
    Ok(entered)
}

/// `--log-file`, opened below the directory; a restricted session has the system's log otherwise.
fn open_log(options: &options::Options, entered: &Entered, restricted: bool) {
    use rustix::fs::{Mode, OFlags};
    let Some(name) = &options.log_file else {
        if restricted {
            os::log::init(syslog(), Target::Nowhere);
        }
        return;
    };
    let path = entered.file_of(name);
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NOCTTY;
    match entered.root.open_below(&path, flags, Mode::from_raw_mode(0o644)) {
        Ok(file) => os::log::to_file(file),
        Err(errno) => {
            say_aside(&format!("rsync: [server] failed to open log-file {}: {}", Escaped(name), strerror(errno)));
            say_aside("Ignoring \"log file\" setting.");
        }
    }
}
