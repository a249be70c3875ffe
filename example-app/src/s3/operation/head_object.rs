//! Objects and directories at a path.

use std::time::SystemTime;

use http::header::{CONTENT_LENGTH, LAST_MODIFIED};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use rolesig::Timestamp;

use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::client::response::missing_of_object;
use crate::s3::content::confirmation::{Confirmation, version_id};
use crate::s3::content::content_hash::ContentHash;
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::s3::error::operation::OperationError;
use crate::s3::error::retry::{Verdict, judge};
use crate::s3::error::s3_error::request_id;
use crate::system::date::StoredTime;
use crate::system::{date, file_time};

/// The kind of a path in S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// Nothing.
    Absent,
    /// An object.
    File,
    /// A prefix of keys that ends with a slash; or a bucket.
    Directory,
}

/// The kind of an existing path in S3, and S3's description of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathStatus {
    /// An object.
    File(Attributes),
    /// A prefix of keys that ends with a slash; or a bucket.
    Directory,
}

/// The attributes of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// The `ETag` of its content.
    pub etag: Option<ETag>,
    /// In bytes.
    pub len: Option<u64>,
    /// When it was stored, as HTTP writes dates.
    pub last_modified: Option<String>,
    /// When the file that was put was last written to, from the metadata that `-put -p` keeps.
    pub mtime: Option<String>,
    /// The rights of the file that was put, from metadata: without the bits that let a program run
    /// as another user.
    pub mode: Option<u32>,
    /// The user and the group of the file that was put, by number, from metadata.
    pub owner: Option<(u32, u32)>,
    /// The hashes of its content, the most trustworthy first.
    pub content_hashes: Vec<ContentHash>,
    /// The storage class; `None` if it is the usual one.
    pub storage_class: Option<String>,
    /// The version, if the bucket keeps versions.
    pub version_id: Option<Box<str>>,
    /// The request id of the response.
    pub request_id: Option<Box<str>>,
}

impl Attributes {
    pub(crate) fn of(head: ObjectHead<'_>) -> Self {
        let headers = head.headers;
        let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            etag: ETag::of(head),
            len: text(CONTENT_LENGTH).and_then(|len| len.parse().ok()),
            // An unreadable time is reported, and is not the same as none at all.
            last_modified: headers
                .get(LAST_MODIFIED)
                .map(|time| String::from_utf8_lossy(time.as_bytes()).into_owned()),
            mtime: text(MTIME),
            mode: text(MODE).and_then(|mode| u32::from_str_radix(&mode, 8).ok()).map(rights),
            owner: text(UID)
                .and_then(|uid| uid.parse().ok())
                .zip(text(GID).and_then(|gid| gid.parse().ok())),
            content_hashes: ContentHash::all_of(head),
            storage_class: text(STORAGE_CLASS),
            version_id: version_id(headers).map(Into::into),
            request_id: request_id(headers).map(Into::into),
        }
    }

    /// Returns what S3 states about the content, as it does when it takes one.
    pub(crate) fn confirmation(&self) -> Confirmation {
        let checksum = self.content_hashes.iter().find_map(ContentHash::checksum);
        let (algorithm, checksum) = checksum.unzip();
        Confirmation {
            etag: self.etag.clone(),
            checksum,
            algorithm,
            version_id: self.version_id.as_deref().map(str::to_owned),
            request_id: self.request_id.as_deref().map(str::to_owned),
        }
    }

    /// Returns when it was stored.
    pub fn stored_at(&self) -> Option<Timestamp> {
        date::stored(self.last_modified.as_deref()?)
    }

    /// Returns when it was stored, or the text that cannot be read.
    pub(crate) fn stored_time(&self) -> StoredTime {
        self.last_modified.as_deref().map(StoredTime::read).unwrap_or_default()
    }

    /// Returns when the file that was put was last written to; if no one kept that, when it was
    /// stored.
    pub fn modified_at(&self) -> Option<SystemTime> {
        let stored = || file_time::of_timestamp(self.stored_at()?);
        self.mtime.as_deref().and_then(file_time::read).or_else(stored)
    }
}

