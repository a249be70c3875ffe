//! The configuration in a short text: two programs with the same text get the same credentials.

use sha2::{Digest as _, Sha256};

use crate::config::environment::Environment;
use crate::config::profile_files::ProfileFiles;

/// The environment's variables that the chain reads, except secrets. An access key id stands for
/// the secrets that belong to it.
const VARIABLES: [&str; 29] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_INSTANCE_PROFILE_NAME",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "USERPROFILE",
];

/// Settings of profiles that are secret, or have secrets in them. Credentials from a program are
/// not shared.
const SECRETS: [&str; 4] =
    ["aws_secret_access_key", "aws_session_token", "aws_security_token", "credential_process"];

/// Hashes the configuration.
pub(super) fn of(environment: &Environment, files: Option<&ProfileFiles>) -> String {
    let mut hash = Sha256::new();
    // With lengths, so that no two settings look like others.
    let mut take = |parts: [&str; 4]| {
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
    };
    if environment.is_profile_named() {
        take(["", "", "", "a profile is named"]);
    }
    for name in VARIABLES {
        if let Some(value) = environment.get(name) {
            take(["", "", name, value]);
        }
    }
    for profile in files.into_iter().flat_map(ProfileFiles::all_sections) {
        for (setting, subsetting, value) in profile.settings() {
            if !SECRETS.contains(&setting) {
                let whole = [setting, subsetting.unwrap_or_default()].join(".");
                take([profile.name(), "", &whole, value]);
            }
        }
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use crate::config::environment::Environment;
    use crate::provider::chain::Chain;

    /// Creates the files that Linux has on a host, in a container's network.
    fn proc(folder: &Path, boot: &str, hostname: &str, network: &str) -> PathBuf {
        let proc = folder.join([boot, hostname, network].join("-"));
        for (file, text) in [("random/boot_id", boot), ("hostname", hostname)] {
            let path = proc.join("sys/kernel").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir_all(proc.join("self/ns")).unwrap();
        fs::write(proc.join(network), "").unwrap();
        // `net:[4026531840]` on Linux.
        #[cfg(unix)]
        std::os::unix::fs::symlink(network, proc.join("self/ns/net")).unwrap();
        proc
    }

    fn chain(folder: &Path, variables: &[(&str, &str)]) -> Chain {
        let mut environment: Environment = variables.iter().copied().collect();
        environment.set("HOME", folder.to_str().unwrap());
        Chain::new(&environment)
    }

    #[cfg(unix)]
    #[test]
    fn distinguishes_hosts_and_containers_with_the_same_settings() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let agent = "http://169.254.170.23/v1/credentials";
        let token = folder.join("token");
        // {"iss":"i","sub":"s"}
        fs::write(&token, "e30.eyJpc3MiOiJpIiwic3ViIjoicyJ9.c2ln").unwrap();
        let imds = chain(folder, &[]);
        let container = chain(
            folder,
            &[
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.to_str().unwrap()),
            ],
        );
        let one = proc(folder, "b1", "h1", "n1");
        for chain in [imds, container] {
            let key = chain.key_on(&one);
            assert!(key.is_some());
            assert_eq!(chain.key_on(&one), key);
            for (boot, hostname, network) in
                [("b2", "h1", "n1"), ("b1", "h2", "n1"), ("b1", "h1", "n2")]
            {
                let other = chain.key_on(&proc(folder, boot, hostname, network));
                assert!(other.is_some() && other != key, "{boot} {hostname} {network}");
            }
            for lost in ["sys/kernel/random/boot_id", "sys/kernel/hostname", "self/ns/net"] {
                let other = proc(folder, "b3", "h3", lost.rsplit('/').next().unwrap());
                fs::remove_file(other.join(lost)).unwrap();
                assert_eq!(chain.key_on(&other), None, "{lost}");
                fs::remove_dir_all(other).unwrap();
            }
            for path in ["b2-h1-n1", "b1-h2-n1", "b1-h1-n2"] {
                fs::remove_dir_all(folder.join(path)).unwrap();
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn distinguishes_the_roles_of_an_instance() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let host = proc(folder, "b", "h", "n");
        let key = |role| chain(folder, &[("AWS_EC2_INSTANCE_PROFILE_NAME", role)]).key_on(&host);
        let one = key("one");
        assert!(one.is_some());
        assert_eq!(key("one"), one);
        assert_ne!(key("two"), one);
        assert_ne!(key(""), one);
    }

    #[cfg(unix)]
    #[test]
    fn includes_an_environment_token_in_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let host = proc(folder, "b", "h", "n");
        let key = |token| {
            let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/");
            let variables = [uri, ("AWS_CONTAINER_AUTHORIZATION_TOKEN", token)];
            chain(folder, &variables).key_on(&host)
        };
        let one = key("0123456789abcdef");
        assert!(one.is_some());
        assert_eq!(key("0123456789abcdef"), one);
        assert_ne!(key("fedcba9876543210"), one);
        assert_ne!(key(""), one);
        assert_eq!(key("1234"), None, "its hash would reveal it");
    }
}
