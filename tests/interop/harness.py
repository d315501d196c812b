"""What every row of the suite uses: daemons, clients, outcomes and their comparison.

A row is a function of one argument, the bench `t`. It is registered under a part with `@case` (or `add` for generated
rows) and runs in a process of its own with a directory of its own. `RSYNCD_UNDER_TEST=stock` runs the suite against
the stock daemon; otherwise ours is under test, and comparing rows run the stock daemon beside it.
"""
import os, random, re, shlex, shutil, signal, socket, subprocess, time

from known import difference as difference_known
from trees import difference, tree

ROOT = os.geteuid() == 0
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STOCK = os.environ.get("RSYNC_STOCK") or shutil.which("rsync") or "/usr/bin/rsync"
CLIENT = os.environ.get("RSYNC_CLIENT") or STOCK
OURS = os.environ.get("TINYRSYNCD") or os.path.join(TOP, "target/release/tinyrsyncd")
UNDER_TEST = "stock" if os.environ.get("RSYNCD_UNDER_TEST") == "stock" else "ours"
START_SECONDS = 10
CLIENT_SECONDS = 60

ROWS = []


class Row:
    def __init__(self, part, name, run, edge, ours, root, weight, later, lacks):
        self.part, self.name, self.run = part, f"{part}/{name}", run
        self.edge, self.ours, self.root, self.weight, self.later, self.lacks = edge, ours, root, weight, later, lacks

    def skip_reason(self):
        """Why this row cannot run here, or None."""
        if self.ours and UNDER_TEST == "stock":
            return f"ours only: {self.ours}"
        if self.later and UNDER_TEST != "stock":
            return f"not served yet: {self.later}"
        if self.root and not ROOT:
            return f"needs root: {self.root}"
        known = difference_known(self.name) if UNDER_TEST != "stock" and os.environ.get("INTEROP_KNOWN") != "run" else None
        if known:
            return f"known difference: {known}"
        if self.lacks:
            return f"not on this machine: {self.lacks}"
        return None


def add(part, name, run, *, edge=False, ours="", root="", weight=1, later="", lacks=""):
    """Registers one row. `ours`, `root`, `later` and `lacks` hold the reason to print when the row is skipped; edges always run in CI."""
    ROWS.append(Row(part, name, run, edge, ours, root, weight, later, lacks))


def case(part, name, **marks):
    def register(run):
        add(part, name, run, **marks)
        return run
    return register


class Failure(Exception):
    pass


def text(data):
    return data.decode("utf-8", "surrogateescape")


def program(target):
    return STOCK if target == "stock" else OURS


def free_port(host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=10, what="the condition"):
    """Polls `condition` until it holds; its value is returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s for {what}")
        time.sleep(0.01)


def children(pid):
    """Living (not zombie) children of a process, and theirs."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append(int(entry))
    found, look = [], [pid]
    while look:
        kids = parents.get(look.pop(), [])
        found += kids
        look += kids
    return found


class Result:
    """How one program run ended."""
    def __init__(self, argv, rc, out, err, seconds):
        self.argv, self.rc, self.out, self.err, self.seconds = argv, rc, out, err, seconds

    def __str__(self):
        return f"$ {' '.join(self.argv)}\nexit {self.rc}\n{self.out[-1500:]}{self.err[-1500:]}"


