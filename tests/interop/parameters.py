"""Parameters of rsyncd.conf: each row fails if its parameter is ignored, and holds ours against stock's daemon."""
import itertools, os, re, signal, socket, subprocess

from harness import CLIENT, ROOT, Failure, case, children, plain, wait_for
from trees import put

IDS = "uid = 0\ngid = 0\n" if ROOT else ""
PLAIN = f"use chroot = no\nread only = no\n{IDS}"


def same(t, run):
    """Runs `run(target)` for each daemon; the values have to be equal. Returns one."""
    values = [run(target) for target in t.targets]
    for target, value in list(zip(t.targets, values))[1:]:
        why = parted(value, values[0])
        if why:
            raise Failure(f"{target} and stock differ: {why}")
    return values[0]


def parted(ours, stocks):
    """Where two values part ways first, or None."""
    if isinstance(ours, (list, tuple)) and isinstance(stocks, (list, tuple)):
        pairs = itertools.zip_longest(ours, stocks, fillvalue="nothing")
        return next((f"[{at}] {why}" for at, pair in enumerate(pairs) if (why := parted(*pair))), None)
    if isinstance(ours, str) and isinstance(stocks, str) and ours.count("\n") > 1:
        return parted(ours.split("\n"), stocks.split("\n"))
    return None if ours == stocks else f"{ours!r}, not {stocks!r}"


def recorder(t, target):
    """A hook that notes its name, its variables and its input; and where."""
    out = t.path(target, "hooks.out")
    script = t.write(f"{target}/hook", f'#!/bin/sh\n{{ echo "== $1"; env | grep "^RSYNC_" | sort; echo "input<$(cat)>"; }} >>{out}\n', 0o755)
    return script, out


def noted(path):
    """What hooks noted, without process numbers, which have to be one and the same for a connection."""
    try:
        with open(path, errors="surrogateescape") as f:
            said = f.read()
    except FileNotFoundError:
        return ""
    return re.sub(r"RSYNC_PID=\d+", "RSYNC_PID=N", said)


def said(result):
    """Exit code and lines of a client. Whether one that pulls hears of a refusal before the connection's end is a race."""
    rc = 4 if result.rc in (10, 12) and "requested action not supported" not in result.err else result.rc
    return rc, sorted(plain(result.out)), sorted(line for line in plain(result.err) if not line.startswith("rsync error: ") or rc != 4)


def lines(d):
    """The daemon's log, without what names the program."""
    return [re.sub(r" at \S+ \[(\w+)=[^\]]*\]", r" [\1]", line) for line in d.log_lines()[1:]]


def spoken(d, *words, answer=None):
    """What the daemon says, a line for each of the words that are sent to it; the connection is open as long as `answer` holds."""
    with d.connect() as s, s.makefile("rb") as f:
        f.readline()
        said = []
        for word in words:
            s.sendall(word if isinstance(word, bytes) else word.encode())
            said.append(f.readline().decode(errors="replace"))
        if answer:
            answer()
        return said


def tree_of(t, name="tree"):
    top = t.make(name)
    put(top + "/a.txt", b"one")
    put(top + "/b.txt", b"two")
    put(top + "/sub/c", b"three")
    return top


