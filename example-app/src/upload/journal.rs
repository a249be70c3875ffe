//! What a process that is killed leaves for the next one: which upload it had begun, of which file.
//!
//! A file of lines, each in JSON. The first is the [`Entry`]; it is there whole or not at all. Each
//! further one is the `ETag` of a part, written when S3 has answered it; one that was cut off counts
//! for nothing. Whoever works on an upload holds a lock on its journal, which the system takes off a
//! process that is killed.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::s3::etag::ETag;
use crate::s3::multipart::StoredPart;
use crate::system::positioned_file::FileState;

/// An upload that was begun.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The URL of the object: the endpoint, the bucket and the key.
    pub url: String,
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// What S3 calls the upload.
    pub upload_id: String,
    /// When it was begun, by the clock of this host.
    #[serde(with = "crate::system::file_time")]
    pub begun: SystemTime,
    /// Where the file lies; absolute.
    pub source: PathBuf,
    /// How the file was.
    pub state: FileState,
    /// In bytes, of each part but the last.
    pub part_len: u64,
    /// What the object is stored with, as [`headers_hash`] has it: metadata may be secret.
    pub headers: String,
}

#[derive(Deserialize, Serialize)]
struct Acknowledged {
    part: u32,
    etag: String,
    /// Whether it tells nothing of the content, since that is encrypted.
    #[serde(default)]
    is_opaque: bool,
}

impl Acknowledged {
    fn etag(self) -> ETag {
        let etag = ETag::written(self.etag);
        if self.is_opaque { etag.opaque() } else { etag }
    }
}

/// SHA-256 of headers in the order of their names, in hexadecimal.
pub fn headers_hash(headers: &HeaderMap) -> String {
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    lines.sort_unstable();
    let mut sha256 = Sha256::new();
    for (name, value) in lines {
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

/// A journal that was there.
#[derive(Debug)]
pub enum FoundJournal {
    /// Of an upload that no process works on.
    Free(Box<Left>),
    /// Of an upload that another process works on.
    Busy(Box<Entry>),
    /// It cannot be read.
    Damaged(PathBuf),
}

/// What a process left.
#[derive(Debug)]
pub struct Left {
    /// Locked by this process now.
    pub journal: Journal,
    /// The upload.
    pub entry: Entry,
    /// What S3 called the parts that it acknowledged, by number.
    pub etags: BTreeMap<u32, ETag>,
}

impl Journals {
    /// Reads and writes nothing yet.
    pub const fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Begins a journal.
    ///
    /// # Errors
    /// If it cannot be written. Then there is none.
    pub fn begin(&self, entry: &Entry) -> io::Result<Journal> {
        create_private(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(&line(entry)?)?;
        // A file system without locks has journals all the same.
        let _ = file.as_file().try_lock();
        file.as_file().sync_all()?;
        let path = self.path(&entry.url, &entry.upload_id);
        let file = file.persist(&path).map_err(|error| error.error)?;
        Ok(Journal { file, path })
    }

    /// The journals of an object's uploads.
    ///
    /// # Errors
    /// If the directory cannot be read; one that is not there is empty.
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
                // One that is gone by now belongs to an upload that has just ended.
                found.extend(read(path)?);
            }
        }
        Ok(found)
    }

    /// The journal of an upload, if there is one.
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
    /// Remembers what S3 called a part. What cannot be written is sent again some day.
    pub fn acknowledge(&self, part: &StoredPart) {
        let etag = part.etag.as_str().to_owned();
        let is_opaque = part.etag.is_opaque();
        let part = Acknowledged { part: part.number, etag, is_opaque };
        let _ = line(&part).and_then(|line| (&self.file).write_all(&line));
    }

    /// Forgets the upload: it is an object, or no more.
    pub fn remove(&self) {
        // What stays says that an upload is unfinished; S3 will say that there is none.
        let _ = fs::remove_file(&self.path);
    }
}

