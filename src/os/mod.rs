//! Kernel powers: identity, names, the operator's files, logging, signals, time. `unsafe` stands here and in `hash` only.
#![allow(unsafe_code, reason = "system calls that no crate wraps")]

pub mod detach;
pub mod fds;
pub mod identity;
pub mod ids;
pub mod lock;
pub mod log;
pub mod names;
#[cfg(any(test, arm_neon))]
mod neon;
pub mod operator;
pub mod password;
pub mod signal;
pub mod socket;
pub mod split;
pub mod time;
