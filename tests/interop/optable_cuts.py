"""A transfer that breaks off, and the next one that takes up what it left: with each way of keeping a part.

The client sends slowly until a part of the file is on disk, then it is killed (a push), or the connection's process at the
daemon (a pull). How much has arrived is chance; everything else is held against the same with the stock daemon.
"""
import os, re, signal, subprocess

from harness import CLIENT, Failure, add, wait_for
from optable import photograph
from trees import T0, digest, difference, noise, put, settle_dirs

SIZE, ENOUGH = 6 << 20, 1 << 20
BIG, OLD = noise(80, SIZE), noise(80, SIZE // 4) + noise(81, SIZE // 4)

# name: options, what is at the name before (None, OLD or the file's beginning), whether it is written at its own name
WAYS = {
    "partial": (["--partial"], None, False),
    "partial-over-old": (["--partial"], OLD, False),
    "partial-dir": (["--partial-dir=.part"], None, False),
    "partial-dir-over-old": (["--partial-dir=.part"], OLD, False),
    "partial-dir-delay": (["--partial-dir=.part", "--delay-updates"], OLD, False),
    "delay-updates": (["--delay-updates"], OLD, False),
    "partial-temp-dir": (["--partial", "--temp-dir=tmp"], OLD, False),
    "inplace": (["--inplace"], None, True),
    "inplace-over-old": (["--inplace"], OLD, True),
    "inplace-partial": (["--inplace", "--partial"], OLD, True),
    "append": (["--append"], BIG[:SIZE // 3], True),
    "append-verify": (["--append-verify"], BIG[:SIZE // 3], True),
    "append-fresh": (["--append"], None, True),
    "nothing-kept": ([], OLD, False),
    "backup": (["--backup", "--partial-dir=.part"], OLD, False),
    "sparse-partial": (["--sparse", "--partial"], OLD, False),
    "preallocate-partial": (["--preallocate", "--partial"], OLD, False),
    "compress-partial": (["-z", "--partial"], OLD, False),
}


class Cut:
    """One broken-off run with one daemon, and the run after it."""

    def __init__(self, t, place, target, role, protocol, options, before, at_its_name):
        self.t, self.target, self.role, self.at_its_name = t, target, role, at_its_name
        self.dir = t.make(place)
        self.cli, self.mod = t.make(place, "cli"), t.make(place, "mod")
        self.sender, self.receiver = (self.cli, self.mod) if role == "push" else (self.mod, self.cli)
        self.source, self.dest = os.path.join(self.sender, "src"), os.path.join(self.receiver, "dst")
        put(self.source + "/big", BIG, T0)
        put(self.source + "/small", b"small", T0)
        settle_dirs(self.source)
        os.makedirs(self.dest)
        os.makedirs(os.path.join(self.dest, "tmp"))
        if before:
            put(self.dest + "/big", before, T0 - 99, 0o600)
        self.start = len(before or b"")
        self.daemon = t.serve(self.mod, target, daemon={"stem": place}, transfer_logging="yes", munge_symlinks="no")
        url = self.daemon.url("m/")
        self.ends = ["src/", url + "dst/"] if role == "push" else [url + "src/", "dst/"]
        self.argv = [CLIENT, "-aii", f"--protocol={protocol}", *options]

    def sizes(self):
        """The room taken by files that are being written: temporaries, or the file itself."""
        for here, _, files in os.walk(self.receiver):
            for name in files:
                path = os.path.join(here, name)
                if name == "big" if self.at_its_name else re.fullmatch(r"\.?big\.[A-Za-z0-9]{6}", name):
                    yield written(path, self.start if self.at_its_name and "--append" in " ".join(self.argv) else 0)

    def cut(self):
        whole = self.at_its_name and self.start and "append" not in " ".join(self.argv)
        p = subprocess.Popen([*self.argv, "--no-W" if "--append" not in self.argv else "-v", "--bwlimit=3000", *self.ends], cwd=self.cli,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if whole:
            # An old file is written over from the front: what has arrived shows in its contents.
            wait_for(lambda: os.path.getsize(self.dest + "/big") > self.start + ENOUGH, 20, "the file to grow")
        else:
            wait_for(lambda: any(s > ENOUGH for s in self.sizes()), 20, "a megabyte")
        if self.role == "push":
            p.kill()
        else:
            for pid in self.daemon.workers():
                os.kill(pid, signal.SIGKILL)
        p.wait(20)
        self.daemon.settle()
        return self.left()

    def left(self):
        """The tree, where the part of `big` is only known to be one: a beginning of the new file, or a mix of both."""
        facts = photograph(self.receiver)
        for name, f in facts.items():
            if f["kind"] == "file" and b"big" in name and f.get("sum") not in (digest(self.source + "/big"),):
                with open(os.path.join(os.fsencode(self.receiver), name), "rb") as part:
                    data = part.read()
                if self.start and data == OLD:
                    f["holds"] = "the old file"
                    continue
                f["holds"] = "a beginning" if data == BIG[:len(data)] else "something else" if not self.at_its_name else "old and new"
                for unsteady in ("size", "sum", "room"):
                    f.pop(unsteady, None)
        return facts

    def resume(self):
        run = self.t.run(*self.argv, "--no-W" if "--append" not in self.argv else "-v", "--stats", *self.ends, cwd=self.cli, timeout=40)
        self.t.eq(run.rc, 0, f"{self.target}: the second run: {run}")
        self.daemon.settle()
        self.t.eq(digest(self.dest + "/big"), digest(self.source + "/big"), f"{self.target}: the file's sum after the second run")
        return run


def written(path, beyond):
    try:
        return os.path.getsize(path) - beyond
    except OSError:
        return 0


def literal(run):
    return int(re.search(r"Literal data: ([\d,]+)", run.out).group(1).replace(",", ""))


def run(t, role, protocol, options, before, at_its_name):
    targets = t.targets if len(t.targets) > 1 else ["stock", "stock"]
    seen = []
    for number, target in enumerate(targets):
        c = Cut(t, f"{number}.{target}", target, role, protocol, options, before, at_its_name)
        left = c.cut()
        second = c.resume()
        itemized = sorted(l for l in second.out.splitlines() if re.match(r"[<>ch.*]\S* ", l))
        seen.append((left, itemized, literal(second) < SIZE, photograph(c.receiver)))
    for target, got in zip(targets[1:], seen[1:]):
        for what, a, b in (("left by the broken run", seen[0][0], got[0]), ("after the second run", seen[0][3], got[3])):
            why = difference(a, b)
            if why:
                raise Failure(f"stock and {target} differ, {what}: {why}")
        t.eq(got[1], seen[0][1], f"what the second run says with {target}")
        t.eq(got[2], seen[0][2], f"whether the second run used the part with {target}")


def row(name, role, protocol):
    options, before, at_its_name = WAYS[name]
    add("optable_cuts", f"{role}-{name}-p{protocol}", lambda t: run(t, role, protocol, options, before, at_its_name), edge=name in ("partial-dir", "inplace"))


for name in WAYS:
    for role in ("push", "pull"):
        for protocol in ((29, 32) if name in ("partial", "partial-dir", "inplace", "append") else (32,)):
            row(name, role, protocol)
