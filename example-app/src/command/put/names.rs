//! Names that would be an object and a directory at once.
//!
//! S3 takes both, and no file system of Hadoop does: of such a pair `-get` writes one, and `-rm`
//! deletes one. So a put looks at the directories that it writes to, once each, and remembers what
//! it puts.

use core::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use tokio::sync::OnceCell;

use crate::s3::address::path::S3Path;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::{OperationError, PathKind, S3};
use crate::transfer::upload::{UploadError, Uploader};

/// Directories that are remembered. Others are asked for again.
const REMEMBERED: usize = 256;
/// Names of a directory that are remembered: those of a page.
const PAGE: u32 = 1000;

/// The known names below the destination.
#[derive(Debug, Default)]
pub(super) struct Names {
    directories: RefCell<HashMap<String, Remembered>>,
    /// Keys whose uploads are in flight, in order.
    in_flight: RefCell<Vec<(u64, String)>>,
    next: Cell<u64>,
    /// True if objects can be named in any order, so that one that was just put can be the
    /// directory of another.
    in_any_order: bool,
    /// True if pairs are made and then resolved: one of them is deleted once all is stored.
    pub(super) resolves_pairs: bool,
}

/// A directory that is remembered.
#[derive(Debug, Default)]
struct Remembered {
    /// Its content when S3 was asked.
    found: Rc<OnceCell<Rc<DirectoryState>>>,
    /// True if this put has stored something below it since.
    is_filled: bool,
}

/// The state of the name of a directory.
#[derive(Debug)]
enum DirectoryState {
    /// An object: the directory's name, or that of one above it.
    Object(S3Path),
    /// These names are in it.
    Names { objects: HashSet<String>, directories: HashSet<String> },
    /// More names than a page has, or S3 does not report it.
    Unknown,
}

/// A key whose upload is in flight until this is dropped.
pub(super) struct KeyInFlight<'n> {
    names: &'n Names,
    at: u64,
}

impl KeyInFlight<'_> {
    /// Records that the object exists now.
    pub(super) fn stored(&self, path: &S3Path) {
        let mut above = path.without_slash().parent();
        while let Some(directory) = above.filter(|directory| !directory.key().is_empty()) {
            self.names.remember(directory.key(), |remembered| remembered.is_filled = true);
            above = directory.parent();
        }
    }
}

impl Drop for KeyInFlight<'_> {
    fn drop(&mut self) {
        self.names.in_flight.borrow_mut().retain(|(at, _)| *at != self.at);
    }
}

impl Names {
    /// Returns an empty memory.
    pub(super) fn new(in_any_order: bool) -> Self {
        Self { in_any_order, ..Self::default() }
    }

