//! Who may read and change the shared file. What is here for Unix does nothing elsewhere.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::SharedFileError;

#[cfg(unix)]
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};

/// Makes a directory that is not there, for this user alone, and checks one that is.
pub(super) fn make_directory(path: &Path) -> Result<(), SharedFileError> {
    let failed = |source| SharedFileError::Directory { path: path.to_owned(), source };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(path).map_err(failed)?;
    let metadata = fs::metadata(path).map_err(failed)?;
    #[cfg(unix)]
    {
        check_owner(&metadata, path)?;
        let mode = metadata.mode() & 0o7777;
        if mode & 0o022 != 0 {
            return Err(SharedFileError::Open { path: path.to_owned(), mode, is_directory: true });
        }
    }
    if metadata.is_dir() { Ok(()) } else { Err(failed(io::ErrorKind::NotADirectory.into())) }
}

/// Whether an open file is this user's, and no one else's to read.
pub(super) fn check_file(file: &File, path: &Path) -> Result<(), SharedFileError> {
    let metadata = file.metadata().map_err(|source| SharedFileError::File {
        path: path.to_owned(),
        what: "looked at",
        source,
    })?;
    if !metadata.is_file() {
        return Err(SharedFileError::NoFile { path: path.to_owned() });
    }
    #[cfg(unix)]
    {
        check_owner(&metadata, path)?;
        let mode = metadata.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(SharedFileError::Open { path: path.to_owned(), mode, is_directory: false });
        }
    }
    Ok(())
}

#[cfg(unix)]
fn check_owner(metadata: &fs::Metadata, path: &Path) -> Result<(), SharedFileError> {
    let owner = metadata.uid();
    if owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(SharedFileError::Foreign { path: path.to_owned(), owner })
}

/// A file that is made is this user's alone from its first moment on.
pub(super) fn only_ours(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    options.mode(0o600);
    options
}

/// A umask may have taken more than was not to be given.
pub(super) fn close_to_others(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