@case("parameters", "hooks-environment", edge=True)
def hooks_environment(t):
    """All three hooks with all they are told: pushes and pulls, wildcards, both lists of arguments, a login, early input."""
    early = t.write("early", "early words\nsecond\n")

    def run(target):
        hook, out = recorder(t, target)
        top = tree_of(t, target + "/tree")
        secrets = t.write(f"{target}/secrets", "joe:pw\n", 0o600)
        hooks = f"early exec = {hook} early\npre-xfer exec = {hook} pre\npost-xfer exec = {hook} post\n"
        d = t.daemon(f"{PLAIN}path = {t.dir}/{target}//tree/.\n{hooks}[m]\n[c]\nuse chroot = {'yes' if ROOT else 'no'}\n"
                     f"[i]\npath = {t.dir}/{target}/./tree\n[joe]\nauth users = joe\nsecrets file = {secrets}\n", target)
        jobs = [["-r", f"--early-input={early}", d.url("m/"), "DST"], ["-r", d.url("m/*.txt"), d.url("m/sub/../sub/"), "DST"],
                ["-r", "-s", d.url("m/a.txt"), "DST"], ["-r", top + "/sub", d.url("m/new dir/")], ["-r", "-M--bogus", top + "/sub", d.url("m/")],
                ["-r", "--protocol=29", d.url("m/*.txt"), "DST"], [d.url("m")], ["-r", d.url("m/nothing"), "DST"],
                ["-r", "--exclude=*", "--usermap=*:0" if ROOT else "--chmod=u+x", top + "/sub", d.url("m/x*y/")],
                ["-r", d.url("c"), "DST"], ["-rR", d.url("c/./sub"), d.url("c/../a.txt"), "DST"], ["-r", d.url("i/sub/"), "DST"],
                ["-r", d.url("joe/", "joe"), "DST"]]
        noted_all = []
        for number, job in enumerate(jobs):
            dst = t.make(target, f"dst{number}")
            t.rsync(*[dst + "/" if word == "DST" else word for word in job], rc=None, env={"RSYNC_PASSWORD": "pw"})
            d.settle()
            with open(out, errors="surrogateescape") as f:
                t.eq(len(set(re.findall(r"RSYNC_PID=(\d+)", f.read()))), 1, f"process numbers of {job}")
            noted_all.append(noted(out).replace(f"{t.dir}/{target}", "TOP"))
            os.unlink(out)
        t.rsync("-r", d.url("joe/", "joe"), t.dir, rc=5, env={"RSYNC_PASSWORD": "wrong"})
        d.settle()
        t.eq(noted(out), "", "after a failed login")
        return noted_all

    told = same(t, run)
    for name, wanted in (("early", "input<early words\nsecond>"), ("pre", "RSYNC_ARG0=rsyncd"), ("post", "RSYNC_EXIT_STATUS=0")):
        t.has(told[0].split(f"== {name}\n")[1], wanted)
    t.has(told[-1], "RSYNC_USER_NAME=joe")


@case("parameters", "hooks-fail", edge=True)
def hooks_fail(t):
    """Hooks that fail, print, are killed, print too much: what the client sees, what the log says, what post-xfer is told."""
    failing = {"print": "pre-xfer exec = echo out; printf 'x\\r\\ny\\nlast'; exit 3", "silent": "pre-xfer exec = exit 1",
               "blank": "pre-xfer exec = echo; echo a; echo; exit 1", "killed": "pre-xfer exec = echo bye; kill -9 $$",
               "control": "pre-xfer exec = printf 'a\\033b\\001c\\tq'; exit 1", "missing": "pre-xfer exec = /nonexistent/hook 2>/dev/null",
               "early": "early exec = echo never seen; exit 2", "early-killed": "early exec = kill -9 $$",
               "fine": "pre-xfer exec = echo nobody sees this", "post-fails": "pre-xfer exec = true"}

    def run(target):
        hook, out = recorder(t, target)
        top = tree_of(t, target + "/tree")
        d = t.daemon(f"{PLAIN}path = {top}\n" + "".join(
            f"[{name}]\n{line}\npost-xfer exec = {hook} post; exit 7\n" for name, line in failing.items())
            + f"[absent]\npath = {top}/absent\npost-xfer exec = {hook} post\nuse chroot = no\n", target)
        told = []
        for name in [*failing, "absent"]:
            told.append((name, "pull", said(t.rsync("-r", d.url(name + "/"), t.make(target, "dst") + "/", rc=None))))
            d.settle()
            if name in ("print", "early", "fine", "absent"):
                told.append((name, "push", said(t.rsync("-r", top + "/a.txt", d.url(name + "/"), rc=None))))
                d.settle()
        said_log = [line for line in lines(d) if "early exec failed" not in line and not line.startswith(("sent ", "rsync: [Receiver] chdir"))]
        return told, said_log, noted(out).replace(f"{t.dir}/{target}", "TOP")

    told, log, post = same(t, run)
    t.has("\n".join(log), "pre-xfer exec returned failure (768):\nout\nx\ny\nlast\n")
    t.has(post, "RSYNC_EXIT_STATUS=255\n")


@case("parameters", "hooks-print-much")
def hooks_print_much(t):
    """Of a long text the client gets what fits in one message, and the hook does not hang."""
    def run(target):
        d = t.daemon(f"{PLAIN}path = {t.make('tree')}\npre-xfer exec = seq 1000 9999 2>/dev/null; exit 1\n[m]\n", target)
        r = t.rsync(d.url("m/"), rc=None)
        return len(re.findall(r"^\d{4}$", r.err + r.out, re.M)) // 100

    t.ok(same(t, run) >= 8, "the beginning is shown")


