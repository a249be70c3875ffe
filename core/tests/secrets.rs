//! Properties that no test can see at run time: how signatures are compared, and that secrets are
//! overwritten when they are dropped. Held by looking at the code, and at types.
#![cfg(feature = "conversations")]

use core::mem::needs_drop;
use std::fs;
use std::path::Path;

use rolesig::conversation::Imds;
use rolesig::{SigningKey, StoredCredentials};

fn source(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path)).unwrap()
}

/// The body of what begins with a line.
fn body_of(source: &str, line: &str) -> String {
    let (before, rest) = source.split_once(line).unwrap_or_else(|| panic!("no `{line}'"));
    let indent = before.rsplit('\n').next().unwrap();
    let (body, _) = rest.split_once(&format!("\n{indent}}}")).unwrap();
    body.to_owned()
}

/// All bytes are compared, whatever differs; `==` of digits would end at the first.
#[test]
fn compares_signatures_in_constant_time() {
    let body = body_of(&source("sigv4/v4.rs"), "fn verifies(");
    assert!(body.contains("key.verifies(string_to_sign, &signature.to_bytes())"), "{body}");
    assert!(!body.contains("=="), "{body}");
    let body = body_of(&source("sigv4/hmac.rs"), "pub(crate) fn verifies(");
    assert!(body.contains("fold(0, |bits, (a, b)| bits | (a ^ b))"), "{body}");
    assert!(body.ends_with("black_box(different) == 0"), "{body}");
    assert_eq!(body.matches("==").count(), 1, "{body}");
    for file in [
        "verify/verifier.rs",
        "verify/claimed.rs",
        "verify/chunks.rs",
        "verify/decoder.rs",
        "verify/presented.rs",
    ] {
        let code = source(file);
        // Nothing there makes a signature that could be compared otherwise.
        assert!(!code.contains("authenticate("), "{file}");
        assert!(!code.contains("signature =="), "{file}");
    }
    for (file, calls) in [("verify/claimed.rs", 1), ("verify/chunks.rs", 1)] {
        assert_eq!(source(file).matches("S::verifies(").count(), calls, "{file}");
    }
}

#[test]
fn wipes_secrets_on_drop() {
    for (file, line, wipes) in [
        ("credentials/stored.rs", "Drop for StoredCredentials<N> {", "self.zeroize();"),
        ("credentials/stored.rs", "Zeroize for StoredCredentials<N> {", "self.bytes.zeroize();"),
        ("conversation/imds/token.rs", "Drop for MetadataToken<N> {", "wipe(&mut self.text);"),
        ("conversation/imds/token.rs", "fn wipe<", "text.as_mut_str().zeroize();"),
        // The old one, before another takes its place.
        ("conversation/imds/token.rs", "fn take_text<", "wipe(text);"),
    ] {
        let source = source(file);
        let line = source.lines().find(|other| other.contains(line)).unwrap();
        let body = body_of(&source, line.trim_start());
        assert!(body.contains(wipes), "{line}: {body}");
    }
    // An array needs no drop: this is the implementation above.
    assert!(needs_drop::<StoredCredentials<64>>());
    assert!(needs_drop::<Imds>() && needs_drop::<SigningKey>());
}
