//! The name converter: a program that is asked a line and answers a line.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::run::{Environment, shell};
use crate::limits::CONVERTER_LINE;

/// The program while it runs. Its end comes with the end of its input.
pub struct Converter {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Converter {
    /// Starts it.
    pub fn start(command: &[u8], environment: &Environment) -> Option<Self> {
        let mut child = shell(command, environment).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (questions, answers) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Self { child, questions, answers })
    }

    /// Asks it. `None`: it is gone, or no partner in a talk.
    pub fn ask(&mut self, question: &[u8]) -> Option<Vec<u8>> {
        if question.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) || question.len() > CONVERTER_LINE {
            return None;
        }
        self.questions.write_all(&[question, b"\n"].concat()).ok()?;
        let mut line = Vec::new();
        let most = u64::try_from(CONVERTER_LINE).unwrap_or(u64::MAX);
        (&mut self.answers).take(most).read_until(b'\n', &mut line).ok()?;
        line.pop_if(|byte| *byte == b'\n')?;
        line.pop_if(|byte| *byte == b'\r');
        Some(line)
    }

    /// Lets it go, and waits for it.
    pub fn stop(self) {
        let Self { mut child, questions, answers } = self;
        drop((questions, answers));
        let _ = child.wait();
    }
}
