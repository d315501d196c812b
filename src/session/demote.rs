//! `daemon chroot`, `daemon gid`, `daemon uid`: what the process of a connection gives away before its peer may say a word.

use super::ending::End;
use super::enter::number;
use super::variables::environment;
use crate::config::{self, Global};
use crate::escape::Escaped;
use crate::fs::strerror;
use crate::net::fatal::exit;
use crate::os;

/// Does it.
pub fn demote(global: &Global) -> Result<(), End> {
    let value = |text: &[u8]| config::expand(text, &environment).unwrap_or_else(|_| text.to_vec());
    let (dir, gid, uid) = (value(&global.daemon_chroot), value(&global.daemon_gid), value(&global.daemon_uid));
    let refused = |text: String| {
        log::error!("{text}");
        End::Silent(exit::UNSUPPORTED)
    };
    if !dir.is_empty() {
        // The zone is read for the first line of the log: inside there may be none.
        os::time::now_text();
        os::identity::chroot(&dir).map_err(|errno| {
            refused(format!("rsync: [Receiver] daemon chroot(\"{}\") failed: {}", Escaped(&dir), strerror(errno)))
        })?;
        if dir == b"/" {
            let _ = rustix::process::chdir("/");
        }
    }
    let id = |what: &str, name: &[u8], look_up: fn(&[u8]) -> Option<u32>| {
        let found = number(name).or_else(|| look_up(name));
        found.ok_or_else(|| refused(format!("Invalid daemon {what}: {}", Escaped(name))))
    };
    let gid = if gid.is_empty() { None } else { Some(id("gid", &gid, os::ids::group_id)?) };
    let uid = if uid.is_empty() { None } else { Some(id("uid", &uid, os::ids::user_id)?) };
    if gid.is_none() && uid.is_none() {
        return Ok(());
    }
    // Whoever gives up his user keeps none of the groups that came with it.
    let groups = [gid.unwrap_or_else(os::identity::group)];
    let groups: &[u32] = if os::identity::is_root() || gid.is_some() { &groups } else { &[] };
    os::identity::become_user(uid, groups).map_err(|failed| {
        let (kind, id) = if failed.what == "setuid failed" { ("user", uid) } else { ("group", gid) };
        let id = id.unwrap_or_default();
        let short = if kind == "user" { "uid" } else { "gid" };
        let errno = rustix::io::Errno::from_raw_os_error(failed.errno as i32);
        refused(format!("rsync: [Receiver] Unable to set {kind} to daemon {short} {id}: {}", strerror(errno)))
    })
}
