"""Without modules: over a remote shell, behind forced commands, restricted to a directory; and through a real sshd.

The tables of options run over a remote shell too (`optable.table` registers them here).
"""
import os, re, shlex, shutil, socket, subprocess

import matrix
from harness import CLIENT, OURS, ROOT, STOCK, Failure, Outcome, Shell, add, case, free_port, program, wait_for
from matrix import KINDS, PROTOCOLS
from trees import T0, copy, difference, general_tree, put, settle_dirs, stamp, tree

LETTERS = "vnlogDtprxzcHSRWuIAX"


for protocol in PROTOCOLS:
    for direction in ("push", "pull"):
        for kind in KINDS:
            if kind in ("chrooted", "munged"):
                continue
            for inc in ((True, False) if protocol >= 30 else (False,)):
                name = f"matrix-{direction}-p{protocol}-{kind}" + ("-inc" if inc and protocol >= 30 else "")
                add("shell", name, lambda t, a=(protocol, direction, kind, inc): matrix.run(t, *a, over_shell=True), edge=kind == "changed" and protocol in (29, 32), **KINDS[kind][2])


# Forced commands that do not fit

def small(root):
    put(os.path.join(root, "f"), b"hello" * 3000)
    put(os.path.join(root, "sub", "g"), b"x")
    os.symlink("f", os.path.join(root, "l"))
    stamp(os.path.join(root, "l"), T0)
    settle_dirs(root)


def mismatch(t, direction, letter, side, protocol):
    """One letter on one side only. What would garble the stream is refused with a sentence for both ends; the rest works."""
    base = "rlt".replace(letter, "")
    client, server = (base + letter, base) if side == "client" else (base, base + letter)
    caps = "" if protocol < 30 else "e.iLsfxCIvu"
    home, local = t.make("home"), t.make("local")
    small(os.path.join(home, "src"))
    small(os.path.join(local, "src"))
    before = tree(home)
    where = "--sender " if direction == "pull" else ""
    path = "src/" if direction == "pull" else "dst/"
    peer = t.shell(home, "ours", forced=f"rsync --server {where}-{server}{caps} . {path}")
    ends = (peer.url("src/"), "dst/") if direction == "pull" else ("src/", peer.url("dst/"))
    r = t.run(CLIENT, f"-{client}", f"--protocol={protocol}", *ends, cwd=local, env=peer.env, timeout=10)
    shapes = letter in "nlogDzcHAX" or (letter == "R" and direction == "pull")
    if letter == "A" and protocol < 30 or letter == "X" and protocol < 30:
        t.ok(r.rc != 0, f"{r}")
        return
    if shapes:
        t.eq(r.rc, 12, f"exit code: {r}")
        t.has(r.err, "rsync: the forced command says ")
        t.has(r.err, f"-{letter} (")
        t.has(r.err, "(code 1) at tinyrsyncd")
        t.ok(not os.path.exists(os.path.join(local, "dst")) or not os.listdir(os.path.join(local, "dst")), "something was received")
        t.eq(tree(home), before, "the server's side")
    else:
        t.eq(r.rc, 0, f"exit code: {r}")
        t.eq("The forced command counts." in r.err, letter != "v", f"a remark: {r}")
    t.ok("panic" not in r.err, r.err)


for direction in ("pull", "push"):
    for letter in LETTERS:
        for side in ("client", "server"):
            for protocol in (29, 32):
                add("shell", f"mismatch-{direction}-{letter}-{side}-p{protocol}", lambda t, a=(direction, letter, side, protocol): mismatch(t, *a),
                    ours="stock garbles the stream", edge=letter == "n" and protocol == 32)


