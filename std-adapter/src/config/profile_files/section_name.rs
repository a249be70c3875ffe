//! The meaning of a section's name in `config`: `profile "a b"` is the profile `a b`.

/// The kind of a section of `config`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Profile,
    SsoSession,
    Services,
}

/// Parses the kind and the name of a section; returns `None` for a section of another tool.
///
/// As botocore reads it, so the first word need only begin with the kind, and a name with white
/// space needs quotes.
pub(super) fn read(section: &str) -> Option<(Kind, String)> {
    if section == "default" {
        return Some((Kind::Profile, section.to_owned()));
    }
    let kinds = [
        ("profile", Kind::Profile),
        ("sso-session", Kind::SsoSession),
        ("services", Kind::Services),
    ];
    let (_, kind) = kinds.into_iter().find(|(word, _)| section.starts_with(word))?;
    let mut words = words(section)?.into_iter().skip(1);
    let name = words.next()?;
    words.next().is_none().then_some((kind, name))
}

/// The state of splitting a text into words, as a shell does.
enum WordState {
    Between,
    Word,
    Quoted(char),
    /// After a backslash, with the quote that it is in.
    Escaped(Option<char>),
}

/// Splits a text into words as a shell and Python's `shlex.split` do; returns `None` if a quote is
/// not closed. The crate of that name takes `#` for a comment.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut state = WordState::Between;
    for character in text.chars() {
        state = match (state, character) {
            (WordState::Between, ' ' | '\t' | '\r' | '\n') => WordState::Between,
            (WordState::Word, ' ' | '\t' | '\r' | '\n') => {
                words.push(core::mem::take(&mut word));
                WordState::Between
            }
            (WordState::Between | WordState::Word, '\'' | '"') => WordState::Quoted(character),
            (WordState::Between | WordState::Word, '\\') => WordState::Escaped(None),
            (WordState::Quoted(quote), _) if character == quote => WordState::Word,
            (WordState::Quoted('"'), '\\') => WordState::Escaped(Some('"')),
            (WordState::Quoted(quote), _) => {
                word.push(character);
                WordState::Quoted(quote)
            }
            (WordState::Escaped(Some(quote)), _) => {
                if character != '\\' && character != quote {
                    word.push('\\');
                }
                word.push(character);
                WordState::Quoted(quote)
            }
            (WordState::Between | WordState::Word | WordState::Escaped(None), _) => {
                word.push(character);
                WordState::Word
            }
        };
    }
    match state {
        WordState::Between => {}
        WordState::Word => words.push(word),
        WordState::Quoted(_) | WordState::Escaped(_) => return None,
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quoted_and_prefixed_names() {
        let profile = |name: &str| Some((Kind::Profile, name.to_owned()));
        assert_eq!(read("default"), profile("default"));
        assert_eq!(read("profile default"), profile("default"));
        assert_eq!(read("profile\t a "), profile("a"));
        assert_eq!(read(r#"profile "a b""#), profile("a b"));
        assert_eq!(read("profile 'a b'c"), profile("a bc"));
        assert_eq!(read(r#"profile "a\"\b""#), profile(r#"a"\b"#));
        assert_eq!(read(r"profile a\ b"), profile("a b"));
        assert_eq!(read("profile #a"), profile("#a"));
        assert_eq!(read(r#"profile """#), profile(""));
        assert_eq!(read("sso-session s"), Some((Kind::SsoSession, "s".to_owned())));
        assert_eq!(read("services s"), Some((Kind::Services, "s".to_owned())));
        for other in ["profile", "profile a b", "profile 'a", "profile a\\", " profile a", "a"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
