//! The settings of S3A (`fs.s3a.*`) for a bucket.
//!
//! [`table`] is the one table of all settings: which of them are followed, refused or ignored, and
//! why. `docs/settings.md` is made of it. The other modules read the followed ones.
//!
//! Source: "Hadoop-AWS module: Integration with Amazon Web Services" (Hadoop 3.4), and the pages it
//! links to; defaults are those of 3.4.

use crate::configuration::{Configuration, ConfigurationError};
use crate::s3::client::ListVersion;
use crate::s3::client::timeouts::S3Timeouts;
use crate::transfer::upload::UploadSettings;

pub mod bucket;
mod connection;
mod credentials;
pub mod emrfs;
mod object_headers;
mod refused;
pub mod secret;
pub mod table;
mod upload;
pub mod warnings;

pub use connection::{EndpointSettings, ProxySettings};
pub use credentials::{
    CredentialSettings, KeySettings, ProviderClass, RoleConflictError, RoleMapping, RoleSettings,
};
pub use object_headers::ObjectHeaders;
use table::rows;

/// The settings of S3A for a bucket, as far as rolefs follows them.
#[derive(Debug)]
pub struct S3aSettings {
    /// The sources of credentials.
    pub credentials: CredentialSettings,
    /// The place of S3.
    pub endpoint: EndpointSettings,
    /// The sizes, retries and checksums of uploads.
    pub upload: UploadSettings,
    /// The time limits for responses of S3.
    pub timeouts: S3Timeouts,
    /// The version of the operation that lists keys: `fs.s3a.list.version`.
    pub list_version: ListVersion,
    /// The headers of each object.
    pub object_headers: ObjectHeaders,
    /// The roles by user, group or prefix: `fs.s3a.authorization.roleMapping`.
    pub role_mapping: Option<RoleMapping>,
    /// True if the caller pays: `x-amz-request-payer: requester` in each request.
    pub requester_pays: bool,
    /// True if what is read is compared with S3's checksums: `fs.s3a.checksum.validation`.
    pub checksum_validation: Option<bool>,
    /// The proxy for S3 and STS, if one is set.
    pub proxy: Option<ProxySettings>,
}

impl S3aSettings {
    /// Reads a [bucket's](bucket::of_bucket) configuration.
    ///
    /// # Errors
    /// If a value is invalid, or a setting is [refused](table::Treatment::Refused).
    pub fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        refused::check(configuration)?;
        Ok(Self {
            credentials: CredentialSettings::of(configuration)?,
            endpoint: EndpointSettings::of(configuration)?,
            upload: upload::settings(configuration)?,
            timeouts: connection::timeouts(configuration)?,
            list_version: rows::LIST_VERSION.read(configuration)?.unwrap_or_default(),
            object_headers: ObjectHeaders::of(configuration)?,
            role_mapping: RoleMapping::of(configuration)?,
            requester_pays: rows::REQUESTER_PAYS.is_on(configuration)?,
            checksum_validation: rows::CHECKSUM_VALIDATION.read(configuration)?,
            proxy: ProxySettings::of(configuration)?,
        })
    }
}

#[cfg(test)]
mod tests;
