"""Which files are taken: filters, lists of names, links, patterns, several sources, as a table."""
import os

from optable import scenery, table
from trees import T0, put, settle_dirs, stamp


@scenery("forest")
def forest(root):
    """Names for patterns, with rules of their own in some directories."""
    for name in ("a.txt", "b.o", "c.tmp", "README", "[x]", "with blank", "-dash", ".hidden", "caf\u00e9", "d/a.txt", "d/b.o", "d/keep.o", "d/e/a.txt",
                 "d/e/b.o", "d/e/f/a.txt", "d/e/f/deep.o", "e/a.txt", "e/x/y/z.txt", "e/x/y/z.o", "logs/1.log", "logs/2.log", "logs/old/3.log", "CVS/Root",
                 "core", "x~", "only/objects.o", "only/below/more.o"):
        put(os.path.join(root, name), name, T0)
    put(root + "/.rules", "- *.tmp\n", T0)
    put(root + "/d/.rules", "+ keep.o\n- *.o\n", T0)
    put(root + "/d/e/.rules", "!\n- a.txt\n", T0)
    put(root + "/e/.rules", "- /x/y/z.o\nP stays\n", T0)
    put(root + "/.one-sided", "- *.tmp\n", T0)
    put(root + "/d/.one-sided", "+ keep.o\n- *.o\n", T0)
    put(root + "/.rsync-filter", "- /logs/old\n", T0)
    put(root + "/logs/.rsync-filter", "- 1.log\n", T0)
    put(root + "/d/.cvsignore", "a.txt\n*.log\n", T0)
    put(root + "/words", "b.o core\n", T0)
    os.makedirs(root + "/empty/emptier")
    settle_dirs(root)


@scenery("forest-before")
def forest_before(root):
    """Some of it, and names that only this side has, with rules here too."""
    for name in ("a.txt", "b.o", "gone.o", "gone.txt", "d/gone.o", "d/keep.o", "d/e/gone.txt", "e/stays", "e/gone", "logs/old/gone.log", "logs/gone", "old/x.o", "old/y", "CVS/Gone"):
        put(os.path.join(root, name), name, T0 - 9)
    put(root + "/d/.rules", "- gone.o\n", T0 - 9)
    put(root + "/d/.one-sided", "- gone.o\n", T0 - 9)
    put(root + "/old/.rules", "P y\n", T0 - 9)
    put(root + "/.rsync-filter", "- gone.txt\n", T0 - 9)
    settle_dirs(root, T0 - 60)


@scenery("crossing")
def crossing(root):
    """Links inside, out of, and around the tree; what the outward ones point to lies beside `src` or nowhere."""
    put(root + "/real/f", b"f\n", T0)
    put(root + "/real/deep/g", b"g\n", T0)
    put(root + "/file", b"file\n", T0)
    for name, target in (("dirlink", "real"), ("filelink", "file"), ("up", "../src/file"), ("real/back", "../file"), ("real/out", "../../src/real/f"),
                         ("dangling", "nothing"), ("abs", "/nowhere/at/all"), ("dot", ".//file"), ("munged", "/rsyncd-munged/file")):
        os.symlink(target, os.path.join(root, name))
        stamp(os.path.join(root, name), T0)
    settle_dirs(root)


@scenery("crossing-round")
def crossing_round(root):
    """The same with a link to a directory above it: whoever follows links goes round until the system stops it."""
    crossing(root)
    os.symlink("../../real", root + "/real/deep/upup")
    stamp(root + "/real/deep/upup", T0)
    settle_dirs(root)


@scenery("crossing-before")
def crossing_before(root):
    """A link to a directory where a directory comes."""
    put(root + "/elsewhere/kept", b"kept", T0)
    os.symlink("elsewhere", root + "/real")
    stamp(root + "/real", T0)
    settle_dirs(root, T0 - 60)


