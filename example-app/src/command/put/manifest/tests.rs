use super::*;

fn all(content: &[u8], format: ManifestFormat) -> Vec<Result<(String, String), String>> {
    let keys = KeySyntax::Folded;
    let lines = Lines { reader: content, format, keys, number: 0, is_over: false };
    let pair = |named: ManifestEntry| (named.path.to_str().unwrap().to_owned(), named.name);
    lines.map(|line| line.map(pair)).collect()
}

#[allow(clippy::unnecessary_wraps, reason = "it is compared with what may fail")]
fn pair(path: &str, name: &str) -> Result<(String, String), String> {
    Ok((path.to_owned(), name.to_owned()))
}

#[test]
fn reads_a_path_in_each_line() {
    let found = all(b"a\n./b//c\n/d/e\n \n\nf/../g\nlast", ManifestFormat::Lines);
    assert_eq!(
        found[..4],
        [pair("a", "a"), pair("./b//c", "b/c"), pair("/d/e", "d/e"), pair(" ", " "),]
    );
    assert_eq!(found[4], Err("line 5: is empty".to_owned()));
    let what = "cannot lie below the destination: name its key in a manifest of JSON";
    assert_eq!(found[5], Err(format!("line 6: f/../g {what}")));
    assert_eq!(found[6..], [pair("last", "last")]);
    assert_eq!(all(b"", ManifestFormat::Lines), []);
}

#[test]
fn reads_manifests_with_windows_line_ends() {
    let found = all(b"\xef\xbb\xbfa\r\nb c\r\n\r\nlast\r", ManifestFormat::Lines);
    assert_eq!(found[..2], [pair("a", "a"), pair("b c", "b c")]);
    assert_eq!(found[2], Err("line 3: is empty".to_owned()));
    assert_eq!(found[3..], [pair("last", "last")]);
    let found = all(b"\xef\xbb\xbf{\"source\": \"a\"}\r\n", ManifestFormat::Json);
    assert_eq!(found, [pair("a", "a")]);
    for format in [ManifestFormat::Lines, ManifestFormat::Nul, ManifestFormat::Json] {
        assert_eq!(all(b"\xef\xbb\xbf", format), []);
    }
    assert_eq!(all(b"\xef\xbb\xbf\n", ManifestFormat::Lines), [Err("line 1: is empty".to_owned())]);
    for utf_16 in [&b"\xff\xfea\0\n\0b\0"[..], b"\xfe\xff\0a\0\n"] {
        let found = all(utf_16, ManifestFormat::Lines);
        assert_eq!(found.len(), 1);
        assert!(found[0].as_ref().unwrap_err().starts_with("line 1: is UTF-16"), "{found:?}");
    }
    let found = all(b"\xef\xbb\xbfa\r\0./\xef\xbb\xbfb\0", ManifestFormat::Nul);
    assert_eq!(found, [pair("a\r", "a\r"), pair("./\u{feff}b", "\u{feff}b")]);
    let utf_16 = [&b"a\0\r\0\n\0b\0\r\0\n\0"[..], b"\0a\0\n\0b\0\n", b"{\0\"\0", b"a\0b\0", b"\0a"];
    for utf_16 in utf_16 {
        let found = all(utf_16, ManifestFormat::Lines);
        assert_eq!((found.len(), &found), (1, &all(utf_16, ManifestFormat::Json)));
        let message = found[0].as_ref().unwrap_err();
        assert!(message.starts_with("line 1: has a byte of zero: what follows"), "{message}");
    }
    let found = all(b"\xff\xfea\0\n\0", ManifestFormat::Nul);
    assert!(found[0].as_ref().unwrap_err().starts_with("path 1: is UTF-16"), "{found:?}");
    assert_eq!(found.len(), 1);
}