@case("shell", "mismatch-direction", edge=True, ours="stock garbles the stream")
def wrong_way(t):
    home = t.make("home")
    peer = t.shell(home, "ours", forced="rsync --server --sender -rlte.iLsfxCIvu . src/")
    put(os.path.join(t.dir, "f"), b"x")
    r = t.rsync("-rlt", "f", peer.url("dst/"), env=peer.env, rc=12, timeout=10)
    t.has(r.err, "the forced command sends (--sender), the client asked for a server that receives")
    peer = t.shell(home, "ours", forced="rsync --server --daemon .", stem="daemon")
    r = t.rsync("-rlt", peer.url("src/"), "dst/", env=peer.env, rc=12, timeout=10)
    t.has(r.err, "the forced command serves modules (host::module/path), the client asked for a path (host:path)")
    peer = t.shell(home, "ours", forced="rsync --server --sender -rlte.iLsfxCIvu . src/", stem="paths")
    r = t.rsync("-rlt", "-e", peer.env["RSYNC_RSH"], "ours::mod/", "dst/", rc=(5, 12), timeout=10)
    t.has(r.err, "the forced command serves a path (host:path), the client asked for a module")


@case("shell", "forced-capabilities-are-the-clients", ours="a forced command without capability letters gets no incremental lists from stock")
def capabilities(t):
    """The user's line is of 2.6.9's days; a client of today still gets today's protocol."""
    home = t.make("home")
    small(os.path.join(home, "src"))
    peer = t.shell(home, "ours", forced="rsync --server --sender -vlogDtprz . src/")
    r = t.rsync("-avz", "--info=flist2", peer.url("src/"), "dst/", env=peer.env)
    t.has(r.out, "receiving incremental file list")


# Restricted to a directory: the commands of a stock client, and each way out that people have tried

def commands():
    """Name, flags of the helper script, client's options, ends; {u} is the peer."""
    pull, push = ["-a", "{u}src/", "got/"], ["-a", "mine/", "{u}new/"]
    yield "pull", [], pull
    yield "push", [], push
    yield "pull-root", [], ["-a", "{u}/", "got/"]
    yield "pull-absolute-word", [], ["-a", "{u}/src/", "got/"]
    yield "read-only-pull", ["-ro"], pull
    yield "read-only-push", ["-ro"], push
    yield "write-only-pull", ["-wo"], pull
    yield "write-only-push", ["-wo"], push
    yield "delete", [], ["-a", "--delete", "mine/", "{u}src/"]
    yield "no-delete", ["-no-del"], ["-a", "--delete", "mine/", "{u}src/"]
    yield "remove-source", ["-no-del"], ["-a", "--remove-source-files", "{u}src/", "got/"]
    yield "no-overwrite", ["-no-overwrite"], ["-a", "mine/", "{u}src/"]
    yield "no-overwrite-backup", ["-no-overwrite"], ["-ab", "mine/", "{u}src/"]
    yield "munge", ["-munge"], ["-a", "mine/", "{u}new/"]
    yield "climb", [], ["-a", "{u}../outside/", "got/"]
    yield "climb-inside", [], ["-a", "{u}src/../../outside/", "got/"]
    yield "absolute", [], ["-a", "{u}{outside}/", "got/"]
    yield "push-climb", [], ["-a", "mine/", "{u}../outside/"]
    yield "link-dest-climb", [], ["-a", "--link-dest=../../outside", "mine/", "{u}new/"]
    yield "partial-dir-climb", [], ["-a", "--partial-dir=../../outside", "mine/", "{u}new/"]
    yield "backup-dir-climb", [], ["-ab", "--backup-dir=../../outside", "mine/", "{u}src/"]
    yield "temp-dir-climb", [], ["-a", "--temp-dir=../../outside", "mine/", "{u}src/"]
    yield "files-from-climb", [], ["-a", "--files-from=:../outside/list", "{u}src/", "got/"]
    yield "copy-links", [], ["-aL", "{u}src/", "got/"]
    yield "copy-unsafe", [], ["-a", "--copy-unsafe-links", "{u}src/", "got/"]
    yield "secluded", [], ["-as", "{u}src/", "got/"]
    yield "log-file-climb", [], ["-a", "-M--log-file=../outside/log", "{u}src/", "got/"]
    yield "write-devices", [], ["-a", "--write-devices", "mine/", "{u}src/"]
    yield "copy-devices", [], ["-a", "-M--copy-devices", "{u}src/", "got/"]
    yield "several", [], ["-a", "{u}src/f", ":sub/x", "got/"]
    yield "several-climb", [], ["-a", "{u}src/f", ":../outside/secret", "got/"]
    yield "list", [], ["{u}src/"]
    yield "wildcard", [], ["-a", "{u}src/*", "got/"]
    yield "checks", [], ["-aciHAX", "--numeric-ids", "--delete-after", "mine/", "{u}src/"]
    yield "module", [], ["-a", "{target}::src/", "got/"]


