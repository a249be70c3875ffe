//! A raw HTTP/1.1 request, as its parts.

use rolesig_std::config::without_byte_order_mark;
use thiserror::Error;

use crate::system::excerpt::printable;

/// A request in its form on the wire, with its secrets. Line ends can be CRLF or LF.
pub struct RawRequest<'i> {
    /// The method.
    pub method: String,
    /// Up to the `?`.
    pub path: String,
    /// Behind the `?`.
    pub query: String,
    /// Mostly `HTTP/1.1`.
    pub version: String,
    /// The value of `Host`.
    pub host: String,
    /// All of them, in order, `Host` too; values without the white space around them.
    pub headers: Vec<(String, Vec<u8>)>,
    /// All that follows the empty line.
    pub body: &'i [u8],
    /// CRLF or LF, by the first line.
    pub line_end: &'static str,
}

/// The headers, and pairs of the query, that a signature adds to a request, in lower case.
const OF_A_SIGNATURE: [&str; 10] = [
    "authorization",
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-region-set",
    "x-amz-s3session-token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// A signature that is not Signature Version 4.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum ForeignSignatureError {
    /// `Authorization: AWS …`, or `AWSAccessKeyId` in the query.
    #[error("Signature Version 2, which is not supported: sign it with Version 4")]
    Version2,
    /// A scheme of HTTP, or of AWS, by its name.
    #[error("`Authorization: {0}': sign it with Signature Version 4")]
    Scheme(&'static str),
    /// Not named, since the text may be a secret.
    #[error("an `Authorization' of another scheme: sign it with Signature Version 4")]
    Unknown,
}

impl ForeignSignatureError {
    /// Returns the scheme in lower case.
    fn of_scheme(scheme: &[u8]) -> Self {
        let known = [
            "Bearer",
            "Basic",
            "Digest",
            "Negotiate",
            "AWS3",
            "AWS3-HTTPS",
            "AWS4-X509-RSA-SHA256",
            "AWS4-X509-ECDSA-SHA256",
        ];
        let known = known.into_iter().find(|known| known.as_bytes().eq_ignore_ascii_case(scheme));
        known.map_or(Self::Unknown, Self::Scheme)
    }
}

/// The reason why a text is not an HTTP request.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RawRequestError {
    /// The first line is not a request line.
    #[error("the first line is not a request line such as `GET /path?query HTTP/1.1'")]
    RequestLine,
    /// A header line, by its number, is malformed.
    #[error("header line {0} has no colon, or no name before it")]
    Header(usize),
    /// The number of `Host` headers is not one.
    #[error("there must be one Host header, and there are {0}")]
    Hosts(usize),
    /// `Content-Length` is not the length of the body.
    #[error("Content-Length says {says}, but the body has {has} bytes")]
    Length {
        /// The header's value.
        says: String,
        /// The length of the body in bytes.
        has: usize,
    },
    /// A body in chunks.
    #[error(
        "Transfer-Encoding is {0}, and a signature is about the content: leave that header out, and \
         write the body without the lines of its chunks"
    )]
    Framed(String),
}

