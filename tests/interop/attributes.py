"""Attributes, pushed and pulled: access times, changed modes, mapped owners, extended attributes, ACLs.

A row is a tree, the destination's state before, options and parameters of the module. Each runs in both directions (where
it makes sense) and at the protocols it names, first against stock, then against ours.
"""
import os, re, subprocess

from harness import Outcome, add
from trees import T0, copy, put, settle_dirs, stamp

BOTH = ("push", "pull")
ALL = (28, 29, 30, 31, 32)
NEW = (30, 31, 32)
X = {"xattrs": True}
FAKE = {"uid": "nobody", "gid": "nogroup", "fake_super": "yes"}


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


def xattr(path, **values):
    """Sets attributes of the users' name space; `trusted__x` and `security__x` are of others."""
    for name, value in values.items():
        name = name.replace("__", ".") if "__" in name else "user." + name
        os.setxattr(path, name, value if isinstance(value, bytes) else value.encode(), follow_symlinks=False)


def attributed(root, all_spaces=True):
    """Short and long values, equal sets, none at all, on every kind of entry."""
    p = lambda *a: os.path.join(root, *a)
    for i, name in enumerate(("none", "short", "long", "same", "both", "d/in", "d/same", "e/deep/f", "ro")):
        put(p(name), name * 9, T0 + i)
    xattr(p("short"), comment="hello", empty="")
    for name in ("long", "same", "d/same"):
        xattr(p(name), big=b"B" * 4000, s="abc")
    xattr(p("both"), big=b"C" * 33, edge=b"E" * 32, other=bytes(range(256)) * 20, z="1")
    xattr(p("d"), dir=b"D" * 100)
    xattr(p("e/deep"), dir="short")
    xattr(p("ro"), ro=b"R" * 50)
    os.symlink("short", p("link"))
    os.mkfifo(p("pipe"), 0o600)
    if all_spaces:
        xattr(p("short"), trusted__t="secret", security__s=b"S" * 40)
        xattr(p("link"), trusted__l=b"L" * 60)
        xattr(p("pipe"), trusted__p="pipe")
        xattr(p("none"), **{"user__rsync.%stat": "100644 0,0 1:1"})
    for name in ("link", "pipe"):
        stamp(p(name), T0)
    os.chmod(p("ro"), 0o444)
    settle_dirs(root)


def of_users(root):
    attributed(root, False)


def linked_attributed(root):
    """The same, and a file with two names."""
    attributed(root)
    os.link(os.path.join(root, "long"), os.path.join(root, "e", "linked"))
    settle_dirs(root)


def attributed_before(root):
    """The same, but some values, names and contents are others, and one file has more than it should."""
    attributed(root)
    p = lambda *a: os.path.join(root, *a)
    xattr(p("none"), more="too much")
    os.removexattr(p("short"), "user.empty")
    xattr(p("long"), s="abd")
    put(p("same"), b"other content", T0 - 5)
    xattr(p("same"), big=b"X" * 4000)
    xattr(p("both"), other=b"shorter")
    xattr(p("d"), dir=b"d" * 100)
    xattr(p("link"), trusted__l="other")
    xattr(p("ro"), ro="other")
    put(p("d/in"), b"other", T0 - 5)
    settle_dirs(root)


def listed(root):
    """ACLs: of named users and groups, with masks, default ones, and none."""
    p = lambda *a: os.path.join(root, *a)
    for i, name in enumerate(("none", "user", "same", "mask", "group", "wide", "setid", "d/in", "e/f")):
        put(p(name), name * 9, T0 + i)
    acl = lambda spec, *names: subprocess.run(["setfacl", "-m", spec, *[p(n) for n in names]], check=True)
    acl("u:1000:rwx", "user", "same")
    acl("u:daemon:r,g:bin:rw,m::r", "mask")
    acl("g:4321:rwx,g:daemon:x", "group")
    acl("u:1:r,u:2:w,u:3:x,u:70000:rwx,g:1:r,g:2:w,g:4000000000:x,o::x", "wide")
    os.chmod(p("setid"), 0o4755)
    acl("u:2:rx", "setid", "d")
    acl("d:u:1000:rwx,d:g:bin:r,d:o::-", "d")
    acl("d:u::rwx,d:g::rx,d:o::rx", "e")
    os.symlink("user", p("link"))
    os.mkfifo(p("pipe"), 0o640)
    acl("u:3:r", "pipe")
    for name in ("link", "pipe"):
        stamp(p(name), T0)
    settle_dirs(root)


