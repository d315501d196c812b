"""The daemon as such: what it lists, refuses, logs, and how it starts and stops."""
import os, signal, socket, subprocess, time

from harness import CLIENT, START_SECONDS, case, free_port, module_conf, program, wait_for
from trees import general_tree, names, noise, put, tree


@case("daemon", "module-list", edge=True)
def module_list(t):
    """Names in 15 columns, a tab, the comment, in the file's order; `list = no` hides; the MOTD stands in front."""
    motd = t.write("motd", "Welcome\nto the board")
    d = t.daemon(f"motd file = {motd}\n[b]\npath=/tmp\ncomment = second letter\n[a_name_longer_than_fifteen]\npath=/tmp\n"
                 "[hidden]\npath=/tmp\nlist = no\n[with blank]\npath=/tmp\ncomment = c \n[a]\npath=/tmp\n")
    listed = "b              \tsecond letter\na_name_longer_than_fifteen\t\nwith blank     \tc\na              \t\n"
    t.eq(t.rsync(d.url("")).out, "Welcome\nto the board\n" + listed, "list")
    t.eq(t.rsync("--no-motd", d.url("")).out, "", "a client told to show no motd shows no list either")
    d.settle()
    t.has(d.log(), "module-list request from UNDETERMINED (127.0.0.1)")
    d2 = t.daemon("motd file = /nonexistent\n[x]\npath=/tmp\n", stem="other")
    t.eq(t.rsync(d2.url("")).out, "\nx              \t\n", "a motd that is not there")


@case("daemon", "unknown-module", edge=True)
def unknown(t):
    d = t.serve(t.make("m"))
    for name in ("nope", "M", "m\x01"):
        r = t.rsync(d.url(name + "/"), rc=5)
        t.has(r.err, "@ERROR: Unknown module '")
    t.has(d.log(), "unknown module 'nope' tried from UNDETERMINED (127.0.0.1)")


@case("daemon", "hosts", edge=True)
def hosts(t):
    """Who may come in: both lists, masks, and the disguise of a module that is not listed."""
    rows = [("deny = 127.0.0.1", False), ("allow = 127.0.0.1", True), ("allow = 10.0.0.0/8", False), ("allow = 127.0.0.0/8", True),
            ("allow = 127.0.0.0/255.0.0.0\nhosts deny = *", True), ("deny = 127.0.0.0/9", False), ("allow = ::1", False), ("deny = ::/0", True),
            ("deny = 0.0.0.0/0", False), ("allow = 0.0.0.0/0", True), ("deny = *", False), ("deny = unknown undetermined", False),
            ("allow = 127.0.0.1/33", False), ("allow = 192.168.0.1, 127.0.0.1", True), ("allow = 10.0.0.1\nhosts deny = 10.0.0.2", True),
            ("deny = does.not.exist.invalid", False)]
    d = t.daemon("".join(f"[m{i}]\npath = /tmp\nuse chroot = no\nhosts {rule}\n" for i, (rule, _) in enumerate(rows))
                 + "[secret]\npath = /tmp\nlist = no\nhosts deny = *\n")
    for i, (rule, welcome) in enumerate(rows):
        r = t.rsync("--list-only", "-d", d.url(f"m{i}"), rc=None)
        t.eq(r.rc, 0 if welcome else 5, f"exit with hosts {rule!r}: {r}")
        if not welcome:
            t.has(r.err, f"@ERROR: access denied to m{i} from UNDETERMINED (127.0.0.1)")
    t.has(t.rsync(d.url("secret/"), rc=5).err, "@ERROR: Unknown module 'secret'")
    t.has(d.log(), "rsync denied on module secret from UNDETERMINED (127.0.0.1)")


def login(d, module, version="31.0"):
    """A raw connection up to the module's answer."""
    s = d.connect()
    f = s.makefile("rb")
    f.readline()
    s.sendall(f"@RSYNCD: {version} md5 md4\n{module}\n".encode())
    return s, f.readline().decode().strip()


@case("daemon", "max-connections", edge=True)
def max_connections(t):
    """Slots are locks in the lock file: the next one is told so; a slot is free when its connection ends."""
    lock = t.dir + "/lock"
    d = t.daemon(f"[m]\npath = /tmp\nuse chroot = no\nmax connections = 2\nlock file = {lock}\n[off]\npath = /tmp\nuse chroot = no\nmax connections = -1\nlock file = {lock}\n")
    open_ones = [login(d, "m") for _ in range(2)]
    t.eq([answer for _, answer in open_ones], ["@RSYNCD: OK"] * 2, "answers")
    r = t.rsync(d.url("m/"), rc=5)
    t.has(r.err, "@ERROR: max connections (2) reached -- try again later")
    t.eq((os.stat(lock).st_size, oct(os.stat(lock).st_mode & 0o777)), (0, "0o600"), "lock file")
    for s, _ in open_ones:
        s.close()
    d.settle()
    t.rsync("-d", d.url("m/"))
    t.has(t.rsync(d.url("off/"), rc=5).err, "@ERROR: max connections (-1) reached -- try again later")
    t.has(d.log(), "max connections (2) reached")


