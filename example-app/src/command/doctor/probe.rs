//! The steps in S3: its responses, and the role's permissions in a bucket.

use core::cell::{Cell, RefCell};

use futures_util::future::LocalBoxFuture;
use http::HeaderMap;
use rolesig_std::Clock;
use rolesig_std::config::{Partition, Region};
use rolesig_std::http::ConnectError;

use super::denied;
use super::report::StepReport;
use super::step::Step;
use crate::command::file_command::FileCommand;
use crate::command::shell::Shell;
use crate::s3::address::path::S3Path;
use crate::s3::content::condition::WriteCondition;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::{OperationError, S3};
use crate::system::ExitStatus;
use crate::transfer::event::TransferEvent;
use crate::transfer::upload::{AbortError, Interrupt, UploadError, UploadTarget, Uploader};

/// The content of the probe object and of the part.
const CONTENT: &[u8] = b"rolefs -doctor: this can be deleted\n";
/// Seconds that a clock may be off: the least that AWS's services tolerate.
const TOLERATED: u64 = 5 * 60;

/// The requests to S3, each of which is a step.
pub(super) struct Probe<'p> {
    pub(super) path: Option<&'p str>,
    pub(super) report: &'p StepReport,
}

impl FileCommand for Probe<'_> {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(async move {
            let path = self.path.and_then(|path| shell.default_fs.resolve(path).ok());
            if let Some(place) = self.ask_s3(shell.s3, path).await {
                Box::pin(place.write(shell)).await;
            }
            ExitStatus::Done
        })
    }

    fn s3_paths(&self) -> Vec<&str> {
        self.path.into_iter().collect()
    }
}

impl<'p> Probe<'p> {
    /// Asks S3 for a listing: its response shows whether clock, signature, region, bucket and
    /// policy are right. Returns the place to write to, if there is one.
    async fn ask_s3(&self, s3: &S3, path: Option<S3Path>) -> Option<ProbeObject<'p>> {
        let prefix = path.as_ref().map(S3Path::directory_prefix).unwrap_or_default();
        let asked = match &path {
            Some(path) => {
                let list = async |s3: &S3| s3.list_page(path, &prefix, "", 1, None).await;
                s3.retry(list).await.map(drop)
            }
            None => s3.buckets().await.map(drop),
        };
        let error = asked.as_ref().err();
        let failed = error.map(step_of);
        self.clock(s3, error);
        if failed.is_some_and(|failed| failed <= Step::Clock) {
            return None;
        }
        let region = s3.client().region();
        let place = path.map(|path| ProbeObject {
            report: self.report,
            arn: format!("arn:{}:s3:::{}", partition(region), path.bucket()),
            path: path.join(&probe_name()),
        });
        if let (Some(Step::Signature), Some(error)) = (failed, error) {
            refused(self.report, Step::Signature, error);
            return None;
        }
        self.report.ok(Step::Signature, "S3 answers, and accepts the signature");
        let Some(place) = place else {
            self.report.block("no bucket was named: rolefs -doctor s3a://BUCKET/ examines one");
            return None;
        };
        self.region(s3, region, failed, error);
        match (failed, error) {
            (Some(Step::Region), _) => return None,
            (Some(Step::Bucket), Some(error)) => {
                refused(self.report, Step::Bucket, error);
                return None;
            }
            (Some(_), _) => self.report.ok(Step::Bucket, "it exists, or is hidden from this role"),
            (None, _) => self.report.ok(Step::Bucket, "it exists"),
        }
        match error {
            Some(error) => place.denied(Step::List, &error.to_string(), Some(error)),
            None => self.report.ok(Step::List, &format!("keys that begin with \"{prefix}\"")),
        }
        Some(place)
    }

    fn clock(&self, s3: &S3, error: Option<&OperationError>) {
        let skew = s3.client().measured_skew().map(rolesig::ClockSkew::as_seconds);
        let offset = skew.map(|skew| match skew {
            0 => "as S3's".to_owned(),
            ahead @ ..0 => format!("{} s ahead of S3's", ahead.unsigned_abs()),
            behind => format!("{behind} s behind S3's"),
        });
        let offset = offset.as_deref();
        if error.and_then(OperationError::kind) == Some(S3ErrorKind::ClockSkew) {
            let (detail, remedy) = refused_time(offset, skew.is_some_and(is_wrong));
            self.report.failed(Step::Clock, &detail, remedy);
        } else if let (Some(offset), true) = (offset, skew.is_some_and(is_wrong)) {
            let detail = format!("{offset}: rolefs corrects that, and most other programs fail");
            self.report.failed(Step::Clock, &detail, None);
        } else if let Some(offset) = offset {
            self.report.ok(Step::Clock, offset);
        } else {
            self.report.skipped(
                Step::Clock,
                "not compared: no response has the time, or \
                                              AWS_DISABLE_CLOCK_SKEW_CORRECTION is set",
            );
        }
    }

    fn region(
        &self,
        s3: &S3,
        signed_for: &str,
        failed: Option<Step>,
        error: Option<&OperationError>,
    ) {
        if let (Some(Step::Region), Some(error)) = (failed, error) {
            return refused(self.report, Step::Region, error);
        }
        match s3.bucket_regions().first() {
            None => self.report.ok(Step::Region, signed_for),
            Some((_, region)) => self.report.failed(
                Step::Region,
                &format!(
                    "the bucket is in {region}, and {signed_for} is set: rolefs corrects that, and \
                     most other programs fail"
                ),
                Some(&format!("give --region {region} (AWS_REGION, fs.s3a.endpoint.region)")),
            ),
        }
    }
}

