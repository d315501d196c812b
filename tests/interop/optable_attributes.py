"""Owners, modes, times, access lists, extended attributes: options, trees, roles, protocols as a table."""
import os, shutil, subprocess

from optable import scenery, table
from trees import T0, copy, general_tree, noise, put, settle_dirs, stamp


def acl(path, *rules):
    subprocess.run(["setfacl", *(x for r in rules for x in ("-m", r)), path], check=True, stdin=subprocess.DEVNULL)


def xattr(path, name, value):
    os.setxattr(path, name, value, follow_symlinks=False)


def works(probe):
    """Whether this machine's file system has what a table needs."""
    path = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    name = os.path.join(path, f"interop-probe.{os.getpid()}")
    try:
        open(name, "w").close()
        probe(name)
        return True
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        os.unlink(name)


HAS_XATTR = works(lambda p: xattr(p, "user.probe", b"x"))
HAS_ACL = bool(shutil.which("setfacl")) and works(lambda p: acl(p, "u:1:r"))


@scenery("acls")
def acls(root):
    for name in ("plain", "named", "group", "masked", "sub/inner", "many"):
        put(os.path.join(root, name), name.encode(), T0, 0o640)
    acl(root + "/named", "u:1:rwx", "u:2:---")
    acl(root + "/group", "g:1:rw", "g:4242:r", "u:70000:x")
    acl(root + "/masked", "u:1:rwx", "g:1:rwx", "m::r")
    acl(root + "/many", *[f"u:{1000 + i}:{'rwx'[i % 3]}" for i in range(40)])
    acl(root + "/sub", "d:u:1:rwx", "d:g:2:r", "u:3:rx")
    put(root + "/sub/inherits", b"in", T0)
    os.makedirs(root + "/default")
    acl(root + "/default", "d:u::rwx", "d:g::-", "d:o::-")
    os.symlink("plain", root + "/link")
    stamp(root + "/link", T0)
    settle_dirs(root)


@scenery("acls-before")
def acls_before(root):
    """The same files with other lists: one too many, one lacking, one equal, a default one to be taken away."""
    for name in ("plain", "named", "group", "masked", "sub/inner", "many"):
        put(os.path.join(root, name), name.encode(), T0, 0o640)
    acl(root + "/plain", "u:1:rwx")
    acl(root + "/named", "u:1:rwx", "u:2:---")
    acl(root + "/masked", "u:1:rwx")
    acl(root, "d:u:5:rwx")
    os.makedirs(root + "/default", exist_ok=True)
    settle_dirs(root, T0 - 60)


@scenery("xattrs")
def xattrs(root):
    for name in ("none", "small", "several", "sub/inner", "big", "equal", "changed", "empty-value"):
        put(os.path.join(root, name), name.encode() * 9, T0)
    xattr(root + "/small", "user.one", b"value")
    for i in range(12):
        xattr(root + "/several", f"user.n{i:02d}", b"v" * i)
    xattr(root + "/big", "user.big", noise(70, 3000))
    xattr(root + "/big", "user.edge32", b"x" * 32)
    xattr(root + "/big", "user.edge33", b"y" * 33)
    xattr(root + "/equal", "user.long", noise(71, 500))
    xattr(root + "/changed", "user.long", noise(72, 500))
    xattr(root + "/changed", "user.short", b"now")
    xattr(root + "/empty-value", "user.empty", b"")
    xattr(root + "/sub", "user.dir", noise(73, 100))
    xattr(root + "/sub/inner", "user.bin", bytes(range(256)))
    xattr(root + "/sub/inner", "user.caf\u00e9", b"name")
    if os.geteuid() == 0:
        xattr(root + "/small", "trusted.of-root", b"root's")
    os.symlink("none", root + "/link")
    stamp(root + "/link", T0)
    settle_dirs(root)


