"""Whole sessions of stock clients, byte for byte in both directions, as they were once recorded."""
import os

from harness import case
from trees import put, settle_dirs
from wire import DONE, Peer, i32, md4

WHEN = 0x65937D25  # 2024-01-02 03:04:05 UTC
NAMES31 = b"\x1exxh128 xxh3 xxh64 md5 md4 sha1"
XXH128_HELLO = bytes.fromhex("1838525eaacf79c77f3e1b07adc1e9b5")
LIST31 = bytes.fromhex("1805662e74787400050065257d93a48100000000")
NO_SUMS = bytes(16)


def frame(data, tag=0):
    return i32(len(data) | (tag + 7) << 24) + data


def module(t):
    src = t.make("ro")
    put(src + "/f.txt", b"hello", WHEN)
    return src


def enter31(p, version, words):
    p.enter(version, "m", words, end="\0")


def flags_and_names(t, p, wanted, sums=NAMES31):
    """Compat flags as a varint, then the server's checksum names, then the seed."""
    t.eq(p.raw(len(wanted)), wanted, "compat flags")
    p.send(sums)
    offered = p.raw(p.raw(1)[0]).decode().split()
    t.ok(offered[:5] == "xxh128 xxh3 xxh64 md5 md4".split(), f"checksums offered: {offered}")
    p.seed = p.raw(4)


@case("peers", "capture-31-pull", edge=True)
def pull31(t):
    p = Peer(t.serve(module(t)))
    enter31(p, "31.0 sha512 sha256 sha1 md5 md4", ["--server", "--sender", "-te.LsfxCIvu", ".", "m/f.txt"])
    flags_and_names(t, p, b"\x81\xfe")
    p.send(frame(i32(0)))
    p.want(LIST31, "the list")
    p.send(frame(b"\x01\x00\xa0" + NO_SUMS))
    p.want(b"\x01\x00\xa0" + NO_SUMS + i32(5) + b"hello" + i32(0) + XXH128_HELLO, "the answer")
    p.send(frame(b"\0"))
    p.want(b"\0", "done 1")
    p.send(frame(b"\0\0\0"))
    p.want(b"\0\0", "done 2 and 3")
    t.eq(p.take(15)[6:9], b"\x00\x05\x00", "total size")
    p.want(b"\0", "done 4")
    p.send(frame(b"\0"))
    t.eq(p.rest(), b"", "after the goodbye")


@case("peers", "capture-31-push", edge=True)
def push31(t):
    disk = t.make("rw")
    p = Peer(t.serve(disk))
    enter31(p, "31.0 sha512 sha256 sha1 md5 md4", ["--server", "-te.LsfxCIvu", ".", "m/"])
    flags_and_names(t, p, b"\x81\xfe")
    p.send(frame(LIST31))
    p.want(b"\x01\x00\xa0" + NO_SUMS, "the request")
    p.send(frame(b"\x01\x00\xa0" + NO_SUMS + i32(5) + b"hello" + i32(0) + XXH128_HELLO))
    p.want(b"\0", "done 1")
    p.send(frame(b"\0"))
    p.want(b"\0\0\0", "done 2, 3 and 4")
    p.send(frame(b"\0\0"), frame(b"\0"))
    p.want(b"\0", "done 5")
    t.eq(p.rest(), b"", "after the goodbye")
    st = os.stat(disk + "/f.txt")
    t.eq((open(disk + "/f.txt", "rb").read(), st.st_mtime_ns), (b"hello", WHEN * 10**9), "the file")


@case("peers", "capture-27-pull", edge=True)
def pull27(t):
    """2.6.0: a single file, everything raw from the client."""
    p = Peer(t.serve(module(t)))
    p.enter(27, "m", ["--server", "--sender", "-t", ".", "m/f.txt"])
    p.send(i32(0))
    p.want(bytes.fromhex("1805662e74787405000000257d9365a481000000" "00000000"), "the list")
    p.send(i32(0) + NO_SUMS, DONE)
    p.want(i32(0) + NO_SUMS + i32(5) + b"hello" + i32(0) + md4(p.seed + b"hello") + DONE, "the answer")
    p.send(DONE)
    p.want(DONE, "end of phase 2")
    t.eq(p.take(12)[8:], i32(5), "total size")
    p.send(DONE)
    t.eq(p.rest(), b"", "after the goodbye")


