//! Journals of unfinished uploads, so that a later run can resume them if the process is killed.
//!
//! A journal is a file of lines in JSON. The first line is the [`JournalEntry`], which is there
//! completely or not at all. Each further line is the `ETag` of a part, written when S3 has
//! acknowledged it; a line that was cut off is ignored. A process that works on an upload holds a
//! lock on its journal, which the system releases if the process is killed.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::s3::content::etag::ETag;
use crate::s3::operation::multipart_upload::StoredPart;
use crate::system::positioned_file::FileState;
use crate::system::sorted::sorted;

/// An upload that was begun.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    /// The URL of the object: the endpoint, the bucket and the key.
    pub url: String,
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The upload id.
    pub upload_id: String,
    /// When it was begun, by the clock of this host.
    #[serde(with = "crate::system::file_time")]
    pub begun: SystemTime,
    /// The absolute path of the file.
    pub source: PathBuf,
    /// The state of the file when the upload was begun.
    pub state: FileState,
    /// The length in bytes of each part but the last.
    pub part_len: u64,
    /// The [hash](headers_hash) of the object's headers: metadata can be secret.
    pub headers: String,
}

#[derive(Deserialize, Serialize)]
struct Acknowledged {
    part: u32,
    etag: String,
    /// True if it says nothing about the content, since that is encrypted.
    #[serde(default)]
    is_opaque: bool,
}

impl Acknowledged {
    fn etag(self) -> ETag {
        let etag = ETag::written(self.etag);
        if self.is_opaque { etag.opaque() } else { etag }
    }
}

/// Hashes headers in the order of their names by SHA-256, in hexadecimal.
pub fn headers_hash(headers: &HeaderMap) -> String {
    let lines: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let mut sha256 = Sha256::new();
    for (name, value) in sorted(lines, &Ord::cmp) {
        // A value has no line end.
        for piece in [name.as_bytes(), b":", value, b"\n"] {
            sha256.update(piece);
        }
    }
    hex::encode(sha256.finalize())
}

/// The directory in which the journals lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journals {
    directory: PathBuf,
}

/// The journal of an upload that this process works on.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

/// An existing journal.
#[derive(Debug)]
pub enum FoundJournal {
    /// The journal of an upload that no process works on.
    Free(Box<FreeJournal>),
    /// The journal of an upload that another process works on.
    Busy(Box<JournalEntry>),
    /// A file that cannot be read.
    Damaged(PathBuf),
}

/// The journal of an interrupted upload, which no running process holds.
#[derive(Debug)]
pub struct FreeJournal {
    /// The journal, locked by this process now.
    pub journal: Journal,
    /// The upload.
    pub entry: JournalEntry,
    /// The `ETag`s of the parts that S3 acknowledged, by number.
    pub etags: BTreeMap<u32, ETag>,
}

impl Journals {
    /// Creates the journals of a directory, without reading or writing yet.
    pub const fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Begins a journal.
    ///
    /// # Errors
    /// If it cannot be written. No journal is left then.
    pub fn begin(&self, entry: &JournalEntry) -> io::Result<Journal> {
        create_private(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(&line(entry)?)?;
        // A file system without locks has journals nevertheless.
        let _ = file.as_file().try_lock();
        file.as_file().sync_all()?;
        let path = self.path(&entry.url, &entry.upload_id);
        let file = file.persist(&path).map_err(|error| error.error)?;
        Ok(Journal { file, path })
    }

    /// Finds the journals of an object's uploads.
    ///
    /// # Errors
    /// If the directory cannot be read; a missing one counts as empty.
    pub fn of(&self, url: &str) -> io::Result<Vec<FoundJournal>> {
        let of_object = object_part(url);
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for path in entries.map(|entry| entry.map(|entry| entry.path())) {
            let path = path?;
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with(&of_object) {
                // A journal that vanished belongs to an upload that has just ended.
                found.extend(read(path)?);
            }
        }
        Ok(found)
    }

    /// Finds the journal of an upload, if there is one.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn of_upload(&self, url: &str, upload_id: &str) -> io::Result<Option<FoundJournal>> {
        read(self.path(url, upload_id))
    }

    fn path(&self, url: &str, upload_id: &str) -> PathBuf {
        let id = hex::encode(Sha256::digest(upload_id));
        let id = id.get(..16).unwrap_or_default();
        self.directory.join(format!("{}{id}.json", object_part(url)))
    }
}

impl Journal {
    /// Records the `ETag` of a part. A part that cannot be recorded is sent again by a later run.
    pub fn acknowledge(&self, part: &StoredPart) {
        let etag = part.etag.as_str().to_owned();
        let is_opaque = part.etag.is_opaque();
        let part = Acknowledged { part: part.number, etag, is_opaque };
        let _ = line(&part).and_then(|line| (&self.file).write_all(&line));
    }

    /// Removes the journal: the upload is an object, or does not exist.
    pub fn remove(&self) {
        // A journal that stays names an unfinished upload; S3 will answer that it does not exist.
        let _ = fs::remove_file(&self.path);
    }
}

/// Returns the beginning of the names of an object's journals. Keys are longer than names can be,
/// and have slashes.
fn object_part(url: &str) -> String {
    let hash = hex::encode(Sha256::digest(url));
    format!("{}-", hash.get(..32).unwrap_or_default())
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn read(path: PathBuf) -> io::Result<Option<FoundJournal>> {
    let mut file = match File::options().read(true).append(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let is_busy = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let Ok(entry) = serde_json::from_slice::<JournalEntry>(lines.next().unwrap_or_default()) else {
        return Ok(Some(FoundJournal::Damaged(path)));
    };
    if is_busy {
        return Ok(Some(FoundJournal::Busy(Box::new(entry))));
    }
    let parts = lines.filter_map(|line| serde_json::from_slice::<Acknowledged>(line).ok());
    let mut etags = BTreeMap::new();
    etags.extend(parts.map(|acknowledged| (acknowledged.part, acknowledged.etag())));
    if !bytes.ends_with(b"\n") {
        // So that the next line is not a part of the one that was cut off.
        file.write_all(b"\n")?;
    }
    Ok(Some(FoundJournal::Free(Box::new(FreeJournal {
        journal: Journal { file, path },
        entry,
        etags,
    }))))
}

#[cfg(test)]
mod tests;
