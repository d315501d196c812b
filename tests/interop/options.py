"""Client options, pushed and pulled: the daemon does what a copy without a daemon does, and prints what stock prints.

Each row first runs with -n on a fresh copy: it must announce what the real run then does, and change nothing.
"""
import os

from harness import Outcome, add
from trees import T0, copy, difference, fixture, general_tree, noise, older_tree, put, settle_dirs, stamp, tree


def sized(root):
    """Files of one byte to 100 000, holes, some of them backups and objects."""
    for i, size in enumerate((0, 1, 511, 512, 700, 4096, 32_768, 100_000)):
        put(os.path.join(root, f"s{size}"), noise(i, size), T0 + i)
    put(os.path.join(root, "holes"), b"a" + bytes(300_000) + b"b" + bytes(70_000), T0)
    for name in ("x.o", "y~", "core", "d/z.o", "d/keep.c", ".git/config", "tags"):
        put(os.path.join(root, name), name, T0)
    settle_dirs(root)


def newer(root):
    """The general tree, but some files of the destination are newer, some of equal size with other content."""
    general = general_tree()
    copy(general, root)
    put(os.path.join(root, "a.txt"), b"ALPHA\n", (T0 + 1, 123456789))
    put(os.path.join(root, "sub", "two.o"), b"newer here", T0 + 5000)
    put(os.path.join(root, "extra", "only.here"), b"x", T0)
    stamp(os.path.join(root, "other", "four.txt"), T0 + 8)
    settle_dirs(root, T0 + 50)


def blocked(root):
    """Kinds in each other's way: a directory where a file comes, and the other way round."""
    put(os.path.join(root, "a.txt", "in the way"), b"x", T0)
    put(os.path.join(root, "sub"), b"a file where a directory comes", T0)
    settle_dirs(root)


def linked(root):
    put(os.path.join(root, "real", "f"), b"f\n")
    put(os.path.join(root, "file"), b"file\n")
    for name, target in (("dirlink", "real"), ("filelink", "file"), ("up", "../up"), ("abs", "/nowhere/at/all"), ("real/back", "../file"), ("real/out", "../../out")):
        os.symlink(target, os.path.join(root, name))
        stamp(os.path.join(root, name), T0)
    settle_dirs(root)


def kept(root):
    """`sub` is a link to a directory here."""
    os.makedirs(os.path.join(root, "elsewhere"))
    os.symlink("elsewhere", os.path.join(root, "sub"))
    settle_dirs(root)


def hollow(root):
    os.makedirs(os.path.join(root, "e1", "e2"))
    put(os.path.join(root, "full", "f"), b"f")
    settle_dirs(root)


def executable(root):
    copy(general_tree(), root)
    for name, mode in (("a.txt", 0o755), ("sub/one.c", 0o600), ("sub/deep/three", 0o644)):
        os.chmod(os.path.join(root, name), mode)
    settle_dirs(root)


FIX = {"general": general_tree, "older": older_tree, "sized": lambda: fixture("sized", sized), "newer": lambda: fixture("newer", newer),
       "blocked": lambda: fixture("blocked", blocked), "linked": lambda: fixture("linked", linked), "kept": lambda: fixture("kept", kept),
       "hollow": lambda: fixture("hollow", hollow), "executable": lambda: fixture("executable", executable), "none": None}

