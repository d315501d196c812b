"""`check` on real broken files, 200 mutated configurations held against stock, `secrets`, and a file of 1000 modules."""
import json, os, pty, random, re, resource, select, shutil, socket, stat, subprocess, time

from harness import OURS, ROOT, STOCK, Failure, case, module_conf, program, wait_for
from trees import general_tree, names

NOT_STOCK = "stock has no such command"
PLACE = re.compile(r"^(.+):([1-9]\d*):([1-9]\d*): (error|warning): .", re.M)


def check(t, conf, rc=None, prefix=()):
    """Findings of `check` as {rule: [finding]}, after a look at the text form."""
    path = conf if conf.startswith("/") else t.write("check.conf", conf)
    r = t.run(*prefix, OURS, "check", "--config", path)
    report = json.loads(t.run(*prefix, OURS, "check", f"--config={path}", "--json").out)
    t.eq(len(PLACE.findall(r.out)), len(report["findings"]), f"places in the text and in JSON: {r}")
    t.eq(r.rc, 2 if report["errors"] else 1 if report["warnings"] else 0, f"exit code: {r}")
    if rc is not None:
        t.eq(r.rc, rc, f"exit code: {r}")
    found = {}
    for f in report["findings"]:
        t.ok(f["line"] > 0 and f["column"] > 0 and f["message"] and f["fix"], f)
        found.setdefault(f["rule"], []).append(f)
    return found


def sound(t, **more):
    """A configuration in which there is nothing to find."""
    path = t.write("secrets", "pi:word\n", 0o600)
    return module_conf(t.make("disk"), f"log file = {t.dir}/log\n", auth_users="pi", secrets_file=path, **more)


@case("check", "sound-file-is-clean", edge=True, ours=NOT_STOCK)
def clean(t):
    t.eq(check(t, sound(t), 0), {}, "findings")
    d = t.daemon(sound(t))
    t.rsync("-a", general_tree() + "/", d.url("m/", "pi"), env={"RSYNC_PASSWORD": "word"})
    report = json.loads(t.run(OURS, "check", "--json", "--config", d.conf_path).out)
    t.eq(set(report), {"findings", "modules", "errors", "warnings", "uid", "fences"}, "keys")
    t.eq((report["modules"], report["uid"]), (1, os.geteuid()), "modules and uid")


@case("check", "each-mistake-on-this-machine", edge=True, ours=NOT_STOCK, root="directories of several users")
def mistakes(t):
    """What only a real machine shows: owners, modes, what is there and what is not."""
    locked, foreign, plain = t.make("locked"), t.make("foreign"), t.write("plain", "x")
    inside = t.make("locked/inside")
    os.chmod(locked, 0o700)
    os.chown(inside, 65534, 65534)
    hook = t.write("hook", "#!/bin/sh\n", 0o644)
    own = t.write("own.secrets", "pi:x\n", 0o600)
    os.chown(own, 1234, 1234)
    opened = t.write("open.secrets", "pi:x\nnonsense\n", 0o644)
    rows = [("missing-path", f"path = {t.dir}/none"), ("no-directory", f"path = {plain}"), ("unreadable-path", f"path = {locked}"),
            ("unreadable-path", f"path = {inside}"), ("unwritable-path", f"path = {foreign}\nread only = no"),
            ("no-user", f"path = {foreign}\nuid = no-such-user"), ("no-group", f"path = {foreign}\ngid = no-such-group"),
            ("secrets-mode", f"path = {foreign}\nauth users = pi\nsecrets file = {opened}"),
            ("secrets-syntax", f"path = {foreign}\nauth users = pi\nsecrets file = {opened}"),
            ("secrets-owner", f"path = {foreign}\nauth users = pi\nsecrets file = {own}"),
            ("no-secrets", f"path = {foreign}\nauth users = pi\nsecrets file = {t.dir}/none"), ("no-secrets", f"path = {foreign}\nauth users = pi"),
            ("no-secret", f"path = {foreign}\nauth users = pi bob\nsecrets file = {own}"), ("no-filter-file", f"path = {foreign}\nexclude from = {t.dir}/none"),
            ("no-host", f"path = {foreign}\nhosts allow = does.not.exist.invalid"), ("no-hook", f"path = {foreign}\npre-xfer exec = {t.dir}/none"),
            ("dead-hook", f"path = {foreign}\npre-xfer exec = {hook} --now"), ("no-temp-dir", f"path = {foreign}\nread only = no\ntemp dir = /none"),
            ("open-module", f"path = {foreign}\nread only = no")]
    for rule, lines in rows:
        found = check(t, f"log file = {t.dir}/log\n[m]\n{lines}\n")
        t.ok(rule in found, f"{rule} not in {found} for {lines}")
        text = found[rule][0]
        t.ok(text["file"].startswith(t.dir), text)
        if rule != "secrets-syntax":
            t.ok(text["line"] >= 3, text)
    shown = t.run(OURS, "check", "--config", t.dir + "/check.conf").out
    t.has(shown, "    read only = no\n                ^\n  fix: ")
    t.ok("nonsense" not in t.run(OURS, "check", "--config", t.write("s.conf", f"[m]\npath = {foreign}\nauth users = pi\nsecrets file = {opened}\n")).out,
         "a line of the secrets file is not printed")


