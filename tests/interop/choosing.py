"""Which files take part: lists of names in every placement, missing names, links, wildcards, sizes, rules of this side.

A row is a set of options, a tree and a direction; stock and ours have to leave the same tree, print the same and end alike.
`@SRC`, `@DST` and `@URL` stand for the source, the destination and the module.
"""
import os

from harness import Outcome, add, case
from trees import T0, copy, fixture, general, general_tree, names, noise, older_tree, put, settle_dirs, stamp

RECENT = (T0 + 10**7) * 10**9


def everything(root):
    """Odd names, links of every kind, rules in directories, things that are not files."""
    p = lambda *a: os.path.join(root, *a)
    general(root)
    for name in (".hid", "with space", "g[1]", "star*", "#hash", ";semi", "back\\slash", "x.o", "y~", "core", "tags", "other/x.o"):
        put(p(name), name)
    put(p("caf\u00e9"), b"u")
    put(p("s512"), noise(3, 512))
    put(p("s5000"), noise(4, 5000))
    put(p("sub/.rsync-filter"), b"- *.o\n- /deep\n")
    put(p("sub/merge"), b"+ one.c\n- *\n")
    put(p("other/.cvsignore"), b"four.txt\n")
    put(p("other/ex"), b"four*\n")
    put(p("real/in/f"), b"f\n")
    put(p("real/g"), b"g\n")
    os.makedirs(p("e1/e2"))
    for name, target in (("dirlink", "real"), ("filelink", "a.txt"), ("real/back", "../a.txt"), ("real/inlink", "in"), ("loop", "loop"), ("l1", "l2"),
                         ("l2", "l1"), ("dangling", "nothing")):
        os.symlink(target, p(name))
        stamp(p(name), T0)
    os.link(p("s512"), p("hard"))
    os.mkfifo(p("fifo"))
    stamp(p("fifo"), T0)
    settle_dirs(root)


def little(root):
    put(os.path.join(root, "a.txt"), b"alpha\n", (T0 + 1, 123456789))
    put(os.path.join(root, "sub2", "x"), b"x")
    put(os.path.join(root, "other", "q"), b"x")
    settle_dirs(root)


FIX = {"all": lambda: fixture("everything", everything), "little": lambda: fixture("little", little), "general": general_tree, "older": older_tree}


def transfer(t, target, direction, args, src="all", before=None, listed=None, stdin=None, dry=False, params=None, rc=None):
    """One run; `listed` puts a list into the client's directory and into the module. Returns its outcome."""
    place = "dry" if dry else "real"
    source, dest, here = t.make(target, place, "src"), t.make(target, place, "dst"), t.make(target, place, "here")
    copy(FIX[src](), source)
    if before:
        copy(FIX[before](), dest)
    module = source if direction == "pull" else dest
    if listed is not None:
        put(os.path.join(module, "lists", "l"), listed)
        put(os.path.join(here, "list"), listed)
        settle_dirs(module)
    d = t.serve(module, target, daemon={"stem": place}, **{"munge_symlinks": "no", **(params or {})})
    args = [a.replace("@URL", d.url("m")).replace("@SRC", source).replace("@DST", dest) for a in args]
    result = t.rsync(*args, rc=rc, cwd=source if direction == "push" and listed is None and stdin is None else here, stdin=stdin)
    result.out, result.err = (text.replace(os.path.join(t.dir, target), "T") for text in (result.out, result.err))
    outcome = Outcome(result, dest)
    for facts in outcome.tree.values():
        # A directory that no list named has the time of this run.
        if facts["kind"] == "dir" and facts.get("mtime", 0) > RECENT:
            facts.pop("mtime")
    return outcome


def row(name, direction, args, edge=False, **more):
    add("choosing", f"{direction}-{name}", lambda t: t.each(lambda target: transfer(t, target, direction, args, **more)), edge=edge)


def both(name, options, **more):
    row(name, "push", [*options, "@SRC/", "@URL/"], **more)
    row(name, "pull", [*options, "@URL/", "@DST/"], **more)


