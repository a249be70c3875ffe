//! The source of credentials.

use std::fmt;

use rolesig::Renewal;

/// Seconds that the session of a role lasts at the most: "Maximum session duration" of a role, IAM
/// User Guide.
pub(crate) const LONGEST_SESSION: u64 = 12 * 60 * 60;

/// The source of credentials. `Display` describes it for people.
///
/// ```
/// use rolesig::Renewal;
/// use rolesig_std::Source;
///
/// let role_arn = "arn:aws:iam::123456789012:role/worker".to_owned();
/// let source = Source::AssumedRole { role_arn, by: Box::new(Source::Environment) };
/// assert_eq!(
///     source.to_string(),
///     "role arn:aws:iam::123456789012:role/worker, assumed with environment variables",
/// );
/// assert_eq!((source.kind(), source.renewal()), ("assume-role", Renewal::Ahead));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Environment variables.
    Environment,
    /// Keys in a program's own settings.
    Settings {
        /// The source in words.
        of: &'static str,
    },
    /// Keys in a profile.
    Profile {
        /// Its name.
        profile: String,
    },
    /// A program that a profile names.
    Process {
        /// The profile's name.
        profile: String,
    },
    /// IAM Identity Center.
    Sso {
        /// The account that was chosen.
        account_id: String,
        /// The role in it, which is a permission set.
        role: String,
    },
    /// A role that was assumed at STS with other credentials.
    AssumedRole {
        /// The role's ARN.
        role_arn: String,
        /// The source of those credentials.
        by: Box<Self>,
    },
    /// A role that was assumed at STS with the token of another identity provider.
    WebIdentity {
        /// The role's ARN.
        role_arn: String,
    },
    /// The endpoint for containers: ECS, EKS Pod Identity and others.
    Container {
        /// The URL that was asked.
        endpoint: String,
    },
    /// The instance metadata service.
    Imds {
        /// The URL that was asked.
        endpoint: String,
        /// The role of the instance.
        role: String,
    },
    /// A file in which another process stored its credentials.
    SharedFile {
        /// The source of the other process, in words.
        from: String,
    },
    /// A provider of the program's own.
    Custom {
        /// Its name, for people.
        name: String,
    },
}

impl Source {
    /// Returns whether the credentials are a role's, as opposed to a user's. For keys in a profile
    /// and those of a program this is not known.
    pub const fn is_role(&self) -> bool {
        matches!(
            self,
            Self::Sso { .. }
                | Self::AssumedRole { .. }
                | Self::WebIdentity { .. }
                | Self::Container { .. }
                | Self::Imds { .. }
        )
    }

    /// Returns when such credentials are renewed, and whether they are used after their expiry
    /// while their provider fails: [`Renewal::Ahead`] for a role's, whose provider is a service of
    /// AWS.
    ///
    /// Source: the providers that AWS's SDKs make eligible for static stability (smithy-rs, pull
    /// request 4796; aws-sdk-java-v2, pull request 7031).
    pub const fn renewal(&self) -> Renewal {
        if self.is_role() { Renewal::Ahead } else { Renewal::JustInTime }
    }

    /// Returns the most seconds that such credentials are valid for, whatever their provider says:
    /// 12 hours for a role's, the longest session that IAM allows. `None` if there is no bound.
    pub const fn longest_life(&self) -> Option<u64> {
        if self.is_role() { Some(LONGEST_SESSION) } else { None }
    }

    /// Returns the names of the access key id, the secret access key and the session token there.
    pub(super) const fn names(&self) -> [&'static str; 3] {
        match self {
            Self::Environment => {
                ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
            }
            Self::Profile { .. } => {
                ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
            }
            Self::Process { .. } => ["AccessKeyId", "SecretAccessKey", "SessionToken"],
            Self::Container { .. } | Self::Imds { .. } => {
                ["AccessKeyId", "SecretAccessKey", "Token"]
            }
            _ => ["the access key id", "the secret access key", "the session token"],
        }
    }

    /// Returns the kind of provider in a word, for programs.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Settings { .. } => "settings",
            Self::Profile { .. } => "profile",
            Self::Process { .. } => "process",
            Self::Sso { .. } => "sso",
            Self::AssumedRole { .. } => "assume-role",
            Self::WebIdentity { .. } => "web-identity",
            Self::Container { .. } => "container",
            Self::Imds { .. } => "imds",
            Self::SharedFile { .. } => "shared-file",
            Self::Custom { .. } => "custom",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("environment variables"),
            Self::Settings { of } => f.write_str(of),
            Self::Profile { profile } => write!(f, "profile {profile}"),
            Self::Process { profile } => write!(f, "credential_process of profile {profile}"),
            Self::Sso { account_id, role } => {
                write!(f, "role {role} of account {account_id}, IAM Identity Center")
            }
            Self::AssumedRole { role_arn, by } => write!(f, "role {role_arn}, assumed with {by}"),
            Self::WebIdentity { role_arn } => {
                write!(f, "role {role_arn}, assumed with a web identity token")
            }
            Self::Container { endpoint } => write!(f, "container endpoint at {endpoint}"),
            Self::Imds { endpoint, role } => {
                write!(f, "role {role}, instance metadata service (IMDSv2) at {endpoint}")
            }
            Self::SharedFile { from } => write!(f, "{from}, fetched by another process"),
            Self::Custom { name } => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Vec<(Source, Renewal)> {
        let text = String::new;
        let role = Source::WebIdentity { role_arn: text() };
        vec![
            (Source::Environment, Renewal::JustInTime),
            (Source::Settings { of: "" }, Renewal::JustInTime),
            (Source::Profile { profile: text() }, Renewal::JustInTime),
            (Source::Process { profile: text() }, Renewal::JustInTime),
            (Source::SharedFile { from: text() }, Renewal::JustInTime),
            (Source::Custom { name: text() }, Renewal::JustInTime),
            (Source::Sso { account_id: text(), role: text() }, Renewal::Ahead),
            (Source::AssumedRole { role_arn: text(), by: Box::new(role.clone()) }, Renewal::Ahead),
            (role, Renewal::Ahead),
            (Source::Container { endpoint: text() }, Renewal::Ahead),
            (Source::Imds { endpoint: text(), role: text() }, Renewal::Ahead),
        ]
    }

    #[test]
    fn renews_ahead_and_bounds_only_roles() {
        for (source, renewal) in sources() {
            assert_eq!(source.renewal(), renewal, "{source:?}");
            let bound = (renewal == Renewal::Ahead).then_some(43_200);
            assert_eq!(source.longest_life(), bound, "{source:?}");
        }
    }
}
