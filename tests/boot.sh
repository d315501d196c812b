# shellcheck shell=bash disable=SC2034,SC2154 # machine, $work and $port are shared with the caller
# Booting an ARM board in qemu, and waiting for what it serves. Sourced, after lib.sh. The caller has set $work, and at its
# end calls guest_off.

# machine aarch64|armv7: sets the array "machine".
machine() {
    case $1 in
        aarch64) machine=(qemu-system-aarch64 -M virt -cpu cortex-a53) ;;
        # Without highmem=off a kernel without large physical addresses does not find the PCI bus.
        armv7) machine=(qemu-system-arm -M "virt,highmem=off" -cpu cortex-a15) ;;
    esac
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# guest_on QEMU WORDS...: starts it with its port 873 at 127.0.0.1:$port; the console goes to $work/console.
guest_on() {
    "$@" -nographic -no-reboot > "$work/console" 2>&1 < /dev/null &
    qemu=$!
    powered=$SECONDS
}
# The plug is pulled.
guest_off() {
    [ -n "${qemu:-}" ] || return 0
    kill -9 "$qemu" 2>/dev/null
    wait "$qemu" 2>/dev/null
    qemu=
}

# served MODULE SECONDS: waits until a stock client is shown the module.
served() {
    # qemu accepts before the guest listens: each try is short.
    until timeout 5 rsync --contimeout=4 "rsync://127.0.0.1:$port/" 2>/dev/null | grep -q "^$1"; do
        kill -0 "$qemu" 2>/dev/null || { echo "qemu ended" >&2; return 1; }
        [ $((SECONDS - powered)) -lt "$2" ] || { echo "no answer within $2 s" >&2; return 1; }
        sleep 0.2
    done
}

# qmp COMMAND: to a qemu that was started with -qmp unix:$work/qmp,server,nowait
qmp() {
    python3 - "$work/qmp" "$1" <<'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile("rw")
f.readline()
for line in ('{"execute": "qmp_capabilities"}', sys.argv[2]):
    f.write(line + "\n"); f.flush()
    while "event" in (answer := json.loads(f.readline())): pass
    if "error" in answer: sys.exit(str(answer["error"]))
END
}
