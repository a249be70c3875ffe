//! `rolefs -sign`: a raw HTTP request on stdin, what signing makes of it on stdout.
//!
//! This is how the signer is checked from outside, and a way to see each stage of a signature.

use std::io::{self, IsTerminal as _, Read as _, Write as _};

use clap::ValueEnum;
use rolesig::{
    Emit, InvalidTimestamp, Payload, Request, Service, SignError, Signed, Signer, Timestamp, V4,
};
use rolesig_std::{
    Environment, EnvironmentError, NEVER_SIGNED, SLOTS, SignRequestError, decode_query, now,
};
use thiserror::Error;

use super::Ending;
use crate::raw_request::{BadRequest, RawRequest};

/// What to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// The canonical request.
    CanonicalRequest,
    /// The string to sign.
    StringToSign,
    /// The signature: 64 hexadecimal digits.
    Signature,
    /// The value of the `Authorization` header.
    Authorization,
    /// The request with the headers added.
    #[default]
    Request,
}

/// Signs what is on stdin. Stdout has nothing but what was asked for, to the byte; on a terminal a
/// line end follows.
pub fn sign(
    service: &str,
    region: &str,
    date: Option<&str>,
    show: Show,
    environment: &Environment,
) -> Ending {
    let mut input = Vec::new();
    let output = io::stdin()
        .read_to_end(&mut input)
        .map_err(SignFailure::Stdin)
        .and_then(|_| signed(&input, service, region, date, show, environment));
    let written = match output {
        Ok(output) => write(&output),
        Err(failure) => {
            eprintln!("sign: {failure}");
            return Ending::Failed;
        }
    };
    if written.is_ok() { Ending::Done } else { Ending::Failed }
}

fn write(output: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(output)?;
    if stdout.is_terminal() {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

fn signed(
    input: &[u8],
    service: &str,
    region: &str,
    date: Option<&str>,
    show: Show,
    environment: &Environment,
) -> Result<Vec<u8>, SignFailure> {
    let identity = environment.credentials()?.ok_or(SignFailure::NoCredentials)?;
    let now = date.map_or_else(|| Ok(now()), Timestamp::from_amz_date)?;
    let raw = RawRequest::parse(input)?;
    let query = decode_query(&raw.query)?;
    let query: Vec<_> = query.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    let headers: Vec<(&str, &[u8])> = raw
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
        .filter(|(name, _)| !NEVER_SIGNED.iter().any(|never| never.eq_ignore_ascii_case(name)))
        .collect();
    let request = Request {
        method: &raw.method,
        host: &raw.host,
        path: &raw.path,
        query: &query,
        headers: &headers,
        payload: Payload::Bytes(raw.body),
    };
    let service = Service::new(service);
    let mut signer = Signer::<V4, SLOTS>::with_slots(identity.credentials(), region, service)?;
    let signed = signer.sign(&request, now).map_err(|error| in_header(error, &headers))?;
    Ok(match show {
        Show::CanonicalRequest => bytes(signed.canonical_request()),
        Show::StringToSign => bytes(signed.string_to_sign()),
        Show::Signature => bytes(signed.signature()),
        Show::Authorization => bytes(&signed.authorization()),
        Show::Request => whole_request(&raw, &signed),
    })
}

/// The signer counts the headers that it was given; whoever wrote the request knows their names.
fn in_header(error: SignError, headers: &[(&str, &[u8])]) -> SignFailure {
    let name = |index: usize| {
        let name = headers.get(index).map(|(name, _)| *name).unwrap_or_default();
        name.escape_debug().to_string()
    };
    match error {
        SignError::InvalidHeaderName { index } => SignFailure::HeaderName(name(index)),
        SignError::InvalidHeaderValue { index } => SignFailure::HeaderValue(name(index)),
        error => error.into(),
    }
}

/// What a value emits. Not `Display`, since a header's value need not be UTF-8.
fn bytes(value: &impl Emit) -> Vec<u8> {
    let mut bytes = vec![0; value.emitted_len()];
    let len = value.write_to(&mut bytes).map(<[u8]>::len).unwrap_or_default();
    bytes.truncate(len);
    bytes
}

/// The request as it came, with the target that was signed and the headers added, in the line ends
/// that it came with.
fn whole_request(raw: &RawRequest<'_>, signed: &Signed<'_, Payload<'_>, V4, SLOTS>) -> Vec<u8> {
    let end = raw.line_end;
    let mut output = Vec::new();
    let mut line = |parts: &[&[u8]]| {
        output.extend(parts.iter().copied().flatten());
        output.extend_from_slice(end.as_bytes());
    };
    line(&[raw.method.as_bytes(), b" ", &bytes(&signed.target()), b" ", raw.version.as_bytes()]);
    for (name, value) in &raw.headers {
        line(&[name.as_bytes(), b": ", value]);
    }
    for (name, value) in signed.headers() {
        line(&[name.as_bytes(), b": ", &bytes(&value)]);
    }
    line(&[]);
    output.extend_from_slice(raw.body);
    output
}

/// Why nothing was signed.
#[derive(Debug, Error)]
enum SignFailure {
    #[error("stdin cannot be read: {0}")]
    Stdin(#[source] io::Error),
    #[error("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
    NoCredentials,
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error("--date is not in the form 20150830T123600Z")]
    Date(#[from] InvalidTimestamp),
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    #[error(transparent)]
    Query(#[from] SignRequestError),
    #[error("`{0}' is not the name of a header: it may have letters, digits and !#$%&'*+-.^_`|~")]
    HeaderName(String),
    #[error(
        "the value of the header `{0}' has a control character, or a tab within: replace it by a \
         space"
    )]
    HeaderValue(String),
    #[error(transparent)]
    Sign(#[from] SignError),
}