/// How the names of the journals of an object begin. Keys are longer than names may be, and have
/// slashes.
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
    let Ok(entry) = serde_json::from_slice::<Entry>(lines.next().unwrap_or_default()) else {
        return Ok(Some(FoundJournal::Damaged(path)));
    };
    if is_busy {
        return Ok(Some(FoundJournal::Busy(Box::new(entry))));
    }
    let parts = lines.filter_map(|line| serde_json::from_slice::<Acknowledged>(line).ok());
    let etags = parts.map(|acknowledged| (acknowledged.part, acknowledged.etag())).collect();
    if !bytes.ends_with(b"\n") {
        // So that the next line is not a part of the one that was cut off.
        file.write_all(b"\n")?;
    }
    Ok(Some(FoundJournal::Free(Box::new(Left { journal: Journal { file, path }, entry, etags }))))
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn entry(upload_id: &str) -> Entry {
        Entry {
            url: "http://127.0.0.1:9000/b/d/a%20b".to_owned(),
            bucket: "b".to_owned(),
            key: "d/a b".to_owned(),
            upload_id: upload_id.to_owned(),
            begun: SystemTime::UNIX_EPOCH + Duration::new(1_440_938_160, 7),
            source: "/tmp/a b".into(),
            state: FileState {
                len: 5,
                modified: SystemTime::UNIX_EPOCH + Duration::new(1, 999_999_999),
                inode: Some(u64::MAX),
            },
            part_len: 5 << 20,
            headers: headers_hash(&HeaderMap::new()),
        }
    }

    fn part(number: u32, etag: &str) -> StoredPart {
        StoredPart { number, etag: ETag::written(etag), checksum: None }
    }

    /// The only one.
    fn left(journals: &Journals) -> Left {
        match journals.of(&entry("").url).unwrap().pop() {
            Some(FoundJournal::Free(left)) => *left,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::new(folder.path().join("state/rolefs"));
        assert!(journals.of(&entry("x").url).unwrap().is_empty());
        let journal = journals.begin(&entry("V/x+1=")).unwrap();
        journal.acknowledge(&part(2, "\"e2\""));
        journal.acknowledge(&part(1, "\"e1\""));
        let busy = journals.of(&entry("").url).unwrap();
        assert!(
            matches!(&busy[..], [FoundJournal::Busy(it)] if **it == entry("V/x+1=")),
            "{busy:?}"
        );
        drop(journal);
        let found = left(&journals);
        assert_eq!(found.entry, entry("V/x+1="));
        let etags = [(1, ETag::written("\"e1\"")), (2, ETag::written("\"e2\""))];
        assert_eq!(found.etags, BTreeMap::from(etags));
        found.journal.acknowledge(&part(2, "\"again\""));
        drop(found);
        assert_eq!(left(&journals).etags[&2], ETag::written("\"again\""));
        assert!(journals.of("http://127.0.0.1:9000/b/other").unwrap().is_empty());
        left(&journals).journal.remove();
        assert!(journals.of(&entry("").url).unwrap().is_empty());
    }

    #[test]
    fn files_of_before_1970_have_journals_too() {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::new(folder.path().to_owned());
        let modified = SystemTime::UNIX_EPOCH - Duration::new(1, 1);
        let old = Entry { state: FileState { modified, ..entry("x").state }, ..entry("x") };
        drop(journals.begin(&old).unwrap());
        assert_eq!(left(&journals).entry, old);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::new(folder.path().join("state"));
        let journal = journals.begin(&entry("x")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&journals.directory), mode(&journal.path)), (0o700, 0o600));
    }

    #[test]
    fn a_line_that_was_cut_off_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::new(folder.path().to_owned());
        let journal = journals.begin(&entry("x")).unwrap();
        journal.acknowledge(&part(1, "\"e1\""));
        (&journal.file).write_all(b"{\"part\":2,\"et").unwrap();
        drop(journal);
        let found = left(&journals);
        assert_eq!(found.etags.len(), 1);
        found.journal.acknowledge(&part(3, "\"e3\""));
        drop(found);
        assert_eq!(left(&journals).etags.keys().copied().collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn headers_are_compared_without_regard_to_order() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let pairs =
                pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            headers_hash(&pairs.collect())
        };
        assert_eq!(headers(&[("a", "1"), ("b", "2")]), headers(&[("b", "2"), ("a", "1")]));
        assert_ne!(headers(&[("a", "1")]), headers(&[("a", "2")]));
        assert_ne!(headers(&[("a", "1")]), headers(&[]));
    }

    proptest! {
        #[test]
        fn damaged_journals_are_said_to_be(at in 0..400_usize, byte in any::<u8>(), cut in any::<bool>()) {
            let folder = tempfile::tempdir().unwrap();
            let journals = Journals::new(folder.path().to_owned());
            let path = journals.begin(&entry("x")).unwrap().path;
            let mut bytes = fs::read(&path).unwrap();
            let at = at % bytes.len();
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            fs::write(&path, bytes).unwrap();
            match journals.of(&entry("").url).unwrap().pop().unwrap() {
                FoundJournal::Damaged(named) => prop_assert_eq!(named, path),
                // Only where another text is as good.
                FoundJournal::Free(left) => prop_assert!(!cut || left.entry == entry("x")),
                FoundJournal::Busy(_) => prop_assert!(false, "nobody holds it"),
            }
        }
    }
}
