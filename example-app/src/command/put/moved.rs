//! Deleting what was stored: `-moveFromLocal`.

use std::fs;
use std::path::Path;

use md5::{Digest as _, Md5};
use tokio::task::spawn_blocking;
use walkdir::WalkDir;

use super::source::Source;
use crate::positioned_file::{FileState, PositionedFile};
use crate::s3::etag::ETag;
use crate::s3::path::S3Path;
use crate::upload::Uploader;

/// What a change of a source would change; `None` of what is no file, such as stdin.
pub(super) fn state(source: &Source) -> Option<FileState> {
    let Source::File { metadata, .. } = source else { return None };
    FileState::of(metadata).ok()
}

/// Deletes a local file, if S3 holds what it was before it was sent, and it still is that. Where the
/// `ETag` of the object is no MD5 of a content, it must be the one that S3 answered when it had stored
/// what was sent: then nobody has stored something else since.
///
/// # Errors
/// With the reason for which it is kept.
pub(super) async fn remove(
    uploader: &Uploader<'_>,
    local: &Path,
    was: Option<FileState>,
    target: &S3Path,
    stored: Option<ETag>,
) -> Result<(), String> {
    let path = local.to_owned();
    let held = uploader.ask(async |s3| s3.stat(target).await).await;
    let held = held.map_err(|failure| format!("S3 does not say what it holds ({failure})"))?;
    let held = held.ok_or("S3 does not hold it")?;
    let proven = spawn_blocking(move || {
        let error = |error: std::io::Error| error.to_string();
        let file = PositionedFile::new(fs::File::open(&path).map_err(error)?);
        let is = file.state().map_err(error)?;
        // A file without content has no state that was kept: it must have none now.
        let was = was.unwrap_or(FileState { len: 0, ..is });
        if is != was {
            return Err("it changed meanwhile".to_owned());
        }
        if held.len != Some(is.len) {
            return Err("S3 holds another length of it".to_owned());
        }
        match (held.etag.as_ref(), stored.as_ref()) {
            // A length that says it all.
            _ if is.len == 0 => {}
            (Some(held), _) if held.md5().is_some() => {
                let md5 = file.hash::<Md5>(0, is.len).map_err(error)?;
                if *held != ETag::of_md5(md5.finalize().into()) {
                    return Err("S3 holds something else: its MD5 is another".to_owned());
                }
            }
            (Some(held), Some(stored)) if held == stored => {}
            (Some(_), Some(_)) => {
                return Err("S3 holds something else: its ETag is another".to_owned());
            }
            (Some(_), None) => {
                return Err(
                    "S3 tells no more than a CRC of what it holds: put it with -f".to_owned()
                );
            }
            (None, _) => return Err("S3 does not say what it holds: it tells no ETag".to_owned()),
        }
        fs::remove_file(&path).map_err(error)
    });
    proven.await.map_err(|error| error.to_string())?
}

/// Deletes directories in which nothing is left.
pub(super) fn remove_directories(root: &Path) {
    for entry in WalkDir::new(root).contents_first(true).into_iter().flatten() {
        if entry.file_type().is_dir() {
            // One that still has something in it was complained about.
            let _ = fs::remove_dir(entry.path());
        }
    }
}