@scenery("xattrs-before")
def xattrs_before(root):
    for name in ("none", "small", "equal", "changed", "sub/inner"):
        put(os.path.join(root, name), name.encode() * 9, T0)
    xattr(root + "/none", "user.goes", b"away")
    xattr(root + "/equal", "user.long", noise(71, 500))
    xattr(root + "/changed", "user.long", noise(74, 500))
    xattr(root + "/changed", "user.short", b"was")
    settle_dirs(root, T0 - 60)


@scenery("xattrs-hard-links")
def xattrs_hard_links(root):
    put(root + "/one", b"one", T0)
    xattr(root + "/one", "user.shared", noise(75, 200))
    os.link(root + "/one", root + "/two")
    settle_dirs(root)


@scenery("odd-owners")
def odd_owners(root):
    for i, (uid, gid) in enumerate(((0, 0), (1, 1), (1234, 4321), (2, 8), (65534, 65534))):
        put(os.path.join(root, f"o{i}"), b"%d" % i, T0, (0o644, 0o4755, 0o2711, 0o600, 0o1666)[i])
        os.chown(os.path.join(root, f"o{i}"), uid, gid)
        os.chmod(os.path.join(root, f"o{i}"), (0o644, 0o4755, 0o2711, 0o600, 0o1666)[i])
        stamp(os.path.join(root, f"o{i}"), T0)
    os.makedirs(root + "/d")
    os.chown(root + "/d", 1, 2)
    os.symlink("o0", root + "/s")
    os.chown(root + "/s", 1, 2, follow_symlinks=False)
    stamp(root + "/s", T0)
    settle_dirs(root)


@scenery("nodes")
def nodes(root):
    from matrix import devices
    devices(root)
    os.mkfifo(root + "/fifo", 0o641)
    stamp(root + "/fifo", T0)
    put(root + "/f", b"f", T0, 0o4640)
    os.chown(root + "/f", 12, 34)
    os.chmod(root + "/f", 0o4640)
    stamp(root + "/f", T0)
    os.symlink("f", root + "/s")
    stamp(root + "/s", T0)
    settle_dirs(root)


@scenery("faked")
def faked(root):
    """What --fake-super stores, as a receiver of ours or stock's may have left it."""
    for name, value in (("dev", b"20640 1,3 5:6"), ("owned", b"100755 0,0 1234:4321"), ("bad", b"nonsense")):
        put(os.path.join(root, name), b"" if name == "dev" else name.encode(), T0, 0o600)
        xattr(os.path.join(root, name), "user.rsync.%stat", value)
        stamp(os.path.join(root, name), T0)
    put(root + "/plain", b"plain", T0)
    settle_dirs(root)


@scenery("many-modes")
def many_modes(root):
    from matrix import modes_for_all
    modes_for_all(root)


@scenery("modes-flat")
def modes_flat(root):
    """The same names, all with the same ordinary modes."""
    from matrix import modes_for_all
    modes_for_all(root)
    for here, dirs, files in os.walk(root):
        for n in files:
            os.chmod(os.path.join(here, n), 0o644)
        for n in dirs:
            os.chmod(os.path.join(here, n), 0o755)


@scenery("ages")
def ages(root):
    from matrix import times
    times(root)


@scenery("atimes")
def atimes(root):
    """Access times of their own."""
    copy(general_tree(), root)
    for i, name in enumerate(("a.txt", "empty", "sub/one.c", "sub/deep/three", "sub", "hollow")):
        path = os.path.join(root, name)
        os.utime(path, ns=((T0 + 1000 * i) * 10**9 + 777, os.stat(path).st_mtime_ns))


@scenery("executables")
def executables(root):
    from options import executable
    executable(root)


OLD_NEW = {"protocols": (29, 30, 32)}
ONE = {"root": "giving files away"}
ids = lambda *more, **fields: dict(ONE, **fields)

