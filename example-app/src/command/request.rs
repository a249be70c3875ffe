//! `rolefs -request [-X <METHOD>] [-H <HEADER>] [-d <DATA>] … <url>`: any request to AWS, signed
//! with the credentials of the chain.
//!
//! The options are curl's. The service and the region are those in the name of the host, unless
//! options name others.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use core::error::Error;
use core::fmt;
use std::io::{self, Read as _};
use std::path::Path;

use bytes::Bytes;
use clap::Args;
use futures_util::future::LocalBoxFuture;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::BodyExt as _;
use rolesig::{Payload, Service};
use rolesig_std::http::ResponseBody;
use tokio::io::AsyncWriteExt as _;

use super::kind::{ServiceCommand, ServiceOutcome};
use super::session::Session;
use crate::s3::OperationError;
use crate::s3::client::send::sending;
use crate::s3::content::body::of_bytes;
use crate::signing::host::HostScope;
use crate::system::ExitStatus;
use crate::system::standard_streams::{open_stdin, open_stdout};

/// The options of `-request`.
#[derive(Args)]
pub struct RequestOptions {
    /// The method. Otherwise GET, or POST with -d.
    #[arg(short = 'X', value_name = "METHOD")]
    pub method: Option<Method>,
    /// A header. The option can be repeated.
    #[arg(short = 'H', value_name = "NAME: VALUE")]
    pub headers: Vec<Header>,
    /// The body; @file reads it from a file, and @- from stdin, to the byte. Without a Content-Type
    /// it is that of a form, as with curl.
    #[arg(short = 'd', long, value_name = "DATA", allow_hyphen_values = true)]
    pub data: Option<String>,
    /// The service to sign for: s3, execute-api, … Otherwise that of the host's name.
    #[arg(long)]
    pub service: Option<String>,
    /// The region. Otherwise that of --region before the command, of the host's name, or as for all
    /// commands.
    #[arg(long)]
    pub region: Option<String>,
    /// Prints the status and the headers of the response, too.
    #[arg(short = 'i')]
    pub include: bool,
    /// The URL; or a path at --endpoint.
    #[arg(value_name = "url")]
    pub url: Uri,
}

/// Shows neither headers nor the body nor the query, each of which can have a secret.
impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestOptions")
            .field("method", &self.method)
            .field("host", &self.url.host())
            .field("service", &self.service)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// A header of a request. `Debug` shows the name alone: the value can be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Header(HeaderName, HeaderValue);

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Header").field(&self.0).finish()
    }
}

impl core::str::FromStr for Header {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // curl writes an empty one with a semicolon.
        let (name, value) = match (text.split_once(':'), text.strip_suffix(';')) {
            (Some((name, value)), _) => (name, value.trim()),
            (None, Some(name)) => (name, ""),
            (None, None) => return Err("write Name: value"),
        };
        let name = name.trim().parse().map_err(|_| "write Name: value")?;
        let value = value.parse().map_err(|_| "a value may not have control characters")?;
        Ok(Self(name, value))
    }
}

impl ServiceCommand for RequestOptions {
    fn run<'r>(&'r self, session: &'r Session<'r>) -> LocalBoxFuture<'r, ServiceOutcome> {
        Box::pin(async move {
            let (service, region) = self.scope(session.region());
            let exchanged = self.exchange(session, service, region).await;
            let response = match exchanged {
                Ok(response) => response,
                Err(error) => {
                    message!("request: {error}");
                    return Ok(ExitStatus::Failed);
                }
            };
            let status = response.status();
            if let Err(error) = self.print(response).await {
                message!("request: {error}");
                return Ok(ExitStatus::Failed);
            }
            if status.is_success() {
                return Ok(ExitStatus::Done);
            }
            message!("request: the response is {status}");
            Ok(ExitStatus::Failed)
        })
    }

    fn contradiction(&self) -> Option<String> {
        let is_whole = self.url.authority().is_some() && self.url.scheme().is_some();
        if !is_whole && !self.url.path().starts_with('/') || self.url.host() == Some("") {
            return Some("expected a URL, such as https://sts.eu-west-1.amazonaws.com/".to_owned());
        }
        if self.url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Some("the URL must not contain credentials".to_owned());
        }
        let scheme = self.url.scheme_str().filter(|scheme| !["http", "https"].contains(scheme));
        if let Some(scheme) = scheme {
            return Some(format!("`{scheme}': expected a URL of http or https"));
        }
        if self.service.is_none() && self.of_host().is_none() {
            return Some(
                "the service cannot be derived from the host's name: give --service".to_owned(),
            );
        }
        None
    }
}

