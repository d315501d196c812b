"""What a client is told: verbosity, statistics, listings, names in other alphabets, as a table."""
import os

from optable import scenery, table
from trees import T0, put, settle_dirs, stamp


@scenery("alphabets")
def alphabets(root):
    for name in (b"plain", b"caf\xc3\xa9", b"\xc3\x80/inner \xc3\xbc", b"\xe4\xb8\xad", b"tab\t", b"back\\slash", b"\xc2\xa0hard"):
        put(os.path.join(os.fsencode(root), name), name, T0)
    os.symlink("caf\u00e9", root + "/link \u00e9")
    stamp(root + "/link \u00e9", T0)
    settle_dirs(root)


@scenery("latin")
def latin(root):
    for name in (b"plain", b"caf\xe9", b"\xc0/inner \xfc", b"\xff\xfe"):
        put(os.path.join(os.fsencode(root), name), name, T0)
    settle_dirs(root)


@scenery("raw-names")
def raw_names(root):
    for name in (b"\xff\xfe\x80", b"new\nline", b"\x01\x7f", b"caf\xc3\xa9", b"\\#012"):
        put(os.path.join(os.fsencode(root), name), name, T0)
    settle_dirs(root)


@scenery("alphabets-before")
def alphabets_before(root):
    for name in (b"caf\xc3\xa9", b"gone \xc3\xa9", b"\xc3\x80/gone"):
        put(os.path.join(os.fsencode(root), name), b"old", T0 - 9)
    settle_dirs(root, T0 - 60)