@case("parameters", "hooks-slow", edge=True)
def hooks_slow(t):
    """Nothing is sent before a slow hook is done; the connection ends although the hook left something running."""
    def run(target):
        gate, reached = t.path(target, "gate"), t.path(target, "reached")
        os.mkfifo(gate)
        top = tree_of(t, target + "/tree")
        d = t.daemon(f"{PLAIN}path = {top}\n[m]\npre-xfer exec = touch {reached}; cat {gate} >/dev/null\n", target)
        dst = t.make(target, "dst")
        p = subprocess.Popen([CLIENT, "-r", d.url("m/"), dst + "/"], stderr=subprocess.PIPE)
        wait_for(lambda: os.path.exists(reached), 10, "the hook")
        t.ok("rsync on m/" not in d.log() and p.poll() is None and not os.listdir(dst), "nothing happens before the hook is done")
        with open(gate, "w") as f:
            f.write("go\n")
        t.eq(p.wait(20), 0, "exit code")
        return sorted(os.listdir(dst))

    t.eq(same(t, run), ["a.txt", "b.txt", "sub"], "names")


@case("parameters", "hooks-worker-killed", edge=True)
def hooks_worker_killed(t):
    """post-xfer exec runs however the connection's process ends, and is told how."""
    def run(target):
        hook, out = recorder(t, target)
        d = t.daemon(f"{PLAIN}path = {t.make('tree')}\n[m]\npost-xfer exec = {hook} post\n", target)
        for signum in (signal.SIGKILL, signal.SIGABRT):
            def kill():
                waiting = wait_for(lambda: [pid for pid in d.workers() if not children(pid)], 5, "the connection's process")
                t.eq(len(d.workers()), 2, "processes of the connection")
                os.kill(waiting[-1], signum)
                d.settle()

            t.eq(spoken(d, "@RSYNCD: 31.0 md5 md4\nm\n", answer=kill), ["@RSYNCD: OK\n"], "answer")
        return noted(out).replace(f"{t.dir}/{target}", "TOP")

    t.has(same(t, run), "RSYNC_EXIT_STATUS=-1")


@case("parameters", "hooks-only-where-named", edge=True)
def hooks_processes(t):
    """One process a connection where nothing is named; hooks keep the daemon's user and see no descriptor of the connection."""
    top = t.make("tree")
    d = t.daemon(f"{PLAIN}path = {top}\n[m]\n", stem="none")
    spoken(d, "@RSYNCD: 31.0 md5 md4\nm\n", answer=lambda: t.eq(len(d.workers()), 1, "processes without hooks"))
    d.settle()
    out = t.dir + "/out"
    hook = t.write("hook", f'#!/bin/sh\n{{ id -u; for fd in /proc/$$/fd/*; do readlink $fd; done; }} >>{out}\ntrue\n', 0o755)
    nobody = "uid = 65534\ngid = 65534\n" if ROOT else ""
    d = t.daemon(f"{PLAIN}path = {top}\n{nobody}[m]\nearly exec = {hook}\n")
    t.rsync(d.url("m/"))
    d.settle()
    seen = open(out).read().split("\n")
    t.eq(seen[0], str(os.getuid()), "user of the hook")
    if t.under_test == "ours":
        t.ok(not [fd for fd in seen if fd.startswith("socket:")], f"descriptors of the hook: {seen}")


