//! Makes the table of content types, and leaves unwind tables out of what is handed out.

use std::fs::write;
use std::path::PathBuf;
use std::process::Command;
use std::{env, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    if small() && linker_is_known() {
        without_unwind_tables();
        if brings_linker() {
            // Of functions that are the same instructions one is kept. No code compares addresses.
            println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        }
    }
    content_types()
}

/// Returns whether this is the profile `dist`, which is the one that has `z`. Its panics abort:
/// nothing unwinds.
fn small() -> bool {
    variable("OPT_LEVEL") == "z"
}

/// Returns whether the linker is the one that Rust or the system brings, LLVM's or GNU's. Who has
/// chosen another may have one that takes no scripts.
fn linker_is_known() -> bool {
    variable("TARGET") == "x86_64-unknown-linux-gnu"
        && !variable("CARGO_CFG_TARGET_FEATURE").contains("crt-static")
        && !variable("CARGO_ENCODED_RUSTFLAGS").contains("link")
        && env::var_os("RUSTC_LINKER").is_none()
}

/// Returns whether the compiler brings LLVM's linker, which it then uses: GNU's does not know the
/// option.
fn brings_linker() -> bool {
    let asked = Command::new(variable("RUSTC")).args(["--print", "sysroot"]).output();
    let sysroot = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let linker = "lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld/ld.lld";
    sysroot.is_ok_and(|sysroot| PathBuf::from(sysroot).join(linker).exists())
}

/// Says to the linker what `-C force-unwind-tables=no` says to the compiler, which a profile cannot
/// have. The standard library's own go, too.
fn without_unwind_tables() {
    println!("cargo::rerun-if-changed=no-unwind-tables.ld");
    let script = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("no-unwind-tables.ld");
    println!("cargo::rustc-link-arg-bins=-T{}", script.display());
    println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
}

/// Writes the table of content types as one sorted text. The library's own has pointers, three an
/// extension, and each of them is a relocation: in all six times as many bytes as the text.
fn content_types() -> io::Result<()> {
    let extensions = mime_guess::get_mime_extensions_str("*/*").unwrap_or_default();
    let line = |extension: &&str| {
        let content_type = mime_guess::from_ext(extension).first_raw()?;
        Some(format!("{} {content_type}\n", extension.to_ascii_lowercase()))
    };
    let mut lines: Vec<_> = extensions.iter().filter_map(line).collect();
    lines.sort_unstable();
    lines.dedup();
    write(PathBuf::from(variable("OUT_DIR")).join("content_types"), lines.concat())
}

/// Returns a variable that Cargo sets for a build.
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