def restricted(t, target, name, flags, args):
    """One client run against a restricted account; returns the outcome, and holds the outside against what it was."""
    home, out = t.make(target, "home"), t.make(target, "outside")
    local = t.make(target, "local")
    small(os.path.join(home, "src"))
    put(os.path.join(home, "sub", "x"), b"sub")
    put(os.path.join(out, "secret"), b"secret")
    put(os.path.join(out, "list"), b"secret\n")
    os.symlink("../../outside", os.path.join(home, "src", "way-out"))
    stamp(os.path.join(home, "src", "way-out"), T0)
    small(os.path.join(local, "mine"))
    put(os.path.join(local, "mine", "f"), b"mine is another", T0 + 500)
    settle_dirs(home)
    before = tree(out)
    script = os.path.join(t.make(target, "bin"), "rrsync")
    if target == "ours" and not os.path.lexists(script):
        os.symlink(OURS, script)
    call = script if target == "ours" else shutil.which("rrsync") or "rrsync"
    peer = t.shell(t.make(target, "account"), target, forced=shlex.join([call, *flags, home]))
    words = [a.format(u=peer.url(""), outside=out, target=target) for a in args]
    r = t.run(CLIENT, *words, cwd=local, env=peer.env, timeout=20)
    t.eq(tree(out), before, f"what lies outside: {r}")
    t.ok("secret" not in r.out, f"a name from outside: {r}")
    got = os.path.join(local, "got")
    t.ok(not any(os.path.isfile(os.path.join(d, "secret")) for d, _, _ in os.walk(got)), f"a file from outside: {r}")
    return r, Outcome(r, t.path(target))


def known_text(lines, home):
    return sorted(re.sub(r"^\S*rrsync error: ", "rrsync error: ", line).replace(home, "HOME") for line in lines if "rrsync error" in line)


# What ours answers in other words, or does better.
RESTRICTED_ALONE = {"several-climb", "module", "list", "copy-unsafe", "absolute", "log-file-climb", "copy-devices", "partial-dir-climb", "wildcard"}


def compare(t, name, flags, args):
    runs = {target: restricted(t, target, name, flags, args) for target in (["stock", "ours"] if shutil.which("rrsync") else ["ours"])}
    r, ours = runs["ours"]
    refused = any(word in name for word in ("climb", "copy-links", "copy-unsafe", "secluded", "devices", "module")) or \
        name in ("read-only-push", "write-only-pull", "no-delete", "remove-source", "no-overwrite-backup")
    t.eq(r.rc != 0, refused or name == "absolute", f"refused: {r}")
    if refused and name != "module":
        t.has(r.err, "rrsync error: ")
    if "stock" in runs and name not in RESTRICTED_ALONE:
        stock = runs["stock"][1]
        t.eq(known_text(ours.err, t.path("ours", "home")), known_text(stock.err, t.path("stock", "home")), "what the script says")
        t.eq(r.rc, stock.rc, f"exit code: {r}")
        same = {k: v for k, v in tree(t.path("ours", "home")).items()}
        t.eq(same, tree(t.path("stock", "home")), "the directory")


for name, flags, args in commands():
    add("shell", f"restrict-{name}", lambda t, a=(name, flags, args): compare(t, *a), edge="climb" in name,
        ours="the helper script is run beside ours")


