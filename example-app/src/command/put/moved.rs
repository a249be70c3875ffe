//! Deletion of stored sources: `-moveFromLocal`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};
use tokio::task::spawn_blocking;
use walkdir::WalkDir;

use super::source::OpenedSource;
use crate::s3::Attributes;
use crate::s3::address::path::S3Path;
use crate::s3::content::etag::ETag;
use crate::system::positioned_file::{FileState, PositionedFile};
use crate::transfer::upload::{Interrupt, Uploader};

/// The bytes of a file that are compared before a signal is heard.
const PIECE: u64 = 8 * 1024 * 1024;

/// The reason why a directory behind a symbolic link is not moved.
pub(super) const BEHIND_A_LINK: &str = "is a symbolic link to a directory, behind which nothing is \
    deleted: name the directory itself";

/// Returns whether a path names a symbolic link, also with slashes at its end, which make the
/// system follow the link.
pub(super) fn is_link(path: &Path) -> bool {
    path.components().collect::<PathBuf>().is_symlink()
}

/// Returns what a change of a source would change; `None` for a source that is not a file, such as
/// stdin.
pub(super) fn state(source: &OpenedSource) -> Option<FileState> {
    let OpenedSource::File { metadata, .. } = source else { return None };
    FileState::of(metadata).ok()
}

/// Deletes a local file, if S3 holds what it was before it was sent, and it still is that. Where
/// the `ETag` of the object is not the MD5 of a content, it must be the one that S3 answered when
/// it had stored what was sent: then nobody has stored something else since.
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
    let held = held.map_err(|error| format!("S3 does not describe the object ({error})"))?;
    let held = held.ok_or("S3 does not hold it")?;
    let interrupt = uploader.interrupt().clone();
    let removed = spawn_blocking(move || {
        remove_if(&path, was, |file, len| is_held(file, len, &held, stored.as_ref(), &interrupt))
    });
    removed.await.map_err(|error| error.to_string())?
}

/// Deletes a file by its name, if it is what it was, and stays that while something is proven of
/// it, which takes as long as the disk does.
fn remove_if(
    path: &Path,
    was: Option<FileState>,
    prove: impl FnOnce(&PositionedFile, u64) -> Result<(), String>,
) -> Result<(), String> {
    let error = |error: io::Error| error.to_string();
    let file = PositionedFile::new(File::open(path).map_err(error)?);
    // A file without content has no state that was kept: it must have none now.
    let was = was.unwrap_or(FileState { len: 0, ..file.state().map_err(error)? });
    let check = || {
        // The name may be another file's by now.
        let named = FileState::of(&fs::metadata(path)?)?;
        let is_as_it_was = file.state()? == was && named == was;
        if is_as_it_was { Ok(()) } else { Err(io::Error::other("it changed meanwhile")) }
    };
    check().map_err(error)?;
    prove(&file, was.len)?;
    check().and_then(|()| fs::remove_file(path)).map_err(error)
}

/// Returns whether S3 holds the content of a file.
fn is_held(
    file: &PositionedFile,
    len: u64,
    held: &Attributes,
    stored: Option<&ETag>,
    interrupt: &Interrupt,
) -> Result<(), String> {
    if held.len != Some(len) {
        return Err("S3 holds another length of it".to_owned());
    }
    match (held.etag.as_ref(), stored) {
        // A length that says it all.
        _ if len == 0 => Ok(()),
        (Some(held), _) if held.md5().is_some() => {
            if *held == etag_of(file, len, interrupt)? {
                return Ok(());
            }
            Err("S3 holds something else: its MD5 is another".to_owned())
        }
        (Some(held), Some(stored)) if held == stored => Ok(()),
        (Some(_), Some(_)) => Err("S3 holds something else: its ETag is another".to_owned()),
        (Some(_), None) => Err("S3 reports only a CRC of the object: put it with -f".to_owned()),
        (None, _) => Err("S3 does not describe the object: it reports no ETag".to_owned()),
    }
}

/// Returns the `ETag` of an object of a file's content, unless a signal arrives.
fn etag_of(file: &PositionedFile, len: u64, interrupt: &Interrupt) -> Result<ETag, String> {
    let mut md5 = Md5::new();
    let mut offset = 0;
    while offset < len {
        if interrupt.signal().is_some() {
            return Err("interrupted before it was compared with the object".to_owned());
        }
        let piece = (len - offset).min(PIECE);
        let hashed = file.read_pieces(offset, piece, |piece| md5.update(piece));
        hashed.map_err(|error| error.to_string())?;
        offset += piece;
    }
    Ok(ETag::of_md5(md5.finalize().into()))
}

/// Deletes directories in which nothing is left, until a signal arrives.
pub(super) async fn remove_directories(interrupt: &Interrupt, root: &Path) {
    let (interrupt, root) = (interrupt.clone(), root.to_owned());
    let removing = spawn_blocking(move || {
        let entries = WalkDir::new(root).contents_first(true).into_iter().flatten();
        for entry in entries.take_while(|_| interrupt.signal().is_none()) {
            if entry.file_type().is_dir() {
                // One that still has something in it was complained about.
                let _ = fs::remove_dir(entry.path());
            }
        }
    });
    // A directory that could not be removed stays.
    let _ = removing.await;
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Returns what is left of `file` if it changes while its content is proven.
    fn left_of(was: &str, change: impl Fn(&Path)) -> (Result<(), String>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, was).unwrap();
        let state = FileState::of(&fs::metadata(&path).unwrap()).unwrap();
        let removed = remove_if(&path, (state.len > 0).then_some(state), |_, len| {
            assert_eq!(len, state.len);
            change(&path);
            Ok(())
        });
        (removed, fs::read_to_string(&path).ok())
    }

    #[test]
    fn keeps_sources_that_change_while_compared() {
        let changed = || Err("it changed meanwhile".to_owned());
        let replaced = |path: &Path| {
            let new = path.with_extension("new");
            fs::write(&new, "new").unwrap();
            // Of the same time, as `cp -p` has it.
            let time = fs::metadata(path).unwrap().modified().unwrap();
            File::options().append(true).open(&new).unwrap().set_modified(time).unwrap();
            fs::rename(new, path).unwrap();
        };
        let appended = |path: &Path| {
            File::options().append(true).open(path).unwrap().write_all(b"new").unwrap();
        };
        assert_eq!(left_of("old", replaced), (changed(), Some("new".to_owned())));
        assert_eq!(left_of("", replaced), (changed(), Some("new".to_owned())));
        assert_eq!(left_of("old", appended), (changed(), Some("oldnew".to_owned())));
        assert_eq!(left_of("", appended), (changed(), Some("new".to_owned())));
        assert_eq!(left_of("old", |_| ()), (Ok(()), None));
        assert_eq!(left_of("", |_| ()), (Ok(()), None));
    }
    #[tokio::test]
    async fn ends_at_a_signal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "a").unwrap();
        fs::create_dir_all(folder.path().join("d/e")).unwrap();
        let file = PositionedFile::new(File::open(&path).unwrap());
        let (interrupt, root) = (Interrupt::default(), folder.path().join("d"));
        let md5 = ETag::of_md5(Md5::digest("a").into());
        assert_eq!(etag_of(&file, 1, &interrupt), Ok(md5));
        interrupt.raise(15);
        let interrupted = Err("interrupted before it was compared with the object".to_owned());
        assert_eq!(etag_of(&file, 1, &interrupt), interrupted);
        remove_directories(&interrupt, &root).await;
        assert!(root.join("e").exists());
        remove_directories(&Interrupt::default(), &root).await;
        assert!(!root.exists());
    }
}
