//! White space around a value: one rule for variables, files and documents.

/// Returns whether a character is white space of Unicode, a control character, or one of the two
/// without a width that web pages and Windows' editors leave behind: the zero width space and the
/// byte order mark.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200b}' | '\u{feff}')
}

/// Returns a text without the white space around it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| {
        is_blank(character) && (!character.is_control() || character.is_whitespace())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_white_space_of_unicode_and_nothing_else() {
        for blank in [
            " ", "\t", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{2003}", "\u{200b}",
            "\u{feff}",
        ] {
            assert_eq!(trim(&format!("{blank}a{blank}b{blank}{blank}")), format!("a{blank}b"));
            assert!(blank.chars().all(is_blank), "{blank:?}");
        }
        assert_eq!(trim("\0a\u{7f}"), "\0a\u{7f}");
        assert_eq!(trim(" \u{feff} "), "");
    }
}