pub(crate) const STORAGE_CLASS: HeaderName = HeaderName::from_static("x-amz-storage-class");
/// rclone's header of the time a file was last written to: seconds since 1970, with a fraction.
pub(crate) const MTIME: HeaderName = HeaderName::from_static("x-amz-meta-mtime");
/// rclone's header of the type and the rights of a file, in octal.
pub(crate) const MODE: HeaderName = HeaderName::from_static("x-amz-meta-mode");
/// rclone's header of the number of a file's user.
pub(crate) const UID: HeaderName = HeaderName::from_static("x-amz-meta-uid");
/// rclone's header of the number of a file's group.
pub(crate) const GID: HeaderName = HeaderName::from_static("x-amz-meta-gid");

/// Returns the rights without the bits that run a program as another user: they must not come from
/// those who can write objects.
const fn rights(mode: u32) -> u32 {
    mode & 0o777
}

/// Makes S3 state the checksums that it keeps.
pub(super) const WITH_CHECKSUMS: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-amz-checksum-mode"), HeaderValue::from_static("ENABLED"));

impl S3 {
    /// Returns the kind of a path. A key is asked for first, then keys below it.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn kind(&self, path: &S3Path) -> Result<PathKind, OperationError> {
        if !path.is_written_as_directory() && self.exists(path).await? {
            return Ok(PathKind::File);
        }
        Ok(if self.is_directory(path).await? { PathKind::Directory } else { PathKind::Absent })
    }

    /// Returns whether there are keys below a path. A bucket is a directory, even an empty one.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn is_directory(&self, path: &S3Path) -> Result<bool, OperationError> {
        let page = self.list_page(path, &path.directory_prefix(), "", 1, None).await?;
        Ok(path.key().is_empty() || !page.is_empty())
    }

    /// Returns the nearest object that `path` would lie below; `None` if there is none up to the
    /// first directory that has something in it.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn object_above(&self, path: &S3Path) -> Result<Option<S3Path>, OperationError> {
        let mut above = path.parent().filter(|parent| !parent.key().is_empty());
        while let Some(parent) = above {
            match self.status(&parent).await? {
                Some(PathStatus::File(_)) => return Ok(Some(parent)),
                Some(PathStatus::Directory) => return Ok(None),
                None => above = parent.parent().filter(|parent| !parent.key().is_empty()),
            }
        }
        Ok(None)
    }

    /// Returns whether there is an object with this key.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn exists(&self, path: &S3Path) -> Result<bool, OperationError> {
        Ok(self.stat(path).await?.is_some())
    }

    /// Returns the attributes of an object; `None` if there is none.
    ///
    /// Source: `HeadObject`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn stat(&self, path: &S3Path) -> Result<Option<Attributes>, OperationError> {
        self.attributes(self.content_head(Method::HEAD, path, &[])?, path).await
    }

    /// Returns the attributes and the checksums that S3 keeps. They are left out if this role is
    /// not allowed to decrypt what KMS encrypts, which S3 then requires.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn stat_with_checksums(
        &self,
        path: &S3Path,
    ) -> Result<Option<Attributes>, OperationError> {
        let mut head = self.content_head(Method::HEAD, path, &[])?;
        head.headers_mut().extend([WITH_CHECKSUMS]);
        match self.attributes(head, path).await {
            Err(OperationError::Refused(error)) if error.status == StatusCode::FORBIDDEN => {
                self.stat(path).await
            }
            found => found,
        }
    }

    /// Returns the length in bytes of the first part of an object in parts; `None` if the store
    /// does not report it.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn first_part_len(&self, path: &S3Path) -> Result<Option<u64>, OperationError> {
        let head = self.content_head(Method::HEAD, path, &[("partNumber", "1")])?;
        let response = self.exchange(&head, bytes::Bytes::new()).await?;
        match self.success(response).await {
            Ok(response) if response.status() == StatusCode::PARTIAL_CONTENT => {
                Ok(Attributes::of(ObjectHead::of(&response)).len)
            }
            Err(error) if judge(&error) != Verdict::Final => Err(error),
            _ => Ok(None),
        }
    }

    async fn attributes(
        &self,
        head: Request<()>,
        path: &S3Path,
    ) -> Result<Option<Attributes>, OperationError> {
        let response = self.exchange(&head, bytes::Bytes::new()).await?;
        match response.status() {
            StatusCode::OK => match missing_of_object(ObjectHead::of(&response)) {
                None => Ok(Some(Attributes::of(ObjectHead::of(&response)))),
                Some(missing) => Err(OperationError::NotS3(missing)),
            },
            StatusCode::NOT_FOUND => Ok(None),
            // The response to HEAD has no body to say why; the response to GET has, and its request
            // may be sent again for it.
            _ => match self.get(path, false).await {
                Err(OperationError::Refused(error)) if error.status == StatusCode::NOT_FOUND => {
                    Ok(None)
                }
                got => got.map(|response| Some(Attributes::of(ObjectHead::of(&response)))),
            },
        }
    }

    /// Returns the kind and the attributes of a path; `None` if there is nothing. The request is
    /// [retried](Self::retry).
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn status(&self, path: &S3Path) -> Result<Option<PathStatus>, OperationError> {
        self.retry(async |s3| {
            if !path.is_written_as_directory()
                && let Some(attributes) = s3.stat(path).await?
            {
                return Ok(Some(PathStatus::File(attributes)));
            }
            Ok(s3.is_directory(path).await?.then_some(PathStatus::Directory))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::time::UNIX_EPOCH;

    use http::HeaderMap;

    use super::*;

    #[test]
    fn reads_rights_and_owners_of_the_file() {
        let of = |mode: &'static str, uid: &'static str| {
            let mut all = HeaderMap::new();
            for (name, value) in [(MODE, mode), (UID, uid), (GID, "7")] {
                all.insert(name, value.parse().unwrap());
            }
            let attributes = Attributes::of(ObjectHead::in_general_bucket(&all));
            (attributes.mode, attributes.owner)
        };
        assert_eq!(of("0100640", "5"), (Some(0o640), Some((5, 7))));
        assert_eq!(of("0104755", "-1"), (Some(0o755), None));
        assert_eq!(of("9", ""), (None, None));
    }

    #[test]
    fn keeps_a_time_that_cannot_be_read() {
        let stored_time = |value: &[u8]| {
            let value = HeaderValue::from_bytes(value).unwrap();
            let headers = HeaderMap::from_iter([(LAST_MODIFIED, value)]);
            Attributes::of(ObjectHead::in_general_bucket(&headers)).stored_time()
        };
        for value in [&b"Sun, 30 Aug 2015 12:36:00 GM\xff"[..], "30 août 2015".as_bytes(), b"x"] {
            assert!(matches!(stored_time(value), StoredTime::Unreadable(_)), "{value:?}");
        }
    }

    #[test]
    fn prefers_the_time_of_the_file() {
        let at = |mtime: Option<&str>| {
            let attributes = Attributes {
                last_modified: Some("Sun, 30 Aug 2015 12:36:00 GMT".to_owned()),
                mtime: mtime.map(str::to_owned),
                ..Attributes::default()
            };
            attributes.modified_at().unwrap()
        };
        let since = |seconds, nanoseconds| UNIX_EPOCH + Duration::new(seconds, nanoseconds);
        let stored = since(1_440_938_160, 0);
        for (mtime, expected) in [
            (Some("981173106.000000001"), since(981_173_106, 1)),
            (Some("981173106.5"), since(981_173_106, 500_000_000)),
            (Some("981173106"), since(981_173_106, 0)),
            (Some("1.0123456789"), since(1, 12_345_678)),
            (Some("-5"), UNIX_EPOCH - Duration::from_secs(5)),
            (Some("-0.5"), UNIX_EPOCH - Duration::from_millis(500)),
            (Some("yesterday"), stored),
            (Some("1.x"), stored),
            (None, stored),
        ] {
            assert_eq!(at(mtime), expected, "{mtime:?}");
        }
    }
}