def listed_before(root):
    listed(root)
    p = lambda *a: os.path.join(root, *a)
    acl = lambda *words: subprocess.run(["setfacl", *words], check=True)
    acl("-m", "u:5:rw", p("none"))
    acl("-b", p("user"))
    acl("-x", "g:bin", p("mask"))
    acl("-m", "g:4321:r", p("group"))
    acl("-k", p("d"))
    acl("-m", "d:u:7:r", p("e"))
    put(p("same"), b"other content", T0 - 5)
    os.chmod(p("wide"), 0o640)
    settle_dirs(root)


def inheriting(root):
    """A destination whose new entries get rights of their own."""
    subprocess.run(["setfacl", "-m", "d:u:1000:rwx,d:g::rwx,d:o::r", root], check=True)


def privileged(root):
    """What only root makes: owners, devices, set-id bits, directories that nobody may write into, foreign name spaces."""
    p = lambda *a: os.path.join(root, *a)
    for i, name in enumerate(("plain", "owned", "setid", "closed", "d/in", "ro/in")):
        put(p(name), name * 7, T0 + i)
    os.chown(p("owned"), 1, 2)
    os.chmod(p("setid"), 0o4755)
    os.chmod(p("closed"), 0)
    for name, mode, device in (("null", 0o020644, (1, 3)), ("loop", 0o060600, (7, 5)), ("pipe", 0o010640, (0, 0))):
        os.mknod(p(name), mode, os.makedev(*device))
    os.symlink("plain", p("link"))
    os.chown(p("link"), 1, 1, follow_symlinks=False)
    subprocess.run(["setfacl", "-m", "u:1000:rwx,g:5:r", p("owned")], check=True)
    subprocess.run(["setfacl", "-m", "d:u:5:rx", p("d")], check=True)
    xattr(p("owned"), u="1", trusted__t="2", security__s=b"S" * 50)
    os.chown(p("d"), 3, 4)
    for name in ("null", "loop", "pipe", "link"):
        stamp(p(name), T0)
    os.chmod(p("ro"), 0o555)
    settle_dirs(root)


def kept(root):
    """The form in which a module with `fake super` keeps such things."""
    p = lambda *a: os.path.join(root, *a)
    for name, stat in (("plain", "100644 0,0 1:2"), ("null", "20644 1,3 0:0"), ("pipe", "10600 0,0 5:6"), ("link", "120777 0,0 1:0"), ("setid", "104711 0,0 0:0")):
        put(p(name), "plain" if name == "link" else "" if name in ("null", "pipe") else name, T0, 0o600)
        xattr(p(name), **{"user__rsync.%stat": stat})
    put(p("d/in"), b"in", T0)
    xattr(p("d"), **{"user__rsync.%stat": "40555 0,0 7:8", "user__rsync.%dacl": bytes.fromhex("07000000050000000500000005000000" "0500000005000080")})
    xattr(p("plain"), u="1", **{"user__rsync.trusted.t": "2", "user__rsync.%aacl": bytes.fromhex("80000000040000000700000080000000" "e803000007000080")})
    settle_dirs(root)


def kept_before(root):
    """Such a module after a push of something else."""
    kept(root)
    os.unlink(os.path.join(root, "setid"))
    put(os.path.join(root, "owned"), b"other", T0 - 5, 0o600)
    settle_dirs(root)


def aside(build):
    """What an alternate directory holds: the destination itself is empty otherwise."""
    return lambda root: build(os.path.join(root, "old"))


