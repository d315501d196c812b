"""Scripted peers: the bytes of old and odd clients, replayed; sums made anew where a seed enters."""
import os, struct

from harness import Failure, case
from trees import T0, names, put, settle_dirs, stamp
from wire import DONE, Peer, i32, md4

HELLO = b"hello"
STAMP = bytes.fromhex("00105e5f")  # T0 on the wire
# One file `f` in a directory, as openrsync and the Go client list it: no field is ever "as before".
LIST_GO = bytes.fromhex("41010000002e00100000") + STAMP + bytes.fromhex("ed410000" "400100000066" "05000000") + STAMP + bytes.fromhex("a4810000" "00" "00000000")
NO_SUMS = i32(0, 0, 0, 0)
KR25_HEAD = i32(0, 32768, 2, 0)


def one_file(t):
    src = t.make("one")
    put(src + "/f", HELLO, T0)
    os.chmod(src, 0o755)
    settle_dirs(src, T0)
    return src


def body(seed, data=HELLO, head=NO_SUMS):
    """A whole file as literal data: head, one token, the end, MD4 over seed and data."""
    return head + i32(len(data)) + data + i32(0) + md4(seed + data)


def file_list(p, flagged=b"f"):
    """Reads the server's list of `.` and `f` at versions below 30: the bytes are stock's."""
    p.take(2 + 1)
    size = struct.unpack("<I", p.take(4))[0]
    p.want(STAMP + bytes.fromhex("ed410000"), "the directory's time and mode")
    p.want(bytes.fromhex("980166" "05000000" "a4810000" "00" "00000000"), "the entry of f, the end, no error")
    return size


def below_30(p):
    """A peer below 30 dies of other frames, or of longer texts."""
    for tag, payload in p.frames:
        if tag not in (0, 1, 2, 100, 101) or tag and len(payload) > 1000:
            raise Failure(f"a frame of tag {tag} with {len(payload)} bytes for an old client")


def answer(p, t, index, flags=b"", head=NO_SUMS):
    """The server's answer to a request without a basis: index, flags, head (echoed or zero), the file."""
    p.want(i32(index) + flags, "index of the answer")
    got = p.take(16)
    t.ok(got in (head, NO_SUMS), f"sum head {got.hex()}")
    p.want(i32(5) + HELLO + i32(0), "the file's data")
    p.want(md4(p.seed + HELLO), "the file's sum")


@case("peers", "T1-kr25-pull", edge=True)
def kr25_pull(t):
    """Version 27: greeting and module in one segment; the argument list in two; count 0 with a block length; RST before the statistics."""
    d = t.serve(one_file(t))
    p = Peer(d)
    p.send(b"@RSYNCD: 27\nm\n")
    t.ok(p.line().startswith("@RSYNCD: 3"), "greeting")
    t.eq(p.line(), "@RSYNCD: OK", "answer to the module")
    p.send(b"--server")
    p.send(b"\n--sender\n-r\n-t\n.\nm/\n\n")
    p.seed = p.raw(4)
    p.send(i32(0))
    file_list(p)
    p.send(i32(1), KR25_HEAD)
    answer(p, t, 1, head=KR25_HEAD)
    for _ in range(2):
        p.send(DONE)
        p.want(DONE, "end of a phase")
    p.send(DONE)
    p.reset()
    below_30(p)
    d.settle()
    t.ok("rsync error" not in d.log(), f"such an end is a good one: {d.log()}")


@case("peers", "T2-single-letters", edge=True)
def single_letters(t):
    """One element an option, in any order, with --dirs beside -r: the recursion wins; id lists follow."""
    src = one_file(t)
    put(src + "/sub/g", b"g")
    settle_dirs(src, T0)
    p = Peer(t.serve(src))
    p.enter(27, "m", ["--server", "--sender", "-g", "-l", "-o", "-p", "-D", "-r", "-t", "-v", "--dirs", ".", "m/"])
    p.send(i32(0))
    text = b""
    while b"sub/g" not in text and b"\x05/g" not in text and b"g" not in text[60:]:
        p.frame()
        text = p.data
    t.ok(b"sub" in text, text)
    p.s.close()


@case("peers", "T3-lists", edge=True)
def lists(t):
    """`#list` and an empty line list the modules; the end is spelled out; other commands are unknown."""
    d = t.daemon("[m]\npath = /tmp\ncomment = c\n")
    for said in (b"@RSYNCD: 29\n#list\n", b"@RSYNCD: 27\n\n", b"@RSYNCD: 31.0 md5\n#list\n"):
        p = Peer(d)
        p.send(said)
        p.line()
        t.eq(p.rest(), b"m              \tc\n@RSYNCD: EXIT\n", f"answer to {said!r}")
    p = Peer(d)
    p.send(b"@RSYNCD: 29\n#nonsense\n")
    p.line()
    t.eq(p.rest(), b"@ERROR: Unknown command '#nonsense'\n", "answer")