MODES = [
    ("perms", "-aii", "many-modes", {"to": "modes-flat", "protocols": (27, 29, 32)}),
    ("no-perms", "-rltii", "many-modes", {"to": "modes-flat"}),
    ("no-perms-fresh", "-rltii", "many-modes", {"protocols": (29, 32)}),
    ("executability", "-rltiiE", "many-modes", {"to": "modes-flat", "protocols": (29, 32)}),
    ("executability-fresh", "-rltiiE", "executables", {}),
    ("executability-perms", "-rltiipE", "many-modes", {"to": "modes-flat"}),
    ("chmod", "-aii --chmod=D751,Fu=rw,g-w,o-r", "many-modes", {"to": "modes-flat", "protocols": (29, 32)}),
    ("chmod-octal", "-aii --chmod=F640,D2750", "many-modes", {}),
    ("chmod-x", "-aii --chmod=a+X,go-w", "many-modes", {"to": "modes-flat"}),
    ("chmod-bits", "-aii --chmod=u+s,g+s,+t", "many-modes", {}),
    ("chmod-twice", "-aii --chmod=go= --chmod=Dg+rx", "many-modes", {}),
    ("chmod-no-perms", "-rtii --chmod=ugo=rwX", "many-modes", {"to": "modes-flat"}),
    ("chmod-executability", "-rtiiE --chmod=Fa-x", "executables", {"to": "executables"}),
    ("incoming-chmod", "-aii", "many-modes", {"conf": {"incoming_chmod": "D755,F644"}, "roles": ("push",), "protocols": (29, 32)}),
    ("outgoing-chmod", "-aii", "many-modes", {"conf": {"outgoing_chmod": "D700,F600"}, "roles": ("pull",), "protocols": (29, 32)}),
    ("super", "-aii --super", "general", {"to": "older"}),
    ("no-super", "-aii --no-super", "odd-owners", dict(ONE)),
    ("no-owner", "-aii --no-o", "odd-owners", dict(ONE)),
    ("no-group", "-aii --no-g", "odd-owners", dict(ONE)),
    ("owners", "-aii", "odd-owners", dict(ONE, protocols=(27, 29, 30, 31, 32))),
    ("owners-differ", "-aii", "general", dict(ONE, to="attrs-differ")),
    ("numeric-ids", "-aii --numeric-ids", "odd-owners", dict(ONE, **OLD_NEW)),
    ("usermap", "-aii --usermap=1:2,1234:5,*:7", "odd-owners", dict(ONE, protocols=(29, 32))),
    ("usermap-names", "-aii --usermap=daemon:bin,root:nobody", "odd-owners", dict(ONE)),
    ("usermap-range", "-aii --usermap=1-2000:9", "odd-owners", dict(ONE)),
    ("groupmap", "-aii --groupmap=1:2,4000-5000:77,*:8", "odd-owners", dict(ONE, protocols=(29, 32))),
    ("groupmap-wild", "-aii --groupmap=da*:mail", "odd-owners", dict(ONE)),
    ("maps-numeric", "-aii --numeric-ids --usermap=1:2 --groupmap=1:2", "odd-owners", dict(ONE)),
    ("maps-empty-name", "-aii --usermap=:99 --numeric-ids", "odd-owners", dict(ONE)),
    ("chown", "-aii --chown=daemon:mail", "odd-owners", dict(ONE, protocols=(29, 32))),
    ("chown-user", "-aii --chown=9", "odd-owners", dict(ONE)),
    ("chown-group", "-aii --chown=:9", "odd-owners", dict(ONE)),
    ("chown-specials", "-aii --chown=3:4", "nodes", dict(ONE)),
    ("devices", "-aii", "nodes", dict(ONE, **OLD_NEW)),
    ("devices-only", "-rltii --devices", "nodes", dict(ONE)),
    ("specials-only", "-rltii --specials", "nodes", dict(ONE)),
    ("no-devices", "-aii --no-D", "nodes", dict(ONE)),
    ("drop-devices", "-aii --drop-D", "nodes", dict(ONE)),
]
TIMES = [
    ("times", "-aii", "ages", {"protocols": (30, 31, 32)}),
    ("times-old", "-aii", "general", {"protocols": (27, 28, 29), "to": "older"}),
    ("no-times", "-rlpgoDii", "ages", {}),
    ("no-times-again", "-rlpgoDii", "general", {"to": "older"}),
    ("omit-dir-times", "-aiiO", "general", {"to": "older", "protocols": (29, 32)}),
    ("omit-link-times", "-aiiJ", "general", {"to": "older", "protocols": (29, 32)}),
    ("omit-both", "-aiiOJ", "general", {"to": "older"}),
    ("omit-dir-times-fresh", "-aiiO", "general", {}),
    ("modify-window", "-aii --modify-window=1", "general", {"to": "times-off", "protocols": (29, 32)}),
    ("modify-window-none", "-aii -@-1", "general", {"to": "times-off", "protocols": (29, 30, 31, 32)}),
    ("modify-window-zero", "-aii -@0", "general", {"to": "times-off"}),
    ("update", "-aiiu", "general", {"to": "newer", "protocols": (29, 32)}),
    ("update-window", "-aiiu -@2", "general", {"to": "times-off"}),
    ("atimes", "-aiiU", "atimes", {"to": "older", "atimes": True, "protocols": (29, 30, 31, 32), "rc": None}),
    ("atimes-fresh", "-aiiU", "atimes", {"atimes": True}),
    ("atimes-twice", "-aiiUU", "atimes", {"to": "older", "atimes": True}),
    ("atimes-no-times", "-rlpiiU", "atimes", {"to": "older", "atimes": True}),
    ("atimes-omit", "-aiiUO", "atimes", {"to": "older", "atimes": True}),
    ("atimes-stats", "-aiiU --stats --open-noatime", "atimes", {"to": "older", "atimes": True}),
    ("crtimes", "-aiiN", "general", {"to": "older", "rc": None}),
    ("open-noatime", "-aii --open-noatime", "atimes", {"to": "older", "atimes": True, "protocols": (29, 32)}),
]


