//! The services, and the names that they go by.

use core::fmt;

/// A service that has endpoints here.
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
}

impl EndpointService {
    /// Returns the first label of its hosts' names.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::S3 => "s3",
            Self::Sso => "portal.sso",
            Self::SsoOidc => "oidc",
        }
    }

    /// Returns its name in `AWS_ENDPOINT_URL_...` and in `[services ...]`: the service id.
    pub(super) const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Sts => ("AWS_ENDPOINT_URL_STS", "sts"),
            Self::S3 => ("AWS_ENDPOINT_URL_S3", "s3"),
            Self::Sso => ("AWS_ENDPOINT_URL_SSO", "sso"),
            Self::SsoOidc => ("AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc"),
        }
    }
}

impl fmt::Display for EndpointService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sts => "STS",
            Self::S3 => "S3",
            Self::Sso => "SSO",
            Self::SsoOidc => "SSO OIDC",
        })
    }
}