impl RequestOptions {
    fn of_host(&self) -> Option<HostScope> {
        HostScope::of(self.url.host()?)
    }

    /// Returns the service and the region to sign for. `of_all` is the region that an option before
    /// the command names, if any.
    fn scope(&self, of_all: Option<&str>) -> (Service<'static>, Option<String>) {
        let of_host = self.of_host();
        let (service, region) = of_host.map(|scope| (scope.service, scope.region)).unzip();
        let service = self.service.clone().or(service).unwrap_or_default();
        let region = self.region.clone().or(of_all.map(str::to_owned)).or(region.flatten());
        // Leaked once: the process sends one request.
        (Service::new(service.leak()), region)
    }

    async fn exchange(
        &self,
        session: &Session<'_>,
        service: Service<'static>,
        region: Option<String>,
    ) -> Result<Response<ResponseBody>, Box<dyn Error>> {
        let body = self.body()?;
        let client = session.signing_client(service, region).await?;
        if self.url.authority().is_none() && client.endpoint().is_none() {
            return Err(
                "a path needs --endpoint: give it before the command, or a whole URL".into()
            );
        }
        let head = self.head(&body)?;
        let mut again = || Some(of_bytes(body.clone()));
        let sent = sending(&client, &head, &mut again, Payload::Bytes(&body)).await;
        Ok(sent.map_err(OperationError::from)?)
    }

    fn head(&self, body: &Bytes) -> Result<Request<()>, http::Error> {
        let default = if self.data.is_some() { Method::POST } else { Method::GET };
        let method = self.method.clone().unwrap_or(default);
        let needs_length = [Method::PUT, Method::POST, Method::PATCH].contains(&method);
        let mut head = Request::builder().method(method).uri(&self.url).body(())?;
        let headers = head.headers_mut();
        for Header(name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if self.data.is_some() && !headers.contains_key(CONTENT_TYPE) {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(CONTENT_TYPE, form);
        }
        if !headers.contains_key(USER_AGENT) {
            let product = concat!("rolefs/", env!("CARGO_PKG_VERSION"));
            headers.insert(USER_AGENT, HeaderValue::from_static(product));
        }
        if body.is_empty() && needs_length {
            // hyper omits it when there is nothing to send, and S3 requires it even then.
            headers.insert(CONTENT_LENGTH, 0.into());
        }
        Ok(head)
    }

    fn body(&self) -> Result<Bytes, String> {
        let Some(data) = &self.data else { return Ok(Bytes::new()) };
        let Some(file) = data.strip_prefix('@') else { return Ok(Bytes::from(data.clone())) };
        let read = if file == "-" {
            let mut input = Vec::new();
            let read = open_stdin("request").and_then(|mut stdin| stdin.read_to_end(&mut input));
            read.map(|_| input)
        } else {
            std::fs::read(Path::new(file))
        };
        read.map(Bytes::from).map_err(|error| format!("`{file}': {error}"))
    }

    /// Writes the response to stdout as it comes.
    async fn print(&self, response: Response<ResponseBody>) -> Result<(), Box<dyn Error>> {
        let mut stdout = open_stdout().map_err(|error| unwritten(&error))?;
        if self.include {
            stdout.write_all(&head_of(&response)).await.map_err(|error| unwritten(&error))?;
        }
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                stdout.write_all(&data).await.map_err(|error| unwritten(&error))?;
            }
        }
        Ok(stdout.flush().await.map_err(|error| unwritten(&error))?)
    }
}

/// Describes an error of stdout; if nobody reads it any more, the program ends.
fn unwritten(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::BrokenPipe {
        crate::system::signals::end_by_pipe();
    }
    format!("stdout: {error}")
}

fn head_of(response: &Response<ResponseBody>) -> Vec<u8> {
    let mut head = format!("{:?} {}\r\n", response.version(), response.status()).into_bytes();
    for (name, value) in response.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_headers_as_curl_does() {
        let header = |text: &str| text.parse::<Header>().map(|Header(name, value)| (name, value));
        let (name, value) = header("X-Amz-Target: A.B").unwrap();
        assert_eq!((name.as_str(), value.as_bytes()), ("x-amz-target", &b"A.B"[..]));
        assert_eq!(header("x-a;").unwrap().1, "");
        for bad in ["x-a", "a b: c", ": c", "a: b\nc"] {
            assert!(header(bad).is_err(), "{bad}");
        }
    }
}
