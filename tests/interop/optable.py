"""The tables of options: a row is data, one function runs it and holds it against the same run with the stock daemon.

A row's scene has two directories: `cli`, where the client runs, and `mod`, the module. The sender's one holds `src`, the
receiver's one holds `dst` and what else the row names (`ref`, `tmp`, ...), so that the same relative paths mean the same in
both roles. Compared are: the exit code, what the client prints, the daemon's log, and everything in both directories:
contents, times, modes, owners, links between any two of them, extended attributes and access lists, holes, and whether a
file that was there is still the same inode. First the row runs dry, which must print the same as with stock and change nothing.
"""
import os, re, shlex, stat, time

from harness import CLIENT, Failure, add, plain
from trees import T0, copy, difference, fixture, put, settle_dirs, stamp, tree

BOTH = ("push", "pull")
# What a client says of its own memory.
HEAP = re.compile(r"heap statistics:$|^  (arena|ordblks|smblks|hblks|hblkhd|allmem|usmblks|fsmblks|uordblks|fordblks|keepcost):")
TREES = {}
# What a row may say beside its name, options and source; `to` names the trees of the receiver's directory, or its `dst` alone.
DEFAULTS = {"to": "none", "roles": BOTH, "protocols": (32,), "rc": 0, "dry": True, "conf": {}, "cli": {}, "args": ("src/",), "dest": "dst/", "says": (),
            "shell": True, "log": True, "atimes": False, "env": {}, "stdin": None, "root": "", "lacks": "", "unsteady": (), "edge": False, "client": None}


def scenery(name):
    """Registers a tree's builder under a name: `@scenery("x")` above `def build(root)`."""
    def register(build):
        TREES[name] = build
        return build
    return register


def planted(name):
    """A tree made once a run, shared by all rows."""
    return fixture("optable." + name, TREES[name])


def table(part, rows, **common):
    """Registers rows `(name, options, source tree, fields)`, one a role and protocol; `common` fields hold for all of them."""
    seen = set()
    for name, options, source, *more in rows:
        fields = {**DEFAULTS, **common, **(more[0] if more else {})}
        unknown = set(fields) - set(DEFAULTS)
        assert not unknown, f"{part}/{name}: {unknown}"
        assert name not in seen, f"{part}/{name}: twice"
        seen.add(name)
        for role in fields["roles"]:
            for protocol in fields["protocols"]:
                _register(part, f"{role}-{name}-p{protocol}", role, protocol, options, source, fields)
                if fields["shell"] and not fields["conf"] and not fields["says"] and "=/" not in options:
                    # The same without a module: over a remote shell, where an absolute path is one of this machine.
                    _register("shell", f"{part}-{role}-{name}-p{protocol}", role, protocol, options, source, fields)


def _register(part, name, role, protocol, options, source, fields):
    add(part, name, lambda t: compare(t, part, role, protocol, options, source, fields), root=fields["root"], lacks=fields["lacks"], edge=fields["edge"])


def compare(t, part, role, protocol, options, source, fields):
    """Runs one row against each daemon; when the suite itself is tried, twice against stock: a racy row shows here."""
    targets = t.targets if len(t.targets) > 1 else ["stock", "stock"]
    seen = []
    for number, target in enumerate(targets):
        place = f"{number}.{target}"
        seen.append(Scene(t, part, target, place, role, protocol, options, source, fields).play())
    for wanted, got, target in zip(seen, seen[1:], targets[1:]):
        for kind in wanted:
            why = wanted[kind].differs(got[kind])
            if why:
                raise Failure(f"stock and {target} differ ({kind}): {why}\n  the client: {got[kind].command}")


