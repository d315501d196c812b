//! Authentication.

use super::ending::End;
use super::settings::{ConfigFrom, Peer, WorkerSettings};
use super::variables::Known;
use crate::access::challenge::{self, AuthDigest, DIGEST_LIST};
use crate::access::secrets::{self, Candidates};
use crate::access::users::{self, Access, Judgement};
use crate::config::Module;
use crate::escape::Escaped;
use crate::limits::{AUTH_LINE, SECRETS_BYTES};
use crate::net::fatal::exit;
use crate::net::{Link, link::read_line};
use crate::os::{self, operator};
use crate::wire::Put;

/// Who came in.
#[derive(Debug, Default)]
pub struct Login {
    /// The user's name; empty when nobody is asked.
    pub user: Vec<u8>,
    /// What the rule says about `read only`, if it does.
    pub read_only: Option<bool>,
}

/// Asks for a password where the module wants one.
pub fn log_in(
    link: &mut Link,
    settings: &WorkerSettings,
    module: &Module,
    peer: &Peer,
    protocol: u32,
    digests: Option<&[u8]>,
) -> Result<Login, End> {
    let auth_users = Known::of(peer, &module.name).expanded(&module.auth_users)?;
    if auth_users.is_empty() {
        return Ok(Login::default());
    }
    let Some(digest) = challenge::choose(digests, protocol) else {
        let line = format!("@ERROR: your client does not support one of our daemon-auth checksums: {DIGEST_LIST}");
        return Err(End::Refused { line: line.into_bytes(), exit: exit::UNSUPPORTED });
    };
    let weakest = Known::of(peer, &module.name).expanded(&module.auth_digest)?;
    if let Some(reason) = too_weak(digest, &weakest) {
        return Err(refused(module, peer, None, &reason));
    }
    let mut random = [0; 32];
    if getrandom::fill(&mut random).is_err() {
        return Err(refused(module, peer, None, "no random numbers for a challenge"));
    }
    let challenge = challenge::challenge(digest, &random);
    link.put(format!("@RSYNCD: AUTHREQD {challenge}\n").as_bytes());
    link.flush()?;
    let line = read_line(link, AUTH_LINE)?;
    let Some(at) = line.iter().position(|b| *b == b' ') else {
        return Err(refused(module, peer, None, "invalid challenge response"));
    };
    let (user, answer) = (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default());
    check(
        settings,
        module,
        peer,
        &Claim { user, answer, digest, challenge: challenge.as_bytes(), auth_users: &auth_users },
    )
    .map_err(|reason| refused(module, peer, Some(user), reason))
    .map(|read_only| Login { user: user.to_vec(), read_only })
}

/// Why this digest is none for a module with `auth digest = weakest`.
fn too_weak(digest: AuthDigest, weakest: &[u8]) -> Option<String> {
    if weakest.is_empty() {
        return None;
    }
    let rank = |name: &[u8]| DIGEST_LIST.split(' ').position(|known| known.as_bytes().eq_ignore_ascii_case(name));
    let shown = Escaped(weakest);
    match (rank(weakest), rank(digest.name().as_bytes())) {
        (None, _) => Some(format!("the configured 'auth digest = {shown}' is not a supported digest on this build")),
        (Some(least), Some(agreed)) if agreed <= least => None,
        _ => Some(format!(
            "negotiated auth digest {} is weaker than the required 'auth digest = {shown}'",
            digest.name()
        )),
    }
}

struct Claim<'a> {
    user: &'a [u8],
    answer: &'a [u8],
    digest: AuthDigest,
    challenge: &'a [u8],
    auth_users: &'a [u8],
}

/// The login rule's word on `read only`, or why the claim is refused.
fn check(settings: &WorkerSettings, module: &Module, peer: &Peer, claim: &Claim) -> Result<Option<bool>, &'static str> {
    if !users::is_valid_name(claim.user) {
        return Err("invalid username");
    }
    let judgement = users::judge(claim.auth_users, claim.user, &mut |user| os::ids::groups_of(user));
    let (access, group) = match judgement {
        Judgement::NoRule => return Err("no matching rule"),
        Judgement::Denied => return Err("denied by rule"),
        Judgement::Allowed { access, group } => (access, group),
    };
    let file = secrets_of(settings, module, peer)?;
    let found: Candidates = secrets::candidates(&file, claim.user, group.as_deref());
    if found.is_empty() {
        return Err("secret not found");
    }
    if !challenge::verify(claim.digest, &found, claim.challenge, claim.answer) {
        return Err("password mismatch");
    }
    Ok(access.map(|access| access == Access::ReadOnly))
}

fn secrets_of(settings: &WorkerSettings, module: &Module, peer: &Peer) -> Result<Vec<u8>, &'static str> {
    if let ConfigFrom::Serve(serve) = &settings.config {
        let (user, password) = serve.login.as_ref().ok_or("no secrets file")?;
        return Ok([user.as_slice(), b":", password].concat());
    }
    let path = Known::of(peer, &module.name).expanded(&module.secrets_file).map_err(|_| "no secrets file")?;
    if path.is_empty() {
        return Err("no secrets file");
    }
    let (file, meta) = operator::read(&path, SECRETS_BYTES).map_err(|_| "no secrets file")?;
    if let Some(problem) = secrets::file_problem(meta.mode, meta.uid, os::identity::is_root(), module.strict_modes) {
        log::error!("{problem}");
        return Err("ignoring secrets file");
    }
    Ok(file)
}

fn refused(module: &Module, peer: &Peer, user: Option<&[u8]>, reason: &str) -> End {
    let name = Escaped(&module.name);
    match user {
        Some(user) => log::error!(
            "auth failed on module {name} from {} ({}) for {}: {reason}",
            peer.host,
            peer.addr,
            Escaped(user)
        ),
        None => log::error!("auth failed on module {name} from {} ({}): {reason}", peer.host, peer.addr),
    }
    End::refuse(&[b"auth failed on module ", module.name.as_slice()].concat())
}