fn is_wrong(skew: i64) -> bool {
    skew.unsigned_abs() >= TOLERATED
}

/// Returns what is known of a clock whose time S3 refuses, and what to do. `offset` compares it
/// with the date of the response.
fn refused_time(offset: Option<&str>, is_wrong: bool) -> (String, Option<&'static str>) {
    const REFUSED: &str = "S3 refuses the time of the signature";
    match offset {
        None => (REFUSED.to_owned(), None),
        Some(offset) if is_wrong => (format!("{offset}: {REFUSED}"), None),
        Some(offset) => (
            format!("{REFUSED}, though by the date of that response this clock is {offset}"),
            Some(
                "check the clocks of the store's servers, and that nothing on the way holds \
                 requests back, answers in place of S3, or changes dates",
            ),
        ),
    }
}

/// Returns a name that no other object has.
fn probe_name() -> String {
    let clock = Clock::SYSTEM;
    format!(".rolefs-doctor-{:08x}{:08x}", clock.random(), clock.random())
}

fn partition(region: &str) -> &'static str {
    let region = region.parse::<Region>();
    region.map_or(Partition::Aws, |region| Partition::of(&region)).name()
}

/// Returns the step that the response to the listing ends.
fn step_of(error: &OperationError) -> Step {
    match error.kind() {
        Some(S3ErrorKind::ClockSkew) => Step::Clock,
        Some(S3ErrorKind::WrongRegion | S3ErrorKind::Redirect) => Step::Region,
        Some(S3ErrorKind::NoSuchBucket) => Step::Bucket,
        Some(S3ErrorKind::AccessDenied) => Step::List,
        _ => Step::Signature,
    }
}

/// Reports an error, with its own remedy if it has one.
fn refused(report: &StepReport, step: Step, error: &OperationError) {
    let text = error.to_string();
    let remedy = match error {
        OperationError::Refused(error) => error.remedy(),
        OperationError::NoResponse { error, .. } => {
            error.connect_error().and_then(ConnectError::remedy).map(str::to_owned)
        }
        _ => None,
    };
    let detail = remedy.as_ref().and_then(|remedy| text.strip_suffix(&format!(": {remedy}")));
    report.failed(step, detail.unwrap_or(&text), remedy.as_deref());
}

/// The object that the doctor stores and deletes again.
struct ProbeObject<'p> {
    report: &'p StepReport,
    /// The ARN of the bucket.
    arn: String,
    path: S3Path,
}

