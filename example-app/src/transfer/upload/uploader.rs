//! The state that the uploads of one process share.

use core::cell::{Cell, RefCell};

use futures_util::FutureExt as _;

use super::error::UploadError;
use super::interrupt::Interrupt;
use super::journal::Journals;
use super::limit::in_flight::{InFlight, Permit};
use super::plan::PlanSettings;
use super::settings::UploadSettings;
use super::statistics::Statistics;
use crate::s3::S3;
use crate::s3::content::condition::WriteCondition;

/// The result of the check whether the store supports the condition not to overwrite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OverwriteCheck {
    /// It was not tried out.
    #[default]
    Unknown,
    /// It refused.
    Refused,
    /// It did not refuse, or its response does not show it.
    Unreliable,
}

/// The uploads to one S3.
#[derive(Debug)]
pub struct Uploader<'s> {
    pub(super) s3: &'s S3,
    pub(super) settings: UploadSettings,
    pub(super) interrupt: Interrupt,
    pub(super) in_flight: InFlight,
    statistics: Cell<Statistics>,
    /// The journals of uploads that can be interrupted.
    pub(super) journals: Option<Journals>,
    /// True if an upload that fails is kept, so that a later run can resume it.
    pub(super) keeps: bool,
    pub(super) no_journal: RefCell<Option<String>>,
    /// The access key id that was last signed with.
    access_key_id: RefCell<Option<String>>,
    pub(super) overwrite_check: Cell<OverwriteCheck>,
    /// True if the store takes the condition of a copy for one of its source.
    pub(super) misreads_copies: Cell<bool>,
}

impl<'s> Uploader<'s> {
    /// Creates an uploader, which begins nothing yet.
    pub fn new(s3: &'s S3, settings: UploadSettings, interrupt: Interrupt) -> Self {
        let in_flight = InFlight::new(settings.in_flight);
        Self {
            s3,
            settings,
            interrupt,
            in_flight,
            statistics: Cell::default(),
            journals: None,
            keeps: false,
            no_journal: RefCell::default(),
            access_key_id: RefCell::default(),
            overwrite_check: Cell::default(),
            misreads_copies: Cell::default(),
        }
    }

    /// Writes the error of a source as [`UploadError::shown_with`] does, and names a checksum that
    /// the store may not know.
    pub fn shown(
        &self,
        error: &UploadError,
        condition: WriteCondition<'_>,
        without: &str,
    ) -> String {
        let shown = error.shown_with(condition, without);
        match self.settings.integrity.checksum {
            Some(it) if it.is_recent() && error.may_be_of_unknown_header() => format!(
                "{shown}; the store may not know the checksum {it}, which S3 added in 2026: choose \
                 crc32c or sha256"
            ),
            _ => shown,
        }
    }

    /// Records which uploads of files it has begun, so that a later run can resume them if
    /// this process is killed. With `keeps` a failed upload is not aborted if it can be resumed.
    #[must_use]
    pub fn with_journals(self, journals: Option<Journals>, keeps: bool) -> Self {
        Self { journals, keeps, ..self }
    }

    /// Returns why an upload was not recorded in a journal, if one was not.
    pub fn no_journal(&self) -> Option<String> {
        self.no_journal.borrow().clone()
    }

    /// Returns the counts so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics.get()
    }

    /// Returns how it cuts objects into parts.
    pub const fn plan(&self) -> PlanSettings {
        self.settings.plan
    }

    /// Returns the interrupt that stops it.
    pub const fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Returns the outcome, unless a signal arrives first.
    ///
    /// # Errors
    /// If a signal arrives first.
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

    /// Records that S3 did what was requested.
    pub(super) fn succeeded(&self, permit: Permit<'_>) {
        permit.succeeded();
        // It is not waited for: the next request does so, if it has to.
        let Some(Ok(identity)) = self.s3.client().identity().now_or_never() else { return };
        let now = identity.credentials().access_key_id;
        let mut last = self.access_key_id.borrow_mut();
        if last.as_deref() != Some(now) && last.replace(now.to_owned()).is_some() {
            self.count(|statistics| statistics.renewals += 1);
        }
    }

    /// Adds to the counts.
    pub(super) fn count(&self, add: impl FnOnce(&mut Statistics)) {
        let mut statistics = self.statistics.get();
        add(&mut statistics);
        self.statistics.set(statistics);
    }
}
