//! AWS's signing test suite, header form, as the crate `aws-sigv4` publishes it: each case at three
//! stages, and then the headers of the signed request.
//!
//! The cases are read from that crate's own source, wherever cargo keeps it; nothing is copied.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rolesig::{Credentials, PathRule, Payload, Request, Service, Signer, Timestamp};
use serde_json::Value;

const SUITE: &str = "aws-signing-test-suite/v4";

#[test]
fn all_cases_of_the_suite() {
    let mut cases: Vec<_> = fs::read_dir(suite())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    for case in &cases {
        match name(case) {
            "double-encode-path" => double_encode_path(case),
            "double-url-encode" => double_url_encode(case),
            _ => {
                let parameters = Parameters::from_context(case);
                let request = RawRequest::parse(&text(case, "request.txt"));
                let stages = parameters.sign(&request);
                assert_eq!(stages.canonical_request, text(case, CANONICAL_REQUEST), "{case:?}");
                assert_eq!(stages.string_to_sign, text(case, STRING_TO_SIGN), "{case:?}");
                assert_eq!(stages.signature, text(case, "header-signature.txt"), "{case:?}");
                assert_eq!(stages.headers, signed_headers(case), "{case:?}");
            }
        }
    }
    assert_eq!(cases.len(), 40);
}

/// Has no `context.json`. Two of its files are of two instants: the canonical request is of 2021,
/// the signed request (and its test in `aws-sigv4`, which says which credentials) of 2015. There
/// is no string to sign.
fn double_encode_path(case: &Path) {
    let request = RawRequest::parse(&text(case, "request.txt"));
    let mut parameters = Parameters {
        access_key_id: "ANOTREAL".into(),
        secret_access_key: "notrealrnrELgWzOk3IfjzDKtFBhDby".into(),
        timestamp: "2021-05-11T15:40:45Z".into(),
        ..Parameters::of_the_suite()
    };
    let stages = parameters.sign(&request);
    assert_eq!(stages.canonical_request, text(case, CANONICAL_REQUEST));

    parameters.timestamp = "2015-08-30T12:36:00Z".into();
    let stages = parameters.sign(&request);
    assert_eq!(stages.headers, signed_headers(case));
}

/// Has no `context.json`: time, region and service are those of its string to sign, which ends
/// with a line end more than the others; the signature stands in its signed request only.
fn double_url_encode(case: &Path) {
    let request = RawRequest::parse(&text(case, "request.txt"));
    let parameters = Parameters {
        timestamp: "2021-05-11T15:40:45Z".into(),
        region: "us-east-2".into(),
        service: "lambda".into(),
        ..Parameters::of_the_suite()
    };
    let stages = parameters.sign(&request);
    assert_eq!(stages.canonical_request, text(case, CANONICAL_REQUEST));
    assert_eq!(stages.string_to_sign, text(case, STRING_TO_SIGN).trim_end());
    assert_eq!(stages.headers, signed_headers(case));
}

const CANONICAL_REQUEST: &str = "header-canonical-request.txt";
const STRING_TO_SIGN: &str = "header-string-to-sign.txt";

/// What a case is signed with.
struct Parameters {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    /// The session token goes on the wire without being signed.
    omit_session_token: bool,
    region: String,
    service: String,
    path_rule: PathRule,
    payload_hash_header: bool,
    timestamp: String,
}

/// What came of it.
struct Stages {
    canonical_request: String,
    string_to_sign: String,
    signature: String,
    headers: Vec<(String, String)>,
}

impl Parameters {
    /// What nearly all cases have in common.
    fn of_the_suite() -> Self {
        Self {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            omit_session_token: false,
            region: "us-east-1".into(),
            service: "service".into(),
            path_rule: PathRule::NormalizedTwice,
            payload_hash_header: false,
            timestamp: "2015-08-30T12:36:00Z".into(),
        }
    }

    fn from_context(case: &Path) -> Self {
        let context: Value = serde_json::from_str(&text(case, "context.json")).unwrap();
        let string = |value: &Value| value.as_str().unwrap().to_owned();
        let credentials = &context["credentials"];
        let normalize = context["normalize"].as_bool().unwrap();
        Self {
            access_key_id: string(&credentials["access_key_id"]),
            secret_access_key: string(&credentials["secret_access_key"]),
            session_token: credentials["token"].as_str().map(str::to_owned),
            omit_session_token: context["omit_session_token"].as_bool().unwrap_or(false),
            region: string(&context["region"]),
            service: string(&context["service"]),
            path_rule: match name(case) {
                // Its path is percent-encoded already, and its canonical URI is no more so.
                "get-space-normalized" => PathRule::NormalizedOnce,
                _ if normalize => PathRule::NormalizedTwice,
                // The suite's only rule without normalising; S3's.
                _ => PathRule::Once,
            },
            payload_hash_header: context["sign_body"].as_bool().unwrap(),
            timestamp: string(&context["timestamp"]),
        }
    }