impl ProbeObject<'_> {
    /// Stores an object, sends a part of another one, and removes both, also after failures.
    async fn write(&self, Shell { s3, upload, .. }: Shell<'_>) {
        // An interrupted request could arrive after its cleanup, so no request is interrupted: a
        // signal is acted on between them.
        let interrupt = Interrupt::by_signals();
        let uploader = Uploader::new(s3, upload.clone(), Interrupt::default());
        let (report, path) = (self.report, &self.path);
        let put = self.put(&uploader).await;
        if interrupt.signal().is_none() {
            self.multipart(&uploader).await;
        }
        if let Some(signal) = interrupt.signal() {
            report.interrupt(signal);
        }
        if !put {
            report.skipped(Step::Delete, "nothing was stored");
            return;
        }
        match s3.retry(async |s3| s3.delete(path).await).await {
            Ok(_) => report.ok(Step::Delete, "the probe object is gone"),
            Err(error) => {
                self.denied(Step::Delete, &format!("{path} is left: {error}"), Some(&error));
            }
        }
    }

    /// Stores the object. Returns whether it may exist.
    async fn put(&self, uploader: &Uploader<'_>) -> bool {
        let put = uploader.reader(CONTENT, &self.target(&HeaderMap::new(), &|_| ())).await;
        let Err(error) = put else {
            self.report.ok(Step::Put, &self.path.to_string());
            return true;
        };
        self.denied(Step::Put, &error.to_string(), error.operation());
        match &error {
            UploadError::S3(error) => error.may_have_succeeded(),
            UploadError::Read(_) => false,
            _ => true,
        }
    }

    /// Sends a part, and aborts its upload.
    async fn multipart(&self, uploader: &Uploader<'_>) {
        let (begun, is_uncertain) = (RefCell::new(None), Cell::new(false));
        let on_event = |event: TransferEvent<'_>| match event {
            TransferEvent::Begun { upload_id } => drop(begun.replace(Some(upload_id.to_owned()))),
            TransferEvent::Again { .. } if begun.borrow().is_none() => is_uncertain.set(true),
            _ => {}
        };
        let sent = uploader.part(CONTENT, &self.target(&HeaderMap::new(), &on_event)).await;
        match &sent {
            Ok(()) => self.report.ok(Step::Multipart, "a part was sent"),
            Err(error) => self.denied(Step::Multipart, &error.to_string(), error.operation()),
        }
        let begun = begun.take();
        let error = sent.as_ref().err().and_then(UploadError::operation);
        if begun.is_none() && error.is_some_and(OperationError::may_have_succeeded) {
            is_uncertain.set(true);
        }
        let mut ids = if is_uncertain.get() { self.lost(uploader).await } else { Vec::new() };
        // A listing can be older than the upload.
        ids.extend(begun.filter(|begun| !ids.contains(begun)));
        for id in &ids {
            if let Err(error) = uploader.abort(&self.path, id).await {
                let cause = match &error {
                    AbortError::Refused(error) | AbortError::Unlisted(error) => Some(error),
                    AbortError::PartsLeft { .. } => None,
                };
                let detail = format!("the upload {id} of {} is left: {error}", self.path);
                return self.denied(Step::Abort, &detail, cause);
            }
        }
        if !ids.is_empty() {
            self.report.ok(Step::Abort, "no part is left");
        }
    }

    /// Returns the uploads of the probe object, some of whose `CreateMultipartUpload` requests may
    /// not have been answered. Nothing else has its name.
    async fn lost(&self, uploader: &Uploader<'_>) -> Vec<String> {
        let uploads = uploader.uploads_below(&self.path, self.path.key()).await;
        match uploads {
            Ok(uploads) => {
                let own = uploads.into_iter().flatten();
                let own = own.filter(|upload| upload.key == self.path.key());
                own.map(|upload| upload.upload_id).collect()
            }
            Err(error) => {
                let detail = format!("an upload of {} may be left: {error}", self.path);
                self.report.failed(Step::Abort, &detail, Some("see -uploads"));
                Vec::new()
            }
        }
    }

    fn target<'t>(
        &'t self,
        headers: &'t HeaderMap,
        on_event: &'t dyn Fn(TransferEvent<'_>),
    ) -> UploadTarget<'t> {
        UploadTarget { path: &self.path, headers, condition: WriteCondition::Always, on_event }
    }

    /// Reports an error of a step, with the action that is missing if it is denied.
    fn denied(&self, step: Step, detail: &str, error: Option<&OperationError>) {
        match error {
            Some(OperationError::Refused(refused)) if refused.kind == S3ErrorKind::AccessDenied => {
                let remedy = refused.remedy().unwrap_or_default();
                let detail = detail.strip_suffix(&format!(": {remedy}")).unwrap_or(detail);
                let key = self.path.key();
                let remedy = denied::remedy(step, &refused.message, &self.arn, key);
                self.report.failed(step, detail, Some(&remedy));
            }
            Some(OperationError::Refused(refused)) => {
                self.report.failed(step, detail, refused.remedy().as_deref());
            }
            _ => self.report.failed(step, detail, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_no_clock_wrong_that_agrees() {
        let (detail, remedy) = refused_time(Some("as S3's"), false);
        assert!(detail.starts_with("S3 refuses the time of the signature, though"), "{detail}");
        assert!(remedy.unwrap().contains("clocks of the store's servers"));
        let (detail, remedy) = refused_time(Some("900 s behind S3's"), true);
        assert_eq!(detail, "900 s behind S3's: S3 refuses the time of the signature");
        assert_eq!((remedy, refused_time(None, false).1), (None, None));
    }
}
