//! What a client asks for: read from a daemon's connection, told to the log and to the hooks.

use std::sync::Arc;

use super::arguments;
use super::ending::End;
use super::enter::Entered;
use crate::escape::Escaped;
use crate::net::Link;
use crate::net::fatal::Fatal;
use crate::options::{self, Options, Parsed, RefuseList, unescaped};
use crate::role::names::Ask;
use crate::wire::charset::Charset;

/// A request, as both transports bring it: a daemon's connection, or a command line over a remote shell.
pub struct Request {
    /// Its options, and what is wrong with them.
    pub parsed: Parsed,
    /// The two lists of arguments as they came; empty over a remote shell.
    pub lists: [Vec<Vec<u8>>; 2],
    /// Paths as they came, for the log; none: it is not told.
    pub sent: Vec<Vec<u8>>,
    /// Paths as this side takes them apart.
    pub paths: Vec<Vec<u8>>,
    /// Character set of this side's names, if the client wants them converted.
    pub charset: Option<Charset>,
}

impl Entered {
    /// The arguments that a daemon's client sends.
    pub(super) fn read_request(&self, link: &mut Link) -> Result<Request, End> {
        let greeted = &self.greeted;
        let module = &greeted.module;
        let protocol = greeted.protocol;
        let charset = Charset::named(&module.charset);
        let refuse = RefuseList::of_module(&module.refuse_options, charset.is_some(), &mut |line| log::warn!("{line}"));
        let first = arguments::read(link, protocol < 30)?;
        let context = options::Context { daemon: true, protocol: Some(protocol), refuse: &refuse, unescape: true };
        let mut parsed = options::parse(&first, &context);
        let mut sent = parsed.options.paths.clone();
        let secluded = parsed.options.secluded;
        let mut second = Vec::new();
        if secluded {
            second = arguments::read(link, false)?;
            // The first record is the program's name.
            if !second.is_empty() {
                second.remove(0);
            }
            if let Some(charset) = charset.filter(|_| parsed.options.iconv) {
                arguments::convert(&mut second, charset);
            }
            let context = options::Context { unescape: false, ..context };
            parsed = options::parse_secluded(parsed, &second, &context);
            sent = parsed.options.paths.clone();
        }
        link.clock().set_deadline(0);
        let paths = arguments::paths(&sent, &module.name, !secluded);
        let charset = charset.filter(|_| parsed.options.iconv);
        Ok(Request { parsed, lists: [first, second], sent, paths, charset })
    }

    pub(super) fn log_request(&self, options: &Options, sent: &[Vec<u8>]) {
        if sent.is_empty() {
            return;
        }
        let greeted = &self.greeted;
        let direction = if options.sender { "on" } else { "to" };
        let user = if greeted.user.is_empty() { String::new() } else { format!("{}@", Escaped(&greeted.user)) };
        let request = arguments::request(sent);
        log::info!("rsync {direction} {} from {user}{} ({})", Escaped(&request), greeted.peer.host, greeted.peer.addr);
    }

    /// `pre-xfer exec` with the request and the arguments: both lists of them, paths as they are served.
    pub(super) fn tell_hooks(
        &self,
        lists: &[Vec<Vec<u8>>; 2],
        sent: &[Vec<u8>],
        paths: &[Vec<u8>],
    ) -> Result<(), Fatal> {
        let Some(hooks) = &self.greeted.hooks else { return Ok(()) };
        let mut args = vec![b"rsyncd".to_vec()];
        let options = |list: &Vec<Vec<u8>>| list.iter().take_while(|arg| *arg != b".").cloned().collect::<Vec<_>>();
        let [first, second] = lists.each_ref().map(options);
        args.extend(first.iter().map(|arg| unescaped(arg)));
        args.extend(second);
        args.push(b".".to_vec());
        for path in paths {
            args.push(match (self.chroot, path.as_slice()) {
                (false, path) => path.to_vec(),
                (true, b".") => b"/".to_vec(),
                (true, path) => [b"/", path].concat(),
            });
        }
        let request = if sent.is_empty() { b"(NONE)".to_vec() } else { arguments::request(sent) };
        hooks.request(&self.greeted.module, &request, &args)
    }

    /// The module's name converter, if it has one.
    pub(super) fn converter(&self) -> Option<Arc<dyn Ask>> {
        let greeted = &self.greeted;
        let hooks = greeted.hooks.as_ref().filter(|_| !greeted.module.name_converter.is_empty())?;
        Some(Arc::new(hooks.clone()))
    }
}
