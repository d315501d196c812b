"""Options that need a scene of their own: several sources, -R, listings, removal of sources, addresses."""
import os, re, subprocess

from harness import Outcome, add, case
from trees import T0, copy, general_tree, names, put, settle_dirs, stamp


def scene(root):
    for name in ("a/b/c/f1", "a/b/f2", "a/f3", "d/e/f4", "f5", "f6.txt", ".hid", "g[1]"):
        put(os.path.join(root, name), name, T0)
    settle_dirs(root)
    return root


# name: options, arguments below the module or the source, what must be there afterwards
PULLS = {
    "relative": (["-aiR"], ["a/b/c"], "a/ a/b/ a/b/c/ a/b/c/f1"),
    "relative-dot": (["-aiR"], ["a/./b/c"], "b/ b/c/ b/c/f1"),
    "relative-several": (["-aiR"], ["a/./b/c", "d/e/f4", "a/b/./f2"], "b/ b/c/ b/c/f1 d/ d/e/ d/e/f4 f2"),
    "no-implied": (["-aiR", "--no-implied-dirs"], ["a/b/c", "d/e/"], "a/ a/b/ a/b/c/ a/b/c/f1 d/ d/e/ d/e/f4"),
    "several": (["-ai"], ["a/b/", "d", "f5"], "c/ c/f1 d/ d/e/ d/e/f4 f2 f5"),
    "wildcard": (["-ai"], ["f*"], "f5 f6.txt"),
    "wildcard-dirs": (["-aiR"], ["*/*/f?"], "a/ a/b/ a/b/f2 d/ d/e/ d/e/f4"),
    "wildcard-set": (["-ai"], ["[df][5e]*"], "f5"),
    "wildcard-hidden": (["-ai"], [".h*"], ".hid"),
    "wildcard-secluded": (["-ais"], ["f*", "d/e"], "e/ e/f4 f5 f6.txt"),
    "literal-brackets": (["-ai"], ["g[1]"], "g[1]"),
    "dirs-only": (["-di"], ["a/"], "b/ f3"),
}


@case("options", "pull-several-in-one-string")
def several(t):
    """`host::m/a ::m/b` names two sources of one connection."""
    src = scene(t.make("src"))

    def one(target):
        d, dst = t.serve(src, target), t.make(target, "dst")
        r = t.rsync("-ai", f"--port={d.port}", "127.0.0.1::m/a/b", "::m/f5", "::m/d/e/", dst + "/")
        t.eq(names(dst), ["b/", "b/c/", "b/c/f1", "b/f2", "f4", "f5"], "names")
        return Outcome(r, dst)
    t.each(one)


def pull(t, options, args, wanted):
    src = scene(t.make("src"))

    def one(target):
        d, dst = t.serve(src, target), t.make(target, "dst")
        r = t.rsync(*options, *[d.url("m/" + a) for a in args], dst + "/")
        t.eq(names(dst), sorted(wanted.split()), "names")
        return Outcome(r, dst, dirtimes=False, times=options[0] != "-di")
    t.each(one)


def push(t, options, args, wanted):
    src = scene(t.make("src"))

    def one(target):
        dst = t.make(target, "dst")
        d = t.serve(dst, target)
        r = t.rsync(*options, *[a for a in args], d.url("m/"), cwd=src)
        t.eq(names(dst), sorted(wanted.split()), "names")
        return Outcome(r, dst, dirtimes=False, times=options[0] != "-di")
    t.each(one)


def pull_row(name, row):
    add("options", f"pull-args-{name}", lambda t: pull(t, *row))


def push_row(name, row):
    add("options", f"push-args-{name}", lambda t: push(t, *row))


for name, row in PULLS.items():
    pull_row(name, row)
    if not name.startswith("wildcard"):
        push_row(name, row)


def dest(t, path, source, wanted, rc=0, options=("-ai",)):
    """Where a push lands: a new directory, a file's own name, a directory that is there."""
    src = scene(t.make("src"))

    def one(target):
        dst = t.make(target, "dst")
        put(os.path.join(dst, "there", "old"), b"old", T0)
        put(os.path.join(dst, "file"), b"old", T0)
        d = t.serve(dst, target)
        r = t.rsync(*options, *[os.path.join(src, s) for s in source], d.url("m/" + path), rc=rc)
        t.eq(names(dst), sorted(("file there/ there/old " + wanted).split()), "names")
        return Outcome(r, dst, dirtimes=False)
    t.each(one)


DESTS = {
    "new-dir": ("new/", ["f5"], "new/ new/f5"),
    "rename": ("renamed", ["f5"], "renamed"),
    "over-file": ("file", ["f5"], ""),
    "into-dir": ("there", ["f5"], "there/f5"),
    "dir-into-dir": ("there", ["d/e"], "there/e/ there/e/f4"),
    "two-into-new": ("new", ["f5", "f6.txt"], "new/ new/f5 new/f6.txt"),
    "two-onto-file": ("file", ["f5", "f6.txt"], "", 3),
    "no-parent": ("no/such/dir/", ["f5"], "", (3, 11)),
    "mkpath": ("no/such/dir/", ["f5"], "no/ no/such/ no/such/dir/ no/such/dir/f5", 0, ("-ai", "--mkpath")),
    "above": ("../../there/", ["f5"], "there/f5"),
}


def dest_row(name, row):
    add("options", f"push-dest-{name}", lambda t: dest(t, *row))


for name, row in DESTS.items():
    dest_row(name, row)