impl<'i> RawRequest<'i> {
    /// Parses a request. The body extends to the end of the input.
    ///
    /// # Errors
    /// If it is not one, with what is wrong.
    pub fn parse(input: &'i [u8]) -> Result<Self, RawRequestError> {
        // Text files from Windows begin with a byte order mark, and no method does.
        let input = without_byte_order_mark(input);
        let (head, body, line_end) = split_head(input);
        let mut lines = head.split(|byte| *byte == b'\n').map(trim_end);
        let (method, target, version) =
            request_line(lines.next().unwrap_or_default()).ok_or(RawRequestError::RequestLine)?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let headers = headers(lines)?;
        let request = Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            version,
            host: host(&headers)?,
            headers,
            body,
            line_end,
        };
        request.check_framing()?;
        request.check_length()?;
        Ok(request)
    }

    /// Puts `Host` into the form that clients make of a URL: in lower case, without the default
    /// port of its scheme. So it is what arrives, whatever client sends what was signed.
    pub(crate) fn canonicalize_host(&mut self, default_port: &str) {
        self.host.make_ascii_lowercase();
        if let Some(host) = self.host.strip_suffix(default_port) {
            self.host.truncate(host.len());
        }
        let is_host = |(name, _): &&mut (String, Vec<u8>)| name.eq_ignore_ascii_case("host");
        for (_, value) in self.headers.iter_mut().filter(is_host) {
            self.host.as_bytes().clone_into(value);
        }
    }

    /// Returns the scheme of a signature that is not of Version 4, if there is one.
    pub(crate) fn other_signature(&self) -> Option<ForeignSignatureError> {
        let is = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case("authorization");
        let scheme = self.headers.iter().find(is).map(|(_, value)| {
            value.split(u8::is_ascii_whitespace).next().unwrap_or_default().to_ascii_lowercase()
        });
        let has_version_2 = || {
            let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.any(|(name, _)| name == "AWSAccessKeyId")
        };
        match scheme.as_deref() {
            Some(b"aws4-hmac-sha256" | b"aws4-ecdsa-p256-sha256") => None,
            Some(b"aws") => Some(ForeignSignatureError::Version2),
            Some(scheme) => Some(ForeignSignatureError::of_scheme(scheme)),
            None => has_version_2().then_some(ForeignSignatureError::Version2),
        }
    }

    /// Removes the fields that an earlier signature added, and returns them by lower-case name.
    pub(crate) fn take_signature(&mut self) -> Vec<(String, Vec<u8>)> {
        let is_taken = |name: &str| OF_A_SIGNATURE.contains(&name);
        let mut taken = Vec::new();
        self.headers.retain(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let keep = !is_taken(&name);
            if !keep {
                taken.push((name, value.clone()));
            }
            keep
        });
        let mut kept = Vec::new();
        for pair in self.query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = name.to_ascii_lowercase();
            if is_taken(&name) || name == "x-amz-expires" {
                taken.push((name, value.as_bytes().to_vec()));
            } else {
                kept.push(pair);
            }
        }
        self.query = kept.join("&");
        taken
    }

    /// Refuses a body in chunks: their framing would be signed as content.
    fn check_framing(&self) -> Result<(), RawRequestError> {
        let named = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case("transfer-encoding");
        match self.headers.iter().find(named) {
            Some((_, encoding))
                if !self.body.is_empty()
                    && !encoding.trim_ascii().eq_ignore_ascii_case(b"identity") =>
            {
                Err(RawRequestError::Framed(printable(&String::from_utf8_lossy(encoding))))
            }
            _ => Ok(()),
        }
    }

    fn check_length(&self) -> Result<(), RawRequestError> {
        let named = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case("content-length");
        let Some((_, says)) = self.headers.iter().find(named) else { return Ok(()) };
        let says = String::from_utf8_lossy(says).into_owned();
        let has = self.body.len();
        if says.parse() == Ok(has) { Ok(()) } else { Err(RawRequestError::Length { says, has }) }
    }
}

/// Splits the request line into method, target and version. A byte of the target that is not UTF-8
/// is percent-encoded, as every client sends it.
fn request_line(line: &[u8]) -> Option<(String, String, String)> {
    let start = line.iter().position(|byte| *byte == b' ')?;
    // By the last space: a path may have a raw one.
    let end = line.iter().rposition(|byte| *byte == b' ').filter(|end| *end > start)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    let (method, version) = (text(line.get(..start)?)?, text(line.get(end + 1..)?)?);
    let mut target = String::new();
    for chunk in line.get(start + 1..end)?.utf8_chunks() {
        target.push_str(chunk.valid());
        for byte in chunk.invalid() {
            target.push_str(percent_encoding::percent_encode_byte(*byte));
        }
    }
    let is_line = version.starts_with("HTTP/") && target.starts_with('/');
    is_line.then_some((method, target, version))
}

/// Splits a request into head and body, and returns the line end of the first line.
fn split_head(input: &[u8]) -> (&[u8], &[u8], &'static str) {
    let first_line = input.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line_end = if first_line.ends_with(b"\r") { "\r\n" } else { "\n" };
    let mut head_len = 0;
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        if trim_end(line.strip_suffix(b"\n").unwrap_or(line)).is_empty() {
            let body = input.get(head_len + line.len()..).unwrap_or_default();
            return (input.get(..head_len).unwrap_or_default(), body, line_end);
        }
        head_len += line.len();
    }
    (input, &[], line_end)
}

