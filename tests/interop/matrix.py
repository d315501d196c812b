"""Every protocol version, both directions, every kind of tree: what arrives is what was sent."""
import os, re

from harness import Failure, Outcome, add
from trees import CI, T0, copy, difference, fixture, general_tree, noise, older_tree, put, settle_dirs, stamp, tree

PROTOCOLS = (27, 28, 29, 30, 31, 32)
MANY = 1_000 if CI else 10_000
BIG = (20 if CI else 300) << 20
BLOB = 400_000


def blob(root, change):
    data = noise(7, BLOB)
    put(os.path.join(root, "blob"), change(data), T0)
    settle_dirs(root)


def pair(name, then, now):
    """Two fixtures: the destination's state before, and the source."""
    return (lambda: fixture(name + ".src", now)), (lambda: fixture(name + ".dst", then))


def single(name, build):
    return (lambda: fixture(name, build)), None


def many(root):
    for i in range(MANY):
        put(os.path.join(root, f"d{i % 100:02d}", f"file{i:05d}"), b"%d\n" % i * (i % 40), T0 + i)
    settle_dirs(root)


def big(root):
    block = noise(3, 1 << 20)
    with open(os.path.join(root, "big.bin"), "wb") as f:
        for i in range(BIG >> 20):
            f.write(i.to_bytes(8, "little") + block[8:])
    stamp(os.path.join(root, "big.bin"), T0)
    settle_dirs(root)


def deep(root):
    path = root
    for i in range(40):
        path = os.path.join(path, f"level{i:02d}")
        put(os.path.join(path, "leaf"), b"%d" % i, T0 + i)
    settle_dirs(root)


ODD = [b"with blank", b" lead", b"trail ", b"new\nline", b"tab\t", b"\xff\xfe\x80", b"-dash", b"--delete", b"n" * 255, b"*", b"[a]", b"?q",
       b"back\\slash", b"\\#012", b"quote'\"", b"$HOME", b"caf\xc3\xa9", b"\xc3\x80", b"...", b"..a", b"~", b"#c", b"a:b", b"\x01\x7f"]


def odd(root):
    for i, name in enumerate(ODD):
        put(os.path.join(os.fsencode(root), name), name, T0 + i)
        put(os.path.join(os.fsencode(root), b"dir " + name[:200], name), name, T0 + i)
    settle_dirs(root)


def symlinks(root):
    put(os.path.join(root, "t"), b"target\n")
    os.makedirs(os.path.join(root, "d", "e"))
    for name, target in (("good", "t"), ("dangling", "no/where"), ("absolute", "/etc/passwd"), ("up", "../outside"), ("d/e/back", "../../t"),
                         ("dir", "d"), ("long", "x/" * 300 + "y"), ("d/escape", "a/../../../z"), ("self", "self")):
        os.symlink(target, os.path.join(root, name))
        stamp(os.path.join(root, name), T0 + 9)
    settle_dirs(root)


def hardlinks(root):
    for group in range(3):
        first = put(os.path.join(root, f"g{group}"), noise(group, 3000), T0 + group)
        for i in range(3):
            d = os.path.join(root, f"dir{i}")
            os.makedirs(d, exist_ok=True)
            os.link(first, os.path.join(d, f"link{group}"))
    os.symlink("g0", os.path.join(root, "sym"))
    stamp(os.path.join(root, "sym"), T0)
    os.link(os.path.join(root, "sym"), os.path.join(root, "zsym"), follow_symlinks=False)
    put(os.path.join(root, "alone"), b"alone")
    settle_dirs(root)


def hardlinks_before(root):
    """One link already there, one a file of its own, one changed."""
    put(os.path.join(root, "g0"), noise(0, 3000), T0)
    put(os.path.join(root, "dir0", "link0"), noise(0, 3000), T0)
    put(os.path.join(root, "dir1", "link1"), b"other", T0 - 5)
    settle_dirs(root)


def fifo(root):
    os.mkfifo(os.path.join(root, "pipe"), 0o640)
    stamp(os.path.join(root, "pipe"), T0)
    put(os.path.join(root, "f"), b"f")
    settle_dirs(root)


