"""Trees of files: made once as fixtures, copied, photographed and compared."""
import contextlib, fcntl, hashlib, os, random, shutil, stat, subprocess

ROOT = os.geteuid() == 0
BASE = os.environ.get("INTEROP_BASE", "")
CI = os.environ.get("INTEROP_CI") == "1"
T0 = 1_600_000_000


def tree(root, times=True, ns=True, dirtimes=True, owner=True, content=True, modes=True, atimes=False, xattrs=False):
    """name -> facts, for everything below (and including) `root`; names are bytes."""
    root = os.fsencode(root)
    found, links = {}, {}
    look = [b"."]
    while look:
        name = look.pop()
        path = os.path.join(root, name)
        st = os.lstat(path)
        kind = stat.S_IFMT(st.st_mode)
        facts = {"kind": {stat.S_IFDIR: "dir", stat.S_IFREG: "file", stat.S_IFLNK: "link", stat.S_IFIFO: "fifo",
                          stat.S_IFCHR: "char", stat.S_IFBLK: "block", stat.S_IFSOCK: "socket"}[kind]}
        if modes and kind != stat.S_IFLNK:
            facts["mode"] = oct(stat.S_IMODE(st.st_mode))
        if owner:
            facts["owner"] = (st.st_uid, st.st_gid)
        if times and name != b"." and (dirtimes or kind != stat.S_IFDIR):
            facts["mtime"] = st.st_mtime_ns if ns else st.st_mtime_ns // 10**9
        if atimes and kind not in (stat.S_IFDIR, stat.S_IFLNK):  # looking at a link is an access
            facts["atime"] = st.st_atime_ns // 10**9
        if xattrs:
            facts["xattrs"] = {n: os.getxattr(path, n, follow_symlinks=False) for n in sorted(os.listxattr(path, follow_symlinks=False))}
        if kind == stat.S_IFREG:
            facts["size"] = st.st_size
            if content:
                facts["sum"] = digest(path)
        elif kind == stat.S_IFLNK:
            facts["target"] = os.readlink(path)
        elif kind in (stat.S_IFCHR, stat.S_IFBLK):
            facts["rdev"] = (os.major(st.st_rdev), os.minor(st.st_rdev))
        if kind != stat.S_IFDIR and st.st_nlink > 1:
            links.setdefault((st.st_dev, st.st_ino), []).append(name)
        found[name] = facts
        if kind == stat.S_IFDIR:
            look += [os.path.join(name, n) if name != b"." else n for n in os.listdir(path)]
    for names in links.values():
        for name in names:
            found[name]["same as"] = min(names)
    return found


def digest(path):
    h = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    return h.hexdigest()


def difference(wanted, got):
    """A text naming the first few differences of two trees, or an empty one."""
    rows = []
    for name in sorted(set(wanted) | set(got)):
        a, b = wanted.get(name), got.get(name)
        if a != b:
            if a and b:
                a, b = ({k: v for k, v in x.items() if x.get(k) != y.get(k)} for x, y in ((a, b), (b, a)))
            rows.append(f"  {name!r}: {a or 'absent'} and {b or 'absent'}")
    if len(rows) > 8:
        rows[8:] = [f"  and {len(rows) - 8} more"]
    return "trees differ:\n" + "\n".join(rows) if rows else ""


def names(root):
    """The names below `root`, directories with a slash, links with their target; as the tables write them."""
    got = []
    for name, facts in tree(root, content=False).items():
        if name == b".":
            continue
        n = name.decode("utf-8", "surrogateescape")
        got.append(n + "/" if facts["kind"] == "dir" else f"{n}->{os.fsdecode(facts['target'])}" if facts["kind"] == "link" else n)
    return sorted(got)


def copy(src, dst):
    """A true copy: owners, times, links, devices."""
    os.makedirs(dst, exist_ok=True)
    subprocess.run(["cp", "-a", os.path.join(src, "."), dst], check=True)
    return dst


def wipe(path):
    """Removes a tree, read-only directories included."""
    if not os.path.lexists(path):
        return
    if not ROOT:
        for here, dirs, _ in os.walk(path):
            for d in dirs:
                with contextlib.suppress(OSError):
                    os.chmod(os.path.join(here, d), 0o700)
    shutil.rmtree(path, ignore_errors=True)


def fixture(name, build):
    """A directory made once a run by `build(path)` and shared by all rows: nobody changes it."""
    if not BASE:
        raise RuntimeError("fixtures are made below INTEROP_BASE, which the runner sets")
    path = os.path.join(BASE, "fixtures", name)
    if os.path.exists(path + ".done"):
        return path
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path + ".done"):
            wipe(path)
            os.makedirs(path)
            build(path)
            open(path + ".done", "w").close()
    return path


def put(path, content=b"", mtime=T0, mode=0o644):
    """One file; its parents are made."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)
    stamp(path, mtime)
    return path


def stamp(path, mtime):
    """Sets the modification time, seconds as a number or nanoseconds as a pair (seconds, ns)."""
    ns = mtime[0] * 10**9 + mtime[1] if isinstance(mtime, tuple) else int(mtime * 10**9)
    os.utime(path, ns=(ns, ns), follow_symlinks=False)


def noise(seed, size):
    return random.Random(seed).randbytes(size) if hasattr(random.Random, "randbytes") else random.Random(seed).getrandbits(8 * size).to_bytes(size, "little")


def settle_dirs(root, mtime=T0 + 5):
    """Gives every directory the same time, so that copies made at different moments are equal."""
    for here, dirs, _ in os.walk(root, topdown=False):
        for d in dirs:
            if not os.path.islink(os.path.join(here, d)):
                stamp(os.path.join(here, d), mtime)
    stamp(root, mtime)


def general(root, seed=1):
    """A small tree of ordinary things: three levels, some sizes, a link."""
    p = lambda *a: os.path.join(root, *a)
    put(p("a.txt"), b"alpha\n", (T0 + 1, 123456789))
    put(p("empty"), b"", T0 + 2)
    put(p("big.bin"), noise(seed, 300_000), (T0 + 3, 5), 0o600)
    put(p("sub", "one.c"), b"int one;\n" * 40, T0 + 4, 0o640)
    put(p("sub", "two.o"), noise(seed + 1, 5000), T0 + 5)
    put(p("sub", "deep", "three"), noise(seed + 2, 70_000), T0 + 6, 0o755)
    put(p("other", "four.txt"), b"four\n", T0 + 7)
    os.makedirs(p("hollow"))
    os.symlink("a.txt", p("link"))
    stamp(p("link"), T0 + 8)
    settle_dirs(root)


def older(root):
    """The general tree as it was some time ago: changed contents, times, modes, names that have gone."""
    general(root)
    p = lambda *a: os.path.join(root, *a)
    put(p("a.txt"), b"alpho\n", T0 - 100)
    data = bytearray(noise(1, 300_000))
    data[70_000:70_700] = b"x" * 700
    put(p("big.bin"), bytes(data), T0 - 50)
    os.chmod(p("sub", "one.c"), 0o600)
    stamp(p("sub", "two.o"), T0 - 1000)
    os.unlink(p("other", "four.txt"))
    os.unlink(p("link"))
    os.symlink("sub", p("link"))
    stamp(p("link"), T0 - 8)
    settle_dirs(root, T0 - 60)


def general_tree():
    return fixture("general", general)


def older_tree():
    return fixture("older", older)