@case("shell", "restrict-by-option", edge=True, ours="an option of ours")
def by_option(t):
    home, local = t.make("home"), t.make("local")
    small(os.path.join(home, "src"))
    small(os.path.join(local, "mine"))

    def account(*words):
        return t.shell(t.dir, "ours", forced=shlex.join(["rsync", "--restrict", home, *words]), stem=f"s{len(words)}{words[0] if words else ''}".replace("-", ""))

    peer = account("--read-only")
    t.rsync("-a", peer.url("src/"), "got/", cwd=local, env=peer.env)
    r = t.rsync("-a", "mine/", peer.url("new/"), cwd=local, env=peer.env, rc=12)
    t.has(r.err, "rsync error: sending to read-only server is not allowed")
    peer = account("--append-only")
    t.rsync("-a", "mine/", peer.url("new/"), cwd=local, env=peer.env)
    put(os.path.join(local, "mine", "f"), b"changed", T0 + 900)
    t.rsync("-a", "mine/", peer.url("new/"), cwd=local, env=peer.env)
    with open(os.path.join(home, "new", "f"), "rb") as f:
        t.eq(f.read(), b"hello" * 3000, "what was there")
    r = t.rsync("-a", "--delete", "mine/", peer.url("new/"), cwd=local, env=peer.env, rc=12)
    t.has(r.err, "option --delete has been disabled on this server.")
    peer = account("--allow-delete", "no")
    r = t.rsync("-a", "--delete", "mine/", peer.url("new/"), cwd=local, env=peer.env, rc=12)
    t.has(r.err, "has been disabled on this server.")
    lock = t.path("lock")
    peer = account("--lock", lock, "--write-only")
    t.rsync("-a", "mine/", peer.url("new/"), cwd=local, env=peer.env)
    t.ok(os.path.exists(lock), "no lock file")
    r = t.run(OURS, "--restrict", t.path("nowhere"), env={"SSH_ORIGINAL_COMMAND": "rsync --server . x"})
    t.eq((r.rc, "Restricted directory does not exist!" in r.err), (1, True), str(r))
    r = t.run(OURS, "--restrict", home)
    t.eq((r.rc, "Not invoked via sshd" in r.err), (1, True), str(r))
    r = t.run(OURS, "--restrict", home, env={"SSH_ORIGINAL_COMMAND": "true"})
    t.eq(r.rc, 0, str(r))


@case("shell", "restrict-race", edge=True, ours="a link that appears during the run leads nowhere")
def race(t):
    """Directories turn into links to the outside and back while a client pushes and pulls."""
    home, out, local = t.make("home"), t.make("outside"), t.make("local")
    put(os.path.join(out, "secret"), b"secret")
    for i in range(60):
        put(os.path.join(home, "d", f"f{i:02d}"), b"%d" % i)
        put(os.path.join(local, "mine", "d", f"n{i:02d}"), b"n%d" % i)
    os.symlink(out, os.path.join(home, "trap"))
    before = tree(out)
    flip = subprocess.Popen(["python3", "-c", "import os,sys\nh=sys.argv[1]\ndef to(a,b):\n  try: os.rename(h+a,h+b)\n  except OSError: pass\nwhile 1:\n  to('/d','/x');to('/trap','/d');to('/d','/trap');to('/x','/d')", home])
    try:
        peer = t.shell(t.dir, "ours", forced=shlex.join(["rsync", "--restrict", home, "--no-lock"]))
        for _ in range(8):
            t.rsync("-a", peer.url("d/"), "got/", cwd=local, env=peer.env, rc=None)
            t.rsync("-a", "mine/", peer.url(""), cwd=local, env=peer.env, rc=None)
    finally:
        flip.kill()
        flip.wait()
    t.eq(tree(out), before, "what lies outside")
    t.ok(not os.path.exists(os.path.join(local, "got", "secret")), "a file from outside was sent")


# Odds and ends of a plain server

@case("shell", "log-file", edge=True)
def log_file(t):
    src = t.make("src")
    small(src)

    def one(target):
        home = t.make(target, "home")
        peer = t.shell(home, target)
        r = t.rsync("-a", "-M--log-file=log", src + "/", peer.url("dst/"), env=peer.env)
        lines = [re.sub(r"^\S+ \S+ \[\d+\] ", "", line) for line in open(os.path.join(home, "log")).read().splitlines()]
        os.remove(os.path.join(home, "log"))
        outcome = Outcome(r, home)
        outcome.out += [re.sub(r"\d+ bytes", "N bytes", line) for line in lines]
        return outcome

    t.each(one)


