//! Texts of pieces that the rules of canonical requests distinguish.

use arbitrary::{Arbitrary, Result, Unstructured};

const PIECES: [&str; 40] = [
    "a",
    "b",
    "Z",
    "0",
    "-",
    "_",
    "~",
    ".",
    "..",
    "/",
    "//",
    "/./",
    "/../",
    " ",
    "  ",
    "+",
    "=",
    "&",
    "%",
    "%2F",
    "%2f",
    "%41",
    "%7e",
    "%C3%A9",
    "%zz",
    "%4",
    "é",
    "漢",
    "\u{10ffff}",
    "*",
    "@",
    ":",
    ",",
    "\\",
    "?",
    "#",
    "\t",
    "\n",
    "\0",
    "\u{7f}",
];

/// The greatest number of repetitions of a piece: beyond every bound on the parts of a text (512
/// segments of a path), and enough to reveal slow code.
const MOST: usize = 4_096;

/// A text of [`PIECES`], some of them repeated often; sometimes any text.
#[derive(Clone, Debug)]
pub struct Text(pub String);

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.ratio(1, 16)? {
            return String::arbitrary(u).map(Self);
        }
        // Two of three texts contain only pieces that are valid anywhere.
        let choice = if u.ratio(2, 3)? { &PIECES[..10] } else { &PIECES[..] };
        let len = u.int_in_range(0..=12)?;
        let mut text = String::new();
        for _ in 0..len {
            // Two pieces repeated together make segments: `/a/a/a`, `/../..`.
            let piece = [*u.choose(choice)?, *u.choose(choice)?].concat();
            let times = if u.ratio(1, 16)? { u.int_in_range(1..=MOST)? } else { 1 };
            text.push_str(&piece.repeat(times));
        }
        Ok(Self(text))
    }
}

/// Returns a text without the white space around it, as documents are read: that of Unicode, and
/// the two characters without a width that editors and web pages leave.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}')
}

/// Returns one of a few valid texts, or any [`Text`].
///
/// # Errors
/// If the input has no more data.
pub fn mostly(u: &mut Unstructured<'_>, good: &[&str]) -> Result<String> {
    if u.ratio(15, 16)? {
        u.choose(good).map(ToString::to_string)
    } else {
        Ok(Text::arbitrary(u)?.0)
    }
}
