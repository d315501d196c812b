//! The third stage: arguments, compatibility flags, checksums, seed; from here on the output is framed.

use super::attributes;
use super::ending::End;
use super::enter::Entered;
use super::own_rules::stop_s;
use super::request::Request;
use crate::compress::{self, Compression, Method};
use crate::config::{Switch, Sync};
use crate::escape::Escaped;
use crate::filter::{Filters, Side};
use crate::flist::Codec;
use crate::hash::{Algorithm, BlockSpec, FileSpec, NEGOTIATION_LIST, negotiate};
use crate::limits::NEGOTIATION_LEN;
use crate::net::fatal::{Fatal, exit};
use crate::net::{Link, Receive};
use crate::options::{Compress, DeleteWhen, OptionError, Options, Parsed};
use crate::os;
use crate::role::Context;
use crate::role::context::Numeric;
use crate::role::files_from::FilesFrom;
use crate::role::names::Names;
use crate::role::uncompressed::Uncompressed;
use crate::wire::charset::Charset;
use crate::wire::frame::Code;
use crate::wire::{Put, compat, int, vstring};

/// A session whose protocol is set up.
pub struct Negotiated {
    /// What came before.
    pub entered: Entered,
    /// Facts of the session.
    pub ctx: Context,
    /// Paths, from the module's root.
    pub paths: Vec<Vec<u8>>,
    /// The module's rules for the role.
    pub filters: Filters,
    /// Names to list instead of the paths (a sender), or to pass on to the client (a receiver).
    pub files_from: Option<FilesFrom>,
    /// What was wrong with the arguments: said once the client can hear it.
    pub refused: Option<Fatal>,
}

impl Entered {
    /// Runs the stage.
    pub fn negotiate(self, link: &mut Link) -> Result<Negotiated, End> {
        let request = self.read_request(link)?;
        self.agree(request, link)
    }

    /// What both sides need to know before the first frame: flags, checksums, seed.
    pub(super) fn agree(self, request: Request, link: &mut Link) -> Result<Negotiated, End> {
        let protocol = self.greeted.protocol;
        let Request { parsed: Parsed { mut options, error, .. }, lists, sent, paths, charset } = request;
        self.adjust(&mut options, link);
        let side = if options.sender { Side::Sender } else { Side::Receiver };
        let mut filters = self.rules.build(side, protocol).map_err(|error| Fatal::broken(error.exit, error.text))?;
        let paths = self.expand_paths(&paths, &options, &filters);
        let told = self.tell_hooks(&lists, &sent, &paths);
        self.log_request(&options, &sent);
        if let Err(fatal) = &told {
            fatal.lines().for_each(|line| log::error!("{}", Escaped(line)));
        }
        let mut refused = told.err().or_else(|| error.map(|OptionError { text, exit }| Fatal::new(exit, text)));
        if refused.is_none() {
            refused = self.own_rules(&options, &mut filters).err();
        }
        match stop_s(&options) {
            Ok(seconds) => link.clock().set_stop(seconds),
            Err(fatal) => drop(refused.get_or_insert(fatal)),
        }
        if refused.is_none() {
            refused = attributes::check_protocol(&options, protocol).err();
        }
        if refused.is_none()
            && let Some(user) = &options.copy_as
        {
            refused = attributes::copy_as(user).err();
        }
        let files_from = self.files_from(&options, &filters).unwrap_or_else(|fatal| {
            refused.get_or_insert(fatal);
            None
        });
        let setup = Setup::exchange(link, protocol, &options)?;
        if refused.is_none() {
            // The client names what each side knows.
            refused = setup.nothing_common.then(|| Fatal::new(exit::UNSUPPORTED, ""));
        }
        // Below protocol 31 names stand outside the frames; a client that waits for them gets an empty list with an error.
        let passes_on = options.files_from.as_ref().is_some_and(|text| text != b"-") && !options.sender;
        let raw_names = protocol < 31 && passes_on;
        let ctx = self.context(options, &setup, charset);
        link.output.set_charset(charset);
        link.flush()?;
        link.clock().count_from_here(link.input.backlog());
        if raw_names && refused.is_some() {
            link.put(&[0]);
        }
        if !raw_names || refused.is_some() {
            link.output.set_framed(protocol);
        }
        if protocol < 31 && files_from.is_some() {
            link.input.be_careful();
        }
        if protocol >= 30 || (ctx.options.sender && ctx.options.remove_source_files) {
            link.input.set_framed(true)?;
        }
        let timeout = link.clock().timeout_s();
        if timeout > 0 && protocol >= 31 {
            let seconds = i32::try_from(timeout).unwrap_or(i32::MAX);
            link.output.message(Code::IoTimeout, &seconds.to_le_bytes());
        }
        Ok(Negotiated { entered: self, ctx, paths, filters, files_from, refused })
    }

