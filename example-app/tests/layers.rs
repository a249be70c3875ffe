//! The layers of the program, held by looking at what each folder imports.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `src/`. Each uses only those that follow it, so there is no circle.
const LAYERS: [&str; 11] = [
    "cli",
    "command",
    "sandbox",
    "signing",
    "report",
    "s3a",
    "upload",
    "transfer",
    "s3",
    "configuration",
    "system",
];

/// Returns all sources below a directory.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// Returns the folders that a source names by `crate::`, and by `crate::{…}`.
fn used(source: &str) -> BTreeSet<&str> {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let paths = lines.flat_map(|line| line.split("crate::").skip(1));
    let names = paths.flat_map(|path| match path.strip_prefix('{') {
        Some(group) => group.split(',').map(str::trim).collect(),
        None => vec![path],
    });
    names.filter_map(|name| name.split(|c: char| !c.is_alphanumeric() && c != '_').next()).collect()
}

#[test]
fn folders_import_downwards_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).unwrap().with_extension("");
        let folder = relative.iter().next().unwrap().to_str().unwrap().to_owned();
        if ["lib", "main"].contains(&folder.as_str()) {
            continue;
        }
        let rank = LAYERS.iter().position(|layer| *layer == folder);
        let rank = rank.unwrap_or_else(|| panic!("{folder} is in no layer"));
        let source = fs::read_to_string(&path).unwrap();
        for name in used(&source) {
            let Some(other) = LAYERS.iter().position(|layer| *layer == name) else { continue };
            assert!(other >= rank, "{} uses {name}", relative.display());
        }
    }
}
