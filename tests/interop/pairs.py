"""Every pair of values of the options people use most, in seeded sets, on seeded trees, pushed and pulled: as stock does.

The sets are a covering array: for any two options and any value of each there is a set that has both. Set and trees hang on
the row's number and on INTEROP_PAIRS_SEED alone, so that a row says the same on every commit.
"""
import itertools, os, random, stat

from optable import BOTH, TREES, table
from optable_attributes import HAS_ACL, HAS_XATTR, acl, xattr
from trees import T0, copy, noise, put, settle_dirs, stamp

SEED = os.environ.get("INTEROP_PAIRS_SEED", "1")
SETS = 160
OFF = 0.75

# One option, or several that exclude each other, a line; the first value is mostly nothing.
CHOICES = {
    "base": ("-a", "-rlt", "-rtpgo", "-rlptD"),
    "protocol": ("", "--protocol=31", "--protocol=30", "--protocol=29", "--protocol=28"),
    "print": ("-ii", "-i", "-v", "-vv", ""),
    "hard links": ("", "-H"), "acls": ("", "-A"), "xattrs": ("", "-X"), "atimes": ("", "-U"),
    "executability": ("", "-E"), "omit": ("", "-O", "-J"), "numeric": ("", "--numeric-ids"),
    "chmod": ("", "--chmod=Dg+s,Fo-w", "--chmod=F640"), "maps": ("", "--usermap=1:2,*:3", "--chown=1:2"),
    "place": ("", "--inplace", "--append", "--append-verify", "--delay-updates", "--partial", "--partial-dir=.part"),
    "sparse": ("", "-S"), "preallocate": ("", "--preallocate"), "whole": ("", "-W", "--no-W"),
    "compress": ("", "-z", "--zc=lz4", "--zc=zstd", "--zc=zlibx"), "level": ("", "--zl=1", "--zl=9"),
    "checksum": ("", "-c"), "sums": ("", "--cc=md5", "--cc=xxh64", "--cc=sha1"), "seed": ("", "--checksum-seed=77"), "block": ("", "-B600", "-B5000"),
    "compare": ("", "-I", "--size-only", "--modify-window=1"), "update": ("", "-u"), "existing": ("", "--existing", "--ignore-existing"),
    "sizes": ("", "--max-size=20k", "--min-size=10"),
    "delete": ("", "--delete", "--delete-before", "--delete-after", "--delete-delay", "--delete-excluded"), "most": ("", "--max-delete=2"),
    "force": ("", "--force"), "exclude": ("", "--exclude=*.o", "-F", "-C", "--filter=P_*.o"), "prune": ("", "-m"),
    "backup": ("", "-b", "-b --backup-dir=.old", "-b --suffix=.bak"), "basis": ("", "--compare-dest=../ref", "--copy-dest=../ref", "--link-dest=../ref"),
    "fuzzy": ("", "-y"), "follow": ("", "-L", "-k", "--safe-links", "--copy-unsafe-links"), "into": ("", "-K"),
    "remove": ("", "--remove-source-files"), "relative": ("", "-R"), "recursion": ("", "--no-i-r"), "stats": ("", "--stats"),
    "secluded": ("", "-s"), "fsync": ("", "--fsync"),
}
# Pairs that every client refuses, or in which stock itself hangs; never together in a set.
FORBIDDEN = {
    frozenset((("place", a), ("whole", "-W"))) for a in ("--append", "--append-verify")
} | {
    frozenset((("hard links", "-H"), ("basis", "--compare-dest=../ref"))),
} | {
    frozenset((("protocol", f"--protocol={p}"), other)) for p in (28, 29) for other in (("acls", "-A"), ("xattrs", "-X"), ("atimes", "-U"))
} | {
    frozenset((("protocol", "--protocol=28"), ("exclude", "-F"))), frozenset((("protocol", "--protocol=28"), ("exclude", "--filter=P_*.o"))),
}


def allowed(chosen, name, value):
    return not any(frozenset(((name, value), item)) in FORBIDDEN for item in chosen.items())


def sets():
    """The covering array: greedy, from the pairs that no set has yet; where none is to be had, mostly the first value."""
    rng, found = random.Random(f"pairs/{SEED}"), []
    items = [(n, v) for n, values in CHOICES.items() for v in values]
    missing = {}
    for a, b in itertools.combinations(items, 2):
        pair = frozenset((a, b))
        if a[0] != b[0] and pair not in FORBIDDEN:
            missing[pair] = None
    while missing or len(found) < SETS:
        chosen = dict(rng.choice(list(missing))) if missing else {}
        names = [n for n in CHOICES if n not in chosen]
        rng.shuffle(names)
        for name in names:
            can = [v for v in CHOICES[name] if allowed(chosen, name, v)]
            gain = {v: sum(frozenset(((name, v), item)) in missing for item in chosen.items()) for v in can}
            best = max(gain.values())
            if best and rng.random() < 0.5:
                chosen[name] = rng.choice([v for v in can if gain[v] == best])
            else:
                chosen[name] = can[0] if rng.random() < OFF else rng.choice(can)
        for pair in itertools.combinations(chosen.items(), 2):
            missing.pop(frozenset(pair), None)
        found.append({n: chosen[n] for n in CHOICES})
    return found


