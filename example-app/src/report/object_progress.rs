//! The progress of one object.

use core::cell::{Cell, RefCell};
use core::fmt::Display;
use std::path::Path;

use crate::report::event::Event;
use crate::report::metrics::ObjectState;
use crate::report::progress::Progress;
use crate::report::record::Recorded;
use crate::report::reporter::{Ids, Reporter};
use crate::s3::address::path::S3Path;
use crate::s3::content::confirmation::Confirmation;
use crate::transfer::event::TransferEvent;

/// The progress of one object, reported to people and as events.
pub(crate) struct ObjectProgress<'a> {
    reporter: &'a Reporter,
    path: S3Path,
    object: String,
    file: String,
    /// True if `file` is the name of the file to the byte.
    is_exact: bool,
    progress: Progress,
    bytes: Cell<u64>,
    upload_id: RefCell<Option<String>>,
    stored: RefCell<Confirmation>,
}

impl<'a> ObjectProgress<'a> {
    /// Reports the start of an object of `len` bytes, if that is known.
    pub(crate) fn open(
        reporter: &'a Reporter,
        object: &S3Path,
        file: &Path,
        len: Option<u64>,
    ) -> Self {
        let (path, is_exact) = (object.clone(), file.to_str().is_some());
        let (object, file) = (object.to_string(), file.display().to_string());
        reporter.event(&Event::Start { object: &object, file: Some(&file), bytes: len });
        let progress = reporter.bars.of(&file);
        let (bytes, upload_id, stored) = Default::default();
        let opened =
            Self { reporter, path, object, file, is_exact, progress, bytes, upload_id, stored };
        opened.foresee(len);
        opened
    }

    /// Sets the length, if it is known before the transfer begins.
    pub(crate) fn foresee(&self, len: Option<u64>) {
        if let Some(len) = len {
            self.progress.expect(len);
        }
    }

    pub(crate) fn on_event(&self, event: TransferEvent<'_>) {
        let object = &self.object;
        let upload_id = self.upload_id.borrow().clone();
        let upload_id = upload_id.as_deref();
        match event {
            TransferEvent::Begun { upload_id } => {
                *self.upload_id.borrow_mut() = Some(upload_id.to_owned());
            }
            TransferEvent::Length { bytes } => self.progress.expect(bytes),
            TransferEvent::Sending { progress } => self.progress.watch(progress),
            TransferEvent::AlreadyStored { bytes } => {
                self.bytes.set(self.bytes.get() + bytes);
                self.progress.skip(bytes);
            }
            TransferEvent::Moved { bytes } => {
                self.bytes.set(self.bytes.get() + bytes);
                self.progress.advance(bytes);
            }
            TransferEvent::Part { number: part, bytes, request_id } => {
                self.reporter.event(&Event::Part { object, upload_id, part, bytes, request_id });
            }
            TransferEvent::Again { failure: reason, request_id } => {
                self.reporter.add_retries(1);
                self.reporter.event(&Event::Retry { object, upload_id, request_id, reason });
            }
            TransferEvent::Whole { stored } => self.stored.borrow_mut().clone_from(stored),
        }
    }

    /// Reports that the object is complete at its destination.
    pub(crate) fn done(self) {
        let bytes = self.bytes.get();
        let stored = self.stored.borrow();
        self.record(ObjectState::Done, Some(bytes), &stored);
        self.reporter.event(&Event::Done {
            object: &self.object,
            file: Some(&self.file),
            bytes: Some(bytes),
            upload_id: self.upload_id.borrow().as_deref(),
            request_id: stored.request_id.as_deref(),
        });
        self.reporter.done(bytes);
    }

    /// Reports that the destination had the object already.
    pub(crate) fn up_to_date(self, bytes: Option<u64>) {
        let (object, file) = (&self.object, &self.file);
        self.record(ObjectState::UpToDate, bytes, &self.stored.borrow());
        self.reporter.event(&Event::UpToDate { object, file, bytes });
        self.reporter.done(0);
    }

    /// Reports that the object was not transferred. `path` is what Hadoop names.
    pub(crate) fn failed(self, path: impl Display, reason: impl Display, request: Option<&str>) {
        let upload = self.upload_id.borrow();
        let ids = Ids { upload: upload.as_deref(), request };
        self.reporter.failure(&path, &reason, ids, self.recorded());
    }

    /// Returns the facts that are known before the object is complete.
    fn recorded(&self) -> Recorded<'_> {
        let source = self.is_exact.then_some(self.file.as_str());
        Recorded { source, object: Some(&self.path), ..Recorded::default() }
    }

    fn record(&self, state: ObjectState, length: Option<u64>, stored: &Confirmation) {
        self.reporter.record(state, Recorded { length, stored: Some(stored), ..self.recorded() });
    }
}
