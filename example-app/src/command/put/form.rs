//! Names in one form of Unicode.
//!
//! Source: Unicode Standard Annex #15, "Unicode Normalization Forms".

#![allow(clippy::doc_markdown, reason = "these docs are the help, shown as they are")]

use std::borrow::Cow;

use clap::ValueEnum;
use unicode_normalization::{UnicodeNormalization as _, is_nfc, is_nfd};

/// A form of Unicode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnicodeForm {
    /// Composed, as most systems write names.
    Nfc,
    /// Decomposed, as names from macOS may be.
    Nfd,
}

impl UnicodeForm {
    /// Returns a name, or a path of names, in this form. A slash composes with nothing.
    pub(super) fn of(self, name: &str) -> Cow<'_, str> {
        match self {
            _ if name.is_ascii() => name.into(),
            Self::Nfc if is_nfc(name) => name.into(),
            Self::Nfd if is_nfd(name) => name.into(),
            Self::Nfc => name.nfc().collect::<String>().into(),
            Self::Nfd => name.nfd().collect::<String>().into(),
        }
    }

    /// Explains why two sources would be one object.
    pub(super) fn collision(self, other: &str) -> String {
        let form = match self {
            Self::Nfc => "NFC",
            Self::Nfd => "NFD",
        };
        format!("in {form} it has the name that `{other}' has: rename one of them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_one_form() {
        let (composed, decomposed) = ("d/\u{e9}", "d/e\u{301}");
        for name in [composed, decomposed] {
            assert_eq!(UnicodeForm::Nfc.of(name), composed);
            assert_eq!(UnicodeForm::Nfd.of(name), decomposed);
        }
        // Not folded as the compatibility forms would: those are other names.
        assert_eq!(UnicodeForm::Nfc.of("\u{fb01}"), "\u{fb01}");
        // A mark at the beginning of a name stays its own.
        assert_eq!(UnicodeForm::Nfc.of("d/\u{338}"), "d/\u{338}");
    }
}
