"""What the two sides tell each other: verbosity, statistics, character sets, sums and blocks, batches.

As in `choosing`: a row is a set of options, a tree and a direction; stock and ours have to leave the same tree and print the same.
"""
import os

from choosing import FIX, transfer
from harness import add, case
from trees import T0, copy, difference, fixture, general_tree, names, put, settle_dirs, stamp, tree


def letters(root):
    """Names and targets outside of ASCII, in UTF-8 and in ISO 8859-1."""
    p = lambda name: os.path.join(os.fsencode(root), name)
    for name in ("caf\u00e9".encode(), b"lat\xe9", b"plain", "\u00fcber/\u00e4".encode(), "\u00fcber/z".encode(), b"m\xfc/x", b"a/b"):
        path = p(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(name)
        stamp(path, T0)
    os.symlink("caf\u00e9".encode(), p(b"link8"))
    os.symlink(b"lat\xe9", p(b"link1"))
    os.link(p("\u00fcber/z".encode()), p(b"zz"))
    for name in (b"link8", b"link1"):
        stamp(p(name), T0)
    settle_dirs(root)


def utf8(root):
    """The same, in UTF-8 alone: all of it fits ISO 8859-1 and UTF-8."""
    for name in ("caf\u00e9", "plain", "\u00fcber/\u00e4", "\u00fcber/z", "a/b"):
        put(os.path.join(root, name), name)
    os.symlink("caf\u00e9", os.path.join(root, "link8"))
    stamp(os.path.join(root, "link8"), T0)
    os.link(os.path.join(root, "\u00fcber/z"), os.path.join(root, "zz"))
    settle_dirs(root)


def latin1(root):
    """The same in ISO 8859-1, some of it older, and something that is only here."""
    p = lambda name: os.path.join(os.fsencode(root), name)
    for name in (b"caf\xe9", b"plain", b"\xfcber/\xe4", b"\xfcber/extra\xe9", b"only \xe9/x"):
        os.makedirs(os.path.dirname(p(name)), exist_ok=True)
        with open(p(name), "wb") as f:
            f.write(b"old")
        stamp(p(name), T0 - 50)
    settle_dirs(root)


FIX.update({"letters": lambda: fixture("letters", letters), "utf8": lambda: fixture("utf8", utf8), "latin1": lambda: fixture("latin1", latin1)})


def row(name, direction, args, edge=False, **more):
    more.setdefault("src", "general")
    add("talk", f"{direction}-{name}", lambda t: t.each(lambda target: transfer(t, target, direction, args, **more)), edge=edge)


def both(name, options, **more):
    row(name, "push", [*options, "@SRC/", "@URL/"], **more)
    row(name, "pull", [*options, "@URL/", "@DST/"], **more)


# Names are converted: the client's set, the module's.
SETS = {"8-1": ("UTF-8", "ISO-8859-1"), "1-8": ("ISO-8859-1", "UTF-8"), "8-8": ("UTF-8", "utf8"), "1-1": ("ISO-8859-1", "latin1")}
for name, (here, there) in SETS.items():
    both(f"iconv-{name}", ["-aiH", f"--iconv={here}"], src="letters", params={"charset": there}, edge=name == "8-1")
    both(f"iconv-{name}-delete", ["-aiH", "--delete", f"--iconv={here}"], src="utf8", before="latin1", params={"charset": there})
    for protocol in (27, 28, 29, 30, 31):
        both(f"iconv-{name}-p{protocol}", ["-aiH", f"--protocol={protocol}", f"--iconv={here}"], src="utf8", params={"charset": there})
both("iconv-ascii", ["-ai", "--iconv=UTF-8"], src="general", params={"charset": "ASCII"})
row("iconv-ascii-letters", "pull", ["-ai", "--iconv=UTF-8", "@URL/", "@DST/"], src="letters", params={"charset": "ASCII"})
both("iconv-off", ["-ai"], src="letters", params={"charset": "UTF-8"})
both("iconv-minus", ["-ai", "--iconv=-"], src="letters", params={"charset": "UTF-8"})
both("iconv-exclude", ["-ai", "--exclude=caf\u00e9", "--iconv=UTF-8"], src="utf8", params={"charset": "ISO-8859-1"})
both("iconv-verbose", ["-avv", "--iconv=UTF-8"], src="utf8", params={"charset": "ISO-8859-1"})
both("iconv-checksum", ["-aic", "--iconv=UTF-8"], src="utf8", before="latin1", params={"charset": "ISO-8859-1"})
row("iconv-named", "pull", ["-ai", "--iconv=UTF-8", "@URL/caf\u00e9", "@URL/plain", "@DST/"], src="utf8", params={"charset": "ISO-8859-1"})
row("iconv-secluded", "pull", ["-ais", "--iconv=ISO-8859-1", "@URL/caf\udce9", "@URL/plain", "@DST/"], src="utf8", params={"charset": "UTF-8"})
row("iconv-listing", "pull", ["-r", "--iconv=UTF-8", "@URL/"], src="utf8", params={"charset": "ISO-8859-1"})
NAMES = "caf\u00e9\n\u00fcber/z\nplain\nnon\u00e9\n".encode()
for word, place in {"client": "list", "server": ":/lists/l"}.items():
    both(f"iconv-list-{word}", ["-ai", "--iconv=UTF-8", f"--files-from={place}"], src="utf8", listed=NAMES, params={"charset": "UTF-8"})
    both(f"iconv-list-{word}-30", ["-ai", "--protocol=30", "--iconv=UTF-8", f"--files-from={place}"], src="utf8", listed=NAMES, params={"charset": "UTF-8"})


@case("talk", "iconv-list-in-another-set")
def other_set(t):
    def one(target):
        return transfer(t, target, "pull", ["-ai", "--iconv=ISO-8859-1", "--files-from=list", "@URL/", "@DST/"], src="utf8",
                        listed=b"caf\xe9\n\xfcber/z\nplain\n", params={"charset": "UTF-8"})
    t.each(one)


@case("talk", "iconv-tables", ours="stock has the tables of its C library")
def tables(t):
    """Further sets come with a feature of the build; without it the module is not served, and nobody's names are mangled."""
    src, dst, back = t.make("src"), t.make("dst"), t.make("back")
    put(os.path.join(src, "\u043c\u0438\u0440"), b"x")
    d = t.serve(dst, charset="KOI8-R")
    r = t.rsync("-ai", "--iconv=UTF-8", src + "/", d.url("m/"), rc=(0, 5))
    if r.rc == 5:
        t.has(r.out + r.err, "charset is not known")
        return
    t.eq(os.listdir(os.fsencode(dst)), ["\u043c\u0438\u0440".encode("koi8-r")], "names")
    t.rsync("-ai", "--iconv=UTF-8", d.url("m/"), back + "/")
    t.eq(names(back), names(src), "names that came back")


@case("talk", "iconv-needs-a-charset-of-the-module")
def refused(t):
    src = t.make("src")
    copy(general_tree(), src)
    d = t.serve(src)
    # Stock's daemon closes before the client has read the reason.
    r = t.rsync("-ai", "--iconv=UTF-8", d.url("m/"), t.make("dst") + "/", rc=(4, 10, 12))
    t.has(r.err, "The server is configured to refuse --iconv")
    r = t.rsync("-ai", "--iconv=UTF-8", src + "/", d.url("m/"), rc=(4, 10, 12))
    t.has(r.err, "The server is configured to refuse --iconv")


@case("talk", "a-charset-nobody-knows-serves-nobody")
def unknown_set(t):
    d = t.serve(t.make("m"), charset="KLINGON")
    t.rsync("-ai", d.url("m/"), t.make("dst") + "/", rc=5)
    t.has(d.log(), "KLINGON")


@case("talk", "a-name-that-does-not-fit-is-left-out", ours="stock ends the whole transfer")
def does_not_fit(t):
    src, dst = t.make("src"), t.make("dst")
    for name in ("\u20acuro", "d\u20ac/x", "fine", "sub/fine"):
        put(os.path.join(src, name), name)
    os.symlink("\u20ac", os.path.join(src, "to-euro"))
    d = t.serve(dst, charset="ISO-8859-1", munge_symlinks="no")
    r = t.rsync("-ai", "--iconv=UTF-8", src + "/", d.url("m/"), rc=23)
    t.eq(names(dst), ["fine", "sub/", "sub/fine"], "names")
    for name in ("\u20acuro", "d\u20ac", "d\u20ac/x", "to-euro"):
        t.has(r.err, f"{name} (Invalid or incomplete multibyte or wide character)")


# Sums and blocks.
for size in ("1", "512", "700", "1k", "100000", "131072", "131073", "0", "x"):
    both(f"block-{size}", ["-ai", "--no-W", f"-B{size}", "--stats"], before="older")
    both(f"block29-{size}", ["-ai", "--no-W", f"--block-size={size}", "--protocol=29", "--stats"], before="older")
for choice in ("md5", "md4", "sha1", "xxh64", "xxh3", "xxh128", "auto", "md5,xxh64", "none,md5", "auto,md5", "MD5", "xxhash"):
    both(f"sum-{choice}", ["-aic", "--no-W", f"--cc={choice}", "--stats"], before="older")
    both(f"sum29-{choice}", ["-aic", "--no-W", "--protocol=29", f"--cc={choice}"], before="older")
both("sum-none", ["-ai", "--cc=none"], before="older")
both("sum-none-list", ["-ai", "--cc=md5,none"], before="older")
both("sum27", ["-aic", "--no-W", "--protocol=27", "--cc=md5"], before="older")
for seed in ("1", "-1", "32761"):
    both(f"seed-{seed}", ["-aic", "--no-W", f"--checksum-seed={seed}", "--stats"], before="older")
    both(f"seed29-{seed}", ["-aic", "--no-W", "--protocol=29", f"--checksum-seed={seed}", "--stats"], before="older")
for whole in ("-W", "--no-W"):
    for protocol in (27, 29, 30, 31, 32):
        both(f"whole{whole}-p{protocol}", ["-ai", whole, f"--protocol={protocol}", "--stats"], before="older")

# Statistics: files by kind, created and deleted, literal and matched data.
both("stats", ["-ai", "--stats"], before="older", edge=True)
both("stats-new", ["-aiH", "--stats"], src="all")
both("stats-delete", ["-ai", "--stats", "--delete"], src="all", before="older")
both("stats-dry", ["-ain", "--stats", "--delete"], src="all", before="older")
for protocol in (27, 28, 29, 30, 31):
    both(f"stats-p{protocol}", ["-aH", "--stats", "--delete", f"--protocol={protocol}"], src="all", before="older")

# Verbosity: capped at 1 unless the module says otherwise.
LEVELS = {"-v": ["-v"], "-vv": ["-vv"]}
for word, params in {"capped": {}, "open": {"max_verbosity": "9"}}.items():
    for level in ("-v", "-vv"):
        for name, options, marks in (("plain", [], {}), ("items", ["-i"], {}), ("delete", ["--delete"], {}), ("dry", ["-n", "--delete"], {}),
                                     ("quiet", ["-q"], {}), ("existing", ["--existing"], {}), ("ignore", ["--ignore-existing"], {}),
                                     ("update", ["-u"], {}), ("max", ["--max-size=600"], {}), ("whole", ["-W"], {}), ("safe", ["--safe-links"], {}),
                                     ("remove", ["--remove-source-files"], {})):
            # The counts of a sender's search, and which rule hid what, are stock's own affair.
            row(f"verbose{level}-{word}-{name}", "push", ["-a", level, *options, "@SRC/", "@URL/"], src="all", before="older", params=params, **marks)
            if word == "capped" or level == "-v":
                row(f"verbose{level}-{word}-{name}", "pull", ["-a", level, *options, "@URL/", "@DST/"], src="all", before="older", params=params, **marks)
    row(f"verbose-same-{word}", "push", ["-avv", "@SRC/", "@URL/"], src="all", before="all", params=params)
    for words in ("name2", "name", "name0", "del", "del2", "skip2", "nonreg0", "symsafe", "stats2", "backup,copy,misc2,mount,remove", "none", "name,del2,stats2", "bogus"):
        both(f"info-{words}-{word}", ["-a", "--delete", "--no-D", f"--info={words}"] if words != "bogus" else ["-a", "-M--info=bogus"],
             src="all", before="older", params=params)
for name, option in {"errors": "--stderr=errors", "all": "--stderr=all", "client": "--stderr=client", "e": "--stderr=e", "msgs2": "--msgs2stderr",
                     "no-msgs2": "--no-msgs2stderr", "outbuf": "--outbuf=L", "remote-outbuf": "-M--outbuf=N", "8-bit": "-8", "remote-8-bit": "-M-8",
                     "remote-msgs2": "-M--msgs2stderr", "debug": "-M--debug=none", "remote-help": "-M-h", "confine": "-M--confine-root=/none"}.items():
    both(f"option-{name}", ["-ai", option], src="all")

# Batches, and what is only looked at.
for name, options in {"only": [], "only-delete": ["--delete"], "only-sums": ["-c", "--no-W"], "only-dry": ["-n"], "only-links": ["-H"],
                      **{f"only-p{p}": [f"--protocol={p}"] for p in (27, 28, 29, 30, 31)}}.items():
    both(f"batch-{name}", ["-ai", *options, "--only-write-batch=../batch"], src="all", before="older")
both("batch-write", ["-ai", "--write-batch=../batch"], before="older")
for name, args in {"plain": ["@URL/"], "recursive": ["-r", "@URL/"], "pattern": ["@URL/s*"], "rules": ["-r", "--include=*/", "--include=*.c", "--exclude=*", "@URL/"],
                   "all": ["-a", "--list-only", "@URL/"], "sums": ["-ac", "--list-only", "@URL/"], "hard": ["-aH", "--list-only", "@URL/s*"],
                   "missing": ["@URL/nope"], "file": ["@URL/a.txt"], "directory": ["@URL/sub"], "verbose": ["-vv", "@URL/"], "8-bit": ["-8", "@URL/"],
                   "dry": ["-n", "@URL/"]}.items():
    row(f"listing-{name}", "pull", args, src="all")
for name, options in {"plain": [], "dry": ["-n"], "hard": ["-H"], "sums": ["-c"], "existing": ["--existing"], "verbose": ["-vv"], "sent": ["--remove-sent-files"],
                      "delete": ["--delete"]}.items():
    both(f"remove-{name}", ["-ai", *options, *([] if name == "sent" else ["--remove-source-files"])], before="older")


@case("talk", "an-only-written-batch-makes-the-same-tree")
def batch(t):
    """What the client wrote down, without a byte of it here, brings the destination up to date."""
    src, dst, local = t.make("src"), t.make("dst"), t.make("local")
    copy(FIX["all"](), src)
    copy(FIX["older"](), dst)
    copy(FIX["older"](), local)
    d = t.serve(dst, munge_symlinks="no")
    copy(FIX["older"](), t.make("wanted"))
    t.rsync("-a", src + "/", t.path("wanted") + "/")
    for protocol in ("32", "31", "30", "29"):
        t.rsync("-a", "--no-W", f"--protocol={protocol}", f"--only-write-batch={t.path('batch' + protocol)}", src + "/", d.url("m/"))
        out = copy(FIX["older"](), t.make("out" + protocol))
        t.rsync("-a", f"--protocol={protocol}", f"--read-batch={t.path('batch' + protocol)}", out + "/")
        why = difference(tree(t.path("wanted"), ns=protocol > "30"), tree(out, ns=protocol > "30"))
        t.ok(not why, f"protocol {protocol}: {why}")
    t.eq(names(dst), names(local), "the daemon's own tree")
