"""Input no client sends: cut short, too long, out of order, out of range, at every stage of a session.

Each time the connection has to end soon, no worker may stay, nothing outside the module may change, and the next client is served.
"""
import os, socket, struct, time

from harness import Failure, add, case
from trees import T0, copy, general_tree, names, put, tree
from wire import DONE, i32

SECONDS = 10
STAMP = i32(T0)


def args(*words, end=b"\n"):
    return b"".join(w if isinstance(w, bytes) else w.encode() for w in (x + (end if isinstance(x, bytes) else end.decode()) for x in words)) + end


def frame(data, tag=0):
    return struct.pack("<I", len(data) | (tag + 7) << 24) + data


HELLO27, HELLO29, HELLO31 = b"@RSYNCD: 27\nm\n", b"@RSYNCD: 29\nm\n", b"@RSYNCD: 31.0 md5 md4\nm\n"
PULL27 = HELLO27 + args("--server", "--sender", "-rt", ".", "m/")
PULL29 = HELLO29 + args("--server", "--sender", "-rt", ".", "m/")
PULL31 = HELLO31 + args("--server", "--sender", "-te.LsfxCIvu", ".", "m/a.txt", end=b"\0") + b"\x03md5"
PUSH27 = HELLO27 + args("--server", "-rlt", ".", "m/")
PUSHD29 = HELLO29 + args("--server", "-rt", "--delete", ".", "m/")
PUSH31 = HELLO31 + args("--server", "-rlte.LsfxCIvu", ".", "m/", end=b"\0") + b"\x03md5"
WHOLE = {
    "pull27": PULL27 + i32(0) + i32(1) + i32(0, 0, 0, 0) + DONE * 3,
    "pull29": PULL29 + i32(0) + i32(1) + b"\x00\xa0" + i32(0, 0, 0, 0) + DONE * 4,
    "pull31": PULL31 + frame(i32(0)) + frame(b"\x01\x00\xa0" + i32(0, 0, 0, 0)) + frame(b"\0") * 5,
    "push27": PUSH27 + bytes.fromhex("41010000002e00100000") + STAMP + bytes.fromhex("ed410000" "400100000066" "05000000") + STAMP + bytes.fromhex("a4810000" "00" "00000000")
    + i32(1) + i32(0, 0, 0, 0) + i32(5) + b"hello" + i32(0) + bytes(16) + DONE * 3,
    "push31": PUSH31 + frame(bytes.fromhex("18056c2e747874000500") + b"\x65\x25\x7d\x93" + bytes.fromhex("a48100000000")) + frame(b"\x01\x00\xa0" + i32(0, 0, 0, 0)
    + i32(5) + b"hello" + i32(0) + bytes(16)) + frame(b"\0") * 5,
}


def entry(name, size=0, mode=0o100644, flags=0x40, length=None, more=b""):
    return bytes([flags]) + i32(len(name) if length is None else length) + name + i32(size) + STAMP + i32(mode) + more