@case("check", "without-privilege", ours=NOT_STOCK, root="to become another user", lacks="" if shutil.which("setpriv") else "setpriv")
def privilege(t):
    """Run as somebody, as the daemon would be."""
    os.chown(t.make("disk"), 65534, 65534)
    for above in (t.dir, os.path.dirname(t.dir)):
        os.chmod(above, 0o755)
    program = t.dir + "/program"
    shutil.copy(OURS, program)
    conf = t.write("user.conf", f"[m]\npath = {t.dir}/disk\nuse chroot = yes\n[n]\npath = {t.dir}/disk\nuid = root\n", 0o644)
    r = t.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "check", "--json", "--config", conf)
    rules = [f["line"] for f in json.loads(r.out)["findings"] if f["rule"] == "no-privilege"]
    t.eq(rules, [3, 6], f"lines without privilege: {r}")


@case("check", "mounts", ours=NOT_STOCK, root="mounts in a namespace of its own", lacks="" if shutil.which("unshare") and os.path.exists("/etc/fstab") else "unshare, /etc/fstab")
def mounts(t):
    """A disk that is mounted read-only, and one that is in fstab and not mounted: then mounted, all is well."""
    read_only, absent = t.make("read-only"), t.make("absent disk/backup")
    os.chown(absent, 65534, 65534)
    escaped = os.path.dirname(absent).replace(" ", "\\040")
    fstab = t.write("fstab", f"# nothing\nnone {escaped} tmpfs noauto 0 0\n")
    conf = t.write("m.conf", f"[r]\npath = {read_only}\nread only = no\nhosts allow = ::1\n[a]\npath = {absent}\nread only = no\nhosts allow = ::1\n")

    def inside(more):
        script = f'mount -t tmpfs -o ro none "{read_only}" && mount --bind "{fstab}" /etc/fstab && {more} && exec "$@"'
        return ["unshare", "-m", "sh", "-c", script, "sh"]
    r = t.run(*inside("true"), OURS, "check", "--json", "--config", conf)
    t.eq([(f["rule"], f["line"]) for f in json.loads(r.out)["findings"]], [("read-only-disk", 2), ("not-mounted", 6)], "findings")
    there = f'mount -t tmpfs none "{os.path.dirname(absent)}" && mkdir "{absent}" && chown 65534 "{absent}" && mount -o remount,rw "{read_only}" && chown 65534 "{read_only}"'
    r = t.run(*inside(there), OURS, "check", "--json", "--config", conf)
    t.eq(json.loads(r.out)["findings"], [], "findings with both mounted")


@case("check", "mended-by-its-own-words", edge=True, ours=NOT_STOCK, root="chown")
def mended(t):
    """A stranger's broken file: what `check` says is done, by copying its commands and lines, until there is nothing left."""
    conf = t.write("strange.conf", f"""prot = 8873
log file = {t.dir}/logs/rsyncd.log
[usb disk]
    path = {t.dir}/usb
    read onyl = no
    auth users = pi
    secrets file = {t.dir}/passwords
    hosts allow = 192.168.0.0/33
    list = on
[usb disk]
    comment = again
""")
    for _ in range(12):
        report = json.loads(t.run(OURS, "check", "--json", "--config", conf).out)
        if not report["findings"]:
            break
        f = report["findings"][0]
        lines = open(conf).read().split("\n")
        line, fix = lines[f["line"] - 1] if f["file"] == conf else "", f["fix"]
        command = re.split(r", or |; or|; it lies", fix)[0]
        if fix.startswith("write ") and f["rule"] == "unknown-parameter":
            lines[f["line"] - 1] = re.sub(r"^(\s*)[^=]*?\s*=", rf"\1{fix[6:]} =", line)
        elif f["rule"] == "bad-network":
            lines[f["line"] - 1] = line.split("=")[0] + "= " + re.search(r"\d[\d./]+", fix).group()
        elif f["rule"] == "bad-boolean":
            lines[f["line"] - 1] = line.split("=")[0] + "= yes"
        elif f["rule"] == "duplicate-module":
            lines.pop(f["line"] - 1)
        elif command.startswith("tinyrsyncd "):
            subprocess.run(["sh", "-c", f'printf "word\\n" | {OURS} {command.removeprefix("tinyrsyncd ")}'], check=True, stdout=subprocess.DEVNULL)
        elif command.split()[0] in ("mkdir", "chmod", "chown"):
            subprocess.run(["sh", "-c", command], check=True)
        else:
            raise Failure(f"no way to do: {f}")
        open(conf, "w").write("\n".join(lines))
    t.eq(report["findings"], [], f"what is left in {open(conf).read()}")
    t.has(open(conf).read(), "    read only = no\n")


