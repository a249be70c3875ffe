//! Where S3 is.
//!
//! Source: "Connecting to an Amazon S3 Bucket through the S3A Connector" (Hadoop 3.4).

use rolesig_std::url::BaseUrl;

use super::read::{Read as _, base_url, refused};
use crate::configuration::{Configuration, ConfigurationError};

/// Where S3 is, as S3A's settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSettings {
    /// `fs.s3a.endpoint` as a URL; what says no scheme gets the one of
    /// `fs.s3a.connection.ssl.enabled`. `None` for AWS's own in the region, which the central
    /// `s3.amazonaws.com` means, too.
    pub url: Option<BaseUrl>,
    /// `fs.s3a.endpoint.region`. `None` if it is not said, or left to AWS's settings (empty, `sdk`).
    pub region: Option<String>,
    /// Whether the bucket stands in the path rather than in the host's name:
    /// `fs.s3a.path.style.access`.
    pub path_style: bool,
    /// Whether AWS's FIPS endpoints are wanted: `fs.s3a.endpoint.fips`.
    pub fips: bool,
}

const CENTRAL: &str = "s3.amazonaws.com";

impl EndpointSettings {
    pub(super) fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let scheme =
            if configuration.is_true("fs.s3a.connection.ssl.enabled")? { "https" } else { "http" };
        let endpoint = configuration.get("fs.s3a.endpoint")?;
        let url = endpoint.as_ref().map(|setting| base_url(setting, scheme)).transpose()?;
        let url = url.filter(|url| url.to_string() != format!("https://{CENTRAL}"));
        let fips = configuration.is_true("fs.s3a.endpoint.fips")?;
        if let (true, Some(_), Some(endpoint)) = (fips, &url, &endpoint) {
            let fix = "together with fs.s3a.endpoint.fips: leave one of the two out";
            return Err(refused(endpoint, fix));
        }
        let region = configuration.text("fs.s3a.endpoint.region")?;
        Ok(Self {
            url,
            region: region.filter(|region| region != "sdk"),
            path_style: configuration.is_true("fs.s3a.path.style.access")?,
            fips,
        })
    }
}