@case("daemon", "directions", edge=True)
def directions(t):
    """Read only, write only: text, exit code, and nothing is stored."""
    src, disk = general_tree(), t.make("disk")
    d = t.daemon(module_conf(disk, read_only="yes") + module_conf(disk, write_only="yes").replace("[m]", "[w]"))
    for options in (["-a"], ["-an"], ["-a", "--protocol=32"]):
        r = t.rsync(*options, src + "/", d.url("m/"), rc=1)
        t.has(r.err, "ERROR: module is read only")
    r = t.rsync("-a", "--protocol=29", src + "/", d.url("m/"), rc=(1, 10, 12))
    t.has(r.err, "ERROR: module is read only")
    t.eq(os.listdir(disk), [], "stored")
    for argv in (["-a", d.url("w/"), t.make("x") + "/"], [d.url("w/")]):
        t.has(t.rsync(*argv, rc=1).err, "ERROR: module is write only")
    r = t.rsync("-a", "--remove-source-files", d.url("m/"), t.make("y") + "/", rc=1)
    t.has(r.err, "ERROR: --remove-source-files cannot be used with a read-only module")


@case("daemon", "refuse-options", edge=True)
def refuse(t):
    rows = [("delete", ["-r", "--delete"], "--delete", 4), ("delete", ["-r", "--delete-after"], "--delete", 4), ("c", ["-rc"], "--checksum (-c)", 4),
            ("checksum", ["-rc"], "--checksum (-c)", 4), ("delete-*", ["-r", "--delete-excluded"], "--delete-", 4), ("a", ["-r"], "--recursive (-r)", 4),
            ("* !a !v", ["-rlptgoD"], None, 0), ("* !a !v", ["-rtc"], "--checksum (-c)", 4), ("compress", ["-rz"], "--compress (-z)", 4),
            ("inplace", ["-r", "--inplace"], "--inplace", 4), ("numeric-ids", ["-r"], None, 0), ("hard-links", ["-rH"], "--hard-links (-H)", 4),
            ("nonsense", ["-r"], None, 0), ("partial", ["-r", "--inplace"], "--partial", 4)]
    disk = t.make("disk")
    d = t.daemon("".join(module_conf(disk, refuse_options=what).replace("[m]", f"[m{i}]") for i, (what, *_) in enumerate(rows)))
    for i, (what, options, named, rc) in enumerate(rows):
        r = t.rsync(*options, general_tree() + "/", d.url(f"m{i}/"), rc=None)
        t.eq(r.rc, rc, f"exit of {options} with refuse options = {what}: {r}")
        if named:
            t.has(r.err, f"The server is configured to refuse {named}")
    t.has(d.log(), 'No match for refuse-options string "nonsense"')
    r = t.rsync("-rc", d.url("m2/"), t.make("dst") + "/", rc=(4, 10, 12))
    t.has(r.err, "The server is configured to refuse --checksum (-c)")


@case("daemon", "handshake-timeout", edge=True)
def handshake(t):
    """`timeout = 1`: who does not say his name in time is out, at each step."""
    d = t.daemon(f"timeout = 1\n[m]\npath = {t.make('m')}\nuse chroot = no\n")
    for said in (b"", b"@RSYNCD: 31.0 md5\n", b"@RSYNCD: 31.0 md5\nm\n", b"@RSYNCD: 31.0 md5\nm\n--server\0"):
        s = d.connect(10)
        s.sendall(said)
        start = time.monotonic()
        while s.recv(4096):
            pass
        waited = time.monotonic() - start
        t.ok(0.5 < waited < 4, f"closed after {waited:.1f} s having said {said!r}")
    d.settle()
    t.has(d.log(), "daemon handshake timeout -- exiting")


@case("daemon", "io-timeout")
def io_timeout(t):
    """A client that falls silent in the middle of a transfer is left after the module's timeout."""
    d = t.daemon(module_conf(t.make("m"), timeout="1"))
    s, answer = login(d, "m")
    t.eq(answer, "@RSYNCD: OK", "answer")
    s.sendall(b"--server\0--sender\0-te.LsfxCIvu\0.\0m/\0\0")
    start = time.monotonic()
    d.settle(10)
    t.ok(time.monotonic() - start < 8, "left in time")
    t.has(d.log(), "timeout after 1 seconds -- exiting")


