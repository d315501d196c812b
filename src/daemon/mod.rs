//! The listener: accepts, counts, starts a worker for each connection. It reads no byte that a peer sent.

mod bind;
mod children;
mod listener;
mod notify;
mod pid_file;
mod serve;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use crate::cli::{DaemonOptions, ServeOptions};
use crate::config::{self, Config, Scope};
use crate::limits::{CONNECTIONS, CONNECTIONS_PER_ADDRESS};
use crate::net::fatal::exit;
use crate::os::{self, log::Target, operator};
use crate::session;
use crate::session::settings::Transport;
use children::Worker;
use listener::Listener;

/// The port of an rsync daemon.
const PORT: u16 = 873;
/// listen(2) backlog unless configured. Stock's 5 makes a burst of clients wait for whole seconds.
const BACKLOG: i32 = 128;

/// Runs `--daemon`: one connection when standard input is a socket, a listener otherwise. Returns the exit code.
pub fn daemon(options: &DaemonOptions) -> i32 {
    if rustix::net::sockopt::socket_type(rustix::stdio::stdin()).is_ok() {
        return inetd(options);
    }
    let config = match load(options) {
        Ok(config) => config,
        Err(text) => {
            eprintln!("{text}");
            eprintln!("Failed to parse config file: {}", String::from_utf8_lossy(&options.config_file()));
            return i32::from(exit::SYNTAX);
        }
    };
    if !options.no_detach
        && let Err(errno) = os::detach::detach()
    {
        eprintln!("could not go into the background: {errno}");
        return i32::from(exit::SOCKET_IO);
    }
    let pid_file = match pid_file::create(&config.global.pid_file) {
        Ok(file) => file,
        Err(text) => {
            eprintln!("{text}");
            start_log(options, &config);
            log::error!("{text}");
            return i32::from(exit::FILE_IO);
        }
    };
    start_log(options, &config);
    let port = options.port.or(Some(config.global.port).filter(|port| *port != 0)).unwrap_or(PORT);
    for warning in &config.warnings {
        log::warn!("{warning}");
    }
    log::info!("rsyncd version {} starting, listening on port {port}", env!("CARGO_PKG_VERSION"));
    let addresses = options.address.clone().unwrap_or_else(|| config.global.address.to_vec());
    let wanted = bind::Wanted {
        addresses: String::from_utf8_lossy(&addresses).into_owned(),
        port,
        ipv4_only: options.ipv4,
        ipv6_only: options.ipv6,
        backlog: if config.global.listen_backlog > 0 { config.global.listen_backlog } else { BACKLOG },
        socket_options: options.socket_options.clone().unwrap_or_else(|| config.global.socket_options.to_vec()),
    };
    let sockets = match bind::all(&wanted) {
        Ok(sockets) => sockets,
        Err(problems) => {
            for problem in problems {
                log::error!("{problem}");
                if options.no_detach && os::log::goes_to_file() {
                    eprintln!("{problem}");
                }
            }
            return i32::from(exit::SOCKET_IO);
        }
    };
    if let (0, Some(Ok(address))) = (port, sockets.first().map(std::net::TcpListener::local_addr)) {
        log::info!("listening on port {}", address.port());
    }
    let worker = Worker::new(options.worker_words(), None);
    let listener = Listener::new(worker, limits(&config), Some((options.clone(), config)));
    let code = listener.run(sockets, pid_file.as_ref());
    drop(pid_file);
    code
}

/// Runs `serve DIR`. Returns the exit code.
pub fn serve(options: &ServeOptions) -> i32 {
    os::log::init(Target::Stderr, Target::Stderr);
    match serve::prepare(options) {
        Ok(serve::Prepared { sockets, worker }) => {
            let limits = Limits { all: CONNECTIONS, per_address: CONNECTIONS_PER_ADDRESS };
            Listener::new(worker, limits, None).run(sockets, None)
        }
        Err(text) => {
            eprintln!("tinyrsyncd serve: {text}");
            1
        }
    }
}

