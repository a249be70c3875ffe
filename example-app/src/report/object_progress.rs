//! The progress of one object.

use core::cell::{Cell, RefCell};
use core::fmt::Display;
use std::path::Path;

use crate::report::event::Event;
use crate::report::progress::Progress;
use crate::report::reporter::{Ids, Reporter};
use crate::s3::address::path::S3Path;
use crate::transfer::step::Step;

/// The progress of one object, reported to people and as events.
pub(crate) struct ObjectProgress<'a> {
    reporter: &'a Reporter,
    object: String,
    file: String,
    progress: Progress,
    bytes: Cell<u64>,
    upload_id: RefCell<Option<String>>,
    request_id: RefCell<Option<String>>,
}

impl<'a> ObjectProgress<'a> {
    /// Reports the start of an object of `len` bytes, if that is known.
    pub(crate) fn open(
        reporter: &'a Reporter,
        object: &S3Path,
        file: &Path,
        len: Option<u64>,
    ) -> Self {
        let (object, file) = (object.to_string(), file.display().to_string());
        reporter.event(&Event::Start { object: &object, file: Some(&file), bytes: len });
        let progress = reporter.bars.of(&file);
        let (bytes, upload_id, request_id) = Default::default();
        let account = Self { reporter, object, file, progress, bytes, upload_id, request_id };
        account.foresee(len);
        account
    }

    /// Says how long it will be, as far as that is known before it is asked for.
    pub(crate) fn foresee(&self, len: Option<u64>) {
        if let Some(len) = len {
            self.progress.expect(len);
        }
    }

    pub(crate) fn on_step(&self, step: Step<'_>) {
        let object = &self.object;
        let upload_id = self.upload_id.borrow().clone();
        let upload_id = upload_id.as_deref();
        match step {
            Step::Begun { upload_id } => *self.upload_id.borrow_mut() = Some(upload_id.to_owned()),
            Step::Length { bytes } => self.progress.expect(bytes),
            Step::Sending { progress } => self.progress.watch(progress),
            Step::Held { bytes } => {
                self.bytes.set(self.bytes.get() + bytes);
                self.progress.skip(bytes);
            }
            Step::Moved { bytes } => {
                self.bytes.set(self.bytes.get() + bytes);
                self.progress.advance(bytes);
            }
            Step::Part { number: part, bytes, request_id } => {
                self.reporter.event(&Event::Part { object, upload_id, part, bytes, request_id });
            }
            Step::Again { failure: reason, request_id } => {
                self.reporter.event(&Event::Retry { object, upload_id, request_id, reason });
            }
            Step::Whole { request_id } => {
                *self.request_id.borrow_mut() = request_id.map(str::to_owned);
            }
        }
    }

    /// Reports that the object is complete at its destination.
    pub(crate) fn done(self) {
        let bytes = self.bytes.get();
        self.reporter.event(&Event::Done {
            object: &self.object,
            file: Some(&self.file),
            bytes: Some(bytes),
            upload_id: self.upload_id.borrow().as_deref(),
            request_id: self.request_id.borrow().as_deref(),
        });
        self.reporter.done(bytes);
    }

    /// Reports that the destination had the object already.
    pub(crate) fn up_to_date(self, bytes: Option<u64>) {
        let (object, file) = (&self.object, &self.file);
        self.reporter.event(&Event::UpToDate { object, file, bytes });
        self.reporter.done(0);
    }

    /// Reports that the object was not transferred. `path` is what Hadoop names.
    pub(crate) fn failed(self, path: impl Display, reason: impl Display, request: Option<&str>) {
        let upload = self.upload_id.borrow();
        self.reporter.about_request(path, reason, Ids { upload: upload.as_deref(), request });
    }
}
