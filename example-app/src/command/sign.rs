//! `rolefs -sign`: a raw HTTP request on stdin, what signing makes of it on stdout.
//!
//! This is how the signer is checked from outside, and a way to see each stage of a signature.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

mod curl;

use std::io::{self, IsTerminal as _};

use clap::{Args, ValueEnum};
use rolesig::Timestamp;
use rolesig_std::{Clock, Environment};
use thiserror::Error;

use self::curl::{UnquotableError, curl};
use super::kind::{LocalCommand, LocalContext};
use crate::s3::address::endpoint::S3EndpointError;
use crate::signing::input::{self, InputError};
use crate::signing::options::SigningOptions;
use crate::signing::raw_request::{ForeignSignatureError, RawRequest};
use crate::signing::region::signing_region;
use crate::signing::stages::{Stages, StagesError};
use crate::system::ExitStatus;
use crate::system::standard_streams::print;

/// The options of `-sign`.
#[derive(Args, Debug)]
pub struct SignOptions {
    /// The way to sign.
    #[command(flatten)]
    pub signing: SigningOptions,
    /// The part of a signed request to print.
    #[arg(long, value_enum, default_value_t)]
    pub show: SigningOutput,
    /// The scheme of URLs. Its default port is left out of Host.
    #[arg(long, value_enum, default_value_t)]
    pub scheme: UrlScheme,
}

impl LocalCommand for SignOptions {
    fn run(self: Box<Self>, context: LocalContext<'_>) -> ExitStatus {
        let LocalContext { region, environment } = context;
        if let Some(region) = signing_region(&self.signing, region, environment) {
            return sign(&self, &region, environment);
        }
        message!("sign: {}", S3EndpointError::NoRegion);
        ExitStatus::Usage
    }
}

/// The part of a signed request to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SigningOutput {
    /// The canonical request.
    CanonicalRequest,
    /// The string to sign.
    StringToSign,
    /// The signature: 64 hexadecimal digits; of v4a up to 144.
    Signature,
    /// The value of the `Authorization` header.
    Authorization,
    /// The request with the headers added.
    #[default]
    Request,
    /// The presigned URL.
    Url,
    /// A command for a POSIX shell that sends the request with curl.
    Curl,
}

/// The scheme of URLs. It is not signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum UrlScheme {
    /// For all services.
    #[default]
    Https,
    /// For private servers.
    Http,
    /// For MQTT with AWS IoT.
    Wss,
}

impl UrlScheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Wss => "wss",
        }
    }

    /// Returns the port, with its colon, that clients leave out of `Host`.
    const fn default_port(self) -> &'static str {
        match self {
            Self::Https | Self::Wss => ":443",
            Self::Http => ":80",
        }
    }
}

/// Signs the request on stdin. Stdout has nothing but what was asked for, to the byte; on a
/// terminal a line end follows.
fn sign(options: &SignOptions, region: &str, environment: &Environment) -> ExitStatus {
    match (options.show, options.signing.presign) {
        (SigningOutput::Authorization, Some(_)) => {
            message!("sign: a presigned request has no Authorization header: --show url");
            return ExitStatus::Usage;
        }
        (SigningOutput::Url, None) => {
            message!("sign: only a presigned URL carries its signature: give --presign SECONDS");
            return ExitStatus::Usage;
        }
        _ => {}
    }
    match signed(options, region, environment) {
        Ok(output) => ExitStatus::of_printed("sign", write(output)),
        Err(error) => {
            message!("sign: {error}");
            ExitStatus::Failed
        }
    }
}

fn write(mut output: Vec<u8>) -> io::Result<()> {
    if io::stdout().is_terminal() {
        output.push(b'\n');
    }
    print(&output)
}

fn signed(
    options: &SignOptions,
    region: &str,
    environment: &Environment,
) -> Result<Vec<u8>, SignCommandError> {
    let request = input::stdin("sign")?;
    let identity = input::identity(environment)?;
    let now = options.signing.date.unwrap_or_else(|| Clock::SYSTEM.now());
    let mut raw = RawRequest::parse(&request).map_err(InputError::from)?;
    if raw.other_signature() == Some(ForeignSignatureError::Version2) {
        return Err(SignCommandError::Version2);
    }
    raw.canonicalize_host(options.scheme.default_port());
    let stages = Stages::of(&raw, &options.signing, region, identity.credentials(), now)?;
    warn_of_expiry(stages.expires_at, identity.expires_at());
    Ok(match options.show {
        SigningOutput::CanonicalRequest => stages.canonical_request,
        SigningOutput::StringToSign => stages.string_to_sign,
        SigningOutput::Signature => stages.signature,
        SigningOutput::Authorization => authorization(stages),
        SigningOutput::Request => whole_request(&raw, &stages),
        SigningOutput::Url => url(&raw, &stages, options.scheme),
        SigningOutput::Curl => curl(&raw, &stages, &url(&raw, &stages, options.scheme))?,
    })
}

/// Warns that a presigned request cannot outlive the credentials that signed it.
fn warn_of_expiry(own: Option<Timestamp>, credentials: Option<Timestamp>) {
    if let (Some(own), Some(credentials)) = (own, credentials)
        && credentials < own
    {
        let end = credentials.amz_date();
        message!("sign: it works until {end} only, when the credentials expire");
    }
}

fn authorization(stages: Stages) -> Vec<u8> {
    let mut headers = stages.headers.into_iter();
    headers.find(|(name, _)| *name == "authorization").map(|(_, value)| value).unwrap_or_default()
}

fn url(raw: &RawRequest<'_>, stages: &Stages, scheme: UrlScheme) -> Vec<u8> {
    [scheme.as_str().as_bytes(), b"://", raw.host.as_bytes(), &stages.target].concat()
}

/// Returns the request as it came, with its line ends, the target that was signed, and the headers
/// added.
fn whole_request(raw: &RawRequest<'_>, stages: &Stages) -> Vec<u8> {
    let end = raw.line_end;
    let mut output = Vec::new();
    let mut line = |parts: &[&[u8]]| {
        output.extend(parts.iter().copied().flatten());
        output.extend_from_slice(end.as_bytes());
    };
    line(&[raw.method.as_bytes(), b" ", &stages.target, b" ", raw.version.as_bytes()]);
    for (name, value) in &raw.headers {
        line(&[name.as_bytes(), b": ", value]);
    }
    for (name, value) in &stages.headers {
        line(&[name.as_bytes(), b": ", value]);
    }
    line(&[]);
    output.extend_from_slice(raw.body);
    output
}

/// The reason why nothing was signed.
#[derive(Debug, Error)]
enum SignCommandError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(
        "the request has a signature of Version 2: leave out `Authorization: AWS', or \
         AWSAccessKeyId, Signature and Expires of the query"
    )]
    Version2,
    #[error(transparent)]
    Stages(#[from] StagesError),
    #[error(transparent)]
    Unquotable(#[from] UnquotableError),
}
