//! What is configured, in a short text: two programs with the same get the same credentials.

use sha2::{Digest as _, Sha256};

use crate::environment::Environment;
use crate::profile_files::ProfileFiles;

/// Those of the environment's variables that the chain reads, but for secrets. An access key id
/// stands for the secrets that belong to it.
const VARIABLES: [&str; 25] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
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
];

/// Settings of profiles that are secret, or have secrets in them.
const SECRETS: [&str; 3] = ["aws_secret_access_key", "aws_session_token", "aws_security_token"];

/// A hash of it all.
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
