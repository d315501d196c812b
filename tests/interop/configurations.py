"""Global parameters, places in a lock file shared with stock, the log of a day, and configurations as people write them."""
import os, re, select, signal, socket, subprocess, threading

from harness import CLIENT, ROOT, Failure, add, case, free_port, program, wait_for
from onoff import facts, fill
from parameters import PLAIN, lines, said, same, spoken
from trees import put

# Starts the daemon with nothing on its command line that stands in its file: @PORT@ there becomes the port.
BARE = """#!/bin/sh
program=$1; shift
for word; do
    shift
    case $word in
        --port=*) port=${word#*=} ;;
        --address=*) ;;
        --config=*) conf=${word#*=}; set -- "$@" "$word" ;;
        *) set -- "$@" "$word" ;;
    esac
done
sed -i "s/@PORT@/$port/" "$conf"
exec "$program" "$@"
"""


def bare(t, conf, target, **more):
    return t.daemon(conf, target, launch=[t.write("bare", BARE, 0o755)], **more)


@case("parameters", "address-and-port", edge=True)
def address_and_port(t):
    """The daemon listens where its file says, and nowhere else."""
    def run(target):
        d = bare(t, f"port = @PORT@\naddress = 127.0.0.3\n[m]\npath = {t.make('m')}\n", target)
        reached = []
        for host in ("127.0.0.3", "127.0.0.1"):
            try:
                socket.create_connection((host, d.port), 5).close()
                reached.append(host)
            except ConnectionRefusedError:
                pass
        d.settle()
        return reached

    t.eq(same(t, run), ["127.0.0.3"], "addresses that answer")


@case("parameters", "listen-backlog")
def listen_backlog(t):
    """While nobody accepts, so many connections are taken and no more."""
    def run(target):
        d = bare(t, f"port = @PORT@\naddress = 127.0.0.1\nlisten backlog = 3\n[m]\npath = {t.make('m')}\n", target)
        d.process.send_signal(signal.SIGSTOP)
        waiting = []
        try:
            for _ in range(12):
                s = socket.socket()
                s.setblocking(False)
                s.connect_ex(("127.0.0.1", d.port))
                waiting.append(s)
            # On loopback a connection is there at once, or not for a second.
            poll = select.poll()
            for s in waiting:
                poll.register(s, select.POLLOUT)
            ready = set()
            while found := [fd for fd, event in poll.poll(200) if event & select.POLLOUT and fd not in ready]:
                ready.update(found)
                for fd in found:
                    poll.unregister(fd)
            return len(ready)
        finally:
            d.process.send_signal(signal.SIGCONT)
            for s in waiting:
                s.close()

    t.ok(same(t, run) < 9, "connections that are taken")


@case("parameters", "socket-options")
def socket_options(t):
    """Options are set, or the log says which are none."""
    def run(target):
        d = t.daemon("socket options = SO_SNDBUF=65536,TCP_NODELAY SO_RCVBUF=32768 SO_KEEPALIVE=0 IPTOS_LOWDELAY nonsense IPTOS_THROUGHPUT=1 so_keepalive\n"
                     f"[m]\npath = {t.make('m')}\nuse chroot = no\n", target)
        d2 = t.daemon(f"socket options = more-nonsense\n[m]\npath = {t.make('m')}\nuse chroot = no\n", target, args=["--sockopts=of-the-command"], stem="second")
        return [line for d in (d, d2) for line in lines(d)], t.rsync(d.url("m/"), rc=None).rc

    t.has("\n".join(same(t, run)[0]), "Unknown socket option nonsense")


@case("parameters", "lock-file-shared", edge=True)
def lock_file_shared(t):
    """Stock's daemon and ours count in one lock file, each the places that the other one holds too."""
    lock = t.dir + "/lock"
    daemons = [t.daemon(f"{PLAIN}max connections = 3\nlock file = {lock}\n[m]\npath = {t.make('m')}\n[hooked]\npath = {t.make('m')}\npost-xfer exec = true\n", target, stem=f"d{number}")
               for number, target in enumerate(["stock", t.under_test])]

    def hold(d, module):
        s = d.connect()
        f = s.makefile("rb")
        f.readline()
        s.sendall(f"@RSYNCD: 31.0 md5 md4\n{module}\n".encode())
        return s, f, f.readline().decode()

    for module in ("m", "hooked"):
        held = [hold(daemons[n], module) for n in (0, 1, 1)]
        t.eq([answer for _, _, answer in held], ["@RSYNCD: OK\n"] * 3, "the first three")
        for d in daemons:
            s, f, answer = hold(d, module)
            t.eq(answer, "@ERROR: max connections (3) reached -- try again later\n", "the fourth")
            f.close(), s.close()
        for s, f, _ in held[:2]:
            f.close(), s.close()
        for d in daemons[:1]:
            d.settle()
        wait_for(lambda: len(daemons[1].workers()) <= 2, 10, "one of ours to end")
        again = [hold(daemons[n], module) for n in (1, 0)]
        t.eq([answer for _, _, answer in again], ["@RSYNCD: OK\n"] * 2, "after two have left")
        for s, f, _ in [held[2], *again]:
            f.close(), s.close()
        for d in daemons:
            d.settle()
    t.eq(os.stat(lock).st_size, 0, "size of the lock file")


