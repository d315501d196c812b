//! The halves against a socket pair.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::{Link, Receive, link};
use crate::wire::Put;
use crate::wire::frame::{Code, header};

fn pair() -> (Link, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let write = OwnedFd::from(ours.try_clone().unwrap());
    (Link::new(ours.into(), write), theirs)
}

#[test]
fn a_number_cut_by_frames_and_messages_is_still_one_number() {
    use std::io::Write;
    let (mut link, mut peer) = pair();
    link.input.set_framed(true).unwrap();
    peer.write_all(&[2, 0, 0, 7, 0x11, 0x22]).unwrap();
    peer.write_all(&header(Code::Info, 3)).unwrap();
    peer.write_all(b"hi\n\x00\x00\x00\x07\x03\x00\x00\x07\x33\x44\x55").unwrap();
    assert_eq!(link.decode(|r| r.i32()).unwrap(), 0x44332211);
    assert_eq!(link.decode(|r| r.byte()).unwrap(), 0x55);
    assert_eq!(link.input.take_message().unwrap().payload, b"hi\n");
}

#[test]
fn data_and_texts_leave_in_order_and_framed() {
    use std::io::Read;
    let (mut link, mut peer) = pair();
    link.put(b"raw");
    link.output.set_framed(29);
    link.put(b"ab");
    link.put(b"c");
    link.output.text(Code::Error, b"oops");
    link.put(b"d");
    link.flush().unwrap();
    let mut got = [0; 3 + 7 + 9 + 5];
    peer.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"raw\x03\0\0\x07abc\x05\0\0\x08oops\n\x01\0\0\x07d");
}

#[test]
fn an_unknown_tag_or_an_endless_message_is_refused() {
    use std::io::Write;
    for bytes in [[4, 0, 0, 6], [0, 0, 0, 99], [0xff, 0xff, 0xff, 9]] {
        let (mut link, mut peer) = pair();
        link.input.set_framed(true).unwrap();
        peer.write_all(&bytes).unwrap();
        assert_eq!(link.decode(|r| r.byte()).unwrap_err().exit, 12);
    }
}

#[test]
fn a_peer_that_closes_in_the_middle_of_a_record_is_reported() {
    use std::io::Write;
    let (mut link, mut peer) = pair();
    peer.write_all(&[1, 2]).unwrap();
    drop(peer);
    assert_eq!(link.decode(|r| r.i32()).unwrap_err().exit, 12);
}

#[test]
fn a_line_is_bounded_and_loses_its_cr() {
    use std::io::Write;
    let (mut link, mut peer) = pair();
    peer.write_all(b"mod\r\n0123456789").unwrap();
    assert_eq!(link::read_line(&mut link, 8).unwrap(), b"mod");
    assert!(link::read_line(&mut link, 8).is_err());
}

#[test]
fn a_raw_list_between_frames_is_not_taken_for_frames() {
    use std::io::Write;
    let (mut link, mut peer) = pair();
    link.input.be_careful();
    link.input.set_framed(true).unwrap();
    // All of it is here before the first byte is asked for.
    peer.write_all(b"\x02\0\0\x07\x11\x22\x02\0\0\x07\x33\x44sub/file\0\0\x01\0\0\x07\x55").unwrap();
    assert_eq!(link.decode(|r| r.i32()).unwrap(), 0x44332211);
    link.input.set_framed(false).unwrap();
    let list: Vec<u8> = (0..10).map(|_| link.decode(|r| r.byte()).unwrap()).collect();
    assert_eq!(list, b"sub/file\0\0");
    link.input.set_framed(true).unwrap();
    assert_eq!(link.decode(|r| r.byte()).unwrap(), 0x55);
}

#[test]
fn a_session_ends_when_its_time_has_come() {
    let (link, _peer) = pair();
    let clock = link.clock();
    clock.set_stop(3600);
    assert!(clock.check().is_ok());
    clock.set_stop(0);
    assert!(clock.check().is_ok());
    clock.stop_now();
    let fatal = clock.check().unwrap_err();
    assert_eq!((fatal.exit, fatal.text.as_slice()), (30, &b"stopping at requested limit"[..]));
}
