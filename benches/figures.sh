#!/usr/bin/env bash
# Measures signing, and writes the figures into BENCHMARKS.md.
#
#   benches/figures.sh [figures|signers|forms|firmware ...]
#
# Without arguments it measures all of these. Limit, rolesig and peer are timed in turn, thousands of
# times, and the quickest turn of each counts: trust the ratios. Instructions are callgrind's, without
# SHA-256's compression function. If a program that a section needs is missing, nothing is measured.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
target=${CARGO_TARGET_DIR:-target}

# Counts the instructions of N signatures, without the compression function: of a request, N, and
# `client` for those through a client.
instructions() {
    valgrind --tool=callgrind --callgrind-out-file="$scratch/out" \
        "$target/release/examples/sign_once" "$@" >/dev/null 2>&1
    callgrind_annotate --threshold=100 "$scratch/out" | python3 -c '
import re, sys
total = compress = 0
for line in sys.stdin:
    found = re.match(r"\s*([\d,]+) \([ \d.]+%\)\s+(.*)", line)
    if not found:
        continue
    count = int(found[1].replace(",", ""))
    if "PROGRAM TOTALS" in found[2]:
        total = count
    elif "compress256" in found[2] or "State::compress" in found[2]:
        compress += count
print(total - compress)'
}

# Signing with rolesig, with aws-sigv4, and through a client.
figures() {
    cargo bench -q -p rolesig-benches --bench sign >"$scratch/bench"
    CARGO_PROFILE_BENCH_DEBUG=0 cargo build -q --profile bench -p rolesig-benches --example sign_once
    echo "Signing on $(sed -n 's/model name.*: //p' /proc/cpuinfo | head -n 1 | sed 's/(R)//g')."
    echo "The limit is the time for the SHA-256 blocks that any signer must compress, and nothing else. It and"
    echo "the ratios are with the day's key at hand; aws-sigv4 derives it for each request, as it always does."
    echo
    echo '| | limit | rolesig | × limit | rolesig, new key | aws-sigv4 | × faster | instructions outside the hash |'
    echo '|---|---|---|---|---|---|---|---|'
    while read -r request limit ours ratio new theirs lead _; do
        count=$((($(instructions "$request" 300) - $(instructions "$request" 100)) / 200))
        python3 - "$request" "$ratio" "$lead" "$limit" "$ours" "$new" "$theirs" "$count" <<'P'
import sys
request, ratio, lead, *numbers = sys.argv[1:]
limit, ours, new, theirs, count = map(int, numbers)
what = {"R1": "R1: S3 `PutObject`, 850-byte session token", "R2": "R2: DynamoDB `PutItem`, 300-byte body",
        "R3": "R3: S3 `GetObject`, presigned, the token in the URL",
        "R3p": "R3p: R3 with the token kept encoded"}[request]
print(f"| {what} | {limit:,} ns | {ours:,} ns | {ratio} | {new:,} ns | {theirs:,} ns | {lead} | {count:,} |")
P
    done <"$scratch/bench"
    echo
    echo "The same requests as an \`http::Request\`, signed by a \`SigningClient\` with a cached key. Making and"
    echo "dropping the request is not counted; the growth of its \`HeaderMap\` is."
    echo
    echo '| | rolesig | client | × rolesig | allocations | instructions outside the hash |'
    echo '|---|---|---|---|---|---|'
    while read -r request _ ours _ _ _ _ client times allocations; do
        [ "$client" = - ] && continue
        count=0
        for part in "1 300 client" "-1 100 client" "-1 300 copy" "1 100 copy"; do
            read -r sign times_signed what <<<"$part"
            part=$(instructions "$request" "$times_signed" "$what")
            count=$((count + sign * part))
        done
        count=$((count / 200))
        printf '| %s | %s ns | %s ns | %s | %s | %s |\n' \
            "$request" "$ours" "$client" "$times" "$allocations" "$count" |
            sed -E 's/([0-9])([0-9]{3}) /\1,\2 /g'
    done <"$scratch/bench"
    echo
    echo "The core allocates nothing ([test](core/tests/no_alloc)). The dependency tree of the"
    echo "signer alone has $(cargo tree -p rolesig --no-default-features -e normal --prefix none | sed 's/ (\*)//' | sort -u | wc -l)" \
        "crates, itself included."
}

# Signing with other libraries for Rust.
signers() {
    echo "Libraries for Rust that can sign requests to S3, with the session token of 850 bytes: \`GetObject\`,"
    echo "presigned, and \`PutObject\` by header with a known SHA-256 of the body (\`-\`: the library signs none"
    echo "so). Each signature was compared with that of rolesig before it was timed. All rows but the first"
    echo "derive the key for each request, as these libraries always do, and all rows read the clock."
    echo
    cargo run -q --locked --release --manifest-path benches/peers/Cargo.toml --bin signers -- --bench
}

# Signing and verifying in all forms.
forms() {
    cargo bench -q -p rolesig-benches --bench forms
}

# Writes what a section prints between its markers in BENCHMARKS.md.
write() {
    "$1" >"$scratch/section"
    python3 - "$1" "$scratch/section" <<'P'
import pathlib, sys
section, printed = sys.argv[1:]
begin, end = f"<!-- {section}: benches/figures.sh -->\n", f"<!-- end of {section} -->"
benchmarks = pathlib.Path("BENCHMARKS.md")
head, rest = benchmarks.read_text().split(begin)
_, tail = rest.split(end)
benchmarks.write_text(f"{head}{begin}{pathlib.Path(printed).read_text()}{end}{tail}")
P
}

# Ends the script if one of the programs that a section needs is not installed.
require() {
    local section=$1 program
    shift
    for program; do
        if ! command -v "$program" >/dev/null; then
            echo "$section cannot be measured: $program not found" >&2
            exit 1
        fi
    done
}

[ $# -gt 0 ] || set -- figures signers forms firmware
for section; do
    case $section in
    figures) require "$section" cargo python3 valgrind callgrind_annotate ;;
    signers | forms) require "$section" cargo python3 ;;
    firmware)
        require "$section" cargo python3 "${RUSTC:-/usr/bin/rustc}" ld.lld-19 "llvm-size${LLVM--19}" \
            qemu-system-arm qemu-system-riscv32
        ;;
    *)
        echo "unknown section: $section" >&2
        exit 2
        ;;
    esac
done
for section; do
    case $section in
    firmware) benches/firmware/measure.py --write ;;
    *) write "$section" ;;
    esac
done
