//! `--update`: skips files that S3 already holds.

use super::object::expect_absent;
use super::run::Put;
use crate::s3::PathKind;
use crate::transfer::upload::compare::existing::{Existing, Reader};
use crate::transfer::upload::source::file::SourceFile;
use crate::transfer::upload::{UploadError, UploadTarget, Uploader};

impl Put<'_> {
    /// Returns the object that S3 already holds; `None` without `--update`.
    pub(super) async fn existing(
        &self,
        uploader: &Uploader<'_>,
        file: &SourceFile,
        target: &UploadTarget<'_>,
    ) -> Result<Option<Existing>, UploadError> {
        if !self.options.sources.update {
            return Ok(None);
        }
        uploader.existing(file, target.path).await.map(Some)
    }

    /// Returns the object that S3 already holds, for a source without a length.
    pub(super) async fn existing_of_reader(
        &self,
        uploader: &Uploader<'_>,
        reader: Reader,
        target: &UploadTarget<'_>,
    ) -> Result<(Option<Existing>, Reader), UploadError> {
        if !self.options.sources.update {
            return Ok((None, reader));
        }
        let (existing, reader) = uploader.existing_of_reader(reader, target.path).await?;
        Ok((Some(existing), reader))
    }

    /// Returns the target with the condition for writing to it: with `--update` that it still is
    /// what was found there, but not with `-f`.
    pub(super) async fn expecting<'t>(
        &self,
        uploader: &Uploader<'_>,
        target: &UploadTarget<'t>,
        known: PathKind,
        is_small: bool,
        existing: Option<&'t Existing>,
    ) -> Result<UploadTarget<'t>, UploadError> {
        match existing {
            Some(existing) if !self.options.overwrite => {
                Ok(UploadTarget { condition: existing.condition(), ..target.clone() })
            }
            Some(_) => Ok(target.clone()),
            None => {
                expect_absent(uploader, target, known, is_small).await?;
                Ok(target.clone())
            }
        }
    }
}