older, extra = {"to": "older"}, {"to": "extra"}
PUSH, PULL = {"roles": ("push",)}, {"roles": ("pull",)}
VERBOSE = [
    ("v", "-av", "general", {**extra, "protocols": (27, 29, 30, 32)}),
    ("v-delete", "-av --delete", "general", {**extra, "protocols": (29, 32)}),
    ("vv", "-avv --delete", "general", {**extra, "protocols": (27, 29, 30, 32), "conf": {"max_verbosity": "4"}}),
    ("vv-unchanged", "-avv", "general", {"to": "general"}),
    ("iv", "-aiv --delete", "general", extra),
    ("ivv", "-aivv --delete", "general", extra),
    ("capped", "-avvv", "general", {**extra, "dry": False, "conf": {"max_verbosity": "0"}, "roles": ("push",), "rc": None}),
    ("quiet", "-aq --delete", "general", {**extra, "protocols": (29, 32)}),
    ("quiet-missing", "-aq", "general", {"args": ("src/nowhere", "src/a.txt"), "rc": 23}),
    ("stats", "-a --stats --delete", "general", {**extra, "protocols": (27, 28, 29, 30, 31, 32), "edge": True}),
    ("stats-nothing", "-a --stats", "general", {"to": "general", "protocols": (29, 32)}),
    ("stats-kinds", "-a --stats", "special-now", {"protocols": (29, 32)}),
    ("stats-human", "-ah --stats", "general", older),
    ("stats-human-more", "-ahh --stats", "general", older),
    ("stats-plain", "-a --no-h --stats", "general", older),
    ("progress", "-a --progress", "general", {**older, "protocols": (29, 32)}),
    ("progress-2", "-a --info=progress2", "general", older),
    ("out-format-names", "-a --out-format='%i|%n|%L|%f|%l|%o|%m|%P|%u'", "general", {**extra, "protocols": (29, 32)}),
    ("out-format-sums", "-ac --out-format='%C %n'", "general", {**older, "protocols": (29, 30, 32)}),
    ("out-format-owner", "-a --out-format='%B %U %G %M %n'", "general", older),
    ("out-format-bytes", "-a --out-format='%c %n'", "general", {"to": "general"}),
    ("iii", "-aiii", "general", {**older, "rc": None}),
    ("no-itemize", "-a", "general", older),
    ("itemize-kinds", "-aii", "special-now", {"to": "blocked", "rc": None, "dry": False}),
]
FLAGS = ("name", "name2", "del", "skip2", "misc2", "copy", "remove", "symsafe", "backup", "mount", "nonreg", "flist0", "stats0", "stats2", "all1", "none", "progress0")
INFO = [(f"info-{flag}", f"-a --delete --info={flag}", "general", dict(extra)) for flag in FLAGS]
INFO += [
    ("info-several", "-a --delete --info=name2,del,misc2,stats2", "general", extra),
    ("info-skips", "-au --existing --info=skip2,name", "general", {"to": "newer"}),
    ("info-backups", "-ab --info=backup", "general", older),
    ("info-removed", "-a --remove-source-files --info=remove", "general", older),
    ("info-nonregular", "-rt --info=nonreg", "special-now", {}),
    ("info-unknown", "-a --info=nothing", "general", {"rc": None}),
    ("debug-none", "-a --debug=none", "general", older),
    ("debug-deltasum-1", "-a --debug=deltasum1", "general", {**older, "rc": None}),
    ("debug-filter", "-a --debug=filter1 --exclude='*.o'", "general", {**older, "rc": None}),
    ("debug-del", "-a --delete --debug=del1", "general", {**extra, "rc": None}),
    ("debug-own", "-a --debug=own1", "general", {**older, "rc": None}),
    ("debug-time", "-a --debug=time1", "general", {**older, "rc": None}),
    ("debug-nstr", "-a --debug=nstr1", "general", {**older, "rc": None}),
    ("msgs2stderr", "-a --msgs2stderr", "general", {**older, "rc": None, "protocols": (29, 32)}),
    ("no-msgs2stderr", "-a --no-msgs2stderr", "general", {**older, "rc": None}),
    ("stderr-all", "-av --stderr=all", "general", {**older, "rc": None}),
    ("stderr-client", "-av --stderr=client", "general", {**older, "args": ("src/nowhere", "src/a.txt"), "rc": 23}),
    ("stderr-errors", "-av --stderr=errors", "general", {"args": ("src/nowhere", "src/a.txt"), "rc": 23}),
    ("outbuf-line", "-ai --outbuf=L", "general", older),
    ("outbuf-none", "-ai --outbuf=N", "general", older),
    ("outbuf-block", "-ai --outbuf=B", "general", older),
    ("eight-bit", "-aii8", "raw-names", {"protocols": (29, 32)}),
    ("seven-bit", "-aii", "raw-names", {"protocols": (29, 32)}),
    ("eight-bit-delete", "-aii8 --delete", "general", {"to": "raw-names"}),
    ("seven-bit-delete", "-aii --delete", "general", {"to": "raw-names"}),
    ("seven-bit-verbose", "-av --delete", "raw-names", {"to": "alphabets-before"}),
]
ICONV = [
    ("iconv", "-aii --iconv=utf8,latin1", "alphabets", {"conf": {"charset": "iso-8859-1"}, "rc": None, "roles": ("push",), "protocols": (29, 30, 32)}),
    ("iconv-pull", "-aii --iconv=utf8", "latin", {"conf": {"charset": "iso-8859-1"}, "rc": None, "roles": ("pull",), "protocols": (30, 32)}),
    ("iconv-same", "-aii --iconv=utf8", "alphabets", {"conf": {"charset": "utf-8"}}),
    ("iconv-dot", "-aii --iconv=.", "alphabets", {"conf": {"charset": "utf-8"}, "rc": None}),
    ("iconv-ascii", "-aii --iconv=utf8", "alphabets", {"conf": {"charset": "us-ascii"}, "rc": None}),
    ("iconv-delete", "-aii --delete --iconv=latin1", "latin", {"conf": {"charset": "utf-8"}, "rc": None, "roles": ("push",), "to": "alphabets-before"}),
    ("iconv-secluded", "-aiis --iconv=utf8", "alphabets", {"conf": {"charset": "iso-8859-1"}, "rc": None, "roles": ("push",)}),
    ("iconv-files-from", "-aii --iconv=latin1 --files-from=list", "alphabets", {"conf": {"charset": "utf-8"}, "rc": None, "roles": ("pull",), "cli": {"list": b"caf\xe9\nplain\n"}}),
    ("iconv-filter", "-aii --iconv=latin1 --exclude-from=rules", "alphabets", {"conf": {"charset": "utf-8"}, "rc": None, "roles": ("pull",), "cli": {"rules": b"caf\xe9\n"}}),
    ("iconv-off", "-aii --iconv=-", "alphabets", {"conf": {"charset": "utf-8"}, "rc": None}),
    ("iconv-no-charset", "-aii --iconv=utf8", "alphabets", {"rc": None}),
    ("iconv-refused", "-aii --iconv=utf8", "alphabets", {"conf": {"charset": "utf-8", "refuse_options": "iconv"}, "rc": None}),
    ("iconv-verbose", "-avv --iconv=utf8", "alphabets", {"conf": {"charset": "iso-8859-1"}, "rc": None, "roles": ("push",)}),
    ("iconv-links", "-aiiL --iconv=utf8", "alphabets", {"conf": {"charset": "utf-8"}, "rc": None}),
]
ARGS = [
    ("trust-sender", "-aii --trust-sender", "general", older),
    ("old-args", "-aii --old-args", "general", {**older, "args": ("src/a.txt",)}),
    ("old-args-twice", "-aii --old-args --old-args", "general", {**older, "rc": None}),
    ("secluded", "-aiis", "general", {**older, "protocols": (29, 30, 32)}),
    ("secluded-odd", "-aiis --exclude='a b*'", "forest", {"args": ("src/with blank", "src/[x]")}),
    ("env-old-args", "-aii", "general", {**older, "env": {"RSYNC_OLD_ARGS": "1"}}),
    ("env-protect-args", "-aii", "general", {**older, "env": {"RSYNC_PROTECT_ARGS": "1"}}),
    ("remote-option", "-aii -M--log-format=x", "general", {**older, "rc": None}),
    ("remote-option-unknown", "-aii -M--no-such-option", "general", {**older, "rc": None}),
    ("remote-option-refused", "-aii -M--delete", "general", {**older, "conf": {"refuse_options": "delete"}, "rc": None}),
    ("timeout", "-aii --timeout=30", "general", {**older, "protocols": (29, 32)}),
    ("contimeout", "-aii --contimeout=30", "general", {**older, "shell": False}),
    ("bwlimit", "-aii --bwlimit=20m", "general", older),
    ("no-motd", "-aii --no-motd", "general", {**older, "roles": ("push",)}),
    ("inc-recursive", "-aii --i-r", "general", older),
    ("no-inc-recursive", "-aii --no-i-r", "general", {**older, "protocols": (30, 32)}),
    ("old-protocol-words", "-aii --old-d", "general", older),
]
LISTS = [(f"list-{name}", options, "forest", {**PULL, "args": args, "dest": None, "dry": False, "rc": None, **more}) for name, options, args, more in (
    ("plain", "", ("src/",), {"protocols": (27, 29, 30, 32)}),
    ("only", "--list-only", ("src/",), {}),
    ("recursive", "-r", ("src/",), {"protocols": (29, 32)}),
    ("pattern", "--list-only", ("src/*.txt",), {}),
    ("patterns", "--list-only", ("src/[ab]*", "src/d/*"), {}),
    ("relative", "--list-only -R", ("src/./d/e/*",), {}),
    ("excluded", "-r --exclude=*.o", ("src/d/",), {}),
    ("human", "-rh --list-only", ("src/",), {}),
    ("plain-numbers", "--no-h -r", ("src/d",), {}),
    ("links", "-rl", ("src/",), {}),
    ("verbose", "-rv", ("src/d/",), {}),
    ("checksum", "-rc", ("src/d/",), {}),
    ("missing", "", ("src/nowhere",), {}),
    ("module", "", ("",), {}),
    ("atimes", "-rU --list-only --no-h", ("src/words",), {"rc": None}),
    ("stats", "-r --stats", ("src/d/",), {}),
    ("files-from", "--files-from=list", ("src/",), {"cli": {"list": "a.txt\nd\n"}}),
)]
table("optable_talk", VERBOSE + INFO + ICONV + ARGS + LISTS)
