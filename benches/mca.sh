#!/usr/bin/env bash
# What the kernels of src/hash take on ARM, by static analysis (llvm-mca): benches/mca.sh; cross/build.sh armv7 goes before it.
# Prints the straight pieces of code with NEON in them, and those of the crates: instructions, how many of them NEON, and cycles
# a byte where llvm-mca has a model of the processor. It knows neither caches nor mispredictions.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${CROSS_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/tinyrsyncd-cross}
mca=$(compgen -c llvm-mca | sort -V | tail -1) || { echo 'mca.sh: install llvm-mca (Debian: the package llvm)' >&2; exit 1; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

assembler() { # name, triple, flags, package
    local own
    own=$(compgen -G "$tools/std-*-$2/bin/rustc" | tail -1 || true)
    env ${own:+RUSTC="$own"} CARGO_ENCODED_RUSTFLAGS="${3// /$'\x1f'}" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
        CARGO_PROFILE_RELEASE_OPT_LEVEL=3 CARGO_PROFILE_RELEASE_INCREMENTAL=false \
        cargo rustc -q -p "$4" --lib --release --target "$2" --target-dir "target/mca" -- --emit "asm=$out/$1.s" 2>"$out/log" || { cat "$out/log" >&2; exit 1; }
}

# A file for each straight piece of the functions whose names match, at least so many instructions (or NEON ones) long.
pieces() { # name, pattern, least, what counts
    awk -v to="$out/$1" -v pattern="$2" -v least="$3" -v counts="$4" '
        function flush() { if (n >= least) { file = to "." ++pieces ".piece"; printf "%s", text > file; close(file) } text = ""; n = 0 }
        /^_ZN.*:$/ { flush(); inside = $0 ~ pattern; next }
        /^\t\.fnend|^\t\.size/ { flush(); inside = 0 }
        !inside { next }
        /^\.?L[A-Z0-9_]*:/ { flush(); next }
        /^\t[a-z]/ { if ($1 ~ /^(b|bl|bx|b\.?(eq|ne|lo|hs|ls|hi|lt|gt|le|ge|mi|pl)|cbz|cbnz|tbz|tbnz|ret|push|pop|vpush|vpop)$/) { flush(); next }
                     text = text $0 "\n"; if ($0 ~ counts) n++ }' "$out/$1.s"
}

cycles() { # file, triple, processor, bytes
    # llvm-mca has no entry for the two that move whole registers to where a stack slot begins: these do the same.
    sed -E 's/v(st|ld)mia\t([a-z0-9]+), (\{.*\})/v\11.64\t\3, [\2]/' "$1" | "$mca" -mtriple="$2" -mcpu="$3" -mattr=+neon -iterations=100 2>/dev/null |
        awk -v bytes="$4" '/^Total Cycles/ { printf "%.2f", $3 / 100 / bytes; found = 1 } END { if (!found) printf "-" }'
}

table() { # name, pattern, least, what counts, triple, bytes, label, processors...
    local file
    rm -f "$out"/*.piece
    pieces "$1" "$2" "$3" "$4"
    for file in "$out/$1".*.piece; do
        [ -e "$file" ] || { echo "$7: NO SUCH CODE"; continue; }
        printf '%-34s %5d instructions, %4d NEON; cycles a byte:' "$7" "$(wc -l < "$file")" "$(grep -cE "$neon" "$file" || true)"
        for cpu in "${@:8}"; do printf '  %s %s' "$cpu" "$(cycles "$file" "$5" "$cpu" "$6")"; done
        echo
    done
}

arm=armv7-unknown-linux-musleabihf
neon=$'^\tv[a-z]|v[0-9]+\\.[0-9]+[bhsd]|[^a-z]q[0-9]'
for package in tinyrsyncd md-5 md4; do
    assembler "aarch64.$package" aarch64-unknown-linux-musl '' $package
    assembler "armv7.$package" $arm '-C target-feature=+neon' $package
done
for package in md-5 md4; do
    table aarch64.$package compress 100 . aarch64 64 "aarch64, single stream, $package" cortex-a53 cortex-a72
    table armv7.$package compress 100 . armv7 64 "armv7, single stream, $package" cortex-a72
done
table aarch64.tinyrsyncd 5Group4take 100 "$neon" aarch64 512 'aarch64, 8 lanes, MD4 or MD5' cortex-a53 cortex-a72
table armv7.tinyrsyncd 7columns9each_lane 50 "$neon" armv7 256 'armv7, 4 lanes, one round' cortex-a72
table aarch64.tinyrsyncd 7Rolling6append 6 "$neon" aarch64 32 'aarch64, rolling sum (loop first)' cortex-a53 cortex-a72
table armv7.tinyrsyncd 7Rolling6append 6 "$neon" armv7 32 'armv7, rolling sum (loop first)' cortex-a72
