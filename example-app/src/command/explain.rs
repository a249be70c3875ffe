//! `rolefs -explain`: a response `SignatureDoesNotMatch` and the request, as they disagree.
//!
//! S3 returns the hashed text in elements of XML; other services do in the error's message. The
//! same request is signed here, and the first line that differs is nearly always what is wrong.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

mod cause;
mod difference;
mod shown;

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;
use rolesig::{Expires, Timestamp};
use rolesig_std::{Clock, Environment, Identity};
use thiserror::Error;

use self::cause::{Sides, cause};
use self::difference::{CanonicalLines, LineDifference};
use super::kind::{LocalCommand, LocalContext};
use crate::s3::address::endpoint::S3EndpointError;
use crate::s3::error::signature_mismatch::{SignatureMismatch, SignatureMismatchError};
use crate::signing::input::{self, InputError};
use crate::signing::options::{Algorithm, BodyProtection, SigningOptions};
use crate::signing::raw_request::{ForeignSignatureError, RawRequest};
use crate::signing::region::signing_region;
use crate::signing::stages::{Stages, StagesError};
use crate::system::ExitStatus;
use crate::system::local_path::local_path_parser;
use crate::system::standard_streams::print;

/// The options of `-explain`.
#[derive(Args, Debug)]
pub struct ExplainOptions {
    /// The intended way of signing the request.
    #[command(flatten)]
    pub signing: SigningOptions,
    /// The raw HTTP request, before it was signed or after.
    #[arg(long, value_name = "FILE", value_parser = local_path_parser())]
    pub request: PathBuf,
    /// The body of the server's response. Otherwise stdin.
    #[arg(value_name = "response", value_parser = local_path_parser())]
    pub response: Option<PathBuf>,
}

impl LocalCommand for ExplainOptions {
    fn run(self: Box<Self>, context: LocalContext<'_>) -> ExitStatus {
        let LocalContext { region, environment } = context;
        if let Some(region) = signing_region(&self.signing, region, environment) {
            return explain(*self, &region, environment);
        }
        message!("explain: {}", S3EndpointError::NoRegion);
        ExitStatus::Usage
    }
}

/// Shows where the server and the signer here first disagree, on stdout.
fn explain(options: ExplainOptions, region: &str, environment: &Environment) -> ExitStatus {
    let session_token = environment.get("AWS_SESSION_TOKEN").unwrap_or_default();
    let (text, ending) = match explained(options, region, environment) {
        Ok(explanation) => (explanation, ExitStatus::Done),
        Err(error) => {
            message!("explain: {}", shown::without_token(error.to_string(), session_token));
            match error {
                ExplainError::NotShown { canonical_request, .. } => {
                    (canonical_request, ExitStatus::Failed)
                }
                _ => return ExitStatus::Failed,
            }
        }
    };
    let text = shown::without_token(text, session_token);
    match ExitStatus::of_printed("explain", print(text.as_bytes())) {
        ExitStatus::Done => ending,
        failed => failed,
    }
}

fn explained(
    mut options: ExplainOptions,
    region: &str,
    environment: &Environment,
) -> Result<String, ExplainError> {
    let request = file(&options.request)?;
    let response = match &options.response {
        Some(response) => file(response)?,
        None => input::stdin("explain")?,
    };
    let mismatch = SignatureMismatch::read(&response)?;
    let identity = input::identity(environment)?;
    let mut raw = RawRequest::parse(&request).map_err(InputError::from)?;
    if let Some(other) = raw.other_signature() {
        return Err(ExplainError::ForeignSignature(other));
    }
    let sent = take_back_signature(&mut raw, &mut options.signing);
    let date = options
        .signing
        .date
        .or_else(|| mismatch.date())
        .or(sent)
        .unwrap_or_else(|| Clock::SYSTEM.now());
    let stages = Stages::of(&raw, &options.signing, region, identity.credentials(), date)?;
    compared(&mismatch, &stages, &identity, raw.body)
}