@case("shell", "confine-root", edge=True, ours="stock refuses in other words")
def confine_root(t):
    """What stock's `rrsync` passes on: nothing leads out of the directory."""
    home, local, out = t.make("home"), t.make("local"), t.make("outside")
    small(os.path.join(home, "src"))
    put(os.path.join(out, "secret"), b"secret")
    put(os.path.join(out, "list"), b"f\n")
    os.symlink(out, os.path.join(home, "way-out"))
    before = tree(out)
    peer = t.shell(home, "ours")
    inside = f"-M--confine-root={home}"
    t.rsync("-a", inside, peer.url("src/"), "got/", cwd=local, env=peer.env)
    t.eq(tree(os.path.join(local, "got")), tree(os.path.join(home, "src")), "what came")
    t.rsync("-a", inside, f"ours:{home}/src/f", "whole/", cwd=local, env=peer.env)
    t.eq(os.listdir(os.path.join(local, "whole")), ["f"], "a whole name")
    for args in (["-a", inside, f"ours:{out}/", "no/"], ["-a", inside, "ours:../outside/", "no/"], ["-a", inside, "ours:way-out/", "no/"],
                 ["-a", inside, f"--files-from=:{out}/list", peer.url("src/"), "no/"], ["-a", inside, "got/", "ours:way-out/"], ["-a", inside, "got/", "ours:../outside/"]):
        r = t.rsync(*args, cwd=local, env=peer.env, rc=None)
        t.ok(r.rc != 0 or tree(out) == before, str(r))
        t.ok("secret" not in os.listdir(os.path.join(local, "no")) if os.path.isdir(os.path.join(local, "no")) else True, str(r))
    t.eq(tree(out), before, "what lies outside")


@case("shell", "stdio-of-all-kinds")
def stdio(t):
    """One socket for both directions, two pipes: the same worker."""
    home = t.make("home")
    small(os.path.join(home, "src"))
    script = t.write("sockets.py", "import os,socket,subprocess,sys,threading\na,b=socket.socketpair()\n"
                     f"p=subprocess.Popen([{program(t.under_test)!r},*sys.argv[3:]],stdin=b,stdout=b,cwd={home!r})\nb.close()\n"
                     "def up():\n  while 1:\n    d=os.read(0,65536)\n    if not d: a.shutdown(socket.SHUT_WR); return\n    a.sendall(d)\n"
                     "threading.Thread(target=up,daemon=True).start()\nwhile 1:\n  d=a.recv(65536)\n  if not d: break\n  os.write(1,d)\nsys.exit(p.wait())\n")
    t.rsync("-a", "-e", f"python3 {script}", "h:src/", "dst/")
    t.eq(tree(t.path("dst")), tree(os.path.join(home, "src")), "what came")


@case("shell", "no-client", edge=True)
def no_client(t):
    """Whoever starts it by hand, or says something else, is told; it does not wait for ever."""
    server = program(t.under_test)
    r = t.run(server, "--server", "--sender", "-r", ".", ".", stdin=b"hello, is this a shell?\n", timeout=10)
    t.eq(r.rc, 2, str(r))
    t.has(r.err, "protocol version mismatch -- is your shell clean?")
    r = t.run(server, "--server", "-r", ".", ".", timeout=10)
    t.ok(r.rc != 0, str(r))
    r = t.run(server, "--server", "--bogus", ".", ".", timeout=10)
    t.eq(r.rc, 1, str(r))
    t.has(r.err, "--bogus: unknown option")


# Through a real sshd

