//! The request, told to the log and to the hooks.

use std::sync::Arc;

use super::arguments;
use super::enter::Entered;
use crate::escape::Escaped;
use crate::net::fatal::Fatal;
use crate::options::{Options, unescaped};
use crate::role::names::Ask;

/// A request as it was sent.
pub struct Asked {
    /// Both lists of arguments.
    pub lists: [Vec<Vec<u8>>; 2],
    /// Its paths.
    pub sent: Vec<Vec<u8>>,
}

impl Entered {
    /// Tells the hooks, then the log. `pre-xfer exec` may have refused it.
    pub(super) fn tell(&self, asked: &Asked, options: &Options, paths: &[Vec<u8>]) -> Result<(), Fatal> {
        let [first, second] = &asked.lists;
        let told = self.tell_hooks([first, second], &asked.sent, paths);
        self.log_request(options, &asked.sent);
        if let Err(fatal) = &told {
            fatal.lines().for_each(|line| log::error!("{}", Escaped(line)));
        }
        told
    }

    /// The line in the log.
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
    fn tell_hooks(&self, lists: [&[Vec<u8>]; 2], sent: &[Vec<u8>], paths: &[Vec<u8>]) -> Result<(), Fatal> {
        let Some(hooks) = &self.greeted.hooks else { return Ok(()) };
        let mut args = vec![b"rsyncd".to_vec()];
        let options = |list: &'_ [Vec<u8>]| list.iter().take_while(|arg| *arg != b".").cloned().collect::<Vec<_>>();
        let [first, second] = lists.map(options);
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
