"""Each parameter on and off: what a client sees and what is left on disk has to differ by it, and to be what stock's daemon gives."""
import os, re, stat

from harness import ROOT, Failure, add, program
from parameters import PLAIN, lines, noted, parted, plain, recorder, said, same, spoken
from trees import put

OLD = 1_500_000_000


def fill(t, top):
    """A module's content; returns the directory."""
    os.makedirs(top, exist_ok=True)
    put(top + "/a.txt", b"one " * 20)
    put(top + "/b.gz", b"two " * 2000)
    put(top + "/sub/c", b"three")
    put(top + "/root-only", b"r")
    put(top + "/group-7", b"g")
    os.symlink("a.txt", top + "/link")
    os.symlink("/sub/c", top + "/absolute")
    for name, mode in (("a.txt", 0o644), ("b.gz", 0o664), ("sub/c", 0o604), ("root-only", 0o600), ("group-7", 0o640)):
        os.chmod(f"{top}/{name}", mode)
    if ROOT:
        os.chown(top + "/group-7", 0, 7)
        os.chmod(top, 0o777)
        os.chmod(top + "/sub", 0o777)
    for at, dirs, files in os.walk(top):
        for name in dirs + files:
            os.utime(os.path.join(at, name), (OLD, OLD), follow_symlinks=False)
    os.utime(top, (OLD, OLD))
    return top


def facts(top, *wanted):
    """What is below a directory: type and permissions, owner, where a link leads; other facts on demand."""
    found = []
    for at, dirs, files in os.walk(top):
        for name in sorted(dirs + files):
            path = os.path.join(at, name)
            st = os.lstat(path)
            link = os.readlink(path) if stat.S_ISLNK(st.st_mode) else ""
            more = [st.st_atime_ns == OLD * 10**9 if what == "atime" else sorted(os.listxattr(path, follow_symlinks=False)) for what in wanted]
            found.append((os.path.relpath(path, top), stat.filemode(st.st_mode), st.st_uid, st.st_gid, link, *more))
    return sorted(found)


class Spot:
    """One module of one daemon, and what may be done with it."""
    def __init__(self, t, target, d, module):
        self.t, self.target, self.d, self.module = t, target, d, module
        self.top = f"{t.dir}/{target}/tree-{module}"
        self.used = 0

    def masked(self, value):
        if isinstance(value, (list, tuple)):
            return type(value)(self.masked(one) for one in value)
        if isinstance(value, str):
            value = value.replace(f"{self.t.dir}/{self.target}", "TOP")
            return re.sub(r"\b(on|off)\b(?! by)", "M", value)
        return value

    def pull(self, *options, path="", dst=True, env=None, wanted=()):
        self.used += 1
        into = self.t.make(self.target, f"dst-{self.module}{self.used}")
        words = [into + "/"] if dst else []
        r = self.t.rsync(*(options or ("-rlp",)), self.d.url(f"{self.module}/{path}"), *words, rc=None, env=env)
        self.d.settle()
        return said(r), facts(into, *wanted)

    def push(self, *options, names=("new",), path="", wanted=()):
        self.used += 1
        src = self.t.make(self.target, f"src-{self.module}{self.used}")
        for name in names:
            put(f"{src}/{name}", b"n" * 100)
            os.chmod(f"{src}/{name}", 0o664)
        if ROOT:
            os.chown(src + "/" + names[0], 2, 2)
        os.symlink("/etc/passwd", src + "/leads-out")
        os.utime(src, (OLD + 1000, OLD + 1000))
        r = self.t.rsync(*(options or ("-rlp",)), src + "/", self.d.url(f"{self.module}/{path}"), rc=None)
        self.d.settle()
        return said(r), facts(self.top, *wanted)

    def logged(self, run):
        """What a run leaves in the log; the times and numbers in totals stay out of it."""
        before = len(lines(self.d))
        run()
        return [re.sub(r"^sent .*", "totals", line) for line in lines(self.d)[before:]]