LISTINGS = {"root": (["m/"], []), "bare": (["m"], []), "dir": (["m/a/b/"], []), "entry": (["m/a/b"], []), "file": (["m/f5"], []), "deep": (["m/"], ["-r"]),
            "pattern": (["m/f*"], []), "excluded": (["m/"], ["-r", "--exclude=b/"]), "old": (["m/"], ["--protocol=29"]),
            "older": (["m/"], ["-r", "--protocol=27"]), "all": (["m/"], ["-aH"])}


def listing(t, paths, options):
    """A listing has a line an entry: mode, size, time, name."""
    src = scene(t.make("src"))
    os.symlink("f5", src + "/link")

    def one(target):
        d = t.serve(src, target)
        r = t.rsync("--list-only", *options, *[d.url(p) for p in paths])
        t.ok(all(re.match(r"^[-dl][-rwxst]{9} +[\d,]+ \d{4}/\d\d/\d\d \d\d:\d\d:\d\d \S", l) for l in r.out.splitlines()), r)
        return Outcome(r, None)
    t.each(one)


def listing_row(name, row):
    add("options", f"list-{name}", lambda t: listing(t, *row), edge=name == "root")


for name, row in LISTINGS.items():
    listing_row(name, row)


def remove_sources(t, direction, dry):
    """Files leave the source once they arrived; directories stay; a dry run removes nothing."""
    def one(target):
        src, dst = copy(general_tree(), t.make(target, "src")), t.make(target, "dst")
        d = t.serve(src if direction == "pull" else dst, target)
        ends = [src + "/", d.url("m/")] if direction == "push" else [d.url("m/"), dst + "/"]
        r = t.rsync("-ai", "--remove-source-files", *(["-n"] if dry else []), *ends)
        left = [n for n in names(src) if not n.endswith("/")]
        t.ok(bool(left) == dry, f"left in the source: {left}")
        t.ok(dry or os.path.isdir(src + "/sub/deep"), "directories of the source stay")
        return Outcome(r, dst)
    t.each(one)


for direction in ("push", "pull"):
    for dry in (False, True):
        add("options", f"{direction}-remove-source-files{'-dry' if dry else ''}", lambda t, d=direction, n=dry: remove_sources(t, d, n))
        if not dry:
            add("options", f"{direction}-stats-numbers", lambda t, d=direction: stats(t, d), edge=True)


def stats(t, direction):
    """The numbers of --stats that do not hang on framing are the same as stock's."""
    from trees import older_tree

    def one(target):
        dst = copy(older_tree(), t.make(target, "dst"))
        src = general_tree()
        d = t.serve(src if direction == "pull" else dst, target)
        ends = [src + "/", d.url("m/")] if direction == "push" else [d.url("m/"), dst + "/"]
        r = t.rsync("-ai", "--delete", "--stats", *ends)
        for line in ("Number of files: 13 (reg: 7, dir: 5, link: 1)", "Number of created files: 1 (reg: 1)",
                     "Number of deleted files: 0", "Total file size: "):
            t.has(r.out, line)
        return Outcome(r, dst)
    t.each(one)


@case("options", "ipv6", edge=True)
def ipv6(t):
    """A daemon on ::1 serves and logs that address."""
    import socket
    try:
        socket.socket(socket.AF_INET6).bind(("::1", 0))
    except OSError:
        return
    d = t.serve(general_tree(), daemon={"host": "::1"})
    dst = t.make("dst")
    t.rsync("-ai", d.url("m/"), dst + "/")
    t.eq(names(dst), names(general_tree()), "names")
    t.has(d.log(), "connect from UNDETERMINED (::1)")


@case("options", "one-file-system", root="mounting a file system")
def one_file_system(t):
    """-x leaves the contents of a mount point out, and keeps the directory; -xx leaves it out too."""
    src = t.make("src")
    put(src + "/f", b"f")
    mount = t.make("src", "mnt")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], stderr=subprocess.DEVNULL).returncode:
        return
    try:
        put(mount + "/inside", b"inside")
        settle_dirs(src)

        def one(target):
            d = t.serve(src, target)
            for options, wanted in ((["-aix"], ["f", "mnt/"]), (["-aixx"], ["f"]), (["-ai"], ["f", "mnt/", "mnt/inside"])):
                dst = t.make(target, "dst" + options[0])
                stamp(dst, T0)
                r = t.rsync(*options, d.url("m/"), dst + "/")
                t.eq(names(dst), wanted, "names")
            return Outcome(r, dst)
        t.each(one)
    finally:
        subprocess.run(["umount", mount])


@case("options", "links-and-devices-of-two-owners", root="files of another owner", edge=True)
def two_owners(t):
    """Before protocol 30 the bits of links and devices are those that later announce names: lists with several owners stay readable."""
    def one(target):
        src = t.make(target, "src")
        put(src + "/a", b"a", T0)
        os.link(src + "/a", src + "/b")
        put(src + "/c", b"c", T0)
        os.chown(src + "/c", 1, 1)
        os.mknod(src + "/dev", 0o020644, os.makedev(1, 3))
        os.chown(src + "/dev", 2, 2)
        stamp(src + "/dev", T0)
        settle_dirs(src)
        d, seen = t.serve(src, target), None
        for protocol in (27, 28, 29, 30, 31):
            dst = t.make(target, f"dst{protocol}")
            seen = Outcome(t.rsync("-aH", f"--protocol={protocol}", d.url("m/"), dst + "/"), dst, dirtimes=False)
            t.ok(os.stat(dst + "/a").st_ino == os.stat(dst + "/b").st_ino, f"protocol {protocol}: the two names are two files")
            t.eq((os.stat(dst + "/c").st_uid, os.stat(dst + "/dev").st_uid), (1, 2), f"owners, protocol {protocol}")
        return seen

    t.each(one)
