//! The match of a name with a pattern.

use super::set_len;

/// The places in a name, before each of its characters and at its end, that a pattern can have led
/// to. With them no pattern takes longer than its length times that of the name.
type Places = Vec<bool>;

/// Returns whether a pattern that [`check`](super::check) accepts matches a name or a path. Only
/// `**` matches a slash: in place of a name, it stands for any number of names.
pub(in crate::command) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<_>, Vec<_>) = (pattern.chars().collect(), name.chars().collect());
    let begin = (0..=name.len()).map(|place| place == 0).collect();
    follow(&pattern, &name, begin).last() == Some(&true)
}

/// Returns the places that a pattern leads to from these.
fn follow(mut pattern: &[char], name: &[char], mut places: Places) -> Places {
    let mut is_begin = true;
    while let [first, rest @ ..] = pattern {
        let before = pattern;
        (places, pattern) = match (first, rest) {
            ('*', ['*', '/', rest @ ..]) if is_begin => (whole_names(&places, name), rest),
            ('*', ['*']) if is_begin => (any(&places, name, &|_| true), [].as_slice()),
            ('*', _) => (any(&places, name, &|c| c != '/'), rest),
            ('?', _) => (one(&places, name, &|c| c != '/'), rest),
            ('[', _) => {
                let len = set_len(pattern).unwrap_or(pattern.len());
                let (set, rest) = pattern.split_at_checked(len).unwrap_or((pattern, &[]));
                (one(&places, name, &|c| c != '/' && is_in(set, c)), rest)
            }
            ('{', _) => braces(rest, name, &places),
            ('\\', [escaped, rest @ ..]) => {
                (one(&places, name, &|c| c == unescaped(*escaped)), rest)
            }
            _ => (one(&places, name, &|c| c == *first), rest),
        };
        let read = before.len() - pattern.len();
        is_begin = before.get(..read).is_some_and(|read| read.ends_with(&['/']));
    }
    places
}

/// Returns the places behind one character of a kind.
fn one(places: &Places, name: &[char], is_of_kind: &dyn Fn(char) -> bool) -> Places {
    let behind = places.iter().zip(name).map(|(place, c)| *place && is_of_kind(*c));
    core::iter::once(false).chain(behind).collect()
}

/// Returns the places behind any number of characters of a kind.
fn any(places: &Places, name: &[char], is_of_kind: &dyn Fn(char) -> bool) -> Places {
    let mut is_reached = false;
    let mut characters = name.iter();
    let behind = places.iter().map(|place| {
        let here = is_reached || *place;
        is_reached = here && characters.next().is_some_and(|c| is_of_kind(*c));
        here
    });
    behind.collect()
}

/// Returns these places, and those behind each slash that follows one of them.
fn whole_names(places: &Places, name: &[char]) -> Places {
    let behind = one(&any(places, name, &|_| true), name, &|c| c == '/');
    union(places, &behind)
}

fn union(some: &Places, others: &Places) -> Places {
    some.iter().zip(others).map(|(one, other)| *one || *other).collect()
}

/// Returns the places behind one of several patterns, and what follows their braces.
fn braces<'p>(pattern: &'p [char], name: &[char], places: &Places) -> (Places, &'p [char]) {
    let mut reached = vec![false; places.len()];
    let (mut open, mut begin, mut at) = (0_usize, 0, 0);
    let part = |from: usize, to: usize| pattern.get(from..to).unwrap_or_default();
    while let Some(character) = pattern.get(at) {
        if open == 0 && matches!(character, ',' | '}') {
            reached = union(&reached, &follow(part(begin, at), name, places.clone()));
            begin = at + 1;
            if *character == '}' {
                break;
            }
        }
        match character {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        at += match character {
            '\\' => 2,
            '[' => set_len(part(at, pattern.len())).unwrap_or(1),
            _ => 1,
        };
    }
    (reached, part(begin, pattern.len()))
}

/// Returns the character that one behind a backslash stands for, as in Java's expressions.
const fn unescaped(character: char) -> char {
    match character {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    }
}

/// Returns whether a character is in a set, which is written with its brackets.
fn is_in(set: &[char], character: char) -> bool {
    let (is_other, mut rest) = match set {
        ['[', '^' | '!', rest @ .., ']'] => (true, rest),
        ['[', rest @ .., ']'] => (false, rest),
        _ => return false,
    };
    let mut is_named = false;
    loop {
        let range;
        (range, rest) = match rest {
            ['\\', one, rest @ ..] => (unescaped(*one)..=unescaped(*one), rest),
            [first, '-', last, rest @ ..] if *last != '\\' => (*first..=*last, rest),
            [one, rest @ ..] => (*one..=*one, rest),
            [] => return is_named != is_other,
        };
        is_named |= range.contains(&character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By FsShell 3.3.4, except for the paths.
    #[test]
    fn matches_names_as_hadoop_does() {
        for (pattern, matching, others) in [
            ("part-*", &["part-", "part-00000"][..], &["part", "xpart-"][..]),
            ("part-?", &["part-0", "part-ü", "part-😀"], &["part-", "part-00"]),
            ("?", &["ü", "日", "😀"], &["", "e\u{301}"]),
            ("[a-c]x", &["bx"], &["dx", "x"]),
            ("[^a-c]x", &["dx", "üx"], &["bx"]),
            ("[!a]", &["ü", "^"], &["a", ""]),
            ("[à-ü]", &["é", "ü"], &["e", "Ä"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("[]a]", &["]", "a"], &["[]a]"]),
            ("[\\]-]", &["]", "-"], &["\\"]),
            ("!a*", &["!a", "!ab"], &["b", "x", "a"]),
            ("!*", &["!"], &["", "a"]),
            ("{ab,cd}*", &["ab", "cde"], &["a", "xcd"]),
            ("{a,{b,ab}}x", &["ax", "bx", "abx"], &["x"]),
            ("a{b,}", &["a", "ab"], &["b"]),
            ("{}", &[""], &["{}"]),
            ("{a,[,}]}", &["a", ",", "}"], &["["]),
            ("{a}{b}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}{,}", &["ab"], &["a"]),
            ("a\\*", &["a*"], &["ab", "a\\*"]),
            ("\\a\\,}", &["a,}"], &["a,"]),
            ("x\\n[\\t]", &["x\n\t"], &["xnt"]),
            ("*", &["", ".hidden", "\n"], &[]),
            ("**", &["a"], &[]),
            ("a**b", &["ab", "axyb"], &["abc"]),
            ("*a*b*", &["ab", "xaxbx"], &["ba"]),
            ("*.txt", &["a.txt"], &["d/a.txt", "a.txt/b"]),
            ("d/*", &["d/a"], &["d/e/a", "d"]),
            ("d/**", &["d/a", "d/e/a"], &["d", "dd/a"]),
            ("**/e/*", &["e/a", "d/e/a", "c/d/e/a"], &["de/a"]),
            ("a/**/**/b", &["a/b", "a/x/y/b"], &["ab", "a/xb"]),
            ("a?b", &["axb"], &["a/b"]),
            ("a[^x]b", &["a.b"], &["a/b", "axb"]),
        ] {
            for name in matching {
                assert!(matches(pattern, name), "{pattern} {name}");
            }
            for name in others {
                assert!(!matches(pattern, name), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn matches_in_time_linear_in_pattern_and_name() {
        let name = "a".repeat(1000);
        assert!(!matches(&format!("{}b", "*a".repeat(300)), &name));
        assert!(!matches(&format!("{}b", "{a,aa}".repeat(300)), &name));
    }
}
