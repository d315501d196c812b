# shellcheck shell=bash
# What test scripts share. Sourced.

need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update && apt-get install -y --no-install-recommends "$2"; } >/dev/null 2>&1
    fi
    command -v "$1" >/dev/null || { echo "$0: $1 is missing: install the package $2" >&2; exit 1; }
}

# wait_until SECONDS COMMAND...: looks ten times a second until the command succeeds.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