    /// Records that a put to a path begins.
    pub(super) fn begin(&self, path: &S3Path) -> KeyInFlight<'_> {
        let at = self.next.get();
        self.next.set(at + 1);
        self.in_flight.borrow_mut().push((at, path.key().to_owned()));
        KeyInFlight { names: self, at }
    }

    /// Refuses to make an object of a directory's name, or below an object.
    ///
    /// # Errors
    /// If it would be one, or S3 does not say.
    pub(super) async fn expect_no_pair(
        &self,
        uploader: &Uploader<'_>,
        path: &S3Path,
        known: PathKind,
        own: &KeyInFlight<'_>,
    ) -> Result<(), UploadError> {
        if known == PathKind::File || self.resolves_pairs {
            // It exists already, so no new pair of object and directory is made.
            return Ok(());
        }
        if known == PathKind::Absent {
            let above = uploader.ask(async |s3| s3.object_above(path).await).await;
            return match or_unknown(above, None)? {
                Some(above) => Err(UploadError::BelowObject(above)),
                None => Ok(()),
            };
        }
        let (parent, name) = path.key().rsplit_once('/').unwrap_or(("", path.key()));
        let parent = self.directory(uploader, &path.with_key(parent), own.at).await?;
        let is_directory = match &*parent {
            DirectoryState::Object(above) => return Err(UploadError::BelowObject(above.clone())),
            _ if self.is_directory_of_this_put(path.key(), own.at) => true,
            DirectoryState::Names { directories, .. } => directories.contains(name),
            DirectoryState::Unknown => {
                let asked = uploader.ask(async |s3| s3.is_directory(path).await).await;
                or_unknown(asked, false)?
            }
        };
        if is_directory { Err(UploadError::ExistsAsDirectory) } else { Ok(()) }
    }

    /// Refuses to make a directory of an object's name, or below an object.
    ///
    /// # Errors
    /// With that object, or if S3 does not say.
    pub(super) async fn expect_directory(
        &self,
        uploader: &Uploader<'_>,
        path: &S3Path,
    ) -> Result<(), UploadError> {
        if self.resolves_pairs {
            return Ok(());
        }
        let path = path.without_slash();
        let parent = path.parent().and_then(|parent| self.remembered(&parent));
        // The memory is older than the put of another source.
        if parent.is_some() && is_object(uploader, &path).await? {
            return Err(UploadError::BelowObject(path));
        }
        match &*self.directory(uploader, &path, self.next.get()).await? {
            DirectoryState::Object(object) => Err(UploadError::BelowObject(object.clone())),
            DirectoryState::Names { .. } | DirectoryState::Unknown => Ok(()),
        }
    }

    fn is_directory_of_this_put(&self, key: &str, own: u64) -> bool {
        let is_below = |(at, other): &(u64, String)| {
            *at < own && other.strip_prefix(key).is_some_and(|rest| rest.starts_with('/'))
        };
        let is_filled = |remembered: &Remembered| remembered.is_filled;
        self.directories.borrow().get(key).is_some_and(is_filled)
            || self.in_flight.borrow().iter().any(is_below)
    }

    /// Remembers a directory. Where that would be too many, all are forgotten together: what is
    /// asked for again shows what was stored meanwhile.
    fn remember<T>(&self, key: &str, note: impl FnOnce(&mut Remembered) -> T) -> T {
        let mut directories = self.directories.borrow_mut();
        if directories.len() >= REMEMBERED && !directories.contains_key(key) {
            directories.clear();
        }
        note(directories.entry(key.to_owned()).or_default())
    }

    async fn directory(
        &self,
        uploader: &Uploader<'_>,
        path: &S3Path,
        own: u64,
    ) -> Result<Rc<DirectoryState>, UploadError> {
        let cell = self.remember(path.key(), |remembered| Rc::clone(&remembered.found));
        let ask = async || Box::pin(self.found(uploader, path, own)).await.map(Rc::new);
        cell.get_or_try_init(ask).await.cloned()
    }

    async fn found(
        &self,
        uploader: &Uploader<'_>,
        path: &S3Path,
        own: u64,
    ) -> Result<DirectoryState, UploadError> {
        let Some(parent) = path.parent() else { return listed(uploader, path).await };
        let is_it = |(at, key): &(u64, String)| *at < own && key == path.key();
        if self.in_flight.borrow().iter().any(is_it) {
            return Ok(DirectoryState::Object(path.clone()));
        }
        // If a directory above is known to be empty, those between need no question.
        let known = if self.is_remembered_above(&parent) {
            Some(self.directory(uploader, &parent, own).await?)
        } else {
            None
        };
        match known.as_deref() {
            Some(DirectoryState::Object(object)) => {
                return Ok(DirectoryState::Object(object.clone()));
            }
            Some(DirectoryState::Names { objects, directories }) => {
                let is_object = objects.contains(path.name())
                    || self.in_any_order && is_object(uploader, path).await?;
                return match directories.contains(path.name()) {
                    _ if is_object => Ok(DirectoryState::Object(path.clone())),
                    true => listed(uploader, path).await,
                    false => Ok(nothing()),
                };
            }
            Some(DirectoryState::Unknown) | None => {}
        }
        if is_object(uploader, path).await? {
            return Ok(DirectoryState::Object(path.clone()));
        }
        let listed = listed(uploader, path).await?;
        let is_empty = matches!(&listed, DirectoryState::Names { objects, directories }
            if objects.is_empty() && directories.is_empty());
        if !is_empty || parent.key().is_empty() {
            return Ok(listed);
        }
        match &*self.directory(uploader, &parent, own).await? {
            DirectoryState::Object(object) => Ok(DirectoryState::Object(object.clone())),
            DirectoryState::Names { .. } | DirectoryState::Unknown => Ok(listed),
        }
    }

    /// Returns whether a directory or one above it is remembered.
    fn is_remembered_above(&self, path: &S3Path) -> bool {
        let mut above = Some(path.clone());
        while let Some(path) = above {
            if self.remembered(&path).is_some() {
                return true;
            }
            above = path.parent();
        }
        false
    }

    fn remembered(&self, path: &S3Path) -> Option<Rc<DirectoryState>> {
        self.directories.borrow().get(path.key())?.found.get().cloned()
    }
}

fn nothing() -> DirectoryState {
    DirectoryState::Names { objects: HashSet::new(), directories: HashSet::new() }
}

async fn is_object(uploader: &Uploader<'_>, path: &S3Path) -> Result<bool, UploadError> {
    or_unknown(uploader.ask(async |s3: &S3| s3.exists(path).await).await, false)
}

async fn listed(uploader: &Uploader<'_>, path: &S3Path) -> Result<DirectoryState, UploadError> {
    let prefix = path.directory_prefix();
    let ask = async |s3: &S3| s3.list_page(path, &prefix, "/", PAGE, None).await.map(Some);
    let page = or_unknown(uploader.ask(ask).await, None)?;
    let Some(page) = page.filter(|page| page.next.is_none()) else {
        return Ok(DirectoryState::Unknown);
    };
    let below = |key: &str| key.strip_prefix(prefix.as_str()).map(str::to_owned);
    Ok(DirectoryState::Names {
        objects: page.objects.iter().filter_map(|object| below(&object.key)).collect(),
        directories: page
            .prefixes
            .iter()
            .filter_map(|key| below(key.strip_suffix('/').unwrap_or(key)))
            .collect(),
    })
}

/// Treats a refusal as an unknown: a role that can only write gets no response.
fn or_unknown<T>(asked: Result<T, UploadError>, unknown: T) -> Result<T, UploadError> {
    match asked {
        Err(UploadError::S3(error)) if is_denied(&error) => Ok(unknown),
        found => found,
    }
}

/// Returns whether S3 refused to answer.
pub(super) fn is_denied(error: &OperationError) -> bool {
    error.kind() == Some(S3ErrorKind::AccessDenied)
}