@case("peers", "T5-both-excludes", edge=True)
def both_excludes(t):
    """At 27 a filter may come with its sign, or bare."""
    src = one_file(t)
    put(src + "/x", b"hidden")
    settle_dirs(src, T0)
    d = t.serve(src)
    for rule in (b"- x", b"x"):
        p = Peer(d)
        p.enter(27, "m", ["--server", "--sender", "-rt", ".", "m/"])
        p.send(i32(len(rule)), rule, i32(0))
        file_list(p)
        p.s.close()


@case("peers", "T7-go-pull", edge=True)
def go_pull(t):
    """The Go client: request and both ends of phases in one segment."""
    d = t.serve(one_file(t))
    p = Peer(d)
    p.enter(27, "m", ["--server", "--sender", "-tr", ".", "m/"])
    p.send(i32(0))
    file_list(p)
    p.send(i32(1) + NO_SUMS + DONE + DONE)
    answer(p, t, 1)
    p.want(DONE + DONE, "ends of phases")
    stats = struct.unpack("<3I", p.take(12))
    t.eq(stats[2], 5, "total size in the statistics")
    p.send(DONE)
    t.eq(p.rest(), b"", "after the goodbye")
    below_30(p)


@case("peers", "T11-go-push", edge=True)
def go_push(t):
    """The Go client's sender: entries with every field, a head of its own, a goodbye."""
    disk = t.make("disk")
    d = t.serve(disk)
    p = Peer(d)
    p.enter(27, "m", ["--server", "-tr", ".", "m/"])
    p.send(LIST_GO)
    p.want(i32(1) + NO_SUMS + DONE, "request")
    p.send(i32(1), body(p.seed, head=i32(1, 700, 16, 5)), DONE)
    p.want(DONE, "end of phase 2")
    p.send(DONE)
    p.want(DONE, "goodbye")
    t.eq(p.rest(), b"", "after the goodbye")
    t.eq((open(disk + "/f", "rb").read(), int(os.stat(disk + "/f").st_mtime)), (HELLO, T0), "the file")


@case("peers", "T13-unsorted", edge=True)
def unsorted(t):
    """Names out of order: indices count after the server's own sorting."""
    disk = t.make("disk")
    p = Peer(t.serve(disk))
    p.enter(27, "m", ["--server", "-tr", ".", "m/"])
    entry = lambda name, size: b"\x40" + i32(len(name)) + name + i32(size) + STAMP + bytes.fromhex("a4810000")
    p.send(bytes.fromhex("41010000002e00100000") + STAMP + bytes.fromhex("ed410000") + entry(b"zz", 2) + entry(b"b", 1) + entry(b"a", 1) + b"\x00" + i32(0))
    files = {1: b"a", 2: b"b", 3: b"zz"}
    for i in files:
        p.want(i32(i) + NO_SUMS, "request")
    p.want(DONE, "end of phase 1")
    for i, data in files.items():
        p.send(i32(i), body(p.seed, data))
    p.send(DONE)
    p.want(DONE, "end of phase 2")
    p.send(DONE)
    p.want(DONE, "goodbye")
    p.rest()
    t.eq({n: open(f"{disk}/{n}", "rb").read() for n in names(disk)}, {"a": b"a", "b": b"b", "zz": b"zz"}, "files")


@case("peers", "T6-apple-pull", edge=True)
def apple_pull(t):
    """Version 29: item flags, directories announced, four ends, five statistics; the server closes first."""
    d = t.serve(one_file(t))
    p = Peer(d)
    p.enter(29, "m", ["--server", "--sender", "-r", "-t", "--dirs", ".", "m/"])
    p.send(i32(0))
    file_list(p)
    p.send(i32(0) + b"\x08\x00", i32(1) + b"\x00\xa0" + KR25_HEAD)
    p.want(i32(0) + b"\x08\x00", "the directory's flags")
    answer(p, t, 1, b"\x00\xa0", KR25_HEAD)
    for _ in range(3):
        p.send(DONE)
        p.want(DONE, "end of a phase")
    t.eq(struct.unpack("<5I", p.take(20))[2], 5, "total size in the statistics")
    p.send(DONE)
    t.eq(p.rest(), b"", "the server closes")
    below_30(p)


