#!/bin/sh
# Shows by linking that no panic is reachable in the signer, the verifier and the conversations,
# and prints their sizes.
#
#   benches/firmware/gate.sh [TARGET…]
#
# Needs the packages of build.sh, and LLVM's binutils. On Debian 12: apt-get install llvm-19
# The variables RUSTC, LLVM (the suffix of LLVM's programs) and CARGO_TARGET_DIR are respected.
set -eu
cd "$(dirname "$0")"
LLVM="${LLVM--19}"
[ $# -gt 0 ] || set -- thumbv7em-none-eabihf thumbv6m-none-eabi riscv32imc-unknown-none-elf
LOG=$(mktemp)
trap 'rm -f "$LOG"' EXIT
failed=0

compile() { # BIN TARGET PROFILE
    image=$(./build.sh "$2" "$3" "" "$1" 2>"$LOG")/$1
}

# Links without the panic handler's symbol, to inspect the program.
link_anyway() { # BIN TARGET PROFILE
    LINK=--defsym=panic_is_reachable=0 compile "$@" || {
        cat "$LOG"
        exit 1
    }
}

size() { # BIN TARGET PROFILE
    "llvm-size$LLVM" "$image" |
        awk -v name="$1/$2/$3" 'NR == 2 { printf "%-48s %7d %7d %7d\n", name, $1, $2, $3 }'
}

# Prints the functions that call a panicking function of the standard library.
callers() {
    "llvm-objdump$LLVM" -d -C --no-show-raw-insn "$image" | awk '
        /^[0-9a-f]+ </ { sub(/^[0-9a-f]+ /, ""); name = $0; next }
        name !~ /^<(core::|__rustc)/ && /<core::.*(panic|_fail)/ && !seen[name]++ { print "    " name }'
}

must_link() { # BIN TARGET PROFILE
    if compile "$@"; then
        size "$@"
    elif grep -q 'undefined symbol: panic_is_reachable' "$LOG"; then
        failed=1
        echo "GATE: a panic is reachable in $1 ($2, $3), from:"
        link_anyway "$@"
        callers
        size "$@"
    else
        cat "$LOG"
        exit 1
    fi
}

must_not_link() { # BIN TARGET PROFILE
    if compile "$@"; then
        failed=1
        echo "GATE: the control $1 ($2, $3) links, so the gate proves nothing"
    elif ! grep -q 'undefined symbol: panic_is_reachable' "$LOG"; then
        cat "$LOG"
        exit 1
    fi
}

"${RUSTC:-/usr/bin/rustc}" --version
printf '%-48s %7s %7s %7s\n' name text data bss
for target; do
    for profile in release fast; do
        must_not_link panics "$target" "$profile"
        for bin in sign presign chunk tokens verify verify_chunks events renew vectors imds sts iot device; do
            must_link "$bin" "$target" "$profile"
        done
    done
done
exit "$failed"
