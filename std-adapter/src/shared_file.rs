//! Credentials that the processes of a host share in a file.

use core::time::Duration;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::secret_file;

mod access;
mod record;

pub(crate) use record::{Record, SharedCredentials, SharedFailure};

/// A file for the credentials of one configuration: of all processes of this user that name the
/// same directory and key, one asks the provider, and the others read what it got. What a failure
/// said, and until when the provider is to be left alone for it, is in there too.
///
/// Give it to a [`Cache`](crate::Cache) by its settings; [`Chain::key`](crate::Chain::key) has a key
/// that no two have who are to have different credentials, even if they share the directory over a
/// network or by a volume: whoever makes a key of their own has to see to that. The file and its lock are named by a hash
/// of the key. The lock is the operating system's, so it ends with the process that holds it.
///
/// # Who can read it
/// On Unix the directory is made with mode 0700 and the files with 0600, whatever the umask. A
/// directory that others can write to, or that belongs to another user, is refused; a file that is
/// open to others, or another's, is not read but replaced. Elsewhere the rights are those that the
/// directory hands down: name one in the user's own profile.
///
/// The secrets lie in it as they are, as they do in `~/.aws/credentials`; unlike those, they expire.
///
/// ```
/// use rolesig_std::SharedFile;
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

/// Whoever has it is the one to ask the provider. The lock ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl SharedFile {
    /// In a directory, which is made if it is not there. The key is all that makes two
    /// differ: the kind of provider, its endpoint, a role's ARN, and who asks: the host, the
    /// container, the person who has logged in. It holds no secrets, since it is written into the
    /// file.
    ///
    /// # Errors
    /// If the directory cannot be made, is not this user's, or others can write to it. Whoever
    /// shares credentials to spare the provider, and not because it must, goes on without the file.
    pub fn new(directory: impl Into<PathBuf>, key: &str) -> Result<Self, SharedFileError> {
        let directory = directory.into();
        access::make_directory(&directory)?;
        // With the version, so that programs with another one do not take turns in replacing it.
        let hash = Sha256::new().chain_update([record::VERSION]).chain_update(key).finalize();
        let name = hex::encode(hash);
        let path = directory.join(format!("{name}.json"));
        Ok(Self { directory, name, key: key.to_owned(), path })
    }

    /// Where the credentials are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is in there; nothing if there is no file, or a damaged one, or another configuration's.
    pub(crate) fn read(&self) -> Result<Record, SharedFileError> {
        let file = match secret_file::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Record::default()),
            opened => self.done("opened", opened)?,
        };
        access::check_file(&file, &self.path)?;
        let document = self.done("read", secret_file::read_open(file))?;
        Ok(Record::from_json(&document, &self.key).unwrap_or_default())
    }

    /// Without waiting; `None` if another has it.
    pub(crate) fn try_lock(&self) -> Result<Option<Lock>, SharedFileError> {
        let path = self.directory.join(format!("{}.lock", self.name));
        // To open a pipe could take for ever.
        if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(SharedFileError::NoFile { path });
        }
        let mut options = OpenOptions::new();
        access::only_ours(options.write(true).create(true));
        let file = self.done("opened for its lock", options.open(path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => self.done("locked", Err(error)),
        }
    }

    /// Replaces what is in there as a whole: whoever reads sees the old or the new one. It is not
    /// waited for until it is on the disk: after a loss of power it is fetched anew.
    pub(crate) fn write(&self, record: &Record, _: &Lock) -> Result<(), SharedFileError> {
        let mut document = Zeroizing::new(Vec::with_capacity(secret_file::LIMIT));
        self.done("written", record.to_json(&self.key, &mut *document).map_err(Into::into))?;
        // Who has the lock is the only one to use this name; a crash may have left it there.
        let new = self.directory.join(format!("{}.new", self.name));
        match fs::remove_file(&new) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => self.done("replaced", removed)?,
        }
        let mut options = OpenOptions::new();
        access::only_ours(options.write(true).create_new(true));
        let written = options.open(&new).and_then(|mut file| {
            access::close_to_others(&file)?;
            file.write_all(&document)
        });
        let replaced = written.and_then(|()| fs::rename(&new, &self.path));
        if replaced.is_err() {
            // It may be half written, and has secrets.
            let _ = fs::remove_file(&new);
        }
        self.done("written", replaced)
    }

    fn done<T>(&self, what: &'static str, result: io::Result<T>) -> Result<T, SharedFileError> {
        result.map_err(|source| SharedFileError::File { path: self.path.clone(), what, source })
    }
}

/// Why a file cannot be shared. A [`Cache`](crate::Cache) that has one fetches credentials without it
/// then, and says so by [`shared_file_error`](crate::Cache::shared_file_error). Where
/// [`SharedFile::new`] says it, a program need not end either: it may do without the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SharedFileError {
    /// The directory cannot be made, or is none.
    #[error("{}: {source}: name a directory of your own for shared credentials", path.display())]
    Directory {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is another user's.
    #[error(
        "{} belongs to user {owner}: name a directory of your own for shared credentials",
        path.display()
    )]
    Foreign {
        /// The directory or file.
        path: PathBuf,
        /// The number of the user.
        owner: u32,
    },
    /// Others could change it, or read it.
    #[error(
        "{path} is open to other users (mode {mode:04o}): run `chmod {closing} {path}`",
        path = path.display(),
        closing = if *is_directory { "go-w" } else { "go=" }
    )]
    Open {
        /// The directory or file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// Which of the two.
        is_directory: bool,
    },
    /// It is no file.
    #[error("{} is no regular file: remove it", path.display())]
    NoFile {
        /// Its path.
        path: PathBuf,
    },
    /// The operating system says no.
    #[error(
        "{} could not be {what}: {source}: check the rights and the space there, or share no file",
        path.display()
    )]
    File {
        /// Its path.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The file system takes too long.
    #[error("{}: the file system took more than {} s: name a directory on this host", path.display(), after.as_secs())]
    Slow {
        /// The file.
        path: PathBuf,
        /// How long it was waited for.
        after: Duration,
    },
    /// The thread that used it did not come to its end.
    #[error("the runtime was shut down while the shared file was used")]
    CutOff,
}
