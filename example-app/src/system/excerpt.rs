//! Excerpts of texts of others, for messages.

/// The most characters that a message shows of such a text.
const LONGEST: usize = 1000;

/// Returns a text in one line, without characters that control a terminal, and cut off if it is
/// long.
pub(crate) fn excerpt(text: &str) -> String {
    let is_gap = |character: char| character.is_whitespace() || character.is_control();
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
    text.replace(char::is_control, "?")
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
    fn long_texts_are_cut_off_and_say_so() {
        let long = "ü".repeat(LONGEST + 7);
        let shown = excerpt(&long);
        assert!(shown.ends_with("ü... (cut off here: 7 more characters)"), "{shown}");
        assert_eq!(excerpt(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
    }

    #[test]
    fn no_character_controls_a_terminal() {
        assert_eq!(excerpt("a\r\n\tb\u{9b}31m \u{7f}"), "a b 31m");
        assert_eq!(escaped("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(printable("a\nb\u{1b}"), "a?b?");
    }
}
