"""Where a file's basis comes from and how the new one gets to its place: options, trees, roles, protocols as a table."""
import os

from optable import scenery, table
from trees import T0, copy, general_tree, noise, older_tree, put, settle_dirs, stamp

FOUR = (29, 30, 31, 32)
ALL = (27, 28, 29, 30, 31, 32)


@scenery("attrs-differ")
def attrs_differ(root):
    """The general tree with the same contents and times, but other modes, and owners where we may give files away."""
    copy(general_tree(), root)
    os.chmod(root + "/a.txt", 0o600)
    os.chmod(root + "/sub/deep/three", 0o711)
    if os.geteuid() == 0:
        os.chown(root + "/sub/two.o", 12, 34)
        stamp(root + "/sub/two.o", T0 + 5)
    settle_dirs(root)


@scenery("times-differ")
def times_differ(root):
    """The same contents, other times."""
    copy(general_tree(), root)
    for name in ("a.txt", "big.bin", "sub/one.c"):
        stamp(os.path.join(root, name), T0 - 77)
    settle_dirs(root, T0 - 70)


@scenery("half")
def half(root):
    """Some of the general tree's files as they are, one changed, one as a directory."""
    copy(general_tree(), root)
    os.unlink(root + "/big.bin")
    put(root + "/sub/one.c", b"int two;\n" * 40, T0 + 4, 0o640)
    os.unlink(root + "/sub/two.o")
    put(root + "/sub/two.o/inside", b"x", T0)
    settle_dirs(root)


@scenery("other-half")
def other_half(root):
    """What `half` lacks, and a copy of the rest that is older."""
    copy(older_tree(), root)
    copy(general_tree() + "/sub", root + "/sub")
    settle_dirs(root)


@scenery("extra")
def extra(root):
    """The older tree and names the source does not have."""
    copy(older_tree(), root)
    for name in ("gone", "sub/gone.o", "old/a", "old/b/c"):
        put(os.path.join(root, name), name, T0 - 500)
    settle_dirs(root, T0 - 60)


@scenery("backed-up")
def backed_up(root):
    """The older tree with backups of an earlier run, some in each other's way."""
    copy(older_tree(), root)
    put(root + "/a.txt~", b"an earlier one\n", T0 - 900)
    put(root + "/big.bin~/in the way", b"x", T0 - 900)
    put(root + "/gone", b"gone", T0 - 500)
    put(root + "/gone~", b"a backup", T0 - 500)
    settle_dirs(root, T0 - 60)


def prefix(root, change=lambda d: d, mtime=T0 - 9):
    for name, seed, size in (("blob", 7, 400_000), ("sub/log", 8, 90_000)):
        put(os.path.join(root, name), change(noise(seed, size)), mtime)
    put(root + "/same", b"same\n", T0)
    settle_dirs(root, T0 - 60)


