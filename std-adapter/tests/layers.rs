//! The layers of the crate, held by what each of its top-level modules imports.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The top-level modules: each may use those before it, and none behind it.
const LAYERS: [&str; 10] =
    ["read", "clock", "identity", "url", "config", "http", "sign", "provider", "cache", "client"];

#[test]
fn modules_import_from_lower_layers_only() {
    let layer = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    for (path, code) in sources() {
        let module = path.split(['/', '.']).next().unwrap().to_owned();
        let own = layer(&module).unwrap_or_else(|| panic!("{module} has no layer"));
        for import in imports(&code) {
            let is_lower = layer(&import).is_some_and(|lower| lower <= own);
            assert!(is_lower, "{path} imports crate::{import}");
        }
    }
}

#[test]
fn every_layer_is_a_module() {
    let modules: BTreeSet<_> = sources()
        .iter()
        .map(|(path, _)| path.split(['/', '.']).next().unwrap().to_owned())
        .collect();
    assert_eq!(modules, BTreeSet::from(LAYERS.map(str::to_owned)));
}

/// Returns the names after `crate::`.
fn imports(code: &str) -> BTreeSet<String> {
    let name = |after: &str| after.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    code.split("crate::").skip(1).map(name).collect()
}

/// Returns the code of each file but the root, without its tests and comments.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            if name != "lib.rs" && !name.ends_with("tests.rs") {
                sources.push((name, shipped(&fs::read_to_string(&path).unwrap())));
            }
        }
    }
    sources
}

/// Removes the tests, which end each file, and the comments.
fn shipped(code: &str) -> String {
    let code = code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    code.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}