EXAMPLES = ["""pid file = DIR/pid
log file = DIR/log
reverse lookup = no
[usb]
    path = DIR/disk
    comment = USB backup disk
    read only = no
    uid = root
    gid = root
    auth users = pi
    secrets file = DIR/secrets
""", """use chroot = yes
max connections = 50
lock file = DIR/lock
motd file = DIR/motd
timeout = 600
reverse lookup = no
dont compress = *
[mirror]
    path = DIR/disk
    comment = Public mirror
    exclude = /private/*** *.tmp
    refuse options = checksum
    transfer logging = yes
    ignore nonreadable = yes
""", """log file = DIR/log
auth users = al:rw bo:rw ro:ro *:deny
secrets file = DIR/secrets
[NetBackup]
    path = DIR/home/%RSYNC_USER_NAME%
    read only = yes
[drop]
    path = DIR/drop
    read only = no
    write only = yes
    list = no
    refuse options = delete
    incoming chmod = D0733,F0600
[global]
comment = late
[inner]
    path = DIR/tree/./data
    munge symlinks = unset
""", """reverse lookup = no
[lan]
    path = DIR/pub
    hosts allow = 192.168.0.0/16 fd00::/8 fe80::/10 ::1 127.0.0.1
[except]
    path = DIR/pub
    hosts allow = 127.0.0.0/255.0.0.0
    hosts deny = *
&merge DIR/part.inc
[blockname]
    path = DIR/pub
    hosts deny = unknown undetermined
""", """uid = nobody
gid = nogroup
max connections = 6
lock file = DIR/lock
syslog facility = local3
pid file = DIR/pid
hosts equiv = x
use slp = no
&include DIR/part.conf
[ftp archive]
    Path = DIR/ftp/
    Comment = ftp area \\
      (big)
    READONLY = Yes
    strict modes = on
    dont compress = *.gz *.zip
    max verbosity = 2
"""]
PIECES = [b"[", b"]", b"=", b"\\", b"\n", b"\r\n", b"\\\n", b"#", b";", b"&include DIR/part.conf\n", b"&merge DIR/part.inc\n", b"&include DIR/none\n", b"&other x\n", b"\0",
          b"\xff\xfe", b"%", b"%PATH%", b"[global]\n", b"[]\n", b"[a/b]\n", b"= x\n", b"\t", b" ", b"yes", b"on", b"-1", b"99999999999", b"unset", b"name = other\n", b"read onyl = no\n",
          b"timeout = 5m\n", b"port = 70000\n", b"list = maybe\n", b"[usb]\n", b"[LAN]\n", b"\n\n", b"charset = x\n", b"comment = \xc3\xbc\n", b"filter = - *.o + nonsense\n", b"\x1b[31m"]