def devices(root):
    for i, (name, kind, major, minor) in enumerate((("null", 0o020000, 1, 3), ("zero", 0o020000, 1, 5), ("tty", 0o020000, 5, 0),
                                                     ("loop", 0o060000, 7, 0), ("wide", 0o020000, 300, 70000), ("loop1", 0o060000, 7, 300))):
        os.mknod(os.path.join(root, name), kind | 0o600, os.makedev(major, minor))
        stamp(os.path.join(root, name), T0 + i)
    settle_dirs(root)


def modes(root):
    for i, mode in enumerate((0o4755, 0o2755, 0o6711, 0o1644, 0o000, 0o444, 0o777)):
        put(os.path.join(root, f"f{mode:04o}"), b"%d" % i, T0, mode)
    for mode in (0o1777, 0o2775, 0o555, 0o700):
        d = os.path.join(root, f"d{mode:04o}")
        put(os.path.join(d, "inside"), b"in")
        put(os.path.join(d, "deeper", "inside"), b"in")
    settle_dirs(root)
    for mode in (0o1777, 0o2775, 0o555, 0o700):
        os.chmod(os.path.join(root, f"d{mode:04o}"), mode)


def modes_for_all(root):
    """The same without what only root can read."""
    modes(root)
    os.chmod(os.path.join(root, "f0000"), 0o400)


def times(root):
    for i, when in enumerate((0, 1, -1, -86400 * 365 * 20, 2**31 - 1, 2**31 + 5, 2**32 + 7, 4_102_444_800)):
        put(os.path.join(root, f"t{i}"), b"%d" % i, when)
        put(os.path.join(root, f"ns{i}"), b"%d" % i, (when, 987_654_321))
    settle_dirs(root)


def owners(root):
    for i, (uid, gid) in enumerate(((0, 0), (1, 1), (1234, 4321), (65534, 65534), (0, 65534), (70000, 4_000_000_000))):
        put(os.path.join(root, f"o{i}"), b"%d" % i)
        os.chown(os.path.join(root, f"o{i}"), uid, gid)
    settle_dirs(root)


changed_mid = lambda d: d[:200_000] + b"changed in the middle" + d[200_021:]
same = lambda d: d
# kind: (source and basis, client options, marks)
KINDS = {
    "fresh": ((general_tree, None), (), {}),
    "unchanged": ((general_tree, general_tree), (), {}),
    "changed": ((general_tree, older_tree), (), {}),
    "shifted": (pair("shifted", lambda r: (blob(r, same), stamp(r + "/blob", T0 - 9)), lambda r: blob(r, lambda d: b"put in front" + d)), ("--stats",), {}),
    "middle": (pair("middle", lambda r: (blob(r, same), stamp(r + "/blob", T0 - 9)), lambda r: blob(r, changed_mid)), ("--stats",), {}),
    "shrunk": (pair("shrunk", lambda r: (blob(r, same), stamp(r + "/blob", T0 - 9)), lambda r: blob(r, lambda d: d[:123_457])), ("--stats",), {}),
    "grown": (pair("grown", lambda r: (blob(r, lambda d: d[:123_457]), stamp(r + "/blob", T0 - 9)), lambda r: blob(r, same)), (), {}),
    "empty": (single("empty", lambda r: [put(os.path.join(r, n)) for n in ("a", "b", "d/c")] and settle_dirs(r)), (), {}),
    "emptied": (pair("emptied", lambda r: (blob(r, same), stamp(r + "/blob", T0 - 9)), lambda r: blob(r, lambda d: b"")), (), {}),
    "many": (single("many", many), (), {"weight": 5}),
    "big": (single("big", big), (), {"weight": 5}),
    "deep": (single("deep", deep), (), {}),
    "odd": (single("odd", odd), (), {}),
    "symlinks": (single("symlinks", symlinks), (), {}),
    "chrooted": (single("symlinks", symlinks), (), {"root": "chroot"}),
    "munged": (single("symlinks", symlinks), (), {}),
    "hardlinks": (single("hardlinks", hardlinks), ("-H",), {}),
    "hardlinks-again": (pair("hardlinks-again", hardlinks_before, hardlinks), ("-H",), {}),
    "fifo": (single("fifo", fifo), (), {}),
    "device": (single("devices", devices), (), {"root": "making devices"}),
    "modes": (single("modes", modes_for_all), (), {}),
    "owners": (single("owners", owners), (), {"root": "giving files away"}),
    "times": (single("times", times), (), {}),
}
# Without chroot and without munging, a link that leaves the module is cut on arrival.
SANITIZED = {b"absolute": b"etc/passwd", b"up": b"outside", b"d/escape": b"../z"}
EDGES = {(27, "changed"), (29, "hardlinks"), (30, "many"), (31, "odd"), (32, "fresh"), (32, "unchanged"), (32, "symlinks"), (28, "shifted"), (32, "times")}


