"""An old kernel, an old container, no /proc: the daemon does its work, with what is there.

As a program: `oldkernel.py ERRNO CALL,CALL... -- PROGRAM...` runs the program under a seccomp filter that answers the
named system calls with ERRNO.
"""
import ctypes, errno, os, platform, struct, subprocess, sys

# Numbers of x86-64; from 424 on they are the same everywhere.
CALLS = {
    "getrandom": 318, "renameat2": 316, "memfd_create": 319, "execveat": 322, "copy_file_range": 326, "preadv2": 327, "pwritev2": 328,
    "statx": 332, "rseq": 334, "pidfd_send_signal": 424, "pidfd_open": 434, "clone3": 435, "close_range": 436, "openat2": 437,
    "pidfd_getfd": 438, "faccessat2": 439, "epoll_pwait2": 441, "landlock_create_ruleset": 444, "landlock_add_rule": 445,
    "landlock_restrict_self": 446, "futex_waitv": 449, "fchmodat2": 452,
}
ARCH = 0xC000003E
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NO_NEW_PRIVS, SECCOMP, FILTER = 38, 22, 2


def fence(number, calls):
    """From here on this process and its children get `number` from these calls."""
    code = [(LOAD, 0, 0, 4), (IF_EQUAL, 1, 0, ARCH), (RETURN, 0, 0, ALLOW), (LOAD, 0, 0, 0)]
    for call in calls:
        code += [(IF_EQUAL, 0, 1, CALLS[call]), (RETURN, 0, 0, ERRNO | number)]
    code.append((RETURN, 0, 0, ALLOW))
    text = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    none = ctypes.c_ulong(0)
    if libc.prctl(NO_NEW_PRIVS, ctypes.c_ulong(1), none, none, none) or libc.prctl(SECCOMP, ctypes.c_ulong(FILTER), program, none, none):
        sys.exit(f"oldkernel: no filter: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    end = sys.argv.index("--")
    fence(getattr(errno, sys.argv[1]), [call for call in sys.argv[2].split(",") if call])
    os.execv(sys.argv[end + 1], sys.argv[end + 1:])


from harness import Outcome, add, case
from trees import T0, difference, digest, noise, put, tree

HERE = os.path.abspath(__file__)
OLD = [call for call in CALLS if call not in ("getrandom", "renameat2", "memfd_create", "execveat")]


def without(number, *calls):
    return [sys.executable, HERE, number, ",".join(calls), "--"]


def source(root):
    """Times before and after 2038, modes, links in and out, something to delete, something to change."""
    put(root + "/dir/file", noise(1, 50_000), T0)
    put(root + "/late", b"x", 5_000_000_000)
    put(root + "/early", b"x", -5)
    put(root + "/private", b"x", T0)
    os.chmod(root + "/private", 0o640)
    for name, target in (("inside", "dir/file"), ("outside", "/etc/hostname"), ("into", "dir")):
        os.symlink(target, f"{root}/{name}")
    os.chmod(root + "/dir", 0o750)
    for name in ("/dir", ""):
        os.utime(root + name, (T0, T0))


def transfers(t, launch):
    """Push, delete, change of times and modes, pull, a list, a password, a way out: as with the stock daemon."""
    src = t.make("src")
    source(src)
    outside = t.make("elsewhere")
    secrets = t.write("secrets", "user:word\n", 0o600)

    def files(root):
        return {name: facts for name, facts in tree(root).items() if facts["kind"] != "link"}

    def run(target):
        dst, back = t.make(target, "dst"), t.make(target, "back")
        put(dst + "/extra/old", b"x", T0)
        put(dst + "/dir/file", noise(1, 49_000), T0 - 5)
        os.utime(dst, (T0 - 9, T0 - 9))
        conf = f"[locked]\n path = {dst}\n auth users = user\n secrets file = {secrets}\n use chroot = no\n"
        d = t.serve(dst, target, head=conf, munge_symlinks="no", daemon={"launch": launch if target == "ours" else []})
        r = t.rsync("-a", "--delete", "-i", src + "/", d.url("m/"))
        t.eq(difference(files(src), files(dst)), "", "pushed")
        t.rsync("-a", d.url("m/"), back + "/")
        t.eq(difference(files(src), files(back)), "", "pulled")
        os.symlink(outside, dst + "/trap")
        t.rsync("-a", src + "/dir/file", d.url("m/into/renamed"))
        t.eq(digest(dst + "/dir/renamed"), digest(src + "/dir/file"), "through a link inside")
        t.ok(t.rsync("-a", src + "/dir/file", d.url("m/trap/"), rc=None).rc != 0, "through a link that leads out")
        t.eq(os.listdir(outside), [], "what came out of the module")
        t.has(t.rsync(d.url("m/dir/")).out, "renamed")
        open_sesame = {"RSYNC_PASSWORD": "word"}
        t.has(t.rsync(d.url("locked/", "user"), env=open_sesame).out, "private")
        t.ok(t.rsync(d.url("locked/", "user"), env={"RSYNC_PASSWORD": "no"}, rc=None).rc != 0, "a wrong password")
        t.ok("unsupported" not in d.log() and "not implemented" not in d.log(), d.log())
        for name in ("inside", "outside", "into", "trap"):
            os.utime(f"{dst}/{name}", (T0, T0), follow_symlinks=False)
        return Outcome(r, dst, dirtimes=False)

    t.each(run)


def row(name, *launch, edge=False):
    add("kernels", name, lambda t: transfers(t, list(launch)), ours="what the kernel lacks is taken from our daemon", edge=edge)


if platform.machine() == "x86_64":
    for call in CALLS:
        row(f"without-{call.replace('_', '-')}", *without("ENOSYS", call), edge=call == "openat2")
    row("linux-4.4", *without("ENOSYS", *OLD), edge=True)
    row("nothing-new", *without("ENOSYS", *CALLS), edge=True)
    row("openat2-forbidden", *without("EPERM", "openat2"), edge=True)
    # Of clone3, glibc takes EPERM for an answer and makes no threads at all; with musl no program calls it.
    row("old-container", *without("EPERM", *(call for call in OLD if call != "clone3")), edge=True)
else:
    print(f"kernels: the rows for old kernels know the system calls of x86-64 only, this is {platform.machine()}: left out")


@case("kernels", "the-filter-works", edge=True)
def filtered(t):
    """The filter of these rows does answer for the kernel: else they would show nothing."""
    for name, number in (("ENOSYS", errno.ENOSYS), ("EPERM", errno.EPERM)):
        probe = f"import ctypes; l = ctypes.CDLL(None, use_errno=True); print(l.syscall({CALLS['openat2']}, -1, 0, 0, 0), ctypes.get_errno())"
        r = t.run(*without(name, "openat2"), sys.executable, "-c", probe)
        t.eq(r.out.split(), ["-1", str(number)], f"openat2 under {name}: {r}")


HIDE = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]


@case("kernels", "no-proc", ours="stock does not start itself anew", root="mounts over /proc", edge=True)
def no_proc(t):
    """Without /proc the daemon starts its workers by the path it was itself started by."""
    if subprocess.run([*HIDE, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        print("kernels/no-proc: no mount namespaces here, left out")
        return
    transfers(t, HIDE)


@case("kernels", "no-proc-on-an-old-kernel", ours="stock does not start itself anew", root="mounts over /proc")
def bare(t):
    if subprocess.run([*HIDE, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        print("kernels/no-proc-on-an-old-kernel: no mount namespaces here, left out")
        return
    transfers(t, [*HIDE, *without("ENOSYS", *CALLS)])
