//! The format of both files, as Python's `RawConfigParser` reads it: the AWS CLI is written in
//! Python, so users have the files that it accepts.
//!
//! | line | meaning |
//! |---|---|
//! | `[name]`, whatever follows the last `]` | a section; once in a file |
//! | `name = value`, `name: value` | a setting; the name in any case, once in a section |
//! | indented deeper than the setting | continues the value; an empty line between is kept |
//! | `#` or `;` first | a comment; behind a value they belong to the value |
//! | settings below `name =`, indented | sub-settings, one level deep |
//! | `[DEFAULT]`, in capitals | settings of every section of this file |

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;
use zeroize::Zeroizing;

/// Python's name for the section whose settings all others have.
const DEFAULTS: &str = "DEFAULT";

/// The settings of a section, by their names in lower case.
pub(super) type Settings = BTreeMap<String, Value>;

/// The value of a setting.
pub(super) enum Value {
    Text(Zeroizing<String>),
    /// By the sub-settings' names, in the case they were written in.
    Nested(BTreeMap<String, Zeroizing<String>>),
}

/// A section, with its name as written between the brackets.
pub(super) struct Section {
    pub(super) name: String,
    pub(super) settings: Settings,
}

/// The reason why a line is invalid. It shows nothing of the line: that may be a secret.
///
/// ```
/// use rolesig_std::config::{ProfileFiles, ProfileFilesError, ProfileSyntaxError};
///
/// let error = ProfileFiles::parse("[default\n", "").unwrap_err();
/// let ProfileFilesError::Malformed { malformed, .. } = error else { unreachable!() };
/// assert_eq!(malformed, ProfileSyntaxError::NoBracket);
/// assert_eq!(malformed.to_string(), "a section without its ]: write it as [name]");
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileSyntaxError {
    /// A setting before the first section.
    #[error("a setting outside of any section: put [default] or [profile NAME] above it")]
    NoSection,
    /// Neither a section nor a setting.
    #[error("neither [section] nor name = value: add the =, or make it a comment with #")]
    NoDelimiter,
    /// `[name` without an end.
    #[error("a section without its ]: write it as [name]")]
    NoBracket,
    /// `= value`.
    #[error("missing name before the = or :")]
    NoName,
    /// A section for the second time.
    #[error("duplicate section, first in line {first}: merge them")]
    SectionTwice {
        /// The line of the first one.
        first: usize,
    },
    /// A setting for the second time in its section.
    #[error("duplicate setting, first in line {first}: remove one of them")]
    SettingTwice {
        /// The line of the first one.
        first: usize,
    },
    /// Under an empty setting, an indented line that is not a sub-setting.
    #[error(
        "an indented line without = under a setting without a value: \
         write the value behind the setting's ="
    )]
    NoSubsetting,
}

/// A line, counted from 1, and what is wrong with it.
pub(super) type Wrong = (usize, ProfileSyntaxError);

/// A setting as it is read: the lines of its value, without the white space around them.
struct Lines<'t> {
    name: String,
    first: usize,
    values: Vec<&'t str>,
}

struct OpenSection<'t> {
    name: &'t str,
    first: usize,
    settings: Vec<Lines<'t>>,
}

#[derive(Default)]
struct Reader<'t> {
    sections: Vec<OpenSection<'t>>,
    by_name: HashMap<&'t str, usize>,
    /// The section that settings go to.
    current: Option<usize>,
    /// The indentation of the last setting or section, and whether a value can continue.
    indent: usize,
    can_continue: bool,
}

/// Reads a whole file.
pub(super) fn parse(text: &str) -> Result<Vec<Section>, Wrong> {
    let mut reader = Reader::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in lines(text).enumerate() {
        let number = index + 1;
        reader.line(number, line).map_err(|malformed| (number, malformed))?;
    }
    reader.finish()
}

/// Returns whether Python takes a character for white space: Unicode's, and the four separators of
/// ASCII.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

/// Splits a text into lines, which end with LF, CR LF or CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (line, after) =
            text.find(['\n', '\r']).map_or((text, None), |end| (text.split_at(end).0, Some(end)));
        rest = after.and_then(|end| text.get(end..)).map(|ending| {
            ending.strip_prefix("\r\n").unwrap_or_else(|| ending.get(1..).unwrap_or_default())
        });
        Some(line)
    })
}

