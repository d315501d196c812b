"""What goes wrong on the daemon's side: exit codes, texts, and what is left on the disk."""
import os, re, subprocess

from harness import CLIENT, Outcome, case, wait_for
from trees import T0, copy, general_tree, names, noise, put, settle_dirs, tree


@case("errors", "no-space", root="mounting a small file system", edge=True)
def no_space(t):
    """A full disk: the file that does not fit fails by name, the old one stays, no temporary stays."""
    src = t.make("src")
    put(src + "/a-small", b"small\n")
    put(src + "/big", noise(1, 3 << 20))

    def one(target):
        disk = t.make(target, "disk")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], stderr=subprocess.DEVNULL).returncode:
            return Outcome(t.run("true"), None)
        try:
            put(disk + "/big", b"the old one\n", T0 - 5)
            d = t.serve(disk, target)
            r = t.rsync("-a", src + "/", d.url("m/"), rc=(11, 12, 23))
            t.has(r.err, "No space left on device (28)")
            d.settle()
            t.eq(open(disk + "/big", "rb").read(), b"the old one\n", "the old file")
            t.eq([n for n in names(disk) if n.startswith(".")], [], "temporaries")
            r2 = t.rsync("-a", "--exclude=big", src + "/", d.url("m/"))
            return Outcome(r2, disk)
        finally:
            subprocess.run(["umount", "-l", disk])
    t.each(one)


@case("errors", "read-only-directory", root="a module of another user", edge=True)
def read_only_directory(t):
    """A module that runs as nobody, on a directory that is root's: each file refused by name, exit 23."""
    def one(target):
        disk = t.make(target, "disk")
        os.chmod(os.path.dirname(disk), 0o755)
        os.makedirs(disk + "/closed")
        os.chmod(disk + "/closed", 0o755)
        os.makedirs(disk + "/open")
        os.chmod(disk + "/open", 0o777)
        src = t.make(target, "src")
        put(src + "/closed/f", b"f")
        put(src + "/open/g", b"g")
        settle_dirs(src)
        d = t.serve(disk, target, uid="nobody", gid="nogroup")
        r = t.rsync("-rt", "-O", src + "/", d.url("m/"), rc=23)
        t.has(r.err, "Permission denied (13)")
        t.ok(re.search(r'mkstemp "/?closed/\.f\.\w{6}" \(in m\) failed', r.err), r)
        t.eq(names(disk), ["closed/", "open/", "open/g"], "names")
        o = Outcome(r, disk, times=False)
        o.err = [re.sub(r"\.f\.\w{6}", ".f.XXXXXX", l) for l in o.err]
        return o
    t.each(one)


@case("errors", "unreadable-source", root="a module of another user", edge=True)
def unreadable(t):
    """A file and a directory nobody may read: named, exit 23, the rest arrives."""
    def one(target):
        src, dst = copy(general_tree(), t.make(target, "src")), t.make(target, "dst")
        os.chmod(os.path.dirname(src), 0o755)
        os.chmod(src + "/a.txt", 0)
        os.chmod(src + "/big.bin", 0o644)
        os.chmod(src + "/sub/one.c", 0o644)
        os.chmod(src + "/other", 0)
        d = t.serve(src, target, uid="nobody", gid="nogroup")
        r = t.rsync("-r", d.url("m/"), dst + "/", rc=23)
        for what in ('rsync: [sender] send_files failed to open "a.txt" (in m): Permission denied (13)',
                     'rsync: [sender] opendir "other" (in m) failed: Permission denied (13)'):
            t.has(r.err, what)
        t.ok("sub/one.c" in names(dst) and "a.txt" not in names(dst), names(dst))
        return Outcome(r, dst, times=False)
    t.each(one)


@case("errors", "ignore-nonreadable", root="a module of another user")
def nonreadable(t):
    def one(target):
        src, dst = t.make(target, "src"), t.make(target, "dst")
        os.chmod(os.path.dirname(src), 0o755)
        put(src + "/open", b"o")
        put(src + "/closed", b"c", T0, 0)
        d = t.serve(src, target, uid="nobody", gid="nogroup", ignore_nonreadable="yes")
        r = t.rsync("-r", d.url("m/"), dst + "/")
        t.eq(names(dst), ["open"], "names")
        return Outcome(r, dst, times=False)
    t.each(one)