#[test]
fn accepts_file_uris_as_sources() {
    let found = all(b"file:///d/a%20b\nfile://d/a\n", ManifestFormat::Lines);
    assert_eq!(found[0], pair("/d/a b", "d/a b"));
    assert!(found[1].as_ref().unwrap_err().starts_with("line 2: `file://d/a': "), "{found:?}");
    let found = all(br#"{"source": "file:/d/a", "key": "k"}"#, ManifestFormat::Json);
    assert_eq!(found, [pair("/d/a", "k")]);
}

#[test]
fn names_may_have_what_ends_lines() {
    let found = all(b"a\nb\0\0c", ManifestFormat::Nul);
    assert_eq!(found, [pair("a\nb", "a\nb"), Err("path 2: is empty".into()), pair("c", "c")]);
}

#[test]
fn reads_a_json_object_in_each_line() {
    let lines = br#"{"source": "/a/b"}
{"source": "../c", "key": "d e/f\n"}
{"source": "c", "key": ""}
{"source": "c", "key": "d/"}
{"key": "d"}
{"source": "c", "destination": "d"}
{
{"source": ""}
{"source": "c", "key": "d/../e"}
{"source": "c", "key": "/d"}
"#;
    let found = all(lines, ManifestFormat::Json);
    assert_eq!(found[..2], [pair("/a/b", "a/b"), pair("../c", "d e/f\n")]);
    for (index, begins) in [
        (2, "line 3: the key is empty"),
        (3, "line 4: the key is empty"),
        (4, "line 5: missing field `source` at column 12; write"),
        (5, "line 6: unknown field `destination`, expected `source` or `key` at column 29; write"),
        (6, "line 7: EOF while parsing an object at column 1; write"),
        (7, "line 8: the source is empty"),
        (8, "line 9: the key has an empty name, . or .. in it: --exact-keys"),
        (9, "line 10: the key has an empty name"),
    ] {
        let message = found[index].as_ref().unwrap_err();
        assert!(message.starts_with(begins), "{message}");
    }
    assert_eq!(found.len(), 10);
    let array = b"[\n{\"source\": \"a\"},\n{\"source\": \"b\"}\n]\n";
    for array in [&array[..], b" [{\"source\": \"a\"}]", b"[]"] {
        let found = all(array, ManifestFormat::Json);
        assert_eq!(found.len(), 1);
        let message = found[0].as_ref().unwrap_err();
        assert!(
            message.starts_with("line 1: is a JSON array: what follows is not read"),
            "{message}"
        );
    }
}

#[test]
fn stops_reading_input_without_lines() {
    let found = all(&vec![b'a'; 200_000], ManifestFormat::Lines);
    assert_eq!(found.len(), 1);
    assert!(found[0].as_ref().unwrap_err().starts_with("line 1: is longer than 64 KiB"));
    let longest = [vec![b'a'; 65_535], b"\nb".to_vec()].concat();
    assert_eq!(all(&longest, ManifestFormat::Lines)[1], pair("b", "b"));
}

#[cfg(unix)]
#[test]
fn reads_paths_as_bytes_and_keys_as_utf_8() {
    let found = all(b"caf\xe9\n", ManifestFormat::Lines);
    let message = "line 1: its name is not UTF-8, as keys must be: caf\\xe9";
    assert_eq!(found, [Err(message.to_owned())]);
}

/// A line that looks like one of a report must not be skipped silently.
#[test]
fn skips_only_summaries_and_deletions_of_reports() {
    let lines = [
        r#"{"summary":{"done":1}}"#,
        r#"{"state":"deleted","key":"k","object":"s3a://b/k"}"#,
        r#"{"state":"done","source":"a","key":"k","length":1}"#,
        r#"{"source":"b","key":"k","summary":"x"}"#,
        r#"{"summary":"x"}"#,
        r#"{"state":"failed","path":"p","error":"e"}"#,
    ];
    let found = all(lines.join("\n").as_bytes(), ManifestFormat::Json);
    assert_eq!((found.len(), &found[0]), (4, &pair("a", "k")));
    for (line, found) in [4, 5, 6].into_iter().zip(&found[1..]) {
        let message = found.as_ref().unwrap_err();
        assert!(message.starts_with(&format!("line {line}: ")), "{message}");
    }
    assert!(
        found[3].as_ref().unwrap_err().ends_with("is from a report, and names no source to put")
    );
}

#[test]
fn shows_no_control_characters_in_errors() {
    for (line, format) in [
        (&b"{\"source\": \"a\", \"\\u001b[31m\\n\": 1}"[..], ManifestFormat::Json),
        (b"a/\x1b[31m/../b", ManifestFormat::Lines),
    ] {
        let message = all(line, format).remove(0).unwrap_err();
        assert!(message.starts_with("line 1: ") && message.contains("?[31m"), "{message:?}");
        assert!(!message.contains(char::is_control), "{message:?}");
    }
}
