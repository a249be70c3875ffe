//! HTTP/1.1 in memory, as far as the simulated services need it.

use std::collections::BTreeMap;
use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    /// With names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads the head of the next request; `None` if there is none, or it is not HTTP.
    pub(crate) async fn head(stream: &mut DuplexStream) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
            // A ClientHello.
            if head[0] == 0x16 {
                return None;
            }
        }
        let head = String::from_utf8(head).ok()?;
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        let header = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        };
        Some(Self {
            method,
            path: path.to_owned(),
            query: query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect(),
            headers: lines.filter_map(header).collect(),
            body: Vec::new(),
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn content_length(&self) -> usize {
        self.header("content-length").map_or(0, |length| length.parse().unwrap())
    }

    /// Returns the letter of the writer that signed it, and the number of its credentials.
    pub(crate) fn signer(&self) -> Option<(char, u64)> {
        let (_, credential) = self.header("authorization")?.split_once("Credential=ASIA")?;
        let id = credential.split('/').next()?;
        Some((id.chars().next()?, id.get(1..)?.parse().ok()?))
    }

    /// Names the operation, with the part's number.
    pub(crate) fn operation(&self) -> String {
        let upload = self.query.contains_key("uploadId");
        let part = self.query.get("partNumber");
        match (self.method.as_str(), upload, part) {
            ("PUT", true, Some(part)) => format!("part {part}"),
            ("PUT", ..) => "put".to_owned(),
            ("POST", true, _) => "complete".to_owned(),
            ("POST", ..) => "create".to_owned(),
            ("DELETE", ..) => "abort".to_owned(),
            ("GET", true, _) => "list parts".to_owned(),
            ("GET", ..) if self.query.contains_key("uploads") => "list uploads".to_owned(),
            (method, ..) => method.to_owned(),
        }
    }
}

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::new(status, format!("<Error><Code>{code}</Code><Message>m</Message></Error>"))
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends the response, or only the first bytes of it.
    pub(crate) async fn send(
        &self,
        stream: &mut DuplexStream,
        to_head: bool,
        most: usize,
    ) -> io::Result<()> {
        let mut text = format!("HTTP/1.1 {} X\r\nx-amz-request-id: R\r\n", self.status);
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        let len = self.body.len().to_string();
        text.extend(["Content-Length: ", &len, "\r\n\r\n"]);
        let mut bytes = text.into_bytes();
        if !to_head {
            bytes.extend_from_slice(&self.body);
        }
        bytes.truncate(most);
        stream.write_all(&bytes).await
    }
}
