//! `secrets add | remove | list`: the secrets file edited safely, and what the client then needs.

use crate::access::users::{Access, Judgement, judge};
use crate::access::{secrets, secrets_edit};
use crate::config::{self, Config, Module, Scope};
use crate::escape::Escaped;
use crate::fs::strerror;
use crate::limits::SECRETS_BYTES;
use crate::os::{self, operator, password};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Set a user's password.
    Add,
    /// Take a user out.
    Remove,
    /// Print the users.
    List,
}

/// What the command line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What is to be done.
    pub action: Action,
    /// The user; empty: all, for a list.
    pub user: Vec<u8>,
    /// The secrets file; that of the configuration where none is given.
    pub file: Option<Vec<u8>>,
    /// The configuration.
    pub config: Vec<u8>,
    /// Make a password up.
    pub generate: bool,
}

/// Does it. Returns the exit code.
pub fn run(options: &Options) -> i32 {
    match act(options) {
        Ok(text) => {
            let _ = crate::fs::write_all(rustix::stdio::stdout(), text.as_bytes());
            0
        }
        Err(text) => {
            eprintln!("tinyrsyncd secrets: {text}");
            1
        }
    }
}

fn act(options: &Options) -> Result<String, String> {
    let user = options.user.as_slice();
    let shown = Escaped(user);
    let config = config::load(&operator::Files, &options.config, &[], Scope::Whole, &variable);
    let config = match (config, &options.file) {
        (Ok(config), _) => config,
        (Err(_), Some(_)) => Config::default(),
        (Err(error), None) => return Err(format!("{error} (or name a secrets file with --file)")),
    };
    let file = match &options.file {
        Some(file) => file.clone(),
        None => only_file(&config)?,
    };
    let path = Escaped(&file);
    let failed = |errno| format!("{path}: {}", strerror(errno));
    match options.action {
        Action::List => {
            let (text, _) = operator::read(&file, SECRETS_BYTES).map_err(failed)?;
            let mut out = String::new();
            for name in secrets_edit::names(&text).filter(|name| user.is_empty() || *name == user) {
                let modules: Vec<String> =
                    modules(&config, &file, name).iter().map(|(module, _)| Escaped(&module.name).to_string()).collect();
                out += &format!("{}\t{}\n", Escaped(name), modules.join(" "));
            }
            if out.is_empty() && !user.is_empty() { Err(format!("{path} has no {shown}")) } else { Ok(out) }
        }
        Action::Remove => {
            match operator::edit(&file, SECRETS_BYTES, |old| secrets_edit::without(old, user)).map_err(failed)? {
                true => Ok(format!("{shown} is out of {path}\n")),
                false => Err(format!("{path} has no {shown}")),
            }
        }
        Action::Add => {
            if let Some(problem) = secrets_edit::problem(user, b"x") {
                return Err(problem.to_owned());
            }
            let secret = if options.generate { password::made_up()? } else { password::ask_new(&shown.to_string())? };
            if let Some(problem) = secrets_edit::problem(user, secret.as_bytes()) {
                return Err(problem.to_owned());
            }
            let with = |old: &[u8]| Some(secrets_edit::with(old, user, secret.as_bytes()));
            operator::edit(&file, SECRETS_BYTES, with).map_err(failed)?;
            let mut out = format!("{shown} has a new password in {path}\n");
            if let Ok((_, meta)) = operator::read(&file, SECRETS_BYTES)
                && let Some(problem) = secrets::file_problem(meta.mode, meta.uid, os::identity::is_root(), true)
            {
                out += &format!("but: {problem}\n");
            }
            client(&mut out, options, &config, &file, &secret);
            Ok(out)
        }
    }
}

/// The one secrets file that the modules name.
fn only_file(config: &Config) -> Result<Vec<u8>, String> {
    let mut files: Vec<Vec<u8>> = config.modules.iter().filter_map(file_of).collect();
    files.sort();
    files.dedup();
    match files.as_slice() {
        [file] => Ok(file.clone()),
        [] => Err("the configuration names no secrets file: add --file FILE".to_owned()),
        several => {
            let names: Vec<String> = several.iter().map(|file| Escaped(file).to_string()).collect();
            Err(format!("which file? add --file with one of: {}", names.join(" ")))
        }
    }
}

fn file_of(module: &Module) -> Option<Vec<u8>> {
    let path = config::expand(&module.secrets_file, &variable).ok()?;
    (!path.is_empty()).then_some(path)
}

/// The modules that let a user in by this file, and whether the user may write there.
fn modules<'a>(config: &'a Config, file: &[u8], user: &[u8]) -> Vec<(&'a Module, bool)> {
    let real = operator::real(file);
    let by_file =
        config.modules.iter().filter(|module| file_of(module).is_some_and(|path| operator::real(&path) == real));
    by_file
        .filter_map(|module| match user.strip_prefix(b"@") {
            // Whoever is in the group.
            Some(_) => module
                .auth_users
                .split(|b| matches!(b, b' ' | b','))
                .any(|rule| rule.split(|b| *b == b':').next() == Some(user))
                .then_some((module, !module.read_only)),
            None => match judge(&module.auth_users, user, &mut os::ids::groups_of) {
                Judgement::Allowed { access, .. } => {
                    Some((module, access.map_or(!module.read_only, |access| access == Access::ReadWrite)))
                }
                _ => None,
            },
        })
        .collect()
}

/// What to do on the client, ready to copy.
fn client(out: &mut String, options: &Options, config: &Config, file: &[u8], secret: &str) {
    let modules = modules(config, file, &options.user);
    let (user, path) = (Escaped(&options.user), Escaped(file));
    if options.generate {
        *out += &format!("Password: {secret}\n");
    }
    if modules.is_empty() {
        *out += &format!(
            "No module lets {user} in yet. Add to one:\n\n    auth users = {user}\n    secrets file = {path}\n"
        );
        return;
    }
    *out += "\nOn the client, once:\n\n";
    *out +=
        if options.generate { "    (umask 077; echo '" } else { "    (umask 077; cat > \"$HOME/.rsync-password\")" };
    *out += &if options.generate {
        format!("{secret}' > \"$HOME/.rsync-password\")\n")
    } else {
        "    # type the password, Enter, Ctrl-D\n".to_owned()
    };
    *out += "\nthen:\n\n";
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let port = if matches!(config.global.port, 0 | 873) { String::new() } else { format!(":{}", config.global.port) };
    let user = if options.user.first() == Some(&b'@') { "USER".to_owned() } else { encoded(&options.user) };
    for (module, writes) in modules {
        let url = format!("'rsync://{user}@{host}{port}/{}/'", encoded(&module.name));
        let (from, to) = if writes { ("FILES/", url.as_str()) } else { (url.as_str(), "COPY/") };
        *out += &format!("    rsync -av --password-file=\"$HOME/.rsync-password\" {from} {to}\n");
    }
}

/// A name in a URL: rsync decodes `%20` in the user's part only, so that quotes do for the rest.
fn encoded(name: &[u8]) -> String {
    Escaped(name).to_string().replace('\'', "'\\''")
}

fn variable(name: &[u8]) -> Option<Vec<u8>> {
    std::env::var_os(std::str::from_utf8(name).ok()?).map(std::ffi::OsString::into_encoded_bytes)
}
