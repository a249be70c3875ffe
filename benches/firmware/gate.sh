#!/bin/sh
# Shows by linking that no panic is reachable in the signer, the verifier and the conversations,
# and prints their sizes. An asynchronous program has one panic, which the compiler puts into each
# `async fn` for executors that poll it after its end: its instructions show that it has no other.
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

# Prints the functions that reach the panic handler, except by an `async fn` that is resumed after
# its end.
panicking() {
    "llvm-objdump$LLVM" -d --no-show-raw-insn "$image" | awk '
        /^[0-9a-f]+ </ { name = substr($2, 2, length($2) - 3); next }
        match($0, /<[^>+]*/) { called = substr($0, RSTART + 1, RLENGTH - 1); callers[called] = callers[called] " " name }
        function follow(called,    names, count, i) {
            count = split(callers[called], names, " ")
            for (i = 1; i <= count; i++) {
                if (seen[names[i]]++ || names[i] ~ /panic_const_async_fn_resumed/) continue
                if (names[i] !~ /panicking9panic_fmt$/) print "    " names[i]
                follow(names[i])
            }
        }
        END { for (called in callers) if (called ~ /rust_begin_unwind$/) follow(called) }'
}

must_only_resume() { # BIN TARGET PROFILE
    compile "$@" || {
        cat "$LOG"
        exit 1
    }
    found=$(panicking)
    if [ -n "$found" ]; then
        failed=1
        echo "GATE: another panic is reachable in $1 ($2, $3), from:"
        echo "$found"
    fi
    size "$@"
}

must_not_only_resume() { # BIN TARGET PROFILE
    link_anyway "$@"
    if [ -z "$(panicking)" ]; then
        failed=1
        echo "GATE: no panic is found in the control $1 ($2, $3), so the gate proves nothing"
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
        must_not_only_resume panics "$target" "$profile"
        must_only_resume nal "$target" "$profile"
    done
done
exit "$failed"
