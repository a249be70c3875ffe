//! The directory of the shared file, and who else may change what is in it.
//!
//! It is opened and checked for each use, and its files are opened in it and not by their paths:
//! what another user puts in place of one of them is not followed.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};

use super::error::SharedFileError;

/// The most symbolic links in a path, as on Linux.
const MOST_LINKS: usize = 40;

/// A directory that only this user and the superuser can change.
pub(super) struct Directory(OwnedFd);

impl Directory {
    /// Makes a directory that does not exist, for this user alone, and opens it.
    pub(super) fn make(path: &Path) -> Result<Self, SharedFileError> {
        Self::walk(path, true)
    }

    pub(super) fn open(path: &Path) -> Result<Self, SharedFileError> {
        Self::walk(path, false)
    }

    /// Walks down from the root, since a user who can rename a parent can put another directory
    /// here.
    fn walk(path: &Path, makes: bool) -> Result<Self, SharedFileError> {
        let failed = |source| SharedFileError::Directory { path: path.to_owned(), source };
        let mut names = names(&std::path::absolute(path).map_err(failed)?);
        let mut at = PathBuf::from("/");
        let mut links = 0;
        while let Some(name) = names.pop_front() {
            check_parent(&fs::symlink_metadata(&at).map_err(failed)?, &at)?;
            if name == ".." {
                at.pop();
                continue;
            }
            let next = at.join(name);
            let metadata = look(&next, makes).map_err(failed)?;
            if metadata.is_symlink() {
                links += 1;
                if links > MOST_LINKS {
                    return Err(failed(io::Error::other("too many symbolic links")));
                }
                check_owner(&metadata, &next, true)?;
                let target = fs::read_link(&next).map_err(failed)?;
                if target.is_absolute() {
                    at = PathBuf::from("/");
                }
                for name in self::names(&target).into_iter().rev() {
                    names.push_front(name);
                }
            } else {
                at = next;
            }
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(CWD, &at, flags, Mode::empty());
        let directory = opened.map_err(|error| failed(error.into()))?;
        let metadata = File::from(directory.try_clone().map_err(failed)?).metadata();
        let metadata = metadata.map_err(failed)?;
        check_owner(&metadata, &at, false)?;
        check_mode(&metadata, &at, 0o022)?;
        Ok(Self(directory))
    }

    /// Opens a file for reading, if it is this user's and closed to others.
    pub(super) fn read(&self, name: &str, path: &Path) -> Result<File, SharedFileError> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let file = self.open_in(name, flags).map_err(|source| SharedFileError::File {
            path: path.to_owned(),
            what: "opened",
            source,
        })?;
        check_file(&file, path)?;
        Ok(file)
    }

    /// Opens a file for its lock, which is made if it does not exist.
    pub(super) fn lock(&self, name: &str, path: &Path) -> Result<File, SharedFileError> {
        // To open a pipe for writing fails or waits.
        let found = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW);
        if found.is_ok_and(|found| FileType::from_raw_mode(found.st_mode) != FileType::RegularFile)
        {
            return Err(SharedFileError::NoFile { path: path.to_owned() });
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NONBLOCK;
        let failed = |source| SharedFileError::File {
            path: path.to_owned(),
            what: "opened for its lock",
            source,
        };
        let file = self.open_in(name, flags).map_err(failed)?;
        check_file(&file, path)?;
        owned(&file).map_err(failed)?;
        Ok(file)
    }

    /// Makes a file for this user alone in place of any other.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        match self.remove(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
        let file = self.open_in(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
        owned(&file)?;
        Ok(file)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    fn open_in(&self, name: &str, flags: OFlags) -> io::Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }
}

/// Gives this user the rights that a umask may have removed, and no other user any.
fn owned(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))
}

/// Splits a path into the parts below the root.
fn names(path: &Path) -> VecDeque<OsString> {
    let name = |component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    };
    path.components().filter_map(name).collect()
}

/// Returns the metadata of a path; creates a directory for this user alone if `makes` is set.
fn look(path: &Path, makes: bool) -> io::Result<Metadata> {
    match fs::symlink_metadata(path) {
        Err(error) if makes && error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    match DirBuilder::new().mode(0o700).create(path) {
        // As for files, a umask may have taken this user's rights.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o700))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    fs::symlink_metadata(path)
}

/// Checks that nobody else can rename what is in a directory, as in those of the system, of this
/// user, and in `/tmp`, which is sticky.
fn check_parent(metadata: &Metadata, path: &Path) -> Result<(), SharedFileError> {
    check_owner(metadata, path, true)?;
    let is_sticky = metadata.mode() & 0o1000 != 0;
    // Many systems give each user a group of the same number, and let it write.
    let is_own_group = metadata.gid() == metadata.uid();
    match (is_sticky, is_own_group) {
        (true, _) => Ok(()),
        (false, true) => check_mode(metadata, path, 0o002),
        (false, false) => check_mode(metadata, path, 0o022),
    }
}

/// Checks that an open file belongs to this user, and that no one else can read it.
fn check_file(file: &File, path: &Path) -> Result<(), SharedFileError> {
    let metadata = file.metadata().map_err(|source| SharedFileError::File {
        path: path.to_owned(),
        what: "looked at",
        source,
    })?;
    if !metadata.is_file() {
        return Err(SharedFileError::NoFile { path: path.to_owned() });
    }
    check_owner(&metadata, path, false)?;
    check_mode(&metadata, path, 0o077)
}

fn check_owner(metadata: &Metadata, path: &Path, or_root: bool) -> Result<(), SharedFileError> {
    let owner = metadata.uid();
    if owner == rustix::process::geteuid().as_raw() || (or_root && owner == 0) {
        return Ok(());
    }
    Err(SharedFileError::Foreign { path: path.to_owned(), owner })
}

fn check_mode(metadata: &Metadata, path: &Path, closed: u32) -> Result<(), SharedFileError> {
    let mode = metadata.mode() & 0o7777;
    if mode & closed == 0 {
        return Ok(());
    }
    let is_directory = metadata.is_dir();
    Err(SharedFileError::Open { path: path.to_owned(), mode, is_directory })
}
