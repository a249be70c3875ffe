//! What is sent with each object.
//!
//! Source: "Working with Encrypted S3 Data", "Hadoop-AWS module" (Hadoop 3.4); "`PutObject`" and
//! "`CreateMultipartUpload`" (S3 API Reference).

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::read::{invalid, refused};
use crate::configuration::{Configuration, ConfigurationError, Setting};

/// Headers of `PutObject` and of `CreateMultipartUpload`, of requests for parts they are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders(pub Vec<(HeaderName, HeaderValue)>);

/// As S3A writes canned ACLs, and as S3 does.
const ACLS: [(&str, &str); 8] = [
    ("Private", "private"),
    ("PublicRead", "public-read"),
    ("PublicReadWrite", "public-read-write"),
    ("AuthenticatedRead", "authenticated-read"),
    ("AwsExecRead", "aws-exec-read"),
    ("LogDeliveryWrite", "log-delivery-write"),
    ("BucketOwnerRead", "bucket-owner-read"),
    ("BucketOwnerFullControl", "bucket-owner-full-control"),
];

const CREATE_HEADER: &str = "fs.s3a.create.header.";

impl ObjectHeaders {
    pub(super) fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let mut headers = Self::default();
        if let Some(acl) = configuration.get("fs.s3a.acl.default")? {
            let known = ACLS.iter().find(|(s3a, s3)| [*s3a, *s3].contains(&acl.value.as_str()));
            let expected = "a canned ACL such as BucketOwnerFullControl";
            let (_, value) = known.ok_or_else(|| invalid(&acl, expected))?;
            headers.push(HeaderName::from_static("x-amz-acl"), HeaderValue::from_static(value));
        }
        if let Some(class) = configuration.get("fs.s3a.create.storage.class")? {
            let class = Setting { value: class.value.to_ascii_uppercase().into(), ..class };
            headers.add("x-amz-storage-class", &class)?;
        }
        if let Some(encoding) = configuration.get("fs.s3a.object.content.encoding")? {
            headers.push(CONTENT_ENCODING, value_of(&encoding)?);
        }
        headers.encryption(configuration)?;
        for name in configuration.names(CREATE_HEADER) {
            if let Some(setting) = configuration.get(name)? {
                let own = name.strip_prefix(CREATE_HEADER).unwrap_or_default();
                headers.add(&format!("x-amz-meta-{own}"), &setting)?;
            }
        }
        Ok(headers)
    }

    fn encryption(&mut self, configuration: &Configuration) -> Result<(), ConfigurationError> {
        const HEADER: &str = "x-amz-server-side-encryption";
        let Some(algorithm) = configuration.get("fs.s3a.encryption.algorithm")? else {
            return Ok(());
        };
        let scheme = match algorithm.value.as_str() {
            "AES256" => "AES256",
            "SSE-KMS" => "aws:kms",
            "DSSE-KMS" => "aws:kms:dsse",
            "SSE-C" => {
                let fix = "with SSE-C, whose keys rolefs does not send: put with S3A, or choose \
                           SSE-KMS";
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
        // Without a key S3 takes the account's own for S3.
        if let Some(key) = configuration.get("fs.s3a.encryption.key")? {
            self.add(&format!("{HEADER}-aws-kms-key-id"), &key)?;
        }
        if let Some(context) = configuration.get("fs.s3a.encryption.context")? {
            let fix = "for rolefs sends no encryption context: put with S3A, or leave it out if no \
                       key's policy asks for it";
            return Err(refused(&context, fix));
        }
        Ok(())
    }

    fn add(&mut self, name: &str, setting: &Setting<'_>) -> Result<(), ConfigurationError> {
        let invalid_name = || invalid(setting, "for a name that a header can have");
        let header = name.parse().map_err(|_| invalid_name())?;
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
        .map_err(|_| invalid(setting, "a text of ASCII characters, as a header's must be"))
}

impl From<ObjectHeaders> for HeaderMap {
    fn from(headers: ObjectHeaders) -> Self {
        headers.0.into_iter().collect()
    }
}
