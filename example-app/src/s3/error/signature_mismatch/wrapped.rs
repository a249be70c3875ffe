//! Answers within something else: another encoding, the lines of a logger, a JSON document, a page.

use quick_xml::escape::unescape;
use serde_json::Value;

use super::message::texts;
use crate::s3::error::body::root_element;

/// Decodes a text of UTF-8, or of UTF-16 with a byte order mark, as PowerShell redirects output.
pub(super) fn decoded(body: &[u8]) -> String {
    let order: fn([u8; 2]) -> u16 = match body {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return String::from_utf8_lossy(body).into_owned(),
    };
    let units = body.as_chunks::<2>().0.iter().skip(1).map(|unit| order(*unit));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Returns the text in the lines of a log in JSON, as Docker writes them; `None` if it is not such
/// a log.
pub(super) fn log_lines(text: &str) -> Option<String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let log = |line: &str| {
        let document: Value = serde_json::from_str(line).ok()?;
        Some(document.get("log")?.as_str()?.to_owned())
    };
    let text = lines.map(log).collect::<Option<String>>()?;
    (!text.is_empty()).then_some(text)
}

/// Returns the texts in which the answer can be: those of a JSON document, and a page as it is
/// shown; each also without what stands around an element `Error`.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(document) = serde_json::from_str::<Value>(text) {
        found.extend(texts(&document).into_iter().map(|(_, text)| text.to_owned()));
    }
    if text.contains("&lt;") {
        found.extend(unescape(text).ok().map(Into::into));
    }
    found.push(text.to_owned());
    found.iter().flat_map(|text| [element(text), Some(text.clone())]).flatten().collect()
}

/// Returns the element `Error` of a text.
fn element(text: &str) -> Option<String> {
    const END: &str = "</Error>";
    let end = text.rfind(END)? + END.len();
    text.get(text.find("<Error>")?..end).map(str::to_owned)
}

/// Returns whether a text is a web page.
pub(super) fn is_page(text: &str) -> bool {
    root_element(text).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}
