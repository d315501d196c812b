//! tinyrsyncd: see the library for what is where.

use tinyrsyncd::cli::{self, Mode, Usage};
use tinyrsyncd::session::shell;
use tinyrsyncd::{check, daemon, os, secrets};

fn main() {
    let code = match cli::parse(std::env::args_os().collect()) {
        Ok(Mode::Serve(options)) => daemon::serve(&options),
        Ok(Mode::Daemon(options)) => daemon::daemon(&options),
        Ok(Mode::ShellDaemon(options)) => daemon::over_shell(&options),
        Ok(Mode::Shell(settings)) => shell::serve(&settings),
        Ok(Mode::Worker(settings)) => daemon::worker(&settings),
        Ok(Mode::Resolve(question)) => os::names::resolver(&question),
        Ok(Mode::Check(options)) => check::run(&options),
        Ok(Mode::Secrets(options)) => secrets::run(&options),
        Ok(Mode::Refuse(text, code)) => {
            eprintln!("{text}");
            code
        }
        Ok(Mode::Print(text)) => {
            print!("{text}");
            0
        }
        Err(Usage(text)) => {
            eprintln!("{text}");
            1
        }
    };
    std::process::exit(code);
}
