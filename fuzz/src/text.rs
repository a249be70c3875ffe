//! Texts made of pieces that the rules of canonical requests tell apart.

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

/// Of [`PIECES`]; now and then any text.
#[derive(Clone, Debug)]
pub struct Text(pub String);

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.ratio(1, 16)? {
            return String::arbitrary(u).map(Self);
        }
        // Two of three texts keep to pieces that can stand anywhere.
        let choice = if u.ratio(2, 3)? { &PIECES[..10] } else { &PIECES[..] };
        let len = u.int_in_range(0..=12)?;
        (0..len).map(|_| u.choose(choice).copied()).collect::<Result<_>>().map(Self)
    }
}

/// One of a few texts that are good, or any [`Text`].
///
/// # Errors
/// As the choices that it makes.
pub fn mostly(u: &mut Unstructured<'_>, good: &[&str]) -> Result<String> {
    if u.ratio(15, 16)? {
        u.choose(good).map(ToString::to_string)
    } else {
        Ok(Text::arbitrary(u)?.0)
    }
}