@case("peers", "T9-apple-push", edge=True)
def apple_push(t):
    disk = t.make("disk")
    stamp(disk, T0 + 7)
    p = Peer(t.serve(disk))
    p.enter(29, "m", ["--server", "-r", "-t", "--dirs", ".", "m/"])
    p.send(LIST_GO)
    p.want(i32(0) + b"\x08\x00", "the directory's flags")
    p.want(i32(1) + b"\x00\xa0" + NO_SUMS + DONE, "request")
    p.send(i32(0) + b"\x08\x00", i32(1) + b"\x00\xa0" + body(p.seed), DONE)
    p.want(DONE + DONE, "ends of phases")
    p.send(DONE, DONE)
    p.want(DONE, "goodbye")
    t.eq(p.rest(), b"", "the server closes")
    t.eq(open(disk + "/f", "rb").read(), HELLO, "the file")


@case("peers", "T10-remove-source", edge=True)
def remove_source(t):
    """Version 29 with --remove-source-files: the client's side is framed, and says when a file has arrived."""
    src = one_file(t)
    p = Peer(t.serve(src))
    p.enter(29, "m", ["--server", "--sender", "-r", "-t", "--remove-source-files", ".", "m/"])
    frame = lambda data: i32(len(data) | 7 << 24) + data
    p.send(frame(i32(0)))
    file_list(p)
    p.send(frame(i32(1) + b"\x00\xa0" + NO_SUMS))
    answer(p, t, 1, b"\x00\xa0")
    t.ok(os.path.exists(src + "/f"), "the source stays until the word comes")
    p.send(i32(4 | 107 << 24) + i32(1))
    for _ in range(3):
        p.send(frame(DONE))
        p.want(DONE, "end of a phase")
    p.take(20)
    p.send(frame(DONE))
    p.rest()
    t.ok(not os.path.exists(src + "/f"), "the source is removed")


@case("peers", "T18-refused-while-sending", edge=True)
def refused_while_sending(t):
    """A push that is refused while the client still sends: the text arrives before any reset."""
    p = Peer(t.serve(t.make("disk"), read_only="yes"))
    p.enter(29, "m", ["--server", "-tr", ".", "m/"])
    entry = b"\x40" + i32(200) + b"n" * 200 + i32(1) + STAMP + bytes.fromhex("a4810000")
    try:
        p.send(LIST_GO[:19] + entry * 4000)
    except OSError:
        pass
    p.ended()
    t.has(p.texts(), "ERROR: module is read only")
    below_30(p)


@case("peers", "T20-delete-on-pull", edge=True)
def delete_on_pull(t):
    """Old clients send --delete to a sender too; it changes nothing there."""
    src = one_file(t)
    d = t.serve(src)
    for option in ("--delete", "--delete-before"):
        p = Peer(d)
        p.enter(27, "m", ["--server", option, "--sender", "-r", "-t", ".", "m/"])
        p.send(i32(0))
        file_list(p)
        p.s.close()
    t.ok(os.path.exists(src + "/f"), "the source")


@case("peers", "T23-list-only", edge=True)
def list_only(t):
    """2.6.9 lists without -r or -d: the directory's contents; the Go client without --list-only: an empty list."""
    d = t.serve(one_file(t))
    p = Peer(d)
    p.enter(29, "m", ["--server", "--sender", "--list-only", ".", "m/"])
    p.send(i32(0))
    while b"f\x05\0\0\0" not in p.data:
        p.frame()
    p.s.close()
    p = Peer(d)
    p.enter(27, "m", ["--server", "--sender", ".", "m/"])
    p.send(i32(0))
    p.s.shutdown(1)
    p.ended()
    t.has(p.texts(), "skipping directory .")


@case("peers", "T24-unknown-options", edge=True)
def unknown_options(t):
    d = t.serve(one_file(t))
    for option in ("--extended-attributes", "--cache", "--foo"):
        p = Peer(d)
        p.enter(29, "m", ["--server", "--sender", "-r", option, ".", "m/"])
        p.s.shutdown(1)
        p.ended()
        t.has(p.texts(), f"{option}: unknown option")
        below_30(p)


@case("peers", "T26-acrosync", edge=True)
def acrosync(t):
    """Version 30 without a capability letter, --sender late: no incremental recursion."""
    p = Peer(t.serve(one_file(t)))
    p.enter("30.0", "m", ["--server", "--modify-window=2", "--sender", "--out-format=%n", "--links", "--recursive", "-tude.", ".", "m/"], end="\0")
    t.ok(p.raw(1)[0] in (0, 6), "compat flags: nothing that changes what follows")
    p.seed = p.raw(4)
    p.send(i32(4 | 7 << 24) + i32(0))
    while b"f" not in p.data[8:]:
        p.frame()
    p.s.close()


@case("peers", "T25-greeting-for-version", edge=True)
def greeting_for_version(t):
    """`@RSY` where a version number is due, as a server over a shell: a clean protocol error."""
    from harness import program
    r = t.run(program(t.under_test), "--server", "--sender", "-r", ".", one_file(t) + "/", stdin=b"@RSYNCD: 29\nm\n", timeout=20)
    t.eq(r.rc, 2, f"exit code of {r}")
