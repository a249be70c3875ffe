//! The files of `tests/configuration`, compared with the values that Hadoop 3.3.4 reads in them.

use core::time::Duration;
use std::path::Path;

use super::super::value::{boolean, bytes, duration, list, number};
use super::*;

const HADOOP: &str = include_str!("../../../tests/configuration/hadoop.tsv");

fn configuration() -> Configuration {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/configuration");
    let variable = |name: &str| match name {
        "T_SET" => Some("set".to_owned()),
        "T_EMPTY" => Some(String::new()),
        _ => None,
    };
    let mut configuration = Configuration::with_variables(variable);
    for file in ["core-site.xml", "conf.xml"] {
        configuration.add_file(&folder.join(file)).unwrap();
    }
    for definition in ["t.defined=4", "t.only=  x ", "t.cleared="] {
        configuration.define(&definition.parse().unwrap()).unwrap();
    }
    configuration
}

/// Returns the value as `Dump.java` beside the files prints it.
fn written(configuration: &Configuration, name: &str) -> String {
    let Ok(setting) = configuration.get(name) else { return "error".to_owned() };
    let Some(setting) = setting else {
        return configuration.property(name).map_or("null", |_| "").to_owned();
    };
    let value = setting.value.as_str();
    let shown = |shown: Option<String>| shown.unwrap_or_else(|| "error".to_owned());
    match name.split('.').next() {
        Some("bytes") => shown(bytes(value).filter(|n| *n < 1 << 63).map(|n| n.to_string())),
        Some("millis") => {
            let duration = duration(value, Duration::from_millis(1));
            shown(duration.map(|duration| duration.as_millis().to_string()))
        }
        Some("boolean") => boolean(value).map_or_else(|| "default".to_owned(), |b| b.to_string()),
        Some("int") => shown(number(value).map(|number| number.to_string())),
        Some("list") => list(value).collect::<Vec<_>>().join("|"),
        _ => value.to_owned(),
    }
}

#[test]
fn reads_the_same_values_as_hadoop() {
    let configuration = configuration();
    for line in HADOOP.lines() {
        let (name, hadoops) = line.split_once('\t').unwrap();
        assert_eq!(written(&configuration, name), hadoops, "{name}");
    }
    // Hadoop has every name.
    for name in configuration.names("") {
        assert!(HADOOP.contains(&format!("{name}\t")), "{name}");
    }
}