@case("parameters", "hooks-variables", edge=True)
def hooks_variables(t):
    """%VAR% in commands: quoted for the shell, or the connection ends; $VAR is the shell's own."""
    def run(target):
        out = t.path(target, "out")
        say = t.write(f"{target}/say", f'#!/bin/sh\n{{ for word; do printf "<%s>" "$word"; done; echo; }} >>{out}\n', 0o755)
        words = ('"a %RSYNC_MODULE_NAME% b" \'%RSYNC_MODULE_NAME%\' %RSYNC_MODULE_NAME%x %RSYNC_REQUEST% %OF_THE_OPERATOR% "%RSYNC_HOST_ADDR%" '
                 '%RSYNC_USER_NAME% it\\\'s %RSYNC_HOST_NAME% %RSYNC_EXIT_STATUS% $RSYNC_MODULE_NAME "$RSYNC_REQUEST"')
        d = t.daemon(f"{PLAIN}path = {tree_of(t)}\npost-xfer exec = {say} post {words}\n[m]\nearly exec = {say} early {words}\n"
                     f"pre-xfer exec = {say} pre {words}\n[a b]\npre-xfer exec = {say} %RSYNC_MODULE_NAME%\n"
                     f"[c;d]\npost-xfer exec = {say} post '%RSYNC_MODULE_NAME%'\n[e$f]\npre-xfer exec = {say} $RSYNC_MODULE_NAME\n", target,
                     env={"OF_THE_OPERATOR": "two words"})
        ends = []
        for module in ("m", "a b", "c;d", "e$f"):
            ends.append(said(t.rsync("-r", d.url(module + "/"), t.make(target, "dst") + "/", rc=None)))
            d.settle()
        refused = [line for line in lines(d) if "refusing to run shell hook" in line or "error" in line]
        return ends, refused, open(out).read() if os.path.exists(out) else ""

    ends, refused, told = same(t, run)
    t.eq(refused[0], "refusing to run shell hook: %RSYNC_MODULE_NAME% holds a shell metacharacter", "log")
    t.has(told, "<early><a 'm' b><m><mx><%RSYNC_REQUEST%><two><words><'127.0.0.1'><><it's><UNDETERMINED><%RSYNC_EXIT_STATUS%><m><(NONE)>")


@case("parameters", "hooks-switched-off")
def hooks_switched_off(t):
    """RSYNC_NO_XFER_EXEC and RSYNC_SHELL in the daemon's environment."""
    def run(target):
        hook, out = recorder(t, target)
        conf = f"{PLAIN}path = {tree_of(t)}\n[m]\nearly exec = {hook} early\npre-xfer exec = exit 1\npost-xfer exec = {hook} post\n"
        d = t.daemon(conf, target, env={"RSYNC_NO_XFER_EXEC": "1"}, stem="off")
        t.rsync(d.url("m/"))
        d.settle()
        off = noted(out)
        shell = t.write(f"{target}/shell", f'#!/bin/sh\necho "shell $1" >>{out}\nexec /bin/sh "$@"\n', 0o755)
        d = t.daemon(f"{PLAIN}path = {tree_of(t)}\n[m]\nearly exec = true\n", target, env={"RSYNC_SHELL": shell}, stem="shell")
        t.rsync(d.url("m/"))
        d.settle()
        return off, noted(out)

    t.eq(same(t, run), ("", "shell -c\n"), "what ran")


@case("parameters", "hooks-early-input")
def hooks_early_input(t):
    """Early input is bounded, and dropped where nobody reads it."""
    def run(target):
        hook, out = recorder(t, target)
        d = t.daemon(f"{PLAIN}path = {tree_of(t)}\n[m]\nearly exec = {hook} early\n[deaf]\nearly exec = true\n[none]\n", target)
        answers = []
        for size, module in ((1, "m"), (5120, "m"), (5121, "m"), (0, "m"), (-1, "m"), (5120, "deaf"), (100, "none")):
            data = "x" * size if 0 < size <= 5120 else ""
            answers += spoken(d, f"@RSYNCD: 31.0 md5 md4\n#early_input={size}\n{data}{module}\n")
            d.settle()
        return answers, [len(text) for text in re.findall(r"input<(.*)>", noted(out))]

    answers, sizes = same(t, run)
    t.eq(sizes, [1, 5120], "input of the hook")
    t.eq(answers[2], "@ERROR: invalid early_input length\n", "answer")