LIST = b"a.txt\nsub/one.c\nother\n"
GONE = b"nope\na.txt\nsub/nope\nno/such\n"
LINKS = b"dirlink\nfilelink\ndangling\ndirlink/g\n"
# name: the list, options, where it may lie (c: the client has it, s: the module, -: standard input), what differs
LISTS = {
    "plain": (LIST, ["-ai"], "cs-", {}),
    **{f"p{p}": (LIST, ["-ai", f"--protocol={p}"], "cs", {}) for p in (27, 28, 29, 30, 31)},
    "from0": (LIST.replace(b"\n", b"\0"), ["-ai", "-0"], "cs-", {}),
    "recursive": (LIST, ["-air"], "cs", {}),
    "no-relative": (LIST, ["-ai", "--no-R"], "cs", {}),
    "no-relative-r": (LIST, ["-air", "--no-R"], "cs", {}),
    "no-dirs": (LIST, ["-ai", "--no-d"], "cs", {}),
    "no-implied-dirs": (LIST + b"sub/deep/three\n", ["-ai", "--no-implied-dirs"], "cs", {}),
    "dots": (b"sub/./one.c\n./a.txt\nother/./four.txt\nsub/./deep/\n", ["-ai"], "cs", {}),
    "above": (b"../a.txt\nsub/../other/four.txt\n/s512\n//sub//one.c\n", ["-ai"], "cs", {}),
    "root": (b".\n", ["-ai"], "cs", {}),
    "root-r": (b".\n", ["-air"], "cs", {}),
    "slash": (b"sub/\nother\nhollow/\n", ["-ai"], "cs", {}),
    "slash-r": (b"sub/\nother\nhollow/\n", ["-air"], "cs", {}),
    "twice": (b"a.txt\na.txt\nsub/one.c\nsub/one.c\nsub\n", ["-ai", "--stats"], "cs", {}),
    "remarks": (b"# c\n; d\n\n\na.txt\n#hash\n;semi\nsub/one.c\r\nother/four.txt", ["-ai"], "cs", {}),
    "remarks0": (b"#hash\0;semi\0a.txt\0\0sub/one.c", ["-ai", "-0"], "cs", {}),
    "missing": (GONE, ["-ai"], "cs", {}),
    "missing-ignored": (GONE, ["-ai", "--ignore-missing-args"], "cs", {}),
    "missing-deleted": (GONE, ["-ai", "--delete-missing-args"], "cs", {"before": "older"}),
    "excluded": (LIST + b"sub\nx.o\n", ["-ai", "--exclude=*.o", "--exclude=/other"], "cs", {}),
    "excluded-r": (LIST + b"sub\nx.o\n", ["-air", "--exclude=*.o", "--exclude=/other"], "cs", {}),
    "hidden": (LIST + b"x.o\nsub/deep\nsub/deep/three\n", ["-ai"], "cs", {"params": {"exclude": "x.o /sub/deep"}}),
    "chroot": (LIST, ["-ai"], "cs", {"params": {"use_chroot": "yes"}}),
    "delete": (b"sub\nother\n", ["-air", "--delete"], "cs", {"before": "older"}),
    "links": (LINKS, ["-ai"], "cs", {}),
    "links-followed": (LINKS, ["-aiL"], "cs", {}),
    "link-slash": (b"dirlink/\n", ["-ai"], "cs", {}),
    "nothing": (b"", ["-ai"], "cs", {}),
    "empty-lines": (b"\n\n", ["-ai"], "cs", {}),
    "odd": ("with space\ng[1]\nstar*\nback\\slash\ncaf\u00e9\n".encode(), ["-ai"], "cs", {}),
    "long": (b"\n".join([b"sub/one.c", b"sub/deep/three"] * 8000), ["-ai", "--stats"], "cs", {}),
    "long-name": (b"x" * 600 + b"\na.txt\n", ["-ai"], "s", {}),
    "verbose": (LIST, ["-avv"], "cs", {}),
    "stats": (b"t/f\nsub/one.c\nsub/deep/three\nsub/two.o\n", ["-ai", "--stats"], "cs", {}),
    "checksum": (LIST, ["-aci"], "cs", {}),
    "dry": (LIST, ["-ain"], "cs", {}),
    "secluded": (LIST, ["-ais"], "cs", {}),
    "remove": (LIST, ["-ai", "--remove-source-files"], "cs", {}),
    "remove-29": (LIST, ["-ai", "--remove-source-files", "--protocol=29"], "cs", {}),
}
for name, (text, options, where, more) in LISTS.items():
    for place in where:
        what = {"c": "--files-from=list", "s": "--files-from=:/lists/l", "-": "--files-from=-"}[place]
        given = {"stdin": text} if place == "-" else {"listed": text}
        word = {"c": "client", "s": "server", "-": "stdin"}[place]
        both(f"list-{word}-{name}", [*options, what], edge=name in ("plain", "p29", "missing"), **given, **more)

