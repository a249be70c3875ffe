//! Hosts that store a file, crash, and resume.

use core::cell::RefCell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use http::HeaderMap;
use rolefs::s3::S3;
use rolefs::s3::address::endpoint::S3Endpoint;
use rolefs::s3::address::path::S3Path;
use rolefs::s3::client::timeouts::S3Timeouts;
use rolefs::s3::content::condition::WriteCondition;
use rolefs::transfer::event::TransferEvent;
use rolefs::transfer::upload::journal::{FoundJournal, Journals};
use rolefs::transfer::upload::plan::PlanSettings;
use rolefs::transfer::upload::resume::search::Found;
use rolefs::transfer::upload::source::file::SourceFile;
use rolefs::transfer::upload::{Interrupt, UploadError, UploadSettings, Uploader};
use rolesig_std::cache::CacheSettings;
use rolesig_std::http::Network;
use rolesig_std::{Cache, Chain, Environment};

use crate::chance::CLOCK;
use crate::network::World;
use crate::store::{Condition, MIN_PART_LEN};

/// A host with a file to store, and a place for journals.
pub(crate) struct Host {
    /// The letter in its credentials.
    pub(crate) writer: char,
    pub(crate) source: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) condition: Condition,
    /// Everything that was reported to its user.
    pub(crate) reports: RefCell<Vec<String>>,
}

/// The way in which a run of the program stores the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) resumes: bool,
    pub(crate) keeps: bool,
    pub(crate) journals: bool,
    pub(crate) in_flight: usize,
}

/// Returns how objects are cut: into parts of 80 bytes, from 160 on.
pub(crate) fn plan() -> PlanSettings {
    let part_len = u64::try_from(MIN_PART_LEN).unwrap();
    PlanSettings {
        part_len,
        threshold: 2 * part_len,
        unit: part_len / 5,
        ..PlanSettings::default()
    }
}

impl Host {
    pub(crate) fn new(folder: &Path, writer: char, content: &[u8], condition: Condition) -> Self {
        let source = folder.join(format!("source-{writer}"));
        fs::write(&source, content).unwrap();
        let state = folder.join(format!("state-{writer}"));
        Self { writer, source, state, condition, reports: RefCell::default() }
    }

    fn s3(&self) -> S3 {
        let uri = format!("http://169.254.170.23/v1/{}", self.writer);
        let environment: Environment =
            [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*uri), ("AWS_EC2_METADATA_DISABLED", "true")]
                .into_iter()
                .collect();
        let mut settings = CacheSettings::default();
        settings.clock = CLOCK;
        let cache = Cache::with_settings(Chain::new(&environment), settings);
        let url = "http://s3.example".parse().unwrap();
        let endpoint = S3Endpoint::new(Some(&url), Some("eu-west-1"), &environment, None).unwrap();
        let endpoint = endpoint.with_bucket_in_path(true);
        S3::new(cache, endpoint, S3Timeouts::default(), Network::default()).unwrap()
    }

    /// Stores the file. The process crashes when this is dropped.
    pub(crate) async fn store(&self, world: &World, run: Run) -> Result<(), UploadError> {
        let s3 = self.s3();
        let settings =
            UploadSettings { plan: plan(), in_flight: run.in_flight, ..UploadSettings::default() };
        let journals = run.journals.then(|| Journals::new(self.state.clone()));
        let uploader =
            Uploader::new(&s3, settings, Interrupt::default()).with_journals(journals, run.keeps);
        let source = SourceFile::new(File::open(&self.source).unwrap(), &self.source).unwrap();
        let path = S3Path::parse("s3a://b/k").unwrap();
        let headers = HeaderMap::new();
        let on_event = |event: TransferEvent<'_>| {
            if let TransferEvent::Begun { upload_id } = event {
                world.note(format!("{} works on {upload_id}", self.writer));
            }
        };
        let condition = match &self.condition {
            Condition::Always => WriteCondition::Always,
            Condition::Absent => WriteCondition::Absent,
            Condition::Same(etag) => WriteCondition::Same(etag),
        };
        let target = rolefs::transfer::upload::UploadTarget {
            path: &path,
            headers: &headers,
            condition,
            on_event: &on_event,
        };
        let mut unfinished = None;
        if run.resumes {
            let search = uploader.unfinished(&source, &target).await?;
            self.reports.borrow_mut().extend(search.notes);
            match search.found {
                Found::Object(_) => return Ok(()),
                Found::Unfinished(found) => unfinished = Some(found),
                Found::Nothing => {}
            }
        }
        uploader.file(&source, unfinished, &target).await.map(drop)
    }

    /// Returns the ids of the uploads that a journal of this host names.
    pub(crate) fn in_journals(&self) -> Vec<String> {
        let journals = Journals::new(self.state.clone());
        let path = S3Path::parse("s3a://b/k").unwrap();
        let found = journals.of(&self.s3().url(&path).unwrap()).unwrap();
        let id = |journal| match journal {
            FoundJournal::Free(free) => Some(free.entry.upload_id),
            FoundJournal::Busy(entry) => Some(entry.upload_id),
            FoundJournal::Damaged(_) => None,
        };
        found.into_iter().filter_map(id).collect()
    }

    /// Returns whether this host knows an upload: by a journal, or by a report to its user.
    pub(crate) fn knows(&self, upload_id: &str) -> bool {
        self.in_journals().iter().any(|id| id == upload_id)
            || self.reports.borrow().iter().any(|note| note.contains(upload_id))
    }
}
