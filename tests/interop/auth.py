"""Logins: every digest, every rule of `auth users`, every reason in the log and one line for the client."""
import base64, hashlib, os

from harness import ROOT, case
from trees import general_tree
from wire import md4

PASSWORD = {"RSYNC_PASSWORD": "s3cret word:x"}
SECRET = PASSWORD["RSYNC_PASSWORD"]


def conf(t, users, secrets=f"pi:{SECRET}\nann:{SECRET}\neve:{SECRET}\nro:{SECRET}\nrw:{SECRET}\n#no:{SECRET}\n", mode=0o600, more="", read_only="yes"):
    path = t.write("secrets", secrets, mode)
    ids = "uid = 0\ngid = 0\n" if ROOT else ""
    return f"[m]\npath = {t.make('disk')}\nuse chroot = no\nread only = {read_only}\n{ids}auth users = {users}\nsecrets file = {path}\n{more}"


@case("auth", "rules", edge=True)
def rules(t):
    """The first rule that matches decides; `:ro` and `:rw` win over the module; all refusals look the same."""
    d = t.daemon(conf(t, "eve:deny, ro:ro, rw:rw, p*"))
    src = general_tree() + "/"
    for user, reason in (("eve", "denied by rule"), ("nobodyhere", "no matching rule"), ("pa", "secret not found"), ("#no", "invalid username")):
        r = t.rsync("-a", d.url("m/", user.replace("#", "%23")), t.make("x") + "/", env=PASSWORD, rc=5)
        t.has(r.err, "@ERROR: auth failed on module m")
        if user != "#no":
            t.has(d.log(), f"auth failed on module m from UNDETERMINED (127.0.0.1) for {user}: {reason}")
    t.rsync("-r", src, d.url("m/", "rw"), env=PASSWORD)
    for user in ("ro", "pi"):
        t.rsync("-r", d.url("m/", user), t.make(user) + "/", env=PASSWORD)
        t.has(t.rsync("-r", src, d.url("m/", user), env=PASSWORD, rc=1).err, "ERROR: module is read only")
    d.settle()
    t.has(d.log(), "rsync to m/ from rw@UNDETERMINED (127.0.0.1)")


@case("auth", "comma-list", edge=True)
def comma_list(t):
    """A leading comma: only commas divide. A wildcard needs a secret all the same."""
    d = t.daemon(conf(t, ", eve:deny, *:rw"))
    t.rsync("-r", general_tree() + "/", d.url("m/", "ann"), env=PASSWORD)
    t.rsync(d.url("m/", "eve"), env=PASSWORD, rc=5)
    t.rsync(d.url("m/", "stranger"), env=PASSWORD, rc=5)


@case("auth", "secrets", edge=True)
def secrets(t):
    """First line of a user counts; comments and odd lines do not; a missing or too open file refuses."""
    d = t.daemon(conf(t, "pi", f"# pi:wrong\n\nno colon\npi:{SECRET}\npi:other\n"))
    t.rsync(d.url("m/", "pi"), env=PASSWORD)
    t.rsync(d.url("m/", "pi"), env={"RSYNC_PASSWORD": "other"}, rc=5)
    t.rsync(d.url("m/", "pi"), env={"RSYNC_PASSWORD": ""}, rc=(1, 5))
    t.has(d.log(), "for pi: password mismatch")
    for mode, fine in ((0o640, True), (0o604, False), (0o602, False), (0o601, True)):
        os.chmod(t.dir + "/secrets", mode)
        t.rsync(d.url("m/", "pi"), env=PASSWORD, rc=0 if fine else 5)
    if ROOT:
        os.chmod(t.dir + "/secrets", 0o600)
        os.chown(t.dir + "/secrets", 1234, 1234)
        t.rsync(d.url("m/", "pi"), env=PASSWORD, rc=5)
        t.has(d.log(), "secrets file must be owned by root when running as root (see strict modes)")
    os.unlink(t.dir + "/secrets")
    t.rsync(d.url("m/", "pi"), env=PASSWORD, rc=5)
    t.has(d.log(), "for pi: no secrets file")


@case("auth", "not-strict")
def not_strict(t):
    d = t.daemon(conf(t, "pi", mode=0o666, more="strict modes = no\n"))
    t.rsync(d.url("m/", "pi"), env=PASSWORD)