END = b"\0" + i32(0)
# A list of "." alone, with an ACL or attributes behind it.
TOP31 = bytes.fromhex("19012e000010") + b"\x65\x25\x7d\x93" + bytes.fromhex("ed410000")
PUSH_ACLS = HELLO31 + args("--server", "-rltpAe.LsfxCIvu", ".", "m/", end=b"\0") + b"\x03md5"
PUSH_XATTRS = HELLO31 + args("--server", "-rltXe.LsfxCIvu", ".", "m/", end=b"\0") + b"\x03md5"
PULL_XATTRS = HELLO31 + args("--server", "--sender", "-rtXe.LsfxCIvu", ".", "m/a.txt", end=b"\0") + b"\x03md5" + frame(i32(0))
DOT = entry(b".", 4096, 0o40755, 0x41)
CASES = {
    "greeting-long": b"@RSYNCD: " + b"9" * 200_000,
    "greeting-nul": b"@RSYNCD: 31.0\0 md5\n\0m\n",
    "greeting-huge-number": b"@RSYNCD: 99999999999999999999.0 md5\nm\n",
    "greeting-negative": b"@RSYNCD: -5.0 md5\nm\n",
    "greeting-old": b"@RSYNCD: 5\nm\n",
    "greeting-http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "greeting-tls": bytes.fromhex("16030102000100") + bytes(300),
    "greeting-noise": bytes(range(256)) * 64,
    "greeting-only-lf": b"\n" * 5000,
    "module-long": b"@RSYNCD: 31.0 md5\n" + b"m" * 100_000 + b"\n",
    "module-dots": b"@RSYNCD: 31.0 md5\n../../etc\n",
    "module-slash": b"@RSYNCD: 31.0 md5\nm/\n",
    "early-input-huge": b"@RSYNCD: 31.0 md5\n#early_input=999999999\n" + bytes(6000),
    "early-input-negative": b"@RSYNCD: 31.0 md5\n#early_input=-1\nm\n",
    "args-too-many": HELLO31 + b"-v\0" * 20_000 + b"\0",
    "args-long": HELLO31 + b"--server\0" + b"a" * 1_000_000 + b"\0\0",
    "args-none": HELLO31 + b"\0",
    "args-no-server": HELLO31 + args("-r", ".", "m/", end=b"\0"),
    "args-only-dot": HELLO31 + args(".", end=b"\0"),
    "args-daemon": HELLO31 + args("--server", "--daemon", ".", end=b"\0"),
    "args-no-value": HELLO31 + args("--server", "--sender", "--block-size", end=b"\0"),
    **{f"args-number-{i}": HELLO31 + args("--server", "--sender", "-re.LsfxCIvu", o, ".", "m/", end=b"\0")
       for i, o in enumerate(("-B0", "-B-1", "-B99999999999", "--checksum-seed=x", "--max-size=-1", "--timeout=-9", "--max-alloc=0", "--bwlimit=x", "--modify-window=x", "--protocol=0"))},
    "args-secluded-cut": HELLO31 + args("--server", "--sender", "-rse.LsfxCIvu", end=b"\0") + b"rsync\0.\0m",
    "args-many-paths": HELLO31 + args("--server", "--sender", "-re.LsfxCIvu", ".", *["m/" + "*/" * 40] * 50, end=b"\0") + b"\x03md5" + frame(i32(0)),
    "sums-long": PULL31[:-4] + b"\xff\xff" + b"x" * 40_000,
    "sums-unknown": PULL31[:-4] + b"\x05crc32",
    "filter-negative": PULL27 + i32(-1) + b"x" * 100,
    "filter-huge": PULL27 + i32(0x7FFFFFFF) + b"x" * 100_000,
    "filter-many": PULL27 + (i32(3) + b"- x") * 50_000 + i32(0),
    "filter-merge": PULL29 + i32(13) + b". /etc/passwd" + i32(0),
    "filter-unknown": PULL29 + i32(5) + b"zz yy" + i32(0),
    "acl-of-a-million": PUSH_ACLS + frame(TOP31 + bytes.fromhex("0010cf4042") + bytes.fromhex("830716") * 5_000),
    "acl-number": PUSH_ACLS + frame(TOP31 + b"\x05"),
    "acl-rights": PUSH_ACLS + frame(TOP31 + bytes.fromhex("000109")),
    "xattr-of-2-gb": PUSH_XATTRS + frame(TOP31 + bytes.fromhex("000107f0ffffff7f") + b"user.x\0"),
    "xattrs-a-million": PUSH_XATTRS + frame(TOP31 + bytes.fromhex("00cf4042") + bytes.fromhex("070161757365722e7800") * 2_000),
    "xattr-number": PUSH_XATTRS + frame(TOP31 + b"\x02"),
    "xattr-name-cut": PUSH_XATTRS + frame(TOP31 + bytes.fromhex("00010401") + b"user!x"),
    "xattr-unasked-value": PUSH_XATTRS + frame(TOP31 + bytes.fromhex("0001072175736572") + b".x\0" + bytes(16) + b"\0\0") + frame(b"\x01\x00\x01" + b"\x05\x01x\0"),
    "xattr-request-of-none": PULL_XATTRS + frame(b"\x01\x00\x01" + b"\x07\0"),
    "xattr-request-negative": PULL_XATTRS + frame(b"\x01\x00\x01" + b"\xf0\xff\xff\xff\xff\0"),
    "filter-stars": PULL27 + i32(402) + b"- " + b"*a" * 200 + i32(0),
    "index-far": PULL27 + i32(0) + i32(99999) + i32(0, 0, 0, 0) + DONE * 3,
    "index-negative": PULL27 + i32(0) + i32(-7) + i32(0, 0, 0, 0) + DONE * 3,
    "sum-count-huge": PULL27 + i32(0) + i32(1) + i32(0x7FFFFFFF, 700, 16, 0) + bytes(4000),
    "sum-count-negative": PULL27 + i32(0) + i32(1) + i32(-1, 700, 16, 0) + bytes(4000),
    "sum-block-zero": PULL27 + i32(0) + i32(1) + i32(5, 0, 16, 0) + bytes(4000),
    "sum-block-huge": PULL27 + i32(0) + i32(1) + i32(5, 0x7FFFFFFF, 16, 0) + bytes(4000),
    "sum-length-99": PULL27 + i32(0) + i32(1) + i32(5, 700, 99, 0) + bytes(4000),
    "sum-remainder": PULL27 + i32(0) + i32(1) + i32(5, 700, 16, 9999) + bytes(4000),
    "done-storm": PULL27 + i32(0) + DONE * 2000,
    "request-dir": PULL27 + i32(0) + i32(0) + i32(0, 0, 0, 0) + DONE * 3,
    "request-same-often": PULL27 + i32(0) + (i32(1) + i32(0, 0, 0, 0)) * 500 + DONE * 3,
    "frame-tag-low": PULL31 + b"\x04\0\0\x01abcd",
    "frame-tag-unknown": PULL31 + frame(b"abcd", 60),
    "frame-huge": PULL31 + b"\xff\xff\xff\x07" + bytes(5000),
    "frame-error-exit": PULL31 + frame(i32(3), 86),
    "frame-error-exit-long": PULL31 + frame(bytes(50), 86),
    "frame-empty-storm": PULL31 + frame(b"") * 20_000,
    "frame-info": PULL31 + frame(b"\x1b[31mhello\n" * 3, 2),
    "frame-io-error": PULL31 + frame(b"\1", 22),
    "frame-redo": PULL31 + frame(i32(5), 9),
    "frame-success-wild": PULL31 + frame(i32(77), 100),
    "frame-deleted": PULL31 + frame(b"../../x\0", 101),
    "frame-no-send": PULL31 + frame(i32(-3), 102),
    "list-flags": PUSH27 + b"\xff" * 400,
    "list-name-negative": PUSH27 + DOT + entry(b"x", length=-1) + END,
    "list-name-huge": PUSH27 + DOT + entry(b"x" * 5000, length=0x7FFFFFFF) + END,
    "list-name-5000": PUSH27 + DOT + entry(b"x" * 5000) + END,
    "list-name-empty": PUSH27 + DOT + entry(b"") + END,
    "list-name-up": PUSH27 + DOT + entry(b"../outside/new", 1) + END + DONE * 3,
    "list-name-absolute": PUSH27 + DOT + entry(b"/tmp/interop-absolute", 1) + END + DONE * 3,
    "list-name-inner-up": PUSH27 + DOT + entry(b"a/../../outside/new", 1) + END + DONE * 3,
    "list-name-nul": PUSH27 + DOT + entry(b"a\0b", 1) + END + DONE * 3,
    "list-name-twice": PUSH27 + DOT + entry(b"a", 1) * 50 + END + DONE * 3,
    "list-prefix-first": PUSH27 + b"\x20\xff\x01x" + i32(0) + STAMP + i32(0o100644) + END,
    "list-size-negative": PUSH27 + DOT + entry(b"a", -5) + END + DONE * 3,
    "list-mode-none": PUSH27 + DOT + entry(b"a", 1, 0) + END + DONE * 3,
    "list-mode-odd": PUSH27 + DOT + entry(b"a", 1, 0xFFFFFFFF) + END + DONE * 3,
    "list-link-huge": PUSH27 + DOT + entry(b"l", 0, 0o120777, more=i32(0x7FFFFFFF) + b"t" * 5000) + END,
    "list-link-then-through": PUSH27 + DOT + entry(b"l", 0, 0o120777, more=i32(10) + b"../outside") + entry(b"l/new", 1) + END + DONE * 3,
    "list-file-and-below": PUSH27 + DOT + entry(b"f", 1) + entry(b"f/g", 1) + END + DONE * 3,
    "list-no-dot": PUSH27 + entry(b"a", 1) + END + DONE * 3,
    "list-never-ends": PUSH27 + DOT + b"".join(entry(b"%06d" % i, 1) for i in range(20_000)),
    "list31-varint": PUSH31 + frame(b"\xff" * 600),
    "list31-flags": PUSH31 + frame(b"\xfc\xff" + bytes(200)),
    "token-block": PUSH27 + DOT + entry(b"f", 5) + END + i32(2) + i32(0, 0, 0, 0) + i32(-7) + i32(0) + bytes(16) + DONE * 3,
    "token-huge": PUSH27 + DOT + entry(b"f", 5) + END + i32(1) + i32(0, 0, 0, 0) + i32(0x7FFFFFFF) + b"x" * 50_000,
    "token-least": PUSH27 + DOT + entry(b"f", 5) + END + i32(1) + i32(0, 0, 0, 0) + i32(-0x80000000) + i32(0),
    "sum-wrong": WHOLE["push27"],
    "answer-unasked": PUSH27 + DOT + entry(b"f", 5) + END + i32(44) + i32(0, 0, 0, 0) + i32(0) + bytes(16),
    "delete-nothing": PUSHD29 + i32(0x7FFFFFFF) + bytes(1000),
}


