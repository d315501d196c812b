//! The second stage: into the module, and down to its user.

use std::sync::Arc;

use rustix::io::Errno;

use super::daemon_rules::DaemonRules;
use super::ending::End;
use super::greeting::{Greeted, handshake_limit};
use super::variables::Known;
use crate::access::users::conf_list;
use crate::config::Switch;
use crate::escape::Escaped;
use crate::fs::{Confine, Root, strerror};
use crate::net::Link;
use crate::net::fatal::exit;
use crate::os;
use crate::wire::Put;
use crate::wire::charset::Charset;

/// A connection inside its module, with the module's rights and no more.
pub struct Entered {
    /// What came before.
    pub greeted: Greeted,
    /// The module's directory.
    pub root: Arc<Root>,
    /// Its path, as configured.
    pub path: Vec<u8>,
    /// The module's directory is the root of the process.
    pub chroot: bool,
    /// Client paths are cut so that they stay inside.
    pub sanitise: bool,
    /// Symlinks are munged.
    pub munge: bool,
    /// The module's filter rules.
    pub rules: DaemonRules,
    /// Where paths without a slash begin, from the root; empty = the root itself.
    pub base: Vec<u8>,
    /// Arguments come from a shell that has expanded wildcards already.
    pub plain_words: bool,
}

/// Where the module lies and how it is confined.
struct Layout {
    /// Chroot to here, if at all.
    chroot: Option<Vec<u8>>,
    /// Directory to serve, seen from there.
    inside: Vec<u8>,
}

impl Greeted {
    /// Runs the stage.
    pub fn enter(self, link: &mut Link) -> Result<Entered, End> {
        let module = &self.module;
        let known = Known { user: Some(&self.user), ..Known::of(&self.peer, &module.name) };
        let value = |text: &[u8]| known.expanded(text);
        let uid = self.uid(&value(&module.uid)?)?;
        let gids = self.gids(&value(&module.gid)?, uid)?;
        let path = match &self.settings.config {
            // The directory of `serve` is a name, not a value with variables.
            super::settings::ConfigFrom::Serve(serve) => serve.dir.clone(),
            _ => value(&module.path)?,
        };
        if path.is_empty() {
            log::error!("No path specified for module {}", Escaped(&module.name));
            return Err(End::refuse(b"no path setting."));
        }
        if !module.charset.is_empty() && Charset::named(&module.charset).is_none() {
            log::error!("module {}: unknown charset: {}", Escaped(&module.name), Escaped(&module.charset));
            return Err(End::refuse(b"the module's charset is not known to this server"));
        }
        let seen = seen_path(&path);
        let known = Known { path: Some(&seen), ..known };
        if module.require_mount && !crate::fs::is_mount_point(&path) {
            log::error!(
                "module {}: {} is no mount point: the disk is not there",
                Escaped(&module.name),
                Escaped(&path)
            );
            return Err(End::refuse(b"the module's disk is not mounted"));
        }
        let rules = DaemonRules::read(module, &known, self.protocol)?;
        self.switch_log(&known.expanded(&module.log_file)?, &known.expanded(&module.syslog_tag)?);
        let layout = self.layout(&path);
        let inner = layout.inside != b"/";
        let sanitise = if layout.chroot.is_some() { inner } else { true };
        let munge = match module.munge_symlinks {
            Switch::Yes => true,
            Switch::No => false,
            Switch::Unset => layout.chroot.is_none() || inner,
        };
        if let Some(hooks) = &self.hooks {
            hooks.enter(self.number, module, &self.peer, &self.user, &self.early_input)?;
        }
        if let Some(dir) = &layout.chroot
            && let Err(errno) = os::identity::chroot(dir)
        {
            log::error!("rsync: [Receiver] chroot(\"{}\") failed: {}", Escaped(dir), strerror(errno));
            return Err(End::refuse(b"chroot failed"));
        }
        let plain_chroot = layout.chroot.is_some() && !inner;
        let confine = match plain_chroot {
            true => Confine::InRoot,
            false if module.insecure_links => Confine::Free,
            false => Confine::Beneath,
        };
        let root = Root::open(&layout.inside, confine).map_err(|errno| self.no_directory(&layout.inside, errno))?;
        if munge && Root::open(b"/rsyncd-munged", Confine::Free).is_ok() {
            log::error!("Symlink munging is unsafe when a /rsyncd-munged directory exists.");
            let line = b"@ERROR: daemon security issue -- contact admin".to_vec();
            return Err(End::Refused { line, exit: exit::UNSUPPORTED });
        }
        if let Err(refused) = os::identity::become_user(uid, &gids) {
            let id = if refused.what == "setuid failed" { uid } else { gids.first().copied() };
            let errno = Errno::from_raw_os_error(refused.errno as i32);
            log::error!("rsync: [Receiver] {}: {}", with_id(refused.what, id), strerror(errno));
            return Err(End::refuse(refused.what.as_bytes()));
        }
        if self.settings.transport != super::settings::Transport::RemoteShell {
            link.clock().set_deadline(handshake_limit(self.handshake_s, module.timeout_s));
        }
        link.put(b"@RSYNCD: OK\n");
        link.flush()?;
        Ok(Entered {
            root: Arc::new(root),
            path,
            chroot: plain_chroot,
            sanitise,
            munge,
            rules,
            base: Vec::new(),
            plain_words: false,
            greeted: self,
        })
    }

    fn no_directory(&self, dir: &[u8], errno: Errno) -> End {
        log::error!("rsync: [Receiver] chdir {} failed: {}", Escaped(dir), strerror(errno));
        End::refuse(b"chdir failed")
    }

