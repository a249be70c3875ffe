//! Odd files, and what botocore reads in them: `expected.json` is written by
//! `tests/servers/checks/profiles.py`, which says where the two differ.

use std::path::{Path, PathBuf};

use rolesig_std::Environment;
use rolesig_std::config::{ProfileFiles, Section};
use serde_json::{Map, Value};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profiles")
}

fn read(name: &str) -> Option<ProfileFiles> {
    let path = |kind| corpus().join(format!("{name}.{kind}")).display().to_string();
    let variables =
        [("AWS_CONFIG_FILE", path("config")), ("AWS_SHARED_CREDENTIALS_FILE", path("credentials"))];
    ProfileFiles::of(&variables.into_iter().collect::<Environment>()).ok()
}

#[track_caller]
fn same<'f>(file: &str, kind: &str, expected: &Value, sections: impl Iterator<Item = Section<'f>>) {
    let read: Map<_, _> = sections
        .map(|section| {
            let mut settings = Map::new();
            for (name, subsetting, value) in section.settings() {
                let Some(subsetting) = subsetting else {
                    settings.insert(name.to_owned(), value.into());
                    continue;
                };
                let nested = settings.entry(name).or_insert_with(|| Map::new().into());
                nested[subsetting] = value.into();
            }
            (section.name().to_owned(), settings.into())
        })
        .collect();
    assert_eq!(Value::from(read), expected[kind], "{kind} of {file}");
}

#[test]
fn reads_odd_files_as_botocore_does() {
    let expected = std::fs::read_to_string(corpus().join("expected.json")).unwrap();
    let expected: Map<String, Value> = serde_json::from_str(&expected).unwrap();
    assert!(expected.len() >= 100);
    for (name, expected) in &expected {
        let Some(files) = read(name) else {
            assert_eq!(expected, "refused", "{name}");
            continue;
        };
        assert!(expected.is_object(), "{name} is not refused");
        let profiles = files.profile_names().map(|name| files.profile(name).unwrap().section());
        same(name, "profiles", expected, profiles);
        let sso_sessions = files.sso_session_names().map(|name| files.sso_session(name).unwrap());
        same(name, "sso_sessions", expected, sso_sessions);
        let services = files.services_names().map(|name| files.services(name).unwrap());
        same(name, "services", expected, services);
    }
}

/// Whatever is refused, the error says in which line, and shows none of the file.
#[test]
fn names_file_and_line_in_errors() {
    let path = corpus().join("duplicate_setting_case.config");
    let variables = [("AWS_CONFIG_FILE", path.to_str().unwrap())];
    let error = ProfileFiles::of(&variables.into_iter().collect()).unwrap_err().to_string();
    let end =
        "duplicate_setting_case.config:3: duplicate setting, first in line 2: remove one of them";
    assert!(error.ends_with(end), "{error}");
}
