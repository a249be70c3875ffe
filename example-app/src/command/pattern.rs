//! Patterns of names, as Hadoop reads them.
//!
//! Source: `org.apache.hadoop.fs.GlobPattern` and `GlobExpander` (Hadoop 3.3.4).

use thiserror::Error;

mod name_match;

pub(super) use self::name_match::matches;

/// The characters that make a name a pattern.
const WILDCARDS: [char; 5] = ['*', '?', '[', '{', '\\'];

/// A pattern that is malformed, in Hadoop's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum PatternError {
    /// A backslash at the end.
    #[error(
        "Illegal file pattern: An escaped character does not present for glob {pattern} at {at}"
    )]
    Escape { pattern: String, at: usize },
    /// A bracket or a brace that is not closed.
    #[error("Illegal file pattern: error parsing regexp: Unclosed {what} at pos {at}: `{name}`")]
    Unclosed { what: &'static str, name: String, at: usize },
    /// A bracket that closes nothing but itself, as in `[]`.
    #[error("Illegal file pattern: error parsing regexp: missing closing ]: `{0}`")]
    Empty(String),
    /// A range that runs backwards.
    #[error("Illegal file pattern: error parsing regexp: invalid character class range: `{0}`")]
    Range(String),
}

/// Returns whether a text is a pattern.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(WILDCARDS)
}

/// Splits a pattern before the first name with a wildcard.
pub(super) fn split_at_wildcard(pattern: &str) -> (&str, &str) {
    let wildcard = pattern.find(WILDCARDS).unwrap_or(pattern.len());
    let (before, _) = pattern.split_at_checked(wildcard).unwrap_or((pattern, ""));
    let begin = before.rfind('/').map_or(0, |slash| slash + 1);
    pattern.split_at_checked(begin).unwrap_or((pattern, ""))
}

/// Returns the patterns that a pattern stands for, in order: braces with a slash between them are
/// written out.
///
/// # Errors
/// If a backslash is the last character.
pub(super) fn alternatives(pattern: &str) -> Result<Vec<String>, PatternError> {
    let mut all = Vec::new();
    // The next is the last.
    let mut left = vec![pattern.to_owned()];
    while let Some(pattern) = left.pop() {
        match braces_with_slash(&pattern)? {
            Some(written_out) => left.extend(written_out.into_iter().rev()),
            None => all.push(pattern),
        }
    }
    Ok(all)
}

/// Writes the first outer braces with a slash between them out; `None` if there are none.
fn braces_with_slash(pattern: &str) -> Result<Option<Vec<String>>, PatternError> {
    let mut open = 0_usize;
    let (mut has_slash, mut begin) = (false, 0);
    // The beginnings of the alternatives.
    let mut cuts = Vec::new();
    let mut characters = pattern.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if characters.next().is_none() => {
                let (pattern, at) = (pattern.to_owned(), pattern.chars().count());
                return Err(PatternError::Escape { pattern, at });
            }
            '{' => {
                if open == 0 {
                    (begin, has_slash) = (at, false);
                    cuts = vec![at];
                }
                open += 1;
            }
            ',' if open == 1 => cuts.push(at),
            '/' if open > 0 => has_slash = true,
            '}' if open > 0 => {
                open -= 1;
                if open == 0 && has_slash {
                    cuts.push(at);
                    return Ok(Some(written_out(pattern, begin, &cuts)));
                }
            }
            _ => {}
        }
    }
    Ok(None)
}

/// Returns the pattern with each of the alternatives, which lie between the cuts.
fn written_out(pattern: &str, begin: usize, cuts: &[usize]) -> Vec<String> {
    let part = |from: usize, to: usize| pattern.get(from..to).unwrap_or_default();
    let end = cuts.last().map_or(pattern.len(), |last| last + 1);
    let (before, after) = (part(0, begin), part(end, pattern.len()));
    let alternatives = cuts.iter().zip(cuts.iter().skip(1));
    alternatives.map(|(from, to)| format!("{before}{}{after}", part(from + 1, *to))).collect()
}

/// Returns whether a pattern matches a name; `None` if it is malformed: for the fuzz targets.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn is_match(pattern: &str, name: &str) -> Option<bool> {
    let patterns = alternatives(pattern).ok()?;
    if patterns.iter().any(|pattern| check(pattern).is_err()) {
        return None;
    }
    Some(patterns.iter().any(|pattern| matches(pattern, name)))
}