for name, path in {"sub": "sub", "slash": "sub/"}.items():
    row(f"list-below-{name}", "push", ["-ai", "--files-from=:/lists/l", f"@SRC/{path}", "@URL/"], listed=b"one.c\ndeep/three\n")
    # Under `use chroot = no` stock finds none of these files.
    row(f"list-below-{name}", "pull", ["-ai", "--files-from=list", f"@URL/{path}", "@DST/"], listed=b"one.c\ndeep/three\n", params={"use_chroot": "yes"})
row("list-listing", "pull", ["-a", "--list-only", "--files-from=list", "@URL/"], listed=LIST)
row("list-relative-path", "pull", ["-ai", "--files-from=:lists/l", "@URL/", "@DST/"], listed=LIST)


@case("choosing", "a-list-outside-the-module-is-none")
def outside(t):
    secret = t.write("secret", "a.txt\n")
    src = t.make("m")
    copy(general_tree(), src)
    os.symlink(secret, os.path.join(src, "out"))
    d = t.serve(src, exclude="hidden", munge_symlinks="no")
    put(os.path.join(src, "hidden"), b"a.txt\n")
    dst = t.make("dst")
    for path, text in (("/../../secret", "failed to open files-from file"), (secret, "failed to open files-from file"), ("/out", "failed to open files-from file"),
                       ("/hidden", "Your options have been rejected by the server."), ("/none", "No such file or directory")):
        # Stock's daemon closes before the client has read the reason.
        r = t.rsync("-ai", f"--files-from=:{path}", d.url("m/"), dst + "/", rc=(4, 10, 12))
        if t.under_test == "ours":
            t.eq(r.rc, 4, path)
            t.has(r.err, text)
        t.eq(names(dst), [], path)
        r = t.rsync("-ai", f"--files-from=:{path}", src + "/", d.url("m/"), rc=(4, 10, 12))
        if t.under_test == "ours":
            t.eq(r.rc, 4, path)
            t.has(r.err, text)


MISSING = {"plain": [], "dry": ["-n"], "force": ["--force"], "delete": ["--delete"], "p29": ["--protocol=29", "--force"], "p30": ["--protocol=30"], "relative": ["-R"],
           "excluded": ["--exclude=sub"], "prune": ["-m"], "stats": ["--stats", "--force"]}
for name, options in MISSING.items():
    for which, paths in {"names": ["sub", "empty", "link", "nope", "a.txt"], "below": ["other/four.txt", "a.txt"], "one": ["link"], "parent": ["zz/y", "a.txt"]}.items():
        row(f"missing-{name}-{which}", "push", ["-ai", "--delete-missing-args", *options, *paths, "@URL/"], src="little", before="older", rc=None)
for name, options in {"deleted": ["--delete-missing-args"], "ignored": ["--ignore-missing-args"], "told": [], "relative": ["-R", "--delete-missing-args"]}.items():
    row(f"missing-{name}", "pull", ["-ai", *options, "@URL/link2", "@URL/empty", "@URL/sub/none", "@URL/a.txt", "@DST/"], before="older")

# Rules of every kind, on the side that hides and on the side that protects.
RULES = ["- *.o", "+ *.o", "-! *.o", "-/ sub/two.o", "-s *.o", "-r *.o", "-p *.o", "hide *.o", "show *.o", "protect *.o", "risk *.o", "H,! *.o", "exclude,/ /x.o", "clear", "!",
         ". sub/merge", "merge sub/merge", ": .rsync-filter", "dir-merge .rsync-filter", ":- ex", ":n .rsync-filter", ":e .rsync-filter", ":C", ":+ ex", "-C", ":en- ex",
         ": /.rsync-filter", "-x user.*", "P sub/***", "- sub/***", "- /*/deep", "- **/three", "+ */"]
for number, rule in enumerate(RULES):
    both(f"rule-{number}", ["-ai", "-f", rule])
    both(f"rule-{number}-delete", ["-ai", "-f", rule, "--delete"], before="older")
for when in ("before", "during", "delay", "after", "excluded"):
    both(f"per-dir-delete-{when}", ["-aiF", "--exclude=*.o", f"--delete-{when}"], before="older")