@case("parameters", "hooks-over-a-shell")
def hooks_over_a_shell(t):
    """The daemon over a shell runs hooks too; what they print does not get into the connection."""
    def run(target):
        from harness import program
        hook, out = recorder(t, target)
        top = tree_of(t)
        conf = t.write(f"{target}.conf", f"log file = {t.dir}/{target}.log\nreverse lookup = no\n{PLAIN}path = {top}\n[m]\n"
                       f"early exec = {hook} early\npre-xfer exec = {hook} pre\npost-xfer exec = {hook} post; exit 5\n")
        shell = t.write(f"shell-{target}", f'#!/bin/sh\n"{program(target)}" --server --daemon --config={conf} .\nstatus=$?\necho "ended $status" >>{out}\nexit $status\n', 0o755)
        t.rsync("-r", "-e", shell, "somewhere::m/", t.make(target + "-dst") + "/", env={"SSH_CONNECTION": "192.0.2.9 5555 192.0.2.1 22"})
        t.rsync("-r", "-e", shell, "somewhere::m/nothing", t.make(target + "-dst") + "/", rc=23, env={"SSH_CONNECTION": "192.0.2.9 5555 192.0.2.1 22"})
        wait_for(lambda: noted(out).count("ended") == 2, 10, "the shells to end")
        return noted(out)

    t.has(same(t, run), "RSYNC_HOST_ADDR=192.0.2.9")


CONVERTER = """#!/usr/bin/env python3
import os, sys
log = open(sys.argv[1], "a")
print("start", *sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith("RSYNC_") and k != "RSYNC_PID"), file=log, flush=True)
KNOWN = {"usr bin": "4242", "grp bin": "4343", "usr word": "12x", "usr zero": "0", "usr huge": "99999999999", "grp lp": "", "uid 1234": "bin",
         "gid 1234": "bin", "uid 0": "root", "gid 0": "root"}
for line in sys.stdin:
    print(line.rstrip(), file=log, flush=True)
    print(KNOWN.get(line.rstrip(), ""), flush=True)
print("end", file=log)
"""


@case("parameters", "name-converter", edge=True, root="owners")
def name_converter(t):
    """Names and numbers come from the converter: pushed and pulled, in a chroot and not, with maps; what is no number is nobody."""
    script = t.write("converter", CONVERTER, 0o755)
    src = t.make("src")
    for name, uid, gid in (("f1", 1234, 1234), ("f2", 2, 2), ("f3", 0, 7)):
        put(f"{src}/{name}", b"x")
        os.chown(f"{src}/{name}", uid, gid)

    def owners(top):
        return [(name, os.lstat(f"{top}/{name}").st_uid, os.lstat(f"{top}/{name}").st_gid) for name in sorted(os.listdir(top)) if name[0] == "f"]

    def ended(out):
        """What the converter was asked, once it has ended; it may have begun later than its daemon ended."""
        asked = wait_for(lambda: os.path.exists(out) and (text := open(out).read()).endswith("end\n") and text, 10, "the converter to end")
        os.unlink(out)
        return asked.split("\n")

    def run(target):
        out, disk = t.path(target, "out"), t.make(target, "disk")
        d = t.daemon(f"uid = 0\ngid = 0\nread only = no\npath = {disk}\n[c]\nuse chroot = yes\nname converter = {script} {out}\n"
                     f"[n]\nuse chroot = no\nname converter = {script} {out}\n[gone]\nuse chroot = yes\nname converter = exit 1\n"
                     f"[number]\nuse chroot = yes\nnumeric ids = yes\nname converter = {script} {out}\n[src]\npath = {src}\nuse chroot = yes\n"
                     f"name converter = {script} {out}\n", target)
        told = []
        for number, (module, options) in enumerate([("c", []), ("n", []), ("number", []), ("c", ["--numeric-ids"]), ("c", ["--no-i-r", "--protocol=29"]),
                ("c", ["--usermap=bin:word,1234:huge", "--groupmap=7:bin"]), ("c", ["--chown=zero:bin"]), ("c", ["--usermap=*:nobody-knows"])]):
            r = t.rsync("-a", *options, src + "/", d.url(f"{module}/to{number}/"), rc=None)
            d.settle()
            asked = ended(out)
            start = [line.replace(f"{t.dir}/{target}", "TOP") for line in asked if line.startswith("start")]
            told.append((module, options, said(r), owners(f"{disk}/to{number}"), start, sorted(line for line in asked if not line.startswith("start"))))
        for number, options in enumerate([[], ["--no-i-r"], ["--numeric-ids"], ["--protocol=29"]]):
            dst = t.make(target, f"dst{number}")
            r = t.rsync("-a", *options, d.url("src/"), dst + "/", rc=None)
            d.settle()
            told.append(("src", options, said(r), owners(dst), sorted(set(ended(out)[1:]))))
        for args in ([src + "/f1", src + "/f2", d.url("gone/")], [d.url("gone/"), t.make(target, "gone") + "/"]):
            told.append(said(t.rsync("-a", *args, rc=None)))
            d.settle()
        told.append([line for line in lines(d) if "converter" in line or "code 10" in line])
        return told

    told = same(t, run)
    t.eq(told[0][3], [("f1", 1234, 1234), ("f2", 4242, 4343), ("f3", 0, 7)], "owners by the converter")
    t.eq(told[-1][0], "Connection to name-converter failed.", "log")