/// Removes an earlier signature, so that the request can be signed again. The earlier signature
/// says how the request was signed, and when.
fn take_back_signature(
    raw: &mut RawRequest<'_>,
    options: &mut SigningOptions,
) -> Option<Timestamp> {
    let mut sent = None;
    for (name, value) in raw.take_signature() {
        let text = core::str::from_utf8(&value).unwrap_or_default();
        match name.as_str() {
            "x-amz-date" => sent = Timestamp::from_amz_date(text).ok(),
            "x-amz-content-sha256" if text == "UNSIGNED-PAYLOAD" => {
                options.payload = options.payload.or(Some(BodyProtection::Unsigned));
            }
            // Some clients sign it for services that do not ask for it.
            "x-amz-content-sha256" => options.payload_hash_header = true,
            "authorization" if text.starts_with("AWS4-ECDSA-P256-SHA256 ") => {
                options.algorithm = Algorithm::V4a;
            }
            "x-amz-expires" => {
                let seconds = text.parse().ok().and_then(Expires::seconds);
                options.presign = options.presign.or(seconds);
            }
            _ => {}
        }
    }
    sent
}

fn compared(
    mismatch: &SignatureMismatch,
    stages: &Stages,
    identity: &Identity,
    body: &[u8],
) -> Result<String, ExplainError> {
    if let Some(text) = &mismatch.canonical_request {
        let server = CanonicalLines::cut(text).ok_or(ExplainError::NotCanonical)?;
        let here = &stages.canonical_request;
        let here = CanonicalLines::cut(here).ok_or(ExplainError::NotCanonical)?;
        if let Some(difference) = server.difference(&here) {
            let signed_headers = &String::from_utf8_lossy(server.signed_headers());
            return Ok(report("canonical requests", &difference, &Sides { signed_headers, body }));
        }
    }
    let not_shown = || ExplainError::NotShown {
        canonical_request: shown::canonical_request(&stages.canonical_request),
        message: mismatch.message.as_deref().map(|text| shown::visible(text.as_bytes())),
    };
    let server = match (&mismatch.string_to_sign, &mismatch.canonical_request) {
        (None, None) => return Err(not_shown()),
        // It follows from the canonical request, and the server did not return it.
        (None, Some(_)) => &stages.string_to_sign,
        (Some(string_to_sign), _) => string_to_sign,
    };
    let Some(difference) = difference::of_strings_to_sign(server, &stages.string_to_sign) else {
        return Ok(wrong_secret(mismatch, stages, identity));
    };
    if difference.part == difference::LineKind::CanonicalRequestHash
        && mismatch.canonical_request.is_none()
    {
        return Err(not_shown());
    }
    Ok(report("strings to sign", &difference, &Sides { signed_headers: "", body }))
}

fn report(of: &str, difference: &LineDifference<'_>, sides: &Sides<'_>) -> String {
    let LineDifference { part, line, server, here } = difference;
    let part = shown::visible(part.to_string().as_bytes());
    let beside = shown::beside(*server, *here);
    format!(
        "the {of} differ in line {line}, {part}:\n{beside}likely: {}\n",
        cause(difference, sides)
    )
}

/// Explains a signature that differs though everything that is signed is equal.
fn wrong_secret(mismatch: &SignatureMismatch, stages: &Stages, identity: &Identity) -> String {
    let ours = identity.credentials().access_key_id;
    let theirs = mismatch.access_key_id.as_deref().map(|id| shown::visible(id.as_bytes()));
    let sent = mismatch.signature.as_ref().map(String::as_bytes);
    let likely = match theirs {
        Some(theirs) if theirs != ours => format!(
            "the request was signed with the credentials of {theirs}, and those here are of \
             {ours}: take the same ones"
        ),
        _ if sent == Some(&stages.signature) => format!(
            "the secret access key here made the signature that was refused: it is not that of \
             {ours}, or not any more"
        ),
        _ => format!(
            "the secret access key that signed the request is not that of {ours}, or the session \
             token is not the one that came with it"
        ),
    };
    format!("the canonical requests and the strings to sign are equal\nlikely: {likely}\n")
}

fn file(path: &Path) -> Result<Vec<u8>, ExplainError> {
    fs::read(path).map_err(|error| ExplainError::File { path: path.to_owned(), error })
}

/// The reason why no difference was found.
#[derive(Debug, Error)]
enum ExplainError {
    #[error("`{}': {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    SignatureMismatchError(#[from] SignatureMismatchError),
    #[error(transparent)]
    Stages(#[from] StagesError),
    #[error("the request has {0}")]
    ForeignSignature(ForeignSignatureError),
    #[error(
        "the server's canonical request does not have the lines of a canonical request: give the \
         body of the response as it came, with its line ends"
    )]
    NotCanonical,
    #[error(
        "this server does not return its canonical request{}; the one here is",
        message.as_ref().map(|text| format!(" (it says: {text})")).unwrap_or_default()
    )]
    NotShown { canonical_request: String, message: Option<String> },
}
