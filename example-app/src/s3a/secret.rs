//! Which settings are secret.

/// What is shown for a secret.
pub const MASK: &str = "********";

/// Whether the value of a setting may be a secret, by its name; or a value as it is written, if it
/// refers to such a name.
///
/// Source: `hadoop.security.sensitive-config-keys` (`core-default.xml`, Hadoop 3.4), and more.
pub fn is_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words = ["secret", "password", "token", "session.key", "encryption.key", "keystore.pass"];
    words.iter().any(|word| text.contains(word)) && !text.contains("delegation.token")
}

/// Whether S3A reads a setting as a password (`S3AUtils.lookupPassword`): from keystores, too, and
/// under a bucket's name with the whole name behind it.
pub(super) fn is_password(name: &str) -> bool {
    const PASSWORDS: [&str; 9] = [
        "fs.s3a.access.key",
        "fs.s3a.secret.key",
        "fs.s3a.session.token",
        "fs.s3a.encryption.algorithm",
        "fs.s3a.encryption.key",
        "fs.s3a.server-side-encryption-algorithm",
        "fs.s3a.server-side-encryption.key",
        "fs.s3a.proxy.username",
        "fs.s3a.proxy.password",
    ];
    PASSWORDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for secret in [
            "fs.s3a.secret.key",
            "fs.s3a.bucket.b.session.token",
            "fs.s3a.server-side-encryption.key",
            "fs.s3a.bucket.b.fs.s3a.encryption.key",
            "fs.s3a.proxy.password",
            "${env.AWS_SECRET_ACCESS_KEY}",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for open in ["fs.s3a.access.key", "fs.s3a.encryption.algorithm", "fs.s3a.endpoint"] {
            assert!(!is_secret(open), "{open}");
        }
    }
}