LIST = "a.txt\nd/e\n/e/x/y/z.txt\n# no comment\n; nor this\nnowhere\n./logs/1.log\nd/b.o\n\nwith blank\n"
PRESENT = "a.txt\nd/e\n/e/x/y/z.txt\n./logs/1.log\nd/b.o\nwith blank\n"
NUL = PRESENT.replace("\n", "\0")
RULES = "# a comment\n\n; another\n- *.o\n+ d/**\n- /logs/\n"
old = {"protocols": (27, 28, 29, 30, 32)}
some = {"protocols": (29, 32)}
PUSH, PULL = {"roles": ("push",)}, {"roles": ("pull",)}
before = {"to": "forest-before"}
fields = lambda *all_of: {k: v for f in all_of for k, v in f.items()}

FILES_FROM = [
    ("from", "-aii --files-from=list", "forest", fields(old, {"cli": {"list": PRESENT}, "edge": True})),
    ("from-missing", "-aii --files-from=list", "forest", {"cli": {"list": LIST}, "rc": 23, "protocols": (29, 30, 32)}),
    ("from-ignore-missing", "-aii --files-from=list --ignore-missing-args", "forest", {"cli": {"list": LIST}}),
    ("from-delete-missing", "-aii --files-from=list --delete-missing-args", "forest", {"cli": {"list": "a.txt\ngone.o\nd/gone.o\n"}, "to": "forest-before"}),
    ("from-recursive", "-aiir --files-from=list", "forest", fields(some, {"cli": {"list": PRESENT}})),
    ("from-nul", "-aii0 --files-from=list", "forest", fields(some, {"cli": {"list": NUL}})),
    ("from-stdin", "-aii --files-from=-", "forest", {"stdin": PRESENT.encode()}),
    ("from-stdin-nul", "-aii --from0 --files-from=-", "forest", {"stdin": NUL.encode()}),
    ("from-no-relative", "-aii --no-R --files-from=list", "forest", {"cli": {"list": "a.txt\nd/e/f/deep.o\ne/x\n"}}),
    ("from-no-dirs", "-aii --no-d --files-from=list", "forest", {"cli": {"list": PRESENT}, "rc": None}),
    ("from-no-implied", "-aii --no-implied-dirs --files-from=list", "forest", {"cli": {"list": PRESENT}}),
    ("from-excludes", "-aii --exclude='*.o' --files-from=list", "forest", {"cli": {"list": "a.txt\nd/b.o\nd\n"}}),
    ("from-delete", "-aiir --delete --files-from=list", "forest", {"cli": {"list": "d/\ne\n"}, "to": "forest-before"}),
    ("from-dots", "-aii --files-from=list", "forest", {"cli": {"list": "d/./e/a.txt\nd/../a.txt\n./e/./x\n"}, "rc": None}),
    ("from-outside", "-aii --files-from=list", "forest", {"cli": {"list": "../../outside\n../src/a.txt\n"}, "rc": None}),
    ("from-absolute", "-aii --files-from=list", "forest", {"cli": {"list": "/a.txt\n//d//b.o\n"}}),
    ("from-slashes", "-aii --files-from=list", "forest", {"cli": {"list": "d/\ne\nempty/\n"}}),
    ("from-twice", "-aii --files-from=list", "forest", {"cli": {"list": "a.txt\na.txt\nd\nd/\nd/b.o\n"}}),
    ("from-crlf", "-aii --files-from=list", "forest", {"cli": {"list": "a.txt\r\nd/b.o\r\n"}}),
    ("from-last-line-open", "-aii --files-from=list", "forest", {"cli": {"list": "a.txt\nd/b.o"}}),
    ("from-empty", "-aii --files-from=list", "forest", {"cli": {"list": ""}, "rc": None}),
    ("from-links", "-aiiL --files-from=list", "crossing", {"cli": {"list": "dirlink/f\nfilelink\n"}}),
    ("from-link-parents", "-aii --files-from=list", "crossing", {"cli": {"list": "dirlink/f\ndirlink\n"}, "rc": None}),
    ("from-many", "-aii --files-from=list", "forest", {"cli": {"list": "".join(f"nowhere/{i}\n" for i in range(3000)) + "a.txt\n"}, "rc": 23, "dry": False}),
    ("from-server", "-aii --files-from=:/src/words", "forest", {**PULL, "rc": None}),
    ("from-server-list", "-aii --files-from=:/src/list", "listed", {**PULL, "protocols": (29, 30, 32)}),
    ("from-server-nul", "-aii0 --files-from=:/src/list0", "listed", PULL),
    ("from-server-push", "-aii --files-from=:/dst/list", "listed", {**PUSH, "to": "listed"}),
    ("from-server-missing", "-aii --files-from=:/src/no-list", "listed", {**PULL, "rc": None}),
    ("from-server-outside", "-aii --files-from=:/../../list", "listed", {**PULL, "rc": None}),
    ("from-secluded", "-aiis --files-from=list", "forest", {"cli": {"list": PRESENT}}),
    ("from-iconv-free", "-aii -8 --files-from=list", "forest", {"cli": {"list": "caf\u00e9\n"}}),
]


