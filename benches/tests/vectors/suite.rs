//! The cases of the suite, in cargo's cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::Value;

/// Returns the public key that belongs to the case's credentials.
pub(crate) fn public_key(case: &Path) -> UnparsedPublicKey<Vec<u8>> {
    let point: Value = serde_json::from_str(&text(case, "public-key.json")).unwrap();
    let [x, y] = ["X", "Y"].map(|name| point[name].as_str().unwrap());
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, hex::decode(format!("04{x}{y}")).unwrap())
}

pub(crate) fn cases(scheme: &str) -> Vec<PathBuf> {
    let mut cases: Vec<_> = fs::read_dir(suite().join(scheme))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

pub(crate) fn name(case: &Path) -> &str {
    case.file_name().unwrap().to_str().unwrap()
}

pub(crate) fn text(case: &Path, file: &str) -> String {
    fs::read_to_string(case.join(file)).unwrap_or_else(|error| panic!("{case:?}/{file}: {error}"))
}

/// Returns the folder of the suite, in the source of the locked version of `aws-sigv4`.
pub(crate) fn suite() -> PathBuf {
    let metadata = metadata(&["--offline"]).or_else(|_| metadata(&[])).unwrap();
    let manifest = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "aws-sigv4")
        .and_then(|package| package["manifest_path"].as_str())
        .unwrap();
    Path::new(manifest).with_file_name("aws-signing-test-suite")
}

/// Returns cargo's metadata of the packages for this host: other packages can be missing.
pub(crate) fn metadata(network: &[&str]) -> Result<Value, String> {
    let cargo = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(network)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    };
    let version = String::from_utf8(cargo(&["-vV"])?).map_err(|error| error.to_string())?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("no host")?;
    let metadata = cargo(&["metadata", "--format-version", "1", "--filter-platform", host])?;
    serde_json::from_slice(&metadata).map_err(|error| error.to_string())
}
