#!/usr/bin/env bash
# Runs a command where ARM programs start like native ones, through qemu; also when another ARM program starts them.
#
#   cross/with-binfmt.sh COMMAND...
#
# The registration belongs to the command and ends with it: a user and mount namespace of its own (Linux 6.7 or newer).
# Nothing on the machine changes. QEMU_CPU names the processor. On an older kernel install the packages qemu-user-static
# and binfmt-support, which register qemu for the whole machine: this script then uses that.
set -euo pipefail
die() { printf 'with-binfmt: %s\n' "$*" >&2; exit 77; }
[ $# -gt 0 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
table=/proc/sys/fs/binfmt_misc

if [ -z "${BINFMT_STAGE-}" ]; then
    [ -e $table/qemu-aarch64 ] && [ -e $table/qemu-arm ] && exec "$@"
    command -v qemu-aarch64-static >/dev/null || die "install the package qemu-user-static"
    [ -d $table ] || die "this kernel has no binfmt_misc"
    if [ "$(id -u)" = 0 ]; then
        # Every id stays what it is, so that root may still give files away and take another id. Only a process outside
        # can say so: it waits until this one (the process id stays) has its namespace.
        ( before=$(readlink /proc/self/ns/user)
          until [ "$(readlink /proc/$$/ns/user)" != "$before" ]; do sleep 0.01; done
          echo '0 0 4294967295' > /proc/$$/uid_map; echo '0 0 4294967295' > /proc/$$/gid_map ) &
        BINFMT_STAGE=register exec unshare --user --mount "$0" "$@"
    fi
    BINFMT_UID=$(id -u) BINFMT_GID=$(id -g) BINFMT_STAGE=register exec unshare --user --map-root-user --mount "$0" "$@"
fi

if [ "$BINFMT_STAGE" = register ]; then
    until [ -n "$(cat /proc/self/uid_map)" ] && [ -n "$(cat /proc/self/gid_map)" ]; do sleep 0.01; done
    # Started before the ids were there, the shell has lost its rights: once more.
    BINFMT_STAGE=mount exec "$0" "$@"
fi

mount -t binfmt_misc binfmt_misc $table 2>/dev/null || die "no private binfmt_misc here (Linux older than 6.7?)"
register() { # class, machine, interpreter. F: qemu is opened now; O: the program is handed over open (a worker is
    # started through a descriptor that closes); P: the program sees its own name.
    local magic='\x7fELF\x0'$1'\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x'$2'\x00'
    local mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
    printf '%s' ":$3:M::$magic:$mask:$(command -v "$3-static"):OFP" > $table/register
}
register 2 b7 qemu-aarch64
register 1 28 qemu-arm
unset BINFMT_STAGE
if [ -n "${BINFMT_UID-}" ]; then # back to the user who called
    # shellcheck disable=SC2153
    exec env -u BINFMT_UID -u BINFMT_GID unshare --user --map-user="$BINFMT_UID" --map-group="$BINFMT_GID" "$@"
fi
exec "$@"