/// Returns the text between the first bracket and the last.
fn header(line: &str) -> Option<&str> {
    let inside = line.strip_prefix('[')?.rsplit_once(']')?.0;
    (!inside.is_empty()).then_some(inside)
}

impl<'t> Reader<'t> {
    fn line(&mut self, number: usize, line: &'t str) -> Result<(), ProfileSyntaxError> {
        let text = line.trim_matches(is_space);
        if text.starts_with(['#', ';']) {
            return Ok(());
        }
        if text.is_empty() {
            self.append_line("");
            return Ok(());
        }
        let indent = line.chars().take_while(|character| is_space(*character)).count();
        if indent > self.indent && self.append_line(text) {
            return Ok(());
        }
        self.indent = indent;
        match header(text) {
            Some(name) => self.section(number, name),
            None if text.starts_with('[') && !text.contains([']', '=', ':']) => {
                Err(ProfileSyntaxError::NoBracket)
            }
            None => self.setting(number, text),
        }
    }

    /// Continues a value, and returns whether there is one.
    fn append_line(&mut self, text: &'t str) -> bool {
        let section = self.current.and_then(|index| self.sections.get_mut(index));
        let setting = section.and_then(|section| section.settings.last_mut());
        let Some(setting) = setting.filter(|_| self.can_continue) else { return false };
        setting.values.push(text);
        true
    }

    fn section(&mut self, number: usize, name: &'t str) -> Result<(), ProfileSyntaxError> {
        let next = self.sections.len();
        let index = *self.by_name.entry(name).or_insert(next);
        match self.sections.get(index) {
            Some(OpenSection { first, .. }) if name != DEFAULTS => {
                return Err(ProfileSyntaxError::SectionTwice { first: *first });
            }
            Some(_) => {}
            None => {
                let settings = Vec::new();
                self.sections.push(OpenSection { name, first: number, settings });
            }
        }
        self.current = Some(index);
        self.can_continue = false;
        Ok(())
    }

    fn setting(&mut self, number: usize, text: &'t str) -> Result<(), ProfileSyntaxError> {
        let section = self.current.and_then(|index| self.sections.get_mut(index));
        let section = section.ok_or(ProfileSyntaxError::NoSection)?;
        let (name, value) = text.split_once(['=', ':']).ok_or(ProfileSyntaxError::NoDelimiter)?;
        let name = name.trim_end_matches(is_space).to_lowercase();
        if name.is_empty() {
            return Err(ProfileSyntaxError::NoName);
        }
        if let Some(twin) = section.settings.iter().find(|setting| setting.name == name) {
            return Err(ProfileSyntaxError::SettingTwice { first: twin.first });
        }
        let values = vec![value.trim_matches(is_space)];
        section.settings.push(Lines { name, first: number, values });
        self.can_continue = true;
        Ok(())
    }

    fn finish(self) -> Result<Vec<Section>, Wrong> {
        let (defaults, sections): (Vec<_>, Vec<_>) =
            self.sections.into_iter().partition(|section| section.name == DEFAULTS);
        let defaults = defaults.first().map_or([].as_slice(), |section| &section.settings);
        let read = |section: &OpenSection<'_>| {
            let says = |name: &str| section.settings.iter().any(|setting| setting.name == name);
            let others = defaults.iter().filter(|setting| !says(&setting.name));
            let settings = others.chain(&section.settings).map(Lines::read);
            Ok(Section {
                name: section.name.to_owned(),
                settings: settings.collect::<Result<_, _>>()?,
            })
        };
        sections.iter().map(read).collect()
    }
}

impl Lines<'_> {
    fn read(&self) -> Result<(String, Value), Wrong> {
        let end =
            self.values.iter().rposition(|value| !value.is_empty()).map_or(0, |last| last + 1);
        let values = self.values.get(..end).unwrap_or_default();
        let value = match values.split_first() {
            Some((&"", below)) => Value::Nested(self.subsettings(below)?),
            // Allocated once, at its full length: no copy of a secret is left behind.
            _ => Value::Text(Zeroizing::new(values.join("\n"))),
        };
        Ok((self.name.clone(), value))
    }

    fn subsettings(&self, below: &[&str]) -> Result<BTreeMap<String, Zeroizing<String>>, Wrong> {
        let lines = below.iter().flat_map(|line| line.split(ends_line));
        let lines = lines.map(|line| line.trim_matches(is_space)).filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let (name, value) =
                    line.split_once('=').ok_or((self.first, ProfileSyntaxError::NoSubsetting))?;
                let value = Zeroizing::new(value.trim_start_matches(is_space).to_owned());
                Ok((name.trim_end_matches(is_space).to_owned(), value))
            })
            .collect()
    }
}