def onoff(name, on, act, *, off="", head="", env=None, fixed=None, different=True, **marks):
    """A row: `act(spot)` with and without the lines of `on`. `head` and `off` stand in both."""
    def run(t):
        def one(target):
            conf = PLAIN
            files = {"TOP": f"{t.dir}/{target}", "JAIL": f"{t.dir}/{target}/jail"}

            def named(text):
                for word, value in files.items():
                    text = text.replace(word, value)
                return text

            if fixed:
                fixed(t, f"{t.dir}/{target}")
            tops = {module: fill(t, f"{t.dir}/{target}/tree-{module}") for module in ("on", "off")}
            conf += named(head)
            for module in ("off", "on"):
                conf += f"[{module}]\npath = {tops[module]}\n{named(off)}\n{named(on) if module == 'on' else ''}\n"
            d = t.daemon(conf, target, env=env)
            values = []
            for module in ("on", "off"):
                spot = Spot(t, target, d, module)
                values.append(spot.masked(act(spot)))
            return values

        values = same(t, one)
        if different and not parted(values[0], values[1]):
            raise Failure(f"with and without {on!r}: the same {values[0]!r}")

    add("parameters", f"on-off-{name.replace(' ', '-')}", run, **marks)


def pull(*options, **more):
    return lambda spot: spot.pull(*options, **more)


def push(*options, **more):
    return lambda spot: spot.push(*options, **more)


def log_of(act):
    return lambda spot: spot.logged(lambda: act(spot))


def listed(spot):
    """Its line in the list of modules."""
    return [line for line in spot.t.rsync(spot.d.url("")).out.splitlines() if line.startswith(spot.module)]


def files(*contents):
    def make(t, top):
        for name, text in contents:
            put(f"{top}/{name}", text.encode())
    return make


onoff("comment", "comment = two  words # and more", listed)
onoff("list", "list = no", listed)
onoff("list-and-denial", "list = no", pull(), off="hosts deny = *")
onoff("read-only", "read only = yes", push())
onoff("write-only", "write only = yes", pull())
onoff("exclude", "exclude = *.txt /sub/***", pull())
onoff("exclude-push", "exclude = new", push())
onoff("include", "include = a.txt", pull(), off="exclude = *.txt *.gz")
onoff("filter", "filter = - *.gz  + /sub/ - /sub/*", pull())
onoff("exclude-from", "exclude from = TOP/rules", pull(), fixed=files(("rules", "# none\n; none\n\n*.gz\n/link\n")))
onoff("include-from", "include from = TOP/rules", pull(), off="exclude = *.gz *.txt", fixed=files(("rules", "*.gz\n")))
onoff("exclude-from-missing", "exclude from = TOP/rules", lambda spot: spot.pull()[0][0] != 0)
onoff("hosts-allow", "hosts allow = 10.0.0.0/8", pull())
onoff("hosts-deny", "hosts deny = 127.0.0.0/8", pull())
onoff("hosts-deny-no-such-name", "hosts deny = does.not.exist.invalid", pull())
onoff("forward-lookup", "forward lookup = no", pull(), off="hosts allow = localhost")
onoff("forward-lookup-deny", "forward lookup = no", pull(), off="hosts deny = localhost")
onoff("reverse-lookup", "reverse lookup = yes", log_of(pull()), off="hosts allow = LocalHost\nforward lookup = no\ntransfer logging = yes")
onoff("reverse-lookup-deny", "reverse lookup = yes", pull(), off="hosts deny = local*")
onoff("max-connections", "max connections = -1", pull())
onoff("lock-file", "lock file = TOP/of-module", lambda spot: (spot.pull(), sorted(name for name in ("common", "of-module") if os.path.exists(f"{spot.t.dir}/{spot.target}/{name}"))),
      off="max connections = 3\nlock file = TOP/common")