def run(t, direction, protocol, source, basis=None, options=(), params=None, fields=None, rc=0, again=False, unsteady=(), nobody=False, nobody_dst=False):
    params = dict(params or {})
    fields = dict(fields or {}, ns=protocol >= 31)

    def one(target):
        src, dst = t.make(target, "src"), t.make(target, "dst")
        source(src)
        if basis:
            basis(dst)
        # The root's own time of change would tell when the copy was made.
        stamp(dst, T0 - 1)
        if nobody or nobody_dst:
            subprocess.run(["chown", "-hR", "65534:65534", dst if direction == "push" else src], check=True)
            os.chmod(t.dir, 0o755)
        here = dst if direction == "push" else src
        d = t.serve(here, target, **params)
        ends = [src + "/", d.url("m/")] if direction == "push" else [d.url("m/"), dst + "/"]
        result = t.rsync("-ii", f"--protocol={protocol}", *options, *ends, rc=rc)
        if again:
            second = t.rsync("-i", f"--protocol={protocol}", *options, *ends, rc=rc)
            t.eq(second.out, "", "what a second run changes")
        seen = Outcome(result, dst, **fields)
        # A temporary's name is random; stock looks names up from where it stands.
        seen.err = [re.sub(r'"(\./)?', '"', re.sub(r"\.([^ /]*)\.\w{6}\b", r"\1", line)) for line in seen.err]
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
    "xattrs": (attributed, None, ["-aX"], {"root": True, "protocols": NEW, "fields": X}),
    "xattrs-again": (attributed, attributed_before, ["-aX"], {"root": True, "protocols": NEW, "fields": X, "again": True}),
    "xattrs-flat": (attributed, attributed_before, ["-aX", "--no-inc-recursive"], {"root": True, "protocols": NEW, "fields": X}),
    "xattrs-linked": (linked_attributed, None, ["-aHX"], {"root": True, "protocols": NEW, "fields": X}),
    "xattrs-linked-again": (linked_attributed, attributed_before, ["-aHX"], {"root": True, "fields": X}),
    "xattrs-same": (attributed, attributed, ["-aX"], {"root": True, "protocols": NEW, "fields": X}),
    "xattrs-dry": (attributed, attributed_before, ["-aXn"], {"root": True, "protocols": NEW, "fields": X}),
    "xattrs-of-rsync": (attributed, attributed_before, ["-aXX"], {"root": True, "protocols": NEW, "fields": X}),
    "xattrs-no-links": (attributed, None, ["-rtX", "--no-links"], {"root": True, "fields": dict(X, dirtimes=False)}),
    "xattrs-inplace": (attributed, attributed_before, ["-aX", "--inplace"], {"root": True, "fields": X}),
    "xattrs-checksum": (attributed, attributed_before, ["-acX"], {"root": True, "fields": X}),
    "xattrs-delete": (attributed, attributed_before, ["-aX", "--delete", "--exclude=e"], {"root": True, "fields": X}),
    "xattrs-some": (attributed, attributed_before, ["-aX", "--filter=-x *.big"], {"root": True, "fields": X}),
    "xattrs-only-users": (attributed, None, ["-aX", "--filter=-x! user.*"], {"root": True, "fields": X}),
    "xattrs-none-removed": (attributed, attributed_before, ["-aX", "--delete", "--filter=-xr *"], {"root": True, "fields": X}),
    "xattrs-old-client": (attributed, attributed_before, ["-aX", "--protocol=31"], {"root": True, "fields": X}),
    "xattrs-without-rights": (of_users, None, ["-rlptX"], {"root": True, "params": {"uid": "nobody", "gid": "nogroup"}, "fields": dict(X, owner=False), "nobody": True}),
    "xattrs-without-rights-again": (of_users, of_users, ["-rlptX"], {"root": True, "params": {"uid": "nobody", "gid": "nogroup"}, "fields": dict(X, owner=False), "nobody": True}),
    "xattrs-refused": (attributed, None, ["-aX", "--protocol=29"], {"root": True, "rc": (2, 12)}),
    "acls": (listed, None, ["-aA"], {"root": True, "protocols": NEW, "fields": X}),
    "acls-again": (listed, listed_before, ["-aA"], {"root": True, "protocols": NEW, "fields": X, "again": True}),
    "acls-flat": (listed, listed_before, ["-aA", "--no-inc-recursive"], {"root": True, "protocols": NEW, "fields": X}),
    "acls-same": (listed, listed, ["-aA"], {"root": True, "fields": X}),
    "acls-dry": (listed, listed_before, ["-aAn"], {"root": True, "fields": X}),
    "acls-numeric": (listed, None, ["-aA", "--numeric-ids"], {"root": True, "protocols": NEW, "fields": X}),
    "acls-numeric-module": (listed, None, ["-aA"], {"root": True, "params": {"numeric_ids": "yes"}, "fields": X}),
    "acls-mapped": (listed, None, ["-aA", "--usermap=daemon:2,1000:3,3:1234", "--groupmap=bin:7,4321:5"], {"root": True, "protocols": NEW, "fields": X}),
    "acls-mapped-flat": (listed, None, ["-aA", "--no-inc-recursive", "--usermap=daemon:2,*:3", "--groupmap=:5"], {"root": True, "fields": X}),
    "acls-alone": (listed, None, ["-rltA"], {"root": True, "protocols": NEW, "fields": X}),
    "acls-into-inheriting": (listed, inheriting, ["-aA"], {"root": True, "fields": X}),
    "no-acls-into-inheriting": (listed, inheriting, ["-a"], {"root": True, "fields": X}),
    "no-perms-into-inheriting": (many_modes, inheriting, ["-rlt"], {"root": True, "fields": X}),
    "acls-and-chmod": (listed, listed_before, ["-aA", "--chmod=g=rx,o="], {"root": True, "fields": X}),
    "acls-and-module-chmod": (listed, None, ["-aA"], {"root": True, "params": {"incoming_chmod": "g=rx,o=", "outgoing_chmod": "a+r"}, "fields": X}),
    "acls-and-xattrs": (listed, listed_before, ["-aHAX"], {"root": True, "protocols": NEW, "fields": X, "again": True}),
    "acls-refused": (listed, None, ["-aA", "--protocol=29"], {"root": True, "rc": (2, 12)}),
    "fake-super": (privileged, None, ["-aAX"], {"root": True, "protocols": NEW, "params": FAKE, "fields": X, "nobody": True, "directions": ("push",)}),
    "fake-super-again": (privileged, kept_before, ["-aAX"], {"root": True, "params": FAKE, "fields": X, "directions": ("push",), "nobody_dst": True, "again": True}),
    "fake-super-flat": (privileged, None, ["-a", "--no-inc-recursive"], {"root": True, "params": FAKE, "fields": X, "nobody": True, "directions": ("push",)}),
    "fake-super-links": (privileged, None, ["-aH"], {"root": True, "params": FAKE, "fields": X, "nobody": True, "directions": ("push",)}),
    "fake-super-old": (privileged, None, ["-a", "--protocol=29"], {"root": True, "params": FAKE, "fields": dict(X, ns=False), "nobody": True, "directions": ("push",)}),
    "fake-super-kept": (kept, None, ["-aAX"], {"root": True, "protocols": NEW, "params": FAKE, "fields": X, "nobody": True, "directions": ("pull",)}),
    "fake-super-of-the-client": (privileged, None, ["-rlt", "-M--fake-super"], {"root": True, "fields": X, "directions": ("push",)}),
    "chrooted": (linked_attributed, attributed_before, ["-aAX"], {"root": True, "params": {"use_chroot": "yes", "munge_symlinks": "no"}, "fields": X}),
    "copy-dest": (attributed, aside(attributed_before), ["-aAX", "--copy-dest=old"], {"root": True, "fields": X, "directions": ("push",)}),
    "copy-dest-same": (attributed, aside(attributed), ["-aAX", "--copy-dest=old"], {"root": True, "fields": X, "directions": ("push",)}),
    "compare-dest": (attributed, aside(attributed_before), ["-aAX", "--compare-dest=old"], {"root": True, "fields": X, "directions": ("push",)}),
    "link-dest": (attributed, aside(attributed_before), ["-aAX", "--link-dest=old"], {"root": True, "fields": X, "directions": ("push",)}),
    "link-dest-acls": (listed, aside(listed_before), ["-aAX", "--link-dest=old"], {"root": True, "fields": X, "directions": ("push",)}),
    "copy-dest-acls": (listed, aside(listed), ["-aA", "--copy-dest=old"], {"root": True, "fields": X, "directions": ("push",)}),
    "fake-super-link-dest": (privileged, None, ["-aAX", "--link-dest=none"], {"root": True, "params": FAKE, "fields": X, "nobody_dst": True, "directions": ("push",)}),
    "backup": (attributed, attributed_before, ["-aAX", "--backup"], {"root": True, "fields": X, "directions": ("push",)}),
    "partial-dir": (attributed, attributed_before, ["-aAX", "--partial-dir=.part", "--delay-updates"], {"root": True, "fields": X, "directions": ("push",)}),
    "copied-links": (attributed, None, ["-aLX"], {"root": True, "fields": X}),
    "several-sources-of-atimes": (accessed, read_again, ["-aUAX", "-c"], {"root": True, "fields": dict(X, atimes=True)}),
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


def without_attributes(t):
    """A file system that has neither attributes nor ACLs: everything else arrives, each thing that cannot be kept is named."""
    src = t.make("src")
    attributed(src)
    listed(t.make("src", "acls"))
    settle_dirs(src)

    def one(target):
        dst = t.make(target, "dst")
        subprocess.run(["mount", "-t", "ramfs", "ramfs", dst], check=True)
        try:
            os.chmod(dst, 0o755)
            d = t.serve(dst, target)
            r = t.rsync("-aiAX", src + "/", d.url("m/"), rc=23)
            seen = Outcome(r, dst)
            seen.err = [re.sub(r'"(\./)?', '"', re.sub(r"\.([^ /]*)\.\w{6}\b", r"\1", line)) for line in seen.err]
            seen.err = [re.sub(r"^rsync: \[\w+\] ", "", line) for line in seen.err]
            back = t.make(target, "back")
            t.rsync("-aAX", d.url("m/"), back + "/")
            return seen
        finally:
            subprocess.run(["umount", dst])
    t.each(one)


add("attributes", "without-attributes-on-disk", without_attributes, root="mounting a file system")
