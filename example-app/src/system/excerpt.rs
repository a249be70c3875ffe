//! Excerpts of texts of others, for messages.

use console::measure_text_width;

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