    /// What the module has to say about the client's wishes.
    fn adjust(&self, options: &mut Options, link: &mut Link) {
        let module = &self.greeted.module;
        options.ignore_errors |= module.ignore_errors;
        options.fsync |= module.sync == Sync::Close;
        if options.place.temp_dir.is_none() {
            options.place.temp_dir = self.temp_dir();
        }
        let timeouts = [module.timeout_s, options.timeout_s];
        let timeout = timeouts.into_iter().filter(|t| *t > 0).min().unwrap_or(0);
        link.clock().set_timeout(u64::from(timeout));
        let limits = [self.greeted.settings.bwlimit, options.bwlimit];
        link.output.set_bwlimit(limits.into_iter().filter(|l| *l > 0).min().unwrap_or(0));
    }

    fn context(&self, options: Options, setup: &Setup, charset: Option<Charset>) -> Context {
        let greeted = &self.greeted;
        let module = &greeted.module;
        let protocol = greeted.protocol;
        let numeric = match (options.numeric_ids, module.numeric_ids) {
            (true, _) => Numeric::Client,
            (false, Switch::Yes | Switch::Unset) if self.chroot && self.converter().is_none() => Numeric::Module,
            (false, Switch::Yes) if !self.chroot => Numeric::Module,
            _ => Numeric::No,
        };
        let most = u8::try_from(module.max_verbosity.clamp(0, 9)).unwrap_or(1);
        let verbose = options.verbose.min(most);
        let log_format = match &greeted.settings.log_format {
            Some(format) => Some(format.clone()).filter(|format| !format.is_empty()),
            None => module.transfer_logging.then(|| module.log_format.to_vec()),
        };
        let codec = Codec {
            protocol,
            varint_flags: setup.flags & compat::VARINT_FLIST_FLAGS != 0,
            safe_flist: setup.flags & compat::SAFE_FLIST != 0,
            id0_names: setup.flags & compat::ID0_NAMES != 0,
            inc: setup.flags & compat::INC_RECURSE != 0,
            owner: options.owner,
            group: options.group,
            links: options.links,
            devices: options.devices,
            specials: options.specials,
            hard_links: options.hard_links,
            atimes: options.atimes,
            acls: options.acls,
            xattrs: options.xattrs > 0,
            relative: options.relative,
            wire_order: charset.is_some(),
            sum_len: if options.checksum { setup.list_sum.digest_len() } else { 0 },
        };
        // Below protocol 30 nothing is negotiated; a choice of the client holds there all the same.
        let chosen = options.checksum_choice.is_some_and(|(transfer, _)| transfer.is_some());
        let old = protocol < 30 && !chosen;
        let module_chmod = self.module_chmod(&options);
        let mut chmod = options.chmod.clone();
        chmod.append(&module_chmod);
        let incoming_chmod = if options.sender { Default::default() } else { module_chmod };
        let fake = module.fake_super;
        if fake {
            self.root.keep_in_attributes();
        }
        if self.keeps_atimes(&options) {
            self.root.keep_atimes();
        }
        Context {
            protocol,
            codec,
            file_sum: if old { FileSpec::OldMd4 { seed: setup.seed } } else { FileSpec::Plain(setup.transfer_sum) },
            block_sum: BlockSpec {
                algorithm: setup.transfer_sum,
                seed: setup.seed,
                seed_first: protocol < 30
                    || setup.flags & compat::CHKSUM_SEED_FIX != 0
                    || setup.transfer_sum == Algorithm::Sha1,
            },
            list_sum: FileSpec::Plain(setup.list_sum),
            charset,
            convert_targets: setup.flags & compat::SYMLINK_ICONV != 0 && options.caps.symlink_iconv,
            compression: setup.compression,
            uncompressed: Uncompressed::new(&module.dont_compress, &options.skip_compress),
            numeric,
            names: self.converter().map(Names::converted).unwrap_or_default(),
            module: module.name.clone(),
            chroot: self.chroot,
            munge: self.munge,
            sanitise: self.sanitise,
            base: self.base.clone(),
            sync: module.sync,
            chmod,
            incoming_chmod,
            fake,
            xattr_names: Default::default(),
            xattr_optim: protocol >= 31 && setup.flags & compat::AVOID_XATTR_OPTIM == 0,
            root: fake || self.acts_as_root(&options),
            inplace_partial: setup.flags & compat::INPLACE_PARTIAL_DIR != 0,
            groups: os::identity::groups(),
            umask: os::identity::umask(),
            ignore_nonreadable: module.ignore_nonreadable,
            verbose,
            most_verbose: most,
            name_unchanged: verbose > 1 || (options.name_level > 1 && most > 1),
            log_format: log_format.filter(|_| !options.dry_run),
            peer_addr: greeted.peer.addr.to_string(),
            peer_host: if module.reverse_lookup { greeted.peer.host.clone() } else { "UNDETERMINED".to_owned() },
            user: greeted.user.clone(),
            module_path: self.path.clone(),
            options,
        }
    }
}