onoff("lock-file-missing-directory", "lock file = TOP/absent/lock", lambda spot: (spot.logged(lambda: spot.pull()), spot.pull()), off="max connections = 3\nlock file = TOP/common")
onoff("use-chroot", "use chroot = yes", lambda spot: [(r[0], files) for r, files in [spot.pull("-rL", path="absolute")]], root="chroot")
onoff("use-chroot-unset", "use chroot = unset\npath = TOP/tree-on/./sub", pull(), root="chroot")
onoff("use-chroot-inner-links", "path = TOP/tree-on/./sub", push("-rl"), off="use chroot = yes", root="chroot", different=False)
onoff("munge-symlinks", "munge symlinks = no", push("-rl"), off="")
onoff("munge-symlinks-pull", "munge symlinks = yes", pull("-rl"), off="munge symlinks = no", fixed=None, different=False)
onoff("munge-symlinks-chroot", "munge symlinks = yes", push("-rl"), off="use chroot = yes", root="chroot")
onoff("ignore-nonreadable", "ignore nonreadable = yes", pull(), off="uid = 65534\ngid = 65534", root="another user")
onoff("ignore-errors", "ignore errors = yes", lambda spot: (spot.t.rsync("-r", "--delete", "/nonexistent/x", fill(spot.t, spot.t.path(spot.target, "other-" + spot.module)) + "/sub/", spot.d.url(f"{spot.module}/"), rc=None).rc,
                                                          spot.d.settle(), facts(spot.top)))
onoff("fake-super", "fake super = yes", push("-rlpog", wanted=("xattrs",)), root="owners")
onoff("uid", "uid = 65534", push("-rlpog"), off="", root="owners")
onoff("uid-name", "uid = nobody\ngid = nogroup", push("-rl"), root="owners")
onoff("uid-unset", "uid =", push("-rl"), root="owners")
onoff("uid-unknown", "uid = no-such-user", pull())
onoff("uid-negative", "uid = -2", pull())
onoff("gid", "gid = 7", push("-rl"), root="owners")
onoff("gid-unset", "gid =", push("-rl"), root="owners")
onoff("gid-list", "gid = 65534, 7", pull(), off="uid = 65534\ngid = 65534", root="groups")
onoff("gid-list-blanks", "gid = nogroup 7", pull(), off="uid = 65534\ngid = 65534", root="groups")
onoff("gid-list-comma", "gid = , nogroup, 7", pull(), off="uid = 65534\ngid = 65534", root="groups")
onoff("gid-star-later", "gid = 7, *", pull(), off="uid = 65534\ngid = 65534", root="groups")
onoff("gid-unknown", "gid = no-such-group", pull())


def jail(t, top):
    """The root for a whole daemon, with users of its own."""
    put(top + "/jail/etc/passwd", b"root:x:0:0::/:\nnobody:x:65534:65534::/:\nann:x:4242:4243::/:\nbin:x:4244:4245::/:\n")
    put(top + "/jail/etc/group", b"root:x:0:\nnogroup:x:65534:\nann:x:4243:\nmore:x:7:bob,ann\nbin:x:4245:\n")
    for name in ("on", "off"):
        fill(t, f"{top}/jail/{name}")


IN_JAIL = "daemon chroot = JAIL\n"
onoff("gid-star", "path = /on\ngid = *", pull(), head=IN_JAIL, off="path = /off\nuid = ann\ngid = 65534", fixed=jail, root="chroot and groups")
onoff("gid-star-and-more", "path = /on\ngid = * 7", pull(), head=IN_JAIL, off="path = /off\nuid = ann\ngid = 65534", fixed=jail, root="chroot and groups", different=False)


def pushed_into_jail(spot):
    spot.top = f"{spot.t.dir}/{spot.target}/jail/{spot.module}"
    return spot.push("-rlpog")


for state in ("yes", "no", "unset"):
    for chroot in ("yes", "no"):
        onoff(f"numeric-ids-{state}-chroot-{chroot}", f"path = /on\nnumeric ids = {state}", pushed_into_jail, head=IN_JAIL,
              off=f"path = /off\nuse chroot = {chroot}", fixed=jail, root="chroot and owners", different=False)
onoff("numeric-ids", "path = /on\nnumeric ids = yes", pushed_into_jail, head=IN_JAIL, off="path = /off\nuse chroot = no", fixed=jail, root="chroot and owners")


def atimes(spot):
    """Whether reading left its mark; what may be kept depends on the file system, so only our own user's files count."""
    return spot.pull("-r", path="a.txt")[0], [row for row in facts(spot.top, "atime") if row[0] == "a.txt"]


