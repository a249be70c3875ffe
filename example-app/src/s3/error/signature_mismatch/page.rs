//! The text of a page, as it is shown.

use quick_xml::escape::resolve_predefined_entity;

/// Returns a text with its references resolved, and with line ends for those
/// of a page; `None` if it has neither. References that are not known stay as they are.
pub(super) fn shown_text(original: &str) -> Option<String> {
    let text = ["<br>", "<br/>", "<br />"]
        .into_iter()
        .flat_map(|end| [format!("{end}\r\n"), format!("{end}\n"), end.to_owned()])
        .fold(original.to_owned(), |text, end| text.replace(&end, "\n"));
    let text = without_tags(&text);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, from)) = rest.split_once('&') {
        shown.push_str(before);
        let reference =
            from.split_once(';').and_then(|(name, behind)| Some((character(name)?, behind)));
        let (character, behind) = reference.unwrap_or(('&', from));
        shown.push(character);
        rest = behind;
    }
    shown.push_str(rest);
    (shown != original).then_some(shown)
}

/// The elements of a page that can hold a line each; first those that end a line by themselves.
const OF_LINES: [&str; 8] = ["p", "div", "li", "tr", "td", "span", "code", "pre"];
const BLOCKS: usize = 4;

/// Returns a text without the tags of elements that hold a line each.
fn without_tags(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('<') {
        shown.push_str(before);
        let (tag, behind) = from.split_once('>').unwrap_or((from, ""));
        let name = tag.trim_start_matches('/').split_ascii_whitespace().next().unwrap_or_default();
        let kind = OF_LINES.iter().position(|known| name.eq_ignore_ascii_case(known));
        let Some(kind) = kind.filter(|_| tag.len() < from.len()) else {
            shown.push('<');
            rest = from;
            continue;
        };
        if kind < BLOCKS && tag.starts_with('/') && !behind.starts_with(['\r', '\n']) {
            shown.push('\n');
        }
        rest = behind;
    }
    shown + rest
}

/// Resolves a reference: a number, or one of XML's five names.
fn character(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return match name {
            "nbsp" => Some(' '),
            "NewLine" => Some('\n'),
            "Tab" => Some('\t'),
            name => resolve_predefined_entity(name)?.chars().next(),
        };
    };
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // A sign would be read as well.
    let is_digits = digits.chars().all(|digit| digit.is_digit(radix));
    char::from_u32(u32::from_str_radix(digits, radix).ok().filter(|_| is_digits)?)
}
