//! Role documents that were made to do harm.

#![cfg(feature = "conversations")]

use rolesig::conversation::{Conversation, Imds};

/// A document with something before its fields.
fn document(first: &str) -> String {
    format!(
        r#"{{{first} "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret",
            "Token": "token", "Expiration": "2015-08-30T18:36:00Z"}}"#
    )
}

/// A conversation that has come to its document.
fn after(document: &[u8]) -> Imds {
    let mut imds = Imds::new();
    for response in [&b"token"[..], b"role", document] {
        imds.response(200, response).unwrap();
    }
    imds
}

fn is_read(document: &str) -> bool {
    after(document.as_bytes()).outcome(&mut document.as_bytes().to_vec()).is_ok()
}

/// A quote where no text can begin must not hide brackets from the bound on depth, and invalid
/// JSON is refused even in fields that are ignored.
#[test]
fn counts_depth_despite_a_stray_quote() {
    let nested = format!("{}1{}", "[".repeat(2000), "]".repeat(2000));
    assert!(is_read(&document(r#""a": 1.5e3, "b": [1],"#)));
    assert!(!is_read(&document(r#""a": x, "b": [1],"#)), "not JSON");
    assert!(!is_read(&document(&format!(r#""a": {nested},"#))), "too deep");
    // A form feed is white space to Rust, and none to JSON.
    for ignored in ["x\"", "1:\"", "x{\"", "x[\"", "\u{c}\"", "x \""] {
        let hidden = format!(r#""a": {ignored}, "b": {nested}, "c": {ignored},"#);
        assert!(!is_read(&document(&hidden)), "too deep behind {ignored}");
    }
    let deep = format!(r#""a": x", "b": {}"#, "[".repeat(100_000));
    assert!(!is_read(&document(&deep)), "far too deep");
}

/// None of two is used, since readers differ in the choice.
#[test]
fn refuses_duplicate_fields() {
    assert!(is_read(&document(r#""Code": "Success","#)));
    for twice in [r#""Token": "other","#, r#""Token": null,"#, r#""Code": null, "Code": null,"#] {
        assert!(!is_read(&document(twice)), "{twice}");
    }
}

/// Both readers find the same, if both read and nothing is escaped.
mod beside_serde_json_core {
    use proptest::prelude::*;
    use rolesig::conversation::Conversation;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Fields<'b> {
        secret_access_key: Option<&'b str>,
    }

    fn ours(document: &str) -> Option<String> {
        let mut body = document.as_bytes().to_vec();
        let mut imds = super::after(&body);
        let provided = imds.outcome(&mut body).ok()?;
        let secret = provided.credentials.secret_access_key.to_owned();
        imds.restart();
        Some(secret)
    }

    fn theirs(document: &str) -> Option<String> {
        let (fields, _) = serde_json_core::from_str::<Fields<'_>>(document).ok()?;
        fields.secret_access_key.map(str::to_owned)
    }

    proptest! {
        #[test]
        fn reads_the_same_from_every_layout(at in 0..200_usize, piece in "[ -~]{0,2}") {
            let mut document = super::document(r#""a": [1, {"b": null}], "c": -2.5e3,"#);
            let at = at.min(document.len());
            document.replace_range(at..at, &piece);
            // The other reader can accept this: it skips what is ignored, and knows no end. The
            // same fields are read there.
            if let Some(ours) = ours(&document) {
                let escaped = theirs(&document).unwrap();
                // Ours leaves out white space around a text.
                prop_assert!(ours == escaped.trim() || escaped.contains('\\'), "{document}");
            }
        }
    }
}