@case("errors", "missing", edge=True)
def missing(t):
    """Names that are not there: link_stat, change_dir; exit 23; the others arrive."""
    def one(target):
        d, dst = t.serve(general_tree(), target), t.make(target, "dst")
        r = t.rsync("-a", d.url("m/nope"), d.url("m/a.txt"), d.url("m/no/such/"), dst + "/", rc=23)
        t.has(r.err, 'rsync: [sender] link_stat "nope" (in m) failed: No such file or directory (2)')
        t.has(r.err, 'rsync: [sender] change_dir "no/such" (in m) failed: No such file or directory (2)')
        t.eq(names(dst), ["a.txt"], "names")
        t.rsync("-a", "--ignore-missing-args", d.url("m/nope"), d.url("m/empty"), dst + "/")
        for protocol in (27, 29, 30, 31):
            t.rsync("-a", f"--protocol={protocol}", d.url("m/nope"), dst + "/", rc=23)
        return Outcome(r, dst)
    t.each(one)


@case("errors", "vanished", edge=True)
def vanished(t):
    """A file that goes between the list and its turn: a warning, exit 24, the rest arrives."""
    def one(target):
        src, dst = t.make(target, "src"), t.make(target, "dst")
        for i in range(6):
            put(f"{src}/f{i}", noise(i, 1 << 20))
        d = t.serve(src, target)
        p = subprocess.Popen([CLIENT, "-a", "--no-inc-recursive", "--bwlimit=3000", d.url("m/"), dst + "/"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=dict(os.environ, LC_ALL="C"))
        wait_for(lambda: any(n.startswith((".f0", "f0")) for n in os.listdir(dst)), 10, "the transfer to begin")
        os.unlink(src + "/f5")
        out, err = p.communicate(timeout=30)
        t.eq(p.returncode, 24, f"exit code; {err}")
        t.has(err.decode(), 'file has vanished: "f5" (in m)')
        t.eq(names(dst), [f"f{i}" for i in range(5)], "names")
        return Outcome(t.run("true"), dst, dirtimes=False)
    t.each(one)


@case("errors", "module-paths", edge=True)
def module_paths(t):
    """A module whose directory is not there, or that has none, or an unknown user: one @ERROR line each."""
    d = t.daemon(f"[gone]\npath = {t.dir}/not/there\nuse chroot = no\n[none]\nuse chroot = no\n[uid]\npath = /tmp\nuse chroot = no\nuid = no such user\n"
                 "[gid]\npath = /tmp\nuse chroot = no\ngid = no such group\n")
    for module, said in (("gone", "chdir failed"), ("none", "no path setting."), ("uid", "invalid uid no such user"), ("gid", "invalid gid ")):
        r = t.rsync(d.url(module + "/"), rc=5)
        t.has(r.err, f"@ERROR: {said}")


@case("errors", "unknown-option", edge=True)
def unknown_option(t):
    """An option no server knows: its name comes back, exit 4, both ways."""
    d = t.serve(copy(general_tree(), t.make("m")))
    for option in ("--no-such-option", "--cache", "--extended-attributes"):
        r = t.rsync("-r", f"--remote-option={option}", general_tree() + "/", d.url("m/"), rc=4)
        t.has(r.err, f"{option}: unknown option")
        r = t.rsync("-r", f"--remote-option={option}", d.url("m/"), t.make("dst") + "/", rc=(4, 10, 12))
        t.has(r.err, f"{option}: unknown option")
    t.rsync("-r", d.url("m/"), t.make("dst2") + "/")


@case("errors", "escapes", edge=True)
def escapes(t):
    """No way out of a module: dots, absolute names, links that leave."""
    outside = t.make("outside")
    put(outside + "/secret", b"secret")
    served = t.make("m")
    put(served + "/inside", b"i")
    os.symlink("../outside", served + "/up")
    os.symlink(outside, served + "/abs")
    os.symlink(outside + "/secret", served + "/file")
    d = t.serve(served, munge_symlinks="no")
    for i, (options, path) in enumerate((("-a", "../outside/"), ("-a", "../../outside/secret"), ("-a", "up/"), ("-a", "abs/"), ("-a", "up/secret"), ("-aL", "file"),
                                         ("-aL", ""), ("-ak", ""), ("-aR", "up/secret"), ("-aR", "x/../../outside/secret"), ("-as", "../outside/"), ("-a", outside + "/"))):
        dst = t.make(f"dst{i}")
        t.rsync(options, d.url("m/" + path), dst + "/", rc=None)
        for name, facts in tree(dst).items():
            t.ok(facts.get("size") != 6 or facts["kind"] != "file", f"{name!r} came out with {options} {path}")
    src = t.make("src")
    put(src + "/evil", b"evil")
    put(src + "/up/evil", b"evil")
    for options, path in (("-a", "up/"), ("-a", "abs/"), ("-a", "../outside/"), ("-aK", ""), ("-aKR", ""), ("-a", "file"), ("-a", "")):
        t.rsync(options, src + "/", d.url("m/" + path), rc=None)
        t.rsync(options, src + "/evil", d.url("m/" + path), rc=None)
    t.eq(names(outside), ["secret"], "what lies outside")
    t.eq(open(outside + "/secret").read(), "secret", "what lies outside")