# name: options; source; destination before; then how the row differs from the rule:
#   oracle=False  no comparison with a copy without a daemon (a direction: only there)     dry=False   no dry run first
#   rc=N          the expected exit code                         times=False modification times are not kept
#   loose=True    a dry run may print something else             only="push"/"pull"
TABLE = {
    "checksum": (["-aic"], "general", "newer", {}),
    "ignore-times": (["-aiI"], "general", "general", {}),
    "update": (["-aiu"], "general", "newer", {}),
    "whole-file": (["-aiW"], "general", "older", {}),
    "no-whole-file": (["-ai", "--no-W"], "general", "older", {}),
    "size-only": (["-ai", "--size-only"], "general", "newer", {}),
    "existing": (["-ai", "--existing"], "general", "older", {}),
    "ignore-existing": (["-ai", "--ignore-existing"], "general", "older", {}),
    "existing-both": (["-ai", "--existing", "--ignore-existing"], "general", "older", {}),
    "omit-dir-times": (["-aiO"], "general", "older", {"dirtimes": False}),
    "omit-link-times": (["-aiJ"], "general", "older", {"linktimes": False}),
    "dirs": (["-di"], "general", "none", {"times": False}),
    "dirs-lptgo": (["-dilptgoD"], "general", "older", {}),
    "no-recursion": (["-i"], "general", "none", {"times": False}),
    "one-file-system": (["-aix"], "general", "older", {}),
    "prune": (["-aim"], "hollow", "none", {}),
    "prune-excluded": (["-aim", "--exclude=f"], "hollow", "none", {}),
    "chmod": (["-ai", "--chmod=D751,Fu=rw,g-w,o-r"], "general", "older", {}),
    "chmod-no-perms": (["-rti", "--chmod=ugo=rwX"], "general", "none", {}),
    "force": (["-ai", "--force"], "general", "blocked", {"loose": True}),
    "not-forced": (["-ai"], "general", "blocked", {"rc": 23, "loose": True}),
    "ignore-errors": (["-ai", "--delete", "--ignore-errors"], "general", "newer", {}),
    "exclude": (["-ai", "--exclude=*.o", "--exclude=/d"], "sized", "none", {}),
    "include": (["-ai", "--include=*/", "--include=s*", "--exclude=*"], "sized", "none", {}),
    "filter": (["-ai", "-f", "- /d/", "--filter=+ s5*", "-f", "- s*"], "sized", "none", {}),
    "cvs": (["-aiC"], "sized", "none", {}),
    "per-dir": (["-aiF"], "sized", "none", {}),
    "progress": (["-ai", "--progress"], "sized", "none", {}),
    "partial": (["-ai", "--partial"], "sized", "none", {}),
    "both": (["-aiP"], "general", "older", {}),
    "numeric-ids": (["-ai", "--numeric-ids"], "general", "older", {}),
    "timeout": (["-ai", "--timeout=20"], "general", "older", {}),
    "bwlimit": (["-ai", "--bwlimit=4000"], "general", "older", {}),
    "modify-window": (["-ai", "--modify-window=1"], "general", "newer", {}),
    "modify-window-ns": (["-ai", "--modify-window=-1"], "general", "newer", {}),
    "out-format": (["-a", "--out-format=%i %n%L %l %o %M %B %C"], "general", "older", {"loose": True}),
    "verbose": (["-avv"], "general", "older", {"loose": True}),
    "verbose-1": (["-av"], "general", "older", {}),
    "itemize-all": (["-aii"], "general", "older", {}),
    "quiet": (["-aq"], "general", "older", {}),
    "seed": (["-aic", "--checksum-seed=12345"], "general", "newer", {}),
    "seed-delta": (["-ai", "--checksum-seed=-7"], "general", "older", {}),
    "block-512": (["-ai", "-B512"], "general", "older", {}),
    "block-100000": (["-ai", "-B100000"], "general", "older", {}),
    "inplace": (["-ai", "--inplace"], "general", "older", {}),
    "sparse": (["-aiS"], "sized", "none", {}),
    "sparse-inplace": (["-aiS", "--inplace"], "general", "older", {}),
    "max-size": (["-ai", "--max-size=4096"], "sized", "none", {}),
    "min-size": (["-ai", "--min-size=0.5k"], "sized", "none", {}),
    "max-size-1": (["-ai", "--max-size=512-1"], "sized", "none", {}),
    "safe-links": (["-ai", "--safe-links"], "linked", "none", {"oracle": "pull"}),
    # Pulled, a link that leaves the module gets one answer from us, whether its target exists or not: `choosing` has the rows.
    "copy-links": (["-aiL"], "linked", "none", {"rc": 23, "only": "push"}),
    "copy-dirlinks": (["-aik"], "linked", "none", {"oracle": "pull"}),
    "keep-dirlinks": (["-aiK"], "general", "kept", {"oracle": False, "dirtimes": False}),
    "executability": (["-rtiE"], "general", "executable", {}),
    "no-perms": (["-rlti"], "general", "executable", {}),
    "no-times": (["-rlpi"], "general", "older", {"times": False}),
    "no-owner": (["-ai", "--no-o", "--no-g"], "general", "older", {}),
    "no-links": (["-rtpi"], "linked", "none", {}),
    "secluded": (["-ais"], "general", "older", {}),
    "no-motd": (["-ai", "--no-motd"], "general", "older", {}),
    "super": (["-ai", "--super"], "general", "older", {}),
    "human": (["-aih"], "general", "older", {}),
    "stats": (["-ai", "--stats"], "general", "older", {}),
    "delete-missing": (["-ai", "--ignore-missing-args"], "general", "older", {}),
    "open-noatime": (["-ai", "--open-noatime"], "general", "older", {}),
    "preallocate": (["-ai", "--preallocate"], "general", "older", {}),
    "fsync": (["-ai", "--fsync"], "general", "older", {}),
    "mkpath": (["-ai", "--mkpath"], "general", "older", {}),
    "trust-sender": (["-ai", "--trust-sender"], "general", "older", {}),
    "info": (["-a", "--info=name2,del,misc2,stats2"], "general", "older", {"loose": True}),
    **{f"sum-{name}": (["-aic", f"--checksum-choice={name}"], "general", "newer", {}) for name in ("md5", "md4", "sha1", "xxh64", "xxh3", "xxh128")},
    "sum-none": (["-ai", "--checksum-choice=none"], "general", "older", {}),
    "sum-pair": (["-aic", "--checksum-choice=md5,xxh64"], "general", "newer", {}),
    "max-delete": (["-ai", "--delete", "--max-delete=1"], "general", "newer", {"rc": (0, 25), "loose": True, "oracle": False, "dirtimes": False}),
}
EDGES = {"checksum", "update", "inplace", "block-512", "sum-md4", "secluded", "not-forced", "sparse", "exclude"}


