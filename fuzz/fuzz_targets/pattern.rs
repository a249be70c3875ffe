//! Patterns of names, compared with a naive matcher, which tries every way to divide the name.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolefs::command::is_match;

#[derive(Debug)]
struct Input {
    pattern: Vec<Part>,
    name: String,
    other: (String, String),
}

#[derive(Debug)]
enum Part {
    Literal(char),
    One,
    Any,
    Set(bool, Vec<(char, char)>),
    Braces(Vec<Vec<Self>>),
}

const LETTERS: [char; 6] = ['a', 'b', 'c', '.', 'é', '*'];

fn parts(u: &mut Unstructured<'_>, depth: u8) -> Result<Vec<Part>> {
    let mut made = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        made.push(match u.int_in_range(0..=if depth > 0 { 9 } else { 8 })? {
            0..=4 => Part::Literal(*u.choose(&LETTERS)?),
            5 => Part::One,
            6 => Part::Any,
            7 | 8 => {
                let mut ranges = Vec::new();
                for _ in 0..u.int_in_range(1..=2)? {
                    let (one, other) = (*u.choose(&LETTERS[..3])?, *u.choose(&LETTERS[..3])?);
                    ranges.push((one.min(other), one.max(other)));
                }
                Part::Set(u.arbitrary()?, ranges)
            }
            _ => {
                let count = u.int_in_range(1..=3)?;
                Part::Braces((0..count).map(|_| parts(u, depth - 1)).collect::<Result<_>>()?)
            }
        });
    }
    Ok(made)
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let pattern = parts(u, 2)?;
        let len = u.int_in_range(0..=6)?;
        let name = (0..len).map(|_| u.choose(&LETTERS).copied()).collect::<Result<_>>()?;
        Ok(Self { pattern, name, other: u.arbitrary()? })
    }
}

fn text(parts: &[Part]) -> String {
    parts.iter().map(Part::text).collect()
}

impl Part {
    fn text(&self) -> String {
        match self {
            Self::Literal('*') => "\\*".to_owned(),
            Self::Literal(character) => character.to_string(),
            Self::One => "?".to_owned(),
            Self::Any => "*".to_owned(),
            Self::Set(is_other, ranges) => {
                let ranges: String = ranges.iter().flat_map(|(a, b)| [*a, '-', *b]).collect();
                format!("[{}{ranges}]", if *is_other { "^" } else { "" })
            }
            Self::Braces(alternatives) => {
                let alternatives: Vec<_> = alternatives.iter().map(|parts| text(parts)).collect();
                format!("{{{}}}", alternatives.join(","))
            }
        }
    }

    /// Returns what is left of a name behind this part, in every way.
    fn ends<'n>(&self, name: &'n [char]) -> Vec<&'n [char]> {
        let one = |is_of_kind: &dyn Fn(char) -> bool| match name {
            [first, rest @ ..] if is_of_kind(*first) => vec![rest],
            _ => Vec::new(),
        };
        match self {
            Self::Literal(character) => one(&|c| c == *character),
            Self::One => one(&|_| true),
            Self::Any => (0..=name.len()).map(|len| &name[len..]).collect(),
            Self::Set(is_other, ranges) => {
                one(&|c| ranges.iter().any(|(a, b)| (a..=b).contains(&&c)) != *is_other)
            }
            Self::Braces(alternatives) => {
                alternatives.iter().flat_map(|parts| ends(parts, name)).collect()
            }
        }
    }
}

fn ends<'n>(parts: &[Part], name: &'n [char]) -> Vec<&'n [char]> {
    let mut reached = vec![name];
    for part in parts {
        reached = reached.iter().flat_map(|rest| part.ends(rest)).collect();
        reached.sort_by_key(|rest| rest.len());
        reached.dedup_by_key(|rest| rest.len());
    }
    reached
}

fuzz_target!(|input: Input| {
    let pattern = text(&input.pattern);
    // At the beginning of a name, `**` stands for names, and a slash is not in any of these.
    let name: Vec<_> = input.name.chars().collect();
    let is_meant = ends(&input.pattern, &name).iter().any(|rest| rest.is_empty());
    assert_eq!(is_match(&pattern, &input.name), Some(is_meant), "{pattern:?} {:?}", input.name);

    let (pattern, name) = input.other;
    if !pattern.contains(['*', '?', '[', ']', '{', '}', ',', '\\', '\n']) && !name.contains('\n') {
        assert_eq!(is_match(&pattern, &name), Some(pattern == name), "{pattern:?} {name:?}");
    }
    let _ = is_match(&pattern, &name);
});
