//! Who knows the names of users and groups: the system, or the module's name converter.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::escape::Escaped;
use crate::limits::CONVERTER_LINE;
use crate::net::fatal::{Fatal, exit};
use crate::os;

/// The way to a name converter: a line with a question gives a line with an answer, which is empty for "unknown".
pub trait Ask: Debug + Send + Sync {
    /// The answer. `None`: nobody answers any more.
    fn ask(&self, question: &[u8]) -> Option<Vec<u8>>;
}

/// Names and numbers.
#[derive(Clone, Debug, Default)]
pub struct Names {
    converter: Option<Arc<dyn Ask>>,
    failed: Arc<AtomicBool>,
}

impl Names {
    /// Asks a converter instead of the system.
    pub fn converted(converter: Arc<dyn Ask>) -> Self {
        Self { converter: Some(converter), failed: Arc::default() }
    }

    /// The name of a user.
    pub fn user(&self, uid: u32) -> Option<Vec<u8>> {
        self.name("uid", uid, os::ids::user_name)
    }

    /// The name of a group.
    pub fn group(&self, gid: u32) -> Option<Vec<u8>> {
        self.name("gid", gid, os::ids::group_name)
    }

    /// The number of a user.
    pub fn user_id(&self, name: &[u8]) -> Option<u32> {
        self.number("usr", name, os::ids::user_id)
    }

    /// The number of a group.
    pub fn group_id(&self, name: &[u8]) -> Option<u32> {
        self.number("grp", name, os::ids::group_id)
    }

    /// Whether the converter is still there.
    ///
    /// # Errors
    /// It is not: who is who can no longer be told.
    pub fn check(&self) -> Result<(), Fatal> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(Fatal::broken(exit::SOCKET_IO, "Connection to name-converter failed."));
        }
        Ok(())
    }

    fn name(&self, kind: &str, id: u32, system: fn(u32) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
        if self.converter.is_none() {
            return system(id);
        }
        self.ask(format!("{kind} {id}").as_bytes()).filter(|name| !name.is_empty())
    }

    /// An answer that is no number is as good as none: it must never become 0.
    fn number(&self, kind: &str, name: &[u8], system: fn(&[u8]) -> Option<u32>) -> Option<u32> {
        if self.converter.is_none() {
            return system(name);
        }
        if name.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) || name.len() > CONVERTER_LINE - 4 {
            log::error!("invalid name-converter token: {}", Escaped(name));
            return None;
        }
        let answer = self.ask(&[kind.as_bytes(), b" ", name].concat())?;
        let digits = !answer.is_empty() && answer.iter().all(u8::is_ascii_digit);
        std::str::from_utf8(&answer).ok().filter(|_| digits)?.parse().ok()
    }

    fn ask(&self, question: &[u8]) -> Option<Vec<u8>> {
        if self.failed.load(Ordering::Relaxed) {
            return None;
        }
        let answer = self.converter.as_ref().and_then(|converter| converter.ask(question));
        if answer.is_none() {
            self.failed.store(true, Ordering::Relaxed);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Echo;

    impl Ask for Echo {
        fn ask(&self, question: &[u8]) -> Option<Vec<u8>> {
            match question {
                b"usr blank" => Some(Vec::new()),
                b"usr word" => Some(b"12x".to_vec()),
                b"usr huge" => Some(b"99999999999".to_vec()),
                b"usr bin" => Some(b"42".to_vec()),
                b"uid 7" => Some(b"seven".to_vec()),
                _ => None,
            }
        }
    }

    #[test]
    fn an_answer_that_is_no_number_never_means_root() {
        let names = Names::converted(Arc::new(Echo));
        for name in [&b"blank"[..], b"word", b"huge", b"a\nuid 0"] {
            assert_eq!(names.user_id(name), None, "{}", Escaped(name));
        }
        assert_eq!((names.user_id(b"bin"), names.user(7)), (Some(42), Some(b"seven".to_vec())));
        assert!(names.check().is_ok());
    }

    #[test]
    fn a_converter_that_is_gone_ends_the_session() {
        let names = Names::converted(Arc::new(Echo));
        assert_eq!(names.group(3), None);
        assert_eq!(names.check().unwrap_err().text, b"Connection to name-converter failed.");
        assert_eq!(names.user_id(b"bin"), None, "it is not asked again");
    }
}
