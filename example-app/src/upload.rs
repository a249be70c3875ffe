//! How a source becomes an object.
//!
//! - A file is read where it lies, each part twice: for its hash, and as it is sent. A part that has
//!   to be sent again is read again; none is kept in memory.
//! - What has no length, such as stdin, goes part by part through temporary files without names.
//! - An object appears when it is whole. The first failure sticks: nothing is completed after it,
//!   and the upload that was begun is aborted, as it is when a signal interrupts. Uploads of others
//!   are left alone.
//! - A file that changed while it was read is not published.

use core::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use http::HeaderMap;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::positioned_file::{FileState, PositionedFile};
use crate::s3::body::Span;
use crate::s3::multipart::StoredPart;
use crate::s3::path::S3Path;
use crate::s3::{S3, S3Failure};

pub(crate) mod etag;
mod failure;
mod interrupt;
mod multipart;
pub mod planner;
mod single;
mod spool;

use crate::s3::retries::{Retries, RetrySettings};
pub use failure::UploadFailure;
pub use interrupt::Interrupt;
pub(crate) use interrupt::exit_code;
use planner::{Part, Plan, PlanSettings};
use spool::Spool;

/// How to upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadSettings {
    /// How to cut.
    pub plan: PlanSettings,
    /// When to give up.
    pub retries: RetrySettings,
    /// How many objects and parts are on their way at once, all in all.
    pub in_flight: usize,
}

impl Default for UploadSettings {
    /// Eight in flight.
    fn default() -> Self {
        Self { plan: PlanSettings::default(), retries: RetrySettings::default(), in_flight: 8 }
    }
}

/// What happened, all in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Objects that were stored.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Parts that S3 holds, of objects that were not stored in one request.
    pub parts: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Requests that S3 turned away because there were too many.
    pub throttles: u64,
}

/// Where an object goes, and how.
#[derive(Clone, Debug)]
pub struct Target<'t> {
    /// Its name.
    pub path: &'t S3Path,
    /// What it is stored with: its metadata.
    pub headers: &'t HeaderMap,
    /// Whether an object that is there is to stay.
    pub if_absent: bool,
}

/// Uploads to one S3.
#[derive(Debug)]
pub struct Uploader<'s> {
    s3: &'s S3,
    settings: UploadSettings,
    interrupt: Interrupt,
    in_flight: Semaphore,
    statistics: Cell<Statistics>,
}

impl<'s> Uploader<'s> {
    /// Begins nothing yet.
    pub fn new(s3: &'s S3, settings: UploadSettings, interrupt: Interrupt) -> Self {
        let in_flight = Semaphore::new(settings.in_flight.max(1));
        Self { s3, settings, interrupt, in_flight, statistics: Cell::default() }
    }