def mutated(number, base):
    """The number-th broken configuration."""
    r = random.Random(f"mutated configuration {number}")
    text = bytearray(r.choice(EXAMPLES).encode())
    for _ in range(r.randint(1, 6)):
        lines = bytes(text).split(b"\n")
        what, at = r.randrange(7), r.randrange(len(text) + 1)
        if what == 0:
            text[at:at] = r.choice(PIECES)
        elif what == 1:
            del text[at:at + r.randint(1, 4)]
        elif what == 2:
            text[at:at + 1] = bytes([r.randrange(256)])
        elif what == 3:
            lines.insert(r.randrange(len(lines)), r.choice(PIECES))
            text = bytearray(b"\n".join(lines))
        elif what == 4:
            r.shuffle(lines)
            text = bytearray(b"\n".join(lines))
        elif what == 5:
            i = r.randrange(len(lines))
            lines[i] = lines[i].split(b"=")[0] + b"= " + r.choice(PIECES)
            text = bytearray(b"\n".join(lines))
        else:
            del text[r.randrange(max(1, len(text) // 2), len(text) + 1):]
        if not text:
            text = bytearray(b"\n")
    return bytes(text).replace(b"DIR", base.encode())


def parts(t):
    for name, text in (("part.conf", f"comment = inside\n[part]\npath = {t.dir}\n"), ("part.inc", "list = yes\n"), ("secrets", "pi:x\n"), ("motd", "hello\n")):
        t.write(name, text, 0o600)


def answers(t, target, conf, listener):
    """What a connection gets that asks for the list of modules: '' when the configuration is refused."""
    client = socket.create_connection(listener.getsockname(), 10)
    server, _ = listener.accept()
    p = subprocess.Popen([program(target), "--daemon", f"--config={conf}"], stdin=server, stdout=server, stderr=subprocess.PIPE, cwd=t.dir)
    server.close()
    client.sendall(b"@RSYNCD: 31.0 md5\n#list\n")
    got = b""
    try:
        while piece := client.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    client.close()
    err = p.communicate(timeout=20)[1]
    if b"panick" in err or p.returncode < 0:
        raise Failure(f"{target} broke down with {p.returncode}: {err!r}")
    return "" if b"configuration has an error" in got else re.sub(rb"^@RSYNCD: [^\n]*\n", b"", got).decode("utf-8", "surrogateescape")


def mutations(first, last):
    def run(t):
        parts(t)
        accepted = 0
        listener = socket.create_server(("127.0.0.1", 0))
        for number in range(first, last):
            conf = t.write("mutated.conf", mutated(number, t.dir))
            r = t.run(OURS, "check", "--config", conf, timeout=30)
            t.ok(r.rc in (0, 1, 2) and "panick" not in r.err, f"number {number}: {r}")
            report = json.loads(t.run(OURS, "check", "--json", "--config", conf, timeout=30).out)
            t.eq(len(PLACE.findall(r.out)), len(report["findings"]), f"places for number {number}: {r}")
            stock, ours = (answers(t, target, conf, listener) for target in ("stock", "ours"))
            accepted += bool(stock)
            if stock:
                t.eq(ours, stock, f"list of modules for number {number} ({open(conf, 'rb').read()!r})")
            fatal = {"unreadable", "bad-header", "no-name", "bad-directive", "too-large", "overflow"} & {f["rule"] for f in report["findings"]}
            t.eq(bool(fatal), not ours, f"what check finds in number {number} ({fatal}), and whether the daemon takes it")
        t.ok((last - first) // 5 < accepted < last - first, f"stock takes {accepted}: neither all nor hardly any")
    return run


for part in range(4):
    case("check", f"mutated-{part * 50:03}", edge=part == 0, ours=NOT_STOCK)(mutations(part * 50, part * 50 + 50))


@case("check", "what-starts-with-stock-starts", ours=NOT_STOCK)
def starts(t):
    """Listeners: those that stock starts with, ours starts with."""
    parts(t)
    started = 0
    for number in range(200, 224):
        # The listener's own files have to stay where they are.
        conf = b"".join(line for line in mutated(number, t.dir).splitlines(True) if not re.match(rb"\s*(pid file|log file|port|address|daemon)", line, re.I))
        conf = conf.decode("utf-8", "surrogateescape")
        try:
            t.daemon(conf, "stock").stop()
        except Failure:
            continue
        started += 1
        t.daemon(conf, "ours").stop()
    t.ok(started > 4, f"stock started with {started}")


def thousand(t):
    lines = [f"log file = {t.dir}/log\nreverse lookup = no\n"]
    secrets = t.write("secrets", "pi:x\n", 0o600)
    for i in range(1000):
        path = t.make(f"disks/{i}")
        if ROOT:
            os.chown(path, 65534, 65534)
        lines.append(f"[m{i}]\n    path = {path}\n    comment = module {i}\n    read only = no\n    auth users = pi\n    secrets file = {secrets}\n"
                     f"    hosts allow = 192.168.0.0/16 127.0.0.1\n    exclude = *.tmp\n    max connections = 4\n    lock file = {t.dir}/lock\n")
    return "".join(lines)


@case("check", "thousand-modules", edge=True, ours=NOT_STOCK, weight=3)
def many(t):
    """`check` within 50 ms of computing, and how long a client waits for the greeting, both printed."""
    conf = t.write("many.conf", thousand(t))
    t.eq(check(t, conf, 0), {}, "findings")
    cpu, wall = [], []
    for _ in range(9):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        t.run(OURS, "check", "--config", conf)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall.append(time.monotonic() - start)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    greetings = {}
    for target in ("stock", "ours"):
        d = t.daemon(open(conf).read(), target)
        took = []
        for _ in range(15):
            start = time.monotonic()
            s = d.connect()
            s.recv(100)
            took.append(time.monotonic() - start)
            s.close()
        d.stop()
        greetings[target] = sorted(took)[len(took) // 2]
    print(f"1000 modules: check {min(wall) * 1000:.0f} ms ({min(cpu) * 1000:.0f} ms of CPU); accept to greeting {greetings['ours'] * 1000:.1f} ms, "
          f"stock {greetings['stock'] * 1000:.1f} ms", flush=True)
    # The figure is 50 ms of a release build on a machine of its own; twice that is a fault anywhere.
    t.ok(min(cpu) < 0.1, f"CPU time of check: {cpu}")
    t.ok(greetings["ours"] < greetings["stock"] + 0.1, greetings)


@case("check", "explain", ours=NOT_STOCK)
def explain(t):
    page = t.run(OURS, "check", "--explain", "all")
    known = re.findall(r"^### (.+)$", page.out, re.M)
    t.ok(len(known) >= 61 and page.rc == 0, known)
    for name in known:
        r = t.run(OURS, "check", "--explain", *name.split())
        t.ok(r.rc == 0 and r.out.startswith(f"### {name}\n\n`{name} = ") and r.out in page.out, r)
    r = t.run(OURS, "check", "--explain", "read onyl")
    t.ok(r.rc == 2 and 'did you mean "read only"?' in r.err, r)
    for words in (["--explain"], ["--nonsense"], ["--config"]):
        t.eq(t.run(OURS, "check", *words).rc, 2, f"exit code of check {words}")


def edit(t, *words, rc=0, stdin=b"", conf=None):
    more = ["--config", conf] if conf else []
    r = t.run(OURS, "secrets", *words, *more, stdin=stdin)
    t.eq(r.rc, rc, f"exit code: {r}")
    return r


@case("check", "secrets", edge=True, ours=NOT_STOCK)
def secrets(t):
    """Add, use, change, list, remove: with a daemon that looks."""
    path = t.dir + "/users"
    conf = t.write("s.conf", module_conf(t.make("disk"), auth_users="pi", secrets_file=path))
    r = edit(t, "add", "pi", stdin=b"first word\n", conf=conf)
    t.ok("first word" not in r.out and f"'rsync://pi@" in r.out and "/m/'" in r.out, r)
    t.eq(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
    d = t.daemon(open(conf).read())
    t.rsync(d.url("m/", "pi"), env={"RSYNC_PASSWORD": "first word"})
    os.chmod(path, 0o644)
    inode = os.stat(path).st_ino
    with open(path, "a") as f:
        f.write("# kept\nbob:his\npi:late\n")
    r = edit(t, "add", "pi", "--generate", conf=conf)
    word = re.search(r"^Password: (\S{16})$", r.out, re.M).group(1)
    t.eq(open(path).read(), f"pi:{word}\n# kept\nbob:his\n", "file")
    t.ok(os.stat(path).st_ino != inode and stat.S_IMODE(os.stat(path).st_mode) == 0o600, "another file in its place, mode 600")
    t.rsync(d.url("m/", "pi"), env={"RSYNC_PASSWORD": word})
    t.rsync(d.url("m/", "pi"), env={"RSYNC_PASSWORD": "first word"}, rc=5)
    home = t.make("home")
    command = re.search(r"^    (\(umask.*)$", r.out, re.M).group(1)
    t.run("sh", "-c", command, env={"HOME": home})
    t.rsync(f"--password-file={home}/.rsync-password", d.url("m/", "pi"))
    t.eq(edit(t, "list", conf=conf).out, "pi\tm\nbob\t\n", "list")
    t.has(edit(t, "add", "bob", "--file", path, stdin=b"x\n", conf=conf).out, "No module lets bob in yet")
    edit(t, "list", "eve", rc=1, conf=conf)
    edit(t, "remove", "pi", conf=conf)
    edit(t, "remove", "pi", rc=1, conf=conf)
    t.rsync(d.url("m/", "pi"), env={"RSYNC_PASSWORD": word}, rc=5)
    t.eq(open(path).read(), "# kept\nbob:x\n", "file")
    t.eq([n for n in os.listdir(t.dir) if n.startswith(".")], [], "nothing is left beside it")


@case("check", "secrets-refusals", edge=True, ours=NOT_STOCK)
def refusals(t):
    path = t.write("users", "pi:x\n", 0o600)
    conf = t.write("none.conf", f"[m]\npath = {t.dir}\n")
    for words, stdin in ((["add", "a:b"], b"x\n"), (["add", "#a"], b"x\n"), (["add", "a\nb"], b"x\n"), (["add", "bob"], b"\n"), (["add", "bob"], b""),
                         (["add", "bob"], b"x\x01y\n"), (["add", "bob"], b"y" * 1100 + b"\n"), (["add"], b"x\n"), (["add", "a", "b"], b""), (["grow", "a"], b""),
                         (["add", "bob", "--bogus"], b"x\n"), (["add", "bob", "--file", t.dir + "/none/users"], b"x\n"), (["remove", "eve"], b"")):
        more = [] if "--file" in words else ["--file", path]
        t.ok(edit(t, *words, *more, rc=1, stdin=stdin).err.strip(), "a line says why")
    t.eq(open(path).read(), "pi:x\n", "file")
    t.has(edit(t, "list", rc=1, conf=conf).err, "--file")
    two = t.write("two.conf", f"[a]\nsecrets file = {path}\n[b]\nsecrets file = {path}2\n")
    t.has(edit(t, "list", rc=1, conf=two).err, f"{path} {path}2")


@case("check", "secrets-link-and-owner", ours=NOT_STOCK, root="chown")
def link(t):
    """A link stays a link, a foreign owner stays the owner."""
    path = t.write("real/users", "pi:x\n", 0o640)
    os.chown(path, 1234, 1235)
    os.symlink("real/users", t.dir + "/users")
    edit(t, "add", "pi", "--file", t.dir + "/users", stdin=b"y\n")
    t.ok(os.path.islink(t.dir + "/users"), "a link")
    s = os.stat(path)
    t.eq((s.st_uid, s.st_gid, stat.S_IMODE(s.st_mode), open(path).read()), (1234, 1235, 0o600, "pi:y\n"), "the file")


@case("check", "secrets-at-the-same-time", ours=NOT_STOCK)
def together(t):
    """Twenty at once: nobody's line is lost, and a reader never sees half a file."""
    path = t.write("users", "", 0o600)
    started = [subprocess.Popen([OURS, "secrets", "add", f"user{i}", "--generate", "--file", path], stdout=subprocess.DEVNULL) for i in range(20)]
    while any(p.poll() is None for p in started):
        text = open(path).read()
        t.ok(text == "" or text.endswith("\n"), f"half a file: {text!r}")
    t.eq([p.returncode for p in started], [0] * 20, "exit codes")
    t.eq(sorted(line.split(":")[0] for line in open(path)), sorted(f"user{i}" for i in range(20)), "users")


def typed(t, path, *lines):
    """Adds pi at a terminal, typing a line at each prompt; what the terminal showed, and the exit code."""
    pid, master = pty.fork()
    if pid == 0:
        os.execv(OURS, [OURS, "secrets", "add", "pi", "--file", path, "--config", "/nonexistent"])
    shown, left, end = b"", list(lines), time.monotonic() + 20
    while time.monotonic() < end:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        # The prompt comes first; the echo is gone a moment later, and only then is a line typed.
        if left and shown.endswith(b": "):
            import termios
            wait_for(lambda: not termios.tcgetattr(master)[3] & termios.ECHO, 5, "the echo to go")
            os.write(master, left.pop(0))
    _, status = os.waitpid(pid, 0)
    os.close(master)
    return shown, os.waitstatus_to_exitcode(status)


@case("check", "secrets-at-a-terminal", edge=True, ours=NOT_STOCK)
def terminal(t):
    """Asked twice, nothing is shown; two that differ change nothing."""
    path = t.dir + "/users"
    shown, rc = typed(t, path, b"hidden word\n", b"other word\n")
    t.ok(rc == 1 and not os.path.exists(path) and b"differ" in shown, (shown, rc))
    shown, rc = typed(t, path, b"hidden word\n", b"hidden word\n")
    t.ok(rc == 0 and b"word" not in shown.replace(b"password", b"").replace(b"-password", b""), (shown, rc))
    t.eq(shown.count(b": "), 2, f"prompts in {shown}")
    t.eq(open(path).read(), "pi:hidden word\n", "file")
