//! The report: a line for each step, without secrets, for people or as JSON.

use core::cell::{Cell, RefCell};
use std::io;

use rolesig_std::http::redact_secrets;
use serde::Serialize;
use zeroize::Zeroizing;

use super::step::Step;
use crate::system::ExitStatus;
use crate::system::standard_streams::{self, shown};

/// The verdict on a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Failed,
    Skipped,
}

/// A line of JSON. Fields without a value are left out.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event<'e> {
    Start {
        version: &'e str,
        system: &'e str,
        architecture: &'e str,
    },
    Step {
        step: &'e str,
        verdict: Verdict,
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

/// The report of an examination, printed step by step.
pub(super) struct Report {
    is_json: bool,
    verdicts: RefCell<Vec<Verdict>>,
    /// The reason why steps are skipped from here on.
    obstacle: RefCell<String>,
    /// The texts that are never shown.
    secrets: RefCell<Vec<Zeroizing<String>>>,
    printed: RefCell<io::Result<()>>,
    /// The signal that interrupted the examination.
    signal: Cell<Option<u8>>,
}

impl Report {
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

    /// Writes who reports.
    fn begin(&self) {
        let text = format!("rolefs {VERSION}, {SYSTEM} {ARCHITECTURE}");
        let start = Event::Start { version: VERSION, system: SYSTEM, architecture: ARCHITECTURE };
        self.line(&text, &start);
    }

    /// Keeps a secret out of all that follows.
    pub(super) fn hide(&self, secret: &str) {
        self.secrets.borrow_mut().push(Zeroizing::new(secret.to_owned()));
    }

    /// Reports that a step went well.
    pub(super) fn ok(&self, step: Step, detail: &str) {
        self.record(step, Verdict::Ok, detail, None);
    }

    /// Reports that a step failed. Steps that are left out after it name it as their reason.
    pub(super) fn failed(&self, step: Step, detail: &str, remedy: Option<&str>) {
        self.record(step, Verdict::Failed, detail, Some(remedy.unwrap_or(step.remedy())));
        self.block(&format!("{} failed", step.name()));
    }

    /// Reports that a step was left out.
    pub(super) fn skipped(&self, step: Step, reason: &str) {
        self.record(step, Verdict::Skipped, reason, None);
    }

    /// Sets the reason for which steps are left out from here on.
    pub(super) fn block(&self, reason: &str) {
        reason.clone_into(&mut self.obstacle.borrow_mut());
    }

    /// Notes that a signal came.
    pub(super) fn interrupt(&self, signal: u8) {
        self.signal.set(Some(signal));
        self.block("interrupted");
    }

    /// Reports the steps that were left out, and the result.
    pub(super) fn finish(&self) -> ExitStatus {
        self.skip_before(None);
        let verdicts = self.verdicts.borrow();
        let of = |wanted| {
            let both = Step::ALL.iter().zip(verdicts.iter());
            both.filter(move |(_, verdict)| **verdict == wanted).map(|(step, _)| step.name())
        };
        let failed: Vec<_> = of(Verdict::Failed).collect();
        let skipped = of(Verdict::Skipped).count();
        let text = match failed.as_slice() {
            [] if self.signal.get().is_some() => "interrupted".to_owned(),
            [] if self.obstacle.borrow().is_empty() => "all is well".to_owned(),
            [] => "all is well, as far as it was examined".to_owned(),
            failed => format!("failed: {}", failed.join(", ")),
        };
        let ok = of(Verdict::Ok).count();
        self.line(&text, &Event::Summary { ok, failed: &failed, skipped });
        let printed = self.printed.replace(Ok(()));
        match (self.signal.get(), ExitStatus::of_printed("doctor", printed)) {
            (Some(signal), _) => ExitStatus::Interrupted(signal),
            (None, ExitStatus::Done) if !failed.is_empty() => ExitStatus::Failed,
            (None, status) => status,
        }
    }

    /// Reports the steps that were left out before this one, or all that are left.
    fn skip_before(&self, step: Option<Step>) {
        let reason = self.obstacle.borrow().clone();
        let begin = self.verdicts.borrow().len();
        for left in Step::ALL.iter().skip(begin).take_while(|left| Some(**left) != step) {
            self.write(*left, Verdict::Skipped, &reason, None);
        }
    }

    fn record(&self, step: Step, verdict: Verdict, detail: &str, remedy: Option<&str>) {
        self.skip_before(Some(step));
        self.write(step, verdict, detail, remedy);
    }

    fn write(&self, step: Step, verdict: Verdict, detail: &str, remedy: Option<&str>) {
        if self.verdicts.borrow().is_empty() {
            self.begin();
        }
        self.verdicts.borrow_mut().push(verdict);
        let secrets = self.secrets.borrow();
        let secrets: Vec<_> = secrets.iter().map(|secret| secret.as_str()).collect();
        let detail = redact_secrets(detail, &secrets);
        let remedy = remedy.map(|remedy| redact_secrets(remedy, &secrets));
        let (name, label) = (
            step.name(),
            match verdict {
                Verdict::Ok => "ok",
                Verdict::Failed => "FAILED",
                Verdict::Skipped => "skipped",
            },
        );
        let mut text = format!("{label:<8} {name:<14} {}", detail.replace('\n', "\n  "));
        if let Some(remedy) = &remedy {
            text = format!("{text}\n  remedy: {remedy}");
        }
        let remedy = remedy.as_deref();
        self.line(&text, &Event::Step { step: name, verdict, detail: &detail, remedy });
    }

    fn line(&self, text: &str, event: &Event<'_>) {
        let line = if self.is_json {
            serde_json::to_string(event).unwrap_or_default()
        } else {
            text.split('\n').map(shown).collect::<Vec<_>>().join("\n")
        };
        let mut printed = self.printed.borrow_mut();
        if printed.is_ok() {
            *printed = standard_streams::report(format!("{line}\n").as_bytes());
        }
    }
}