@case("parameters", "auth-digest", edge=True)
def auth_digest(t):
    """A login with a weaker digest is refused before the challenge; an unknown name refuses every login."""
    secrets = t.write("secrets", "joe:pw\n", 0o600)

    def run(target):
        rows = ["", "md5", "MD5", "sha1", "sha256", "sha512", "md4", "utf-8"]
        d = t.daemon(f"{PLAIN}path = {t.make('tree')}\nauth users = joe\nsecrets file = {secrets}\n"
                     + "".join(f"[m{i}]\nauth digest = {name}\n" for i, name in enumerate(rows)), target)
        told = []
        for i, _ in enumerate(rows):
            for offer in ("32.0 sha512 md5", "31.0 sha256 sha512", "31.0 sha1", "31.0 md5 md4", "31.0 md4", "29", "30.0"):
                answer = spoken(d, f"@RSYNCD: {offer}\nm{i}\n")[0]
                told.append((rows[i], offer, re.sub(r"AUTHREQD \S+", "AUTHREQD", answer)))
            told.append((rows[i], t.rsync(d.url(f"m{i}/", "joe"), env={"RSYNC_PASSWORD": "pw"}, rc=None).rc))
        d.settle()
        return told, sorted({line for line in lines(d) if "auth failed" in line and "challenge" not in line})

    told, log = same(t, run)
    t.ok(any("is weaker than the required 'auth digest = sha512'" in line for line in log), log)


@case("parameters", "insecure-links", edge=True)
def insecure_links(t):
    """Off, a link out of the module leads nowhere; on, it is followed, for reading and for writing, in this module only."""
    def run(target):
        top, out = tree_of(t, target + "/tree"), t.make(target, "outside")
        put(out + "/secret", b"s")
        put(out + "/deep/er", b"d")
        os.symlink(out, top + "/far")
        os.symlink("../outside/secret", top + "/near")
        os.symlink("sub", top + "/inside")
        d = t.daemon(f"{PLAIN}path = {top}\nmunge symlinks = no\n[no]\n[yes]\ninsecure links = yes\n", target)
        told = []
        for module in ("no", "yes"):
            for number, job in enumerate([["-r", "far/"], ["-r", "far/secret"], ["-rL", ""], ["-rl", ""], ["-r", "inside/"], ["-rk", ""], ["-r", "far/deep"]]):
                dst = t.make(target, f"{module}{number}")
                r = t.rsync(job[0], d.url(f"{module}/{job[1]}"), dst + "/", rc=None)
                if module == "no" and job[0] in ("-rL", "-rk"):
                    # What becomes of a refused link that is to be copied is a choice of ours.
                    continue
                told.append((module, job, said(r), sorted(os.path.relpath(os.path.join(at, name), dst) for at, dirs, files in os.walk(dst) for name in dirs + files)))
            for job in (["-r", "far/"], *([["-rK", ""]] if module == "yes" else []), ["-r", "far/deep/"]):
                src = t.make(target, f"src-{module}-{job[0]}")
                put(src + f"/new-{module}{job[0]}", b"n")
                if job[0] == "-rK":
                    put(src + f"/far/through-{module}", b"n")
                r = t.rsync(job[0], src + "/", d.url(f"{module}/{job[1]}"), rc=None)
                told.append((module, job, r.rc, sorted(os.listdir(out)), sorted(os.listdir(out + "/deep"))))
        return told

    told = same(t, run)
    reached = [row for row in told if row[0] == "yes" and row[1] == ["-r", "far/"]][0]
    t.eq(reached[3], ["deep", "deep/er", "secret"], "names behind the link")