class Scene:
    """One row with one daemon."""

    def __init__(self, t, part, target, place, role, protocol, options, source, fields):
        self.t, self.part, self.target, self.role, self.fields = t, part, target, role, fields
        self.dir, self.protocol = t.make(place), protocol
        self.cli, self.mod = t.make(place, "cli"), t.make(place, "mod")
        self.sender, self.receiver = (self.cli, self.mod) if role == "push" else (self.mod, self.cli)
        if source:
            copy(planted(source), os.path.join(self.sender, "src"))
        to = {"dst": fields["to"]} if isinstance(fields["to"], str) else fields["to"]
        for name, planting in to.items():
            there = os.path.join(self.receiver, name)
            copy(planted(planting), there)
        for name, content in fields["cli"].items():
            put(os.path.join(self.cli, name), content, T0)
        for d in (self.cli, self.mod):
            stamp(d, T0)
        words = {"{tomorrow}": time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + 86400)), "{cli}": self.cli}
        for word, value in words.items():
            options = options.replace(word, value)
        self.options = shlex.split(options) + ([f"--protocol={protocol}"] if protocol != 32 else [])
        self.place = place

    def play(self):
        params = {"transfer_logging": "yes", "munge_symlinks": "no", **self.fields["conf"]}
        if self.part == "shell":
            self.daemon = self.t.shell(self.mod, self.target, stem=self.place)
        else:
            self.daemon = self.t.serve(self.mod, self.target, daemon={"stem": self.place}, **params)
        self.module = self.daemon.url("m/")
        seen = {}
        if self.fields["dry"]:
            before = self.photo()
            dry = self.transfer(["-n"], None)
            why = difference(before, {n: {k: v for k, v in facts.items() if (k, v) != ("inode", "kept")} for n, facts in dry.tree.items()})
            if why:
                raise Failure(f"{self.target}: a dry run changed something: {why}\n  the client: {dry.command}")
            seen["dry run"] = dry
        seen["run"] = self.transfer([], self.fields["rc"])
        return seen

    def ends(self):
        there = lambda path: self.module + path
        args, dest = self.fields["args"], self.fields["dest"]
        if self.role == "push":
            return [*args, there(dest)]
        return [there(a) for a in args] + ([dest] if dest else [])

    def transfer(self, more, rc):
        """One client run, its printed lines, the daemon's new log lines, and the state afterwards."""
        f = self.fields
        before, inodes = len(self.daemon.log_lines()), self.hold()
        argv = [*more, *self.options, *self.ends()]
        run = self.t.run(f["client"] or CLIENT, *argv, cwd=self.cli, env={**f["env"], **(self.daemon.env if self.part == "shell" else {})}, stdin=f["stdin"], timeout=20)
        if rc is not None and run.rc not in (rc if isinstance(rc, tuple) else (rc,)):
            raise Failure(f"{self.target}: expected exit {rc}: {run}")
        self.daemon.settle()
        seen = Seen(self, self.protocol, run, self.photo(), inodes, self.daemon.log_lines()[before:] if f["log"] else [])
        if rc is not None:
            for text in f["says"]:
                if not any(text in line for line in (*seen.out, *seen.err, *seen.log)):
                    raise Failure(f"{self.target}: {text!r} is nowhere in {seen.out} {seen.err} {seen.log}")
        return seen

    def photo(self):
        facts = photograph(self.dir, self.fields["atimes"])
        for name in self.fields["unsteady"]:
            # Only that it is there: what it holds hangs on chance.
            for unsteady in ("sum", "size", "room"):
                facts.get(name.encode(), {}).pop(unsteady, None)
        return facts

    def hold(self):
        """Every file's inode, held by a handle, so that its number is not given to another one meanwhile."""
        held = {}
        for name in tree(self.receiver, content=False):
            path = os.path.join(os.fsencode(self.receiver), name)
            handle = os.open(path, os.O_PATH | os.O_NOFOLLOW)
            held[os.path.relpath(path, os.fsencode(self.dir))] = (os.fstat(handle).st_ino, handle)
        return held


class Seen:
    """What one run left behind."""

    def __init__(self, scene, protocol, run, photo, inodes, log):
        self.command = f"cd {scene.cli} && {shlex.join(run.argv)}"
        self.rc, self.tree = run.rc, photo
        self.raw = (run.out, run.err)
        if protocol < 29:
            # Whether a directory's time has changed by the time it is named is a race of the old order.
            run.out = re.sub(r"(?m)^\.d\.\.t\.\.\.\.\.\. ", ".d          ", run.out)
        same = lambda lines: [steady(l, scene) for l in lines if not HEAP.search(l)]
        self.out, self.err, self.log = same(plain(run.out)), same(plain(run.err)), same(log)
        for name, (number, handle) in inodes.items():
            if name in self.tree and self.tree[name]["kind"] != "dir":
                path = os.path.join(os.fsencode(scene.dir), name)
                self.tree[name]["inode"] = "kept" if os.lstat(path).st_ino == number else "new"
            os.close(handle)

    def differs(self, other):
        errors = lambda s: s.err
        if "Connection reset by peer" in self.raw[1] + other.raw[1]:
            # The client's last words are then about the reset, which the other may have been spared.
            errors = lambda s: [l for l in s.err if not l.startswith("rsync error: ")]
        elif self.rc != other.rc:
            return f"exit codes {self.rc} and {other.rc}\n  {self.err[-6:]}\nand\n  {other.err[-6:]}"
        return (lines_differ("output", self.out, other.out) or lines_differ("errors", errors(self), errors(other))
                or difference(self.tree, other.tree) or lines_differ("log", self.log, other.log))