def start(t, target, *args, stdin=subprocess.DEVNULL, seconds=START_SECONDS):
    """Runs the daemon with these arguments until it ends."""
    return t.run(program(target), "--daemon", "--no-detach", *args, timeout=seconds)


@case("daemon", "port-in-use", edge=True)
def port_in_use(t):
    d = t.serve(t.make("m"))
    log = t.dir + "/second.log"
    conf = t.write("second.conf", f"log file = {log}\n[m]\npath = /tmp\n")
    r = start(t, t.under_test, f"--config={conf}", f"--port={d.port}", "--address=127.0.0.1")
    t.eq(r.rc, 10, "exit code")
    said = r.err + (open(log).read() if os.path.exists(log) else "")
    t.has(said, f"unable to bind any inbound sockets on port {d.port}")
    t.rsync("-d", d.url("m/"))


@case("daemon", "no-config", edge=True)
def no_config(t):
    """A configuration that cannot be read: exit 1, one line on standard error."""
    for conf in ("/nonexistent/rsyncd.conf", t.write("bad.conf", "&include /nonexistent/part\n")):
        r = start(t, t.under_test, f"--config={conf}", f"--port={free_port()}", "--address=127.0.0.1")
        t.eq(r.rc, 1, f"exit code with {conf}: {r}")
        t.has(r.err, "Failed to parse config file" if t.under_test == "stock" else conf)


@case("daemon", "bad-options")
def bad_options(t):
    for args in (["--bogus"], ["--port=abc"], ["--dparam=nonsense"], ["--dparam=no such name=1"]):
        r = start(t, t.under_test, *args)
        t.eq(r.rc, 1, f"exit code of {args}: {r}")
        t.ok(r.err.strip(), "a line on standard error")


@case("daemon", "pid-file", edge=True)
def pid_file(t):
    """The listener's pid, a line; gone after TERM, which ends it with 0."""
    d = t.serve(t.make("m"))
    wait_for(lambda: os.path.exists(d.pid_path), 5, "the pid file")
    t.eq(open(d.pid_path).read(), f"{d.process.pid}\n", "pid file")
    r = start(t, t.under_test, f"--config={d.conf_path}", f"--port={free_port()}", "--address=127.0.0.1")
    t.ok(r.rc != 0, "a second daemon with the same pid file ends")
    t.eq(open(d.pid_path).read(), f"{d.process.pid}\n", "pid file")
    t.eq(d.stop(), 0, "exit code after TERM")
    t.ok(not os.path.exists(d.pid_path), "the pid file is removed")
    t.has(d.log(), "rsyncd version ")
    t.has(d.log(), f" starting, listening on port {d.port}")


@case("daemon", "log-file-option", edge=True)
def log_file_option(t):
    log = t.dir + "/option.log"
    d = t.serve(t.make("m"), daemon={"args": [f"--log-file={log}"]})
    t.rsync("-d", d.url("m/"))
    d.settle()
    for line in (f"starting, listening on port {d.port}", "connect from ", "rsync allowed access on module m"):
        t.has(open(log).read(), line)


