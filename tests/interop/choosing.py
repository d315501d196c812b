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
