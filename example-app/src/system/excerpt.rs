//! Excerpts of texts of others, for messages.

use std::borrow::Cow;

use console::measure_text_width;

/// The text that is shown in place of a secret.
pub const MASK: &str = "********";

/// The most characters that a message shows of such a text.
const LONGEST: usize = 1000;

/// Returns a text in one line, without characters that control a terminal, and cut off if it is
/// long.
pub(crate) fn excerpt(text: &str) -> String {
    let is_gap = |character: char| character.is_whitespace() || is_obeyed(character);
    let words: Vec<_> = text.split(is_gap).filter(|word| !word.is_empty()).collect();
    shortened(&words.join(" "))
}

/// Returns a text with escapes for characters that a terminal obeys, cut off if it is long.
pub(crate) fn escaped(text: &str) -> String {
    shortened(&text.escape_debug().to_string())
}

/// Returns a text with a question mark for each character that a terminal obeys, as Hadoop's `-q`
/// does.
pub(crate) fn printable(text: &str) -> String {
    text.replace(is_obeyed, "?")
}

/// Returns a text in this many columns of a terminal: with spaces behind it, or without its end. A
/// character takes two columns, or none, in some scripts.
pub(crate) fn fitted(text: &str, columns: usize) -> String {
    let mut fitted: String = text.chars().take(columns).collect();
    while measure_text_width(&fitted) > columns {
        fitted.pop();
    }
    let gap = columns.saturating_sub(measure_text_width(&fitted));
    fitted + &" ".repeat(gap)
}

/// Returns whether a terminal obeys a character: control characters, ends of lines, and those that
/// change the direction of the text behind them, so that a name looks like another.
///
/// Source: "Unicode Bidirectional Algorithm" (UAX #9), 2; "Unicode Security Considerations" (UTR
/// #36), 2.5.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Returns a text of several lines as [`printable`] does. All but the first begin with a space: a
/// line end before anything else is part of a name.
pub(crate) fn printable_lines(text: &str) -> String {
    let lines: Vec<_> = text.split("\n ").map(printable).collect();
    lines.join("\n ")
}

/// Returns a text, cut off if it is long.
pub(crate) fn shortened(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(LONGEST) else { return text.to_owned() };
    let (shown, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    format!("{shown}... (cut off here: {} more characters)", rest.chars().count())
}

/// Masks the text between a URL's scheme and its last `@`: it can be a user's name and password.
pub fn without_user(text: &str) -> Cow<'_, str> {
    let Some((before, host)) = text.rsplit_once('@') else { return Cow::Borrowed(text) };
    let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    Cow::Owned(format!("{scheme}{MASK}@{host}"))
}

/// Masks user names with passwords in the URLs of a text: what precedes the last `@` of a URL, if a
/// colon is in front of its first slash, other than that of a port: a secret can have slashes.
/// `user@example.com` and `jceks://hdfs@host/path` stay as they are, and so does the placeholder
/// `USER:PASSWORD` of advice.
pub(crate) fn without_logins(value: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once("://") {
        let end = behind.find(char::is_whitespace).unwrap_or(behind.len());
        let (url, after) = behind.split_at_checked(end).unwrap_or((behind, ""));
        shown = format!("{shown}{before}://");
        rest = behind;
        if let Some((user, host)) = url.rsplit_once('@')
            && may_be_login(user)
            && user != "USER:PASSWORD"
        {
            shown = format!("{shown}{MASK}@{host}");
            rest = after;
        }
    }
    if shown.is_empty() { Cow::Borrowed(value) } else { Cow::Owned(shown + rest) }
}

/// Returns whether the text before an `@` can be a user's name and password, and not a host, a port
/// and a path.
fn may_be_login(text: &str) -> bool {
    let (authority, path) =
        text.split_once('/').map_or((text, None), |(it, path)| (it, Some(path)));
    let after_colon = authority.rsplit_once(':').map(|(_, after)| after);
    let is_port = |after: &str| path.is_some() && after.parse::<u16>().is_ok();
    after_colon.is_some_and(|after| !is_port(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncates_long_texts_visibly() {
        let long = "ü".repeat(LONGEST + 7);
        let shown = excerpt(&long);
        assert!(shown.ends_with("ü... (cut off here: 7 more characters)"), "{shown}");
        assert_eq!(excerpt(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
    }

    #[test]
    fn fits_wide_characters_into_columns() {
        for (text, expected) in [
            ("a", "a   "),
            ("日本", "日本"),
            ("日本語", "日本"),
            ("a日本", "a日 "),
            ("e\u{301}é", "e\u{301}é  "),
        ] {
            assert_eq!(fitted(text, 4), expected);
        }
    }

    #[test]
    fn escapes_control_characters() {
        assert_eq!(excerpt("a\r\n\tb\u{9b}31m \u{7f}"), "a b 31m");
        assert_eq!(escaped("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(printable("a\nb\u{1b}"), "a?b?");
        assert_eq!(printable("a\u{202e}b\u{2066}\u{61c}\u{200f}\u{2028}"), "a?b????");
        assert_eq!(printable("\u{5d0}\u{200d}\u{e9}"), "\u{5d0}\u{200d}\u{e9}");
        assert_eq!(escaped("\u{202e}"), "\\u{202e}");
        assert_eq!(printable_lines("a\nb\u{1b}\t\n  c\n"), "a?b??\n  c?");
    }
}