    /// What happened so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics.get()
    }

    /// What stops it.
    pub const fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Stores a file. `acknowledged` hears of the bytes that S3 has said it holds.
    ///
    /// # Errors
    /// If it is not stored, or may have changed after it was.
    pub async fn file(
        &self,
        file: File,
        target: &Target<'_>,
        acknowledged: &dyn Fn(u64),
    ) -> Result<(), UploadFailure> {
        let file = Arc::new(PositionedFile::new(file));
        let before = file.state()?;
        match self.settings.plan.plan(before.len)? {
            Plan::Single => self.whole(&file, before, target, acknowledged).await,
            Plan::Parts(parts) => {
                let pieces = stream::iter(parts).map(|part| Ok(Piece::of(&file, part)));
                let check = || if file.state()? == before { Ok(()) } else { Err(changed()) };
                self.multipart(pieces, &check, target, acknowledged).await
            }
        }?;
        self.count(|statistics| statistics.bytes += before.len);
        Ok(())
    }

    /// Stores what is read up to its end, however long it is. `acknowledged` hears of the bytes that
    /// S3 has said it holds.
    ///
    /// # Errors
    /// If it is not stored.
    pub async fn reader(
        &self,
        reader: impl Read + Send + 'static,
        target: &Target<'_>,
        acknowledged: &dyn Fn(u64),
    ) -> Result<(), UploadFailure> {
        let spool = Spool::new(reader, self.settings.plan);
        let (first, spool) = self.uninterrupted(spool.next()).await??;
        let len = Cell::new(0);
        let sum = |bytes| {
            len.set(len.get() + bytes);
            acknowledged(bytes);
        };
        if spool.is_at_end() {
            self.single(&first.span()?, target, &sum).await?;
        } else {
            let rest = stream::try_unfold(spool, |spool| async {
                if spool.is_at_end() { Ok(None) } else { spool.next().await.map(Some) }
            });
            let pieces = stream::iter([Ok(first)]).chain(rest);
            self.multipart(pieces, &|| Ok(()), target, &sum).await?;
        }
        self.count(|statistics| statistics.bytes += len.get());
        Ok(())
    }

    /// Stores an object without content.
    ///
    /// # Errors
    /// If it is not stored.
    pub async fn nothing(&self, target: &Target<'_>) -> Result<(), UploadFailure> {
        let mut spool = Spool::new(io::empty(), self.settings.plan).next().await?.0;
        spool.hash().await?;
        self.single(&spool.span()?, target, &|_| ()).await
    }

    /// A file in one request. S3 refuses it if it changes on its way there, since the signature says
    /// what its hash must be.
    async fn whole(
        &self,
        file: &Arc<PositionedFile>,
        before: FileState,
        target: &Target<'_>,
        acknowledged: &dyn Fn(u64),
    ) -> Result<(), UploadFailure> {
        let mut piece = Piece::of(file, Part { number: 1, offset: 0, len: before.len });
        piece.hash().await?;
        if file.state()? != before {
            return Err(changed());
        }
        let stored = self.single(&piece.span()?, target, acknowledged).await;
        match (stored, file.state()? == before) {
            (Ok(()), false) => Err(UploadFailure::ChangedLate),
            // What S3 says of a file that changed on its way is not the reason.
            (Err(UploadFailure::S3(_)), false) => Err(changed()),
            (stored, _) => stored,
        }
    }

    /// Sends pieces as parts, several at once, and makes them an object if `check` finds nothing.
    async fn multipart(
        &self,
        pieces: impl Stream<Item = Result<Piece, UploadFailure>>,
        check: &dyn Fn() -> Result<(), UploadFailure>,
        target: &Target<'_>,
        acknowledged: &dyn Fn(u64),
    ) -> Result<(), UploadFailure> {
        let upload = self.begin(target).await?;
        let sending = pieces
            .map(|piece| async {
                let part = upload.send(piece?).await?;
                acknowledged(part.1);
                Ok(part.0)
            })
            .buffer_unordered(self.settings.in_flight.max(1))
            .try_collect::<Vec<StoredPart>>();
        let sent = self.uninterrupted(sending).await.flatten();
        // What S3 says of a part that changed on its way is not the reason.
        let sent = match (sent, check()) {
            (Ok(_) | Err(UploadFailure::S3(_)), Err(changed)) => Err(changed),
            (sent, _) => sent,
        };
        match sent {
            Ok(parts) => upload.complete(parts).await?,
            Err(failure) => return Err(upload.abort(failure).await),
        }
        self.count(|statistics| statistics.objects += 1);
        Ok(())
    }

    /// Asks S3 something, again until it answers or nothing is to be hoped for.
    ///
    /// # Errors
    /// If it does not say, or a signal comes.
    pub async fn ask<T>(
        &self,
        question: impl AsyncFn(&S3) -> Result<T, S3Failure>,
    ) -> Result<T, UploadFailure> {
        let mut retries = Retries::new(self.settings.retries);
        loop {
            match self.uninterrupted(question(self.s3)).await? {
                Ok(answer) => return Ok(answer),
                Err(failure) => self.pause(&mut retries, failure).await?,
            }
        }
    }

    /// The outcome, unless a signal comes first.
    async fn uninterrupted<T>(&self, outcome: impl Future<Output = T>) -> Result<T, UploadFailure> {
        tokio::select! {
            biased;
            () = self.interrupt.raised() => Err(UploadFailure::Interrupted),
            outcome = outcome => Ok(outcome),
        }
    }

    fn count(&self, add: impl FnOnce(&mut Statistics)) {
        let mut statistics = self.statistics.get();
        add(&mut statistics);
        self.statistics.set(statistics);
    }
}

const fn changed() -> UploadFailure {
    UploadFailure::Changed
}

/// A piece of a source.
pub(crate) struct Piece {
    file: Arc<PositionedFile>,
    part: Part,
    /// Once it is known.
    sha256: Option<[u8; 32]>,
}

impl Piece {
    fn of(file: &Arc<PositionedFile>, part: Part) -> Self {
        Self { file: Arc::clone(file), part, sha256: None }
    }

    /// Reads the piece for its hash, if that is not known.
    async fn hash(&mut self) -> Result<(), UploadFailure> {
        if self.sha256.is_none() {
            let (file, Part { offset, len, .. }) = (Arc::clone(&self.file), self.part);
            let hashed = spawn_blocking(move || file.sha256(offset, len)).await;
            self.sha256 = Some(hashed.map_err(io::Error::other)??);
        }
        Ok(())
    }

    fn span(&self) -> Result<Span, UploadFailure> {
        let sha256 = self.sha256.ok_or_else(|| io::Error::other("a piece was not hashed"))?;
        let Part { offset, len, .. } = self.part;
        Ok(Span { file: Arc::clone(&self.file), offset, len, sha256 })
    }
}
