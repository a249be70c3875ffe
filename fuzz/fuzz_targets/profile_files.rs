//! Profile files. Those that are written from sections and settings, with any white space, comments
//! and line ends that their rules allow, are read as they were meant. Any text that is read is the
//! same when it is written again from what was read.
#![no_main]

use std::collections::BTreeMap;
use std::fmt::Write;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig_std::config::{ProfileFiles, Section};

const NAMES: [&str; 6] = ["dev", "prod-1", "a_b", "x.y", "A", "é"];
const SETTINGS: [&str; 5] = ["region", "role_arn", "output", "aws_access_key_id", "x"];
const VALUES: [&str; 8] =
    ["eu-west-1", "a b", "a=b", "a;b#c", "arn:aws:iam::1:role/r", "é", "[x]", "'q'"];
const BLANKS: [&str; 4] = ["", " ", "\t", "  "];

#[derive(Debug)]
enum Input {
    Any(String, String),
    Written { text: String, meant: BTreeMap<String, BTreeMap<String, String>> },
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.arbitrary()? {
            return Ok(Self::Any(u.arbitrary()?, u.arbitrary()?));
        }
        let end = *u.choose(&["\n", "\r\n"])?;
        let (mut text, mut meant) = (String::new(), BTreeMap::new());
        for name in NAMES {
            if u.arbitrary()? {
                continue;
            }
            write!(text, "[profile {name}]{}{end}", u.choose(&["", " ", " # c", " ; c"])?).unwrap();
            let mut settings = BTreeMap::new();
            for setting in SETTINGS {
                if u.arbitrary()? {
                    continue;
                }
                let (value, before, after) =
                    (*u.choose(&VALUES)?, u.choose(&BLANKS)?, u.choose(&BLANKS)?);
                let comment = u.choose(&["", "# a = b", "; a = b", "   "])?;
                write!(text, "{setting}{before}={after}{value}{end}{comment}{end}").unwrap();
                settings.insert(setting.to_owned(), value.to_owned());
            }
            meant.insert(name.to_owned(), settings);
        }
        Ok(Self::Written { text, meant })
    }
}

fuzz_target!(|input: Input| {
    match input {
        Input::Written { text, meant } => {
            let files = ProfileFiles::parse(&text, "").unwrap();
            assert_eq!(profiles(&files), meant, "{text}");
        }
        Input::Any(config, credentials) => {
            let Ok(files) = ProfileFiles::parse(&config, &credentials) else { return };
            let names: Vec<_> = files.profile_names().map(ToOwned::to_owned).collect();
            assert!(names.iter().all(|name| files.profile(name).is_some()));
            rewrite(&files);
        }
    }
});

fn profiles(files: &ProfileFiles) -> BTreeMap<String, BTreeMap<String, String>> {
    let profile = |name: &str| {
        let section = files.profile(name).unwrap().section();
        (
            name.to_owned(),
            section.settings().map(|(n, _, v)| (n.to_owned(), v.to_owned())).collect(),
        )
    };
    files.profile_names().map(profile).collect()
}

/// Returns all settings, by section, name and name of the sub-setting.
fn all(files: &ProfileFiles) -> Vec<(String, String, Option<String>, String)> {
    let profiles = files.profile_names().map(|name| files.profile(name).unwrap().section());
    let settings = |section: Section<'_>| {
        let name = section.name().to_owned();
        let settings = section.settings();
        let settings: Vec<_> = settings
            .map(|(setting, sub, value)| {
                (name.clone(), setting.to_owned(), sub.map(ToOwned::to_owned), value.to_owned())
            })
            .collect();
        settings
    };
    profiles.flat_map(settings).collect()
}

/// Writes the profiles into `credentials`, where the name of a section is that of its profile.
fn rewrite(files: &ProfileFiles) {
    let is_plain = |text: &str| {
        let is_plain = |c: char| c.is_alphanumeric() || " -_.,/+@".contains(c);
        text.chars().all(is_plain) && text.trim() == text
    };
    let settings = all(files);
    let are_plain = settings.iter().all(|(section, name, sub, value)| {
        let names = [section, name, sub.as_ref().unwrap_or(name)];
        names.into_iter().all(|name| !name.is_empty() && is_plain(name)) && is_plain(value)
    });
    if !are_plain {
        return;
    }
    let (mut text, mut last) = (String::new(), (String::new(), String::new()));
    for (section, name, sub, value) in &settings {
        if *section != last.0 {
            writeln!(text, "[{section}]").unwrap();
            last = (section.clone(), String::new());
        }
        if let Some(sub) = sub {
            if *name != last.1 {
                writeln!(text, "{name} =").unwrap();
            }
            writeln!(text, "  {sub} = {value}").unwrap();
        } else {
            writeln!(text, "{name} = {value}").unwrap();
        }
        last.1.clone_from(name);
    }
    assert_eq!(all(&ProfileFiles::parse("", &text).unwrap()), settings, "{text}");
}
