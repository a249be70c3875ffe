//! Texts within something else: another encoding, the lines of a logger, a JSON document, a page.

use serde_json::Value;

use super::message::texts;
use super::page::shown_text;

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

/// Returns the texts in which the response can be: those of a JSON document, and a page as it is
/// shown; each also without the text around an element `Error`.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut levels = vec![documents_texts(text)];
    // A logger can wrap the document of another one, which escapes it once more.
    while levels.len() < DEEPEST
        && let Some(last) = levels.last()
        && !last.is_empty()
    {
        levels.push(last.iter().flat_map(|text| documents_texts(text)).collect());
    }
    let mut found: Vec<_> = levels.into_iter().rev().flatten().collect();
    found.extend(shown_text(text));
    found.push(text.to_owned());
    found.iter().flat_map(|text| [element(text), Some(text.clone())]).flatten().collect()
}

/// The most documents that are one within the other.
const DEEPEST: usize = 4;

/// Returns the texts of a JSON document.
fn documents_texts(text: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    texts(&document).into_iter().map(|(_, text)| text.to_owned()).collect()
}

/// Returns a text without the white space that all of its lines begin with, as a report quotes it.
/// No line of a signed text begins with white space.
pub(super) fn dedented(text: &str) -> Option<String> {
    let is_gap = |c: char| c == ' ' || c == '\t';
    let mut filled = text.lines().filter(|line| !line.trim().is_empty());
    let first = filled.next()?;
    let indent = first.split_at_checked(first.find(|c| !is_gap(c))?)?.0;
    if indent.is_empty() || !filled.all(|line| line.starts_with(indent)) {
        return None;
    }
    let bare = |line: &str| line.strip_prefix(indent).unwrap_or_default().to_owned();
    Some(text.lines().map(bare).collect::<Vec<_>>().join("\n"))
}

/// Returns the element `Error` of a text.
fn element(text: &str) -> Option<String> {
    const END: &str = "</Error>";
    let end = text.rfind(END)? + END.len();
    text.get(text.find("<Error>")?..end).map(str::to_owned)
}