/// One connection on standard input and output, over a remote shell.
pub fn over_shell(options: &DaemonOptions) -> i32 {
    let mut options = options.clone();
    if options.config.is_none() && !os::identity::is_root() {
        options.config = Some(b"rsyncd.conf".to_vec());
    }
    worker_log(&options);
    session::serve_connection(&options.worker(Transport::RemoteShell))
}

/// One connection on standard input, which is a socket.
fn inetd(options: &DaemonOptions) -> i32 {
    worker_log(options);
    if let Ok(null) =
        rustix::fs::openat(rustix::fs::CWD, "/dev/null", rustix::fs::OFlags::RDWR, rustix::fs::Mode::empty())
    {
        let _ = rustix::stdio::dup2_stdout(&null);
        let _ = rustix::stdio::dup2_stderr(&null);
    }
    os::signal::end_gently();
    session::serve_connection(&options.worker(Transport::Inetd))
}

/// A worker of the listener: its log is where the listener's is.
pub fn worker(settings: &session::settings::WorkerSettings) -> i32 {
    match &settings.config {
        session::settings::ConfigFrom::Serve(_) | session::settings::ConfigFrom::Vector => {
            os::log::init(Target::Stderr, Target::Stderr);
        }
        session::settings::ConfigFrom::File { path, dparams } => {
            let options = DaemonOptions {
                config: Some(path.clone()),
                dparams: dparams.clone(),
                log_file: settings.log_file.clone(),
                no_detach: settings.foreground,
                ..DaemonOptions::default()
            };
            worker_log(&options);
        }
    }
    os::signal::end_gently();
    session::serve_connection(settings)
}

fn worker_log(options: &DaemonOptions) {
    match load(options) {
        Ok(config) => start_log(options, &config),
        Err(_) => start_log(options, &Config::default()),
    }
}

/// The global part of the configuration.
fn load(options: &DaemonOptions) -> Result<Config, String> {
    let environment = |name: &[u8]| {
        let name = OsString::from_vec(name.to_vec());
        std::env::var_os(name).map(OsStringExt::into_vec)
    };
    config::load(&operator::Files, &options.config_file(), &options.dparams, Scope::GlobalsOnly, &environment)
        .map_err(|error| error.to_string())
}

/// The log of listener and workers: the command line's file, the configuration's, else standard error where it is read
/// (in the foreground), else syslog.
fn start_log(options: &DaemonOptions, config: &Config) {
    let defaults = &config.global.defaults;
    let syslog = Target::Syslog { facility: defaults.syslog_facility.to_vec(), tag: defaults.syslog_tag.to_vec() };
    let foreground = options.no_detach && rustix::fs::fstat(rustix::stdio::stderr()).is_ok();
    let fallback = if foreground { Target::Stderr } else { syslog };
    let environment = |name: &[u8]| {
        let name = OsString::from_vec(name.to_vec());
        std::env::var_os(name).map(OsStringExt::into_vec)
    };
    let named = config::expand(&defaults.log_file, &environment).unwrap_or_default();
    let target = match &options.log_file {
        Some(file) => Target::File(file.clone()),
        None if !named.is_empty() => Target::File(named),
        None => fallback.clone(),
    };
    os::log::init(target, fallback);
    if options.verbose > 0 {
        log::set_max_level(log::LevelFilter::Debug);
    }
}

/// How many connections at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// In all.
    pub all: usize,
    /// From one address.
    pub per_address: usize,
}

fn limits(config: &Config) -> Limits {
    let or = |value: u32, default: usize| usize::try_from(value).ok().filter(|n| *n > 0).unwrap_or(default);
    let all = or(config.global.global_connections, CONNECTIONS);
    Limits { all, per_address: or(config.global.connections_per_address, CONNECTIONS_PER_ADDRESS.min(all)) }
}
