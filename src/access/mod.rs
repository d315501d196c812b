//! Who may come in: hosts, users, secrets, challenge. Pure; imports `filter` (wildmatch) and `limits`.
//!
//! Order of a login: [`hosts::decide`], then [`users::judge`], [`challenge::choose`], [`challenge::challenge`],
//! [`secrets::candidates`], [`challenge::verify`]. Without a daemon: [`restrict`]. Every doubt is decided against the peer.
//! Nothing here reads files or asks a resolver: the caller does, through arguments and closures.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod challenge;
pub mod hosts;
pub mod network;
pub mod restrict;
pub mod secrets;
pub mod secrets_edit;
pub mod users;
