use core::time::Duration;

use proptest::prelude::*;

use super::*;

fn entry(upload_id: &str) -> JournalEntry {
    JournalEntry {
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

/// Returns the only journal.
fn left(journals: &Journals) -> FreeJournal {
    match journals.of(&entry("").url).unwrap().pop() {
        Some(FoundJournal::Free(left)) => *left,
        other => panic!("{other:?}"),
    }
}

#[test]
fn reads_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let journals = Journals::new(folder.path().join("state/rolefs"));
    assert!(journals.of(&entry("x").url).unwrap().is_empty());
    let journal = journals.begin(&entry("V/x+1=")).unwrap();
    journal.acknowledge(&part(2, "\"e2\""));
    journal.acknowledge(&part(1, "\"e1\""));
    let busy = journals.of(&entry("").url).unwrap();
    assert!(matches!(&busy[..], [FoundJournal::Busy(it)] if **it == entry("V/x+1=")), "{busy:?}");
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
fn takes_files_of_before_1970() {
    let folder = tempfile::tempdir().unwrap();
    let journals = Journals::new(folder.path().to_owned());
    let modified = SystemTime::UNIX_EPOCH - Duration::new(1, 1);
    let old = JournalEntry { state: FileState { modified, ..entry("x").state }, ..entry("x") };
    drop(journals.begin(&old).unwrap());
    assert_eq!(left(&journals).entry, old);
}

#[cfg(unix)]
#[test]
fn keeps_journals_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let journals = Journals::new(folder.path().join("state"));
    let journal = journals.begin(&entry("x")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&journals.directory), mode(&journal.path)), (0o700, 0o600));
}

#[test]
fn ignores_lines_that_were_cut_off() {
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
fn hashes_headers_without_regard_to_order() {
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
    fn reports_damaged_journals(at in 0..400_usize, byte in any::<u8>(), cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::new(folder.path().to_owned());
        let path = journals.begin(&entry("x")).unwrap().path;
        let mut bytes = fs::read(&path).unwrap();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        fs::write(&path, bytes).unwrap();
        match journals.of(&entry("").url).unwrap().pop().unwrap() {
            FoundJournal::Damaged(named) => prop_assert_eq!(named, path),
            // Only where another text would do.
            FoundJournal::Free(left) => prop_assert!(!cut || left.entry == entry("x")),
            FoundJournal::Busy(_) => prop_assert!(false, "nobody holds it"),
        }
    }
}
