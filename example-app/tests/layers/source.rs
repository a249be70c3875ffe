//! Reads Rust code as far as it takes to see what it imports.

use core::iter;

/// Returns the code that ships: without comments, texts, and items under `#[cfg(test)]`.
pub(crate) fn shipped(code: &str) -> String {
    let code = plain(code);
    let mut shipped = String::new();
    let mut rest = code.as_str();
    while let Some((before, after)) = split_at_test_item(rest) {
        shipped.push_str(before);
        rest = after;
    }
    shipped + rest
}

/// Returns the modules that `code` declares for tests alone, whose files do not ship.
pub(crate) fn test_modules(code: &str) -> Vec<String> {
    let code = plain(code);
    let mut modules = Vec::new();
    let mut rest = code.as_str();
    while let Some((before, after)) = split_at_test_item(rest) {
        let item = &rest[before.len()..rest.len() - after.len()];
        let mut words = words(item).skip_while(|word| *word != "mod");
        modules.extend(words.nth(1).map(str::to_owned));
        rest = after;
    }
    modules
}

/// Splits code into what is before and after its first item under `#[cfg(test)]`.
fn split_at_test_item(code: &str) -> Option<(&str, &str)> {
    let marks = ["#[cfg(test)]", "#[cfg(all(test"];
    let start = marks.iter().filter_map(|mark| code.find(mark)).min()?;
    let mut depth = 0_usize;
    for (place, letter) in code[start..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 1 => depth -= 1,
            '}' => return Some((&code[..start], &code[start + place + 1..])),
            ';' if depth == 0 => return Some((&code[..start], &code[start + place + 1..])),
            _ => {}
        }
    }
    Some((&code[..start], ""))
}

/// Returns the code without comments and without the text between quotes.
fn plain(code: &str) -> String {
    let mut plain = String::new();
    let mut rest = code;
    while let Some(letter) = rest.chars().next() {
        let skipped = match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => text_length(rest),
            'r' if !plain.ends_with(is_name) => raw_text_length(rest),
            '\'' => character_length(rest),
            _ => 0,
        };
        if skipped == 0 {
            plain.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            rest = &rest[skipped..];
        }
    }
    plain
}

/// Returns the length of the text that `code` begins with, both quotes included.
fn text_length(code: &str) -> usize {
    let mut letters = code.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => return place + 1,
            _ => {}
        }
    }
    code.len()
}

/// Returns the length of the raw text that `code` begins with, or 0 if it begins with none.
fn raw_text_length(code: &str) -> usize {
    let hashes = code[1..].chars().take_while(|letter| *letter == '#').count();
    if !code[1 + hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = hashes + 2;
    code[start..].find(&end).map_or(code.len(), |place| start + place + end.len())
}

/// Returns the length of the character that `code` begins with, or 0 for a lifetime.
fn character_length(code: &str) -> usize {
    let mut letters = code.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => code[3..].find('\'').map_or(0, |place| place + 4),
        Some((place, letter)) => {
            let end = place + letter.len_utf8();
            if code[end..].starts_with('\'') { end + 1 } else { 0 }
        }
        None => 0,
    }
}

/// Returns the words of the code.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter| !is_name(letter)).filter(|word| !word.is_empty())
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Returns every path that begins with one of `roots`, as it is written in the code, with the words
/// before its `use`; the trees of `use` are taken apart.
pub(crate) fn paths(code: &str, roots: &[&str]) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let mut paths = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let before = |back: usize| place.checked_sub(back).map_or("", |place| tokens[place]);
        let is_visibility = before(1) == "in" && before(2) == "(";
        let is_start = !["::", ".", "mod"].contains(&before(1)) && !is_visibility;
        if roots.contains(token) && is_start && tokens.get(place + 1) == Some(&"::") {
            take_tree(&tokens[place..], &mut Vec::new(), &mut paths);
        }
    }
    paths
}

/// Adds the paths of the tree that `tokens` begin with; returns how many tokens it has.
fn take_tree(tokens: &[&str], prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> usize {
    let length = prefix.len();
    let mut place = 0;
    loop {
        match tokens.get(place) {
            Some(&"{") => {
                place += 1;
                while tokens.get(place).is_some_and(|token| *token != "}") {
                    place += match tokens[place] {
                        "," => 1,
                        _ => take_tree(&tokens[place..], prefix, paths).max(1),
                    };
                }
                place += 1;
                break;
            }
            Some(token) if token.chars().all(is_name) => prefix.push((*token).to_owned()),
            token => {
                place += usize::from(token == Some(&"*"));
                paths.push(prefix.clone());
                break;
            }
        }
        place += 1;
        if tokens.get(place) != Some(&"::") {
            paths.push(prefix.clone());
            break;
        }
        place += 1;
    }
    prefix.truncate(length);
    if tokens.get(place) == Some(&"as") {
        place += 2;
    }
    place
}

/// Returns the names, the `::` and the other letters of the code that are not spaces.
fn tokens(code: &str) -> Vec<&str> {
    let mut rest = code.trim_start();
    let tokens = iter::from_fn(|| {
        let first = rest.chars().next()?;
        let name = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
        let length = match first {
            _ if name > 0 => name,
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        rest = after.trim_start();
        Some(token)
    });
    tokens.collect()
}

#[test]
fn reads_the_code_that_ships() {
    let code = "use std::a; // std\n//! std\n/// unsafe\nlet x = \"std \\\" std\"; /* no */\n\
        let y = r#\"std \" std\"#; let z = ('\"', '\\'', b'{'); fn f<'a>(a: &'a str) {}\n\
        #[cfg(test)]\nmod tests { extern crate std; mod a { } }\nstruct B;\n\
        #[cfg(test)]\npub(crate) use std::c;\n#[cfg(test)]\nmod linear;\nuse d;";
    assert_eq!(
        shipped(code),
        "use std::a; \n\n\nlet x = ; \nlet y = ; let z = (, , b); fn f<'a>(a: &'a str) {}\n\
        \nstruct B;\n\n\nuse d;"
    );
    assert_eq!(test_modules(code), ["tests", "linear"]);
}

#[test]
fn takes_the_trees_of_imports_apart() {
    let code = "use crate::{a, b::{self, C as D}, e::*}; pub(in crate::f) fn g() -> crate::h::I<u8> \
        { self.x(); x::crate::y(); super::super::j::k() }";
    let paths: Vec<_> =
        paths(code, &["crate", "super", "self"]).iter().map(|path| path.join("::")).collect();
    let wanted = ["crate::a", "crate::b::self", "crate::b::C", "crate::e", "crate::h::I"];
    assert_eq!(paths, [&wanted[..], &["super::super::j::k"]].concat());
}