onoff("open-noatime", "open noatime = yes", atimes, different=False)
onoff("open-noatime-client", "open noatime = no", lambda spot: (spot.pull("-r", "--open-noatime", path="a.txt")[0], [row for row in facts(spot.top, "atime") if row[0] == "a.txt"]), different=False)
onoff("refuse-options", "refuse options = compress checksum", lambda spot: [spot.pull(option) for option in ("-rz", "-rc", "-rl")])
onoff("refuse-options-wildcards", "refuse options = * !a !v !compress-l* delete-*", lambda spot: [spot.push(*options)[0] for options in (
    ["-rlptgoD"], ["-rlptgoDv"], ["-az"], ["-rc"], ["-a", "--delete"], ["-a", "--delete-excluded"], ["-a", "--numeric-ids"], ["-aH"], ["-an"], ["-a", "--partial"], ["-rs"])])
onoff("refuse-options-letters", "refuse options = r p z !r [cC] no-such", lambda spot: (spot.logged(lambda: spot.push("-r")), [spot.push(*options)[0] for options in (
    ["-r"], ["-rp"], ["-a"], ["-rz"], ["-rc"], ["-rC"], ["-rl"])]))
onoff("incoming-chmod", "incoming chmod = D0733,F0600", push("-r"))
onoff("incoming-chmod-perms", "incoming chmod = a+x,o=", push("-rp"))
onoff("incoming-chmod-wrong", "incoming chmod = nonsense", log_of(push("-r")))
onoff("outgoing-chmod", "outgoing chmod = Du=rwx,Dgo=,F0640", pull())
onoff("outgoing-chmod-wrong", "outgoing chmod = 999", log_of(pull()))
onoff("temp-dir-missing", "temp dir = /nonexistent/dir", push("-r"))


def in_temporary(spot):
    """Both on the same file system: the temporary's directory is seen in the error when it may not be written."""
    return spot.push("-r")


onoff("temp-dir-unwritable", "temp dir = TOP/locked", in_temporary, off="uid = 65534\ngid = 65534", fixed=lambda t, top: os.makedirs(top + "/locked", 0o700), root="another user")
onoff("charset", "charset = UTF-8", pull("-r", "--iconv=UTF-8"))
onoff("charset-latin", "charset = ISO-8859-1", lambda spot: [put(spot.top.encode() + b"/caf\xe9", b"x"), spot.pull("-r", "--iconv=UTF-8")][1], off="charset = UTF-8", different=False)
onoff("timeout", "timeout = 7", lambda spot: spot.pull("-rvvvv")[0][0], different=False)
onoff("max-verbosity", "max verbosity = 0", push("-rv", "--delete"), different=False)
onoff("max-verbosity-more", "max verbosity = 2", log_of(push("-rvv")))
onoff("max-verbosity-most", "max verbosity = 9", log_of(push("-rvv", "--delete")))
onoff("transfer-logging", "transfer logging = yes", log_of(pull("-rl")))
onoff("transfer-logging-push", "transfer logging = yes", log_of(push("-rl", "--delete")))
onoff("log-format", "log format = %i|%o|%n|%f|%l|%L|%B|%U|%G|%u|%h|%a|%m|%C|%%|%q|%'l|%''l|%'''l|%12l|%-12l|%012l|%5n|%-15n|%p|%5U|%-5Ux", lambda spot: [
    re.sub(r"\|\d+\|(?= *\d+\|[\d ]+x$)", "|PID|", line) for line in spot.logged(lambda: (spot.pull("-rlptgo"), spot.push("-rlptgo")))], off="transfer logging = yes")
onoff("log-format-bytes", "log format = %o %n %b %c %'b %'''b %10c %M %P", log_of(pull("-rl", "--no-whole-file")), off="transfer logging = yes", different=True)
onoff("log-format-no-item", "log format = %n", log_of(push("-r", "--delete")), off="transfer logging = yes")
onoff("log-format-checksum", "log format = %n %C", log_of(push("-rc")), off="transfer logging = yes")
onoff("log-file", "log file = TOP/own.log", lambda spot: (spot.logged(lambda: spot.pull()), os.path.exists(f"{spot.t.dir}/{spot.target}/own.log")
                                                        and [re.sub(r"^sent .*", "totals", line.split("] ", 1)[1]) for line in open(f"{spot.t.dir}/{spot.target}/own.log").read().splitlines()]))
