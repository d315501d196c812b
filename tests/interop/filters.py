"""Filter rules, sanitised paths and expanded arguments: the table `filters.tsv`, a session a line."""
import os, re, shlex

from harness import ROOT, Outcome, add
from trees import T0, names, put, settle_dirs, stamp

TREES = {
    "T": "a/f.c a/f.o a/sub/g.o a/sub/h.c b/x.o b/keep/z top.o top.c",
    "D": "gone.o gone.c sub/old.o sub/old.c extra/e.o extra/e.c",
    "G": "f1 f2 F3 .hid g[1] d1/x d2/x d2/.y",
    "L": "t real/f l1->t l2->/etc/passwd l3->../out real/l4->../t",
}
# Options that are not served yet: rows with one of them wait.
LATER = ("--files-from", "--link-dest", "--compare-dest", "--partial-dir", "--backup-dir", "--temp-dir", "-rb")
# Texts whose wording changed between versions: the part that stays.
SAID = {"M11": "ERROR: daemon has excluded destination", "X04": "ERROR: daemon has excluded destination",
        "Z11": "error starting client-server protocol", "Z12": "error starting client-server protocol", "P09": "nknown filter rule", "P12": "nknown filter rule", "P11": "specified-side merge file contains specified-side filter"}
# Where we differ on purpose: exit code and tree of ours. X03: every parent of a destination is checked, not the last name only.
OURS_DIFFERS = {"X03": ("3", "priv/ priv/deep/")}


def load():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "filters.tsv"), encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#") and line.strip():
                yield line.rstrip("\n").split("\t")


def plant(root, spec):
    """Makes the tree a cell describes."""
    os.makedirs(root, exist_ok=True)
    words = [] if spec == "-" else spec.replace(" + ", " ").split(" ")
    for word in [w for x in words for w in TREES.get(x, x).split(" ") if w]:
        name, eq, content = word.partition("=")
        if "->" in word:
            name, _, target = word.partition("->")
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            os.symlink(target, os.path.join(root, name))
            stamp(os.path.join(root, name), T0)
        elif word.endswith("/"):
            os.makedirs(os.path.join(root, word), exist_ok=True)
        else:
            put(os.path.join(root, name), (content.replace("~", " ").replace("|", "\n") if eq else os.path.basename(name)) + "\n", T0)
    settle_dirs(root)
    return root


def module(cell, base):
    """The cell about the module: parameters, arguments, destination, side files, standard input, environment."""
    m = {"params": {"use_chroot": "no"}, "args": [""], "dest": "", "stdin": None, "env": {}, "sub": ""}
    for item in [] if cell == "-" else re.split(r"; (?=[a-z ]+[:=]|file |server )", cell):
        item = item.strip()
        key, value = (s.strip() for s in re.split(r"[:=]", item, maxsplit=1)) if not item.startswith(("file ", "server ")) else (item, "")
        if item.startswith("file "):
            name, content = item[5:].split(":", 1)
            put(os.path.join(base, "cfg", name), content.strip(" ").encode().decode("unicode_escape").encode("latin-1"))
        elif item.startswith("server env "):
            name, value = item[11:].split("=", 1)
            m["env"] = {name: value, "HOME": os.path.join(base, "cfg")}
        elif key == "args":
            m["args"] = value.split(" ")
        elif key == "dest":
            m["dest"] = value
        elif key == "stdin":
            m["stdin"] = value.replace(" ", "\n").encode() + b"\n"
        elif key in ("chroot", "use chroot"):
            m["params"]["use_chroot"] = value
        elif key == "path":
            m["sub"] = value
        elif key in ("ef", "if"):
            put(os.path.join(base, "cfg", key), "\n".join(part.strip("'") for part in value.split(",")) + "\n")
        else:
            m["params"][key.replace(" ", "_")] = value.replace("/cfg/", base + "/cfg/")
    return m


def run(t, row):
    ident, direction, options, cell, source, before, rc, after, say = row
    say = SAID.get(ident, say)

    def one(target, rc=rc, after=after):
        base = t.make(target, "row")
        m = module(cell, base)
        src, dst = plant(base + "/src", source), plant(base + "/dst", before)
        served = src if direction == "pull" else dst
        path = m["sub"].replace("ROOT", base) or served
        d = t.serve(path, target, daemon={"env": m["env"]}, **m["params"])
        opts = [o.replace("/cfg/", base + "/cfg/") for o in shlex.split(options)]
        args = m["args"]
        if ident == "G10":
            args = [" ".join(args)]
        if direction == "pull":
            argv = [*opts, *[d.url("m/" + a) for a in args], dst + "/"]
            r = t.rsync(*argv, rc=None, stdin=m["stdin"])
        else:
            argv = [*opts, *[a or "./" for a in args], d.url("m/" + m["dest"])]
            r = t.rsync(*argv, rc=None, cwd=src)
        t.eq(r.rc, int(rc), f"{target}: exit code\n{r}\n")
        t.eq(names(dst), [] if after == "-" else sorted(after.split(" ")), f"{target}: what is there afterwards\n{r}\n")
        if say != "-":
            for line in say.split(" // "):
                t.has(r.out + r.err, line)
        o = Outcome(r, dst, times=False, owner=False)
        o.out = []
        o.err = [re.sub(r"^rsync: |\[\w+\] ", "", l) for l in o.err if not l.startswith("rsync error")] if say != "-" and ident not in SAID else []
        return o

    if ident in OURS_DIFFERS and t.under_test == "ours":
        one("ours", *OURS_DIFFERS[ident])
    else:
        t.each(one)


def row_of(row):
    marks = {"root": "chroot"} if re.search(r"chroot *= *yes", row[3]) else {}
    add("filters", row[0], lambda t: run(t, row), edge=row[0][1:] in ("01", "03", "05"), **marks)


for row in load():
    if not any(o.startswith(LATER) for o in shlex.split(row[2])):
        row_of(row)
