#!/usr/bin/env bash
# image/build-appliance.sh arm64|armhf...: an image to write to a card. Kernel, firmware, an initramfs with the server, and
# tinyrsyncd.txt for the settings, on one FAT partition. No root, no loop device, no mount; the same source makes the same
# bytes. The result is target/image/tinyrsyncd-ARCHITECTURE.img.
# PROGRAM=FILE takes a program that is already built (one architecture).
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/lib.sh
PATH=$PATH:/usr/sbin:/sbin
[ $# -gt 0 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
need sfdisk fdisk; need mkfs.fat dosfstools; need mcopy mtools; need cpio cpio; need depmod kmod
cache=${CROSS_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/tinyrsyncd-cross}/boot
image/fetch "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1700000000} LC_ALL=C TZ=UTC MTOOLS_SKIP_CHECK=1
mkdir -p target/image

appliance() { # Debian's name of the architecture, Rust's
    local kernel=$cache/$1 target=$2 program=${PROGRAM:-target/$2/release/tinyrsyncd} image=target/image/tinyrsyncd-$1.img
    local root=$work/$1/root card=$work/$1/card here=image/appliance version blobs mib
    # The variable would have the C parts built anew.
    [ -n "${PROGRAM:-}" ] || env -u SOURCE_DATE_EPOCH cross/build.sh --cargo "$target" build --release >&2
    version=$(ls "$kernel/lib/modules")

    mkdir -p "$root"/{bin,etc,usr/bin,srv/backup} "$card"
    install -m 755 "$program" "$root/usr/bin/tinyrsyncd"
    install -m 755 "$here/init" "$root/init"
    install -m 755 "$here/settings" "$here/address" "$root/bin/"
    # The same module as on any other system.
    install -m 644 image/overlay/etc/rsyncd.conf "$here/tinyrsyncd.txt" "$root/etc/"
    printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' > "$root/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' > "$root/etc/group"
    # shellcheck disable=SC2046 # the modules' names
    image/initramfs "$kernel" "$root" "$card/initramfs.gz" $(sed 's/#.*//' $here/modules)

    cp "$kernel/boot/vmlinuz-$version" "$card/kernel.img"
    blobs=$kernel/usr/lib/linux-image-$version
    [ ! -d "$blobs/broadcom" ] || blobs=$blobs/broadcom
    find "$blobs" -maxdepth 1 \( -name 'bcm27*.dtb' -o -name 'bcm283*-rpi-[23z]*.dtb' \) -exec cp {} "$card/" \;
    for file in bootcode.bin start.elf fixup.dat start4.elf fixup4.dat; do cp "$cache/firmware/usr/lib/raspi-firmware/$file" "$card/"; done
    sed 's/$/\r/' $here/tinyrsyncd.txt > "$card/tinyrsyncd.txt"
    { [ "$1" != arm64 ] || echo arm_64bit=1
      printf 'enable_uart=1\nupstream_kernel=1\nkernel=kernel.img\ninitramfs initramfs.gz followkernel\n'; } > "$card/config.txt"
    echo 'console=ttyS1,115200 console=tty0 rdinit=/init panic=10 quiet' > "$card/cmdline.txt"
    materials "$1" "$target" "$card/licences"

    find "$card" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
    mib=$(($(du -sm "$card" | cut -f1) + 40))
    rm -f "$image"
    truncate -s "$((mib + 4))M" "$image"
    printf 'label: dos\nlabel-id: 0x52504931\nstart=8192, size=%s, type=c, bootable\n' "$((mib * 2048))" | sfdisk -q "$image"
    truncate -s "${mib}M" "$work/fat"
    mkfs.fat -F 32 -n TINYRSYNCD -i 52504931 --invariant "$work/fat" >/dev/null
    mcopy -s -m -i "$work/fat" "$card"/* ::/
    fsck.fat -n "$work/fat" >/dev/null
    dd if="$work/fat" of="$image" bs=1M seek=4 conv=notrunc,sparse status=none
    rm "$work/fat"
    echo "$image"
}

materials() { # Debian's name, Rust's, where to: what is on the card, with licences
    local package
    mkdir -p "$3"
    image/materials "$2" "$3"
    cp "$cache/firmware/usr/share/doc/raspi-firmware/copyright" "$3/firmware.txt"
    awk '{print $2}' "$cache/SHA256SUMS" | grep -E "_($1|all)\.deb$" | while read -r package; do
        package=${package#./}
        # Debian keeps the source of every version.
        printf '%s\t%s\t%s\thttps://snapshot.debian.org/\n' "${package%%_*}" "$(cut -d_ -f2 <<< "$package")" \
            "$(case $package in raspi*) echo 'see firmware.txt' ;; *) echo GPL-2.0-only ;; esac)"
    done >> "$3/materials.tsv"
    cp "$3/materials.tsv" "target/image/tinyrsyncd-$1.materials.tsv"
}

for arch; do
    case $arch in
        arm64) appliance arm64 aarch64-unknown-linux-musl ;;
        armhf) appliance armhf armv7-unknown-linux-musleabihf ;;
        *) echo "build-appliance.sh: arm64 or armhf" >&2; exit 2 ;;
    esac
done
image/checksums
