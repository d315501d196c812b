"""Attributes, pushed and pulled: access times, changed modes, mapped owners.

A row is a tree, the destination's state before, options and parameters of the module. Each runs in both directions (where
it makes sense) and at the protocols it names, first against stock, then against ours.
"""
import os, subprocess

from harness import Outcome, add
from trees import T0, copy, put, settle_dirs, stamp

BOTH = ("push", "pull")
ALL = (28, 29, 30, 31, 32)
NEW = (30, 32)


def used(path, atime, mtime=None):
    """Sets the access time, and perhaps the modification time, seconds."""
    st = os.lstat(path)
    os.utime(path, ns=(atime * 10**9, st.st_mtime_ns if mtime is None else mtime * 10**9), follow_symlinks=False)


def accessed(root):
    """Files that were read at various times, two of them at the same."""
    for i, name in enumerate(("a", "b", "c", "d/e", "d/f")):
        put(os.path.join(root, name), name * 10, T0 + i)
    os.symlink("a", os.path.join(root, "link"))
    os.mkfifo(os.path.join(root, "pipe"), 0o600)
    stamp(os.path.join(root, "pipe"), T0)
    stamp(os.path.join(root, "link"), T0)
    settle_dirs(root)
    for i, name in enumerate(("a", "b", "c", "d/e", "link", "pipe")):
        used(os.path.join(root, name), T0 - 10_000 * (i // 2))
    used(os.path.join(root, "d/f"), 2**31 + 5)


def plain(root):
    """The same without the link: reading a link is an access."""
    accessed(root)
    os.unlink(os.path.join(root, "link"))
    settle_dirs(root)


def read_again(root):
    """The same files, some with another access time, one with other content."""
    accessed(root)
    used(os.path.join(root, "a"), T0 - 77)
    put(os.path.join(root, "c"), b"other", T0 - 5)
    used(os.path.join(root, "c"), T0 - 99)


def many_modes(root):
    for mode in (0o600, 0o644, 0o755, 0o4711, 0o2750, 0o1666, 0o444, 0o777):
        put(os.path.join(root, f"f{mode:04o}"), b"%o" % mode, T0, mode)
    for mode in (0o700, 0o755, 0o2775, 0o1777):
        put(os.path.join(root, f"d{mode:04o}", "inside"), b"in", T0)
    os.symlink("f0600", os.path.join(root, "link"))
    stamp(os.path.join(root, "link"), T0)
    settle_dirs(root)
    for mode in (0o700, 0o755, 0o2775, 0o1777):
        os.chmod(os.path.join(root, f"d{mode:04o}"), mode)


def one_mode(root):
    """The same names, every mode 640 or 750, one file changed."""
    many_modes(root)
    for here, dirs, files in os.walk(root):
        for name in dirs:
            os.chmod(os.path.join(here, name), 0o750)
        for name in files:
            if not os.path.islink(os.path.join(here, name)):
                os.chmod(os.path.join(here, name), 0o640)
    put(os.path.join(root, "f0755"), b"changed", T0 - 5, 0o640)


def owned(root):
    """Files of named and nameless owners."""
    for i, (uid, gid) in enumerate(((0, 0), (1, 1), (2, 3), (1234, 4321), (65534, 65534), (0, 1), (70_000, 4_000_000_000))):
        put(os.path.join(root, f"o{i}"), b"%d" % i, T0)
        os.chown(os.path.join(root, f"o{i}"), uid, gid)
    os.makedirs(os.path.join(root, "d"))
    os.chown(os.path.join(root, "d"), 1, 2)
    os.symlink("o1", os.path.join(root, "link"))
    os.chown(os.path.join(root, "link"), 2, 1, follow_symlinks=False)
    stamp(os.path.join(root, "link"), T0)
    settle_dirs(root)


def run(t, direction, protocol, source, basis=None, options=(), params=None, fields=None, rc=0, again=False, unsteady=()):
    params = dict(params or {})
    fields = dict(fields or {}, ns=protocol >= 31)

    def one(target):
        src, dst = t.make(target, "src"), t.make(target, "dst")
        source(src)
        if basis:
            basis(dst)
        # The root's own time of change would tell when the copy was made.
        stamp(dst, T0 - 1)
        here = dst if direction == "push" else src
        d = t.serve(here, target, **params)
        ends = [src + "/", d.url("m/")] if direction == "push" else [d.url("m/"), dst + "/"]
        result = t.rsync("-ii", f"--protocol={protocol}", *options, *ends, rc=rc)
        if again:
            second = t.rsync("-i", f"--protocol={protocol}", *options, *ends, rc=rc)
            t.eq(second.out, "", "what a second run changes")
        seen = Outcome(result, dst, **fields)
        for name in unsteady:
            seen.tree[name].pop("mtime", None)
        return seen
    t.each(one)


# name: source, basis, options, more
ROWS = {
    "atimes": (accessed, None, ["-aU"], {"protocols": ALL, "fields": {"atimes": True}}),
    "atimes-again": (accessed, read_again, ["-aU"], {"protocols": ALL, "fields": {"atimes": True}}),
    "atimes-no-mtimes": (accessed, read_again, ["-rlU"], {"fields": {"times": False}}),
    "atimes-not-of-links": (accessed, read_again, ["-aUJ"], {"fields": {"atimes": True}, "unsteady": [b"link"]}),
    "atimes-window": (accessed, read_again, ["-aU", "--modify-window=100"], {"fields": {"atimes": True}}),
    "atimes-flat": (accessed, read_again, ["-aU", "--no-inc-recursive"], {"fields": {"atimes": True}}),
    "atimes-linked": (accessed, None, ["-aHU"], {"protocols": ALL, "fields": {"atimes": True}}),
    "atimes-checksum": (accessed, read_again, ["-acUU"], {"fields": {"atimes": True}}),
    "open-noatime": (plain, None, ["-aUU"], {"fields": {"atimes": True}, "again": True}),
    "open-noatime-by-module": (plain, None, ["-aU", "--open-noatime"], {"params": {"open_noatime": "yes"}, "fields": {"atimes": True}, "again": True}),
    "omit-times": (accessed, read_again, ["-aOJ"], {"protocols": ALL, "unsteady": [b"link"], "fields": {"dirtimes": False}}),
    "executability": (many_modes, one_mode, ["-rltE"], {"protocols": ALL}),
    "incoming-chmod": (many_modes, one_mode, ["-a"], {"params": {"incoming_chmod": "D0733,F0600"}, "protocols": ALL}),
    "incoming-chmod-without-perms": (many_modes, one_mode, ["-rlt"], {"params": {"incoming_chmod": "Du+s,Fg+w,F+X"}}),
    "incoming-chmod-of-new": (many_modes, None, ["-rlt"], {"params": {"incoming_chmod": "a-w,Do="}}),
    "incoming-chmod-wrong": (many_modes, None, ["-a"], {"params": {"incoming_chmod": "D0733,F0900"}}),
    "incoming-chmod-executability": (many_modes, one_mode, ["-rltE"], {"params": {"incoming_chmod": "Fo-r"}}),
    "outgoing-chmod": (many_modes, one_mode, ["-a"], {"params": {"outgoing_chmod": "Dg+s,ug+w,Fo-w,+X"}, "protocols": ALL}),
    "outgoing-chmod-listed": (many_modes, None, ["-a", "--list-only"], {"params": {"outgoing_chmod": "F0600,D0711"}, "directions": ("pull",)}),
    "chmod-of-the-other-side": (many_modes, one_mode, ["-a", "-M--chmod=F644,Du=rwx,go=u", "-M--chmod=o="], {}),
    "chmod-and-module-chmod": (many_modes, one_mode, ["-a", "-M--chmod=a+rwx"], {"params": {"incoming_chmod": "o=", "outgoing_chmod": "g="}}),
    "chmod-wrong": (many_modes, None, ["-a", "-M--chmod=F9"], {"rc": (4, 12), "directions": ("push",)}),
    "chmod-of-the-client": (many_modes, one_mode, ["-a", "--chmod=ugo=rwX,Fo="], {}),
    "usermap": (owned, None, ["-a", "--usermap=0-1:nobody,bin:1234,*:7", "--groupmap=bin:4321,1000-70000:5"], {"root": True, "protocols": ALL}),
    "usermap-names": (owned, None, ["-a", "--usermap=r?ot:5,d*:6,:9", "--groupmap=[d]aemon:7,:8,*:adm"], {"root": True, "protocols": ALL}),
    "usermap-flat": (owned, None, ["-a", "--no-inc-recursive", "--usermap=:9,root:3", "--groupmap=root:bin"], {"root": True}),
    "usermap-numeric": (owned, None, ["-a", "--numeric-ids", "--usermap=1:2,:9", "--groupmap=*:7"], {"root": True, "protocols": ALL}),
    "usermap-module-numeric": (owned, None, ["-a", "--usermap=daemon:2,:9"], {"root": True, "params": {"numeric_ids": "yes"}}),
    "usermap-unknown": (owned, None, ["-a", "--usermap=0:nosuch,0:7"], {"root": True, "directions": ("push",)}),
    "usermap-wrong": (owned, None, ["-a", "--usermap=0"], {"directions": ("push",), "rc": 1}),
    "usermap-wrong-number": (owned, None, ["-a", "--groupmap=1-x:0"], {"directions": ("push",), "rc": 1}),
    "chown": (owned, owned, ["-a", "--chown=daemon:bin"], {"root": True, "protocols": ALL}),
    "chown-group": (owned, owned, ["-a", "--chown=:99999"], {"root": True}),
    "chown-twice": (owned, None, ["-a", "-M--chown=daemon", "-M--chown=bin"], {"directions": ("push",), "rc": (4, 12)}),
    "super-without-rights": (owned, None, ["-rlto", "-M--super"], {"root": True, "params": {"uid": "nobody", "gid": "nogroup"}, "directions": ("pull",)}),
    "no-super": (owned, None, ["-a", "-M--no-super"], {"root": True, "directions": ("push",)}),
    "copy-as": (owned, None, ["-rlt", "-M--copy-as=daemon:bin"], {"root": True, "directions": ("pull",)}),
    "copy-as-nobody-knows": (owned, None, ["-rlt", "-M--copy-as=nosuch"], {"root": True, "rc": (1, 12)}),
    "copy-as-no-group": (owned, None, ["-rlt", "-M--copy-as=daemon:nosuch"], {"root": True, "rc": (1, 12)}),
    "crtimes": (accessed, None, ["-rt", "-M-N"], {"rc": (4, 12), "directions": ("push",)}),
}


def row(name, direction, protocol, source, basis, options, more):
    more = dict(more)
    root = "owners and rights of others" if more.pop("root", False) else ""
    for key in ("directions", "protocols"):
        more.pop(key, None)
    add("attributes", f"{direction}-p{protocol}-{name}",
        lambda t: run(t, direction, protocol, source, basis, options, **more), root=root)


for name, (source, basis, options, more) in ROWS.items():
    for direction in more.get("directions", BOTH):
        for protocol in more.get("protocols", (32,)):
            row(name, direction, protocol, source, basis, options, more)