/// Returns whether `str.splitlines` splits at a character, beyond CR and LF.
const fn ends_line(character: char) -> bool {
    matches!(character, '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(file: &str, section: &str, setting: &str) -> Option<String> {
        let sections = parse(file).unwrap();
        let section = sections.iter().find(|found| found.name == section)?;
        match section.settings.get(setting)? {
            Value::Text(text) => Some(text.as_str().to_owned()),
            Value::Nested(_) => None,
        }
    }

    #[track_caller]
    fn wrong(file: &str, line: usize, malformed: ProfileSyntaxError) {
        assert_eq!(parse(file).err(), Some((line, malformed)));
    }

    #[test]
    fn reads_delimiters_and_comments() {
        let file = "[a] # b\nx=1\ny : 2 # no comment\n  # comment\nZ = a=b:c ; d\nempty =\n";
        assert_eq!(text(file, "a", "x").unwrap(), "1");
        assert_eq!(text(file, "a", "y").unwrap(), "2 # no comment");
        assert_eq!(text(file, "a", "z").unwrap(), "a=b:c ; d");
        assert_eq!(text(file, "a", "empty").unwrap(), "");
    }

    #[test]
    fn continues_values_on_indented_lines() {
        assert_eq!(text("[a]\nx = 1\n  2\n\n  3\n\n", "a", "x").unwrap(), "1\n2\n\n3");
        assert_eq!(text("[a]\n  x = 1\n  y = 2", "a", "y").unwrap(), "2", "not deeper");
        assert_eq!(text("[a]\n  x = 1", "a", "x").unwrap(), "1", "nothing to continue");
    }

    #[test]
    fn accepts_three_kinds_of_line_ends() {
        assert_eq!(lines("a\r\nb\rc\n\nd").collect::<Vec<_>>(), ["a", "b", "c", "", "d"]);
        assert_eq!(text("\u{feff}[a]\r\nx = 1\r\n  2\r\n", "a", "x").unwrap(), "1\n2");
    }

    #[test]
    fn reads_subsettings() {
        let sections = parse("[a]\ns3 =\n  Style = path\n\n  # no\n  b==c\n").unwrap();
        let Some(Value::Nested(nested)) = sections[0].settings.get("s3") else { panic!("text") };
        assert_eq!(nested["Style"].as_str(), "path");
        assert_eq!(nested["b"].as_str(), "=c");
    }

    #[test]
    fn gives_all_sections_the_defaults() {
        let file = "[a]\nx = 1\n[DEFAULT]\nx = 2\ny = 3\n[DEFAULT]\nz = 4";
        assert_eq!(text(file, "a", "x").unwrap(), "1");
        assert_eq!(text(file, "a", "y").unwrap(), "3");
        assert_eq!(text(file, "a", "z").unwrap(), "4");
    }

    #[test]
    fn refuses_with_the_line() {
        wrong("\nx = 1", 2, ProfileSyntaxError::NoSection);
        wrong("[a]\nx", 2, ProfileSyntaxError::NoDelimiter);
        wrong("[a]\n[]", 2, ProfileSyntaxError::NoDelimiter);
        for open in ["[b", "[profile b"] {
            wrong(&format!("[a]\n{open}"), 2, ProfileSyntaxError::NoBracket);
            wrong(&format!("{open}\nx = 1"), 1, ProfileSyntaxError::NoBracket);
        }
        wrong("[a]\n= 1", 2, ProfileSyntaxError::NoName);
        wrong("[a]\n[b]\n[a]", 3, ProfileSyntaxError::SectionTwice { first: 1 });
        wrong("[a]\nx = 1\nX: 2", 3, ProfileSyntaxError::SettingTwice { first: 2 });
        wrong("[a]\nx =\n  y", 2, ProfileSyntaxError::NoSubsetting);
    }
}
