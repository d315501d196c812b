#!/usr/bin/env bash
# Builds the static program for a board, without a container engine.
#
#   cross/build.sh TARGET...                 one or more of: aarch64 armv7 armv6 x86_64
#   cross/build.sh --all                     all four, and a table of what came out
#   cross/build.sh --cargo TARGET WORDS...   any cargo command, set up for the target: --cargo armv7 test --no-run
#
# zig compiles C and links, with the musl it brings, for every target. The standard library is built from its source, once a
# target, into a directory of ours: small, and without the reading of debug information that a stripped program cannot use
# (an eighth of the program).
#
# CROSS_TOOLS=DIR   where tools and built libraries are kept (default ~/.cache/tinyrsyncd-cross)
set -euo pipefail
cd "$(dirname "$0")/.."

ZIG=0.13.0.post1
ZIGBUILD=0.24.0
. tests/budgets.conf
tools=${CROSS_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/tinyrsyncd-cross}
say() { printf 'cross: %s\n' "$*" >&2; }
die() { printf 'cross: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

triple() {
    case $1 in
        aarch64|aarch64-unknown-linux-musl) echo aarch64-unknown-linux-musl ;;
        armv7|armv7-unknown-linux-musleabihf) echo armv7-unknown-linux-musleabihf ;;
        armv6|arm-unknown-linux-musleabihf) echo arm-unknown-linux-musleabihf ;;
        x86_64|x86_64-unknown-linux-musl) echo x86_64-unknown-linux-musl ;;
        *) die "unknown target '$1': aarch64, armv7, armv6 or x86_64" ;;
    esac
}

install_package() { # name of a Debian package
    { [ "$(id -u)" = 0 ] && have apt-get; } || die "install the package $1 first"
    { apt-get update && apt-get install -y --no-install-recommends "$1"; } >/dev/null 2>&1 || die "could not install $1"
}

# zig and cargo-zigbuild, in a Python environment of ours
zig_tools() {
    local venv=$tools/venv
    if [ ! -x "$venv/bin/cargo-zigbuild" ]; then
        have python3 || install_package python3
        rm -rf "$venv"
        python3 -m venv "$venv" >/dev/null 2>&1 || { rm -rf "$venv"; install_package python3-venv; python3 -m venv "$venv"; }
        say "installing zig $ZIG and cargo-zigbuild $ZIGBUILD"
        "$venv/bin/pip" install -q --disable-pip-version-check "ziglang==$ZIG" "cargo-zigbuild==$ZIGBUILD" || die "pip could not install zig"
    fi
    export PATH="$venv/bin:$PATH" CARGO_ZIGBUILD_PYTHON_PATH="$venv/bin/python"
}

