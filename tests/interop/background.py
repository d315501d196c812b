"""A daemon that goes into the background: its pid file, its standard output, its lines in the system's log."""
import os, signal, socket, subprocess, time

from harness import CLIENT, case, free_port, module_conf, program, wait_for
from trees import general_tree

LOG = "/dev/log"


def background(t, conf):
    """Starts it as an init script would; returns its pid and port."""
    port = free_port()
    r = t.run(program(t.under_test), "--daemon", f"--config={conf}", f"--port={port}", "--address=127.0.0.1", timeout=10)
    t.eq(r.rc, 0, "exit code of the start")
    wait_for(lambda: os.path.exists(t.dir + "/pid") and open(t.dir + "/pid").read().strip(), 5, "the pid file")
    return int(open(t.dir + "/pid").read()), port


def end(pid):
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat").read().split()[2] == "Z", 10, "the daemon to end")


@case("daemon", "background", edge=True)
def detached(t):
    """The start returns 0, the pid file names the daemon, nothing holds the terminal, TERM ends it."""
    conf = t.write("rsyncd.conf", module_conf(general_tree(), f"pid file = {t.dir}/pid\nlog file = {t.dir}/log\nreverse lookup = no\n"))
    pid, port = background(t, conf)
    try:
        t.eq([os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (0, 1, 2)], ["/dev/null"] * 3, "standard input, output, error")
        wait_for(lambda: t.rsync(f"rsync://127.0.0.1:{port}/", rc=None).rc == 0, 5, "an answer")
    finally:
        end(pid)
    t.ok(not os.path.exists(t.dir + "/pid"), "the pid file is removed")


@case("daemon", "syslog", root="the system's log socket", edge=True)
def syslog(t):
    """Without a log file a daemon in the background logs to syslog: the listener's lines and those of its connections."""
    if os.path.exists(LOG):
        print("daemon/syslog: a system log runs here, its socket is left alone")
        return
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(LOG)
    try:
        os.chmod(LOG, 0o666)
        s.settimeout(0.1)
        conf = t.write("rsyncd.conf", module_conf(general_tree(), f"pid file = {t.dir}/pid\nreverse lookup = no\nsyslog facility = local3\nsyslog tag = board\n"))
        pid, port = background(t, conf)
        try:
            wait_for(lambda: subprocess.run([CLIENT, f"rsync://127.0.0.1:{port}/m/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0, 5, "an answer")
        finally:
            end(pid)
        lines, until = [], time.time() + 3
        while time.time() < until and not any("sent " in l and "size 0" in l for l in lines):
            try:
                lines.append(s.recv(4096).decode())
            except socket.timeout:
                pass
        said = "\n".join(lines)
        for part in ("starting, listening on port", "connect from UNDETERMINED (127.0.0.1)", "rsync on m/ from", "building file list"):
            t.has(said, part)
        t.ok(all(l.startswith("<15") and "board[" in l for l in lines), f"facility local3 and the tag:\n{said}")
    finally:
        s.close()
        os.unlink(LOG)