@scenery("listed")
def listed(root):
    forest(root)
    put(root + "/list", PRESENT, T0)
    put(root + "/list0", NUL, T0)
    settle_dirs(root)


FILTERS = [
    ("exclude-file", "-aii --exclude-from=rules", "forest", fields(some, {"cli": {"rules": "*.o\n# c\n; c\n/logs/\n+ core\n\nCVS\n"}})),
    ("exclude-file-nul", "-aii0 --exclude-from=rules", "forest", {"cli": {"rules": "*.o\0/logs/\0"}}),
    ("include-file", "-aii --include-from=rules --exclude='*'", "forest", {"cli": {"rules": "*/\n*.txt\n"}}),
    ("merge", "-aii --filter='. rules'", "forest", {"cli": {"rules": RULES}}),
    ("merge-excludes", "-aii --filter='merge,- rules'", "forest", {"cli": {"rules": "*.o\n/d/e\n"}}),
    ("merge-words", "-aii --filter='merge,-w rules'", "forest", {"cli": {"rules": "*.o core /d/e"}}),
    ("dir-merge", "-aii --filter=': .rules'", "forest", {"protocols": (29, 30, 32)}),
    ("dir-merge-excluded", "-aii --filter='dir-merge,e .rules'", "forest", {}),
    ("dir-merge-no-inherit", "-aii --filter='dir-merge,n .rules'", "forest", {}),
    ("dir-merge-excludes", "-aii --filter='dir-merge,-n /.cvsignore'", "forest", {}),
    ("dir-merge-words", "-aii --filter='dir-merge,w- /words'", "forest", {}),
    ("dir-merge-sender", "-aii --delete --filter='dir-merge,s .one-sided'", "forest", before),
    ("dir-merge-receiver", "-aii --delete --filter='dir-merge,r .one-sided'", "forest", before),
    ("dir-merge-both", "-aii --delete --filter=': .rules'", "forest", fields(before, {"protocols": (29, 30, 32)})),
    ("dir-merge-delete-before", "-aii --delete-before --filter=': .rules'", "forest", before),
    ("dir-merge-delete-after", "-aii --delete-after --filter=': .rules'", "forest", before),
    ("dir-merge-delete-delay", "-aii --delete-delay --filter=': .rules'", "forest", before),
    ("dir-merge-delete-excluded", "-aii --delete-excluded --filter=': .rules'", "forest", before),
    ("dir-merge-parent", "-aii --filter=': /.rules'", "forest", {"args": ("src/d/",)}),
    ("dir-merge-two", "-aii --filter=': .rules' --filter=': .rsync-filter'", "forest", {}),
    ("per-dir", "-aiiF", "forest", some),
    ("per-dir-twice", "-aiiFF", "forest", some),
    ("per-dir-delete", "-aiiF --delete", "forest", before),
    ("per-dir-delete-after", "-aiiF --delete-after", "forest", before),
    ("cvs", "-aiiC", "forest", some),
    ("cvs-delete", "-aiiC --delete", "forest", before),
    ("cvs-rules", "-aii --filter=:C --filter=-C", "forest", {}),
    ("exclude", "-aii --exclude='*.o' --exclude=/d/e", "forest", old),
    ("exclude-delete", "-aii --delete --exclude='*.o'", "forest", before),
    ("exclude-delete-excluded", "-aii --delete-excluded --exclude='*.o'", "forest", fields(before, some)),
    ("hide", "-aii --delete --filter='H *.o'", "forest", before),
    ("show", "-aii --delete --filter='S keep.o' --filter='H *.o'", "forest", before),
    ("protect", "-aii --delete --filter='P gone*'", "forest", before),
    ("risk", "-aii --delete --filter='R gone.o' --filter='P gone*'", "forest", before),
    ("sides", "-aii --delete --filter='-s *.o' --filter='-r gone.txt'", "forest", before),
    ("clear", "-aii --exclude='*.o' --filter='!' --exclude=/e", "forest", {}),
    ("negated", "-aii --filter='-! */' --filter='+ *'", "forest", {}),
    ("negated-names", "-aii --filter='+ */' --filter='-! *.txt'", "forest", {}),
    ("absolute", "-aii --filter='-/ /src/d' ", "forest", {"roles": ("pull",)}),
    ("perishable", "-aii --delete --filter='-p *.o'", "forest", before),
    ("stars", "-aii --exclude='d/**/a.txt' --exclude='**/y/z.*'", "forest", {}),
    ("three-stars", "-aii --include='/d/***' --exclude='/*'", "forest", {}),
    ("class", "-aii --exclude='[[:upper:]]*' --exclude='[!a-e.]*.log'", "forest", {}),
    ("escaped", "-aii --exclude='\\[x\\]' --exclude='with\\ blank'", "forest", {}),
    ("only-directories", "-aii --include='*/' --exclude='*'", "forest", {}),
    ("prune", "-aiim --include='*/' --include='*.log' --exclude='*'", "forest", some),
    ("prune-all", "-aiim", "forest", {}),
    ("prune-delete", "-aiim --delete --exclude='*.o'", "forest", before),
    ("prune-protected", "-aiim --delete --filter='P old' --filter='hide *.o'", "forest", before),
    ("prune-relative", "-aiimR --exclude='*.txt'", "forest", {"args": ("src/./d", "src/./empty")}),
    ("module-exclude", "-aii --delete", "forest", fields(before, {"conf": {"exclude": "*.o /src/d/e"}, "rc": None})),
    ("module-filter", "-aii", "forest", {"conf": {"filter": "+ keep.o - *.o"}, "rc": None}),
    ("verbose", "-avv --exclude='*.o'", "forest", {}),
]
LINKS = [
    ("links", "-aii", "crossing", old),
    ("copy-links", "-aiiL", "crossing", {"rc": 23, "protocols": (29, 32)}),
    ("copy-links-round", "-aiiL", "crossing-round", {"rc": 23}),
    ("copy-dirlinks-round", "-aiik", "crossing-round", {"rc": None}),
    ("copy-unsafe", "-aii --copy-unsafe-links", "crossing", {"rc": None, "protocols": (29, 32)}),
    ("copy-unsafe-safe", "-aii --copy-unsafe-links --safe-links", "crossing", {"rc": None}),
    ("safe-links", "-aii --safe-links", "crossing", {"rc": None, "protocols": (29, 32)}),
    ("copy-dirlinks", "-aiik", "crossing", {"rc": None, "protocols": (29, 32)}),
    ("keep-dirlinks", "-aiiK", "crossing", {"to": "crossing-before", "protocols": (29, 32)}),
    ("keep-dirlinks-delete", "-aiiK --delete", "crossing", {"to": "crossing-before"}),
    ("no-keep-dirlinks", "-aii", "crossing", {"to": "crossing-before"}),
    ("munge-links", "-aii --munge-links", "crossing", {"protocols": (29, 32)}),
    ("munge-links-again", "-aii --munge-links", "crossing", {"to": "crossing"}),
    ("module-munge", "-aii", "crossing", {"conf": {"munge_symlinks": "yes"}}),
    ("module-munge-and-copy", "-aiiL", "crossing", {"conf": {"munge_symlinks": "yes"}, "rc": None}),
    ("insecure-links", "-aii --insecure-links", "crossing", {"rc": None}),
    ("confine-root", "-aii --confine-root=..", "crossing", {"rc": None}),
    ("links-verbose", "-avv --safe-links", "crossing", {"rc": None}),
    ("no-links", "-rtii", "crossing", {"protocols": (29, 32)}),
    ("links-relative", "-aiiR", "crossing", {"args": ("src/./dirlink/f", "src/./real/back"), "rc": None}),
    ("links-relative-copied", "-aiiRL", "crossing", {"args": ("src/./dirlink/f",)}),
    ("link-as-source", "-aii", "crossing", {"args": ("src/dirlink",)}),
    ("link-as-source-slash", "-aii", "crossing", {"args": ("src/dirlink/",)}),
]
SOURCES = [
    ("pattern", "-aii", "forest", {"args": ("src/*.txt",), **PULL, "protocols": (27, 29, 32)}),
    ("pattern-deep", "-aiiR", "forest", {"args": ("src/*/e/*.o",), **PULL}),
    ("pattern-none", "-aii", "forest", {"args": ("src/*.none", "src/a.txt"), **PULL, "rc": None}),
    ("pattern-secluded", "-aiis", "forest", {"args": ("src/[ab]*",), **PULL}),
    ("pattern-old-args", "-aii --old-args", "forest", {"args": ("src/*.o src/a.txt",), **PULL, "rc": None}),
    ("pattern-module", "-aii", "forest", {"args": ("*",), **PULL}),
    ("pattern-hidden", "-aii", "forest", {"args": ("src/.r*",), **PULL}),
    ("blank", "-aii", "forest", {"args": ("src/with blank",), "protocols": (29, 32)}),
    ("bracket", "-aii", "forest", {"args": ("src/[x]",)}),
    ("dash", "-aii", "forest", {"args": ("src/-dash",)}),
    ("several", "-aii", "forest", {"args": ("src/d/e/", "src/e", "src/a.txt"), "protocols": (29, 32)}),
    ("several-twice", "-aii", "forest", {"args": ("src/d/", "src/e/")}),
    ("several-delete", "-aii --delete", "forest", {"args": ("src/d", "src/e"), "to": "forest-before"}),
    ("relative", "-aiiR", "forest", {"args": ("src/d/e", "src/e/x/y/z.txt"), "protocols": (27, 29, 30, 32)}),
    ("relative-dot", "-aiiR", "forest", {"args": ("src/./d/e", "src/e/./x/y/z.txt"), "protocols": (29, 32)}),
    ("relative-no-implied", "-aiiR --no-implied-dirs", "forest", {"args": ("src/./d/e/f", "src/./e/x/y/z.txt"), "protocols": (30, 32)}),
    ("relative-no-implied-before", "-aiiR --no-implied-dirs", "forest", {"args": ("src/./d/e/f",), "to": "forest-before"}),
    ("relative-delete", "-aiiR --delete", "forest", {"args": ("src/./d/e", "src/./e"), "to": "forest-before"}),
    ("dirs", "-diilptgoD", "forest", {"protocols": (29, 32)}),
    ("dirs-delete", "-diilptgoD --delete", "forest", before),
    ("old-dirs", "-ii --old-dirs", "forest", {}),
    ("no-recursion", "-ii", "forest", {"args": ("src/a.txt", "src/d")}),
    ("one-file-system", "-aiix", "forest", {}),
    ("one-file-system-twice", "-aiixx", "forest", {}),
    ("list", "--list-only -r", "forest", {"args": ("src/d/",), **PULL, "dry": False}),
    ("remove-sources", "-aii --remove-source-files", "forest", {"to": "forest-before", "protocols": (29, 30, 32)}),
    ("remove-sources-excluded", "-aii --remove-source-files --exclude='*.o'", "forest", {}),
    ("existing", "-aii --existing --delete", "forest", before),
    ("ignore-existing", "-aii --ignore-existing", "forest", before),
    ("max-delete", "-aii --delete --max-delete=2", "forest", fields(before, {"rc": None})),
    ("max-delete-none", "-aii --delete --max-delete=0", "forest", fields(before, {"rc": None})),
    ("delete-delay-stats", "-aii --delete-delay --stats", "forest", before),
]
# Without chroot, stock 3.5.0 finds none of a list's names when a directory below the module is pulled.
table("optable_choosing", FILES_FROM, conf={"use_chroot": "yes"}, root="chroot")
table("optable_choosing", FILTERS + LINKS + SOURCES)