@case("parameters", "daemon-chroot", edge=True, root="chroot and another user")
def daemon_chroot(t):
    """`daemon chroot`, `daemon uid`, `daemon gid`: paths, secrets, message, lock and hooks are seen from inside, by that user."""
    def run(target):
        jail = t.make(target, "jail")
        os.chmod(jail, 0o755)
        put(jail + "/srv/a.txt", b"one")
        put(jail + "/srv/mine", b"m")
        os.chmod(jail + "/srv/mine", 0o600)
        put(jail + "/etc/motd", b"inside\n")
        put(jail + "/etc/passwd", b"nobody:x:65534:65534::/:\n")
        put(jail + "/etc/group", b"nogroup:x:65534:\n")
        for at in ("srv", "etc"):
            os.chmod(f"{jail}/{at}", 0o777)
        for name in ("srv/a.txt", "etc/motd", "etc/passwd", "etc/group"):
            os.chmod(f"{jail}/{name}", 0o644)
        told = []
        for number, head in enumerate([f"daemon chroot = {jail}\n", f"daemon chroot = {jail}\ndaemon uid = 65534\ndaemon gid = 65534\n",
                                       f"daemon chroot = {jail}\ndaemon gid = 7\n", f"daemon chroot = {jail}/absent\n", f"daemon uid = nosuch\n",
                                       "daemon gid = nosuch\n", "daemon uid = -3\n"]):
            d = t.daemon(f"motd file = /etc/motd\n{head}path = /srv\nread only = no\n[m]\nuse chroot = no\n[c]\nuse chroot = yes\n"
                         f"[u]\nuse chroot = no\nuid = 1\n[g]\nuse chroot = no\ngid = 1\n[l]\nuse chroot = no\nmax connections = 1\nlock file = /etc/lock\n",
                         target, stem=f"d{number}")
            src = t.make(target, f"src{number}")
            put(f"{src}/up{number}", b"u")
            for module in ("m", "c", "u", "g", "l"):
                r = t.rsync(d.url(module + "/"), rc=None)
                told.append((head.replace(jail, "JAIL"), module, r.rc if r.rc in (0, 23) else "refused",
                             sorted(line.split()[-1] for line in r.out.splitlines() if line), [line for line in plain(r.err) if "@ERROR" in line]))
            t.rsync("-r", src + "/", d.url("m/"), rc=None)
            d.settle()
            made = f"{jail}/srv/up{number}"
            told.append((os.lstat(made).st_uid, os.lstat(made).st_gid) if os.path.exists(made) else None)
            told.append(sorted({line.replace(jail, "JAIL") for line in lines(d) if "failed" in line or "nvalid" in line or "Unable" in line}))
        return told

    told = same(t, run)
    t.ok(any("inside" in row[3] for row in told if isinstance(row, tuple) and len(row) == 5), "the message comes from inside")


BUSYBOX = next((p for p in ("/bin/busybox", "/usr/bin/busybox") if os.path.exists(p)), "")


@case("parameters", "daemon-chroot-hooks", root="chroot", lacks="" if BUSYBOX else "busybox, a shell that stands alone")
def daemon_chroot_hooks(t):
    """Hooks of a daemon in a chroot run in there, as its user."""
    def run(target):
        jail = t.make(target, "jail")
        put(jail + "/srv/x", b"x")
        os.chmod(jail + "/srv", 0o777)
        t.run("cp", BUSYBOX, jail + "/sh")
        d = t.daemon(f"daemon chroot = {jail}\ndaemon uid = 65534\ndaemon gid = 65534\n[m]\npath = /srv\nuse chroot = no\n"
                     "early exec = echo inside $RSYNC_MODULE_PATH >/srv/note\npost-xfer exec = echo $RSYNC_EXIT_STATUS >>/srv/note\n", target, env={"RSYNC_SHELL": "/sh"})
        r = t.rsync(d.url("m/"), rc=None)
        d.settle()
        note = jail + "/srv/note"
        return r.rc, open(note).read() if os.path.exists(note) else None, os.stat(note).st_uid if os.path.exists(note) else None

    t.eq(same(t, run), (0, "inside /srv\n0\n", 65534), "what the hooks left")


PROXY2 = b"\r\n\r\n\0\r\nQUIT\n"


