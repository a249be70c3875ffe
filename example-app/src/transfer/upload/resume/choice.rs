//! The choice of the upload to resume, by journals. Nothing is asked or read here.

use core::fmt;
use std::path::PathBuf;

use crate::system::positioned_file::FileState;
use crate::system::sorted::sorted;
use crate::transfer::upload::journal::{FoundJournal, FreeJournal, JournalEntry};

/// The upload that is wanted.
#[derive(Clone, Debug)]
pub(in crate::transfer::upload) struct Wanted {
    pub(in crate::transfer::upload) url: String,
    pub(in crate::transfer::upload) source: PathBuf,
    pub(in crate::transfer::upload) state: FileState,
    pub(in crate::transfer::upload) headers: String,
}

/// The reason why an upload is not resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transfer::upload) enum Unfit {
    OtherObject,
    OtherSource,
    OtherHeaders,
    Changed,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherObject => "is of another object",
            Self::OtherSource => "is of another file",
            Self::OtherHeaders => "was begun with other metadata or settings of the object",
            Self::Changed => "was begun before the file changed",
        })
    }
}

/// The journals of an object, sorted.
#[derive(Debug, Default)]
pub(in crate::transfer::upload) struct Choice {
    /// Those that fit, the newest first.
    pub(in crate::transfer::upload) fit: Vec<FreeJournal>,
    pub(in crate::transfer::upload) unfit: Vec<(JournalEntry, Unfit)>,
    /// Those that other processes work on.
    pub(in crate::transfer::upload) busy: Vec<JournalEntry>,
    pub(in crate::transfer::upload) damaged: Vec<PathBuf>,
}

impl Choice {
    pub(in crate::transfer::upload) fn of(found: Vec<FoundJournal>, wanted: &Wanted) -> Self {
        let mut choice = Self::default();
        for found in found {
            match found {
                FoundJournal::Busy(entry) => choice.busy.push(*entry),
                FoundJournal::Damaged(path) => choice.damaged.push(path),
                FoundJournal::Free(left) => match unfit(&left.entry, wanted) {
                    None => choice.fit.push(*left),
                    Some(unfit) => choice.unfit.push((left.entry, unfit)),
                },
            }
        }
        choice.fit = sorted(choice.fit, &|one, other| other.entry.begun.cmp(&one.entry.begun));
        choice
    }

    /// Returns whether an upload is known to be another's.
    pub(in crate::transfer::upload) fn knows(&self, upload_id: &str) -> bool {
        let mut ids = self.unfit.iter().map(|(entry, _)| entry).chain(&self.busy);
        ids.any(|entry| entry.upload_id == upload_id)
    }
}

fn unfit(entry: &JournalEntry, wanted: &Wanted) -> Option<Unfit> {
    let JournalEntry { url, source, state, headers, .. } = entry;
    if *url != wanted.url {
        Some(Unfit::OtherObject)
    } else if *source != wanted.source {
        Some(Unfit::OtherSource)
    } else if *state != wanted.state {
        Some(Unfit::Changed)
    } else if *headers != wanted.headers {
        Some(Unfit::OtherHeaders)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::time::SystemTime;

    use super::*;
    use crate::transfer::upload::journal::Journals;

    fn wanted() -> Wanted {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(9);
        Wanted {
            url: "https://h/b/k".to_owned(),
            source: "/a".into(),
            state: FileState { len: 5, modified, inode: Some(1) },
            headers: "h".to_owned(),
        }
    }

    fn entry(upload_id: &str, begun: u64) -> JournalEntry {
        let Wanted { url, source, state, headers } = wanted();
        JournalEntry {
            url,
            bucket: "b".to_owned(),
            key: "k".to_owned(),
            upload_id: upload_id.to_owned(),
            begun: SystemTime::UNIX_EPOCH + Duration::from_secs(begun),
            source,
            state,
            part_len: 1,
            headers,
        }
    }

    /// Returns the choice among journals that processes left.
    fn choice(entries: &[JournalEntry]) -> Choice {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::new(folder.path().to_owned());
        for entry in entries {
            drop(journals.begin(entry).unwrap());
        }
        Choice::of(journals.of(&wanted().url).unwrap(), &wanted())
    }

    #[test]
    fn puts_the_newest_first() {
        let choice = choice(&[entry("old", 1), entry("new", 3), entry("middle", 2)]);
        let ids = choice.fit.iter().map(|left| left.entry.upload_id.as_str());
        assert_eq!(ids.collect::<Vec<_>>(), ["new", "middle", "old"]);
        assert!(!choice.knows("new"), "it can go on");
    }

    #[test]
    fn refuses_uploads_that_differ() {
        let state = wanted().state;
        let shorter = FileState { len: 4, ..state };
        let touched = FileState { modified: SystemTime::UNIX_EPOCH, ..state };
        let replaced = FileState { inode: Some(2), ..state };
        for (other, expected) in [
            (JournalEntry { source: "/b".into(), ..entry("u", 1) }, Unfit::OtherSource),
            (JournalEntry { headers: String::new(), ..entry("u", 1) }, Unfit::OtherHeaders),
            (JournalEntry { state: shorter, ..entry("u", 1) }, Unfit::Changed),
            (JournalEntry { state: touched, ..entry("u", 1) }, Unfit::Changed),
            (JournalEntry { state: replaced, ..entry("u", 1) }, Unfit::Changed),
        ] {
            let choice = choice(core::slice::from_ref(&other));
            assert!(choice.fit.is_empty() && choice.knows("u"));
            assert_eq!(choice.unfit, [(other, expected)]);
        }
        let elsewhere = JournalEntry { url: "https://h/b/x".to_owned(), ..entry("u", 1) };
        assert_eq!(unfit(&elsewhere, &wanted()), Some(Unfit::OtherObject));
    }

    #[test]
    fn leaves_uploads_of_other_processes_alone() {
        let folder = tempfile::tempdir().unwrap();
        let journals = Journals::new(folder.path().to_owned());
        let journal = journals.begin(&entry("u", 1)).unwrap();
        let choice = Choice::of(journals.of(&wanted().url).unwrap(), &wanted());
        assert!(choice.fit.is_empty() && choice.knows("u"));
        assert_eq!(choice.busy, [entry("u", 1)]);
        drop(journal);
    }
}