def grow(rng, root):
    """A tree of some thirty things of all kinds."""
    places = [""]
    for i in range(rng.randint(2, 6)):
        places.append(os.path.join(rng.choice(places), rng.choice(("dir", "data", "with blank", "d.o", "src")) + str(i)))
        os.makedirs(os.path.join(root, places[-1]))
    files = []
    for i in range(rng.randint(8, 22)):
        name = os.path.join(rng.choice(places), f"f{i:02d}{rng.choice(('', '.txt', '.o', '.jpg', '~', ' x'))}")
        size = rng.choice((0, 1, 9, 700, 701, 5000, 32_768, rng.randint(1, 120_000)))
        content = rng.choice((noise, lambda s, n: bytes(n), lambda s, n: (b"line %d\n" % s * (n // 6 + 1))[:n]))(rng.randint(0, 10**6), size)
        put(os.path.join(root, name), content, (T0 + rng.randint(-5000, 5000), rng.choice((0, 0, 1, 987_654_321))), rng.choice((0o644, 0o600, 0o755, 0o640, 0o666)))
        files.append(name)
        path = os.path.join(root, name)
        if os.geteuid() == 0 and rng.random() < 0.2:
            os.chown(path, *rng.choice(((1, 1), (2, 8), (1234, 4321))))
        if HAS_XATTR and rng.random() < 0.2:
            xattr(path, rng.choice(("user.one", "user.two")), noise(rng.randint(0, 99), rng.choice((3, 32, 33, 300))))
        if HAS_ACL and rng.random() < 0.15:
            acl(path, rng.choice(("u:1:rwx", "g:1:r", "u:4242:rw")))
    for i in range(rng.randint(0, 3)):
        os.link(os.path.join(root, rng.choice(files)), os.path.join(root, rng.choice(places), f"hard{i}"))
    for i in range(rng.randint(0, 4)):
        path = os.path.join(root, rng.choice(places), f"sym{i}")
        os.symlink(rng.choice((os.path.basename(rng.choice(files)), "nowhere", "../up", "/absolute/nowhere") + tuple(p for p in places if p)), path)
        stamp(path, T0 + i)
    if rng.random() < 0.3:
        os.mkfifo(os.path.join(root, "pipe"), 0o640)
        stamp(os.path.join(root, "pipe"), T0)
    if rng.random() < 0.4:
        put(os.path.join(root, rng.choice(places), ".rsync-filter"), rng.choice(("- *.o\n", "- *.txt\n+ *\n", "P *.jpg\n")), T0)
    settle_dirs(root, T0 + 5)


def age(rng, root):
    """What a destination of the tree may look like: some of it gone, changed, touched, of another kind; some things more."""
    for here, dirs, files in os.walk(root, topdown=False):
        for name in sorted(files):
            path = os.path.join(here, name)
            st, fate = os.lstat(path), rng.random()
            regular = stat.S_ISREG(st.st_mode)
            if fate < 0.25:
                os.unlink(path)
            elif fate < 0.5 and regular and st.st_size:
                with open(path, "rb") as f:
                    data = bytearray(f.read())
                cut = rng.randint(0, len(data))
                data = rng.choice((data[:cut] + b"inserted" + data[cut:], data[:cut], data + b"more", data[:cut] + bytes(len(data) - cut)))
                os.unlink(path)
                put(path, bytes(data), T0 + rng.randint(-9000, 9000), stat.S_IMODE(st.st_mode))
            elif fate < 0.6 and regular:
                stamp(path, T0 - 7)
            elif fate < 0.7 and regular:
                os.chmod(path, 0o604)
            elif fate < 0.73 and regular:
                os.unlink(path)
                put(os.path.join(path, "in the way"), b"x", T0)
        if rng.random() < 0.4:
            put(os.path.join(here, f"extra{rng.randint(0, 9)}{rng.choice(('', '.o', '.jpg'))}"), b"extra", T0)
        if dirs and rng.random() < 0.2:
            put(os.path.join(here, "olddir", "gone.o"), b"gone", T0)
    settle_dirs(root, T0 - 60)


def read_later(root, more):
    """Access times of the future: reading does not change those."""
    for number, (here, dirs, files) in enumerate(sorted(os.walk(root, topdown=False))):
        for name in (*sorted(files), "."):
            path = os.path.join(here, name)
            when = (2_000_000_000 + number + (more if name[-1:] in "0369o" else 0)) * 10**9
            os.utime(path, ns=(when, os.lstat(path).st_mtime_ns), follow_symlinks=False)


def plant(number):
    """The three trees of one set, as builders under names of their own."""
    def build(root, part, make):
        grow(random.Random(f"pairs/{SEED}/{number}"), root)
        if make:
            age(random.Random(f"pairs/{SEED}/{number}/{part}"), root)
        read_later(root, 0 if part == "src" else 5000)
    for part, make in (("src", False), ("dst", True), ("ref", True)):
        TREES[f"pairs.{number}.{part}"] = lambda root, part=part, make=make: build(root, part, make)


def rows():
    for number, chosen in enumerate(sets()):
        plant(number)
        options = " ".join(v for v in chosen.values() if v).replace("P_*", "'P *'").replace("--filter='P *'.o", "'--filter=P *.o'")
        to = {"dst": f"pairs.{number}.dst"}
        if chosen["basis"]:
            to["ref"] = f"pairs.{number}.ref"
        yield f"{number:03d}", options, f"pairs.{number}.src", {"to": to, "roles": BOTH, "rc": None, "dry": number % 4 == 0, "atimes": chosen["atimes"] != "",
                                                                "args": ("src/./",) if chosen["relative"] else ("src/",)}


table("pairs", rows())