@scenery("times-off")
def times_off(root):
    """The same contents, times a little off."""
    copy(general_tree(), root)
    for name, when in (("a.txt", (T0 + 1, 5)), ("big.bin", (T0 + 4, 5)), ("sub/one.c", T0 + 6), ("sub/two.o", T0 + 3), ("empty", (T0 + 2, 999_999_999))):
        stamp(os.path.join(root, name), when)
    settle_dirs(root)


ACLS = [
    ("acls", "-aiiA", "acls", {"protocols": (29, 30, 31, 32), "rc": None}),
    ("acls-over", "-aiiA", "acls", {"to": "acls-before", "protocols": (29, 30, 32), "rc": None}),
    ("acls-numeric", "-aiiA --numeric-ids", "acls", {"to": "acls-before"}),
    ("acls-plain-source", "-aiiA", "general", {"to": "older"}),
    ("acls-delete", "-aiiA --delete", "general", {"to": "acls-before"}),
    ("acls-chmod", "-aiiA --chmod=go-w", "acls", {"to": "acls-before"}),
    ("acls-usermap", "-aiiA --usermap=1:2,*:9", "acls", {}),
    ("acls-groupmap", "-aiiA --groupmap=1:2", "acls", {}),
    ("acls-no-perms", "-rltiiA", "acls", {"to": "acls-before"}),
    ("acls-inplace", "-aiiAI --inplace", "acls", {"to": "acls-before"}),
    ("acls-hard-links", "-aiiAH", "hardlinks", {"to": "hardlinks-before"}),
    ("acls-link-dest", "-aiiA --link-dest=../ref", "acls", {"to": {"dst": "none", "ref": "acls-before"}}),
    ("acls-link-dest-same", "-aiiA --link-dest=../ref", "acls", {"to": {"dst": "none", "ref": "acls"}}),
    ("acls-backup", "-aiiAbI", "acls", {"to": "acls-before"}),
    ("acls-dest-default", "-rtii", "general", {"to": "acls-before"}),
    ("acls-dest-default-perms", "-aii", "general", {"to": "acls-before"}),
    ("acls-xattrs", "-aiiAX", "acls", {"to": "acls-before"}),
    ("acls-fake-super", "-aiiA --fake-super", "acls", {"to": "acls-before", "rc": None}),
    ("acls-remote-fake-super", "-aiiA -M--fake-super", "acls", {"rc": None}),
]
XATTRS = [
    ("xattrs", "-aiiX", "xattrs", {"protocols": (29, 30, 31, 32), "rc": None, "edge": True}),
    ("xattrs-over", "-aiiX", "xattrs", {"to": "xattrs-before", "protocols": (30, 31, 32)}),
    ("xattrs-twice", "-aiiXX", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-same", "-aiiX", "xattrs", {"to": "xattrs"}),
    ("xattrs-ignore-times", "-aiiXI", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-checksum", "-aiiXc", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-hard-links", "-aiiXH", "xattrs-hard-links", {"protocols": (30, 32)}),
    ("xattrs-no-inc", "-aiiX --no-i-r", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-filter", "-aiiX --filter='-x user.s*'", "xattrs", {"to": "xattrs-before", "rc": None}),
    ("xattrs-filter-two", "-aiiX --filter='+x user.n*' --filter='-x *'", "xattrs", {"to": "xattrs-before", "rc": None}),
    ("xattrs-link-dest", "-aiiX --link-dest=../ref", "xattrs", {"to": {"dst": "none", "ref": "xattrs-before"}}),
    ("xattrs-link-dest-same", "-aiiX --link-dest=../ref", "xattrs", {"to": {"dst": "none", "ref": "xattrs"}}),
    ("xattrs-copy-dest", "-aiiX --copy-dest=../ref", "xattrs", {"to": {"dst": "none", "ref": "xattrs-before"}}),
    ("xattrs-inplace", "-aiiXI --inplace", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-backup", "-aiiXbI", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-delay", "-aiiXI --delay-updates", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-not-asked", "-aii", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-delta", "-aiiXI --no-W", "xattrs", {"to": "xattrs-before"}),
    ("xattrs-compress", "-aiiXz", "xattrs", {"to": "xattrs-before"}),
]
FAKES = [
    ("fake-super-remote", "-aii -M--fake-super", "nodes", dict(ONE, protocols=(29, 32), rc=None)),
    ("fake-super-module", "-aii", "nodes", dict(ONE, conf={"fake_super": "yes"}, protocols=(29, 30, 32))),
    ("fake-super-module-again", "-aii", "nodes", dict(ONE, conf={"fake_super": "yes"}, to="faked", roles=("push",), rc=None, dry=False)),
    ("fake-super-read", "-aii -M--fake-super", "faked", dict(ONE, rc=None)),
    ("fake-super-read-module", "-aii", "faked", dict(ONE, conf={"fake_super": "yes"}, roles=("pull",), rc=None)),
    ("fake-super-read-xattrs", "-aiiX -M--fake-super", "faked", dict(ONE, rc=None)),
    ("fake-super-owners", "-aii -M--fake-super", "odd-owners", dict(ONE)),
    ("fake-super-hard-links", "-aiiH -M--fake-super", "hardlinks", dict(ONE)),
    ("fake-super-xattrs", "-aiiX -M--fake-super", "xattrs", dict(ONE)),
    ("fake-super-local", "-aii --fake-super", "odd-owners", dict(ONE)),
    ("fake-super-not-read", "-aii", "faked", dict(ONE)),
    ("fake-super-not-root", "-aii", "nodes", dict(ONE, conf={"fake_super": "yes", "uid": "1", "gid": "1"}, roles=("pull",), rc=None, dry=False)),
]

table("optable_attributes", MODES + TIMES)
table("optable_attributes", ACLS, lacks="" if HAS_ACL else "access lists")
table("optable_attributes", XATTRS + FAKES, lacks="" if HAS_XATTR else "extended attributes of a user")
