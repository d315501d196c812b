"""The story most people have: a board with a disk, one user, nightly pushes."""
import os, re, time

from harness import ROOT, case
from trees import T0, copy, general_tree, put, settle_dirs, tree, difference, noise

PASSWORD = "backup pass"


@case("story", "usb-backup", edge=True)
def usb_backup(t):
    disk, home = t.make("disk"), copy(general_tree(), t.make("home"))
    secrets = t.write("rsyncd.secrets", f"# who may\npi:{PASSWORD}\n", 0o644)
    ids = "    uid = root\n    gid = root\n" if ROOT else ""
    d = t.daemon(f"[usb]\n    path = {disk}\n    comment = USB backup disk\n    use chroot = no\n    read only = no\n{ids}"
                 f"    auth users = pi\n    secrets file = {secrets}\n    hosts allow = 127.0.0.0/8 ::1\n")
    url, right, wrong = d.url("usb/", "pi"), {"RSYNC_PASSWORD": PASSWORD}, {"RSYNC_PASSWORD": "guess"}

    r = t.rsync(d.url(""))
    t.eq(r.out, "usb            \tUSB backup disk\n", "the module list")

    # A secrets file others can read is not used; the client learns nothing about why.
    r = t.rsync("-a", home + "/", url, env=right, rc=5)
    t.has(r.err, "@ERROR: auth failed on module usb")
    t.has(d.log(), "secrets file must not be other-accessible (see strict modes option)")
    t.has(d.log(), "auth failed on module usb from UNDETERMINED (127.0.0.1) for pi: ignoring secrets file")
    os.chmod(secrets, 0o600)

    r = t.rsync("-a", home + "/", url, env=wrong, rc=5)
    t.has(r.err, "@ERROR: auth failed on module usb")
    t.has(d.log(), "auth failed on module usb from UNDETERMINED (127.0.0.1) for pi: password mismatch")
    r = t.rsync("-a", home + "/", d.url("usb/", "eve"), env=right, rc=5)
    t.has(d.log(), "for eve: no matching rule")
    t.eq(os.listdir(disk), [], "nothing was stored by a refused login")

    before = len(d.log_lines())
    t.rsync("-a", home + "/", url, env=right)
    munged(t, home, disk)
    d.settle()
    lines = d.log_lines()[before:]
    in_order(t, lines, [r"connect from UNDETERMINED \(127\.0\.0\.1\)", r"rsync allowed access on module usb from UNDETERMINED \(127\.0\.0\.1\)",
                        r"rsync to usb/ from pi@UNDETERMINED \(127\.0\.0\.1\)", r"receiving file list",
                        r"sent \d+ bytes  received \d+ bytes  total size \d+"])

    # The second night: nothing to send; the third: only what changed.
    r = t.rsync("-ai", "--stats", home + "/", url, env=right)
    t.eq(number(r, "Literal data"), 0, "literal data of an unchanged tree")
    t.eq(number(r, "Number of regular files transferred"), 0, "files sent of an unchanged tree")
    data = bytearray(noise(1, 300_000))
    data[150_000:150_010] = b"0123456789"
    put(home + "/big.bin", bytes(data), T0 + 77, 0o600)
    put(home + "/new", b"new file\n", T0 + 78)
    r = t.rsync("-ai", "--stats", home + "/", url, env=right)
    t.eq(number(r, "Number of regular files transferred"), 2, "files sent")
    t.ok(number(r, "Literal data") < 5000, f"literal data: {r.out}")
    t.ok(number(r, "Matched data") > 290_000, f"matched data: {r.out}")
    munged(t, home, disk)

    before = len(d.log_lines())
    r = t.rsync("--list-only", url, env=right)
    t.ok(re.search(r"^-rw-r--r-- +9 .* new$", r.out, re.M), r)
    d.settle()
    in_order(t, d.log_lines()[before:], [r"connect from ", r"rsync allowed access ", r"rsync on usb/ from pi@", r"building file list", r"sent \d+ bytes  received "])

    fresh = t.make("restored")
    t.rsync("-a", url, fresh + "/", env=right)
    why = difference(tree(home), tree(fresh))
    t.ok(not why, f"what comes back is not what went: {why}")

    for gone in ("new", "sub/two.o"):
        os.unlink(os.path.join(home, gone))
    settle_dirs(home, T0 + 200)
    r = t.rsync("-ai", "--delete", home + "/", url, env=right)
    t.has(r.out, "*deleting   new")
    # Stock deletes after it has set a directory's time, so that only the next run has it right.
    munged(t, home, disk, dirtimes=False)
    t.rsync("-a", home + "/", url, env=right)
    munged(t, home, disk)