    fn sign(&self, raw: &RawRequest) -> Stages {
        let session_token = self.session_token.as_deref();
        let credentials = Credentials {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret_access_key,
            session_token: session_token.filter(|_| !self.omit_session_token),
        };
        let service = Service {
            path_rule: self.path_rule,
            payload_hash_header: self.payload_hash_header,
            ..Service::new(&self.service)
        };
        let query: Vec<_> = raw.query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let headers: Vec<_> =
            raw.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let request = Request {
            method: &raw.method,
            host: &raw.host,
            path: &raw.path,
            query: &query,
            headers: &headers,
            payload: Payload::Bytes(raw.body.as_bytes()),
        };
        let now: Timestamp = self.timestamp.parse().unwrap();
        let mut signer = Signer::new(credentials, &self.region, service).unwrap();
        let stages = signer.sign(&request, now).unwrap();

        let mut headers = raw.headers.clone();
        headers.push(("host".into(), raw.host.clone()));
        headers.extend(stages.headers().map(|(name, value)| (name.to_owned(), value.to_string())));
        if self.omit_session_token {
            // What is not signed, the caller adds.
            headers.push(("x-amz-security-token".into(), session_token.unwrap().to_owned()));
        }
        Stages {
            canonical_request: stages.canonical_request().to_string(),
            string_to_sign: stages.string_to_sign().to_string(),
            signature: stages.signature().to_string(),
            headers: comparable(headers),
        }
    }
}

/// A request as its text has it, its query decoded.
struct RawRequest {
    method: String,
    host: String,
    path: String,
    query: Vec<(String, String)>,
    /// Without the host, and without the time, which the signer adds by itself.
    headers: Vec<(String, String)>,
    body: String,
}

impl RawRequest {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let (request_line, header_lines) = head.split_once('\n').unwrap();
        // A path may have spaces in it, so the first and the last one count.
        let (method, rest) = request_line.split_once(' ').unwrap();
        let (target, version) = rest.rsplit_once(' ').unwrap();
        assert_eq!(version, "HTTP/1.1");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = header_fields(header_lines);
        let host = headers.iter().position(|(name, _)| name.eq_ignore_ascii_case("host"));
        let (_, host) = headers.remove(host.unwrap());
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-amz-date"));
        Self {
            method: method.to_owned(),
            host,
            path: path.to_owned(),
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (percent_decoded(name), percent_decoded(value)))
                .collect(),
            headers,
            body: body.to_owned(),
        }
    }
}

/// Names and values. A line that begins with white space goes on with the value before it, and
/// what was the line's end becomes a space (RFC 9112 §5.2).
fn header_fields(lines: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            let value = &mut fields.last_mut().unwrap().1;
            value.push(' ');
            value.push_str(line.trim());
        } else {
            let (name, value) = line.split_once(':').unwrap();
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    fields
}

fn percent_decoded(text: &str) -> String {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if let [b'%', high, low, after @ ..] = rest {
            let byte = digit(*high).unwrap() * 16 + digit(*low).unwrap();
            bytes.push(u8::try_from(byte).unwrap());
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The headers of the case's signed request.
fn signed_headers(case: &Path) -> Vec<(String, String)> {
    let signed = text(case, "header-signed-request.txt");
    let head = signed.split("\n\n").next().unwrap();
    comparable(header_fields(head.split_once('\n').unwrap().1))
}

/// Names in lower case, white space off the values, both in order: headers of different names may
/// come in any order, and the suite's come in none.
fn comparable(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut headers: Vec<_> = headers
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    headers.sort_by(|a, b| a.0.cmp(&b.0));
    headers
}

fn name(case: &Path) -> &str {
    case.file_name().unwrap().to_str().unwrap()
}

fn text(case: &Path, file: &str) -> String {
    fs::read_to_string(case.join(file)).unwrap_or_else(|error| panic!("{case:?}/{file}: {error}"))
}

/// The folder of the suite, in the source of `aws-sigv4` that this workspace is locked to.
fn suite() -> PathBuf {
    let metadata = metadata(&["--offline"]).or_else(|_| metadata(&[])).unwrap();
    let manifest = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "aws-sigv4")
        .and_then(|package| package["manifest_path"].as_str())
        .unwrap();
    Path::new(manifest).with_file_name(SUITE)
}

/// What cargo knows of the packages for this host: others may never have been downloaded.
fn metadata(network: &[&str]) -> Result<Value, String> {
    let cargo = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .args(network)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    };
    let version = String::from_utf8(cargo(&["-vV"])?).map_err(|error| error.to_string())?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("no host")?;
    let metadata = cargo(&["metadata", "--format-version", "1", "--filter-platform", host])?;
    serde_json::from_slice(&metadata).map_err(|error| error.to_string())
}
