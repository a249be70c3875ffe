use proptest::prelude::*;
use serde_json::Value;

use super::*;

extern crate std;
use std::borrow::ToOwned;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

const FIELDS: [Field; 3] = [Field::of_document("a"), Field::of("in", "a"), Field::of("in", "b")];

/// Reads the texts; null counts as missing, and another type is shown as such.
fn read(document: &str) -> Result<[Option<String>; 3], DocumentError> {
    read_bytes(document.as_bytes())
}

fn read_bytes(document: &[u8]) -> Result<[Option<String>; 3], DocumentError> {
    let mut body = document.to_vec();
    let contents = contents(&mut body, &FIELDS)?;
    Ok(contents.map(|content| match content {
        Content::Absent | Content::Null => None,
        Content::Text(text) => Some(text.to_owned()),
        Content::NotUtf8 => Some("not UTF-8".to_owned()),
        Content::Number(number) => Some(shown(number)),
        Content::Other(found) => Some(format!("{found:?}")),
    }))
}

/// Shows the value of a number: `serde_json` writes `-0` as `-0.0`.
fn shown(number: &str) -> String {
    format!("number {}", number.parse::<f64>().unwrap())
}

/// Reads the same with `serde_json`, from documents that have no field twice.
fn oracle(document: &str) -> Option<[Option<String>; 3]> {
    let value: Value = serde_json::from_str(document).ok()?;
    let object = value.as_object()?;
    let inner = object.get("in").and_then(Value::as_object);
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(shown(&number.to_string())),
        Some(Value::Bool(_)) => Some("Boolean".to_owned()),
        Some(Value::Array(_)) => Some("Array".to_owned()),
        Some(Value::Object(_)) => Some("Object".to_owned()),
    };
    Some([
        text(object.get("a")),
        text(inner.and_then(|inner| inner.get("a"))),
        text(inner.and_then(|inner| inner.get("b"))),
    ])
}

#[test]
fn reads_the_documents_that_serde_json_reads() {
    for document in [
        "{}",
        " {\t} \r\n",
        r#"{"a":"x"}"#,
        r#"{"A":"x"}"#,
        r#"{"a":-0}"#,
        r#"{"a":null}"#,
        r#"{"a":"","in":{"a":"y","b":null}}"#,
        r#"{"x":{"a":"n"},"in":{"x":{"a":"n"},"b":"\ud834\udd1e"},"a":"é"}"#,
        r#"{"in":[{"a":"n"}],"x":[["a",{"a":1}],"]",{}],"a":"x"}"#,
        r#"{"x":-0.5e+10,"y":[0,1E2,true,false,null,12.0],"a":"\/\u003d\\"}"#,
        r#"{"in":null,"a":"x"}"#,
        r#"{"in":"a","a":"x"}"#,
        r#"{"":{"a":"n"}}"#,
        r#"{"a\u0000":"n"}"#,
        r#"{"a":12}"#,
        r#"{"a":{"a":{}}}"#,
        r#"{"a":["x"],"in":{"a":true,"b":-1.5}}"#,
    ] {
        let expected = oracle(document).unwrap();
        assert_eq!(read(document), Ok(expected), "{document}");
    }
}

#[test]
fn rejects_the_documents_that_serde_json_rejects() {
    for document in [
        "[]",
        "\"a\"",
        "null",
        "x",
        "{",
        "}",
        "{}}",
        "{}x",
        "{}\u{c}",
        "{}\u{feff}",
        "{,}",
        r#"{"a":"x",}"#,
        r#"{"a":"x" "b":1}"#,
        r#"{"a" "x"}"#,
        r#"{"a":}"#,
        r#"{a:"x"}"#,
        r#"{"a":'x'}"#,
        r#"{"x":[1,]}"#,
        r#"{"x":[,1]}"#,
        r#"{"x":[1}]"#,
        r#"{"x":01}"#,
        r#"{"x":-}"#,
        r#"{"x":+1}"#,
        r#"{"x":1.}"#,
        r#"{"x":.1}"#,
        r#"{"x":1e}"#,
        r#"{"x":1e+}"#,
        r#"{"x":1x}"#,
        r#"{"x":nul}"#,
        r#"{"x":True}"#,
        r#"{"x":nan}"#,
        r#"{"x":-NaN}"#,
        r#"{"x":+Infinity}"#,
        r#"{"x":Infinit}"#,
        r#"{"x":NaNx}"#,
        r#"{"x":"\x"}"#,
        r#"{"\q":1}"#,
        "{\"x\":\"\n\"}",
        "{\u{c}\"x\":1}",
        "{\"x\":1 // no\n}",
    ] {
        assert_eq!(oracle(document), None, "{document}");
        assert_eq!(read(document), Err(DocumentError::NotJson), "{document}");
    }
    assert_eq!(read(" \r\n"), Err(DocumentError::Empty));
}

