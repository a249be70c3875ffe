//! The services, and the names that they go by.

use core::fmt;

use super::table::{self, Row};

/// A service that has endpoints here: any of AWS's.
///
/// ```
/// use rolesig_std::config::EndpointService;
///
/// assert_eq!(EndpointService::from("s3"), EndpointService::S3);
/// assert_eq!(EndpointService::from("bedrock-runtime").signing_name(), "bedrock");
/// assert_eq!(EndpointService::from("mine").signing_name(), "mine");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndpointService {
    /// The Security Token Service.
    Sts,
    /// S3. Its endpoint has no bucket: that goes in front of the host, or into the path.
    S3,
    /// The portal of IAM Identity Center, which hands out role credentials.
    Sso,
    /// Its OpenID Connect, which hands out the token for the portal.
    SsoOidc,
    /// Another service, by its name in the AWS CLI, or the first label of its hosts' names:
    /// `dynamodb`, `bedrock-runtime`, `logs`. [`From`] knows the services above.
    Named(&'static str),
}

impl From<&'static str> for EndpointService {
    /// Takes a service's name in the AWS CLI. One that is not known has hosts, signing name and
    /// settings of that name.
    fn from(name: &'static str) -> Self {
        match name {
            "sts" => Self::Sts,
            "s3" => Self::S3,
            "sso" => Self::Sso,
            "sso-oidc" => Self::SsoOidc,
            name => Self::Named(name),
        }
    }
}

impl EndpointService {
    /// Returns the name that its requests are signed for.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::S3 => "s3",
            Self::Sso => "awsssoportal",
            Self::SsoOidc => "sso-oauth",
            Self::Named(name) => table::find(name).map_or(name, |row| row.signing_name),
        }
    }

    /// Returns the first label of its hosts' names.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::S3 => "s3",
            Self::Sso => "portal.sso",
            Self::SsoOidc => "oidc",
            Self::Named(name) => name,
        }
    }

    /// Returns its row in the table of services, if it has one.
    pub(super) fn row(self) -> Option<Row<'static>> {
        match self {
            Self::Named(name) => table::find(name),
            _ => None,
        }
    }

    /// Returns its name in `AWS_ENDPOINT_URL_...` and in `[services ...]`: the service id.
    pub(super) fn names(self) -> (String, String) {
        let id = match self {
            Self::SsoOidc => "sso_oidc".to_owned(),
            Self::Sso => "sso".to_owned(),
            Self::Sts | Self::S3 => self.prefix().to_owned(),
            Self::Named(name) => {
                self.row().map_or_else(|| name.replace(['-', ' '], "_"), |row| row.id.to_owned())
            }
        };
        (format!("AWS_ENDPOINT_URL_{}", id.to_ascii_uppercase()), id.to_ascii_lowercase())
    }
}

impl fmt::Display for EndpointService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sts => "STS",
            Self::S3 => "S3",
            Self::Sso => "SSO",
            Self::SsoOidc => "SSO OIDC",
            Self::Named(name) => name,
        })
    }
}