onoff("log-file-variable", "log file = TOP/log-%RSYNC_MODULE_NAME%-%RSYNC_USER_NAME%-%RSYNC_PID%", lambda spot: (spot.pull(), sorted(
    name for name in os.listdir(f"{spot.t.dir}/{spot.target}") if name.startswith(f"log-{spot.module}"))))
onoff("name", "name = renamed", lambda spot: (listed(spot), spot.pull()[0][0], spot.t.rsync(spot.d.url("renamed/"), rc=None).rc), different=True)
onoff("path-missing", "path =", pull())
onoff("path-variable", "path = TOP/tree-%RSYNC_MODULE_NAME%", pull(), different=False)
onoff("path-slashes", "path = TOP//tree-on///", pull(), different=False)
onoff("dont-compress", "dont compress = *", lambda spot: [put(spot.top + "/z.dat", b"four " * 2000)] and int(re.search(r"received ([\d,]+)", spot.t.rsync("-rzv", "--zc=zlib", spot.d.url(f"{spot.module}/"), spot.t.make(spot.target, "z" + spot.module) + "/").out)[1].replace(",", "")) > 8000, off="exclude = *.gz")


def first_line(*words):
    return lambda spot: spoken(spot.d, *(word.replace("MODULE", spot.module) for word in words))


onoff("auth-users", "auth users = joe", lambda spot: re.sub(r"AUTHREQD .*", "AUTHREQD", "".join(spoken(spot.d, f"@RSYNCD: 31.0 md5 md4\n{spot.module}\n"))))
onoff("secrets-file", "secrets file = TOP/secrets", lambda spot: spot.t.rsync(spot.d.url(f"{spot.module}/", "joe"), env={"RSYNC_PASSWORD": "pw"}, rc=None).rc, off="auth users = joe",
      fixed=lambda t, top: (put(top + "/secrets", b"joe:pw\n"), os.chmod(top + "/secrets", 0o600)))
onoff("strict-modes", "strict modes = no", lambda spot: spot.t.rsync(spot.d.url(f"{spot.module}/", "joe"), env={"RSYNC_PASSWORD": "pw"}, rc=None).rc,
      off="auth users = joe\nsecrets file = TOP/secrets", fixed=lambda t, top: (put(top + "/secrets", b"joe:pw\n"), os.chmod(top + "/secrets", 0o644)))


def gone_before_it_is_sent(t):
    """A file that vanishes between its listing and its turn: the push ends, and says so."""
    def one(target):
        top = t.make(target, "tree", "sub")
        put(top + "/c", b"c")
        d = t.daemon(f"{PLAIN}[m]\npath = {os.path.dirname(top)}\n", target)
        # Deleting what is being sent is the simplest way to have it vanish in time.
        return [r for options in ([], ["--protocol=29"], ["--no-i-r"]) for r in [said(t.rsync("-r", "--delete", *options, put(top + "/c", b"c") or top + "/", d.url("m/"), rc=None, timeout=20))]]

    same(t, one)


add("parameters", "push-of-a-file-that-vanishes", gone_before_it_is_sent, edge=True)
onoff("log-format-checksums", "log format = %n %C", lambda spot: [spot.logged(lambda: spot.pull("-rl", f"--checksum-choice={name}", *more))
      for name in ("xxh128", "xxh3", "xxh64", "md5", "md4", "sha1", "none") for more in ([], ["-c"]) if name != "none" or not more], off="transfer logging = yes")
onoff("log-format-bytes-push", "log format = %o %n %b %c %'b %''b %'''l", lambda spot: spot.logged(lambda: (spot.push("-rl"), put(spot.top + "/b.gz", b"other " * 300000), spot.pull("-rl"))),
      off="transfer logging = yes")