def lines_differ(what, wanted, got):
    """Which lines only one of the two has; their order is the scheduler's."""
    left, extra = list(wanted), []
    for line in got:
        left.remove(line) if line in left else extra.append(line)
    if left or extra:
        return f"{what}: missing {left[:12]}, too much {extra[:12]}"
    return ""


def steady(line, scene):
    """A line without what no two runs have in common: ports, bytes on the wire, the scene's own directory."""
    line = re.sub(r"^(opening connection using: )\S+ \S+", r"\1RSH HOST", line)
    line = line.replace(scene.dir, "DIR").replace(scene.t.dir, "TOP").replace(f":{scene.daemon.port}", ":PORT")
    line = re.sub(r"^sent \d+ bytes  received \d+ bytes", "sent N bytes  received N bytes", line)
    # How often a search looks into its table hangs on the table's form.
    line = re.sub(r"hash_hits=\d+  false_alarms=\d+", "hash_hits=N  false_alarms=N", line)
    line = re.sub(r"^false_alarms=\d+ hash_hits=\d+", "false_alarms=N hash_hits=N", line)
    line = re.sub(r" starting pid=\d+", " starting pid=N", line)
    return re.sub(r" at \S+ \[(\w+)=[^\]]*\]", r" [\1]", line)


def photograph(root, atimes=False):
    """`tree`, and what this table compares beyond it. A time that is today's is just that: `now`."""
    now, facts_of = time.time_ns(), tree(root)
    for name, facts in facts_of.items():
        path = os.path.join(os.fsencode(root), name)
        st = os.lstat(path)
        if "mtime" in facts:
            facts["mtime"] = "now" if abs(now - facts["mtime"]) < 43200 * 10**9 else facts["mtime"]
        if atimes and facts["kind"] in ("file", "dir"):
            facts["atime"] = "now" if abs(now - st.st_atime_ns) < 43200 * 10**9 else st.st_atime_ns
        if facts["kind"] == "file":
            facts["room"] = room(st)
        marks = attributes(path)
        if marks:
            facts["xattrs"] = marks
    return facts_of


def room(st):
    """Whether a file has holes, or more room than it needs; roughly, since writes of other sizes leave other holes."""
    used, slack = st.st_blocks * 512, 32 << 10
    if st.st_size < 2 * slack:
        return "over" if used > st.st_size + 2 * slack else "small"
    if used > st.st_size + slack:
        return "over"
    return "full" if used > st.st_size - slack else "mostly holes" if used < st.st_size // 2 else "some holes"


def attributes(path):
    """Extended attributes, access lists among them, as hex."""
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return {}
    return {n: os.getxattr(path, n, follow_symlinks=False).hex() for n in sorted(names) if not n.startswith("security.")}


@scenery("none")
def _nothing(root):
    settle_dirs(root)


@scenery("general")
def _general(root):
    from trees import general
    general(root)


@scenery("older")
def _older(root):
    from trees import older
    older(root)


@scenery("newer")
def _newer(root):
    from options import newer
    newer(root)


@scenery("sized")
def _sized(root):
    from options import sized
    sized(root)


@scenery("blocked")
def _blocked(root):
    from options import blocked
    blocked(root)


@scenery("linked")
def _linked(root):
    from options import linked
    linked(root)


@scenery("hardlinks")
def _hardlinks(root):
    from matrix import hardlinks
    hardlinks(root)


@scenery("hardlinks-before")
def _hardlinks_before(root):
    from matrix import hardlinks_before
    hardlinks_before(root)
