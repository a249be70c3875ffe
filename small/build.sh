# shellcheck shell=bash
# Builds the small programs; check.sh and sizes.sh source it.

target=${CARGO_TARGET_DIR:-target}

build_c() { # [CARGO ARGUMENTS]
    cargo build --locked --quiet --release -p rolesig-capi "$@"
    C_LIBRARY=$target/release/librolesig.a
}

# Links the parts of the library that a program with calls of these functions contains.
link_c() { # OBJECT FUNCTION...
    local object=$1
    shift
    ld -r --gc-sections -o "$object" "${@/#/--undefined=}" "$C_LIBRARY"
}

# Debian's compiler comes with the standard library's source, which rustup's can lack.
build_bare() { # PACKAGE TARGET [CARGO ARGUMENTS]
    local package=$1 triple=$2
    shift 2
    RUSTC=${BARE_RUSTC:-/usr/bin/rustc} RUSTC_BOOTSTRAP=1 cargo rustc --locked --quiet --release \
        -Zbuild-std=core "-Zbuild-std-features=compiler-builtins-mem" \
        -p "$package" --target "$triple" "$@"
}

build_put() {
    build_bare put x86_64-unknown-linux-none "$@"
}

build_wasm() { # [CARGO ARGUMENTS]
    build_bare rolesig-capi wasm32-unknown-unknown --crate-type cdylib "$@"
}
