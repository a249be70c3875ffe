//! Journals of uploads, cut off at any byte: a cut journal gives the first parts that were written
//! down, and later parts can be added to it; any other bytes are read or refused.
#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use rolefs::s3::content::etag::ETag;
use rolefs::s3::operation::multipart_upload::StoredPart;
use rolefs::system::positioned_file::FileState;
use rolefs::transfer::upload::journal::{FoundJournal, JournalEntry, Journals};
use rolesig_fuzz::scratch;

const URL: &str = "https://b.s3.eu-west-1.amazonaws.com/k";
const UPLOAD_ID: &str = "upload";

fuzz_target!(|input: (&str, u32, Vec<u16>, u16, &[u8])| {
    let (key, begun, numbers, cut, bytes) = input;
    let directory = scratch("journals");
    let _ = fs::remove_dir_all(&directory);
    let entry = entry(key, begun);
    let journals = Journals::new(directory.clone());
    let journal = journals.begin(&entry).unwrap();
    let mut written = Vec::new();
    for number in &numbers {
        let part = part((*number).into());
        journal.acknowledge(&part);
        written.push((part.number, part.etag));
    }
    drop(journal);
    let path = fs::read_dir(&directory).unwrap().next().unwrap().unwrap().path();
    cut_off(&journals, &entry, &path, &written, cut.into());
    fs::write(&path, bytes).unwrap();
    assert!(journals.of_upload(URL, UPLOAD_ID).unwrap().is_some());
});

fn entry(key: &str, begun: u32) -> JournalEntry {
    let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(begun.into());
    JournalEntry {
        url: URL.to_owned(),
        bucket: "b".to_owned(),
        key: key.to_owned(),
        upload_id: UPLOAD_ID.to_owned(),
        begun,
        source: PathBuf::from("/source"),
        state: FileState { len: 7, modified: begun, inode: None },
        part_len: 5,
        headers: String::new(),
    }
}

fn part(number: u32) -> StoredPart {
    StoredPart { number, etag: ETag::written(format!("\"e{number}\"")), checksum: None }
}

fn cut_off(
    journals: &Journals,
    entry: &JournalEntry,
    path: &Path,
    written: &[(u32, ETag)],
    cut: usize,
) {
    let whole = fs::read(path).unwrap();
    let kept = &whole[..cut % (whole.len() + 1)];
    fs::write(path, kept).unwrap();
    let lines = kept.split(|byte| *byte == b'\n').count() - 1;
    match journals.of_upload(URL, UPLOAD_ID).unwrap().unwrap() {
        FoundJournal::Free(left) => {
            assert_eq!(left.entry, *entry);
            // A last line that lacks only its end counts.
            let counts = [lines.saturating_sub(1), lines];
            let read =
                |count: usize| -> BTreeMap<_, _> { written.iter().take(count).cloned().collect() };
            assert!(counts.into_iter().any(|count| left.etags == read(count)));
            left.journal.acknowledge(&part(70_000));
            let before = left.etags.len();
            drop(left);
            let found = journals.of_upload(URL, UPLOAD_ID).unwrap().unwrap();
            let FoundJournal::Free(left) = found else { panic!("{found:?}") };
            assert_eq!(left.etags.len(), before + 1);
        }
        FoundJournal::Damaged(_) => assert_eq!(lines, 0),
        FoundJournal::Busy(_) => panic!("nobody works on it"),
    }
}
