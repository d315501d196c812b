//! Passwords: typed unseen, read from a pipe, or made up.

use std::io::{BufRead, IsTerminal, Write};

/// Length of a password that is made up.
const LENGTH: usize = 16;
/// Letters that are not taken for each other.
const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A password from the system's random numbers.
///
/// # Errors
/// There are none.
pub fn made_up() -> Result<String, String> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers for a password: {error}"))?;
    let letter = |byte: &u8| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied().map_or('x', char::from);
    Ok(bytes.iter().map(letter).collect())
}

/// The next line of standard input; a terminal is prompted and shows nothing.
///
/// # Errors
/// It cannot be read, or is no text.
pub fn ask(prompt: &str) -> Result<String, String> {
    let stdin = std::io::stdin();
    let quiet = stdin.is_terminal();
    let before = quiet.then(|| rustix::termios::tcgetattr(&stdin).ok()).flatten();
    if let Some(modes) = &before {
        print!("{prompt}: ");
        let _ = std::io::stdout().flush();
        let mut modes = modes.clone();
        modes.local_modes.remove(rustix::termios::LocalModes::ECHO);
        let _ = rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &modes);
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    if let Some(modes) = &before {
        let _ = rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, modes);
        println!();
    }
    read.map_err(|error| format!("no password: {error}"))?;
    Ok(line.lines().next().unwrap_or_default().to_owned())
}

/// A new password: a terminal is asked twice.
///
/// # Errors
/// It cannot be read, or the two differ.
pub fn ask_new(user: &str) -> Result<String, String> {
    let first = ask(&format!("New password for {user}"))?;
    if std::io::stdin().is_terminal() && ask("The same again")? != first {
        return Err("the two passwords differ: nothing was changed".to_owned());
    }
    Ok(first)
}