@case("parameters", "proxy-protocol", edge=True)
def proxy_protocol(t):
    """A header from a listed proxy names the peer for lists and log; a stranger's ends the connection; so does a bad one, or none."""
    hello = b"@RSYNCD: 31.0 md5 md4\np\n"

    def v2(version, family, body, length=None):
        return PROXY2 + bytes([version, family]) + (length or len(body)).to_bytes(2, "big") + body

    four = bytes([203, 0, 113, 7, 10, 0, 0, 1, 1, 2, 3, 4])
    headers = [b"PROXY TCP4 203.0.113.7 10.0.0.1 5555 8730\r\n", b"PROXY TCP4 198.51.100.7 10.0.0.1 5555 8730\r\n", b"PROXY TCP6 2001:db8::7 ::1 1 2\r\n",
               b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN x\r\n", b"", b"PROXY TCP4 203.0.113.7 10.0.0.1 0 8730\r\n", b"PROXY TCP4 203.0.113.7 10.0.0.1 5555 8730\n",
               b"PROXY TCP4 203.0.113.7 10.0.0.1 5555 8730 x\r\n", b"PROXY  TCP4 203.0.113.7 10.0.0.1 5555 8730\r\n", v2(0x21, 0x11, four),
               v2(0x20, 0x00, b""), v2(0x21, 0x21, bytes(range(36))), v2(0x21, 0x31, bytes(216)), v2(0x22, 0x11, four), v2(0x31, 0x11, four),
               v2(0x21, 0x11, four[:11]), v2(0x21, 0x11, four, 65535)]

    def talk(d, source, header):
        s = socket.socket()
        with s:
            s.bind((source, 0))
            s.settimeout(10)
            s.connect(("127.0.0.1", d.port))
            try:
                s.sendall(header + hello)
                said = b""
                while not said.endswith(b"\n") or said.count(b"\n") < 2:
                    piece = s.recv(4096)
                    if not piece:
                        break
                    said += piece
            except ConnectionError:
                said = b""
        d.settle()
        return said.split(b"\n")[-2:]

    def run(target):
        d = t.daemon(f"proxy protocol = yes\nproxy protocol hosts = 127.0.0.2 ::1\n[p]\npath = {t.make('tree')}\nuse chroot = no\n"
                     "hosts allow = 203.0.113.0/24 2001:db8::/32\n", target)
        answers = [(header, talk(d, "127.0.0.2", header)) for header in headers]
        answers.append(("stranger", talk(d, "127.0.0.1", headers[0])))
        d.write_conf(f"proxy protocol = yes\n[p]\npath = {t.make('tree')}\nuse chroot = no\n")
        answers.append(("no list", talk(d, "127.0.0.2", headers[0])))
        d.write_conf(f"[p]\npath = {t.make('tree')}\nuse chroot = no\n")
        answers.append(("switched off", talk(d, "127.0.0.2", b"")))
        return answers, [line for line in lines(d) if "connect from" in line or "proxy protocol rejected" in line or "denied" in line]

    answers, log = same(t, run)
    t.has("\n".join(log), "connect from UNDETERMINED (203.0.113.7)\n")
    t.has("\n".join(log), "rsync denied on module p from UNDETERMINED (198.51.100.7)")


@case("parameters", "hooks-helper-killed", ours="the process of hooks is ours")
def hooks_helper_killed(t):
    """Without the process of its hooks a connection is refused, not served without them; TERM to it ends the session in good order."""
    hook, out = recorder(t, "ours")
    d = t.daemon(f"{PLAIN}path = {tree_of(t)}\n[m]\npre-xfer exec = true\npost-xfer exec = {hook} post\n")

    def parent():
        return wait_for(lambda: [pid for pid in d.workers() if children(pid)], 5, "the process of hooks")[0]

    with d.connect() as s, s.makefile("rb") as f:
        f.readline()
        s.sendall(b"@RSYNCD: 31.0 md5 md4\nm\n")
        t.eq(f.readline(), b"@RSYNCD: OK\n", "answer")
        os.kill(parent(), signal.SIGKILL)
        s.sendall(b"--server\0--sender\0-r.\0.\0m/\0\0")
        t.ok(b"pre-xfer exec returned failure (-1)" in f.read(), "what the client is told")
    t.eq(d.log().count("pre-xfer exec returned failure (-1)"), 1, "lines in the log")
    t.eq(noted(out), "", "what post-xfer exec noted")

    def end():
        os.kill(parent(), signal.SIGTERM)
        d.settle()

    t.eq(spoken(d, "@RSYNCD: 31.0 md5 md4\nm\n", answer=end), ["@RSYNCD: OK\n"], "answer")
    t.has(noted(out), "RSYNC_EXIT_STATUS=20")
