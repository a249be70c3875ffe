#!/usr/bin/env bash
# Prints the sizes of the small programs as a table; `small/sizes.sh --write` writes it into
# BENCHMARKS.md.
set -euo pipefail
cd "$(dirname "$0")"
. ./build.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

imds=(new request take end credentials restart wipe)
build_c
link_c "$folder/sign" rolesig_sign rolesig_status_text
link_c "$folder/both" rolesig_sign rolesig_status_text "${imds[@]/#/rolesig_imds_}"
build_put
build_wasm

in_program() { # OBJECT
    size "$1" | awk 'NR == 2 { print $1 + $2 }'
}
row() { # WHAT BYTES
    printf '| %s | %d |\n' "$1" "$2"
}
{
    echo '| | bytes |'
    echo '|---|---|'
    row 'in a C program: `rolesig_sign`' "$(in_program "$folder/sign")"
    row 'in a C program: `rolesig_sign` and the conversation with IMDSv2' "$(in_program "$folder/both")"
    row 'WebAssembly module with both' "$(stat -c %s "$target/wasm32-unknown-unknown/release/rolesig.wasm")"
    row '`put`: a whole static Linux program' "$(stat -c %s "$target/x86_64-unknown-linux-none/release/put")"
} | sed -E ':a; s/([0-9])([0-9]{3})($|[ ,])/\1,\2\3/; ta' >"$folder/sizes"
cat "$folder/sizes"
[ "${1-}" != --write ] || python3 - "$folder/sizes" <<'P'
import pathlib, sys
benchmarks = pathlib.Path("../BENCHMARKS.md")
head, rest = benchmarks.read_text().split("<!-- sizes: small/sizes.sh -->\n")
_, tail = rest.split("<!-- end of sizes -->")
sizes = pathlib.Path(sys.argv[1]).read_text()
benchmarks.write_text(f"{head}<!-- sizes: small/sizes.sh -->\n{sizes}<!-- end of sizes -->{tail}")
P
