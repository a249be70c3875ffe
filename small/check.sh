#!/usr/bin/env bash
# Builds the small programs, and checks that each fetches a role's credentials and puts an object.
#
#   small/check.sh SANDBOX     the program target/release/examples/sandbox of rolefs
#
# Needs a C compiler, the Debian packages that benches/firmware/gate.sh needs, and Node.
set -euo pipefail
sandbox=$(realpath "$1")
cd "$(dirname "$0")"
. ./build.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

build_c
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror -O1 -g
    -fsanitize=address,undefined -fno-sanitize-recover=all -Icapi/include)
for test in sign imds role_put; do
    "${CC:-cc}" "${flags[@]}" "capi/tests/$test.c" "$C_LIBRARY" -o "$folder/$test"
done
# The library calls functions of C, and none that can panic.
link_c "$folder/all.o" $(sed -n 's/^rolesig_status \(rolesig_[a-z_]*\)(.*/\1/p' capi/include/rolesig.h) rolesig_status_text
required=$(nm -u "$folder/all.o" | awk '{ print $2 }' | sort | tr '\n' ' ')
echo "librolesig.a requires: $required"
[ -z "$(echo "$required" | tr ' ' '\n' | grep -vxE '(bcmp|mem(cmp|cpy|move|set))?')" ]
"$folder/sign"
"$folder/imds"

mkfifo "$folder/in" "$folder/out"
"$sandbox" "$folder/objects" <"$folder/in" >"$folder/out" &
# The sandbox ends when its stdin is closed.
exec 3>"$folder/in" 4<"$folder/out"
read -r _ metadata <&4
read -r _ s3 <&4
metadata=${metadata#http://} s3=${s3#http://}

stored() { # KEY FILE
    cmp "$folder/objects/sandbox/$1" "$2"
}

printf 'from C' >"$folder/text"
"$folder/role_put" "$metadata" "$s3" us-east-1 /sandbox/c.txt "from C"
stored c.txt "$folder/text"
if "$folder/role_put" "$metadata" "$s3" eu-west-1 /sandbox/no.txt "no" 2>"$folder/error"; then exit 1; fi
grep -q AuthorizationHeaderMalformed "$folder/error"
[ ! -e "$folder/objects/sandbox/no.txt" ]

build_put
program=$target/x86_64-unknown-linux-none/release/put
put() { # KEY FILE
    "$program" "http://$metadata" "http://$s3" "/sandbox/$1" <"$2"
}
head -c 5000000 /dev/urandom >"$folder/random"
: >"$folder/empty"
for file in random empty text; do
    put "$file" "$folder/$file"
    stored "$file" "$folder/$file"
done
expect_error() { # MESSAGE COMMAND...
    local message=$1
    shift
    if "$@" 2>"$folder/error"; then exit 1; fi
    grep -q "$message" "$folder/error" || { cat "$folder/error"; exit 1; }
}
expect_error usage "$program"
expect_error 'S3 refused with status 404: .*NoSuchBucket' "$program" "http://$metadata" "http://$s3" /none/x <"$folder/text"
expect_error 'give endpoints as' "$program" "$metadata" "http://$s3" /sandbox/x <"$folder/text"
expect_error 'nothing listens' "$program" http://127.0.0.1:1 "http://$s3" /sandbox/x <"$folder/text"
expect_error 'the metadata service' "$program" "http://$s3" "http://$s3" /sandbox/x <"$folder/text"
expect_error 'percent-encode it' "$program" "http://$metadata" "http://$s3" sandbox/x <"$folder/text"
expect_error 'give a file' "$program" "http://$metadata" "http://$s3" /sandbox/x < <(echo piped)
[ ! -e "$folder/objects/sandbox/x" ]

build_wasm
printf 'from WebAssembly' >"$folder/text"
node capi/tests/role_put.mjs "$target/wasm32-unknown-unknown/release/rolesig.wasm" \
    "$metadata" "$s3" us-east-1 /sandbox/wasm.txt 'from WebAssembly'
stored wasm.txt "$folder/text"

exec 3>&-
cat <&4
wait