class Daemon:
    """A daemon on a port of its own, from a configuration text; `launch` is a program that becomes the daemon."""
    def __init__(self, bench, target, conf, args=(), env=None, host="127.0.0.1", stem="rsyncd", launch=()):
        self.bench, self.target, self.host = bench, target, host
        self.dir = os.path.join(bench.dir, target)
        os.makedirs(self.dir, exist_ok=True)
        self.conf_path = os.path.join(self.dir, f"{stem}.conf")
        self.log_path = os.path.join(self.dir, f"{stem}.log")
        self.pid_path = os.path.join(self.dir, f"{stem}.pid")
        self.stderr_path = os.path.join(self.dir, f"{stem}.stderr")
        self.write_conf(conf)
        self.launch, self.args, self.env = list(launch), list(args), dict(os.environ, LC_ALL="C", **(env or {}))
        for _ in range(5):
            if self._start():
                return
        raise Failure(f"{target}: the daemon does not start: {self.tail()}")

    def write_conf(self, conf):
        head = f"log file = {self.log_path}\npid file = {self.pid_path}\nreverse lookup = no\n"
        with open(self.conf_path, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(head + conf)

    def _start(self):
        self.port = free_port(self.host)
        argv = [*self.launch, program(self.target), "--daemon", "--no-detach", f"--config={self.conf_path}", f"--port={self.port}",
                f"--address={self.host}", *self.args]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=open(self.stderr_path, "ab"),
                                        stderr=subprocess.STDOUT, env=self.env)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            if self._listens():
                return True
            time.sleep(0.005)
        self.process.kill()
        self.process.wait()
        return False

    def _listens(self):
        """Whether the port is in state LISTEN; read from the kernel, so that the daemon sees no probing connection."""
        wanted = f":{self.port:04X}"
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            try:
                with open(table) as f:
                    if any(line.split()[1].endswith(wanted) and line.split()[3] == "0A" for line in f):
                        return True
            except OSError:
                pass
        return False

    def url(self, path, user=""):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"rsync://{user + '@' if user else ''}{host}:{self.port}/{path}"

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="surrogateescape") as f:
                return f.read()
        except OSError:
            return ""

    def log_lines(self):
        """Log texts without time stamp and pid."""
        return [re.sub(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\d+\] ", "", line) for line in self.log().splitlines()]

    def tail(self):
        try:
            with open(self.stderr_path, errors="replace") as f:
                err = f.read()[-800:]
        except OSError:
            err = ""
        return f"--- log of the {self.target} daemon\n{self.log()[-1500:]}{err}"

    def connect(self, timeout=10):
        return socket.create_connection((self.host, self.port), timeout)

    def workers(self):
        return children(self.process.pid)

    def settle(self, seconds=15):
        """Waits until no connection process is left."""
        wait_for(lambda: not self.workers(), seconds, "the connection's processes to end")

    def stop(self, signum=signal.SIGTERM):
        if self.process.poll() is None:
            workers = self.workers()
            self.process.send_signal(signum)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            for pid in workers:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        return self.process.returncode


class Shell:
    """A server over a remote shell: a script in ssh's place runs the client's command in `home`, or a forced one instead of it.

    It has what a row asks of a `Daemon`: its url, an empty log, and `env`, which the client needs.
    """
    port = 0

    def __init__(self, bench, target, home, forced="", stem="shell"):
        self.target, self.home = target, home
        programs = bench.make(target, stem + ".bin")
        link = os.path.join(programs, "rsync")
        if not os.path.lexists(link):
            os.symlink(program(target), link)
        if not os.access(link, os.X_OK):
            # The shell would find another one.
            raise Failure(f"{program(target)} is not there")
        told = 'export SSH_ORIGINAL_COMMAND="$*" SSH_CONNECTION="192.0.2.9 4000 192.0.2.1 22"\n' if forced else ""
        command = shlex.quote(forced) if forced else '"$*"'
        script = bench.write(f"{target}/{stem}.sh", f"#!/bin/sh\nshift\ncd {shlex.quote(home)} || exit\nPATH={shlex.quote(programs)}:$PATH\n"
                             f"{told}exec sh -c {command}\n", 0o755)
        self.env = {"RSYNC_RSH": script}

    def url(self, path, user=""):
        """`m/x` is `x` in the home directory."""
        return f"{self.target}:{path.removeprefix('m/')}"

    def log_lines(self):
        return []

    def settle(self, seconds=15):
        pass


class Outcome:
    """What a transfer left behind: exit code, printed text, the destination's tree."""
    def __init__(self, result, dest, stats=False, **fields):
        self.result, self.rc, self.dest = result, result.rc, dest
        self.out, self.err = plain(result.out), plain(result.err)
        self.tree = tree(dest, **fields) if dest and os.path.isdir(dest) else {}

    def differs(self, other):
        if self.rc != other.rc:
            return f"exit codes {self.rc} and {other.rc}\n{other.result}"
        if sorted(self.out) != sorted(other.out):
            return f"printed\n  {self.out[:40]}\nand\n  {other.out[:40]}"
        if sorted(self.err) != sorted(other.err):
            return f"errors\n  {self.err}\nand\n  {other.err}"
        return difference(self.tree, other.tree)


UNSTEADY = re.compile(
    r"^sent [\d,.KMG]+ bytes|^total size is |^File list (size|generation|transfer)|^Total bytes (sent|received)|"
    r"^\s+[\d,.]+[KMG]? +\d+% |^$|^(sending|receiving) incremental file list|^(building|receiving) file list|\d+ files? to consider|"
    r"^created directory |^delta-transmission|^ \.\.\.|^opening tcp connection|^sending daemon args|^\((Client|Server)\) ")


def plain(printed):
    """The lines of a client's output that two equal runs have in common."""
    lines = []
    for line in re.split(r"[\r\n]", printed):
        line = re.sub(r" at \S+ \[(\w+)=[^\]]*\]", r" [\1]", line)
        line = re.sub(r"127\.0\.0\.1:\d+", "HOST", line)
        # Whether a client still hears a reset after the last word is a race of its own.
        if not UNSTEADY.search(line) and "Connection reset by peer" not in line:
            lines.append(line)
    return lines


class Bench:
    """One row's tools; `targets` are the daemons a comparing row runs, the first is the reference."""
    def __init__(self, row, directory, seed, ci):
        self.row, self.dir, self.ci = row, directory, ci
        self.random = random.Random(f"{seed}/{row.name}")
        self.under_test = UNDER_TEST
        self.targets = ["stock"] if UNDER_TEST == "stock" else ["stock", "ours"]
        self.daemons = []

    def path(self, *parts):
        p = os.path.join(self.dir, *parts)
        os.makedirs(os.path.dirname(p), exist_ok=True)
        return p

    def make(self, *parts):
        p = os.path.join(self.dir, *parts)
        os.makedirs(p, exist_ok=True)
        return p

    def write(self, path, content="", mode=None):
        path = self.path(path)
        with open(path, "wb") as f:
            f.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
        if mode is not None:
            os.chmod(path, mode)
        return path

    def daemon(self, conf, target=None, **more):
        d = Daemon(self, target or self.under_test, conf, **more)
        self.daemons.append(d)
        return d

    def serve(self, path, target=None, head="", daemon=None, **params):
        """A daemon with the one module `m` on `path`, writable, as root when we are root. A parameter's `_` is a blank."""
        return self.daemon(module_conf(path, head, **params), target, **(daemon or {}))

    def shell(self, home, target=None, **more):
        """A server over a remote shell, whose user's home this is."""
        return Shell(self, target or self.under_test, home, **more)

    def run(self, *argv, timeout=CLIENT_SECONDS, env=None, cwd=None, stdin=None, program=None):
        argv = [str(a) if not isinstance(a, bytes) else a for a in argv]
        start = time.monotonic()
        p = subprocess.Popen(argv, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, cwd=cwd or self.dir, env=dict(os.environ, LC_ALL="C", **(env or {})))
        try:
            out, err = p.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            try:
                out, err = p.communicate(timeout=2)
            except subprocess.TimeoutExpired as e:
                # Its child still holds the pipe; it goes with the row.
                out, err = e.stdout or b"", e.stderr or b""
            raise Failure(f"hangs after {timeout} s: {shown(argv)}\n{text(out)[-500:]}{text(err)[-500:]}")
        return Result([a if isinstance(a, str) else text(a) for a in argv], p.returncode, text(out), text(err), time.monotonic() - start)

    def rsync(self, *args, rc=0, **more):
        """Runs the client; `rc` is the expected exit code, a tuple of them, or None for any."""
        r = self.run(CLIENT, *args, **more)
        if rc is not None and r.rc not in (rc if isinstance(rc, tuple) else (rc,)):
            raise Failure(f"expected exit {rc}: {r}")
        return r

    def each(self, run):
        """Runs `run(target)` for every daemon and holds the outcomes against the first one's."""
        outcomes = [run(target) for target in self.targets]
        for target, outcome in list(zip(self.targets, outcomes))[1:]:
            why = outcomes[0].differs(outcome)
            if why:
                raise Failure(f"stock and {target} differ: {why}")
        return outcomes[0]

    def ok(self, condition, what):
        if not condition:
            raise Failure(str(what))

    def eq(self, got, wanted, what="value"):
        if isinstance(got, list) and isinstance(wanted, list) and got != wanted:
            extra, missing = [x for x in got if x not in wanted], [x for x in wanted if x not in got]
            raise Failure(f"{what}: too much {extra[:20]}, missing {missing[:20]}" if extra or missing else f"{what}: another order: {got} {wanted}")
        if got != wanted:
            raise Failure(f"{what}: got {got!r}, wanted {wanted!r}")

    def has(self, haystack, needle):
        if needle not in haystack:
            raise Failure(f"{needle!r} not found in:\n{haystack[-2000:]}")

    def close(self):
        for d in self.daemons:
            d.stop(signal.SIGKILL)

    def story(self):
        return "\n".join(d.tail() for d in self.daemons)


def module_conf(path, head="", **params):
    values = {"path": path, "use chroot": "no", "read only": "no"}
    if ROOT:
        values.update(uid="0", gid="0")
    values.update({k.replace("_", " "): v for k, v in params.items()})
    return head + "[m]\n" + "".join(f"    {k} = {v}\n" for k, v in values.items() if v is not None)


def shown(argv):
    return " ".join(a if isinstance(a, str) else text(a) for a in argv)
