//! Any values of the settings that are followed: they are read or refused, a refusal is one line
//! that names a setting, and no password is in it.
#![no_main]

use std::fmt::Write as _;
use std::fs;

use libfuzzer_sys::fuzz_target;
use quick_xml::escape::escape;
use rolefs::configuration::Configuration;
use rolefs::s3a::{S3aSettings, bucket, table, warnings};
use rolesig_fuzz::scratch;

const SECRETS: [&str; 3] = ["fs.s3a.secret.key", "fs.s3a.session.token", "fs.s3a.proxy.password"];
const SECRET: &str = "s3cr3t";

fuzz_target!(|input: Vec<(u8, bool, &str)>| {
    let rows: Vec<_> = table::s3a_rows().collect();
    let mut text = String::from("<configuration>");
    for (choice, is_of_bucket, value) in input.iter().take(8) {
        // XML has no control characters.
        let value = value.replace(|c: char| c.is_control() && c != '\n' && c != '\t', "");
        let name = rows[usize::from(*choice) % rows.len()].name;
        let value = if SECRETS.contains(&name) { format!("{SECRET}{value}") } else { value };
        let name = match name.strip_prefix("fs.s3a.") {
            Some(rest) if *is_of_bucket => format!("fs.s3a.bucket.data.{rest}"),
            _ => name.to_owned(),
        };
        write!(text, "<property name=\"{name}\" value=\"{}\"/>", escape(&*value)).unwrap();
    }
    text += "</configuration>";
    let path = scratch("settings.xml");
    fs::write(&path, &text).unwrap();
    let mut configuration = Configuration::default();
    if configuration.add_file(&path).is_err() {
        return;
    }
    for configuration in [bucket::of_bucket(&configuration, "data"), configuration] {
        let _ = warnings::unset_variables(&configuration);
        match S3aSettings::of(&configuration) {
            Ok(settings) => {
                let shown = format!("{settings:?}");
                assert!(!shown.contains(SECRET), "{shown}");
            }
            Err(error) => {
                let error = error.to_string();
                assert!(!error.contains(['\r', '\x1b']), "{error:?}");
                assert!(!error.contains(SECRET), "{error}");
                assert!(rows.iter().any(|row| error.contains(row.name)), "{error} by {text}");
            }
        }
    }
});
