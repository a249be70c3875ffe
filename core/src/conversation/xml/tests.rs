//! Documents of any shape, beside their plain texts.

use proptest::prelude::*;

use super::*;

extern crate std;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// Reads the text of `<r><a>…</a></r>`.
fn text(content: &str) -> Option<String> {
    whole(&format!("<r><a>{content}</a></r>"))
}

/// Reads the text of the leaf `a` in `r`.
fn whole(document: &str) -> Option<String> {
    let mut body = document.as_bytes().to_vec();
    let [text] = texts(&mut body, &[("r", "a")]).ok()?;
    text.map(ToString::to_string)
}

#[test]
fn resolves_references_and_sections() {
    for (content, expected) in [
        ("a/b+c=", "a/b+c="),
        (" \r\n a \t", "a"),
        ("&lt;&gt;&amp;&apos;&quot;", "<>&'\""),
        ("&#x2F;&#47;&#x1d11E;&#0065;", "//\u{1d11e}A"),
        ("a<![CDATA[<b>&amp;]]]]>c", "a<b>&amp;]]c"),
        ("<![CDATA[]]>", ""),
        ("a<!-- <b> & -- > -->b<?p <a> ?>c", "abc"),
        ("é", "é"),
        ("a>b", "a>b"),
    ] {
        assert_eq!(text(content).as_deref(), Some(expected), "{content}");
    }
    for bad in [
        "&",
        "&;",
        "&lt",
        "&nbsp;",
        "&#;",
        "&#x;",
        "&#0;",
        "&#xd800;",
        "&#x110000;",
        "&#-1;",
        "&#99999999999;",
        "&#1g;",
        "& amp;",
        "<![CDATA[",
        "<!--",
        "<b/>",
        "<b></b>",
        "</b>",
        "<",
    ] {
        assert_eq!(text(bad), None, "{bad}");
    }
}

#[test]
fn requires_whole_documents_with_matching_tags() {
    for document in [
        "<r><a>t</a></r>",
        "\u{feff}<?xml version=\"1.0\"?>\n<!-- c --><r><a>t</a></r>\n",
        "<n:r xmlns:n='urn:>'><n:a b=\"/>\">t</n:a ></n:r>",
        "<x><r><b/><b><c>u</c></b><a\n>t</a></r></x>",
        "<r><b><a>u</a></b><a>t</a></r>",
        "<r a=''><a>t</a></r  ><?p?>",
        "<r><é>u</é><a>t</a></r>",
    ] {
        assert_eq!(whole(document).as_deref(), Some("t"), "{document}");
    }
    assert_eq!(whole("<r><a/></r>").as_deref(), Some(""));
    assert_eq!(whole("<r><b/></r>"), None);
    for bad in [
        "",
        "t",
        "<r>",
        "<r><a>t</a>",
        "<r><a>t</r></a>",
        "<r><a>t</a></r>x",
        "x<r><a>t</a></r>",
        "<r><a>t</a></r><r/>",
        "<r><a>t</a><a>t</a></r>",
        "<!DOCTYPE r><r><a>t</a></r>",
        "<r><a>t</a></r></r>",
        "<r><a b='>t</a></r>",
        "<><a>t</a></>",
        "<r><a>t</a></x:r>",
        "<1r><a>t</a></1r>",
        "< r><a>t</a></r>",
        "<r><a>t</a></r><![CDATA[]]>",
    ] {
        assert_eq!(whole(bad), None, "{bad}");
    }
}

#[test]
fn bounds_the_depth() {
    let nested = |depth| format!("{}<r><a>t</a></r>{}", "<b>".repeat(depth), "</b>".repeat(depth));
    assert_eq!(whole(&nested(MAX_DEPTH - 2)).as_deref(), Some("t"));
    assert_eq!(whole(&nested(MAX_DEPTH - 1)), None, "leaves of STS are not so deep");
}

#[test]
fn ignores_elements_nested_to_any_depth() {
    for depth in [1, MAX_DEPTH - 1, MAX_DEPTH, 100, 100_000] {
        let (open, close) = ("<b>".repeat(depth), "</b>".repeat(depth));
        let document = format!("<r>{open}<c/>u{close}<a>t</a></r>");
        assert_eq!(whole(&document).as_deref(), Some("t"), "{depth}");
        for bad in [
            format!("<r>{open}</c>{close}<a>t</a></r>"),
            format!("<r>{open}{close}</b><a>t</a></r>"),
            format!("<r>{open}<a>t</a></r>"),
        ] {
            assert_eq!(whole(&bad), None, "{depth}");
        }
    }
}

#[test]
fn names_the_leaf_that_comes_twice_or_is_not_utf8() {
    let read = |body: &mut [u8]| texts(body, &[("r", "a")]).unwrap_err();
    let mut twice = *b"<r><a>t</a><a/></r>";
    assert_eq!(read(&mut twice), DocumentError::Twice("a"));
    let mut latin = *b"<r><a>\xe9</a></r>";
    assert_eq!(read(&mut latin), DocumentError::NotUtf8("a"));
}

proptest! {
    #[test]
    fn restores_escaped_text(content: String, how: [u8; 8]) {
        let mut escaped = String::new();
        for (character, how) in content.chars().zip(how.iter().cycle()) {
            let is_markup = matches!(character, '<' | '&');
            let piece = match how % 4 {
                _ if character == '\0' => continue,
                0 => format!("&#{};", u32::from(character)),
                1 => format!("&#x{:X};", u32::from(character)),
                2 if character != ']' => format!("<![CDATA[{character}]]>"),
                _ if is_markup => format!("<!-- -->&#0{};", u32::from(character)),
                _ => character.to_string(),
            };
            escaped.push_str(&piece);
        }
        let content = content.replace('\0', "");
        let trimmed = core::str::from_utf8(content.as_bytes().trim_ascii()).unwrap();
        let text = text(&escaped);
        prop_assert_eq!(text.as_deref(), Some(trimmed));
    }

    #[test]
    fn reads_or_refuses_any_bytes(mut body: Vec<u8>) {
        let _ = texts(&mut body, &[("r", "a")]);
    }
}