    /// The user to become: the configured one; as root and without one, nobody.
    fn uid(&self, name: &[u8]) -> Result<Option<u32>, End> {
        let serve = matches!(self.settings.config, super::settings::ConfigFrom::Serve(_));
        let name = match name {
            b"" if os::identity::is_root() && !serve => b"nobody",
            b"" => return Ok(None),
            name => name,
        };
        number(name).or_else(|| os::ids::user_id(name)).map(Some).ok_or_else(|| {
            log::error!("Invalid uid {}", Escaped(name));
            End::refuse(&[b"invalid uid ", name].concat())
        })
    }

    fn gids(&self, list: &[u8], uid: Option<u32>) -> Result<Vec<u32>, End> {
        let serve = matches!(self.settings.config, super::settings::ConfigFrom::Serve(_));
        if list.is_empty() {
            if !os::identity::is_root() || serve {
                return Ok(Vec::new());
            }
            let fallback = os::ids::group_id(b"nogroup").or_else(|| os::ids::group_id(b"nobody")).unwrap_or(65534);
            return Ok(vec![fallback]);
        }
        let mut gids = Vec::new();
        for (at, name) in conf_list(list).enumerate() {
            if at == 0 && name == b"*" {
                let user = uid.and_then(os::ids::user_name).ok_or_else(|| End::refuse(b"getpwuid failed"))?;
                gids.extend(os::ids::group_ids_of(&user));
                continue;
            }
            let Some(gid) = number(name).or_else(|| os::ids::group_id(name)) else {
                log::error!("Invalid gid {}", Escaped(name));
                return Err(End::refuse(&[b"invalid gid ", name].concat()));
            };
            gids.push(gid);
        }
        Ok(gids)
    }

    fn layout(&self, path: &[u8]) -> Layout {
        let path = absolute(path);
        let split = path.windows(3).position(|part| part == b"/./");
        let wants = match self.module.use_chroot {
            Switch::Yes => true,
            Switch::No => false,
            Switch::Unset if split.is_some() => true,
            Switch::Unset => match os::identity::chroot(b"/") {
                Ok(()) => true,
                Err(errno) => {
                    log::info!(
                        "chroot test failed: {}. Switching 'use chroot' from unset to false.",
                        strerror(errno).split(" (").next().unwrap_or_default()
                    );
                    false
                }
            },
        };
        match (wants, split) {
            (true, Some(at)) => {
                let outer = path.get(..at).filter(|outer| !outer.is_empty()).unwrap_or(b"/").to_vec();
                let mut inside = b"/".to_vec();
                inside.extend_from_slice(path.get(at + 3..).unwrap_or_default());
                Layout { chroot: Some(outer), inside }
            }
            (true, None) => Layout { chroot: Some(path), inside: b"/".to_vec() },
            (false, Some(at)) => {
                let mut whole = path.get(..at).unwrap_or_default().to_vec();
                whole.push(b'/');
                whole.extend_from_slice(path.get(at + 3..).unwrap_or_default());
                Layout { chroot: None, inside: whole }
            }
            (false, None) => Layout { chroot: None, inside: path },
        }
    }

    /// From here on the log is the module's own, unless the command line named one.
    fn switch_log(&self, file: &[u8], tag: &[u8]) {
        if self.settings.log_file.is_some() || matches!(self.settings.config, super::settings::ConfigFrom::Serve(_)) {
            return;
        }
        os::log::switch(file, &self.module.syslog_facility, tag);
    }
}

impl Entered {
    /// The classic trap: the module's user cannot write where it is told to. Said once, with both users.
    pub fn warn_if_unwritable(&self) {
        use rustix::fs::{Access, AtFlags};
        let writable = rustix::fs::accessat(self.root.fd(), ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS);
        let (Err(Errno::ACCESS), Ok(meta)) = (writable, self.root.stat(b"")) else { return };
        let named = |uid: u32| match os::ids::user_name(uid) {
            Some(name) => format!("{uid} ({})", Escaped(&name)),
            None => uid.to_string(),
        };
        let own = rustix::process::geteuid().as_raw();
        log::warn!(
            "module {}: uid {} may not write into {}, which belongs to uid {}: uploads will fail. Set \"uid\" of the module, or chown the directory",
            Escaped(&self.greeted.module.name),
            named(own),
            Escaped(&self.path),
            named(meta.uid)
        );
    }
}

/// `setuid failed` → `setuid 7 failed`, as the log has it.
fn with_id(what: &str, id: Option<u32>) -> String {
    match (what, id) {
        ("setgroups failed", _) | (_, None) => what.to_owned(),
        (_, Some(id)) => what.replace(' ', &format!(" {id} ")),
    }
}

/// A number that is nothing but digits.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    let all_digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| all_digits)?.parse().ok()
}

/// A module's path as hooks are told it: absolute, seen from the daemon's root, whatever part of it is the module's.
pub(super) fn seen_path(path: &[u8]) -> Vec<u8> {
    crate::filter::path::clean(
        &absolute(path).split(|byte| *byte == b'/').filter(|part| *part != b".").collect::<Vec<_>>().join(&b'/'),
    )
}

/// Absolute, from the working directory; only slashes are collapsed.
fn absolute(path: &[u8]) -> Vec<u8> {
    if path.first() == Some(&b'/') {
        return path.to_vec();
    }
    let mut whole = std::env::current_dir().map(|dir| dir.into_os_string().into_encoded_bytes()).unwrap_or_default();
    whole.push(b'/');
    whole.extend_from_slice(path);
    whole
}
