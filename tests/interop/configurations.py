"""Global parameters, places in a lock file shared with stock, the log of a day, and configurations as people write them."""
import os, re, select, signal, socket, subprocess, threading

from harness import CLIENT, OURS, ROOT, STOCK, Failure, case, free_port, program, wait_for
from onoff import facts, fill
from parameters import PLAIN, lines, parted, plain, said, same, spoken
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
mount --bind {dev} /dev && exec "$@"
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
        return got, os.path.exists(f"{t.dir}/{target}-own.log")

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