class Sshd:
    """OpenSSH's server on a loopback port, for our own user, with one key a line of `authorized_keys`."""
    def __init__(self, t, target, lines, etc=""):
        self.t, self.dir = t, t.make(target, "ssh")
        os.chmod(self.dir, 0o700)
        bin_dir = t.make(target, "bin")
        if not os.path.lexists(os.path.join(bin_dir, "rsync")):
            os.symlink(program(target), os.path.join(bin_dir, "rsync"))
        self.key("host")
        allowed = []
        for number, line in enumerate(lines):
            key = self.key(f"key{number}")
            with open(key + ".pub") as f:
                allowed.append(f"{line} {f.read().strip()}".strip())
        keys = t.write(f"{target}/ssh/authorized_keys", "\n".join(allowed) + "\n", 0o600)
        self.port = free_port()
        conf = t.write(f"{target}/ssh/sshd_config", f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.dir}/host\nAuthorizedKeysFile {keys}\n"
                       f"StrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\nSetEnv PATH={bin_dir}:/usr/bin:/bin\nPasswordAuthentication no\n")
        argv = ["/usr/sbin/sshd", "-D", "-e", "-f", conf]
        if etc:
            # A private view of /etc, so that /etc/rsyncd.conf is ours.
            argv = ["unshare", "-m", "--", "sh", "-c", f"mount --bind {shlex.quote(etc)} /etc && exec \"$0\" \"$@\"", *argv]
        self.log = open(os.path.join(self.dir, "log"), "wb")
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait_for(self.listens, 10, "sshd to listen")

    def key(self, name):
        path = os.path.join(self.dir, name)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, stdin=subprocess.DEVNULL)
        return path

    def listens(self):
        if self.process.poll() is not None:
            raise Failure("sshd ended: " + open(os.path.join(self.dir, "log")).read()[-600:])
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def env(self, number):
        return {"RSYNC_RSH": f"ssh -F none -i {self.dir}/key{number} -p {self.port} -o IdentitiesOnly=yes -o BatchMode=yes "
                             f"-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"}

    def stop(self):
        self.process.terminate()
        self.process.wait()


SSHD = "" if os.path.exists("/usr/sbin/sshd") and shutil.which("ssh") else "OpenSSH's server and client (openssh-server, openssh-client)"
NO_PTY = ',no-pty,no-port-forwarding,no-X11-forwarding,no-agent-forwarding'


def with_sshd(t, lines, use, etc=""):
    """`use(target, sshd)` for each target; outcomes are compared."""
    if ROOT:
        os.makedirs("/run/sshd", exist_ok=True)

    def one(target):
        sshd = Sshd(t, target, [line.replace("BIN", os.path.join(t.dir, target, "bin")) for line in lines], etc)
        try:
            return use(target, sshd)
        finally:
            sshd.stop()

    t.each(one)


@case("shell", "ssh-plain", edge=True, lacks=SSHD)
def ssh_plain(t):
    """No forced command: push, pull, a name with blanks, what cannot be read."""
    src = copy(general_tree(), t.make("src"))

    def use(target, sshd):
        dst, env = t.make(target, "dst"), sshd.env(0)
        t.rsync("-aH", src + "/", f"127.0.0.1:{dst}/with blank/", env=env)
        t.rsync("-aH", f"127.0.0.1:{dst}/with blank/", t.make(target, "back") + "/", env=env)
        t.eq(tree(t.path(target, "back")), tree(src), "what came back")
        r = t.rsync("-aH", "--delete", "--protocol=29", src + "/sub/" if os.path.isdir(src + "/sub") else src + "/", f"127.0.0.1:{dst}/with blank/", env=env)
        t.rsync("-a", "127.0.0.1:/nonexistent-file", t.make(target, "back") + "/", env=env, rc=23)
        return Outcome(r, dst)

    with_sshd(t, [""], use)


@case("shell", "ssh-forced-sender", edge=True, lacks=SSHD)
def ssh_forced_sender(t):
    """The user's line, as written but for the directory, with a client of protocol 29 and with today's; dry and real."""
    home = copy(general_tree(), t.make("home"))

    def use(target, sshd):
        dst = t.make(target, "dst")
        last = None
        for protocol in (29, 32):
            for number, letters in ((0, "-avzxn"), (1, "-avzx")):
                extra = [f"--protocol={protocol}"] if protocol == 29 else []
                last = t.rsync(letters, "--numeric-ids", "--delete", "--progress", *extra, "root@127.0.0.1:" + home + "/" if ROOT else "127.0.0.1:" + home + "/",
                               dst + "/", env=sshd.env(number))
                t.eq(bool(os.listdir(dst)), number == 1 or protocol == 32, "only a real run brings files")
            t.eq(difference(tree(home, ns=False), tree(dst, ns=False)), "", "what came")
        return Outcome(last, dst)

    lines = [f'command="rsync --server --sender -{letters} --numeric-ids . {home}/"{NO_PTY}' for letters in ("vnlogDtprxz", "vlogDtprxz")]
    with_sshd(t, lines, use)


