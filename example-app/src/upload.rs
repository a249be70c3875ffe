//! How a source becomes an object.
//!
//! - A file is read where it lies, each part twice: for its hash, and as it is sent. A part that has
//!   to be sent again is read again; none is kept in memory.
//! - What has no length, such as stdin, goes part by part through temporary files without names.
//! - An object appears when it is whole. The first failure sticks: nothing is completed after it,
//!   and the upload that was begun is aborted, as it is when a signal interrupts. Uploads of others
//!   are left alone.
//! - A file that changed while it was read is not published.

use core::cell::{Cell, RefCell};
use std::io::{self, Read};

use futures_util::FutureExt as _;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use http::HeaderMap;

use crate::s3::condition::Condition;
use crate::s3::etag::ETag;
use crate::s3::multipart::StoredPart;
use crate::s3::path::S3Path;
use crate::s3::retries::Retries;
use crate::s3::{S3, S3Failure};
use crate::transfer::step::Step;

mod abort;
mod check;
mod choice;
mod concurrency;
mod evidence;
mod failure;
mod held;
mod in_flight;
mod interrupt;
pub mod journal;
mod multipart;
mod piece;
pub mod planner;
mod precondition;
pub mod resume;
mod settings;
mod single;
pub mod source_file;
mod spool;
mod statistics;
pub mod update;

pub use abort::AbortError;
pub use check::Difference;
pub use failure::UploadError;
use in_flight::{InFlight, Permit};
pub use interrupt::Interrupt;
use journal::Journals;
use multipart::{OnFailure, Upload};
pub(crate) use piece::{KEPT, Piece};
use planner::{Part, Plan, PlanSettings};
use precondition::Precondition;
use resume::Unfinished;
pub use settings::UploadSettings;
use source_file::SourceFile;
use spool::Spool;
pub use statistics::Statistics;

/// Where an object goes, and how.
#[derive(Clone)]
pub struct Target<'t> {
    /// Its name.
    pub path: &'t S3Path,
    /// What it is stored with: its metadata.
    pub headers: &'t HeaderMap,
    /// What must be there, or not, for it to be stored.
    pub condition: Condition<'t>,
    /// Hears what happens to it.
    pub hear: &'t dyn Fn(Step<'_>),
}

impl Target<'_> {
    /// What it means that S3 found the condition not to hold.
    const fn not_stored(&self) -> UploadError {
        match self.condition {
            Condition::Same(_) => UploadError::ChangedThere,
            Condition::Always | Condition::Absent => UploadError::Exists,
        }
    }
}

/// Uploads to one S3.
#[derive(Debug)]
pub struct Uploader<'s> {
    s3: &'s S3,
    settings: UploadSettings,
    interrupt: Interrupt,
    in_flight: InFlight,
    statistics: Cell<Statistics>,
    /// Where uploads are written down that may be cut off.
    journals: Option<Journals>,
    /// Whether an upload that fails is kept for whoever is to go on with it.
    keeps: bool,
    no_journal: RefCell<Option<String>>,
    /// The access key id that was last signed with.
    access_key_id: RefCell<Option<String>>,
    precondition: Cell<Precondition>,
}

impl<'s> Uploader<'s> {
    /// Begins nothing yet.
    pub fn new(s3: &'s S3, settings: UploadSettings, interrupt: Interrupt) -> Self {
        let in_flight = InFlight::new(settings.in_flight);
        let (statistics, no_journal) = Default::default();
        Self {
            s3,
            settings,
            interrupt,
            in_flight,
            statistics,
            journals: None,
            keeps: false,
            no_journal,
            access_key_id: RefCell::default(),
            precondition: Cell::default(),
        }
    }

    /// Writes down which uploads of files it has begun, for whoever is to go on if this process is
    /// killed. With `keeps` an upload that fails is not aborted if it can go on.
    #[must_use]
    pub fn with_journals(self, journals: Option<Journals>, keeps: bool) -> Self {
        Self { journals, keeps, ..self }
    }

    /// Why an upload was not written down, if one was not.
    pub fn no_journal(&self) -> Option<String> {
        self.no_journal.borrow().clone()
    }

