//! The files of a profile, and what the chain says of them.

use std::fs;
use std::path::Path;

use rolesig_std::{Chain, Clock, Environment, ProvideCredentials as _};

/// An environment with these two files, and no metadata service.
pub(crate) fn with_files(folder: &Path, config: &str, credentials: &str) -> Environment {
    let mut environment: Environment =
        [("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_REGION", "eu-west-1")].into_iter().collect();
    for (variable, name, text) in [
        ("AWS_CONFIG_FILE", "config", config),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        environment.set(variable, path.to_str().unwrap());
    }
    environment.set("HOME", folder.to_str().unwrap());
    environment
}

/// Returns the chain's report on a config file, without the line of the environment.
pub(crate) async fn said(config: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut chain = Chain::new(&with_files(folder.path(), config, ""));
    match chain.fetch(Clock::SYSTEM).await {
        Ok(identity) => format!("{}: {}", identity.credentials().access_key_id, identity.source()),
        Err(error) => {
            let text = error.to_string();
            let text = text.split_once("\n  profile (").unwrap().1;
            text.split_once("ms): ").unwrap().1.lines().next().unwrap().to_owned()
        }
    }
}

pub(crate) const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/r\n";