def fields_of(marks, options):
    ids = any(o.startswith("-a") for o in options) and "--no-o" not in options
    return {"times": marks.get("times", True), "dirtimes": marks.get("dirtimes", True), "owner": ids}


def transfer(t, target, direction, options, src, before, marks, place):
    dst = t.make(target, place, "dst")
    if before:
        copy(before(), dst)
    params = {"use_chroot": "no", "munge_symlinks": "no", "path": src if direction == "pull" else dst}
    path = params.pop("path")
    d = t.serve(path, target, daemon={"stem": place}, **params)
    there = [src + "/", d.url("m/")] if direction == "push" else [d.url("m/"), dst + "/"]
    r = t.rsync(*options, *there, rc=marks.get("rc", 0))
    o = Outcome(r, dst, **fields_of(marks, options))
    if not marks.get("linktimes", True):
        for facts in o.tree.values():
            if facts["kind"] == "link":
                facts.pop("mtime", None)
    return o


def run(t, direction, options, source, before, marks):
    src = FIX[source]()
    before = FIX[before]
    fields = fields_of(marks, options)

    def one(target):
        if marks.get("dry", True):
            untouched = tree(before(), **dict(fields, dirtimes=True)) if before else None
            dry = transfer(t, target, direction, ["-n", *options], src, before, dict(marks, rc=None), "dry")
            if untouched is not None:
                why = difference(untouched, tree(dry.dest, **dict(fields, dirtimes=True)))
                t.ok(not why, f"a dry run changed something: {why}")
            t.ok(before or len(tree(dry.dest)) == 1, "a dry run made something")
        real = transfer(t, target, direction, options, src, before, marks, "real")
        if marks.get("dry", True) and not marks.get("loose") and "--stats" not in options:
            t.eq(sorted(dry.out), sorted(real.out), f"{target}: dry and real run print")
        return real

    outcome = t.each(one)
    if marks.get("oracle", True) in (True, direction):
        local = t.make("local")
        if before:
            copy(before(), local)
        r = t.rsync(*[o for o in options if o not in ("--no-motd", "-ais")] + (["-ai"] if "-ais" in options else []), src + "/", local + "/", rc=None)
        reference = Outcome(r, local, **fields)
        wanted = reference.tree
        if direction == "push" and source == "linked":
            for name, target in ((b"abs", b"nowhere/at/all"), (b"up", b"up"), (b"real/out", b"../out")):
                if "target" in wanted.get(name, {}):
                    wanted[name]["target"] = target
        if not marks.get("linktimes", True):
            for facts in wanted.values():
                if facts["kind"] == "link":
                    facts.pop("mtime", None)
        why = difference(wanted, outcome.tree)
        t.ok(not why, f"a copy without a daemon is different: {why}\n{outcome.result}")


def row(name, direction, options, source, before, marks):
    add("options", f"{direction}-{name}", lambda t: run(t, direction, options, source, before, marks), edge=name in EDGES)


for name, (options, source, before, marks) in TABLE.items():
    for direction in ("push", "pull"):
        if marks.get("only", direction) == direction:
            row(name, direction, options, source, before, marks)