scenery("blobs")(lambda root: prefix(root, mtime=T0))
scenery("blobs-cut")(lambda root: prefix(root, lambda d: d[:len(d) // 3]))
scenery("blobs-cut-new")(lambda root: prefix(root, lambda d: d[:len(d) // 3], T0 + 9))
scenery("blobs-longer")(lambda root: prefix(root, lambda d: d + b"grown here"))
scenery("blobs-cut-bad")(lambda root: prefix(root, lambda d: d[:5000] + b"BAD" + d[5003:len(d) // 3]))
scenery("blobs-changed")(lambda root: prefix(root, lambda d: d[:20_000] + b"changed" + d[20_007:60_000] + d[61_000:]))
scenery("blobs-moved")(lambda root: prefix(root, lambda d: b"in front" + d))
scenery("blobs-shrunk")(lambda root: prefix(root, lambda d: d + noise(99, 50_000)))


@scenery("blobs-partial")
def blobs_partial(root):
    """What two broken-off transfers with --partial-dir left: one good, one of an old version; nothing at the names themselves."""
    put(root + "/.part/blob", noise(7, 400_000)[:150_000], T0 - 3, 0o600)
    put(root + "/sub/.part/log", b"BAD" + noise(8, 90_000)[3:40_000], T0 - 3, 0o600)
    put(root + "/same", b"same\n", T0)
    settle_dirs(root, T0 - 60)


@scenery("blobs-partial-and-old")
def blobs_partial_and_old(root):
    """The same beside older files; and a whole, finished one."""
    prefix(root, lambda d: b"old" + d[3:30_000])
    put(root + "/.part/blob", noise(7, 400_000)[:150_000], T0 - 3, 0o600)
    put(root + "/sub/.part/log", noise(8, 90_000), T0, 0o644)
    put(root + "/sub/.part/unrelated", b"of somebody else", T0)
    settle_dirs(root, T0 - 60)


@scenery("part-is-a-file")
def part_is_a_file(root):
    prefix(root, lambda d: d[:30_000])
    put(root + "/.part", b"a file where the directory would be", T0)
    settle_dirs(root, T0 - 60)


@scenery("central-partial")
def central_partial(root):
    put(root + "/blob", noise(7, 400_000)[:150_000], T0 - 3, 0o600)
    settle_dirs(root, T0 - 60)


@scenery("fuzzy-now")
def fuzzy_now(root):
    put(root + "/report-2021.txt", noise(20, 40_000), T0)
    put(root + "/sub/picture.v2.raw", b"new head" + noise(21, 60_000), T0 + 1)
    put(root + "/sub/tiny.9", b"tiny", T0 + 1)
    put(root + "/moved/data.bin", noise(22, 30_000), T0 + 2)
    put(root + "/plain", b"plain", T0)
    settle_dirs(root)


@scenery("fuzzy-then")
def fuzzy_then(root):
    put(root + "/report-2020.txt", noise(20, 40_000), T0)
    put(root + "/report-1999.txt", noise(24, 40_000), T0 - 9)
    put(root + "/sub/picture.v1.raw", noise(21, 60_000), T0 - 1)
    put(root + "/sub/pictures", b"another", T0 - 1)
    put(root + "/sub/tiny.8", b"tiny", T0 - 5)
    put(root + "/moved/nothing alike", noise(22, 30_000), T0 + 2)
    put(root + "/plain", b"plain", T0)
    settle_dirs(root, T0 - 60)


@scenery("fuzzy-empty")
def fuzzy_empty(root):
    for d in ("sub", "moved"):
        os.makedirs(os.path.join(root, d))
    put(root + "/plain", b"plain", T0)
    settle_dirs(root, T0 - 60)


@scenery("holes")
def holes(root):
    put(root + "/mostly", b"a" + bytes(900_000) + b"b", T0)
    put(root + "/tail", noise(30, 70_000) + bytes(400_000), T0)
    put(root + "/all", bytes(500_000), T0)
    put(root + "/mixed", b"".join(noise(i, 40_000) + bytes(120_000) for i in range(3)), T0)
    put(root + "/none", noise(31, 200_000), T0)
    settle_dirs(root)


@scenery("holes-before")
def holes_before(root):
    """Full files where holes come, and one that gets shorter."""
    put(root + "/mostly", noise(32, 900_002), T0 - 5)
    put(root + "/tail", noise(30, 70_000) + noise(33, 500_000), T0 - 5)
    put(root + "/mixed", noise(0, 40_000) + noise(34, 440_000), T0 - 5)
    settle_dirs(root, T0 - 60)


@scenery("node")
def node(root):
    os.mknod(root + "/disk", 0o020600, os.makedev(1, 3))
    stamp(root + "/disk", T0 - 5)
    put(root + "/f", b"f", T0)
    settle_dirs(root)


@scenery("node-image")
def node_image(root):
    put(root + "/disk", noise(40, 20_000), T0)
    put(root + "/f", b"f", T0)
    settle_dirs(root)


@scenery("links-now")
def links_now(root):
    """Two links to one file, beside single ones, as a nightly copy finds them."""
    put(root + "/one", noise(50, 9000), T0)
    os.link(root + "/one", root + "/two")
    put(root + "/sub/three", noise(51, 9000), T0)
    os.link(root + "/sub/three", root + "/sub/four")
    put(root + "/alone", b"alone", T0)
    os.symlink("alone", root + "/sym")
    stamp(root + "/sym", T0)
    settle_dirs(root)


@scenery("links-then")
def links_then(root):
    """The night before: one pair the same, one with other contents and not linked."""
    put(root + "/one", noise(50, 9000), T0)
    os.link(root + "/one", root + "/two")
    put(root + "/sub/three", b"x" + noise(51, 8999), T0 - 5)
    put(root + "/sub/four", noise(51, 9000), T0)
    put(root + "/alone", b"alone", T0)
    os.symlink("alone", root + "/sym")
    stamp(root + "/sym", T0)
    settle_dirs(root)


@scenery("special-now")
def special_now(root):
    os.mkfifo(root + "/pipe", 0o640)
    stamp(root + "/pipe", T0)
    os.symlink("a", root + "/sym")
    stamp(root + "/sym", T0)
    put(root + "/f", b"f", T0)
    settle_dirs(root)


ref = lambda dst="none", **more: {"to": {"dst": dst, **more}}
both = lambda *fields: {k: v for f in fields for k, v in f.items()}
at = lambda *protocols: {"protocols": protocols}
PUSH, PULL = {"roles": ("push",)}, {"roles": ("pull",)}
ROOT = {"root": "making devices"}

DESTS = []
for kind in ("compare", "copy", "link"):
    o = f"--{kind}-dest"
    DESTS += [
        (f"{kind}-same", f"-aii {o}=../ref", "general", both(ref(ref="general"), {"protocols": ALL, "edge": kind == "link"})),
        (f"{kind}-older", f"-aii {o}=../ref --stats", "general", both(ref(ref="older"), at(*FOUR))),
        (f"{kind}-attrs", f"-aii {o}=../ref", "general", both(ref(ref="attrs-differ"), at(29, 32))),
        (f"{kind}-times", f"-aii {o}=../ref", "general", ref(ref="times-differ")),
        (f"{kind}-times-checksum", f"-aiic {o}=../ref", "general", both(ref(ref="times-differ"), at(29, 32))),
        (f"{kind}-size-only", f"-aii --size-only {o}=../ref", "general", ref(ref="times-differ")),
        (f"{kind}-ignore-times", f"-aiiI {o}=../ref", "general", ref(ref="general")),
        (f"{kind}-no-times", f"-rlpgoii {o}=../ref", "general", ref(ref="times-differ")),
        (f"{kind}-several", f"-aii {o}=../one {o}=../two", "general", both(ref(one="half", two="other-half"), at(29, 30, 32))),
        (f"{kind}-several-over-older", f"-aii {o}=../one {o}=../two", "general", ref("older", one="half", two="other-half")),
        (f"{kind}-into-present", f"-aii {o}=../ref", "general", ref("general", ref="general")),
        (f"{kind}-into-attrs", f"-aii {o}=../ref", "general", ref("attrs-differ", ref="general")),
        (f"{kind}-absolute", f"-aii {o}=/ref", "general", both(ref(ref="general"), PUSH)),
        (f"{kind}-missing", f"-aii {o}=../nowhere", "general", ref(ref="general")),
        (f"{kind}-is-a-file", f"-aii {o}=../ref/a.txt", "general", ref(ref="general")),
        (f"{kind}-out-of-the-module", f"-aii {o}=../../ref", "general", both(ref(ref="general"), PUSH)),
        (f"{kind}-inside", f"-aii {o}=ref --exclude=/ref", "general", {"to": {"dst": "none", "dst/ref": "general"}}),
        (f"{kind}-deletes", f"-aii --delete {o}=../ref", "general", ref("extra", ref="general")),
        # Stock hangs in this one with --compare-dest from protocol 30 on.
        (f"{kind}-hard-links", f"-aiiH {o}=../ref", "links-now", both(ref(ref="links-then"), at(*(FOUR if kind != "compare" else (29,))))),
        (f"{kind}-hard-links-same", f"-aiiH {o}=../ref", "links-now", both(ref(ref="links-now"), at(29, 32))),
        (f"{kind}-hard-links-older-present", f"-aiiH {o}=../ref", "links-now", ref("links-then", ref="links-now")),
        (f"{kind}-specials", f"-aii {o}=../ref", "special-now", ref(ref="special-now")),
        # In a module without chroot, stock looks for similar files at the wrong place when `../ref` or `/ref` is asked for.
        (f"{kind}-fuzzy", f"-aiiyy --stats {o}=../ref", "fuzzy-now", both(ref("fuzzy-empty", ref="fuzzy-then"), at(29, 32), PULL)),
        (f"{kind}-fuzzy-inside", f"-aiiyy --stats {o}=ref --exclude=/ref", "fuzzy-now", both({"to": {"dst": "fuzzy-empty", "dst/ref": "fuzzy-then"}}, at(29, 32))),
        (f"{kind}-fuzzy-chroot", f"-aiiyy --stats {o}=../ref", "fuzzy-now", both(ref("fuzzy-empty", ref="fuzzy-then"), PUSH, {"conf": {"use_chroot": "yes"}, "root": "chroot"})),
        (f"{kind}-inplace", f"-aii --inplace {o}=../ref", "general", ref("older", ref="general")),
        (f"{kind}-backup", f"-aiib {o}=../ref", "general", ref("older", ref="other-half")),
        (f"{kind}-whole", f"-aiiW --stats {o}=../ref", "general", ref(ref="older")),
        (f"{kind}-existing", f"-aii --ignore-existing {o}=../ref", "general", ref("older", ref="general")),
        (f"{kind}-relative", f"-aiiR {o}=../ref", "general", both(ref(ref="general"), {"args": ("src/./sub/deep/",)})),
        (f"{kind}-one-file", f"-aii {o}=../ref", "general", both(ref(ref="general"), {"args": ("src/a.txt",)})),
        (f"{kind}-new-directory", f"-aii {o}=../../ref", "general", both(ref(ref="general"), {"dest": "dst/new/"})),
        (f"{kind}-no-inc", f"-aii --no-i-r {o}=../ref", "general", ref(ref="half")),
        (f"{kind}-delay", f"-aii --delay-updates {o}=../ref", "general", ref("older", ref="half")),
        (f"{kind}-verbose", f"-avv {o}=../ref", "general", ref(ref="half")),
    ]
table("optable_basis", DESTS)

UPDATES = [
    # A similar file as the basis.
    ("fuzzy", "-aiiy --stats", "fuzzy-now", {"to": "fuzzy-then", "protocols": FOUR}),
    ("fuzzy-delete", "-aiiy --stats --delete", "fuzzy-now", {"to": "fuzzy-then"}),
    ("fuzzy-delete-before", "-aiiy --stats --delete-before", "fuzzy-now", {"to": "fuzzy-then"}),
    ("fuzzy-delete-after", "-aiiy --stats --delete-after", "fuzzy-now", {"to": "fuzzy-then"}),
    ("fuzzy-twice", "-aiiyy --stats", "fuzzy-now", {"to": "fuzzy-then"}),
    ("fuzzy-whole", "-aiiyW --stats", "fuzzy-now", {"to": "fuzzy-then"}),
    ("fuzzy-inplace", "-aiiy --inplace --stats", "fuzzy-now", {"to": "fuzzy-then"}),
    ("fuzzy-partial-dir", "-aiiy --partial-dir=.part --stats", "fuzzy-now", {"to": "fuzzy-then"}),
    ("fuzzy-several-refs", "-aiiyy --stats --compare-dest=../one --compare-dest=../two", "fuzzy-now", both(ref("fuzzy-empty", one="fuzzy-empty", two="fuzzy-then"), PULL)),
    # What an earlier, broken-off run left.
    ("partial", "-aii --partial --stats", "blobs", {"to": "blobs-cut", "protocols": (29, 32)}),
    ("partial-dir", "-aii --partial-dir=.part --stats", "blobs", {"to": "blobs-partial", "protocols": FOUR, "edge": True}),
    ("partial-dir-and-old", "-aii --partial-dir=.part --stats", "blobs", {"to": "blobs-partial-and-old", "protocols": (29, 32)}),
    ("partial-dir-whole", "-aiiW --partial-dir=.part --stats", "blobs", {"to": "blobs-partial-and-old"}),
    ("partial-dir-delete", "-aii --partial-dir=.part --delete", "blobs", {"to": "blobs-partial-and-old"}),
    ("partial-dir-delete-after", "-aii --partial-dir=.part --delete-after", "blobs", {"to": "blobs-partial-and-old"}),
    ("partial-dir-fresh", "-aii --partial-dir=.part", "blobs", {}),
    ("partial-dir-is-a-file", "-aii --partial-dir=.part", "blobs", {"to": "part-is-a-file", "rc": None}),
    ("partial-dir-central", "-aii --partial-dir=../part --stats", "blobs", both(ref("blobs-cut", part="central-partial"), PULL, {"rc": None})),
    ("partial-dir-absolute", "-aii --partial-dir=/part --stats", "blobs", both(ref("blobs-cut", part="central-partial"), PUSH)),
    ("partial-dir-nested", "-aii --partial-dir=.a/b --stats", "blobs", {"to": "blobs-cut"}),
    ("partial-dir-ref", "-aii --partial-dir=.part --copy-dest=../ref --stats", "blobs", ref("blobs-partial", ref="blobs-moved")),
    ("partial-dir-out-of-the-module", "-aii --partial-dir=../../part", "blobs", both(ref("blobs-cut"), PUSH)),
    # Written over the old file.
    ("inplace", "-aii --inplace --stats", "blobs", {"to": "blobs-changed", "protocols": ALL, "edge": True}),
    ("inplace-moved", "-aii --inplace --stats", "blobs", {"to": "blobs-moved", "protocols": FOUR}),
    ("inplace-shrinks", "-aii --inplace --stats", "blobs", {"to": "blobs-shrunk"}),
    ("inplace-grows", "-aii --inplace --stats", "blobs", {"to": "blobs-cut"}),
    ("inplace-whole", "-aiiW --inplace --stats", "blobs", {"to": "blobs-shrunk"}),
    ("inplace-backup", "-aiib --inplace --stats", "blobs", {"to": "blobs-changed", "protocols": (29, 32)}),
    ("inplace-backup-dir", "-aiib --backup-dir=../old --inplace --stats", "blobs", {"to": "blobs-changed", "rc": None}),
    ("inplace-hard-links", "-aiiH --inplace", "links-now", {"to": "links-then"}),
    ("inplace-hard-links-kept", "-aii --inplace", "blobs", {"to": "linked-blobs"}),
    ("inplace-blocked", "-aiiO --inplace", "general", {"to": "blocked", "rc": None, "dry": False}),
    ("inplace-sparse", "-aiiS --inplace", "holes", {"to": "holes-before"}),
    ("inplace-modes", "-aii --inplace", "general", {"to": "attrs-differ"}),
    ("inplace-block-700", "-aii --inplace -B700 --stats", "blobs", {"to": "blobs-moved"}),
    # Only longer.
    ("append", "-aii --append --stats", "blobs", {"to": "blobs-cut", "protocols": FOUR, "edge": True}),
    ("append-newer", "-aii --append --stats", "blobs", {"to": "blobs-cut-new"}),
    ("append-bad", "-aii --append --stats", "blobs", {"to": "blobs-cut-bad", "protocols": FOUR}),
    ("append-longer", "-aii --append --stats", "blobs", {"to": "blobs-longer", "protocols": (29, 32)}),
    ("append-changed", "-aii --append", "blobs", {"to": "blobs-changed"}),
    ("append-fresh", "-aii --append --stats", "blobs", {}),
    ("append-general", "-aii --append", "general", {"to": "older"}),
    ("append-whole", "-aiiW --append", "blobs", {"to": "blobs-cut", "rc": None}),
    ("append-verify", "-aii --append-verify --stats", "blobs", {"to": "blobs-cut", "protocols": FOUR}),
    ("append-verify-bad", "-aii --append-verify --stats", "blobs", {"to": "blobs-cut-bad", "protocols": FOUR}),
    ("append-verify-longer", "-aii --append-verify", "blobs", {"to": "blobs-longer"}),
    ("append-verify-fresh", "-aii --append-verify", "blobs", {}),
    ("append-twice", "-aii --append --append --stats", "blobs", {"to": "blobs-cut-bad"}),
    ("append-backup", "-aiib --append", "blobs", {"to": "blobs-cut", "rc": None}),
    ("append-checksum", "-aiic --append --stats", "blobs", {"to": "blobs-cut"}),
    ("append-compress", "-aiiz --append --stats", "blobs", {"to": "blobs-cut", "protocols": (29, 32)}),
    # Backups.
    ("backup", "-aiib", "general", {"to": "older", "protocols": ALL, "edge": True}),
    ("backup-suffix", "-aiib --suffix=.old", "general", {"to": "older", "protocols": (29, 32)}),
    ("backup-suffix-long", "-aiib --suffix=.2026-11-25_a-rather-long-suffix", "general", {"to": "older"}),
    ("backup-delete", "-aiib --delete", "general", {"to": "extra", "protocols": (29, 32)}),
    ("backup-delete-after", "-aiib --delete-after", "general", {"to": "extra"}),
    ("backup-delete-backed-up", "-aiib --delete", "general", {"to": "backed-up", "rc": None, "dry": False}),
    ("backup-backed-up", "-aiib", "general", {"to": "backed-up", "rc": None, "dry": False}),
    ("backup-dir", "-aiib --backup-dir=.old", "general", {"to": "older", "protocols": FOUR}),
    ("backup-dir-delete", "-aiib --backup-dir=.old --delete", "general", {"to": "extra"}),
    ("backup-dir-delete-before", "-aiib --backup-dir=.old --delete-before", "general", {"to": "extra"}),
    ("backup-dir-outside", "-aiib --backup-dir=../old --delete", "general", {"to": "extra", "protocols": (29, 32)}),
    ("backup-dir-outside-present", "-aiib --backup-dir=../old --delete", "general", ref("extra", old="older")),
    ("backup-dir-absolute", "-aiib --backup-dir=/old --delete", "general", {"to": "extra", "roles": ("push",)}),
    ("backup-dir-suffix", "-aiib --backup-dir=../old --suffix=.bak --delete", "general", {"to": "extra"}),
    ("backup-dir-out-of-the-module", "-aiib --backup-dir=../../old --delete", "general", {"to": "extra", "roles": ("push",)}),
    ("backup-dir-is-a-file", "-aiib --backup-dir=empty", "general", {"to": "older", "rc": None, "dry": False}),
    ("backup-dir-nested", "-aiib --backup-dir=.old/a/b", "general", {"to": "older"}),
    ("backup-hard-links", "-aiibH", "hardlinks", {"to": "hardlinks-before", "protocols": (29, 32)}),
    ("backup-blocked", "-aiib", "general", {"to": "blocked", "rc": None, "dry": False}),
    ("backup-force", "-aiib --force", "general", {"to": "blocked", "rc": None, "dry": False}),
    ("backup-delay", "-aiib --delay-updates", "general", {"to": "older"}),
    ("backup-links", "-aiib", "general", {"to": "attrs-differ"}),
    ("backup-relative", "-aiibR --backup-dir=../old", "general", {"to": {"dst": "none", "dst/sub": "blobs"}, "args": ("src/./sub/",), "rc": None}),
    ("backup-verbose", "-avvb --delete", "general", {"to": "extra"}),
    ("backup-no-times", "-rlpiib", "general", {"to": "older"}),
    ("backup-omit-dir-times", "-aiibO", "general", {"to": "older"}),
    # All at the end.
    ("delay-updates", "-aii --delay-updates", "general", {"to": "older", "protocols": FOUR, "edge": True}),
    ("delay-updates-fresh", "-aii --delay-updates", "general", {"protocols": (29, 32)}),
    ("delay-updates-delete", "-aii --delay-updates --delete", "general", {"to": "extra"}),
    ("delay-updates-delete-before", "-aii --delay-updates --delete-before", "general", {"to": "extra"}),
    ("delay-updates-partial", "-aii --delay-updates --partial-dir=.part --stats", "blobs", {"to": "blobs-partial-and-old"}),
    ("delay-updates-left", "-aii --delay-updates --stats", "general", {"to": {"dst": "older", "dst/.~tmp~": "half"}}),
    ("delay-updates-hard-links", "-aiiH --delay-updates", "hardlinks", {"to": "hardlinks-before", "protocols": (29, 32)}),
    ("delay-updates-temp", "-aii --delay-updates --temp-dir=tmp", "general", {"to": {"dst": "older", "dst/tmp": "none"}}),
    ("delay-updates-inplace", "-aii --delay-updates --inplace", "general", {"to": "older", "rc": None}),
    ("delay-updates-blocked", "-aii --delay-updates", "general", {"to": "blocked", "rc": None, "dry": False}),
    ("delay-updates-verbose", "-avv --delay-updates", "general", {"to": "older"}),
    # Where the new file is made.
    ("temp-dir", "-aii --temp-dir=tmp", "general", {"to": {"dst": "older", "dst/tmp": "none"}, "protocols": (29, 32)}),
    ("temp-dir-beside", "-aii --temp-dir=../tmp", "general", both(ref("older", tmp="none"), {"rc": None})),
    ("temp-dir-absolute", "-aii --temp-dir=/tmp", "general", both(ref("older", tmp="none"), PUSH)),
    ("temp-dir-inside", "-aii -T sub", "general", {"to": "older"}),
    ("temp-dir-missing", "-aii --temp-dir=../nowhere", "general", {"to": "older", "rc": None, "dry": False}),
    ("temp-dir-is-a-file", "-aii --temp-dir=a.txt", "general", {"to": "older", "rc": None, "dry": False}),
    ("temp-dir-partial", "-aii --temp-dir=tmp --partial-dir=.part --stats", "blobs", {"to": {"dst": "blobs-partial-and-old", "dst/tmp": "none"}}),
    ("temp-dir-hard-links", "-aiiH --temp-dir=tmp", "hardlinks", {"to": {"dst": "hardlinks-before", "dst/tmp": "none"}}),
    # Holes and room.
    ("sparse", "-aiiS", "holes", {"protocols": FOUR}),
    ("sparse-over", "-aiiS --stats", "holes", {"to": "holes-before", "protocols": (29, 32)}),
    ("sparse-whole", "-aiiSW", "holes", {"to": "holes-before"}),
    ("sparse-compress", "-aiiSz", "holes", {"to": "holes-before"}),
    ("sparse-inplace-fresh", "-aiiS --inplace", "holes", {}),
    ("sparse-inplace-shrinks", "-aiiS --inplace --stats", "blobs", {"to": "blobs-shrunk"}),
    ("sparse-append", "-aiiS --append", "blobs", {"to": "blobs-cut", "rc": None}),
    ("not-sparse", "-aii", "holes", {"to": "holes-before"}),
    ("preallocate", "-aii --preallocate", "holes", {"protocols": (29, 32)}),
    ("preallocate-over", "-aii --preallocate", "holes", {"to": "holes-before"}),
    ("preallocate-inplace", "-aii --preallocate --inplace", "holes", {"to": "holes-before"}),
    ("preallocate-general", "-aii --preallocate", "general", {"to": "older"}),
    # Devices as files.
    ("write-devices", "-aii --write-devices", "node-image", both(ROOT, {"to": "node", "conf": {"refuse_options": "!write-devices"}, "dry": False})),
    ("write-devices-refused", "-aii --write-devices", "node-image", both(ROOT, PUSH, {"to": "node", "rc": None})),
    ("write-devices-whole", "-aiiW --write-devices", "node-image", both(ROOT, {"to": "node", "conf": {"refuse_options": "!write-devices"}, "dry": False})),
    ("copy-devices", "-aii --copy-devices", "node", both(ROOT, {"conf": {"refuse_options": "!copy-devices"}})),
    ("copy-devices-over", "-aii --copy-devices", "node", both(ROOT, {"to": "node-image", "conf": {"refuse_options": "!copy-devices"}})),
    ("not-devices", "-aii", "node-image", both(ROOT, {"to": "node"})),
    # What happens to the disk only.
    ("fsync", "-aii --fsync", "general", {"to": "older", "protocols": (29, 32)}),
    ("fsync-fresh", "-aii --fsync --delay-updates", "general", {}),
    # New directories, missing arguments.
    ("mkpath", "-aii --mkpath", "general", {"dest": "dst/a/b/c/", "protocols": (29, 32), "dry": False}),
    ("mkpath-dry", "-aiin --mkpath", "general", {"dest": "dst/a/b/c/", "dry": False}),
    ("mkpath-file", "-aii --mkpath", "general", {"args": ("src/a.txt",), "dest": "dst/a/b/c", "dry": False}),
    ("mkpath-file-into", "-aii --mkpath", "general", {"args": ("src/a.txt",), "dest": "dst/a/b/c/", "dry": False}),
    ("mkpath-present", "-aii --mkpath", "general", {"to": "older"}),
    ("mkpath-through-a-file", "-aii --mkpath", "general", {"to": "older", "dest": "dst/a.txt/b/", "rc": None, "dry": False}),
    ("no-mkpath", "-aii", "general", {"dest": "dst/a/b/c/", "rc": None, "dry": False}),
    ("missing", "-aii", "general", {"args": ("src/a.txt", "src/nowhere", "src/sub"), "rc": 23}),
    ("ignore-missing", "-aii --ignore-missing-args", "general", {"args": ("src/a.txt", "src/nowhere", "src/sub"), "protocols": (29, 30, 32)}),
    ("ignore-missing-all", "-aii --ignore-missing-args", "general", {"args": ("src/nowhere",), "rc": None}),
    ("ignore-missing-delete", "-aii --ignore-missing-args --delete", "general", {"args": ("src/a.txt", "src/nowhere", "src/sub"), "to": "extra"}),
    ("delete-missing", "-aii --delete-missing-args", "general", {"args": ("src/a.txt", "src/gone", "src/old", "src/sub"), "to": "extra", "rc": None, "protocols": (29, 30, 32)}),
    ("delete-missing-delete", "-aii --delete-missing-args --delete", "general", {"args": ("src/a.txt", "src/gone", "src/old"), "to": "extra", "rc": None}),
    ("delete-missing-force", "-aii --delete-missing-args --force", "general", {"args": ("src/a.txt", "src/gone", "src/old"), "to": "extra"}),
    ("delete-missing-backup", "-aiib --delete-missing-args", "general", {"args": ("src/a.txt", "src/gone"), "to": "extra"}),
    ("delete-missing-relative", "-aiiR --delete-missing-args", "general", {"args": ("src/./a.txt", "src/./sub/gone.o"), "to": "extra"}),
    ("delete-missing-absent", "-aii --delete-missing-args", "general", {"args": ("src/a.txt", "src/nowhere"), "to": "older"}),
    # Limits.
    ("max-size", "-aii --max-size=4k", "sized", {}),
    ("max-size-kb", "-aii --max-size=4KB --min-size=511b", "sized", {"protocols": (29, 32)}),
    ("max-size-fraction", "-aii --max-size=1.5K", "sized", {}),
    ("max-size-plus", "-aii --max-size=0.5K+1", "sized", {}),
    ("max-size-delete", "-aii --max-size=1k --delete", "sized", {"to": "sized-more"}),
    ("max-size-verbose", "-avv --max-size=1k --min-size=1", "sized", {}),
    ("min-size-zero", "-aii --min-size=1", "sized", {"to": "sized-more"}),
    ("max-alloc", "-aii --max-alloc=64m", "general", {"to": "older"}),
    ("max-alloc-zero", "-aii --max-alloc=0", "general", {"to": "older"}),
    ("stop-at", "-aii --stop-at={tomorrow}", "general", {"to": "older", "protocols": (29, 32)}),
    ("stop-after", "-aii --stop-after=60", "general", {"to": "older"}),
    ("time-limit", "-aii --time-limit=60", "general", {"to": "older"}),
]


@scenery("linked-blobs")
def linked_blobs(root):
    prefix(root, lambda d: d[:20_000] + b"changed" + d[20_007:])
    os.link(root + "/blob", root + "/blob2")
    settle_dirs(root, T0 - 60)


@scenery("sized-more")
def sized_more(root):
    from options import sized
    sized(root)
    for i, size in enumerate((3, 3000, 30_000)):
        put(os.path.join(root, f"only-here-{size}"), noise(60 + i, size), T0)
    put(root + "/s700", b"another", T0 - 5)
    settle_dirs(root, T0 - 60)


table("optable_basis", UPDATES)
