# shellcheck shell=bash disable=SC2154 # $cache and $work are the caller's
# Debian trees, the package, and systemd as the first process of namespaces of its own. Sourced, after lib.sh; needs root.
# Nothing of the machine changes.

# debian_tree ARCHITECTURE DIRECTORY: a fresh Debian with systemd; downloaded once, to $cache.
debian_tree() {
    local tar=$cache/debian-$1.tar with=()
    if [ ! -e "$tar" ]; then
        need mmdebstrap mmdebstrap
        mkdir -p "$cache"
        [ "$1" = amd64 ] || with=(cross/with-binfmt.sh)
        [ "$1" = amd64 ] || need arch-test arch-test
        "${with[@]}" mmdebstrap --quiet --skip=chroot/mount --variant=minbase --architectures="$1" --include=systemd-sysv,udev,rsync,init-system-helpers \
            --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
            bookworm "${tar%.tar}.new.tar" 'deb http://deb.debian.org/debian bookworm main' || return 1
        mv "${tar%.tar}.new.tar" "$tar"
    fi
    mkdir -p "$2"
    tar -xf "$tar" -C "$2" --exclude="./dev/*"
}

# container_start DIRECTORY: systemd runs there; what it writes to its console stands in $work/console.
container_start() {
    local root=$1 mount
    mount=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
    [ -n "$mount" ] || { echo "no cgroup2 on this machine" >&2; return 1; }
    group=$mount/tinyrsyncd-test-$$
    mkdir "$group"
    : > "$work/console"
    (
        echo "$BASHPID" > "$group/cgroup.procs"
        # shellcheck disable=SC2016
        exec unshare --kill-child --mount --pid --fork --uts --ipc --net --cgroup bash -euc '
            root=$1 console=$2
            mount --make-rprivate /; mount --bind "$root" "$root"; cd "$root"
            mount -t proc proc proc; mount -t sysfs -o ro sys sys; mount -t cgroup2 none sys/fs/cgroup
            mount -t tmpfs tmp run; mount -t tmpfs tmp tmp; mount -t tmpfs dev dev
            for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
            mkdir dev/pts dev/shm; mount -t devpts -o newinstance,ptmxmode=0666 pts dev/pts; ln -s pts/ptmx dev/ptmx; ln -sf /dev/null etc/systemd/system/console-getty.service
            touch dev/console; mount --bind "$console" dev/console
            ip link set lo up
            pivot_root . mnt; umount -l /mnt; mount --make-rshared / # as systemd has it outside of containers
            exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
        ' container "$root" "$work/console" < /dev/null > "$work/container.log" 2>&1
    ) &
    unshared=$!
    wait_until 10 container_pid || { cat "$work/container.log" >&2; return 1; }
    wait_until 60 inside systemctl is-system-running --quiet 2>/dev/null || true
    inside systemctl is-active --quiet multi-user.target
}
container_pid() { pid=$(pgrep -P "$unshared" | head -n 1) && [ -n "$pid" ]; }
inside() { nsenter -t "$pid" --all "$@" < /dev/null; }

container_stop() {
    [ -n "${pid:-}" ] || return 0
    # The first process of a namespace takes all others with it.
    kill -9 "$pid" 2>/dev/null
    wait "$unshared" 2>/dev/null
    wait_until 5 group_gone || true
    pid=
}
group_gone() { find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; [ ! -d "$group" ]; }

# package ARCHITECTURE VERSION: builds it; prints its path.
package() { VERSION=$2 OUT=$work image/debian/build "$1" 2>"$work/build.log" || { cat "$work/build.log" >&2; return 1; }; }
# What is in /etc of a tree: names, modes, sizes.
etc() { (cd "$1" && find etc -mindepth 1 ! -name '*.pid' ! -path 'etc/machine-id' ! -path 'etc/.*' -printf '%p %M %s\n' | sort); }