@case("peers", "capture-29-pull", edge=True)
def pull29(t):
    p = Peer(t.serve(module(t)))
    p.enter("29.0", "m", ["--server", "--sender", "-t", ".", "m/f.txt"])
    p.send(i32(0))
    p.want(bytes.fromhex("1805662e74787405000000257d9365a481000000" "00000000"), "the list")
    p.send(i32(0) + b"\x00\xa0" + NO_SUMS, DONE)
    p.want(i32(0) + b"\x00\xa0" + NO_SUMS + i32(5) + b"hello" + i32(0) + md4(p.seed + b"hello") + DONE, "the answer")
    p.send(DONE, DONE)
    p.want(DONE + DONE, "ends of phases")
    t.eq(p.take(20)[8:12], i32(5), "total size")
    p.send(DONE)
    t.eq(p.rest(), b"", "after the goodbye")


@case("peers", "capture-32-read-only", edge=True)
def read_only(t):
    """The text, its trailer, the exit message of four bytes; the client answers with an empty one."""
    p = Peer(t.serve(module(t), read_only="yes"))
    enter31(p, "32.0 sha512 sha256 sha1 md5 md4", ["--server", "-te.LsfxCIvu", ".", "m/"])
    flags_and_names(t, p, b"\x81\xfe")
    p.send(frame(LIST31))
    t.eq(p.frame(), (3, b"ERROR: module is read only\n"), "first frame")
    tag, text = p.frame()
    t.eq((tag, text[:52]), (3, b"rsync error: syntax or usage error (code 1) at main."[:52] if t.under_test == "stock" else text[:52]), "second frame")
    t.ok(text.startswith(b"rsync error: syntax or usage error (code 1) at ") and b" [Receiver=" in text, text)
    t.eq(p.frame(), (86, i32(1)), "third frame")
    p.send(frame(b"", 86))
    t.eq(p.rest(), b"", "after the exit message")


@case("peers", "capture-32-missing", edge=True)
def missing(t):
    """A source that is not there: the error, an empty list with its mark, the end of all lists."""
    p = Peer(t.serve(module(t)))
    enter31(p, "32.0 sha512 sha256 sha1 md5 md4", ["--server", "--sender", "-logDtpre.iLsfxCIvu", ".", "m/nofile"])
    flags_and_names(t, p, b"\x81\xff")
    p.send(frame(i32(0)))
    t.eq(p.frame(), (1, b'rsync: [sender] link_stat "nofile" (in m) failed: No such file or directory (2)\n'), "the error")
    p.send(frame(i32(23), 86))
    p.ended()
    t.eq(b"".join(d for tag, d in p.frames if tag == 0)[:3], b"\0\0\xff", "an empty list")


@case("peers", "capture-32-incremental", edge=True)
def incremental(t):
    """A directory at a time: a segment for each, numbered on, and a mark after the last."""
    src = t.make("tree")
    for name in ("z", "a/x", "a/b/y"):
        put(f"{src}/{name}", b"1", WHEN)
    settle_dirs(src, WHEN)
    p = Peer(t.serve(src))
    enter31(p, "32.0 sha512 sha256 sha1 md5 md4", ["--server", "--sender", "-tre.iLsfxCIvu", ".", "m/"])
    flags_and_names(t, p, b"\x81\xff")
    p.send(frame(i32(0)))
    while b"\xff\xfe\x80\x02\x00\x00" not in p.data:
        p.frame()
    data = p.data
    first, second, third = data.index(b"\xff\x65"), data.index(b"\xff\x01", 20), data.index(b"\xff\xfe\x80\x02\x00\x00")
    t.ok(first < second < third, f"segments in order: {data.hex()}")
    t.ok(b"z" in data[:first] and b"a" in data[:first], "the top")
    p.s.close()