TOGETHER = 8


def poke(d, *streams, reset=False):
    """A connection for each stream, some at a time: all of it is sent, then no more; the daemon has to end each."""
    for at in range(0, len(streams), TOGETHER):
        opened = [(d.connect(SECONDS), data) for data in streams[at:at + TOGETHER]]
        for s, data in opened:
            try:
                s.sendall(data)
                if reset:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        for s, data in opened:
            drain(s, data, reset)


def drain(s, data, reset):
    end = time.monotonic() + SECONDS
    try:
        while not reset and s.recv(65536):
            if time.monotonic() > end:
                raise Failure(f"still answering {len(data)} bytes beginning {data[:80]!r} after {SECONDS} s")
    except socket.timeout:
        raise Failure(f"no end within {SECONDS} s after {len(data)} bytes beginning {data[:80]!r}: {data[-200:]!r}") from None
    except OSError:
        pass
    finally:
        s.close()


class Scene:
    """A module with a tree, and a neighbour that must stay as it is."""
    def __init__(self, t, **params):
        self.t = t
        put(t.make("outside") + "/witness", b"w", T0)
        self.before = tree(t.dir + "/outside")
        copy(general_tree(), t.make("disk"))
        self.d = t.serve(t.dir + "/disk", **params)

    def after(self, temporaries=True):
        t, d = self.t, self.d
        d.settle()
        t.ok(d.process.poll() is None, "the daemon lives")
        t.eq(tree(t.dir + "/outside"), self.before, "what lies outside")
        t.ok(not os.path.exists("/tmp/interop-absolute"), "what lies outside")
        if temporaries:
            t.eq([n for n in names(t.dir + "/disk") if n.split("/")[-1].startswith(".")], [], "temporaries")
        t.rsync("-r", d.url("m/sub"), t.make("dst") + "/")