for name, options in {"twice": ["-FF"], "twice-delete": ["-FF", "--delete"], "cvs": ["-C"], "cvs-delete": ["-C", "--delete"], "prune": ["-m", "--exclude=f"],
                      "prune-delete": ["-m", "--include=*/", "--include=*.c", "--exclude=*", "--delete"], "prune-dirs": ["-dm", "--no-r"],
                      "from": ["--exclude-from=sub/merge"], "include-from": ["--include-from=sub/merge", "--exclude=*"]}.items():
    row(f"rules-{name}", "push", ["-ai", *options, "@SRC/", "@URL/"], before="older")
    if not name.endswith("from"):
        row(f"rules-{name}", "pull", ["-ai", *options, "@URL/", "@DST/"], before="older")
# Rules that only this side has: files of the module may bring them.
for name, options in {"exclude": ["-M--exclude=*.o"], "include": ["-M--include=*.o", "-M--exclude=*.o"], "filter": ["-M--filter=- *.o"], "per-dir": ["-M--filter=: .rsync-filter"],
                      "F": ["-M-F"], "C": ["-M-C"]}.items():
    both(f"own-rules-{name}", ["-ai", *options])
for name, options in {"exclude-from": ["-M--exclude-from=/sub/merge"], "include-from": ["-M--include-from=/sub/merge", "-M--exclude=*"], "merge": ["-M--filter=. /sub/merge"]}.items():
    row(f"own-rules-{name}", "pull", ["-ai", *options, "@URL/", "@DST/"])


@case("choosing", "own-rules-from-a-file-that-is-not-there", ours="stock says nothing and closes")
def no_rules(t):
    d = t.serve(copy(general_tree(), t.make("m")), exclude="hidden")
    for path, rc in (("/none", 11), ("/../../etc/passwd", 11), ("/hidden", 4)):
        for there in ([d.url("m/"), t.make("dst") + "/"], [t.make("m") + "/", d.url("m/")]):
            t.rsync("-ai", f"-M--exclude-from={path}", *there, rc=rc)


# Links inside a module, followed and kept.
for option in ("-L", "-k", "-K", "--copy-unsafe-links", "--safe-links", "--munge-links", "--no-links", "-Lk", "-M--munge-links", "-M--no-munge-links"):
    for name, more in {"": {}, "-dry": {"dry": ["-n"]}, "-delete": {"dry": ["--delete"], "before": "older"}, "-relative": {"dry": ["-R"]}, "-sums": {"dry": ["-c"]}}.items():
        options = ["-ai", option, *more.get("dry", [])]
        row(f"links{option}{name}", "pull", [*options, "@URL/", "@DST/"], before=more.get("before"))
        source = "./" if name == "-relative" else "@SRC/"
        row(f"links{option}{name}", "push", [*options, source, "@URL/"], before=more.get("before"))
    both(f"links{option}-munged", ["-ai", option], params={"munge_symlinks": "yes"})
    both(f"links{option}-chroot", ["-ai", option], params={"use_chroot": "yes"})


@case("choosing", "nothing-of-a-link-that-leads-out-is-told")
def leads_out(t):
    """As with stock the client reads that it cannot be opened, and ends with 23; ours names no size and no time either."""
    secret = t.write("secret", "x" * 4321)
    src = copy(general_tree(), t.make("m"))
    for name, target in (("out", secret), ("up", "../secret"), ("dir", t.dir)):
        os.symlink(target, os.path.join(src, name))
    d = t.serve(src, munge_symlinks="no")
    for options in (["-rL"], ["-r", "--copy-unsafe-links", "-l"]):
        r = t.rsync(*options, d.url("m/"), t.make("dst") + "/", rc=23)
        for name in ("out", "up"):
            t.has(r.err, f'send_files failed to open "{name}" (in m): Too many levels of symbolic links (40)')
        t.ok(not os.path.exists(t.path("dst", "out")), "it was sent")
    if t.under_test == "ours":
        listing = t.rsync("-rL", d.url("m/"), rc=23).out
        t.ok("4,321" not in listing and "out" not in listing.split(), listing)