def munged(t, home, disk, **fields):
    """The disk holds what the home holds; links are stored with their guard in front."""
    wanted = tree(home, **fields)
    for facts in wanted.values():
        if "target" in facts:
            facts["target"] = b"/rsyncd-munged/" + facts["target"]
    why = difference(wanted, tree(disk, **fields))
    t.ok(not why, why)


def number(r, label):
    return int(re.search(label + r": ([\d,]+)", r.out).group(1).replace(",", ""))


def in_order(t, lines, patterns):
    rest = iter(lines)
    for pattern in patterns:
        t.ok(any(re.match(pattern, line) for line in rest), f"no line {pattern!r} in its place in the log:\n" + "\n".join(lines))


@case("story", "transfer-log", edge=True)
def transfer_log(t):
    """With `transfer logging`, each file that moved has its line, in both directions, and deletions too."""
    src, disk = copy(general_tree(), t.make("src")), t.make("disk")
    d = t.serve(disk, transfer_logging="yes")
    t.rsync("-a", src + "/", d.url("m/"))
    d.settle()
    in_order(t, d.log_lines(), [r"receiving file list", r"recv UNDETERMINED \[127\.0\.0\.1\] m \(\) a\.txt 6$",
                                r"recv UNDETERMINED \[127\.0\.0\.1\] m \(\) sub/one\.c 360$", r"sent \d+ bytes"])
    t.ok(not any("hollow" in l for l in d.log_lines()), "directories have no line of their own")
    t.rsync("-a", d.url("m/sub"), t.make("back") + "/")
    d.settle()
    t.has("\n".join(d.log_lines()), "send UNDETERMINED [127.0.0.1] m () sub/one.c 360")
    os.unlink(src + "/a.txt")
    t.rsync("-a", "--delete", src + "/", d.url("m/"))
    d.settle()
    t.has("\n".join(d.log_lines()), "del. UNDETERMINED [127.0.0.1] m () a.txt 0")


@case("story", "log-escapes")
def log_escapes(t):
    """Control bytes of a name never reach the log as they are."""
    src, disk = t.make("src"), t.make("disk")
    put(os.path.join(src, "we\nird\x1b[31m"), b"x")
    d = t.serve(disk, transfer_logging="yes", log_format="%o|%n|%l|%i")
    t.rsync("-a", src + "/", d.url("m/"))
    d.settle()
    t.has(d.log(), "recv|we\\#012ird\\#033[31m|1|>f+++++++++")


@case("story", "incoming-chmod", root="a module of another user")
def drop_box(t):
    """A write-only drop box: files arrive as nobody's, with the module's modes; nobody reads them back."""
    disk, src = t.make("disk"), t.make("src")
    os.chown(disk, 65534, 65534)
    os.chmod(t.dir, 0o755)
    put(src + "/letter", b"dear\n", T0, 0o666)
    d = t.daemon(f"[drop]\n    path = {disk}\n    read only = no\n    write only = yes\n    list = no\n    use chroot = no\n"
                 "    refuse options = delete\n    incoming chmod = D0733,F0600\n")
    t.rsync("-rt", src + "/letter", d.url("drop/"))
    facts = tree(disk)[b"letter"]
    t.eq((facts["mode"], facts["owner"]), ("0o600", (65534, 65534)), "mode and owner")
    t.has(t.rsync(d.url("drop/"), rc=1).err, "ERROR: module is write only")
    t.eq(t.rsync(d.url("")).out, "", "the module list")
    t.has(t.rsync("-r", "--delete", src + "/", d.url("drop/"), rc=4).err, "The server is configured to refuse --delete")
