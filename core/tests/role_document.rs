//! Role documents that were made to do harm.

#![cfg(test)]
#![cfg(feature = "provider")]

use rolesig::provider::{Conversation, Imds};

/// A document with something before its fields.
fn document(first: &str) -> String {
    format!(
        r#"{{{first} "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret",
            "Token": "token", "Expiration": "2015-08-30T18:36:00Z"}}"#
    )
}

fn is_read(document: &str) -> bool {
    let mut imds = Imds::new();
    for answer in [&b"token"[..], b"role", document.as_bytes()] {
        imds.response(200, answer).unwrap();
    }
    imds.outcome(&mut document.as_bytes().to_vec()).is_ok()
}

/// A quote where no text can begin must not hide brackets from the bound on depth: to the reader
/// of the values they are no text, and it follows them by recursion.
#[test]
fn a_stray_quote_hides_no_depth() {
    let nested = format!("{}1{}", "[".repeat(20), "]".repeat(20));
    assert!(is_read(&document(r#""a": x, "b": [1],"#)), "what is ignored may be anything");
    assert!(!is_read(&document(&format!(r#""a": {nested},"#))), "too deep");
    // A form feed is white space to Rust, and none to JSON.
    for ignored in ["x\"", "1:\"", "x{\"", "x[\"", "\u{c}\"", "x \""] {
        let hidden = format!(r#""a": {ignored}, "b": {nested}, "c": {ignored},"#);
        assert!(!is_read(&document(&hidden)), "too deep behind {ignored}");
    }
    let deep = format!(r#""a": x", "b": {}"#, "[".repeat(100_000));
    assert!(!is_read(&document(&deep)), "far too deep");
}
