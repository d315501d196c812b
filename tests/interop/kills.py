"""The client dies in the middle of a push: every file is the old or the new one, and no temporary stays."""
import os, re, signal, subprocess, time

from harness import CLIENT, add, case, wait_for
from trees import T0, digest, fixture, noise, put, settle_dirs, tree

POINTS = 20
FILES, SIZE = 24, 400_000


def version(root, salt):
    """The same names with other contents; every second block in common."""
    for i in range(FILES):
        blocks = [noise(1000 * i + b + (salt * 7919 if b % 2 else 0), SIZE // 8) for b in range(8)]
        put(os.path.join(root, f"d{i % 4}", f"f{i:02d}"), b"".join(blocks), T0 + salt)
    settle_dirs(root)


def sums(root):
    return {n: f["sum"] for n, f in tree(root).items() if f["kind"] == "file"}


def temporaries(root):
    return [n for n in tree(root, content=False) if re.search(rb"(^|/)\..+\.[A-Za-z0-9]{6}$", n)]


def kill_client(t, options, fraction):
    """One killed push; afterwards a whole one brings the new tree."""
    old, new = fixture("kills.old", lambda r: version(r, 0)), fixture("kills.new", lambda r: version(r, 1))
    dst = t.make("dst")
    subprocess.run(["cp", "-a", old + "/.", dst], check=True)
    d = t.serve(dst)
    p = subprocess.Popen([CLIENT, "-a", "--bwlimit=12000", *options, new + "/", d.url("m/")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.02 + 0.5 * fraction)
    p.kill()
    p.wait()
    d.settle()
    was, will, got = sums(old), sums(new), sums(dst)
    bad = [n for n in was if got.get(n) not in (was[n], will[n])]
    t.eq(bad, [], "files that are neither old nor new")
    t.eq(temporaries(dst), [], "temporaries left")
    t.eq(sorted(got), sorted(was), "names")
    t.rsync("-a", new + "/", d.url("m/"))
    t.eq(sums(dst), will, "after a whole push")


def row(i):
    add("kills", f"client-{i:02d}", lambda t: kill_client(t, ["-W"] if i % 4 == 3 else [], t.random.random()), edge=i < 6)


for i in range(POINTS):
    row(i)


@case("kills", "client-fresh", edge=True)
def fresh(t):
    """A push of one big file into an empty module: killed, nothing of it stays."""
    src, dst = t.make("src"), t.make("dst")
    put(src + "/big", noise(5, 8 << 20))
    d = t.serve(dst)
    p = subprocess.Popen([CLIENT, "-a", "--bwlimit=4000", src + "/", d.url("m/")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: temporaries(dst), 10, "the temporary")
    p.kill()
    p.wait()
    d.settle()
    t.eq(sorted(os.listdir(dst)), [], "names left")


@case("kills", "client-partial", edge=True)
def partial(t):
    """With --partial, what has arrived is kept under the file's own name, and taken up by the next run."""
    src, dst = t.make("src"), t.make("dst")
    put(src + "/big", noise(5, 8 << 20))
    d = t.serve(dst)
    p = subprocess.Popen([CLIENT, "-a", "--partial", "--bwlimit=4000", src + "/", d.url("m/")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: any(os.path.getsize(os.fsencode(dst) + b"/" + n) > 1 << 20 for n in temporaries(dst)), 10, "a megabyte")
    p.kill()
    p.wait()
    d.settle()
    t.eq(sorted(os.listdir(dst)), ["big"], "names left")
    t.ok(0 < os.path.getsize(dst + "/big") < 8 << 20, "a part of it")
    r = t.rsync("-a", "--stats", src + "/", d.url("m/"))
    t.ok(int(re.search(r"Matched data: ([\d,]+)", r.out).group(1).replace(",", "")) > 0, "the part was used")
    t.eq(digest(dst + "/big"), digest(src + "/big"), "sum")


@case("kills", "client-pull", edge=True)
def pull(t):
    """A puller that dies leaves no process behind, and the daemon serves the next one."""
    src = t.make("src")
    put(src + "/big", noise(5, 8 << 20))
    d = t.serve(src)
    for i in range(4):
        p = subprocess.Popen([CLIENT, "-a", "--bwlimit=4000", d.url("m/"), t.make(f"dst{i}") + "/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.05 + 0.3 * t.random.random())
        p.kill()
        p.wait()
    d.settle()
    t.rsync("-a", d.url("m/"), t.make("whole") + "/")


@case("kills", "worker", ours="left-over temporaries of a killed worker go with the next run", edge=True)
def worker(t):
    src, dst = t.make("src"), t.make("dst")
    put(src + "/big", noise(5, 8 << 20))
    d = t.serve(dst)
    p = subprocess.Popen([CLIENT, "-a", "--bwlimit=4000", src + "/", d.url("m/")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: temporaries(dst), 10, "the temporary")
    for pid in d.workers():
        os.kill(pid, signal.SIGKILL)
    p.wait(20)
    d.settle()
    t.rsync("-a", src + "/", d.url("m/"))
    t.eq(sorted(os.listdir(dst)), ["big"], "names left after the next run")
