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

/// The result of the check whether the store heeds the condition not to overwrite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OverwriteCheck {
    /// It was not tried out.
    #[default]
    Unknown,
    /// It refused.
    Refused,
    /// It did not refuse, or its answer does not tell.
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
    /// The journals of uploads that can be cut off.
    pub(super) journals: Option<Journals>,
    /// True if an upload that fails is kept, so that a later run can go on with it.
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

    /// Writes down which uploads of files it has begun, so that a later run can go on with them if
    /// this process is killed. With `keeps` an upload that fails is not aborted if it can go on.
    #[must_use]
    pub fn with_journals(self, journals: Option<Journals>, keeps: bool) -> Self {
        Self { journals, keeps, ..self }
    }

    /// Returns why an upload was not written down, if one was not.
    pub fn no_journal(&self) -> Option<String> {
        self.no_journal.borrow().clone()
    }

    /// Returns the counts of what happened so far.
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

    /// Returns the outcome, unless a signal comes first.
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

    /// Notes that S3 did what it was asked for.
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