# The standard library from its source: a sysroot for one target. Only this step uses unstable features of cargo; the
# program itself is built by the stable compiler (else crates would take it for a nightly one).
own_sysroot() { # triple, what for: "program" (aborts on a panic, so it needs no tables for unwinding) or "tests"
    local target=$1 flags='' host real version sys panic=unwind features=panic-unwind
    case $target in armv7-*) flags='-C target-feature=+neon' ;; esac
    if [ "$2" = program ]; then
        panic=abort features=
        flags="$flags -C force-unwind-tables=no"
    fi
    host=$(rustc -vV | sed -n 's/^host: //p')
    version=$(rustc -vV | sed -n 's/^release: //p')
    real=$(rustc --print sysroot)
    [ -f "$real/lib/rustlib/src/rust/library/std/Cargo.toml" ] || rustup component add rust-src >&2 ||
        die "no standard library for $target, and no sources of it (rustup component add rust-src)"
    sys=$tools/std-$version-$2-$target
    if [ ! -e "$sys/complete" ]; then
        say "building the standard library for $target, for $2 (once, a minute or two)"
        rm -rf "$sys"
        mkdir -p "$sys/src" "$sys/lib/rustlib/$target/lib" "$sys/bin"
        printf '[package]\nname = "mkstd"\nversion = "0.0.0"\nedition = "2024"\n[lib]\npath = "mkstd.rs"\n[workspace]\n' > "$sys/src/Cargo.toml"
        : > "$sys/src/mkstd.rs"
        # panic_abort has to be compiled with panic=abort itself.
        printf '#!/bin/sh\ncase " $* " in *" --crate-name panic_abort "*) exec "$@" -C panic=abort ;; esac\nexec "$@"\n' > "$sys/src/wrap"
        chmod +x "$sys/src/wrap"
        ( cd "$sys/src"
          env -u CARGO_TARGET_DIR RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_PANIC=$panic RUSTC_WRAPPER="$sys/src/wrap" RUSTFLAGS="$flags -C embed-bitcode=yes" \
              CARGO_TARGET_DIR="$sys/src/target" cargo build --release --target "$target" -Z build-std=std,panic_abort,test -Z build-std-features=$features >&2 ) ||
            die "building the standard library failed"
        cp "$sys/src/target/$target"/release/deps/*.r{lib,meta} "$sys/lib/rustlib/$target/lib/"
        rm -f "$sys/lib/rustlib/$target/lib"/libmkstd-*
        rm -rf "$sys/src"
        ln -sfn "$real/lib/rustlib/$host" "$sys/lib/rustlib/$host"
        printf '#!/bin/sh\nexec "%s/bin/rustc" --sysroot "%s" "$@"\n' "$real" "$sys" > "$sys/bin/rustc"
        chmod +x "$sys/bin/rustc"
        : > "$sys/complete"
    fi
    echo "$sys/bin/rustc"
}

# Cargo does not see that the standard library is another one: what was compiled against the earlier one goes.
forget_other_std() { # triple, what for, compiler
    local dir=${CARGO_TARGET_DIR:-target}/$1
    if [ "$(cat "$dir/.std-$2" 2>/dev/null)" != "$3" ]; then
        case $2 in program) rm -rf "$dir/release" ;; *) rm -rf "$dir/debug" ;; esac
    fi
    mkdir -p "$dir"
    printf '%s' "$3" > "$dir/.std-$2"
}

# Runs cargo for a target: NEON on armv7 is asked for in .cargo/config.toml.
cargo_for() { # triple, cargo's arguments
    local target=$1 rustc name
    shift
    zig_tools
    # A set RUSTFLAGS would hide the flags that belong to the target.
    unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
    local use=tests tables=
    [ "${1:-}" != build ] || use=program tables=' -C force-unwind-tables=no'
    rustc=$(own_sysroot "$target" $use)
    # The start files and the C library are zig's: such a library brings none.
    name=CARGO_TARGET_$(printf %s "$target" | tr 'a-z-' 'A-Z_')_RUSTFLAGS
    export RUSTC=$rustc "$name=-C link-self-contained=no$tables"
    forget_other_std "$target" $use "$rustc"
    local verb=$1
    shift
    [ "$verb" != build ] || verb=zigbuild
    cargo-zigbuild "$verb" --target "$target" "$@"
}

program() { echo "${CARGO_TARGET_DIR:-target}/$1/release/tinyrsyncd"; }

# NEON instructions that load or store (no other instruction has this form). The ELF header does not tell: the linker keeps
# the first object's attributes only.
neon_instructions() { od -An -v -tx4 -w4 "$1" | grep -c '^ f4[0-9a-f][02468ace]' || true; }

check() { # triple: one line of the table; fails when the file is not what it should be
    local file size static=yes float=- neon=- verdict=ok
    file=$(program "$1")
    size=$(stat -c %s "$file")
    if readelf -lW "$file" | grep -q INTERP || readelf -dW "$file" 2>/dev/null | grep -q NEEDED; then static=NO; fi
    case $1 in arm*) readelf -A "$file" | grep -q 'Tag_ABI_VFP_args: VFP registers' && float=hard || float=SOFT ;; esac
    case $1 in
        aarch64-*) float=hard neon=yes ;; # part of the architecture
        armv7-*) [ "$(neon_instructions "$file")" -gt 200 ] && neon=yes || neon=MISSING ;;
        arm-*) [ "$(neon_instructions "$file")" -lt 100 ] && neon=no || neon=PRESENT ;;
    esac
    [ "$size" -le "$BINARY_BYTES_MAX" ] || verdict="TOO BIG"
    printf '%-32s %9s %9s  %-6s  %-5s  %-7s  %s\n' "$1" "$size" "$BINARY_BYTES_MAX" "$static" "$float" "$neon" "$verdict"
    case "$static $float $neon $verdict" in *[A-Z]*) return 1 ;; esac
}

[ $# -gt 0 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
have cargo || die "install Rust first (https://rustup.rs)"
have readelf || install_package binutils
if [ "$1" = --cargo ]; then
    [ $# -gt 2 ] || die "--cargo wants a target and a cargo command"
    target=$(triple "$2")
    shift 2
    cargo_for "$target" "$@"
    exit
fi
[ "$1" = --all ] && set -- aarch64 armv7 armv6 x86_64
targets=()
for word in "$@"; do target=$(triple "$word"); targets+=("$target"); done
for target in "${targets[@]}"; do
    start=$SECONDS
    cross/build.sh --cargo "$target" build --release || die "$target: the build failed"
    say "$target: $((SECONDS - start)) s"
done
status=0
printf '%-32s %9s %9s  %-6s  %-5s  %-7s\n' target bytes budget static float NEON
for target in "${targets[@]}"; do check "$target" || status=1; done
exit $status
