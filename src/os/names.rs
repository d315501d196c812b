//! Names of hosts: /etc/hosts first, then the system's resolver in a process of its own, with a deadline.

use std::io::Read;
use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{fds, operator};

/// Longest wait for the resolver.
const RESOLVER: Duration = Duration::from_secs(5);
/// Largest /etc/hosts that is looked at, bytes.
const HOSTS_BYTES: usize = 1 << 20;
/// The argument that turns this program into the resolver.
pub const RESOLVE_FLAG: &str = "--resolve";

/// The name of an address, checked forward; `None` when it has none or lies about it.
pub fn reverse(addr: IpAddr) -> Option<String> {
    if let Some(name) = hosts(|listed, names| (listed == addr).then(|| names.first().cloned()).flatten()) {
        return Some(name);
    }
    let name = ask(&addr.to_string())?.lines().next()?.to_owned();
    let confirmed = !name.is_empty() && forward(name.as_bytes()).unwrap_or_default().contains(&addr);
    confirmed.then_some(name)
}

/// The addresses of a name; `None` when it cannot be resolved.
pub fn forward(name: &[u8]) -> Option<Vec<IpAddr>> {
    let name = std::str::from_utf8(name).ok()?;
    let mut found = Vec::new();
    hosts(|listed, names| -> Option<()> {
        if names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            found.push(listed);
        }
        None
    });
    if found.is_empty() {
        found = ask(name)?.lines().filter_map(|line| line.parse().ok()).collect();
    }
    (!found.is_empty()).then_some(found)
}

/// Goes through /etc/hosts until `each` has an answer.
fn hosts<T>(mut each: impl FnMut(IpAddr, &[String]) -> Option<T>) -> Option<T> {
    let (text, _) = operator::read(b"/etc/hosts", HOSTS_BYTES).ok()?;
    for line in String::from_utf8_lossy(&text).lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(Ok(addr)) = words.next().map(str::parse::<IpAddr>) else { continue };
        let names: Vec<String> = words.map(str::to_owned).collect();
        if let Some(found) = each(addr, &names) {
            return Some(found);
        }
    }
    None
}

/// Asks the resolver process.
fn ask(question: &str) -> Option<String> {
    let program = fds::own_path()?;
    let mut child = Command::new(program)
        .args([RESOLVE_FLAG, question])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let end = Instant::now() + RESOLVER;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(2)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
        }
    };
    let mut answer = String::new();
    child.stdout.take()?.take(4096).read_to_string(&mut answer).ok()?;
    status.filter(std::process::ExitStatus::success).map(|_| answer)
}

/// The resolver process itself: prints what the system says, one line an answer. Returns the exit status.
pub fn resolver(question: &str) -> i32 {
    let lines = match question.parse::<IpAddr>() {
        Ok(addr) => dns_lookup::lookup_addr(&addr).map(|name| vec![name]).unwrap_or_default(),
        Err(_) => dns_lookup::lookup_host(question)
            .map(|found| found.map(|addr| addr.to_string()).collect())
            .unwrap_or_default(),
    };
    let numeric = |name: &String| question.parse::<IpAddr>().is_ok() && name.parse::<IpAddr>().is_ok();
    let lines: Vec<String> = lines.into_iter().filter(|name| !numeric(name)).collect();
    if lines.is_empty() {
        return 1;
    }
    let text = lines.join("\n");
    i32::from(rustix::io::write(rustix::stdio::stdout(), text.as_bytes()).is_err())
}