fn trim_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Parses the headers. A line that begins with white space continues the value before it (RFC 9112
/// §5.2).
fn headers<'h>(
    lines: impl Iterator<Item = &'h [u8]>,
) -> Result<Vec<(String, Vec<u8>)>, RawRequestError> {
    let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
    for (number, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        let bad = || RawRequestError::Header(number + 1);
        if let [b' ' | b'\t', folded @ ..] = line {
            let (_, value) = headers.last_mut().ok_or_else(bad)?;
            let folded = trim(folded);
            if !value.is_empty() && !folded.is_empty() {
                value.push(b' ');
            }
            value.extend_from_slice(folded);
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or_else(bad)?;
        let (name, value) = line.split_at_checked(colon).ok_or_else(bad)?;
        let name = core::str::from_utf8(name).ok().filter(|name| !name.is_empty());
        headers.push((
            name.ok_or_else(bad)?.to_owned(),
            trim(value.get(1..).unwrap_or_default()).to_vec(),
        ));
    }
    Ok(headers)
}

/// Trims space and tab only (RFC 9110 §5.6.3): `trim_ascii` would remove control characters that
/// must be refused.
fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn host(headers: &[(String, Vec<u8>)]) -> Result<String, RawRequestError> {
    let hosts: Vec<_> =
        headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host")).collect();
    match hosts.as_slice() {
        [(_, host)] => Ok(String::from_utf8_lossy(host).into_owned()),
        other => Err(RawRequestError::Hosts(other.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_line_ends() {
        for (text, line_end) in [
            ("PUT /a b?x=1&y HTTP/1.1\r\nHost: h\r\nA:\t1 \r\n  2\r\n\r\nbody\n", "\r\n"),
            ("PUT /a b?x=1&y HTTP/1.1\nHost: h\nA:\t1 \n  2\n\nbody\n", "\n"),
            ("\u{feff}PUT /a b?x=1&y HTTP/1.1\r\nHost: h\r\nA: 1 2\r\n\r\nbody\n", "\r\n"),
        ] {
            let request = RawRequest::parse(text.as_bytes()).unwrap();
            assert_eq!(request.method, "PUT");
            assert_eq!((request.path.as_str(), request.query.as_str()), ("/a b", "x=1&y"));
            assert_eq!(request.headers[1], ("A".to_owned(), b"1 2".to_vec()));
            assert_eq!((request.body, request.line_end), (&b"body\n"[..], line_end));
        }
    }

    #[test]
    fn trims_continued_values() {
        for (lines, value) in [("A:\n  1", "1"), ("A: 1\n \t", "1"), ("A:\n 1\n \n\t2", "1 2")] {
            let text = format!("GET / HTTP/1.1\nHost: h\n{lines}\n");
            assert_eq!(RawRequest::parse(text.as_bytes()).unwrap().headers[1].1, value.as_bytes());
        }
    }

    #[test]
    fn accepts_no_body_and_no_line_end_at_the_end() {
        let request = RawRequest::parse(b"GET / HTTP/1.1\nHost:h").unwrap();
        assert_eq!((request.host.as_str(), request.body), ("h", &b""[..]));
    }

    #[test]
    fn percent_encodes_bytes_of_a_target_that_are_not_utf_8() {
        let request = RawRequest::parse(b"GET /caf\xe9?q=\xff\xc3\xa9 HTTP/1.1\nHost: h").unwrap();
        assert_eq!((&*request.path, &*request.query), ("/caf%E9", "q=%FF\u{e9}"));
        let error = RawRequest::parse(b"G\xe9T / HTTP/1.1\nHost: h").err().unwrap();
        assert_eq!(error, RawRequestError::RequestLine);
    }

    #[test]
    fn refuses_malformed_requests() {
        let error = |text: &str| RawRequest::parse(text.as_bytes()).err().unwrap();
        for text in ["", "GET /", "GET x HTTP/1.1\nHost: h", "GET / FTP/1\nHost: h"] {
            assert_eq!(error(text), RawRequestError::RequestLine, "{text}");
        }
        assert_eq!(error("GET / HTTP/1.1\nHost: h\nodd"), RawRequestError::Header(2));
        assert_eq!(error("GET / HTTP/1.1\n: x"), RawRequestError::Header(1));
        assert_eq!(error("GET / HTTP/1.1"), RawRequestError::Hosts(0));
        assert_eq!(error("GET / HTTP/1.1\nHost: a\nHOST: b"), RawRequestError::Hosts(2));
        let length = error("POST / HTTP/1.1\nHost: a\nContent-Length: 3\n\nab");
        assert_eq!(length.to_string(), "Content-Length says 3, but the body has 2 bytes");
    }
}