@case("parameters", "lock-file-held-by-hooks")
def lock_file_held(t):
    """A place is held until post-xfer exec has run."""
    def run(target):
        gate = t.path(target, "gate")
        os.mkfifo(gate)
        d = t.daemon(f"{PLAIN}max connections = 1\nlock file = {t.dir}/{target}-lock\npath = {t.make('m')}\n[m]\npost-xfer exec = cat {gate} >/dev/null\n", target)
        t.rsync(d.url("m/"))
        with open(gate, "w") as f:
            # The hook runs now: it has opened the other end.
            answers = spoken(d, "@RSYNCD: 31.0 md5 md4\nm\n")
            f.write("go")
        d.settle()
        threading.Thread(target=lambda: open(gate, "w").close(), daemon=True).start()
        return answers, t.rsync(d.url("m/"), rc=None).rc

    t.eq(same(t, run), (["@ERROR: max connections (1) reached -- try again later\n"], 0), "answers")


SYSLOG = """#!/bin/sh
# A device directory of our own, with the socket of the system's log in it.
mkdir -p {dev}/shm
mount --bind /dev/shm {dev}/shm && mount --rbind {dev} /dev && exec "$@"
"""


def may_mount():
    try:
        return ROOT and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0
    except OSError:
        return False


@case("parameters", "syslog", edge=True, root="a /dev of its own", lacks="" if may_mount() else "mount namespaces")
def syslog(t):
    """Without a log file lines go to the system's log, with facility and tag: the listener's, then the module's."""
    def run(target):
        dev = t.make(target, "dev")
        for name, minor in (("null", 3), ("zero", 5), ("urandom", 9), ("random", 8)):
            if not os.path.exists(f"{dev}/{name}"):
                os.mknod(f"{dev}/{name}", 0o20666, os.makedev(1, minor))
                os.chmod(f"{dev}/{name}", 0o666)
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.bind(dev + "/log")
        s.settimeout(5)
        top = fill(t, f"{t.dir}/{target}/tree")
        port = free_port()
        conf = t.write(f"{target}.conf", f"reverse lookup = no\nuse chroot = no\nuid = 0\ngid = 0\npath = {top}\nsyslog facility = local3\nsyslog tag = front\n[plain]\n"
                       "[own]\nsyslog facility = local5\nsyslog tag = own-%RSYNC_MODULE_NAME%\ntransfer logging = yes\n[odd]\nsyslog facility = nonsense\n[security]\nsyslog facility = SECURITY\n"
                       f"[file]\nlog file = {t.dir}/{target}-own.log\n")
        p = subprocess.Popen(["unshare", "-m", t.write(f"{target}/ns", SYSLOG.format(dev=dev), 0o755), program(target), "--daemon", f"--config={conf}", f"--port={port}",
                              "--address=127.0.0.1", *([] if target == "stock" else [])], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        p.wait(10)
        got = []

        def receive(until):
            while True:
                text = s.recv(4096).decode(errors="replace").rstrip("\n\0")
                head = re.match(r"<(\d+)>(?:\w{3} [ \d]\d [\d:]{8} )?([^\[:]*)\[(\d+)\]: (.*)", text)
                if not head:
                    raise Failure(f"a line of another form: {text!r}")
                got.append((int(head[1]), head[2], re.sub(r"^sent .*", "totals", re.sub(r"version \S+|port \d+", "N", head[4]))))
                if until in text:
                    return int(head[3])

        listener = None
        try:
            listener = receive("starting, listening on")
            for module in ("plain", "own", "odd", "security", "file"):
                t.rsync("-r", f"rsync://127.0.0.1:{port}/{module}/", t.make(target, "dst-" + module) + "/")
                receive("allowed access" if module == "file" else "total size")
        finally:
            s.close()
            if listener:
                os.kill(listener, signal.SIGTERM)
        # Of a facility that is none only ours says so.
        return [row for row in got if "Badly formed syslog facility" not in row[2]], os.path.exists(f"{t.dir}/{target}-own.log")

    got, own = same(t, run)
    t.ok(own and any(row[:2] == (21 * 8 + 6, "own-own") for row in got), got)


@case("parameters", "motd-and-merge", edge=True)
def motd(t):
    """The message of the day; defaults by place; merged and included files; --dparam on top."""
    motd = t.write("motd", "one\ntwo\n")
    part = t.make("parts")
    for name, text in (("10.inc", "comment = merged\nread only = no\n"), ("b.conf", "[bmod]\npath = /tmp\n"), ("a.conf", "comment = A\n[amod]\npath = /tmp\n"), ("c.txt", "[never]\n"),
                       (".d.conf", "[dotted]\npath = /tmp\n")):
        t.write(f"parts/{name}", text)
    one = t.write("one.part", "comment = of the open one\n[inside]\npath = /tmp\n")

    def run(target):
        d = t.daemon(f"motd file = {motd}\n[first]\npath = /tmp\n[global]\n&merge {part}\n&include {part}\n[late]\npath = /tmp\n&merge = {one}\n[FIRST]\ncomment = set later\n"
                     "[global]\ncomment = the last word\nlist = no\n[hidden]\npath=/tmp\n[with   blanks ]\npath=/tmp\nlist = yes\ncomment = a \\\n   b\n", target, args=["--dparam=max verbosity=3", "-M", "comment=by the command"])
        return said(t.rsync(d.url(""))), said(t.rsync("--no-motd", d.url("first/"), rc=None))[0], said(t.rsync(d.url("with blanks/"), "-n", rc=None))[0]

    told = same(t, run)
    t.has("\n".join(told[0][1]), "two")


ALONE = """#!/bin/sh
# alone CONFIG PROGRAM ...: the program with this configuration in place of the one it is given.
mine=$1 program=$2
shift 2
for word; do
    shift
    case $word in
        --config=*) word=--config=$mine ;;
    esac
    set -- "$@" "$word"
done
exec "$program" "$@"
"""


class Site:
    """A daemon with a configuration of the real world, and its clients; what they saw is told in order."""
    def __init__(self, t, target, conf, prepare, **more):
        self.t, self.target, self.top, self.told = t, target, t.make(target, "top"), []
        os.chmod(t.dir, 0o755)
        for at in ("mnt/usb/backup", "srv", "etc", "run", "log"):
            os.makedirs(f"{self.top}/{at}", exist_ok=True)
        prepare(self.top)
        path = t.write(f"{target}.conf", conf.replace("TOP", self.top))
        self.host = more.pop("host", "127.0.0.1")
        self.d = t.daemon("", target, launch=[t.write("alone", ALONE, 0o755), path], host=self.host, **more)
        self.used = 0

    def tell(self, what, value):
        self.told.append((what, self.masked(value)))

    def masked(self, value):
        if isinstance(value, (list, tuple)):
            return type(value)(self.masked(one) for one in value)
        return value.replace(self.top, "TOP").replace(self.t.dir, "DIR") if isinstance(value, str) else value

    def pull(self, path, *options, user="", password="", env=None):
        self.used += 1
        into = self.t.make(self.target, f"into{self.used}")
        r = self.t.rsync(*(options or ("-rlpog",)), self.d.url(path, user), into + "/", rc=None, env={"RSYNC_PASSWORD": password, **(env or {})})
        self.d.settle()
        self.tell(("pull", path, options, user), (said(r), facts(into)))

    def push(self, path, *options, user="", password="", names=("new", "sub/deeper"), disk=""):
        self.used += 1
        src = self.t.make(self.target, f"from{self.used}")
        for name in names:
            put(f"{src}/{name}", b"new")
            os.chmod(f"{src}/{name}", 0o644)
        os.symlink("/etc/passwd", src + "/link")
        r = self.t.rsync(*(options or ("-rlpog",)), src + "/", self.d.url(path, user), rc=None, env={"RSYNC_PASSWORD": password})
        self.d.settle()
        self.tell(("push", path, options, user), (said(r), facts(f"{self.top}/{disk}") if disk else None))

    def list(self, path="", *options):
        r = self.t.rsync(*options, self.d.url(path), rc=None)
        self.d.settle()
        self.tell(("list", path), (r.rc, re.sub(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "TIME", r.out), said(r)[2]))

    def log(self, name="log/rsyncd.log"):
        path = f"{self.top}/{name}"
        with open(path, errors="surrogateescape") as f:
            kept = [re.sub(r"^\S+ \S+ \[\d+\] ", "", line) for line in f.read().splitlines()]
        kept = [re.sub(r" at \S+ \[(\w+)=[^\]]*\]", r" [\1]", re.sub(r"(version|port) \S+", r"\1 N", line)) for line in kept]
        return [re.sub(r"^sent .*", "totals", line) for line in kept]


def real(name, conf, steps, *, prepare=lambda top: None, expect=(), marks=None, **more):
    """A row of one configuration: what clients see has to be stock's, and what is expected has to be among it."""
    def run(t):
        def one(target):
            site = Site(t, target, conf, prepare, **more)
            steps(site)
            return site.told

        told = repr(same(t, one))
        for needle in expect:
            t.has(told, needle)

    add("parameters", "real-" + name, run, edge=True, **(marks or {"root": "owners and chroot"}))


def secret(top, text, mode=0o600):
    put(top + "/etc/rsyncd.secrets", text.encode())
    os.chmod(top + "/etc/rsyncd.secrets", mode)


def usb(site):
    site.push("usb/", user="pi", password="backup pass", disk="mnt/usb/backup")
    site.push("usb/", "-a", "--delete", user="pi", password="backup pass", disk="mnt/usb/backup", names=("other",))
    for user, password in (("pi", "wrong"), ("stranger", "backup pass"), ("pi", "backup pass")):
        os.chmod(site.top + "/etc/rsyncd.secrets", 0o644 if password != "wrong" and user == "pi" else 0o600)
        site.push("usb/", user=user, password=password)
    site.list()
    os.chmod(site.top + "/etc/rsyncd.secrets", 0o600)
    os.rename(site.top + "/mnt/usb", site.top + "/mnt/away")
    site.pull("usb/", user="pi", password="backup pass")
    site.tell("log", site.log())


real("usb-disk-one-user", """pid file = TOP/run/rsyncd.pid
log file = TOP/log/rsyncd.log
reverse lookup = no
[usb]
    path = TOP/mnt/usb/backup
    comment = USB backup disk
    read only = no
    uid = root
    gid = root
    auth users = pi
    secrets file = TOP/etc/rsyncd.secrets
    # TOP/etc/rsyncd.secrets, root, 0600:  pi:backup pass
""", usb, prepare=lambda top: secret(top, "pi:backup pass\n"), expect=("@ERROR: chroot failed", "@ERROR: auth failed on module usb", "password mismatch"))


def mirror(site):
    site.list("mirror/", "-r")
    site.pull("mirror/")
    site.pull("mirror/private/x")
    site.push("mirror/")
    site.pull("mirror/", "-rc")
    site.pull("mirror/", "-rz")
    site.tell("lock file", oct(os.stat(site.top + "/run/rsyncd.lock").st_mode))
    site.tell("log", site.log())
    held = []
    for _ in range(3):
        s = site.d.connect()
        s.sendall(b"@RSYNCD: 31.0 md5\nmirror\n")
        f = s.makefile("rb")
        lines_seen = [f.readline().decode() for _ in range(5)]
        held += [s, f]
    site.tell("the third", lines_seen[-1])
    for one in held:
        one.close()
    site.d.settle()


def mirrored(top):
    for name in ("private/x", "pub/a", "b.tmp", "c"):
        put(f"{top}/srv/mirror/{name}", name.encode())
    os.chmod(top + "/srv/mirror/c", 0o600)
    for at in ("srv/mirror", "srv/mirror/pub", "srv/mirror/private"):
        os.chmod(f"{top}/{at}", 0o755)
    put(top + "/etc/rsyncd.motd", b"Welcome\nto the mirror\n")


real("public-mirror", """log file = TOP/log/rsyncd.log
use chroot = yes
max connections = 2
lock file = TOP/run/rsyncd.lock
motd file = TOP/etc/rsyncd.motd
timeout = 600
reverse lookup = no
dont compress = *
[mirror]
    path = TOP/srv/mirror
    comment = Public mirror
    exclude = /private/*** *.tmp
    refuse options = checksum
    transfer logging = yes
    ignore nonreadable = yes
""", mirror, prepare=mirrored, expect=("ERROR: module is read only", "--checksum (-c)", "max connections (2) reached"))


def homes(site):
    for user in ("al", "bo", "ro", "eve"):
        site.push("NetBackup/", user=user, password="pw-" + user, disk="srv/home")
        site.pull("NetBackup/", user=user, password="pw-" + user)
    os.makedirs(site.top + "/srv/home/ro")
    put(site.top + "/srv/home/ro/f", b"f")
    site.pull("NetBackup/", user="ro", password="pw-ro")
    site.push("NetBackup/", user="ro", password="pw-ro", disk="srv/home")
    site.tell("log", site.log())


real("nas-homes", """log file = TOP/log/rsyncd.log
reverse lookup = no
auth users = al:rw bo:rw ro:ro *:deny
secrets file = TOP/etc/rsyncd.secrets
[NetBackup]
    path = TOP/srv/home/%RSYNC_USER_NAME%
    read only = yes
    uid = root
    gid = root
""", homes, prepare=lambda top: (secret(top, "".join(f"{user}:pw-{user}\n" for user in ("al", "bo", "ro", "eve"))), [os.makedirs(f"{top}/srv/home/{user}") for user in ("al", "bo")]),
     expect=("denied by rule", "ERROR: module is read only", "@ERROR: chroot failed"))


def drop_box(site):
    site.push("drop/", disk="srv/drop")
    site.list()
    site.list("drop/")
    site.pull("drop/")
    site.push("drop/", "-r", "--delete", disk="srv/drop")


real("drop-box", """reverse lookup = no
[drop]
    path = TOP/srv/drop
    read only = no
    write only = yes
    list = no
    refuse options = delete
    incoming chmod = D0733,F0600
""", drop_box, prepare=lambda top: (os.makedirs(top + "/srv/drop"), os.chmod(top + "/srv/drop", 0o733)), expect=("65534", "ERROR: module is write only", "--delete"))


def chroots(site):
    for path in ("inner/", "inner/esc/", "inner/../other/o", "whole/other/o", "whole/data/esc/", "whole/"):
        site.pull(path)
    site.push("inner/", disk="srv/tree")
    site.push("whole/data/", disk="srv/tree")


def two_trees(top):
    put(top + "/srv/tree/data/d", b"d")
    put(top + "/srv/tree/other/o", b"o")
    os.symlink("../other", top + "/srv/tree/data/esc")
    for at in ("srv/tree", "srv/tree/data", "srv/tree/other"):
        os.chmod(f"{top}/{at}", 0o777)


real("two-chroot-styles", """reverse lookup = no
read only = no
[inner]
    path = TOP/srv/tree/./data
[whole]
    path = TOP/srv/tree
    use chroot = yes
    numeric ids = no
""", chroots, prepare=two_trees, expect=("Too many levels of symbolic links (40)", "/rsyncd-munged//etc/passwd"))


def lan(site):
    for module in ("lan", "except", "blockname", "noptr", "v4", "bad"):
        site.pull(module + "/")
    # Ours says why a name that cannot be looked up denies.
    site.tell("log", [line for line in site.log() if "in this list it counts as a match" not in line])


LAN = """log file = TOP/log/rsyncd.log
reverse lookup = no
[lan]
    path = TOP/srv/pub
    hosts allow = 192.168.0.0/16 fd00::/8 fe80::/10 ::1
[except]
    path = TOP/srv/pub
    hosts allow = 127.0.0.0/255.0.0.0
    hosts deny = *
[blockname]
    path = TOP/srv/pub
    hosts deny = does.not.exist.invalid
[noptr]
    path = TOP/srv/pub
    hosts deny = unknown undetermined
[v4]
    path = TOP/srv/pub
    hosts allow = 0.0.0.0/0
[bad]
    path = TOP/srv/pub
    hosts allow = 10.0.0.0/8
"""
for host in ("127.0.0.1", "::1"):
    real("lan-only-v6" if ":" in host else "lan-only", LAN, lan, prepare=lambda top: put(top + "/srv/pub/p", b"p"), host=host,
         expect=("@ERROR: access denied to blockname from UNDETERMINED",))


def rights(site):
    for user, password in (("eve", "pw-eve"), ("ann", "pw-ann"), ("ann", "wrong"), ("root", "pw-root"), ("root", "of the group"), ("nobody-here", "x")):
        site.push("data/", user=user, password=password, disk="srv/data")
        site.pull("data/", "-r", user=user, password=password)
    site.list()
    site.tell("an old client", spoken(site.d, "@RSYNCD: 31.0 md5 md4\ndata\n"))
    site.tell("log", site.log())


real("rights-of-users-and-groups", """log file = TOP/log/rsyncd.log
reverse lookup = no
auth users = , eve:deny, @root:ro, ann:rw, @users
secrets file = TOP/etc/rsyncd.secrets
auth digest = sha256
[data]
    path = TOP/srv/data
    read only = no
    list = no
    uid = 0
    gid = 0
""", rights, prepare=lambda top: (secret(top, "eve:pw-eve\nann:pw-ann\nroot:pw-root\n@root:of the group\n"), os.makedirs(top + "/srv/data")),
     expect=("denied by rule", "is weaker than the required", "ERROR: module is read only"))


def snapshot(site):
    put(site.top + "/srv/snap/f", b"f")
    site.push("snap/", disk="srv/snap")
    made = [name for name in os.listdir(site.top + "/srv") if name.startswith("snap.")]
    site.tell("copies", [re.sub(r"\d+", "PID", name) for name in made])
    put(site.top + "/run/snap.busy", b"")
    site.push("snap/", disk="srv/snap", names=("refused",))
    site.tell("copies", len([name for name in os.listdir(site.top + "/srv") if name.startswith("snap.")]))
    site.tell("log", site.log())


real("hooks-for-snapshots", """log file = TOP/log/rsyncd.log
reverse lookup = no
[snap]
    path = TOP/srv/snap
    read only = no
    uid = root
    gid = root
    max connections = 1
    lock file = TOP/run/rsync-snap.lock
    pre-xfer exec = test ! -e TOP/run/snap.busy || { echo "snapshot in progress"; exit 1; }
    post-xfer exec = test "$RSYNC_EXIT_STATUS" = 0 && cp -al TOP/srv/snap TOP/srv/snap.$RSYNC_PID
""", snapshot, expect=("snap.PID", "snapshot in progress", "pre-xfer exec returned failure (256):"))


def terminator(site):
    for header in (b"PROXY TCP4 203.0.113.7 10.0.0.1 5555 8730\r\n", b"PROXY TCP4 198.51.100.7 10.0.0.1 5555 8730\r\n", b"PROXY UNKNOWN\r\n", b""):
        with site.d.connect() as s, s.makefile("rb") as f:
            try:
                s.sendall(header + b"@RSYNCD: 31.0 md5\np\n")
                seen = [f.readline(), f.readline()]
            except ConnectionError:
                seen = []
        site.d.settle()
        site.tell(header, [line for line in seen if line and b"@RSYNCD: 3" not in line])
    site.tell("log", [line for line in site.log() if "no header of" not in line and "unexpectedly" not in line and "error in" not in line and "safe_" not in line])


real("behind-a-terminator", """log file = TOP/log/rsyncd.log
reverse lookup = no
proxy protocol = yes
proxy protocol hosts = 127.0.0.1
[p]
    path = TOP/srv/pub
    hosts allow = 203.0.113.0/24
""", terminator, prepare=lambda top: put(top + "/srv/pub/p", b"p"), expect=("@RSYNCD: OK", "access denied to p from UNDETERMINED (198.51.100.7)"))


def unprivileged(site):
    site.push("me/", disk="srv/data")
    site.pull("unset/", "-rl")
    site.pull("grouped/", "-rl")
    site.pull("rooted/", "-rl")
    site.push("limited/", "-rl")
    site.tell("log", site.log())


AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def open_to_all(top):
    put(top + "/srv/data/f", b"f")
    for at in ("srv/data", "log", "run"):
        os.chmod(f"{top}/{at}", 0o777)


def unprivileged_row(t):
    """The daemon of a user: no chroot, no other users, all the same served."""
    def one(target):
        conf = ("reverse lookup = no\npid file = TOP/run/rsyncd.pid\nlog file = TOP/log/rsyncd.log\n[me]\npath = TOP/srv/data\nuse chroot = no\nread only = no\n"
                "[unset]\npath = TOP/srv/data\n[grouped]\npath = TOP/srv/data\nuse chroot = no\ngid = 65534\n[rooted]\npath = TOP/srv/data\nuse chroot = yes\n"
                "[limited]\npath = TOP/srv/data\nuse chroot = no\nread only = no\nmax connections = 2\nlock file = TOP/run/lock\n")
        site = Site.__new__(Site)
        site.t, site.target, site.top, site.told, site.used, site.host = t, target, t.make(target, "top"), [], 0, "127.0.0.1"
        os.chmod(t.dir, 0o755)
        for at in ("srv/data", "log", "run"):
            os.makedirs(f"{site.top}/{at}", exist_ok=True)
        open_to_all(site.top)
        os.chmod(f"{t.dir}/{target}", 0o777)
        path = t.write(f"{target}.conf", conf.replace("TOP", site.top))
        site.d = t.daemon("", target, launch=[*AS_NOBODY, t.write("alone", ALONE, 0o755), path])
        unprivileged(site)
        return site.told

    told = repr(same(t, one))
    for needle in ("chroot test failed: Operation not permitted. Switching 'use chroot' from unset to false.", "@ERROR: setgroups failed", "@ERROR: chroot failed"):
        t.has(told, needle)


add("parameters", "real-unprivileged", unprivileged_row, edge=True, root="becoming another user")


def included(site):
    site.list()
    for module in ("amod", "bmod", "later"):
        site.push(module + "/", "-r", disk="srv")
    site.tell("log", site.log())


def parts(top):
    for name, text in (("10-defaults.inc", "read only = no\nuid = 0\ngid = 0\n"), ("a.conf", f"comment = A\n[amod]\npath = {top}/srv/a\n"), ("b.conf", f"[bmod]\npath = {top}/srv/b\n")):
        put(f"{top}/etc/rsyncd.d/{name}", text.encode())
    for name in ("a", "b", "c"):
        os.makedirs(f"{top}/srv/{name}")


real("include-directory", """pid file = TOP/run/rsyncd.pid
log file = TOP/log/rsyncd.log
reverse lookup = no
&merge TOP/etc/rsyncd.d
&include TOP/etc/rsyncd.d
[later]
path = TOP/srv/c
""", included, prepare=parts, expect=("amod           \\tA\\nbmod           \\t",))


def kitchen_sink(site):
    site.list()
    site.pull("ftp archive/")
    site.push("ftp archive/")
    site.tell("log", [re.sub(r"^\S+?:\d+:\d+: ", "", line) for line in site.log() if not line.startswith("Did you mean")])


real("old-kitchen-sink", """log file = TOP/log/rsyncd.log
reverse lookup = no
uid = nobody
gid = nogroup
max connections = 6
lock file = TOP/run/rsyncd.lock
syslog facility = local3
pid file = TOP/run/rsyncd.pid
hosts equiv = x
use slp = no
[ftp archive]
    Path = TOP/srv/ftp/
    Comment = ftp area \\
      (big)
    READONLY = Yes
    strict modes = on
    dont compress = *.gz *.zip
""", kitchen_sink, prepare=lambda top: (put(top + "/srv/ftp/f", b"f"), os.chmod(top + "/srv/ftp", 0o755)), expect=("ftp area       (big)", 'Badly formed boolean in configuration file: "on".'))


DAY = """reverse lookup = no
use chroot = no
log file = TOP/log/rsyncd.log
secrets file = TOP/etc/rsyncd.secrets
max verbosity = 1
[pub]
    path = TOP/srv/pub
    comment = to read
    transfer logging = yes
    exclude = *.key
    refuse options = compress
[up]
    path = TOP/srv/up
    read only = no
    uid = 0
    gid = 0
    transfer logging = yes
    log format = %i %o %h [%a] %m (%u) %f %'l
[quiet]
    path = TOP/srv/quiet
    read only = no
    auth users = joe
    uid = 0
    gid = 0
    list = no
[own]
    path = TOP/srv/pub
    log file = TOP/log/own.log
    transfer logging = yes
[none]
    path = TOP/srv/not-there
[closed]
    path = TOP/srv/pub
    hosts deny = *
[full]
    path = TOP/srv/pub
    max connections = -1
[hooked]
    path = TOP/srv/up
    read only = no
    uid = 0
    gid = 0
    pre-xfer exec = test "$RSYNC_REQUEST" != hooked/no || { echo "not this one"; exit 2; }
    post-xfer exec = true
"""
# One client a line: words, with @ for the daemon's address and DST and SRC for directories; then the password.
CLIENTS = """
@
@pub/
-r @pub/ DST
-r @pub/ DST
-rt @pub/one @pub/sub/ DST
-r @pub/absent @pub/one DST
-r @pub/secret.key DST
-rz @pub/ DST
-rv @pub/ DST
-rvv @pub/ DST
-rn @pub/ DST
-rc @pub/ DST
--list-only -r @pub/sub
-r SRC @pub/
-rlt SRC @up/
-rlt SRC @up/
-rlt --delete SRC @up/
-rltv --delete SRC @up/new/
-rlt --delete --exclude=* SRC @up/new/
-rlptgo --chmod=Fu=r SRC @up/
-rlt --existing --ignore-existing SRC @up/
-rlt --inplace SRC @up/deep/er/
-rlt --mkpath SRC @up/deep/er/
-rlt --backup --suffix=.old -I SRC @up/
-rn --delete SRC @up/
-rltH --partial SRC @up/
-r --files-from=LIST SRC @up/list/
-r @up/../../etc/passwd DST
-r @quiet/ DST
-r joe@quiet/ DST wrong
-r joe@quiet/ DST pass word
-r ann@quiet/ DST pass word
-r SRC joe@quiet/ pass word
-r SRC joe@quiet/ pass word
-rv SRC joe@quiet/ pass word
-r @own/ DST
@none/
@closed/
@full/
@nothing-of-the-kind/
@Pub/
-r SRC @hooked/yes
-r SRC @hooked/no
-r @hooked/ DST
-r -M--bogus SRC @up/
-r --remove-source-files @pub/ DST
-r --timeout=50 SRC @up/
-r --bwlimit=10000 SRC @up/
-r --protocol=29 SRC @up/old/
-r --protocol=29 --delete SRC @up/old/
-r --protocol=27 @pub/ DST
"""


def day(t):
    """The log of a day, line by line."""
    def one(target):
        def prepare(top):
            for name in ("one", "two", "sub/three", "sub/deep/four", "secret.key"):
                put(f"{top}/srv/pub/{name}", name.encode() * 300)
            for at, dirs, names in os.walk(top):
                for name in dirs + names:
                    os.chmod(os.path.join(at, name), 0o755)
            for name in ("up", "quiet"):
                os.makedirs(f"{top}/srv/{name}")
            secret(top, "joe:pass word\n")

        site = Site(t, target, DAY, prepare)
        src = t.make(target, "src")
        for number, name in enumerate(("a", "b\\n\x1bc", "dir/d", "dir/e")):
            put(f"{src}/{name}", b"x" * (1000 * number))
            os.utime(f"{src}/{name}", (1_600_000_000, 1_600_000_000))
        os.symlink("a", src + "/link")
        names = t.write(f"{target}/list", "a\ndir/d\nabsent\n")
        for number, line in enumerate(CLIENTS.strip().splitlines()):
            words, password = line.split(), ""
            while words and not (words[-1] == "DST" or "@" in words[-1]):
                password = f"{words.pop()} {password}".strip()
            argv = []
            for word in words:
                user, at, path = word.partition("@")
                argv.append(site.d.url(path, user) if at and not word.startswith("-") else word.replace("DST", t.make(target, f"dst{number}") + "/").replace("SRC", src + "/").replace("LIST", names))
            r = t.rsync(*argv, rc=None, env={"RSYNC_PASSWORD": password})
            site.d.settle()
            site.tell(line, r.rc if r.rc not in (10, 12) else 4)
        for name in ("rsyncd.log", "own.log"):
            with open(f"{site.top}/log/{name}", errors="surrogateescape") as f:
                raw = f.read().splitlines()
            odd = [line for line in raw if not re.match(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\d+\] ", line)]
            t.eq(odd, [], "lines of another form")
            site.tell(name, [re.sub(r"^sent \d+ bytes  received \d+ bytes", "sent N bytes  received N bytes", re.sub(r"\(code (\d+)\) at \S+ \[(\w+)=[^\]]*\]", r"(code \1) [\2]", re.sub(
                r"^\S+ \S+ \[\d+\] ", "", line))) for line in raw[0 if name == "own.log" else 1:]])
        return site.told

    same(t, one)


add("parameters", "log-of-a-day", day, edge=True, root="owners")


@case("parameters", "own-limits", ours="parameters that rsync does not have")
def own_limits(t):
    """Connections in all, and from one address: one more is told so by the listener."""
    for line, words in (("global connections = 2", "max connections (2) reached"), ("max connections per address = 1", "max connections (1) reached")):
        d = t.daemon(f"{line}\n[m]\npath = {t.make('m')}\nuse chroot = no\n", stem=line.split()[0])
        held = []
        while len(held) < 5 and (not held or held[-1].startswith("@RSYNCD")):
            s = d.connect()
            t.daemons_sockets = getattr(t, "daemons_sockets", []) + [s]
            held.append(s.makefile("rb").readline().decode())
        t.has(held[-1], words)
        t.eq(len(held), 3 if "global" in line else 2, "connections")
        for s in t.daemons_sockets:
            s.close()


# The rows that fail if a parameter is ignored; `on-off-` stands in front where a name begins with a dash.
COVERED = {
    "sync": "durable/bad-sync", "require mount": "durable/require-mount", "handshake timeout": "durable/handshake-timeout",
    "address": "address-and-port", "port": "address-and-port", "max connections per address": "own-limits", "global connections": "own-limits",
    "daemon chroot": "daemon-chroot", "daemon uid": "daemon-chroot", "daemon gid": "daemon-chroot", "listen backlog": "listen-backlog", "motd file": "motd-and-merge",
    "pid file": "daemon/pid-file", "proxy protocol": "proxy-protocol", "proxy protocol hosts": "proxy-protocol", "socket options": "socket-options",
    "auth digest": "auth-digest", "early exec": "hooks-environment", "pre-xfer exec": "hooks-environment", "post-xfer exec": "hooks-environment",
    "name converter": "name-converter", "insecure links": "insecure-links", "syslog facility": "syslog", "syslog tag": "syslog", "path": "on-off-path-missing",
    "timeout": "daemon/io-timeout", "temp dir": "on-off-temp-dir-missing", "open noatime": "on-off-open-noatime",
}


@case("parameters", "every-parameter-has-a-row", edge=True)
def every_parameter(t):
    """The table of the program, held against the rows."""
    from harness import ROWS, TOP
    names = {row.name for row in ROWS}
    with open(os.path.join(TOP, "src/config/table.rs")) as f:
        table = re.findall(r'^\s*(?:on\(|name: )"([^"]+)"', f.read(), re.M)
    t.ok(len(table) >= 59, f"parameters in the table: {len(table)}")
    bare_of_rows = []
    for name in table:
        row = COVERED.get(name, "on-off-" + re.sub(r"[ -]", "-", name))
        if (row if "/" in row else f"parameters/{row}") not in names:
            bare_of_rows.append(name)
    t.eq(bare_of_rows, [], "parameters without a row")
