//! What is told of one object on its way.

use core::cell::{Cell, RefCell};
use core::fmt::Display;
use std::path::Path;

use super::complaints::{Complaints, Ids};
use super::event::Event;
use crate::progress::Progress;
use crate::s3::address::path::S3Path;
use crate::step::Step;

/// What is told of one object on its way: to people, and as events.
pub(super) struct Account<'a> {
    complaints: &'a Complaints,
    object: String,
    file: String,
    progress: Progress,
    bytes: Cell<u64>,
    upload_id: RefCell<Option<String>>,
    request_id: RefCell<Option<String>>,
}

impl<'a> Account<'a> {
    /// Of an object that is to have `len` bytes, if that is known.
    pub(super) fn open(
        complaints: &'a Complaints,
        object: &S3Path,
        file: &Path,
        len: Option<u64>,
    ) -> Self {
        let (object, file) = (object.to_string(), file.display().to_string());
        complaints.event(&Event::Start { object: &object, file: Some(&file), bytes: len });
        let progress = complaints.bars.of(&file);
        let (bytes, upload_id, request_id) = Default::default();
        let account = Self { complaints, object, file, progress, bytes, upload_id, request_id };
        account.foresee(len);
        account
    }

    /// Says how long it will be, as far as that is known before it is asked for.
    pub(super) fn foresee(&self, len: Option<u64>) {
        if let Some(len) = len {
            self.progress.expect(len);
        }
    }

    pub(super) fn hear(&self, step: Step<'_>) {
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
                self.complaints.event(&Event::Part { object, upload_id, part, bytes, request_id });
            }
            Step::Again { failure: reason, request_id } => {
                self.complaints.event(&Event::Retry { object, upload_id, request_id, reason });
            }
            Step::Whole { request_id } => {
                *self.request_id.borrow_mut() = request_id.map(str::to_owned);
            }
        }
    }

    /// It is where it was to go.
    pub(super) fn done(self) {
        let bytes = self.bytes.get();
        self.complaints.event(&Event::Done {
            object: &self.object,
            file: Some(&self.file),
            bytes: Some(bytes),
            upload_id: self.upload_id.borrow().as_deref(),
            request_id: self.request_id.borrow().as_deref(),
        });
        self.complaints.done(bytes);
    }

    /// It was there already.
    pub(super) fn up_to_date(self, bytes: Option<u64>) {
        let (object, file) = (&self.object, &self.file);
        self.complaints.event(&Event::UpToDate { object, file, bytes });
        self.complaints.done(0);
    }

    /// It is not. `path` is what Hadoop names.
    pub(super) fn failed(self, path: impl Display, reason: impl Display, request: Option<&str>) {
        let upload = self.upload_id.borrow();
        self.complaints.about_request(path, reason, Ids { upload: upload.as_deref(), request });
    }
}
