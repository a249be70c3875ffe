//! Credentials that the processes of a host share in a file.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::read::secret_file;

#[cfg_attr(not(unix), path = "shared_file/directory_elsewhere.rs")]
mod directory;
mod error;
mod record;

use directory::Directory;
pub use error::SharedFileError;
pub(crate) use record::{Record, SharedCredentials, SharedFailure};

/// A file for the credentials of one configuration. Of all processes of this user that name the
/// same directory and key, one asks the provider, and the others read what it got. The file also
/// keeps the last failure, and until when the provider is not asked again because of it.
///
/// Give it to a [`Cache`](crate::Cache) by its settings. [`Chain::key`](crate::Chain::key) returns
/// a key that differs wherever the credentials must differ, even if the directory is shared over a
/// network or by a volume. A program that makes its own key must ensure that. The file and its lock
/// are named by a hash of the key. The lock is the operating system's, so it ends with the process
/// that holds it.
///
/// # Who can read it
/// On Unix the directory is made with mode 0700 and the files with 0600, whatever the umask. A
/// directory that others can write to, or that belongs to another user, is refused. Its parents
/// must belong to this user or to root, and must not let others rename what is in them. (In `/tmp`
/// only the owner can rename a file, so it is a good parent.) All of this is checked at each use,
/// and a symbolic link in place of a file is never followed. A file that others can read, or that
/// belongs to another user, is not read but replaced.
///
/// On other systems the files inherit the rights of the directory: name one in the user's own
/// profile.
///
/// The secrets lie in it as they are, as they do in `~/.aws/credentials`; unlike those, they
/// expire.
///
/// ```
/// use rolesig_std::cache::SharedFile;
///
/// # let home = tempfile::tempdir()?;
/// # let home = home.path();
/// let file = SharedFile::new(home.join("rolesig"), "imds http://169.254.169.254")?;
/// assert!(file.path().starts_with(home));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFile {
    directory: PathBuf,
    name: String,
    key: String,
    path: PathBuf,
}

