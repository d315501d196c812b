#!/usr/bin/env bash
# image/apply.sh IMAGE.img [--host NAME] [--user NAME:PASSWORD]: puts the server into an image of Raspberry Pi OS or Debian, in
# place, before it is written to a card. 32 or 64 bits: as the image is. No root, no loop device, no mount: sfdisk, debugfs,
# mtools.
#
#   --host NAME            the host name (/etc/hostname and /etc/hosts)
#   --user NAME:PASSWORD   Raspberry Pi OS makes this user at its first boot, and lets it in by ssh
#
# PROGRAM=FILE takes a program that is already built. What is written is read back; an image that this script does not
# understand is refused before anything changes.
set -euo pipefail
export LC_ALL=C MTOOLS_SKIP_CHECK=1
PATH=$PATH:/usr/sbin:/sbin
top=$(cd "$(dirname "$0")/.." && pwd)
die() { echo "apply.sh: $*" >&2; exit 1; }
for program in sfdisk debugfs e2fsck mcopy openssl; do command -v $program >/dev/null || die "$program is missing (packages fdisk, e2fsprogs, mtools, openssl)"; done

[ $# -gt 0 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
image=$1 host='' user=''
shift
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || die "$1 wants a value"
    case $1 in --host) host=$2 ;; --user) user=$2 ;; *) die "unknown option $1: --host, --user" ;; esac
    shift 2
done
case $host in *[!a-zA-Z0-9-]*|-*|*-) die "'$host' is no host name: letters, digits and -" ;; esac
[[ -z $user || $user =~ ^[a-z][a-z0-9-]*:.{8,}$ ]] || die "--user wants NAME:PASSWORD, the name in small letters, the password of at least 8 characters"
[ -w "$image" ] || die "$image: cannot be written to"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

part() { sfdisk -d "$image" 2>/dev/null | sed -n "s/^.*[^0-9]$1 : start= *\([0-9]*\), size= *[0-9]*, type=\([^,]*\).*/\1 \2/p"; }
read -r boot boot_type < <(part 1) || die "$image has no partition table: this script wants the unpacked .img"
read -r root root_type < <(part 2) || die "$image has one partition only: not an image of Raspberry Pi OS or Debian"
case $boot_type in b|c|e|EBD0A0A2*) ;; *) die "the first partition is no FAT (type $boot_type)" ;; esac
case $root_type in 83|0FC63DAF*) ;; *) die "the second partition is no Linux file system (type $root_type)" ;; esac
disk="$image?offset=$((root * 512))" fat="$image@@$((boot * 512))"

ask() { debugfs -R "$1" "$disk" 2>/dev/null; }
kind() { ask "stat \"$1\"" | sed -n 's/^.*Type: \([a-z ]*[a-z]\) .*/\1/p'; }
ask features | grep -q has_journal || die "the second partition is no ext4"
! ask features | grep -q needs_recovery || die "the image was not closed cleanly: take a fresh one"
[ "$(kind /usr/lib/systemd/system)" = directory ] || die "no systemd in the image"
[ "$(kind /etc/hostname)" = regular ] || die "no /etc/hostname in the image"
[ "$(kind /srv)" = directory ] || die "no /srv in the image"
# The machine stands in the head of any program: the dynamic loader's name tells as well, for C libraries of two kinds.
if [ -n "$(kind /usr/lib/aarch64-linux-gnu)" ]; then target=aarch64-unknown-linux-musl
elif [ -n "$(kind /usr/lib/arm-linux-gnueabihf)" ]; then target=arm-unknown-linux-musleabihf # for every board, the first too
else die "neither a 64-bit nor a 32-bit ARM system"; fi
program=${PROGRAM:-$top/target/$target/release/tinyrsyncd}
[ -n "${PROGRAM:-}" ] || "$top/cross/build.sh" --cargo "$target" build --release >&2

over=$work/over
"$top/image/stage" "$program" "$over"
if [ -n "$host" ]; then
    ask 'cat /etc/hosts' > "$work/hosts" || true
    old=$(ask 'cat /etc/hostname')
    echo "$host" > "$over/etc/hostname"
    sed "s/^\(127\.0\.1\.1[[:space:]].*\)\b${old:-raspberrypi}\b/\1$host/" "$work/hosts" > "$over/etc/hosts"
    grep -q "^127\.0\.1\.1.*$host" "$over/etc/hosts" || printf '127.0.1.1\t%s\n' "$host" >> "$over/etc/hosts"
fi

# All is looked at first, then written in one go.
(cd "$over" && find . -mindepth 1 -printf '%y %P\n' | LC_ALL=C sort -k 2) > "$work/list"
: > "$work/commands"
while read -r type name; do
    found=$(kind "/$name")
    case $type in
        d)
            case $found in
                directory) ;;
                '') printf 'mkdir "/%s"\nset_inode_field "/%s" mode 040755\n' "$name" "$name" ;;
                *) die "/$name is a $found in the image" ;;
            esac
            ;;
        f)
            case $found in ''|regular) ;; *) die "/$name is a $found in the image" ;; esac
            [ -z "$found" ] || printf 'rm "/%s"\n' "$name"
            mode=0100644; [ ! -x "$over/$name" ] || mode=0100755
            printf 'write "%s" "/%s"\n' "$over/$name" "$name"
            printf "set_inode_field \"/$name\" %s\n" "mode $mode" 'uid 0' 'gid 0'
            ;;
        l)
            [ -z "$found" ] || printf 'rm "/%s"\n' "$name"
            printf 'symlink "/%s" "%s"\n' "$name" "$(readlink "$over/$name")"
            ;;
    esac
done < "$work/list" >> "$work/commands"
debugfs -w -f "$work/commands" "$disk" > "$work/log" 2>&1

# debugfs succeeds whatever happened: only reading back shows it.
while read -r type name; do
    case $type in
        f)
            rm -f "$work/back"
            ask "dump \"/$name\" $work/back" > /dev/null || true
            cmp -s "$over/$name" "$work/back" || { tail -n 5 "$work/log" >&2; die "/$name could not be written: is the image full? Do not use it"; }
            ;;
        l) [ "$(kind "/$name")" = symlink ] || die "/$name could not be written. Do not use this image" ;;
    esac
done < "$work/list"
if [ -n "$user" ]; then
    printf '%s:%s\n' "${user%%:*}" "$(openssl passwd -6 -stdin <<< "${user#*:}")" > "$work/userconf.txt"
    : > "$work/ssh"
    mcopy -o -i "$fat" "$work/userconf.txt" "$work/ssh" ::/ || die "the boot partition cannot be written to"
fi
dd if="$image" of="$work/root" bs=512 skip="$root" status=none conv=sparse
e2fsck -fn "$work/root" > "$work/fsck" 2>&1 || { tail "$work/fsck" >&2; die "the file system has faults now. Do not use this image"; }
echo "$image: tinyrsyncd is in it ($target). At its first boot it makes a password and leaves it on the boot partition."