@case("shell", "ssh-forced-daemon", edge=True, root="a private /etc", lacks=SSHD or ("" if shutil.which("unshare") else "unshare"))
def ssh_forced_daemon(t):
    """`command="rsync --server --daemon ."`, with /etc/rsyncd.conf, since root logs in."""
    mod = copy(general_tree(), t.make("mod"))
    etc = t.make("etc")
    subprocess.run(["cp", "-a", "/etc/.", etc + "/"], check=True)
    with open(os.path.join(etc, "rsyncd.conf"), "w") as f:
        f.write(f"use chroot = no\n[mod]\n  path = {mod}\n  uid = 0\n  gid = 0\n  comment = over ssh\n  munge symlinks = no\n")

    def use(target, sshd):
        dst, env = t.make(target, "dst"), sshd.env(0)
        t.eq(t.rsync("-e", env["RSYNC_RSH"], "127.0.0.1::").out, "mod            \tover ssh\n", "the list of modules")
        t.rsync("-av", "-e", env["RSYNC_RSH"], "--protocol=29", "127.0.0.1::mod/", dst + "/")
        r = t.rsync("-av", "-e", env["RSYNC_RSH"], "127.0.0.1::mod/", dst + "/")
        t.eq(difference(tree(mod, ns=False), tree(dst, ns=False)), "", "what came")
        t.rsync("-av", "-e", env["RSYNC_RSH"], "127.0.0.1::nope/", dst + "/", rc=5)
        return Outcome(r, dst)

    with_sshd(t, [f'command="rsync --server --daemon ."{NO_PTY}'], use, etc)


@case("shell", "ssh-mismatch", edge=True, lacks=SSHD, ours="stock ends with `Invalid checksum length`")
def ssh_mismatch(t):
    """The user's case: `n` stands on one side only. Both ways to get it wrong, and what each end reads."""
    home = copy(general_tree(), t.make("home"))

    def use(target, sshd):
        for number, letters, side in ((0, "-avzx", "in the forced command only"), (1, "-avzxn", "the client's only")):
            r = t.rsync(letters, "--numeric-ids", f"127.0.0.1:{home}/", t.make(target, "dst") + "/", env=sshd.env(number), rc=12, timeout=10)
            t.has(r.err, "rsync: the forced command says -v")
            t.has(r.err, f"-n (--dry-run) is {side}")
            t.eq(os.listdir(t.path(target, "dst")), [], "what came")
        return Outcome(r, t.path(target, "dst"))

    t.targets = ["ours"]
    lines = [f'command="rsync --server --sender -{letters} --numeric-ids . {home}/"{NO_PTY}' for letters in ("vnlogDtprxz", "vlogDtprxz")]
    with_sshd(t, lines, use)


@case("shell", "ssh-restrict", edge=True, lacks=SSHD, ours="one line in place of the script")
def ssh_restrict(t):
    home = t.make("home")
    small(os.path.join(home, "src"))

    def use(target, sshd):
        t.rsync("-a", "127.0.0.1:src/", t.make(target, "dst") + "/", env=sshd.env(0))
        r = t.rsync("-a", t.path(target, "dst") + "/", "127.0.0.1:new/", env=sshd.env(0), rc=12)
        t.has(r.err, "sending to read-only server is not allowed")
        r = t.rsync("-a", "127.0.0.1:../", t.make(target, "no") + "/", env=sshd.env(0), rc=12)
        t.has(r.err, "do not use .. in arg")
        t.eq(tree(t.path(target, "dst")), tree(os.path.join(home, "src")), "what came")
        return Outcome(r, t.path(target, "dst"))

    t.targets = ["ours"]
    with_sshd(t, [f'command="rsync --restrict {home} --read-only"{NO_PTY}'], use)
