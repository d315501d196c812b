"""Disks that are pulled and boards that lose power: `sync`, `require mount`, `handshake timeout`."""
import os, re, shutil, subprocess, time

from harness import Outcome, add, case, wait_for
from matrix import KINDS
from trees import CI, T0, copy, difference, names, put, settle_dirs, tree

OURS_ONLY = "a parameter of ours"
STRACE = "" if shutil.which("strace") else "strace"
CALLS = "fsync,fdatasync,sync,syncfs,sync_file_range"
MANY = 2_000 if CI else 20_000


def files(root, count, word=b"new"):
    for i in range(count):
        put(os.path.join(root, f"d{i % 20:02d}", f"f{i:05d}"), word + b" %d" % i, T0 + i)
    settle_dirs(root)


def traced(t, path, sync, inject="", **params):
    """A daemon whose flushes are written down, and perhaps slowed or failed."""
    record = t.path(f"calls-{sync}{len(t.daemons)}")
    launch = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", record, "-e", f"trace={CALLS}", *(["-e", f"inject={CALLS}:{inject}"] if inject else [])]
    d = t.serve(path, sync=sync, daemon={"launch": launch, "stem": f"d{len(t.daemons)}"}, **params)
    return d, record


def settle(d):
    """The listener is the tracer's child and stays; its own children end."""
    wait_for(lambda: len(d.workers()) <= 1, 60, "the connection's processes to end")


def flushes(record):
    """How often each call was made."""
    found = {}
    with open(record) as f:
        for call in re.findall(r"^\d+ +(\w+)\(", f.read(), re.M):
            found[call] = found.get(call, 0) + 1
    return found


@case("durable", "flushes-are-counted", edge=True, lacks=STRACE, ours=OURS_ONLY)
def counted(t):
    src = t.make("src")
    files(src, 600)
    for sync, fits in (("never", lambda c: c == {}), ("close", lambda c: c == {"fsync": 600}), ("end", lambda c: set(c) == {"syncfs"} and 3 <= c["syncfs"] <= 12)):
        dst = t.make("dst-" + sync)
        d, record = traced(t, dst, sync)
        t.rsync("-a", src + "/", d.url("m/"))
        settle(d)
        t.eq(difference(tree(src), tree(dst)), "", sync)
        t.ok(fits(flushes(record)), f"{sync}: {flushes(record)}")


