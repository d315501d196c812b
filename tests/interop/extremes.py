"""Numbers that do not fit 32 bits: times beyond 2038 and before 1970, sizes and offsets above 4 GiB."""
import os

from harness import Outcome, add
from trees import T0, put, stamp

FAR = {"after-2106": 5_000_000_000, "after-2038": 2**31 + 1, "before-1970": -1_000_000_000, "before-1902": -2**31 - 1}
# Data in front, across 4 GiB, and behind: everything else is a hole.
LARGE = (4 << 30) + 12_345
MARKS = {0: b"front", (2 << 30) - 3: b"across 2 GiB", (4 << 30) - 4: b"across 4 GiB", LARGE - 6: b"behind"}


def far_times(t, direction, protocol):
    src = t.make("src")
    for name, when in FAR.items():
        put(os.path.join(src, name), name.encode(), (when, 123_456_789) if protocol >= 31 else when)
        os.makedirs(os.path.join(src, "dir " + name))
        put(os.path.join(src, "dir " + name, "inside"), b"in")
        os.symlink("nowhere", os.path.join(src, "link " + name))
        for thing in ("dir ", "link "):
            stamp(os.path.join(src, thing + name), when)
    stamp(src, T0)

    def one(target):
        dst = t.make(target, "dst")
        stamp(dst, T0)
        ends = both_ends(t, target, direction, src, dst)
        r = t.rsync("-ai", f"--protocol={protocol}", *ends)
        for name, when in FAR.items():
            for thing in ("", "dir ", "link "):
                t.eq(os.lstat(os.path.join(dst, thing + name)).st_mtime_ns // 10**9, when, f"{target}: mtime of {thing}{name}")
        again = t.rsync("-ai", f"--protocol={protocol}", "--no-inc-recursive", *ends)
        t.eq(changed(again), [], f"{target}: done again")
        return Outcome(r, dst, ns=protocol >= 31)

    t.each(one)


def above_4_gib(t, direction):
    src = t.make("src")
    sparse(os.path.join(src, "large"), LARGE, MARKS)
    # Its size is that of the other file in 32 bits; only the upper half differs.
    sparse(os.path.join(src, "short"), LARGE - (4 << 30), {})

    def one(target):
        dst = t.make(target, "dst")
        # Without sums the time goes into the data: a processor that is emulated needs minutes for them.
        words = ("-aiWS", "--checksum-choice=none", *both_ends(t, target, direction, src, dst))
        t.rsync(*words, timeout=200)
        at = os.path.join(dst, "large")
        t.eq(os.stat(at).st_size, LARGE, f"{target}: size")
        t.eq(os.stat(at).st_mtime, T0, f"{target}: mtime")
        t.ok(os.stat(at).st_blocks * 512 < LARGE // 8, f"{target}: the holes were filled, {os.stat(at).st_blocks} blocks")
        with open(at, "rb") as f:
            for offset, data in MARKS.items():
                f.seek(offset)
                t.eq(f.read(len(data)), data, f"{target}: data at {offset}")
        t.eq(changed(t.rsync(*words)), [], f"{target}: done again")
        # A file whose size differs by exactly 4 GiB is another file.
        os.truncate(at, LARGE - (4 << 30))
        stamp(at, T0)
        t.eq([l.split()[1] for l in changed(t.rsync("-n", *words))], ["large"], f"{target}: after the cut")
        os.unlink(at)

    one(t.under_test)


def sparse(path, size, marks):
    with open(path, "wb") as f:
        for offset, data in marks.items():
            f.seek(offset)
            f.write(data)
        f.truncate(size)
    stamp(path, T0)


def both_ends(t, target, direction, src, dst):
    """The client's two arguments, one of them served by a daemon."""
    if direction == "push":
        return src + "/", t.serve(dst, target).url("m/")
    return t.serve(src, target, read_only="yes").url("m/"), dst + "/"


def changed(r):
    """The itemized lines of files."""
    return [l for l in r.out.splitlines() if l[:1] in "<>c" and l[1:2] in "fdL"]


for direction in ("push", "pull"):
    for protocol in (30, 32):
        add("matrix", f"{direction}-p{protocol}-far-times", lambda t, d=direction, p=protocol: far_times(t, d, p), edge=True)
    add("matrix", f"{direction}-above-4-gib", lambda t, d=direction: above_4_gib(t, d), weight=5)
