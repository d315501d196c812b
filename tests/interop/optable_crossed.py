"""Where two options meet, and what -vv, -vvv and --debug say of it, as a table."""
import os

from optable import BOTH, scenery, table
from trees import T0, noise, put, settle_dirs, stamp

PUSH, PULL = {"roles": ("push",)}, {"roles": ("pull",)}


@scenery("crossed")
def crossed(root):
    """Files, of which the other side and its alternate directory have versions of all sorts."""
    for name in ("same-there", "same-there-else-here", "perms-there", "older-there", "shorter-here", "alone"):
        put(os.path.join(root, name), noise(1, 3000), T0)
    put(root + "/d/inner", b"inner", T0)
    settle_dirs(root)


@scenery("crossed-ref")
def crossed_ref(root):
    for name in ("same-there", "same-there-else-here"):
        put(os.path.join(root, name), noise(1, 3000), T0)
    put(root + "/perms-there", noise(1, 3000), T0, 0o600)
    put(root + "/older-there", noise(1, 2000), T0 - 9)
    for name in os.listdir(root):
        os.utime(os.path.join(root, name), ns=(2_000_000_000 * 10**9, os.stat(os.path.join(root, name)).st_mtime_ns))
    settle_dirs(root)


@scenery("crossed-before")
def crossed_before(root):
    put(root + "/same-there-else-here", noise(2, 3500), T0 - 50)
    put(root + "/shorter-here", noise(1, 1400), T0 - 50)
    put(root + "/d/in the way", b"x", T0)
    put(root + "/gone/inner", b"x", T0)
    settle_dirs(root, T0 - 60)


@scenery("kinds-owned")
def kinds_owned(root, owner=0):
    """Fifos and links; what the alternate directory has of them differs in one thing each."""
    for name in ("same", "time", "owner"):
        os.mkfifo(f"{root}/fifo-{name}", 0o640)
        os.symlink("target", f"{root}/link-{name}")
        for kind in ("fifo", "link"):
            path = f"{root}/{kind}-{name}"
            stamp(path, T0 + (owner if name == "time" else 0))
            if name == "owner":
                os.chown(path, owner, 0, follow_symlinks=False)
    settle_dirs(root)


@scenery("kinds-owned-else")
def kinds_owned_else(root):
    kinds_owned(root, 1)


@scenery("leaving")
def leaving(root):
    """Links that lead out of the module to what is not there, to itself, and through a file."""
    put(root + "/file", b"file", T0)
    for name, target in (("away", "/nowhere/at/all"), ("up", "../../../../../../../../nowhere"), ("dangling", "nothing"), ("ring", "ring"), ("through", "file/x")):
        os.symlink(target, os.path.join(root, name))
        stamp(os.path.join(root, name), T0)
    settle_dirs(root)


@scenery("link-before")
def link_before(root):
    """A link to a directory where a directory comes; what it leads to is like that."""
    put(root + "/elsewhere/inner", b"inner", T0)
    os.symlink("elsewhere", root + "/d")
    stamp(root + "/d", T0)
    settle_dirs(root, T0 - 60)


AROUND = {"dst": "crossed-before", "ref": "crossed-ref"}
FRESH = {"dst": "none", "ref": "crossed-ref"}
KINDS = {"dst": "none", "ref": "kinds-owned-else"}
TALK = {"conf": {"max_verbosity": "5"}, "to": "crossed-before", "protocols": (27, 29, 30, 32)}
BASES = [(kind, f"--{kind}-dest=../ref") for kind in ("compare", "copy", "link")]
ROWS = [
    *((f"{kind}-atimes", f"-aiiU {option}", "crossed", {"to": AROUND, "atimes": True}) for kind, option in BASES),
    *((f"{kind}-remove-sources", f"-aii {option} --remove-source-files", "crossed", {"to": AROUND, "protocols": (29, 32)}) for kind, option in BASES),
    *((f"{kind}-vv", f"-avv {option}", "crossed", {"to": FRESH, "protocols": (28, 29, 32), "conf": {"max_verbosity": "5"}}) for kind, option in BASES),
    *((f"{kind}-v-old", f"-av {option} --delete", "crossed", {"to": AROUND, "protocols": (27, 28)}) for kind, option in BASES),
    *((f"{kind}-kinds", f"-aii {option}", "kinds-owned", {"to": KINDS, "protocols": (29, 32)}) for kind, option in BASES),
    *((f"{kind}-kinds-remove", f"-aii {option} --remove-source-files", "kinds-owned", {"to": KINDS}) for kind, option in BASES),
    ("old-names-deleted", "-a --delete --out-format=%n", "crossed", {"to": "crossed-before", "protocols": (27, 28)}),
    ("replaced-link", "-aii", "crossed", {"to": "link-before", "protocols": (28, 29, 32)}),
    ("replaced-link-delete", "-aii --delete-before", "crossed", {"to": "link-before"}),
    ("replaced-link-existing", "-aii --existing", "crossed", {"to": "link-before", "protocols": (29, 32)}),
    ("backup-in-place-xattrs", "-aiiX -b --inplace", "crossed", {"to": "crossed-before"}),
    ("backup-in-place-atimes", "-aiiU -b --inplace", "crossed", {"to": "crossed-before", "atimes": True}),
    ("leaving-copied", "-aiiL", "leaving", {**PULL, "rc": 23, "protocols": (29, 32)}),
    ("leaving-unsafe", "-aii --copy-unsafe-links", "leaving", {**PULL, "rc": 23, "protocols": (29, 32)}),
    ("leaving-unsafe-verbose", "-av --copy-unsafe-links", "leaving", {**PULL, "rc": 23}),
    ("leaving-dirlinks", "-aiik", "leaving", PULL),
    ("talk-vv-delete-before", "-avv --delete-before", "crossed", TALK),
    ("talk-vv-delete-after", "-avv --delete-after", "crossed", {**TALK, "protocols": (29, 32)}),
    ("talk-vv-delta", "-avv --no-W -B700", "crossed", TALK),
    ("talk-capped", "-a -M--debug=send,recv,genr,deltasum2,del,flist", "crossed", {**TALK, "conf": {"max_verbosity": "2"}, "protocols": (29, 32)}),
    ("talk-send", "-a -M--debug=send", "crossed", {**TALK, **PULL}),
    ("talk-search", "-a --no-W -B700 -M--debug=deltasum2", "crossed", {**TALK, **PULL}),
    ("talk-generate", "-a -M--debug=genr --delete", "crossed", {**TALK, **PUSH, "protocols": (29, 32)}),
]
table("optable_crossed", ROWS, root="owners and access times")
