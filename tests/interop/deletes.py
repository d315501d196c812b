"""Deleting: each moment of it, first as a dry run, then for good; what filters protect stays."""
import os, re

from harness import CLIENT, ROOT, Outcome, add
from trees import T0, copy, fixture, names, put, settle_dirs

MODES = {"delete": ["--delete"], "del": ["--del"], "before": ["--delete-before"], "during": ["--delete-during"], "delay": ["--delete-delay"],
         "after": ["--delete-after"], "excluded": ["--delete-excluded"], "excluded-after": ["--delete-after", "--delete-excluded"]}


def source(root):
    for name in ("keep", "d/keep", "d/e/keep", "swap/f", "x.o", "d/y.o"):
        put(os.path.join(root, name), name, T0)
    settle_dirs(root)


def before(root):
    source(root)
    for name in ("gone", "d/gone", "d/e/gone", "old/a", "old/b/c", "old/b/d/e", "guarded/x.o", "guarded/y", "guarded/in/z.o", "d/q.o", "swap.d/f", "name with blank", "n\nl"):
        put(os.path.join(root, name), name, T0)
    os.makedirs(os.path.join(root, "empty", "emptier"))
    os.symlink("nowhere", os.path.join(root, "lost link"))
    os.symlink("/etc", os.path.join(root, "link to a directory"))
    settle_dirs(root)


FILTERS = {"plain": [], "exclude": ["--exclude=*.o"], "protect": ["-f", "P *.o"], "risk": ["-f", "R x.o", "-f", "P *.o"], "anchored": ["--exclude=/guarded"],
           "perishable": ["-f", "-p *.o"], "max": ["--max-delete=3"], "max-0": ["--max-delete=0"], "force": ["--force"], "one-dir": ["--exclude=/old/b"]}


def deleted(lines):
    return [l for l in lines if l.startswith("*deleting")]


def run(t, direction, mode, guard, protocol):
    src, old = fixture("deletes.src", source), fixture("deletes.dst", before)
    options = ["-ai", *MODES[mode], *FILTERS[guard], f"--protocol={protocol}"]

    def one(target):
        seen = []
        for dry in (True, False):
            dst = copy(old, t.make(target, f"dst-{dry}"))
            d = t.serve(src if direction == "pull" else dst, target, munge_symlinks="no", daemon={"stem": f"dry{dry}"})
            ends = [src + "/", d.url("m/")] if direction == "push" else [d.url("m/"), dst + "/"]
            r = t.rsync(*options, *(["-n"] if dry else []), *ends, rc=(0, 25) if guard.startswith("max") else 0)
            seen.append(Outcome(r, dst, dirtimes=False))
        dry, real = seen
        t.eq(names(dry.dest), names(old), "the dry run deletes nothing")
        if guard != "force" and not guard.startswith("max"):
            # A dry run cannot see that a directory below will stay for what a filter guards in it: it may name such a one.
            kept = {"*deleting   " + n for n in names(real.dest) if n.endswith("/")}
            said = [l for l in deleted(dry.out) if l not in kept]
            t.eq(sorted(said), sorted(deleted(real.out)), f"{target}: what the dry run says and the real run does")
        gone = set(names(old)) - set(names(real.dest))
        spoken = {re.sub(r"\\#(\d{3})", lambda m: chr(int(m.group(1), 8)), l.split(None, 1)[1]) for l in deleted(real.out)}
        t.eq(sorted(re.sub("->.*", "", n) for n in gone), sorted(spoken), f"{target}: what is gone and what was announced")
        lost = [n for n in names(src) if n not in names(real.dest) and not (guard in ("exclude", "perishable") and n.endswith(".o"))]
        t.eq(lost, [], "missing from the destination")
        if guard in ("exclude", "protect") and "excluded" not in mode:
            t.ok({"guarded/x.o", "guarded/in/z.o", "d/q.o"} <= set(names(real.dest)), f"a protected file is gone\n{real.result}")
        if guard == "plain":
            t.eq(names(real.dest), names(src), "names")
        return real

    t.each(one)


def row(direction, mode, guard, protocol):
    add("deletes", f"{direction}-{mode}-{guard}-p{protocol}", lambda t: run(t, direction, mode, guard, protocol),
        edge=protocol == 32 and guard in ("plain", "exclude"))


for direction in ("push", "pull"):
    for mode in MODES:
        for guard in FILTERS:
            for protocol in (29, 30, 32):
                if protocol == 32 or guard in ("plain", "exclude", "max"):
                    row(direction, mode, guard, protocol)


def io_error(t, options, wanted):
    """A source that could not be read in full deletes nothing, unless the client insists."""
    src = copy(fixture("deletes.src", source), t.make("src"))
    os.mkdir(src + "/closed", 0)
    # Even root's client must find a closed door here.
    program = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", CLIENT] if ROOT else [CLIENT]

    def one(target):
        dst = copy(fixture("deletes.dst", before), t.make(target, "dst"))
        d = t.serve(dst, target)
        r = t.run(*program, "-rti", "--delete-after", *options, src + "/", d.url("m/"))
        t.eq(r.rc, 23, f"exit code of {r}")
        t.eq(os.path.exists(dst + "/gone"), wanted, "the stale file is still there")
        os.chmod(dst + "/closed", 0o700)
        return Outcome(r, dst, dirtimes=False)
    t.each(one)


add("deletes", "io-error-stops", lambda t: io_error(t, [], True), edge=True)
add("deletes", "io-error-ignored", lambda t: io_error(t, ["--ignore-errors"], False), edge=True)


def missing_argument(t):
    """A source named on the command line that does not exist is no such error: the rest is deleted as asked."""
    def one(target):
        dst = copy(fixture("deletes.dst", before), t.make(target, "dst"))
        d = t.serve(dst, target)
        r = t.rsync("-ai", "--delete", fixture("deletes.src", source) + "/", t.dir + "/missing", d.url("m/"), rc=23)
        t.eq(os.path.exists(dst + "/gone"), False, "the stale file is still there")
        return Outcome(r, dst, dirtimes=False)
    t.each(one)


add("deletes", "missing-argument", missing_argument)