def one(t, data):
    scene = Scene(t)
    poke(scene.d, data)
    scene.after()


def cut(t, data, reset):
    """The same session cut after each byte (of long ones: after a choice of them)."""
    scene = Scene(t)
    points = range(len(data)) if not t.ci else sorted(t.random.sample(range(len(data)), min(60, len(data))))
    poke(scene.d, *[data[:n] for n in points], reset=reset)
    # Stock's two processes may end each other before the temporary is removed.
    scene.after(temporaries=not reset or t.under_test == "ours")


def bent(t, data):
    """Bytes of a session replaced, dropped, doubled."""
    scene = Scene(t)
    first = data.index(b"m\n") + 2
    streams = []
    for _ in range(60 if t.ci else 250):
        b = bytearray(data)
        for _ in range(t.random.randint(1, 4)):
            at = t.random.randrange(first, len(b))
            what = t.random.randrange(4)
            if what == 0:
                b[at] = t.random.randrange(256)
            elif what == 1:
                del b[at]
            elif what == 2:
                b[at:at] = t.random.randbytes(t.random.choice((1, 4, 40)))
            else:
                b[at:at + 4] = t.random.choice((b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\0\0\0"))
        streams.append(bytes(b))
    poke(scene.d, *streams)
    scene.after()


def rows(name, data):
    for reset in (False, True):
        add("peers", f"cut-{name}{'-reset' if reset else ''}", lambda t: cut(t, data, reset), edge=True)
    add("peers", f"bent-{name}", lambda t: bent(t, data), edge=True)


def row(name, data):
    add("peers", f"hostile-{name}", lambda t: one(t, data))


for name, data in WHOLE.items():
    rows(name, data)
for name, data in CASES.items():
    row(name, data)


@case("peers", "stalled", edge=True)
def stalled(t):
    """A peer that falls silent at any point is left after the module's timeout."""
    scene = Scene(t, timeout="1")
    sockets = []
    for data in WHOLE.values():
        for part in (0.5, 0.75, 0.95):
            s = scene.d.connect(SECONDS)
            s.sendall(data[:int(len(data) * part)])
            sockets.append(s)
    scene.d.settle(SECONDS)
    for s in sockets:
        s.close()
    scene.after()


@case("peers", "silent-reader")
def silent_reader(t):
    """A puller that asks and never reads does not keep its worker for ever."""
    scene = Scene(t, timeout="2")
    put(t.dir + "/disk/large", bytes(8 << 20))
    s = scene.d.connect(SECONDS)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.sendall(PULL27 + i32(0) + b"".join(i32(i) + i32(0, 0, 0, 0) for i in range(1, 9)))
    scene.d.settle(30)
    s.close()
    os.unlink(t.dir + "/disk/large")
    scene.after()
