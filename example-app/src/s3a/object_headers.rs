//! Headers of each object.
//!
//! Source: "Working with Encrypted S3 Data", "Hadoop-AWS module" (Hadoop 3.4); "`PutObject`" and
//! "`CreateMultipartUpload`" (S3 API Reference).

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::table::read::{invalid, refused};
use super::table::rows;
use crate::configuration::{Configuration, ConfigurationError, Setting};

/// Headers of `PutObject` and of `CreateMultipartUpload`. Requests for parts do not have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders(pub Vec<(HeaderName, HeaderValue)>);

impl ObjectHeaders {
    pub(super) fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let mut headers = Self::default();
        if let Some(acl) = rows::ACL.read(configuration)? {
            headers.push(HeaderName::from_static("x-amz-acl"), HeaderValue::from_static(acl));
        }
        if let Some(class) = rows::STORAGE_CLASS.setting(configuration)? {
            let class = Setting { value: class.value.to_ascii_uppercase().into(), ..class };
            headers.add("x-amz-storage-class", &class)?;
        }
        if let Some(encoding) = rows::CONTENT_ENCODING.setting(configuration)? {
            headers.push(CONTENT_ENCODING, value_of(&encoding)?);
        }
        headers.encryption(configuration)?;
        let prefix = rows::CREATE_HEADER.name;
        for name in configuration.names(prefix) {
            if let Some(setting) = configuration.get(name)? {
                let metadata = name.strip_prefix(prefix).unwrap_or_default();
                headers.add(&format!("x-amz-meta-{metadata}"), &setting)?;
            }
        }
        Ok(headers)
    }

    /// Adds the headers of encryption.
    fn encryption(&mut self, configuration: &Configuration) -> Result<(), ConfigurationError> {
        const HEADER: &str = "x-amz-server-side-encryption";
        let Some(algorithm) = rows::ENCRYPTION_ALGORITHM.setting(configuration)? else {
            return Ok(());
        };
        let scheme = match algorithm.value.as_str() {
            "AES256" => "AES256",
            "SSE-KMS" => "aws:kms",
            "DSSE-KMS" => "aws:kms:dsse",
            "SSE-C" => {
                let fix = "with SSE-C, whose key rolefs takes from no configuration: leave it out, \
                           and give the key with --sse-c-key-file, or choose SSE-KMS";
                return Err(refused(&algorithm, fix));
            }
            cse if cse.starts_with("CSE-") => {
                let fix = "with encryption on the client (CSE): what rolefs would store is not \
                           encrypted: put with S3A, or choose SSE-KMS";
                return Err(refused(&algorithm, fix));
            }
            _ => return Err(invalid(&algorithm, "AES256, SSE-KMS or DSSE-KMS")),
        };
        self.push(HeaderName::from_static(HEADER), HeaderValue::from_static(scheme));
        if scheme == "AES256" {
            return Ok(());
        }
        // Without a key S3 takes the account's own key for S3.
        if let Some(key) = rows::ENCRYPTION_KEY.setting(configuration)? {
            self.add(&format!("{HEADER}-aws-kms-key-id"), &key)?;
        }
        Ok(())
    }

    fn add(&mut self, name: &str, setting: &Setting<'_>) -> Result<(), ConfigurationError> {
        let invalid_name = || invalid(setting, "the setting of a valid header name");
        let header: HeaderName = name.parse().map_err(|_| invalid_name())?;
        if self.0.iter().any(|(known, _)| *known == header) {
            let fix = "beside one that differs in case only: names of metadata ignore case";
            return Err(refused(setting, fix));
        }
        let mut value = value_of(setting)?;
        value.set_sensitive(super::secret::is_secret(setting.written));
        self.push(header, value);
        Ok(())
    }

    fn push(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.push((name, value));
    }
}

fn value_of(setting: &Setting<'_>) -> Result<HeaderValue, ConfigurationError> {
    HeaderValue::from_str(&setting.value)
        .map_err(|_| invalid(setting, "ASCII text, as a header requires"))
}

impl From<ObjectHeaders> for HeaderMap {
    fn from(headers: ObjectHeaders) -> Self {
        headers.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_metadata_that_differ_in_case_only() {
        let mut configuration = Configuration::default();
        for definition in ["fs.s3a.create.header.A=1", "fs.s3a.create.header.a=2"] {
            configuration.define(&definition.parse().unwrap()).unwrap();
        }
        let message = ObjectHeaders::of(&configuration).unwrap_err().to_string();
        assert!(message.ends_with("names of metadata ignore case"), "{message}");
    }
}
