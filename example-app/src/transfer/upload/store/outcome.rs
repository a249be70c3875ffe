//! The state of an object after a request whose response was lost.

use md5::{Digest as _, Md5};
use tokio::task::spawn_blocking;

use crate::s3::Attributes;
use crate::s3::content::etag::ETag;
use crate::s3::content::span::Span;
use crate::s3::operation::multipart_upload::StoredPart;
use crate::transfer::upload::error::UploadError;
use crate::transfer::upload::target::UploadTarget;
use crate::transfer::upload::uploader::Uploader;

/// The object at a target, compared with what was sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// The object that was sent, of this `ETag`.
    This(ETag),
    /// Another object, or none.
    Other,
    /// An object that cannot be compared: not every store's `ETag` is an MD5.
    Unknown,
}

impl Stored {
    /// Compares an object with the span that was sent, by its MD5.
    async fn of_span(found: Option<Attributes>, span: &Span) -> Self {
        let Some(found) = found.filter(|found| found.len == Some(span.len)) else {
            return Self::Other;
        };
        let Some(etag) = found.etag else { return Self::Unknown };
        let span = span.clone();
        let md5 = spawn_blocking(move || span.file.hash::<Md5>(span.offset, span.len)).await;
        let Ok(Ok(md5)) = md5 else { return Self::Unknown };
        let is_this = etag == ETag::of_md5(md5.finalize().into());
        if is_this { Self::This(etag) } else { Self::Unknown }
    }

    /// Compares an object with the one that these parts make.
    fn of_parts(found: Option<Attributes>, parts: &[StoredPart]) -> Self {
        let Some(found) = found else { return Self::Other };
        let expected = ETag::of_parts(parts.iter().map(|part| &part.etag));
        let (Some(expected), Some(etag)) = (expected, found.etag) else { return Self::Unknown };
        if etag == expected {
            return Self::This(etag);
        }
        // As many parts, but no MD5s: a key of KMS encrypts them, for one.
        if etag.parts() == expected.parts() { Self::Unknown } else { Self::Other }
    }
}

impl Uploader<'_> {
    /// Checks whether the object at a target is this span.
    pub(super) async fn stored_span(&self, span: &Span, target: &UploadTarget<'_>) -> Stored {
        match self.found_at(target).await {
            Ok(found) => Stored::of_span(found, span).await,
            Err(_) => Stored::Unknown,
        }
    }

    /// Checks whether the object at a target is the one that these parts make.
    pub(super) async fn stored_parts(
        &self,
        parts: &[StoredPart],
        target: &UploadTarget<'_>,
    ) -> Stored {
        match self.found_at(target).await {
            Ok(found) => Stored::of_parts(found, parts),
            Err(_) => Stored::Unknown,
        }
    }

    /// Returns the attributes of the object at a target; `None` if there is none.
    pub(in crate::transfer::upload) async fn found_at(
        &self,
        target: &UploadTarget<'_>,
    ) -> Result<Option<Attributes>, UploadError> {
        self.attempts(target.on_event).run(async |s3| s3.stat(target.path).await).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0cc175b9c0f1b6a831c399e269772661";

    fn found(etag: Option<ETag>) -> Attributes {
        Attributes { etag, ..Attributes::default() }
    }

    #[test]
    fn compares_objects_of_parts_by_etag_and_number() {
        let part = |number| StoredPart { number, etag: ETag::written(A), checksum: None };
        let parts = [part(1), part(2)];
        let this = ETag::of_parts(parts.iter().map(|part| &part.etag)).unwrap();
        let other = |parts| Some(ETag::written(format!("{A}-{parts}")));
        for (found, expected) in [
            (Some(found(Some(this.clone()))), Stored::This(this)),
            (None, Stored::Other),
            (Some(found(other(3))), Stored::Other),
            (Some(found(other(2))), Stored::Unknown),
            (Some(found(None)), Stored::Unknown),
        ] {
            assert_eq!(Stored::of_parts(found.clone(), &parts), expected, "{found:?}");
        }
    }
}