@case("durable", "a-flush-serves-many-files", lacks=STRACE, ours=OURS_ONLY, weight=4)
def cost(t):
    """Each flush takes 10 ms longer: the push pays for one in 256 files, and a few for pauses, not for each file."""
    src = t.make("src")
    files(src, MANY)
    seconds = {"never": [], "end": []}
    for turn in range(3):
        for sync in seconds:
            dst = t.make(f"dst-{sync}-{turn}")
            if sync == "never":
                # Not traced: until its first flush a tracer would slow every call.
                d = t.serve(dst, daemon={"stem": f"plain{turn}"})
            else:
                d, record = traced(t, dst, sync, "delay_exit=10000")
            seconds[sync].append(t.rsync("-a", src + "/", d.url("m/"), timeout=200).seconds)
    never, end, count = min(seconds["never"]), min(seconds["end"]), flushes(record)["syncfs"]
    print(f"durable: {MANY} files: {never:.2f} s without flushes, {end:.2f} s with {count} of them, each 10 ms slower: {end / never:.2f} times")
    t.ok(count <= MANY // 256 + 12, f"{count} flushes")
    t.ok(end <= never * 1.5 + count * 0.012 + 0.3, f"{never:.2f} s without, {end:.2f} s with {count} flushes")


@case("durable", "a-failed-flush-replaces-nothing", edge=True, lacks=STRACE, ours=OURS_ONLY)
def failed(t):
    src, dst = t.make("src"), t.make("dst")
    files(src, 20)
    files(dst, 20, b"old and longer")
    before = tree(dst)
    d, _ = traced(t, dst, "end", "error=EIO")
    r = t.rsync("-aI", "--omit-dir-times", src + "/", d.url("m/"), rc=23)
    settle(d)
    t.ok(re.search(r'\[receiver\] sync "d00/f00000" \(in m\) failed: .+ \(5\)', r.err), str(r))
    t.has(d.log(), "[receiver] sync ")
    after = tree(dst)
    for name in before:
        if before[name]["kind"] == "file":
            t.eq(after[name], before[name], f"{name}")
    t.eq(sorted(after), sorted(before), "no temporary is left")


@case("durable", "a-failed-flush-of-one-file", lacks=STRACE, ours=OURS_ONLY)
def failed_close(t):
    src, dst = t.make("src"), t.make("dst")
    put(os.path.join(src, "f"), b"new")
    put(os.path.join(dst, "f"), b"old and longer", T0 - 100)
    d, _ = traced(t, dst, "close", "error=EIO")
    r = t.rsync("-a", src + "/f", d.url("m/"), rc=23)
    t.has(r.err, "fsync failed on")
    t.eq(open(os.path.join(dst, "f"), "rb").read(), b"old and longer", "the file")


def same(t, kind, more, protocol):
    """`sync = end` changes nothing that a client sees."""
    (source, basis), options, _ = KINDS[kind]
    src = source()

    def one(target):
        dst = t.make(target, "dst")
        if basis:
            copy(basis(), dst)
        if "--temp-dir=tmp" in more:
            os.makedirs(os.path.join(dst, "tmp"), exist_ok=True)
            os.utime(os.path.join(dst, "tmp"), (T0, T0))
        d = t.serve(dst, target, sync="end", munge_symlinks="no")
        r = t.rsync("-ai", f"--protocol={protocol}", *options, *more, src + "/", d.url("m/"))
        outcome = Outcome(r, dst)
        for facts in outcome.tree.values():
            # Times that are today's are only that.
            if facts["kind"] == "dir" and abs(facts.get("mtime", 0) - time.time_ns()) < 3600 * 10**9:
                facts["mtime"] = "now"
        return outcome

    t.each(one)


for kind in ("fresh", "changed", "middle", "hardlinks", "hardlinks-again", "many", "deep", "empty", "modes"):
    for protocol in (29, 31, 32):
        add("durable", f"end-{kind}-p{protocol}", lambda t, a=(kind, (), protocol): same(t, *a), weight=KINDS[kind][2].get("weight", 1),
            root=KINDS[kind][2].get("root", ""), edge=kind == "hardlinks")
for word in ("-b", "--delay-updates", "--inplace", "--partial-dir=.p", "--temp-dir=tmp", "--backup-dir=old", "--delete-after", "-I", "-y", "--fsync", "-z", "--preallocate", "-n"):
    add("durable", f"end{word}", lambda t, w=word: same(t, "changed", (w, "--delete") if w.startswith("-b") else (w,), 32))


@case("durable", "a-killed-worker-leaves-old-or-new", edge=True, ours=OURS_ONLY)
def killed(t):
    import signal
    src = t.make("src")
    files(src, 1500)
    for moment in (40, 400, 900):
        dst = t.make(f"dst{moment}")
        files(dst, 1500, b"old and longer")
        d = t.serve(dst, sync="end", daemon={"stem": f"k{moment}"})
        p = subprocess.Popen(["rsync", "-aI", src + "/", d.url("m/")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        new = lambda: sum(1 for i in range(moment + 1) if os.path.getsize(f"{dst}/d{i % 20:02d}/f{i:05d}") == len(b"new %d" % i))
        end = time.monotonic() + 20
        while not new() and time.monotonic() < end and p.poll() is None:
            pass
        for worker in d.workers():
            os.kill(worker, signal.SIGKILL)
        p.wait()
        d.settle()
        for i in range(1500):
            with open(f"{dst}/d{i % 20:02d}/f{i:05d}", "rb") as f:
                t.ok(f.read() in (b"new %d" % i, b"old and longer %d" % i), f"file {i} is neither old nor new")
        # The next run brings the rest, and what was left lying about goes.
        t.rsync("-a", src + "/", d.url("m/"))
        d.settle()
        # But for the one file that was getting its attributes in that moment, which then no longer looks like a temporary.
        left = sorted(set(names(dst)) - set(names(src)))
        t.ok(len(left) <= 1, f"temporaries are left: {left}")


@case("durable", "require-mount", edge=True, root="mounting", ours=OURS_ONLY)
def require_mount(t):
    disk = t.make("disk")
    d = t.serve(disk, require_mount="yes")
    put(os.path.join(t.dir, "f"), b"x")
    r = t.rsync("-a", "f", d.url("m/"), rc=5)
    t.has(r.err, "@ERROR: the module's disk is not mounted")
    t.has(d.log(), f"module m: {disk} is no mount point: the disk is not there")
    t.eq(os.listdir(disk), [], "nothing is written below the disk")
    r = t.run("mount", "-t", "tmpfs", "none", disk)
    if r.rc:
        print(f"durable/require-mount: the half with a mount was left out: {r.err.strip()}")
        return
    try:
        t.rsync("-a", "f", d.url("m/"))
        t.eq(os.listdir(disk), ["f"], "what came")
    finally:
        t.run("umount", disk)


@case("durable", "handshake-timeout", edge=True, ours=OURS_ONLY)
def handshake(t):
    d = t.serve(t.make("mod"), head="handshake timeout = 1\n")
    with d.connect() as s:
        start = time.monotonic()
        s.settimeout(10)
        while s.recv(4096):
            pass
        t.ok(0.5 < time.monotonic() - start < 5, f"closed after {time.monotonic() - start:.1f} s")
    t.rsync(d.url(""))


@case("durable", "bad-sync", edge=True, ours=OURS_ONLY)
def bad(t):
    d = t.serve(t.make("mod"), sync="sometimes")
    t.rsync(d.url("m/"), rc=None)
    t.ok(re.search(r"\.conf:\d+:\d+: .*sync", d.log()) or "sync (never, close or end)" in d.log(), d.log())