/// As Python's reader does, and so botocore.
#[test]
fn numbers_that_are_not_finite_are_ignored() {
    let expected = Ok([Some("n".to_owned()), None, None]);
    for value in ["NaN", "Infinity", "-Infinity", r#"[NaN,{"y":-Infinity}]"#, r#""\ud834""#] {
        assert_eq!(read(&format!(r#"{{"x":{value},"a":"n"}}"#)), expected, "{value}");
    }
    for value in ["NaN", "Infinity", "-Infinity"] {
        let [a, ..] = read(&format!(r#"{{"a":{value}}}"#)).unwrap();
        assert_eq!(a.as_deref(), Some("Number"), "{value}");
    }
}

#[test]
fn names_invalid_utf8_and_ignores_it_in_other_fields() {
    let read = |document: &[u8]| read_bytes(document).map(|[first, ..]| first);
    assert_eq!(read(b"{\"x\":\"\xe9\"}"), Ok(None));
    assert_eq!(read(b"{\"a\":\"\xe9\"}"), Ok(Some("not UTF-8".to_owned())));
    assert_eq!(read(b"\xe9"), Err(DocumentError::NotJson));
}

#[test]
fn skips_a_byte_order_mark() {
    assert_eq!(read("\u{feff}{\"a\":\"x\\n\"}\n"), read(r#"{"a":"x\n"}"#));
    assert_eq!(read("\u{feff} "), Err(DocumentError::Empty));
}

#[test]
fn rejects_duplicate_fields_by_name() {
    for (document, name) in [
        (r#"{"a":"x","a":"x"}"#, "a"),
        (r#"{"a":null,"a":"x"}"#, "a"),
        (r#"{"a":1,"a":{}}"#, "a"),
        (r#"{"in":{"a":"x","a":"x"}}"#, "a"),
        (r#"{"in":{"a":"x"},"in":{"b":"x"}}"#, "in"),
        (r#"{"in":1,"in":{"b":"x"}}"#, "in"),
    ] {
        assert_eq!(read(document), Err(DocumentError::Twice(name)), "{document}");
        let cut = &document[..document.len() - 1];
        assert_eq!(read(cut), Err(DocumentError::NotJson), "{cut}");
    }
    assert!(read(r#"{"x":1,"x":"2"}"#).is_ok(), "what is ignored may come twice");
}

#[test]
fn bounds_the_depth() {
    let nested = |depth| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    for depth in [15, 16, 31, 32, 100, 980, MAX_DEPTH - 1] {
        assert!(read(&nested(depth)).is_ok(), "{depth}");
        let objects = format!("{}1{}", r#"{"x":[{"y":"#.repeat(depth / 3), "}]}".repeat(depth / 3));
        assert!(read(&objects).is_ok(), "{depth}");
        assert_eq!(read(&objects.replace("1}", "1]")), Err(DocumentError::NotJson), "{depth}");
    }
    assert_eq!(read(&nested(MAX_DEPTH)), Err(DocumentError::TooDeep));
    assert_eq!(read(&nested(100_000)), Err(DocumentError::TooDeep));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    assert_eq!(read(&objects), Err(DocumentError::TooDeep), "a field that is an object");
    let brackets = format!(r#"{{"a":"{}"}}"#, "[{".repeat(1000));
    assert!(read(&brackets).is_ok(), "those in texts do not count");
}

#[test]
fn detects_every_truncation() {
    let document = r#"{"x":[{"y":-1.5e3}],"in":{"a":"\u00e9\/","b":null},"a":"é"}"#;
    assert!(read(document).is_ok());
    for end in (0..document.len()).filter(|end| document.is_char_boundary(*end)) {
        assert!(read(&document[..end]).is_err(), "{end}");
    }
}

/// Generates documents out of pieces, so that many are nearly JSON.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: [&str; 23] = [
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"in\"", "\"b\"", "\"x\"", "null", "true", "1",
        "-0", "1.5e3", " ", "\"\\n\"", "\"", "\\", "{}", "\"a\":", "\"in\":{", "\"x\":[",
    ];
    proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..24)
        .prop_map(|pieces| format!("{{{}", pieces.concat()))
}

proptest! {
    #[test]
    fn reads_any_pieces_as_serde_json_does(document in pieces()) {
        match (read(&document), oracle(&document)) {
            (Ok(ours), Some(theirs)) => prop_assert_eq!(ours, theirs),
            (Ok(ours), None) => prop_assert!(false, "{ours:?}"),
            // serde_json takes the last of two.
            (Err(_), Some(_)) => {
                let twice = |name: &str| document.matches(name).count() > 1;
                prop_assert!(twice("\"a\"") || twice("\"in\"") || twice("\"b\""));
            }
            (Err(_), None) => {}
        }
    }

    #[test]
    fn reads_any_texts(first: String, second: String) {
        let value = serde_json::json!({"a": first, "in": {"b": second, "x": first}});
        for document in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let expected = [Some(first.clone()), None, Some(second.clone())];
            prop_assert_eq!(read(&document), Ok(expected));
        }
    }

    #[test]
    fn reads_or_refuses_any_bytes(mut body: Vec<u8>) {
        let _ = contents(&mut body, &FIELDS);
    }
}
