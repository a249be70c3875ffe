//! The removal of sources that were moved: each only after its copy is proven to exist, and only
//! if it still is the object that was copied.

use core::pin::pin;
use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::TryStreamExt as _;

use super::proof::Copied;
use super::run::{Copy, CopyTarget, Original};
use crate::command::shell::{Item, child};
use crate::s3::address::path::S3Path;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::operation::delete_objects::ObjectIdentifier;
use crate::s3::operation::page::Object;
use crate::s3::{OperationError, S3};

/// The reasons why a source is kept.
const NOT_THERE: &str = "is kept: its copy is not there as S3 made it";
const CHANGED: &str = "is kept: it changed since it was copied";

impl Copy<'_> {
    /// Deletes an object whose copy exists.
    pub(super) async fn remove_object(
        &self,
        original: &Original<'_>,
        place: &CopyTarget,
        copied: &Copied,
    ) {
        match self.uploader.ask(async |s3| removed(s3, original, place, copied).await).await {
            Ok(None) => {}
            Ok(Some(reason)) => self.kept(original.written, reason),
            Err(error) => self.kept(original.written, error),
        }
    }

    fn kept(&self, written: &str, reason: impl core::fmt::Display) {
        self.reporter.about(written, reason);
    }

    /// Deletes the objects of a directory whose copies exist, if all do.
    pub(super) async fn remove_tree(
        &self,
        item: &Item,
        place: &CopyTarget,
        copies: BTreeMap<String, Copied>,
    ) {
        match self.uploader.uninterrupted(self.missing(place, &copies)).await {
            Err(_) => return,
            Ok(Err(error)) => return self.kept(&item.written, error),
            Ok(Ok(0)) => {}
            Ok(Ok(missing)) => {
                let what =
                    format!("is kept: {missing} of its copies are not there as S3 made them");
                return self.kept(&item.written, what);
            }
        }
        if let Err(error) = self.remove_copied(item, &copies).await {
            self.kept(&item.written, error);
        }
    }

    /// Returns the number of copies that a listing of their place does not show.
    async fn missing(
        &self,
        place: &CopyTarget,
        copies: &BTreeMap<String, Copied>,
    ) -> Result<usize, OperationError> {
        let prefix = place.path.directory_prefix();
        let mut pages = pin!(self.shell.s3.pages(&place.path, &prefix, ""));
        let mut there = 0;
        while let Some(page) = pages.try_next().await? {
            let is_copy = |object: &&Object| {
                let name = object.key.strip_prefix(&prefix).unwrap_or_default();
                let copied = copies.get(name);
                copied.is_some_and(|copied| copied.is_copy(Some(object.size), object.etag.as_ref()))
            };
            there += page.objects.iter().filter(is_copy).count();
        }
        Ok(copies.len().saturating_sub(there))
    }

    /// Deletes the copied objects that have not changed. The others are reported.
    async fn remove_copied(
        &self,
        item: &Item,
        copies: &BTreeMap<String, Copied>,
    ) -> Result<(), Arc<OperationError>> {
        let prefix = item.path.directory_prefix();
        let mut pages = pin!(self.shell.s3.pages(&item.path, &prefix, ""));
        let stop = &self.uploader.interrupt().stop();
        loop {
            let page = match self.uploader.uninterrupted(pages.try_next()).await {
                Ok(page) => page?,
                Err(_) => return Ok(()),
            };
            let Some(page) = page else { return Ok(()) };
            let mut same = Vec::new();
            for Object { key, etag, .. } in page.objects {
                let name = key.strip_prefix(&prefix).unwrap_or_default();
                match copies.get(name) {
                    Some(copied) if copied.is_source(etag.as_ref()) => {
                        same.push(ObjectIdentifier { key, etag });
                    }
                    Some(_) => self.kept(&child(&item.written, name), CHANGED),
                    None => {
                        let what = "is kept: it came after the directory was listed";
                        self.kept(&child(&item.written, name), what);
                    }
                }
            }
            let left = self.shell.s3.delete_all(&item.path, same, stop).await;
            for not_deleted in left {
                if matches!(*not_deleted.error, OperationError::Stopped) {
                    continue;
                }
                let Some(key) = &not_deleted.key else { return Err(not_deleted.error) };
                let name = key.strip_prefix(&prefix).unwrap_or(key);
                let written = child(&item.written, name);
                let copied = copies.get(name).filter(|_| not_deleted.is_changed());
                let Some(copied) = copied else {
                    self.kept(&written, not_deleted.error);
                    continue;
                };
                let path = item.path.with_key(key);
                match self.uploader.ask(async |s3| removed_if_same(s3, &path, copied).await).await {
                    Ok(None) => {}
                    Ok(Some(reason)) => self.kept(&written, reason),
                    Err(error) => self.kept(&written, error),
                }
            }
        }
    }
}

/// Returns whether the store kept an object because it has changed.
fn is_other(error: &OperationError) -> bool {
    error.kind() == Some(S3ErrorKind::PreconditionFailed)
}

/// Deletes an object that the store reports as changed, if it still has the copied `ETag`.
/// Otherwise returns why it is kept.
async fn removed_if_same(
    s3: &S3,
    path: &S3Path,
    copied: &Copied,
) -> Result<Option<&'static str>, OperationError> {
    let is_gone = s3.delete_found(path, &copied.source).await?;
    Ok((!is_gone).then_some(CHANGED))
}

/// Deletes an object whose copy exists, or returns the reason why it is kept.
async fn removed(
    s3: &S3,
    original: &Original<'_>,
    place: &CopyTarget,
    copied: &Copied,
) -> Result<Option<&'static str>, OperationError> {
    let copy = s3.stat(&place.path).await?;
    if !copy.is_some_and(|copy| copied.is_copy(copy.len, copy.etag.as_ref())) {
        return Ok(Some(NOT_THERE));
    }
    let Some(source) = s3.stat(original.path).await? else {
        // An earlier attempt deleted it, and its response was lost.
        return Ok(None);
    };
    if !copied.is_source(source.etag.as_ref()) {
        return Ok(Some(CHANGED));
    }
    match s3.delete_same(original.path, &copied.source).await {
        Err(error) if is_other(&error) => removed_if_same(s3, original.path, copied).await,
        deleted => deleted.map(|_| None),
    }
}