# What a pull may name.
PULLS = {"wild": ["@URL/s*"], "wild-two": ["@URL/*/[a-o]*"], "wild-one": ["@URL/?.o"], "wild-none": ["@URL/zz*"], "wild-literal": ["@URL/g[1]"], "wild-star": ["@URL/star*"],
         "wild-slash": ["@URL/s*/"], "wild-relative": ["-R", "@URL/*/*.c"], "wild-dots": ["@URL/.*"], "several": ["@URL/a.txt", "@URL/sub", "@URL/other/"],
         "several-relative": ["-R", "@URL/a.txt", "@URL/sub/./deep", "@URL/other/"], "same-twice": ["@URL/a.txt", "@URL/a.txt", "@URL/sub/one.c"],
         "one-missing": ["@URL/a.txt", "@URL/nope", "@URL/sub"], "no-implied": ["-R", "--no-implied-dirs", "@URL/sub/deep/three"],
         "no-implied-dot": ["-R", "--no-implied-dirs", "@URL/sub/./deep/three"], "dot": ["-R", "@URL/./sub/deep"], "up-and-down": ["-R", "@URL/sub/../other"],
         "below-link": ["-R", "@URL/dirlink/g"], "link-slash-relative": ["-R", "@URL/dirlink/"], "link-slash": ["@URL/dirlink/"], "link": ["@URL/dirlink"], "one": ["@URL/a.txt"],
         "one-followed": ["-L", "@URL/filelink"], "old-args-two": ["--old-args", "@URL/a.txt m/sub"], "old-args": ["--old-args", "@URL/a.txt"], "secluded-wild": ["-s", "@URL/s*"],
         "secluded-space": ["-s", "@URL/with space"], "space": ["@URL/with space"], "odd": ["@URL/back\\slash", "@URL/caf\u00e9"], "trusting": ["--trust-sender", "@URL/s*"],
         "hidden": ["@URL/*"]}
for name, args in PULLS.items():
    row(f"named-{name}", "pull", ["-ai", *args, "@DST/"], params={"exclude": "x.o /sub/deep"} if name == "hidden" else None)
PUSHES = {"no-implied": (["-R", "--no-implied-dirs", "sub/deep/three"], "", None), "no-implied-kept": (["-R", "--no-implied-dirs", "sub/deep/three"], "", "older"),
          "dot": (["-R", "./sub/./deep"], "", None), "below-link": (["-R", "dirlink/g"], "", None), "mkpath-file": (["--mkpath", "a.txt"], "n1/n2/f", None),
          "mkpath-one": (["--mkpath", "a.txt"], "n1/f", None), "mkpath-dir": (["--mkpath", "sub"], "n1/n2/", None), "mkpath-dry": (["-n", "--mkpath", "sub"], "n1/n2/", None),
          "mkpath-needless": (["--mkpath", "sub"], "n1", None), "no-mkpath": (["a.txt"], "n1/n2/f", None), "ignored": (["--ignore-missing-args", "nope", "a.txt"], "", "older")}
for name, (args, dest, before) in PUSHES.items():
    row(f"named-{name}", "push", ["-ai", *args, f"@URL/{dest}"], before=before)

# Sizes, and what else leaves something out.
for size in ("4096", "0.5k", "512-1", "1K", "1KB", "0", "1g"):
    both(f"max-size-{size}", ["-ai", f"--max-size={size}"])
    both(f"min-size-{size}", ["-ai", f"--min-size={size}"])
for name, options in {"one-fs": ["-x"], "one-fs-twice": ["-xx"], "old-dirs": ["--no-r", "--old-dirs"], "old-d": ["--no-r", "--old-d"], "dirs": ["--no-r", "-d"], "max-alloc": ["--max-alloc=1m"],
                      "no-max-alloc": ["--max-alloc=0"], "stop-after": ["-M--stop-after=10"], "time-limit": ["-M--time-limit=5"], "stop-at": ["-M--stop-at=2037-01-01T00:00"], "stop-at-hour": ["-M--stop-at=:00"], "drop-D": ["-M--drop-D"], "secluded": ["-s"],
                      "existing": ["--existing"], "ignore-existing": ["--ignore-existing"]}.items():
    both(f"part-{name}", ["-ai", *options], before="older" if "existing" in name else None)


@case("choosing", "a-session-stops-at-its-time", ours="stock's minute is too long for a test")
def stops(t):
    """The shortest time is a minute: what is not a number of minutes is refused, with stock's words."""
    d = t.serve(copy(general_tree(), t.make("m")))
    for value in ("0", "x", "-1"):
        r = t.rsync("-ai", f"-M--stop-after={value}", d.url("m/"), t.make("dst") + "/", rc=4)
        t.has(r.err, f"rsync: invalid --stop-after value: {value}")
    for value, text in (("x", "invalid --stop-at format: x"), ("2000-01-01", "--stop-at time is not in the future: 2000-01-01")):
        r = t.rsync("-ai", f"-M--stop-at={value}", t.path("m") + "/", d.url("m/"), rc=4)
        t.has(r.err, f"rsync: {text}")