/// The lock of the process that asks the provider. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl SharedFile {
    /// Names a file in a directory, which is created if it does not exist. Two files differ by
    /// their keys alone, so the key names the kind of provider, its endpoint, the ARN of the role,
    /// and the caller: the host, the container, the person who has logged in. It must hold no
    /// secrets, since it is written into the file.
    ///
    /// # Errors
    /// If the directory cannot be made, is not this user's, or others can write to it. A program
    /// that shares credentials only to spare the provider can continue without the file.
    pub fn new(directory: impl Into<PathBuf>, key: &str) -> Result<Self, SharedFileError> {
        let directory = directory.into();
        drop(Directory::make(&directory)?);
        // With the version, so that programs with another one do not take turns in replacing it.
        let hash = Sha256::new().chain_update([record::VERSION]).chain_update(key).finalize();
        let name = hex::encode(hash);
        let path = directory.join(format!("{name}.json"));
        Ok(Self { directory, name, key: key.to_owned(), path })
    }

    /// Returns the path of the file with the credentials.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the record; returns an empty one if the file does not exist, is damaged, or belongs to
    /// another configuration.
    pub(crate) fn read(&self) -> Result<Record, SharedFileError> {
        let file = match self.directory()?.read(&self.file_name(), &self.path) {
            Err(SharedFileError::File { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                return Ok(Record::default());
            }
            opened => opened?,
        };
        let document = self.done("read", secret_file::read_open(file))?;
        Ok(Record::from_json(&document, &self.key).unwrap_or_default())
    }

    /// Reads a record of this key and writes it again: for the fuzz targets.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn rewritten(json: &[u8], key: &str) -> Option<Vec<u8>> {
        let mut written = Vec::new();
        Record::from_json(json, key)?.to_json(key, &mut written).ok()?;
        Some(written)
    }

    /// Locks the file without waiting; returns `None` if another process has the lock.
    pub(crate) fn try_lock(&self) -> Result<Option<Lock>, SharedFileError> {
        let name = format!("{}.lock", self.name);
        let file = self.directory()?.lock(&name, &self.directory.join(&name))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => self.done("locked", Err(error)),
        }
    }

    /// Replaces the file as a whole: a reader sees the old or the new one. Does not wait until it
    /// is on the disk: after a loss of power the credentials are fetched again.
    ///
    /// A failure removes no credentials: existing ones stay, except for those that a service
    /// `rejected`.
    pub(crate) fn write(
        &self,
        mut record: Record,
        rejected: Option<&str>,
        _: &Lock,
    ) -> Result<(), SharedFileError> {
        if record.credentials.is_none() {
            let kept = self.read().ok().and_then(|old| old.credentials);
            record.credentials = kept.filter(|kept| rejected != Some(kept.access_key_id()));
        }
        let directory = self.directory()?;
        let mut document = Zeroizing::new(Vec::with_capacity(secret_file::LIMIT));
        self.done("written", record.to_json(&self.key, &mut *document).map_err(Into::into))?;
        // Only the process with the lock uses this name; a crash may have left the file there.
        let new = format!("{}.new", self.name);
        let written = directory.create(&new).and_then(|mut file| file.write_all(&document));
        let replaced = written.and_then(|()| directory.rename(&new, &self.file_name()));
        if replaced.is_err() {
            // It may be half written, and has secrets.
            let _ = directory.remove(&new);
        }
        self.done("written", replaced)
    }

    fn file_name(&self) -> String {
        format!("{}.json", self.name)
    }

    /// Opens the directory, which is checked each time.
    fn directory(&self) -> Result<Directory, SharedFileError> {
        Directory::open(&self.directory).map_err(|error| match error {
            SharedFileError::Directory { source, .. } => {
                SharedFileError::File { path: self.path.clone(), what: "reached", source }
            }
            other => other,
        })
    }

    fn done<T>(&self, what: &'static str, result: io::Result<T>) -> Result<T, SharedFileError> {
        result.map_err(|source| SharedFileError::File { path: self.path.clone(), what, source })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rolesig::{Credentials, Timestamp};

    use super::*;
    use crate::identity::{Identity, Source};

    fn record(access_key_id: Option<&str>, failure: Option<&str>) -> Record {
        let at = Timestamp::from(1_440_938_160);
        let credentials = access_key_id.map(|access_key_id| {
            let credentials =
                Credentials { access_key_id, secret_access_key: "s", session_token: None };
            let identity = Identity::new(credentials, None, None, Source::Environment);
            SharedCredentials { identity: Arc::new(identity), fetched_at: at }
        });
        let failure = failure.map(|message| SharedFailure::new(at, at, false, message));
        Record { credentials, failure }
    }

    #[test]
    fn keeps_credentials_after_a_failure() {
        let directory = tempfile::tempdir().unwrap();
        let file = SharedFile::new(directory.path().join("shared"), "key").unwrap();
        let lock = file.try_lock().unwrap().unwrap();
        let write = |record, rejected| {
            file.write(record, rejected, &lock).unwrap();
            let Record { credentials, failure } = file.read().unwrap();
            let id = credentials.map(|credentials| credentials.access_key_id().to_owned());
            (id, failure.map(|failure| failure.message.to_string()))
        };
        let (one, other) = (|| Some("ASIA1".to_owned()), || Some("ASIA2".to_owned()));
        let failed = || Some("failed".to_owned());
        assert_eq!(write(record(None, Some("failed")), None), (None, failed()));
        assert_eq!(write(record(Some("ASIA1"), None), None), (one(), None));
        assert_eq!(write(record(None, Some("failed")), None), (one(), failed()));
        assert_eq!(write(record(None, Some("failed")), Some("ASIA0")), (one(), failed()));
        assert_eq!(write(record(Some("ASIA2"), None), Some("ASIA1")), (other(), None));
        assert_eq!(write(record(None, Some("failed")), Some("ASIA2")), (None, failed()));
    }
}
