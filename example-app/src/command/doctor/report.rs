//! The report: a line for each step, without secrets, for people or as JSON.

use core::cell::{Cell, RefCell};
use std::io;

use rolesig_std::config::mask_logins;
use rolesig_std::http::redact_secrets;
use serde::Serialize;
use zeroize::Zeroizing;

use super::step::Step;
use crate::system::ExitStatus;
use crate::system::excerpt::{printable, printable_lines};
use crate::system::{signals, standard_streams};

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum StepStatus {
    Ok,
    Failed,
    Skipped,
}

/// A line of JSON. Fields without a value are left out.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum DoctorEvent<'e> {
    Start {
        version: &'e str,
        system: &'e str,
        architecture: &'e str,
    },
    Step {
        step: &'e str,
        verdict: StepStatus,
        detail: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        remedy: Option<&'e str>,
    },
    Summary {
        ok: usize,
        failed: &'e [&'e str],
        skipped: usize,
    },
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const SYSTEM: &str = std::env::consts::OS;
const ARCHITECTURE: &str = std::env::consts::ARCH;

/// The report of `-doctor`, printed step by step.
pub(super) struct StepReport {
    is_json: bool,
    verdicts: RefCell<Vec<StepStatus>>,
    /// The reason why steps are skipped from here on.
    obstacle: RefCell<String>,
    /// The texts that are never shown.
    secrets: RefCell<Vec<Zeroizing<String>>>,
    printed: RefCell<io::Result<()>>,
    /// The signal that interrupted the examination.
    signal: Cell<Option<u8>>,
}

impl StepReport {
    /// Creates a report, which begins with its first step.
    pub(super) fn new(is_json: bool) -> Self {
        Self {
            is_json,
            verdicts: RefCell::default(),
            obstacle: RefCell::default(),
            secrets: RefCell::default(),
            printed: RefCell::new(Ok(())),
            signal: Cell::default(),
        }
    }

    /// Writes the version and the system.
    fn begin(&self) {
        let text = format!("rolefs {VERSION}, {SYSTEM} {ARCHITECTURE}");
        let start =
            DoctorEvent::Start { version: VERSION, system: SYSTEM, architecture: ARCHITECTURE };
        self.line(&text, &start);
    }

    /// Keeps a secret out of all that follows.
    pub(super) fn hide(&self, secret: &str) {
        self.secrets.borrow_mut().push(Zeroizing::new(secret.to_owned()));
    }

    /// Reports that a step succeeded.
    pub(super) fn ok(&self, step: Step, detail: &str) {
        self.record(step, StepStatus::Ok, detail, None);
    }

    /// Reports that a step failed. Later steps that are skipped name it as their reason.
    pub(super) fn failed(&self, step: Step, detail: &str, remedy: Option<&str>) {
        self.record(step, StepStatus::Failed, detail, Some(remedy.unwrap_or(step.remedy())));
        self.block(&format!("{} failed", step.name()));
    }

    /// Reports that a step was skipped.
    pub(super) fn skipped(&self, step: Step, reason: &str) {
        self.record(step, StepStatus::Skipped, reason, None);
    }

    /// Sets the reason for which later steps are skipped.
    pub(super) fn block(&self, reason: &str) {
        reason.clone_into(&mut self.obstacle.borrow_mut());
    }

    /// Records that a signal arrived.
    pub(super) fn interrupt(&self, signal: u8) {
        self.signal.set(Some(signal));
        self.block("interrupted");
    }

    /// Reports the steps that were skipped, and the result.
    pub(super) fn finish(&self) -> ExitStatus {
        self.skip_before(None);
        let verdicts = self.verdicts.borrow();
        let of = |wanted| {
            let both = Step::ALL.iter().zip(verdicts.iter());
            both.filter(move |(_, verdict)| **verdict == wanted).map(|(step, _)| step.name())
        };
        let failed: Vec<_> = of(StepStatus::Failed).collect();
        let skipped = of(StepStatus::Skipped).count();
        let text = match failed.as_slice() {
            [] if self.signal.get().is_some() => "interrupted".to_owned(),
            [] if self.obstacle.borrow().is_empty() => "all is well".to_owned(),
            [] => "all is well, as far as it was examined".to_owned(),
            failed => format!("failed: {}", failed.join(", ")),
        };
        let ok = of(StepStatus::Ok).count();
        self.line(&text, &DoctorEvent::Summary { ok, failed: &failed, skipped });
        let printed = self.printed.replace(Ok(()));
        // Not before: what was stored for the examination is deleted by now.
        if printed.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
            && self.signal.get().is_none()
        {
            signals::end_by_pipe();
        }
        match (self.signal.get(), ExitStatus::of_printed("doctor", printed)) {
            (Some(signal), _) => ExitStatus::Interrupted(signal),
            (None, ExitStatus::Done) if !failed.is_empty() => ExitStatus::Failed,
            (None, status) => status,
        }
    }

    /// Reports the steps that were skipped before this one, or all remaining ones.
    fn skip_before(&self, step: Option<Step>) {
        let reason = self.obstacle.borrow().clone();
        let begin = self.verdicts.borrow().len();
        for left in Step::ALL.iter().skip(begin).take_while(|left| Some(**left) != step) {
            self.write(*left, StepStatus::Skipped, &reason, None);
        }
    }

    fn record(&self, step: Step, verdict: StepStatus, detail: &str, remedy: Option<&str>) {
        self.skip_before(Some(step));
        self.write(step, verdict, detail, remedy);
    }

    fn write(&self, step: Step, verdict: StepStatus, detail: &str, remedy: Option<&str>) {
        if self.verdicts.borrow().is_empty() {
            self.begin();
        }
        self.verdicts.borrow_mut().push(verdict);
        let secrets = self.secrets.borrow();
        let secrets: Vec<_> = secrets.iter().map(|secret| secret.as_str()).collect();
        let detail = redact_secrets(&mask_logins(detail), &secrets);
        let remedy = remedy.map(|remedy| redact_secrets(remedy, &secrets));
        let (name, label) = (
            step.name(),
            match verdict {
                StepStatus::Ok => "ok",
                StepStatus::Failed => "FAILED",
                StepStatus::Skipped => "skipped",
            },
        );
        let detail_lines = printable_lines(&detail).replace('\n', "\n  ");
        let mut text = format!("{label:<8} {name:<14} {detail_lines}");
        if let Some(remedy) = &remedy {
            text = format!("{text}\n  remedy: {}", printable(remedy));
        }
        let remedy = remedy.as_deref();
        self.line(&text, &DoctorEvent::Step { step: name, verdict, detail: &detail, remedy });
    }

    fn line(&self, text: &str, event: &DoctorEvent<'_>) {
        let line = if self.is_json {
            serde_json::to_string(event).unwrap_or_default()
        } else {
            text.to_owned()
        };
        let mut printed = self.printed.borrow_mut();
        if printed.is_ok() {
            *printed = standard_streams::report(format!("{line}\n").as_bytes());
        }
    }
}
