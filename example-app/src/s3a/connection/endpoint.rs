//! The place of S3.
//!
//! Source: "Connecting to an Amazon S3 Bucket through the S3A Connector" (Hadoop 3.4).

use rolesig_std::config::BaseUrl;

use crate::configuration::{Configuration, ConfigurationError};
use crate::s3a::table::read::{base_url, refused, region};
use crate::s3a::table::rows;

/// The place of S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSettings {
    /// `fs.s3a.endpoint` as a URL; without a scheme it gets that of
    /// `fs.s3a.connection.ssl.enabled`. `None` for AWS's own endpoint of the region, which the
    /// central `s3.amazonaws.com` also means.
    pub url: Option<BaseUrl>,
    /// `fs.s3a.endpoint.region`. `None` if it is not set, or left to AWS's settings (empty, `sdk`).
    pub region: Option<String>,
    /// True if the bucket is in the path rather than in the host's name:
    /// `fs.s3a.path.style.access`.
    pub path_style: bool,
    /// True if AWS's FIPS endpoints are wanted: `fs.s3a.endpoint.fips`.
    pub fips: bool,
}

const CENTRAL: &str = "s3.amazonaws.com";

impl EndpointSettings {
    pub(in crate::s3a) fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let scheme = if rows::SSL.is_on(configuration)? { "https" } else { "http" };
        let endpoint = rows::ENDPOINT.setting(configuration)?;
        let url = endpoint.as_ref().map(|setting| base_url(setting, scheme)).transpose()?;
        let url = url.filter(|url| url.to_string() != format!("https://{CENTRAL}"));
        let fips = rows::ENDPOINT_FIPS.is_on(configuration)?;
        if let (true, Some(_), Some(endpoint)) = (fips, &url, &endpoint) {
            let fix = "together with fs.s3a.endpoint.fips: leave one of the two out";
            return Err(refused(endpoint, fix));
        }
        Ok(Self {
            url,
            region: region(&rows::ENDPOINT_REGION, configuration)?.filter(|it| it != "sdk"),
            path_style: rows::PATH_STYLE.is_on(configuration)?,
            fips,
        })
    }
}