/// What both sides agreed on.
struct Setup {
    flags: i32,
    transfer_sum: Algorithm,
    list_sum: Algorithm,
    compression: Option<Compression>,
    seed: i32,
    /// What both sides should have had in common and have not.
    nothing_common: bool,
}

impl Setup {
    /// Flags, lists of names, seed: in this order, unframed.
    fn exchange(link: &mut Link, protocol: u32, options: &Options) -> Result<Self, Fatal> {
        let flags = if protocol >= 30 { compat_flags(options) } else { 0 };
        if protocol >= 30 {
            if options.caps.varint_flags_prerelease {
                let [low, ..] = flags.to_le_bytes();
                link.put(&[low]);
            } else {
                int::put_varint(link, flags);
            }
        }
        let default = if protocol >= 30 { Algorithm::Md5 } else { Algorithm::Md4 };
        let strings = protocol >= 30 && options.caps.varint_flags;
        let mut setup =
            Self { flags, transfer_sum: default, list_sum: default, compression: None, seed: 0, nothing_common: false };
        let wants_sum = strings && options.checksum_choice.is_none();
        let wants_compression = strings && options.compress == Compress::Negotiated;
        if wants_sum {
            vstring::put(link, NEGOTIATION_LIST.as_bytes());
        }
        if wants_compression {
            vstring::put(link, compress::NEGOTIATION_LIST.as_bytes());
        }
        if wants_sum {
            let theirs = link.decode(|r| Ok(vstring::read(r, NEGOTIATION_LEN)?.to_vec()))?;
            let chosen = negotiate(&theirs);
            setup.nothing_common = chosen.is_none();
            setup.transfer_sum = chosen.unwrap_or(default);
            setup.list_sum = setup.transfer_sum;
        } else if let Some((transfer, list)) = options.checksum_choice {
            setup.transfer_sum = transfer.unwrap_or(default);
            setup.list_sum = list.unwrap_or(default);
        }
        let mut method = match options.compress {
            Compress::No => Method::None,
            Compress::Negotiated => Method::Zlib,
            Compress::Forced(method) => method,
        };
        if wants_compression {
            let theirs = link.decode(|r| Ok(vstring::read(r, NEGOTIATION_LEN)?.to_vec()))?;
            let chosen = compress::negotiate(&theirs);
            setup.nothing_common |= chosen.is_none();
            method = chosen.unwrap_or(Method::None);
        }
        setup.compression = method.with_level(options.compress_level);
        setup.seed = if options.checksum_seed != 0 { options.checksum_seed } else { random_seed() };
        link.put(&setup.seed.to_le_bytes());
        Ok(setup)
    }
}

fn compat_flags(options: &Options) -> i32 {
    let caps = &options.caps;
    let late_or_early = matches!(options.delete, DeleteWhen::Before | DeleteWhen::After);
    let inc = caps.inc_recurse
        && options.recurse
        && !options.qsort
        && !options.iconv
        && if options.sender {
            !options.relative
        } else {
            !late_or_early && !options.prune_empty_dirs && !options.place.delay_updates
        };
    let varint = caps.varint_flags || caps.varint_flags_prerelease;
    let mut flags = 0;
    for (on, bit) in [
        (inc, compat::INC_RECURSE),
        (caps.symlink_times, compat::SYMLINK_TIMES | compat::SYMLINK_ICONV),
        (caps.safe_flist, compat::SAFE_FLIST),
        (caps.avoid_xattr_optim, compat::AVOID_XATTR_OPTIM),
        (caps.seed_fix, compat::CHKSUM_SEED_FIX),
        (caps.inplace_partial, compat::INPLACE_PARTIAL_DIR),
        (varint, compat::VARINT_FLIST_FLAGS),
        (caps.id0_names, compat::ID0_NAMES),
    ] {
        if on {
            flags |= bit;
        }
    }
    flags
}

fn random_seed() -> i32 {
    let mut bytes = [0; 4];
    let _ = getrandom::fill(&mut bytes);
    match i32::from_le_bytes(bytes) {
        0 => 1,
        seed => seed,
    }
}
