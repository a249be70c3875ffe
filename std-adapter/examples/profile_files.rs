//! Reads AWS's files and writes what they say, as JSON: a line for each line of stdin, which names
//! a `config` and a `credentials` file with a tab between them. All values are shown.

use std::io::{BufRead as _, Write as _};

use rolesig_std::Environment;
use rolesig_std::config::{ProfileFiles, Section};
use serde_json::{Map, Value, json};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (config, credentials) = line.split_once('\t').unwrap_or((&line, ""));
        let variables = [("AWS_CONFIG_FILE", config), ("AWS_SHARED_CREDENTIALS_FILE", credentials)];
        let files = ProfileFiles::of(&variables.into_iter().collect::<Environment>());
        let result =
            files.map_or_else(|error| json!({"refused": error.to_string()}), |files| all(&files));
        writeln!(out, "{result}")?;
    }
    Ok(())
}

fn all(files: &ProfileFiles) -> Value {
    let profiles = files.profile_names().filter_map(|name| Some(files.profile(name)?.section()));
    let sso_sessions = files.sso_session_names().filter_map(|name| files.sso_session(name));
    let services = files.services_names().filter_map(|name| files.services(name));
    json!({
        "profiles": sections(profiles),
        "sso_sessions": sections(sso_sessions),
        "services": sections(services),
    })
}

fn sections<'f>(sections: impl Iterator<Item = Section<'f>>) -> Value {
    sections
        .map(|section| (section.name().to_owned(), settings(section)))
        .collect::<Map<_, _>>()
        .into()
}

fn settings(section: Section<'_>) -> Value {
    let mut settings = Map::new();
    for (name, subsetting, value) in section.settings() {
        match subsetting {
            None => drop(settings.insert(name.to_owned(), value.into())),
            Some(subsetting) => {
                let nested = settings.entry(name).or_insert_with(|| json!({}));
                if let Some(nested) = nested.as_object_mut() {
                    nested.insert(subsetting.to_owned(), value.into());
                }
            }
        }
    }
    settings.into()
}
