//! The layers of the crate, held by looking at what each module imports.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module, and the modules whose names it may use besides those of its own: lower layers
/// only, so there is no circle. A module that is not listed is an error.
const LAYERS: &[(&str, &[&str])] = &[
    // Know nothing of the crate.
    ("sink", &[]),
    ("byte_class", &[]),
    ("slots", &[]),
    ("service", &[]),
    ("work", &[]),
    // Write themselves.
    ("staged", &["sink"]),
    ("percent", &["byte_class", "sink"]),
    ("base64", &["sink"]),
    ("decimal", &["sink"]),
    ("timestamp", &["sink"]),
    ("skew", &["timestamp"]),
    ("refresh", &["timestamp"]),
    ("hex_digest", &["sink", "staged"]),
    ("scope", &["sink", "timestamp"]),
    ("expires", &["decimal", "sink"]),
    // What is signed, with what, and how.
    ("credentials", &["scope", "sink", "timestamp"]),
    ("sign_error", &["credentials"]),
    ("scheme", &["credentials", "scope", "sink"]),
    ("signing_key", &["credentials", "hex_digest", "scheme", "scope", "sink", "staged"]),
    ("sigv4a", &["credentials", "hex_digest", "scheme", "scope", "signing_key", "sink", "staged"]),
    ("payload", &["byte_class", "decimal", "hex_digest", "scheme", "signing_key", "sink"]),
    ("request", &["payload"]),
    // The canonical request, and what becomes of it.
    (
        "canonical",
        &[
            "byte_class",
            "expires",
            "payload",
            "percent",
            "scheme",
            "scope",
            "service",
            "sign_error",
            "sink",
            "slots",
            "timestamp",
            "work",
        ],
    ),
    ("string_to_sign", &["hex_digest", "scope", "sink", "timestamp"]),
    (
        "signed",
        &["canonical", "payload", "scheme", "scope", "signing_key", "sink", "string_to_sign"],
    ),
    (
        "sign",
        &[
            "canonical",
            "credentials",
            "hex_digest",
            "payload",
            "request",
            "scheme",
            "scope",
            "service",
            "sign_error",
            "signed",
            "signing_key",
            "sink",
            "string_to_sign",
            "timestamp",
        ],
    ),
    (
        "presign",
        &[
            "canonical",
            "expires",
            "payload",
            "percent",
            "request",
            "scheme",
            "service",
            "sign",
            "sign_error",
            "signing_key",
            "sink",
            "string_to_sign",
            "timestamp",
        ],
    ),
    (
        "chunk",
        &[
            "byte_class",
            "decimal",
            "hex_digest",
            "payload",
            "scheme",
            "scope",
            "sign",
            "signed",
            "signing_key",
            "sink",
            "string_to_sign",
            "timestamp",
        ],
    ),
    (
        "event",
        &[
            "hex_digest",
            "payload",
            "scheme",
            "sign",
            "signed",
            "signing_key",
            "sink",
            "string_to_sign",
            "timestamp",
        ],
    ),
    // What else is signed, and what is made of it.
    (
        "token",
        &[
            "base64",
            "credentials",
            "expires",
            "payload",
            "presign",
            "request",
            "service",
            "sign",
            "sign_error",
            "sink",
            "timestamp",
        ],
    ),
    (
        "post_policy",
        &[
            "base64",
            "canonical",
            "decimal",
            "hex_digest",
            "scheme",
            "scope",
            "sign",
            "signing_key",
            "sink",
            "timestamp",
        ],
    ),
    // The other side of signing: shares what is signed, and not the signer.
    ("verify_error", &[]),
    ("received", &["hex_digest"]),
    (
        "verify",
        &[
            "byte_class",
            "canonical",
            "credentials",
            "expires",
            "hex_digest",
            "payload",
            "percent",
            "received",
            "scheme",
            "scope",
            "service",
            "sign_error",
            "signing_key",
            "string_to_sign",
            "timestamp",
            "verify_error",
            "work",
        ],
    ),
    // Beside signing, not above it, but for STS, whose calls are signed.
    (
        "provider",
        &[
            "canonical",
            "credentials",
            "decimal",
            "hex_digest",
            "payload",
            "percent",
            "request",
            "scope",
            "service",
            "sign",
            "sign_error",
            "signed",
            "signing_key",
            "sink",
            "timestamp",
        ],
    ),
    // What carries a conversation.
    ("http1", &["decimal", "provider", "sink", "timestamp"]),
    ("io", &["http1", "provider", "sink", "timestamp"]),
];

/// What any provider may import; the rest is for `provider/sts` only.
const OF_PROVIDERS: &[&str] = &["credentials", "percent", "provider", "sink", "timestamp"];