    /// What happened so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics.get()
    }

    /// How it cuts.
    pub const fn plan(&self) -> PlanSettings {
        self.settings.plan
    }

    /// What stops it.
    pub const fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Stores a file, by an upload of it that was cut off if there is one; and gives what S3 called the
    /// object, if it did.
    ///
    /// # Errors
    /// If it is not stored, or may have changed after it was.
    pub async fn file(
        &self,
        source: &SourceFile,
        unfinished: Option<Unfinished>,
        target: &Target<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let (file, before) = (&source.file, source.state);
        let etag = match (unfinished, self.settings.plan.plan(before.len)?) {
            (Some(unfinished), _) => self.go_on(unfinished, source, target).await,
            (None, Plan::Single) => self.whole(source, target).await,
            (None, Plan::Parts(parts)) => {
                let upload = self.begin_of(source, target, parts.part_len()).await?;
                let pieces = stream::iter(parts).map(|part| Ok(Piece::of(file, part)));
                let check = || source.check();
                self.multipart(upload, Vec::new(), pieces, &check).await
            }
        };
        let etag = match etag {
            // A piece ended before it was whole, though nothing changed.
            Err(UploadError::Changed) => Err(source.ended_elsewhere()),
            etag => etag,
        }?;
        self.count(|statistics| statistics.bytes += before.len);
        Ok(etag)
    }

    /// Stores what is read up to its end, however long it is; and gives what S3 called the object, if
    /// it did.
    ///
    /// # Errors
    /// If it is not stored.
    pub async fn reader(
        &self,
        reader: impl Read + Send + 'static,
        target: &Target<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let spool = Spool::new(reader, self.settings.clone());
        let (first, spool) = self.uninterrupted(spool.next()).await??;
        let len = Cell::new(0);
        let hear = |step: Step<'_>| {
            if let Step::Moved { bytes } = step {
                len.set(len.get() + bytes);
            }
            (target.hear)(step);
        };
        let target = &Target { hear: &hear, ..target.clone() };
        let etag = if spool.is_at_end() {
            self.single(&first.span(self.settings.integrity).await?, target).await?
        } else {
            let rest = stream::try_unfold(spool, |spool| async {
                if spool.is_at_end() { Ok(None) } else { spool.next().await.map(Some) }
            });
            let pieces = stream::iter([Ok(first)]).chain(rest);
            let upload = self.begin(target).await?;
            self.multipart(upload, Vec::new(), pieces, &|| Ok(())).await?
        };
        self.count(|statistics| statistics.bytes += len.get());
        Ok(etag)
    }

    /// Stores an object without content.
    ///
    /// # Errors
    /// If it is not stored.
    pub async fn nothing(&self, target: &Target<'_>) -> Result<(), UploadError> {
        let nothing = Spool::new(io::empty(), self.settings.clone()).next().await?.0;
        self.single(&nothing.span(self.settings.integrity).await?, target).await.map(|_| ())
    }

    /// A file in one request. S3 refuses it if it changes on its way there, since the signature says
    /// what its hash must be.
    async fn whole(
        &self,
        source: &SourceFile,
        target: &Target<'_>,
    ) -> Result<Option<ETag>, UploadError> {
        let part = Part { number: 1, offset: 0, len: source.len() };
        let span = Piece::of(&source.file, part).span(self.settings.integrity).await?;
        source.check()?;
        let stored = self.single(&span, target).await;
        match (stored, source.check()) {
            (Ok(etag), Ok(())) => Ok(self.try_out(&span, target, etag).await),
            (Ok(_), Err(_)) => Err(UploadError::ChangedLate),
            // What S3 says of a file that changed on its way is not the reason.
            (Err(UploadError::S3(_)), Err(changed)) => Err(changed),
            (Err(failure), _) => Err(failure),
        }
    }

    /// Begins an upload of a file, and writes that down.
    async fn begin_of<'u>(
        &'u self,
        source: &SourceFile,
        target: &'u Target<'u>,
        part_len: u64,
    ) -> Result<Upload<'u>, UploadError> {
        let mut upload = self.begin(target).await?;
        match self.journal(&upload, source, part_len) {
            Ok(journal) => {
                upload.journal = Some(journal);
                upload.on_failure = if self.keeps { OnFailure::Keep } else { OnFailure::Abort };
            }
            Err(error) => *self.no_journal.borrow_mut() = Some(error.to_string()),
        }
        Ok(upload)
    }

    /// Sends pieces as parts, several at once, and makes them an object, with those that S3 holds
    /// already, if `check` finds nothing.
    async fn multipart(
        &self,
        upload: Upload<'_>,
        held: Vec<StoredPart>,
        pieces: impl Stream<Item = Result<Piece, UploadError>>,
        check: &dyn Fn() -> Result<(), UploadError>,
    ) -> Result<Option<ETag>, UploadError> {
        let sending = pieces
            .map(|piece| async { upload.send(piece?).await })
            .buffer_unordered(self.settings.in_flight.min(self.settings.parts_in_flight).max(1))
            .try_collect::<Vec<StoredPart>>();
        let sent = self.uninterrupted(sending).await.flatten();
        // What S3 says of a part that changed on its way is not the reason.
        let sent = match (sent, check()) {
            (Ok(_) | Err(UploadError::S3(_)), Err(changed)) => Err(changed),
            (sent, _) => sent,
        };
        let etag = match sent {
            Ok(parts) => upload.complete([held, parts].concat()).await?,
            Err(failure) => return Err(upload.abort(failure).await),
        };
        self.count(|statistics| statistics.objects += 1);
        Ok(etag)
    }

    /// Asks S3 something, again until it answers or nothing is to be hoped for.
    ///
    /// # Errors
    /// If it does not say, or a signal comes.
    pub async fn ask<T>(
        &self,
        question: impl AsyncFn(&S3) -> Result<T, S3Failure>,
    ) -> Result<T, UploadError> {
        let mut retries = Retries::new(self.settings.retries);
        loop {
            let permit = self.in_flight.permit().await;
            match self.uninterrupted(question(self.s3)).await? {
                Ok(answer) => {
                    self.succeeded(permit);
                    return Ok(answer);
                }
                Err(failure) => self.pause(&mut retries, permit, failure, &|_| ()).await?,
            }
        }
    }

    /// The outcome, unless a signal comes first.
    ///
    /// # Errors
    /// If a signal comes first.
    pub async fn uninterrupted<T>(
        &self,
        outcome: impl Future<Output = T>,
    ) -> Result<T, UploadError> {
        tokio::select! {
            biased;
            () = self.interrupt.raised() => Err(UploadError::Interrupted),
            outcome = outcome => Ok(outcome),
        }
    }

    /// S3 took something.
    fn succeeded(&self, permit: Permit<'_>) {
        permit.succeeded();
        // It is not waited for: the next request does so, if it has to.
        let Some(Ok(identity)) = self.s3.client().identity().now_or_never() else { return };
        let now = identity.credentials().access_key_id;
        let mut last = self.access_key_id.borrow_mut();
        if last.as_deref() != Some(now) && last.replace(now.to_owned()).is_some() {
            self.count(|statistics| statistics.renewals += 1);
        }
    }

    fn count(&self, add: impl FnOnce(&mut Statistics)) {
        let mut statistics = self.statistics.get();
        add(&mut statistics);
        self.statistics.set(statistics);
    }
}
