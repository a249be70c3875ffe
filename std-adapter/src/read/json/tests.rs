use super::*;

#[test]
fn reads_fields_of_each_type() {
    let object = JsonObject::read(
        b"\xef\xbb\xbf {\"a\": \"x\\/y\", \"n\": 12, \"z\": null, \"e\": \"\", \"a b\": \"s p\"} ",
    )
    .unwrap();
    assert_eq!(object.text("a").unwrap().as_str(), "x/y");
    assert_eq!(object.number("n"), Ok(12));
    assert_eq!(object.visible("a b").unwrap_err().to_string(), VISIBLE);
    for missing in ["z", "e", "q"] {
        assert_eq!(object.text(missing), Err(JsonError::Missing(missing)));
        assert_eq!(object.optional(missing), Ok(None));
    }
    let error = object.text("n").unwrap_err().to_string();
    assert_eq!(error, "the field n is a number, not a string");
    assert_eq!(object.number("a").unwrap_err().to_string(), "the field a is not a whole number");
    assert_eq!(object.number("z"), Err(JsonError::Missing("z")));
}

#[test]
fn trims_white_space_around_a_text() {
    let object = JsonObject::read(br#"{"a": " x\r\n", "b": "\n", "c": " a b "}"#).unwrap();
    assert_eq!(object.visible("a").unwrap().as_str(), "x");
    assert_eq!(object.text("b"), Err(JsonError::Missing("b")));
    assert!(object.visible("c").is_err());
}

#[test]
fn reads_times_as_texts_or_numbers() {
    let time = |value: &str| {
        let text = format!(r#"{{"t": {value}}}"#);
        JsonObject::read(text.as_bytes()).unwrap().time("t").map(Timestamp::as_unix_signed)
    };
    for value in [
        r#""2015-08-30T12:36:00Z""#,
        r#""2015-08-30T14:36:00+0200""#,
        r#""2015-08-30T12:36:00UTC""#,
        r#""Sun, 30 Aug 2015 12:36:00 GMT""#,
        r#""1440938160""#,
        "1440938160",
        "1440938160.75",
        "1.44093816e9",
    ] {
        assert_eq!(time(value), Ok(1_440_938_160), "{value}");
    }
    assert_eq!(time(r#""1969-12-31T23:59:59Z""#), Ok(-1));
    assert_eq!(time("null"), Err(JsonError::Missing("t")));
    for value in [r#""2015-08-30T12:36:00""#, r#""soon""#, "1440938160000", "[]", "true"] {
        assert!(time(value).is_err(), "{value}");
    }
}

/// As Python's reader, and so botocore, ignores them.
#[test]
fn ignores_numbers_that_are_not_finite() {
    let text = br#"{"x": NaN, "y": [-Infinity, {"z": Infinity}], "\\\"": "NaN\\",
        "o": {"a": "NaN \" -Infinity", "n": NaN}, "a": "b", "n": -Infinity}"#;
    let object = JsonObject::read(text).unwrap();
    assert_eq!(object.text("a").unwrap().as_str(), "b");
    assert_eq!(object.text("\\\"").unwrap().as_str(), "NaN\\");
    let inner = object.object("o").unwrap();
    assert_eq!(inner.text("a").unwrap().as_str(), "NaN \" -Infinity");
    assert_eq!(inner.text("n").unwrap_err().to_string(), "the field n is a number, not a string");
    assert_eq!(object.text("n").unwrap_err().to_string(), "the field n is a number, not a string");
    assert!(object.time("n").is_err() && object.time("x").is_err());
    assert!(object.number("x").is_err() && object.seconds("n").is_err());
    assert_eq!(object.word("n"), None);
    for bad in
        ["-NaN", "+Infinity", "1NaN", "NaN1", "nan", "Infinit", "1.Infinity", "[NaN", "a NaN"]
    {
        let text = format!("{{\"x\": {bad}}}");
        assert_eq!(JsonObject::read(text.as_bytes()).err(), Some(JsonError::NotJson), "{bad}");
    }
}

#[test]
fn rejects_numbers_that_are_not_whole() {
    for value in ["0.6", "1.4", "\"1.4\"", "1.5", "14e-1", "-0.5", "1e400", "\"inf\"", "\"NaN\""] {
        let text = format!(r#"{{"Version": {value}}}"#);
        let read = JsonObject::read(text.as_bytes()).unwrap().number("Version");
        let wrong = JsonError::Wrong { field: "Version", wants: "a whole number" };
        assert_eq!(read, Err(wrong), "{value}");
    }
}

#[test]
fn numbers_of_other_languages() {
    let object =
        JsonObject::read(br#"{"a": 1.0, "b": 1.7e9, "c": "12", "d": -1, "e": 1.5, "f": {}}"#)
            .unwrap();
    let numbers = ["a", "b", "c", "d", "f"].map(|field| object.number(field).ok());
    assert_eq!(numbers, [Some(1), Some(1_700_000_000), Some(12), None, None]);
    assert_eq!(["a", "e"].map(|field| object.seconds(field)), [Ok(1), Ok(1)]);
    let words = ["b", "c", "f"].map(|field| object.word(field).map(|word| word.to_string()));
    assert_eq!(words, [Some("1.7e9".to_owned()), Some("12".to_owned()), None]);
}

const VISIBLE: &str = "the field a b is not of visible ASCII characters only";

#[test]
fn refuses_invalid_documents() {
    for (text, error) in [
        ("", JsonError::Empty),
        (" \r\n", JsonError::Empty),
        ("[]", JsonError::NotJson),
        ("\"text\"", JsonError::NotJson),
        ("{\"a\": ", JsonError::NotJson),
        ("{} {}", JsonError::NotJson),
    ] {
        assert_eq!(JsonObject::read(text.as_bytes()).err(), Some(error), "{text}");
    }
    assert!(JsonObject::read(b"{\"a\": \"\xff\"}").is_err());
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        for text in ["{\"a\": 1}", "\u{feff}{}"] {
            let units: Vec<u8> = text.encode_utf16().flat_map(order).collect();
            assert_eq!(JsonObject::read(&units).err(), Some(JsonError::Utf16), "{text}");
        }
    }
    assert_eq!(JsonObject::read(&[0; 64]).err(), Some(JsonError::NotJson));
    // No depth of nesting overflows the stack.
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(JsonObject::read(deep.as_bytes()).is_ok());
}