#[test]
fn modules_import_from_lower_layers_only() {
    for (module, imports) in imports() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            panic!("the module {module} has no layer yet");
        };
        for import in imports {
            assert!(allowed.contains(&import.as_str()), "{module} imports {import}");
        }
    }
}

#[test]
fn every_permission_is_used() {
    let imports = imports();
    for (module, allowed) in LAYERS {
        let Some(used) = imports.get(*module) else {
            panic!("there is no module {module} any more");
        };
        for allowed in *allowed {
            assert!(used.contains(*allowed), "{module} no longer imports {allowed}");
        }
    }
}

#[test]
fn only_sts_signs() {
    for (path, code) in sources().iter().filter(|(path, _)| path.starts_with("provider")) {
        for import in crate_paths(code) {
            let is_allowed = OF_PROVIDERS.contains(&&*import) || path.starts_with("provider/sts");
            assert!(is_allowed, "{path} imports {import}");
        }
    }
}

#[test]
fn the_layers_are_in_order() {
    for (place, (module, allowed)) in LAYERS.iter().enumerate() {
        for allowed in *allowed {
            let lower = &LAYERS[..place];
            assert!(lower.iter().any(|(name, _)| name == allowed), "{module} is below {allowed}");
        }
    }
}

#[test]
fn no_std_no_allocator_and_nothing_unsafe() {
    for (path, code) in sources() {
        for word in words(&code) {
            assert!(!["std", "alloc", "unsafe", "extern"].contains(&word), "{word} in {path}");
        }
    }
    let root = fs::read_to_string(source_folder().join("lib.rs")).unwrap();
    for attribute in ["#![no_std]", "#![forbid(unsafe_code)]"] {
        assert!(root.lines().any(|line| line == attribute), "{attribute}");
    }
}

#[test]
fn reads_only_code_that_ships() {
    let code = "use std::a; // std\n//! std\n/// unsafe\nlet x = \"std\"; /* no */\n\
        #[cfg(test)]\nmod tests { extern crate std; }\n";
    assert_eq!(shipped(code), "use std::a; \n\n\nlet x = \"\"; /* no */\n");
    let words: Vec<_> = words("no_std std::x astd std").collect();
    assert_eq!(words, ["no_std", "std", "x", "astd", "std"]);
    let import = "use crate::a::{self, b};\nuse crate::c;\nlet d = crate::e::f();\n";
    assert_eq!(crate_paths(import), BTreeSet::from(["a", "c", "e"].map(str::to_owned)));
}

/// What each top-level module takes from the others, in all of its files.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut imports = BTreeMap::<String, BTreeSet<String>>::new();
    for (path, code) in sources().into_iter().filter(|(path, _)| path != "lib.rs") {
        let module = path.split(['/', '.']).next().unwrap().to_owned();
        let mut paths = crate_paths(&code);
        // `super` is the module itself, or the root: at the top of the tree it would be a way
        // around this test.
        let is_top = !path.contains('/');
        assert!(!is_top || !words(&code).any(|word| word == "super"), "super in {path}");
        assert!(!code.contains("super::super"), "super::super in {path}");
        paths.remove(&module);
        imports.entry(module).or_default().extend(paths);
    }
    imports
}

/// The names after `crate::`. There are no groups of modules, so that this can be told line by line.
fn crate_paths(code: &str) -> BTreeSet<String> {
    assert!(!code.contains("crate::{"), "one `use` for each module");
    let name = |after: &str| after.chars().take_while(|letter| is_name(*letter)).collect();
    code.split("crate::").skip(1).map(name).collect()
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter| !is_name(letter)).filter(|word| !word.is_empty())
}

/// The files below `src`, by their paths in it, without what does not ship.
fn sources() -> Vec<(String, String)> {
    let mut folders = vec![source_folder()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("tests.rs") {
                let name = path.strip_prefix(source_folder()).unwrap().to_str().unwrap();
                let code = shipped(&fs::read_to_string(&path).unwrap());
                sources.push((name.replace('\\', "/"), code));
            }
        }
    }
    assert!(sources.len() > 20, "the sources are not where they were");
    sources
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Code without its tests, which end each file, and without comments and texts.
fn shipped(code: &str) -> String {
    let code = code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut shipped = String::new();
    for line in code.lines() {
        let mut in_text = false;
        // A quote that is a character begins no text.
        let line = line.replace("'\"'", "");
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' if in_text => drop(letters.next()),
                '"' => {
                    in_text = !in_text;
                    shipped.push(letter);
                }
                '/' if !in_text && letters.peek() == Some(&'/') => break,
                _ if !in_text => shipped.push(letter),
                _ => {}
            }
        }
        shipped.push('\n');
    }
    shipped
}
