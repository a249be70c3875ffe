//! A directory: listed as a whole, copied object by object, and deleted once all copies exist.

use core::cell::RefCell;
use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _};

use super::proof::Copied;
use super::run::{Copy, CopyTarget, Original};
use crate::command::pool::side_by_side;
use crate::command::shell::{Item, child};
use crate::command::walk::objects_below;
use crate::s3::PathKind;
use crate::s3::operation::page::Object;

impl Copy<'_> {
    /// Copies everything below a directory. The listing is in memory, so that a copy within it does
    /// not grow it.
    pub(super) async fn tree(&self, item: &Item, place: &CopyTarget) {
        let (from, to) = (item.path.directory_prefix(), place.path.directory_prefix());
        if item.path.bucket() == place.path.bucket() && to.starts_with(&from) {
            return self.reporter.say(format_args!(
                "`{}' to `{}': is a subdirectory of itself",
                item.written, place.shown
            ));
        }
        let path = place.path.without_slash();
        let there = if path.key().is_empty() {
            Ok(PathKind::Directory)
        } else {
            self.uploader.ask(async |s3| s3.kind(&path).await).await
        };
        let may_exist = match there {
            Err(error) => return self.reporter.about(&place.shown, error),
            Ok(PathKind::File) => return self.reporter.about(&place.shown, "Is not a directory"),
            Ok(PathKind::Directory) if self.is_move() && !self.may_fill(&path) => {
                return self.reporter.about(&place.shown, "File exists");
            }
            Ok(kind) => kind == PathKind::Directory,
        };
        let failures = self.reporter.failures();
        let listed = objects_below(self.shell.s3, item, &self.reporter);
        let Ok(objects) = self.uploader.uninterrupted(listed).await else { return };
        let copies = RefCell::new(BTreeMap::new());
        let copy = async |object: Object| {
            if let Some(copied) = self.entry(item, place, &object, may_exist).await {
                let name = object.key.get(from.len()..).unwrap_or_default();
                copies.borrow_mut().insert(name.to_owned(), copied);
            }
        };
        let copying = stream::iter(objects).map(|object| copy(object).boxed_local());
        side_by_side(self.at_once, copying.boxed_local()).await;
        let copies: BTreeMap<String, Copied> = copies.into_inner();
        if !self.is_move() || self.is_interrupted() {
            return;
        }
        if self.reporter.failures() > failures {
            let what = "is kept: not all of it could be copied: -resume continues the move";
            return self.reporter.note(format_args!("`{}': {what}", item.written));
        }
        self.remove_tree(item, place, copies).await;
    }

    /// Returns whether a move may fill an existing directory: if it resumes an earlier move, or
    /// if it is a bucket.
    fn may_fill(&self, path: &crate::s3::address::path::S3Path) -> bool {
        self.command.options.resume || path.key().is_empty()
    }

    async fn entry(
        &self,
        item: &Item,
        place: &CopyTarget,
        object: &Object,
        may_exist: bool,
    ) -> Option<Copied> {
        if self.is_interrupted() {
            return None;
        }
        let name = object.key.strip_prefix(&item.path.directory_prefix())?;
        let written = child(&item.written, name);
        let Some(etag) = &object.etag else {
            self.reporter.about(&written, "S3 does not report its ETag: -get and -put copy it");
            return None;
        };
        let to = place.path.directory_prefix();
        let shown = child(&place.shown, name);
        let place = CopyTarget { path: place.path.with_key(format!("{to}{name}")), shown };
        let path = &item.path.with_key(&object.key);
        let class = object.storage_class.as_deref();
        let original = Original { path, written: &written, etag, len: object.size, class };
        // The marker of an existing directory says nothing else.
        let is_marker = place.path.is_written_as_directory() && object.size == 0;
        if is_marker && may_exist && !self.is_move() {
            let there = self.uploader.ask(async |s3| s3.exists(&place.path).await).await;
            if matches!(there, Ok(true)) {
                return None;
            }
        }
        self.object(&original, &place, may_exist).await
    }
}
