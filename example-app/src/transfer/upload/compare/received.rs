//! Comparison of S3's confirmations with the sent content.

use crate::s3::content::checksum::{Checksum, Digests};
use crate::s3::content::confirmation::Confirmation;
use crate::s3::content::etag::ETag;
use crate::s3::operation::multipart_upload::StoredPart;
use crate::transfer::upload::error::{Difference, UploadError};
use crate::transfer::upload::uploader::Uploader;

/// The values that S3 should confirm, as far as they are known.
#[derive(Debug, Default)]
struct Ours {
    checksum: Option<String>,
    /// The `ETag`, if it says something about the content.
    etag: Option<String>,
}

/// The value that was compared, and is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    Checksum,
    Etag,
    Nothing,
}

impl Uploader<'_> {
    /// Compares S3's confirmation of an object that was sent in one request.
    pub(in crate::transfer::upload) fn check_whole(
        &self,
        digests: &Digests,
        theirs: &Confirmation,
    ) -> Result<(), UploadError> {
        self.counted(compare(&of_content(digests), theirs))
    }

    /// Compares S3's confirmation of an object that was sent in these parts.
    pub(in crate::transfer::upload) fn check_parts(
        &self,
        parts: &[StoredPart],
        theirs: &Confirmation,
    ) -> Result<(), UploadError> {
        self.counted(compare(&of_parts(parts, theirs), theirs))
    }

    fn counted(&self, compared: Result<Compared, Difference>) -> Result<(), UploadError> {
        let compared = compared.map_err(UploadError::StoredOtherwise)?;
        self.count(|statistics| match compared {
            Compared::Checksum => statistics.checksums_compared += 1,
            Compared::Etag => statistics.etags_compared += 1,
            Compared::Nothing => {}
        });
        Ok(())
    }
}

/// Compares S3's confirmation of a part.
pub(in crate::transfer::upload) fn check_part(
    digests: &Digests,
    theirs: &Confirmation,
) -> Result<(), UploadError> {
    compare(&of_content(digests), theirs).map_err(UploadError::ReceivedOtherwise).map(|_| ())
}

/// Compares checksums if one was asked for, else `ETag`s.
fn compare(ours: &Ours, theirs: &Confirmation) -> Result<Compared, Difference> {
    if let Some(checksum) = &ours.checksum {
        return match &theirs.checksum {
            None => Ok(Compared::Nothing),
            Some(theirs) if theirs == checksum => Ok(Compared::Checksum),
            Some(theirs) => Err(difference("checksum", checksum, theirs)),
        };
    }
    let theirs = theirs.etag.as_ref().and_then(ETag::md5s);
    match (&ours.etag, theirs) {
        (Some(ours), Some(theirs)) if *ours == theirs => Ok(Compared::Etag),
        (Some(ours), Some(theirs)) => Err(difference("ETag", ours, &theirs)),
        _ => Ok(Compared::Nothing),
    }
}

fn difference(what: &'static str, ours: &str, theirs: &str) -> Difference {
    Difference { what, ours: ours.to_owned(), theirs: theirs.to_owned() }
}

fn of_content(digests: &Digests) -> Ours {
    Ours {
        checksum: digests.checksum.as_ref().map(ToString::to_string),
        etag: digests.md5.and_then(|md5| ETag::of_md5(md5).md5s()),
    }
}

/// Returns the values of an object in parts. S3 reports the checksum of the parts' checksums, with
/// their number behind a dash, or the checksum of the content.
fn of_parts(parts: &[StoredPart], theirs: &Confirmation) -> Ours {
    let sums: Vec<&Checksum> = parts.iter().filter_map(|part| part.checksum.as_ref()).collect();
    let is_composite = theirs.checksum.as_ref().is_some_and(|theirs| theirs.contains('-'));
    let is_complete = !parts.is_empty() && sums.len() == parts.len();
    let checksum = is_complete.then(|| {
        let sum = if is_composite { Checksum::composite } else { Checksum::of_whole };
        sum(&sums)
    });
    let etag = ETag::of_parts(parts.iter().map(|part| &part.etag)).filter(|_| !is_complete);
    Ours { checksum: checksum.flatten(), etag: etag.and_then(|etag| etag.md5s()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0cc175b9c0f1b6a831c399e269772661";

    #[test]
    fn compares_all_that_can_be_compared() {
        let some = |text: &str| Some(text.to_owned());
        let ours = |checksum: Option<&str>, etag: Option<&str>| Ours {
            checksum: checksum.and_then(some),
            etag: etag.and_then(some),
        };
        let theirs = |checksum: Option<&str>, etag: &str| Confirmation {
            checksum: checksum.and_then(some),
            etag: Some(ETag::written(etag)),
            ..Confirmation::default()
        };
        for (ours, theirs, expected) in [
            (ours(None, None), theirs(None, A), Ok(Compared::Nothing)),
            (ours(None, Some(A)), theirs(None, &A.to_uppercase()), Ok(Compared::Etag)),
            (ours(None, Some(A)), theirs(None, "\"any\""), Ok(Compared::Nothing)),
            (ours(Some("s"), Some(A)), theirs(Some("s"), "x"), Ok(Compared::Checksum)),
            (ours(Some("s"), Some(A)), theirs(None, "x"), Ok(Compared::Nothing)),
            (ours(Some("s"), None), theirs(Some("t"), A), Err(difference("checksum", "s", "t"))),
            (
                ours(None, Some(&A.replace('0', "1"))),
                theirs(None, A),
                Err(difference("ETag", &A.replace('0', "1"), A)),
            ),
        ] {
            assert_eq!(compare(&ours, &theirs), expected, "{ours:?} {theirs:?}");
        }
    }

    /// The response to a completion does not mention a customer key; those to the parts did.
    #[test]
    fn does_not_compare_objects_of_encrypted_parts() {
        let part = |etag| StoredPart { number: 1, etag, checksum: None };
        let theirs = Confirmation {
            etag: Some(ETag::written(format!("\"{A}-1\""))),
            ..Confirmation::default()
        };
        let compared = |etag| compare(&of_parts(&[part(etag)], &theirs), &theirs);
        assert!(compared(ETag::written(A)).is_err());
        assert_eq!(compared(ETag::written(A).opaque()), Ok(Compared::Nothing));
    }
}