@case("daemon", "term-finishes-transfer", edge=True)
def term(t):
    """TERM ends the listener; the transfer that runs goes on to its end."""
    src = t.make("src")
    put(src + "/big", noise(9, 6 << 20))
    d, dst = t.serve(src), t.make("dst")
    p = subprocess.Popen([CLIENT, "-a", "--bwlimit=6000", d.url("m/"), dst + "/"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: any(n.startswith(".big") for n in os.listdir(dst)), 10, "the transfer to begin")
    d.process.send_signal(signal.SIGTERM)
    t.eq(d.process.wait(10), 0, "exit code of the listener")
    t.eq(p.wait(30), 0, f"exit code of the client: {p.stderr.read()}")
    t.eq(os.path.getsize(dst + "/big"), 6 << 20, "size")


@case("daemon", "inetd", edge=True)
def inetd(t):
    """A socket as standard input: one session on it, no listener."""
    conf = t.write("inetd.conf", module_conf(general_tree(), f"log file = {t.dir}/inetd.log\nreverse lookup = no\nport = 1\npid file = {t.dir}/never.pid\n"))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    client = subprocess.Popen([CLIENT, "-a", f"rsync://127.0.0.1:{port}/m/", t.make("dst") + "/"], stderr=subprocess.PIPE)
    s, _ = listener.accept()
    p = subprocess.Popen([program(t.under_test), "--daemon", f"--config={conf}"], stdin=s, stdout=s, stderr=subprocess.DEVNULL)
    s.close()
    t.eq(client.wait(30), 0, "client")
    p.wait(10)
    t.eq(names(t.dir + "/dst"), names(general_tree()), "names")
    t.ok(not os.path.exists(t.dir + "/never.pid"), "no pid file")
    t.has(open(t.dir + "/inetd.log").read(), "rsync on m/ from UNDETERMINED (127.0.0.1)")


@case("daemon", "over-a-shell", edge=True)
def over_a_shell(t):
    """`host::module` with -e: the daemon's protocol on a pipe, pushed and pulled."""
    disk, log = t.make("disk"), t.dir + "/shell.log"
    conf = t.write("shell.conf", module_conf(disk, f"log file = {log}\nreverse lookup = no\n"))
    shell = t.write("shell", f'#!/bin/sh\necho "$@" >{t.dir}/argv\nexec "{program(t.under_test)}" --server --daemon --config={conf} .\n', 0o755)
    env = {"SSH_CONNECTION": "192.0.2.9 5555 192.0.2.1 22"}
    t.rsync("-a", "-e", shell, general_tree() + "/", "somewhere::m/", env=env)
    t.rsync("-a", "-e", shell, "somewhere::m/", t.make("dst") + "/", env=env)
    t.eq(names(t.dir + "/dst"), names(general_tree()), "names")
    t.has(open(t.dir + "/argv").read(), "somewhere rsync --server --daemon .")
    text = open(log).read()
    t.ok("(192.0.2.9)" in text and "allowed access" not in text, text)


@case("daemon", "plain-shell", edge=True)
def plain_shell(t):
    """`host:path` with -e: no daemon at all, as ssh starts it."""
    shell = t.write("shell", f'#!/bin/sh\nshift\n[ "$1" = -l ] && shift 2\n[ "$1" = rsync ] && shift\nexec "{program(t.under_test)}" "$@"\n', 0o755)
    for protocol in ("--protocol=29", "--protocol=32"):
        up, down = t.make("up" + protocol), t.make("down" + protocol)
        t.rsync("-a", protocol, "-e", shell, general_tree() + "/", f"somewhere:{up}/")
        t.rsync("-a", protocol, "-e", shell, f"somewhere:{up}/", down + "/")
        t.eq(names(down), names(general_tree()), "names")


@case("daemon", "includes", edge=True)
def includes(t):
    """&merge keeps the context, &include has one of its own; a directory gives its files in order."""
    d1 = t.make("conf.d")
    for name, content in (("10-defaults.inc", "read only = no\n"), ("b.conf", "[bmod]\npath = /tmp\n"), ("a.conf", "comment = A\n[amod]\npath = /tmp\n"),
                          ("ignored.txt", "[never]\npath = /tmp\n")):
        t.write(f"conf.d/{name}", content)
    one = t.write("one.part", "comment = merged into it\n")
    d = t.daemon(f"&merge {d1}\n&include {d1}\n[cmod]\npath = /tmp\n&merge = {one}\n")
    t.eq(t.rsync(d.url("")).out, "amod           \tA\nbmod           \t\ncmod           \tmerged into it\n", "list")


@case("daemon", "variables", edge=True)
def variables(t):
    """%VAR% in values: the environment's, and the connection's."""
    for name in ("alpha", "beta"):
        put(t.make("tree", name) + "/" + name + ".txt", b"x")
    d = t.daemon(f"[alpha]\npath = %BASE_OF_IT%/%RSYNC_MODULE_NAME%\nuse chroot = no\ncomment = 50%% of %BASE_OF_IT% %nope% %NOT_SET_AT_ALL%\n"
                 "[beta]\npath = %BASE_OF_IT%/%RSYNC_MODULE_NAME%\nuse chroot = no\n", env={"BASE_OF_IT": t.dir + "/tree"})
    for name in ("alpha", "beta"):
        t.rsync("-r", d.url(name + "/"), t.make(name) + "/")
        t.eq(names(t.dir + "/" + name), [name + ".txt"], "names")
    t.has(t.rsync(d.url("")).out, f"50%% of {t.dir}/tree %nope% %NOT_SET_AT_ALL%\n")


@case("daemon", "config-per-connection", edge=True)
def reread(t):
    """Modules are read for each connection; a file that no longer parses ends that connection only."""
    d = t.serve(t.make("m"))
    t.rsync("-d", d.url("m/"))
    d.write_conf(f"[n]\npath = {t.dir}/m\nuse chroot = no\ncomment = later\nuse slp = no\nread only = on\n")
    t.eq(t.rsync(d.url("")).out, "n              \tlater\n", "list")
    for line in ('Unknown Parameter encountered: "use slp"', 'Badly formed boolean in configuration file: "on".'):
        t.has(d.log(), line)
    d.write_conf("[broken\n")
    t.rsync(d.url(""), rc=(5, 10, 12))
    d.write_conf(module_conf(t.dir + "/m"))
    t.rsync("-d", d.url("m/"))