def run(t, protocol, direction, kind, inc, over_shell=False):
    (source, basis), options, _ = KINDS[kind]
    src = source()
    params = {"munge_symlinks": "no" if kind != "munged" else None, "use_chroot": "yes" if kind == "chrooted" else "no"}
    fields = {"ns": protocol >= 31}
    opts = ["-ai", f"--protocol={protocol}", *options] + ([] if inc else ["--no-inc-recursive"])

    def one(target):
        dst = t.make(target, "dst")
        if basis:
            copy(basis(), dst)
        served = dst if direction == "push" else src
        if over_shell:
            peer = t.shell(served, target)
            url, env = peer.url("m/" if direction == "push" else "m/./"), peer.env
        else:
            url, env = t.serve(served, target, read_only="no" if direction == "push" else "yes", **params).url("m/"), None
        r = t.rsync(*opts, *((src + "/", url) if direction == "push" else (url, dst + "/")), env=env)
        # Without a module no link is cut on arrival.
        check(t, src, dst, r, "pull" if over_shell else direction, kind, protocol, fields)
        return Outcome(r, dst, **fields)

    t.each(one)


def check(t, src, dst, r, direction, kind, protocol, fields):
    wanted, got = tree(src, **fields), tree(dst, **fields)
    if direction == "push" and kind in ("munged", "symlinks"):
        for name, facts in wanted.items():
            if "target" in facts:
                facts["target"] = b"/rsyncd-munged/" + facts["target"] if kind == "munged" else SANITIZED.get(name, facts["target"])
    if kind == "munged":
        for facts in (*wanted.values(), *got.values()):
            facts.pop("size", None)
    if protocol < 28:
        # Only regular files are linked at this version.
        for facts in (*wanted.values(), *got.values()):
            if facts["kind"] == "link":
                facts.pop("same as", None)
    if kind == "times" and protocol < 30:
        # Four bytes of time: what does not fit is not compared.
        fits = lambda n: n[-1:] in b"0145" if n[:1] in b"tn" else True
        wanted, got = ({n: f for n, f in x.items() if fits(n)} for x in (wanted, got))
    why = difference(wanted, got)
    if why:
        raise Failure(f"source and destination differ: {why}\n{r}")
    if kind == "unchanged":
        t.eq([l for l in r.out.splitlines() if l and not l.startswith((".d..t", "sent", "total"))], [], "itemized")
    if "--stats" in KINDS[kind][1]:
        literal = int(re.search(r"Literal data: ([\d,]+)", r.out).group(1).replace(",", ""))
        t.ok(literal < BLOB // 8, f"literal data of {literal} bytes")


def row(protocol, direction, kind, inc):
    marks = dict(KINDS[kind][2], edge=(protocol, kind) in EDGES)
    name = f"{direction}-p{protocol}-{kind}" + ("-inc" if inc and protocol >= 30 else "")
    add("matrix", name, lambda t: run(t, protocol, direction, kind, inc), **marks)


for protocol in PROTOCOLS:
    for direction in ("push", "pull"):
        for kind in KINDS:
            for inc in ((True, False) if protocol >= 30 else (False,)):
                row(protocol, direction, kind, inc)