def login(d, greeting, digest, user="pi", secret=SECRET):
    """A login by hand; the daemon's last line."""
    s = d.connect()
    f = s.makefile("rb")
    f.readline()
    s.sendall(f"@RSYNCD: {greeting}\nm\n".encode())
    line = f.readline().decode().strip()
    if line.startswith("@RSYNCD: AUTHREQD "):
        answer = base64.b64encode(digest(secret.encode() + line.split(" ", 2)[2].encode())).decode().rstrip("=")
        s.sendall(f"{user} {answer}\n".encode())
        line = f.readline().decode().strip()
    s.close()
    return line


DIGESTS = [("32.0 sha512", lambda b: hashlib.sha512(b).digest()), ("32.0 sha256 md5", lambda b: hashlib.sha256(b).digest()), ("31.0 sha1", lambda b: hashlib.sha1(b).digest()),
           ("32.0 md5", lambda b: hashlib.md5(b).digest()), ("32.0 md4", md4), ("31.0", lambda b: hashlib.md5(b).digest()),
           ("30.0", lambda b: hashlib.md5(b).digest()), ("29", lambda b: md4(bytes(4) + b)), ("29.0", lambda b: md4(bytes(4) + b)),
           ("27", lambda b: md4(bytes(4) + b)), ("32.0 nonsense sha256", lambda b: hashlib.sha256(b).digest())]


@case("auth", "digests", edge=True)
def digests(t):
    """Each digest a client may choose, and the ones of clients that choose none."""
    d = t.daemon(conf(t, "pi"))
    for greeting, digest in DIGESTS:
        t.eq(login(d, greeting, digest), "@RSYNCD: OK", f"answer to {greeting}")
        t.eq(login(d, greeting, digest, secret="wrong"), "@ERROR: auth failed on module m", f"answer to a wrong secret, {greeting}")
    t.has(login(d, "32.0 crc32", md4), "@ERROR: your client does not support one of our daemon-auth checksums: ")
    t.has(login(d, "32.0", md4), "@ERROR: your client omitted the digest name list")
    t.has(login(d, "31", md4), "@ERROR: your client omitted the subprotocol value")
    t.has(login(d, "x", md4), "@ERROR: protocol startup error")


@case("auth", "challenges-differ", edge=True)
def challenges(t):
    d = t.daemon(conf(t, "pi"))
    seen = set()
    for _ in range(20):
        s = d.connect()
        f = s.makefile("rb")
        f.readline()
        s.sendall(b"@RSYNCD: 31.0 md5\nm\n")
        seen.add(f.readline())
        s.close()
    t.eq(len(seen), 20, "different challenges")


@case("auth", "bad-answers", edge=True)
def bad_answers(t):
    """Half a line, no blank, far too long, a NUL: refused, logged, and the daemon goes on."""
    d = t.daemon(conf(t, "pi"))
    for answer in (b"pi\n", b"pi \n", b"\n", b" \n", b"pi " + b"A" * 6000 + b"\n", b"pi a\0b\n", b"pi ", b""):
        s = d.connect(5)
        f = s.makefile("rb")
        f.readline()
        s.sendall(b"@RSYNCD: 31.0 md5\nm\n")
        f.readline()
        s.sendall(answer)
        s.shutdown(1)
        try:
            rest = f.read()
        except ConnectionResetError:
            rest = b""
        t.ok(b"OK" not in rest, rest)
    d.settle()
    t.has(d.log(), "invalid challenge response")
    t.rsync(d.url("m/", "pi"), env=PASSWORD)


@case("auth", "user-path", edge=True)
def user_path(t):
    """A home for each user by %RSYNC_USER_NAME%."""
    for user in ("pi", "ann"):
        t.write(f"homes/{user}/{user}.txt", user)
    d = t.daemon(conf(t, "*").replace(t.dir + "/disk", t.dir + "/homes/%RSYNC_USER_NAME%"))
    for user in ("pi", "ann"):
        t.has(t.rsync(d.url("m/", user), env=PASSWORD).out, f"{user}.txt")
    t.has(t.rsync(d.url("m/", "ro"), env=PASSWORD, rc=5).err, "@ERROR: chdir failed")
