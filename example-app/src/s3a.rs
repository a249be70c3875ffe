//! What S3A's settings (`fs.s3a.*`) say about a bucket.
//!
//! Source: "Hadoop-AWS module: Integration with Amazon Web Services" (Hadoop 3.4), and the pages it
//! links to; defaults are those of 3.4.

use crate::configuration::{Configuration, ConfigurationError};

pub mod bucket;
mod credentials;
pub mod defaults;
pub mod emrfs;
mod endpoint;
pub mod known;
mod object_headers;
mod provider_class;
mod proxy;
mod read;
mod refused;
mod retry;
pub mod role_mapping;
pub mod secret;
pub(crate) mod upload;

pub use credentials::{CredentialSettings, KeySettings, RoleSettings};
pub use endpoint::EndpointSettings;
pub use object_headers::ObjectHeaders;
pub use provider_class::ProviderClass;
pub use proxy::ProxySettings;

pub use role_mapping::RoleMapping;

use read::Read as _;

use crate::s3::client::ListVersion;
use crate::s3::client::timeouts::Timeouts;
use crate::upload::UploadSettings;

/// S3A's settings for a bucket, as far as rolefs has a use for them.
#[derive(Debug)]
pub struct S3aSettings {
    /// Which credentials, from where.
    pub credentials: CredentialSettings,
    /// Where S3 is.
    pub endpoint: EndpointSettings,
    /// How objects are cut up, sent, and sent again.
    pub upload: UploadSettings,
    /// How long S3 is waited for.
    pub timeouts: Timeouts,
    /// Which version of the operation lists keys: `fs.s3a.list.version`.
    pub list_version: ListVersion,
    /// What is sent with each object.
    pub object_headers: ObjectHeaders,
    /// Which role is assumed for whom: `fs.s3a.authorization.roleMapping`.
    pub role_mapping: Option<RoleMapping>,
    /// Whether the caller pays: `x-amz-request-payer: requester` in each request.
    pub requester_pays: bool,
    /// Through which proxy S3 and STS are asked, if one is set.
    pub proxy: Option<ProxySettings>,
}

impl S3aSettings {
    /// Reads a [bucket's](bucket::of_bucket) configuration.
    ///
    /// # Errors
    /// If a setting has a value that it cannot have, or is one that rolefs must not ignore.
    pub fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        refused::check(configuration)?;
        Ok(Self {
            credentials: CredentialSettings::of(configuration)?,
            endpoint: EndpointSettings::of(configuration)?,
            upload: upload::settings(configuration)?,
            timeouts: retry::timeouts(configuration)?,
            list_version: list_version(configuration)?,
            object_headers: ObjectHeaders::of(configuration)?,
            role_mapping: RoleMapping::of(configuration)?,
            requester_pays: configuration.is_true("fs.s3a.requester.pays.enabled")?,
            proxy: ProxySettings::of(configuration)?,
        })
    }
}

/// S3A takes 2 for what is neither 1 nor 2; here it is an error.
fn list_version(configuration: &Configuration) -> Result<ListVersion, ConfigurationError> {
    let Some(setting) = configuration.get("fs.s3a.list.version")? else {
        return Ok(ListVersion::default());
    };
    match setting.value.trim() {
        "1" => Ok(ListVersion::V1),
        "2" => Ok(ListVersion::V2),
        _ => Err(read::invalid(&setting, "1 or 2")),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vendors;