/// Checks the pattern of a name.
///
/// # Errors
/// If Hadoop does not take it.
pub(super) fn check(name: &str) -> Result<(), PatternError> {
    let unclosed = |what, at| PatternError::Unclosed { what, name: name.to_owned(), at };
    let (mut in_set, mut open) = (false, 0_usize);
    let mut characters = name.chars().enumerate();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            '[' if in_set => return Err(unclosed("character class", at)),
            '[' => in_set = true,
            ']' => in_set = false,
            _ => {}
        }
    }
    let len = name.chars().count();
    if in_set {
        return Err(unclosed("character class", len));
    }
    if open > 0 {
        return Err(unclosed("group", len));
    }
    check_sets(name)
}

/// Checks the sets of characters: `]` stands for itself at the beginning of one.
fn check_sets(name: &str) -> Result<(), PatternError> {
    let characters: Vec<_> = name.chars().collect();
    let at = |index: usize| characters.get(index).copied();
    let mut index = 0;
    while let Some(character) = at(index) {
        index += match character {
            '\\' => 2,
            '[' => set_len(characters.get(index..).unwrap_or_default())?,
            _ => 1,
        };
    }
    Ok(())
}

/// Returns the number of characters of the set that the characters begin with.
fn set_len(set: &[char]) -> Result<usize, PatternError> {
    let at = |index: usize| set.get(index).copied();
    let begin = if matches!(at(1), Some('^' | '!')) { 2 } else { 1 };
    let mut index = begin;
    loop {
        let Some(first) = at(index) else {
            return Err(PatternError::Empty(set.iter().collect()));
        };
        match (first, at(index + 1), at(index + 2)) {
            (']', ..) if index > begin => return Ok(index + 1),
            ('\\', ..) => index += 2,
            (_, Some('-'), Some(last)) if last != ']' && last != '\\' => {
                if first > last {
                    return Err(PatternError::Range(format!("{first}-{last}")));
                }
                index += 3;
            }
            _ => index += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By FsShell 3.3.4.
    #[test]
    fn refuses_malformed_patterns_as_hadoop_does() {
        let regexp = |what: &str| format!("Illegal file pattern: error parsing regexp: {what}");
        for (name, expected) in [
            ("[", regexp("Unclosed character class at pos 1: `[`")),
            ("[a-", regexp("Unclosed character class at pos 3: `[a-`")),
            ("*[", regexp("Unclosed character class at pos 2: `*[`")),
            ("[[a]", regexp("Unclosed character class at pos 1: `[[a]`")),
            ("{a", regexp("Unclosed group at pos 2: `{a`")),
            ("{{a,b}", regexp("Unclosed group at pos 6: `{{a,b}`")),
            ("[b-a]", regexp("invalid character class range: `b-a`")),
            ("[]", regexp("missing closing ]: `[]`")),
            ("[^]", regexp("missing closing ]: `[^]`")),
        ] {
            assert_eq!(check(name).unwrap_err().to_string(), expected);
        }
        for name in
            ["a]", "}", "{a}}", "[]a]", "[!a]", "[a-]", "[-a]", "[a-c-e]", "\\[", "{}", "**"]
        {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        let message = alternatives("d/a\\").unwrap_err().to_string();
        let what = "An escaped character does not present for glob d/a\\ at 4";
        assert_eq!(message, format!("Illegal file pattern: {what}"));
    }

    #[test]
    fn writes_braces_with_a_slash_out() {
        for (pattern, expected) in [
            ("d/{a,sub/x}", &["d/a", "d/sub/x"][..]),
            ("{a,b/{c,d/e}}/*", &["a/*", "b/c/*", "b/d/e/*"]),
            ("d/{a/b}", &["d/a/b"]),
            ("{a,b}/c", &["{a,b}/c"]),
            ("d/\\{a,b/c}", &["d/\\{a,b/c}"]),
            ("{a,b/c", &["{a,b/c"]),
            ("x", &["x"]),
        ] {
            let expected = expected.iter().map(ToString::to_string).collect();
            assert_eq!(alternatives(pattern), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn starts_a_pattern_at_its_first_wildcard() {
        assert_eq!(split_at_wildcard("s3a://b/d/x*/y"), ("s3a://b/d/", "x*/y"));
        assert_eq!(split_at_wildcard("s3a://b/{a,b}"), ("s3a://b/", "{a,b}"));
        assert_eq!(split_at_wildcard("*"), ("", "*"));
    }
}
