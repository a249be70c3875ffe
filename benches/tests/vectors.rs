//! AWS's signing test suite, as the crate `aws-sigv4` publishes it: each case of both schemes, in
//! header and in query form, at three stages, and then what is sent.
//!
//! The cases are read from that crate's own source, wherever cargo keeps it; nothing is copied.
//! Signatures of Signature Version 4a are random in the suite, so they are verified with its public
//! key, by ring; `aws-sigv4` makes them by RFC 6979 as we do, so its own are equal to ours.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_sigv4::sign::v4a::{calculate_signature, generate_signing_key};
use proptest::prelude::*;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rolesig::{
    Credentials, Expires, PathRule, Payload, Request, Scheme, Service, SessionTokenPlace, Signer,
    Timestamp, V4, V4a,
};
use serde_json::Value;

#[test]
fn all_cases_of_v4() {
    let cases = cases("v4");
    for case in &cases {
        match name(case) {
            "double-encode-path" => double_encode_path(case),
            "double-url-encode" => double_url_encode(case),
            _ => {
                for form in [Form::Header, Form::Query] {
                    let signed = compare::<V4>(case, form);
                    let published = SignedRequest::parse(&form.file(case, "signed-request.txt"));
                    assert_eq!(signed.signature, form.file(case, "signature.txt"), "{case:?}");
                    assert_eq!(signed.signature, published.signature, "{case:?}");
                }
            }
        }
    }
    assert_eq!(cases.len(), 40);
}

#[test]
fn all_cases_of_v4a() {
    let cases = cases("v4a");
    for case in &cases {
        let public_key = public_key(case);
        let parameters = Parameters::from_context(case);
        let private_key =
            generate_signing_key(&parameters.access_key_id, &parameters.secret_access_key);
        for form in [Form::Header, Form::Query] {
            let Signed { string_to_sign, signature, .. } = compare::<V4a>(case, form);
            let string_to_sign = string_to_sign.as_bytes();
            assert_eq!(signature, calculate_signature(&private_key, string_to_sign), "{case:?}");
            let published = SignedRequest::parse(&form.file(case, "signed-request.txt")).signature;
            for signature in [signature, form.file(case, "signature.txt"), published] {
                let der = hex::decode(signature).unwrap();
                assert!(public_key.verify(string_to_sign, &der).is_ok(), "{case:?}");
                assert!(public_key.verify(b"another", &der).is_err(), "{case:?}");
            }
        }
    }
    assert_eq!(cases.len(), 38);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The suite has one pair of credentials only.
    #[test]
    fn v4a_signs_as_aws_sigv4_does(
        access_key_id in "[A-Z0-9]{1,128}",
        secret_access_key in ".{1,200}",
        region in "\\*|[a-z0-9-]{1,20}(,[a-z0-9-]{1,20}){0,5}",
        path in "/[a-z0-9 ]{0,30}",
    ) {
        let parameters =
            Parameters { access_key_id, secret_access_key, region, ..Parameters::of_the_suite() };
        let raw = RawRequest {
            method: "GET".into(),
            path,
            query: Vec::new(),
            headers: vec![("host".into(), "example.amazonaws.com".into())],
            body: String::new(),
        };
        let private_key =
            generate_signing_key(&parameters.access_key_id, &parameters.secret_access_key);
        for form in [Form::Header, Form::Query] {
            let signed = parameters.sign::<V4a>(&raw, form);
            let expected = calculate_signature(&private_key, signed.string_to_sign.as_bytes());
            prop_assert_eq!(signed.signature, expected);
        }
    }
}

/// Has no `context.json`, and nothing in query form. Two of its files are of two instants: the
/// canonical request is of 2021, the signed request (and its test in `aws-sigv4`, which says which
/// credentials) of 2015. There is no string to sign.
fn double_encode_path(case: &Path) {
    let request = RawRequest::parse(&text(case, "request.txt"));
    let mut parameters = Parameters {
        access_key_id: "ANOTREAL".into(),
        secret_access_key: "notrealrnrELgWzOk3IfjzDKtFBhDby".into(),
        timestamp: "2021-05-11T15:40:45Z".into(),
        ..Parameters::of_the_suite()
    };
    let signed = parameters.sign::<V4>(&request, Form::Header);
    assert_eq!(signed.canonical_request, Form::Header.file(case, "canonical-request.txt"));

    parameters.timestamp = "2015-08-30T12:36:00Z".into();
    let signed = parameters.sign::<V4>(&request, Form::Header);
    let published = SignedRequest::parse(&Form::Header.file(case, "signed-request.txt"));
    assert_eq!(signed.request, published);
}

/// Has no `context.json`, and nothing in query form: time, region and service are those of its
/// string to sign, which ends with a line end more than the others; the signature stands in its
/// signed request only.
fn double_url_encode(case: &Path) {
    let request = RawRequest::parse(&text(case, "request.txt"));
    let parameters = Parameters {
        timestamp: "2021-05-11T15:40:45Z".into(),
        region: "us-east-2".into(),
        service: "lambda".into(),
        ..Parameters::of_the_suite()
    };
    let signed = parameters.sign::<V4>(&request, Form::Header);
    let file = |file| Form::Header.file(case, file);
    assert_eq!(signed.canonical_request, file("canonical-request.txt"));
    assert_eq!(signed.string_to_sign, file("string-to-sign.txt").trim_end());
    assert_eq!(signed.request, SignedRequest::parse(&file("signed-request.txt")));
}

/// Signs a case, and compares all but the signature.
fn compare<S: Scheme>(case: &Path, form: Form) -> Signed {
    let request = RawRequest::parse(&text(case, "request.txt"));
    let signed = Parameters::from_context(case).sign::<S>(&request, form);
    assert_eq!(signed.canonical_request, form.file(case, "canonical-request.txt"), "{case:?}");
    assert_eq!(signed.string_to_sign, form.file(case, "string-to-sign.txt"), "{case:?}");
    let published = SignedRequest::parse(&form.file(case, "signed-request.txt"));
    assert_eq!(signed.request.headers, published.headers, "{case:?}");
    assert_eq!(signed.request.query, published.query, "{case:?}");
    assert_eq!(signed.request.signature, signed.signature, "{case:?}");
    signed
}

/// The two forms of a signed request.
#[derive(Clone, Copy)]
enum Form {
    Header,
    Query,
}

impl Form {
    fn file(self, case: &Path, file: &str) -> String {
        match self {
            Self::Header => text(case, &format!("header-{file}")),
            Self::Query => text(case, &format!("query-{file}")),
        }
    }
}

/// What a case is signed with.
struct Parameters {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    session_token_place: SessionTokenPlace,
    region: String,
    service: String,
    path_rule: PathRule,
    sign_body: bool,
    timestamp: String,
}

/// What came of it.
struct Signed {
    canonical_request: String,
    string_to_sign: String,
    signature: String,
    request: SignedRequest,
}

impl Parameters {
    /// What nearly all cases have in common.
    fn of_the_suite() -> Self {
        Self {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
            session_token_place: SessionTokenPlace::Signed,
            region: "us-east-1".into(),
            service: "service".into(),
            path_rule: PathRule::NormalizedTwice,
            sign_body: false,
            timestamp: "2015-08-30T12:36:00Z".into(),
        }
    }

    fn from_context(case: &Path) -> Self {
        let context: Value = serde_json::from_str(&text(case, "context.json")).unwrap();
        let string = |value: &Value| value.as_str().unwrap().to_owned();
        let credentials = &context["credentials"];
        let normalize = context["normalize"].as_bool().unwrap();
        assert_eq!(context["expiration_in_seconds"], 3600, "{case:?}");
        Self {
            access_key_id: string(&credentials["access_key_id"]),
            secret_access_key: string(&credentials["secret_access_key"]),
            session_token: credentials["token"].as_str().map(str::to_owned),
            session_token_place: match context["omit_session_token"].as_bool() {
                Some(true) => SessionTokenPlace::Appended,
                _ => SessionTokenPlace::Signed,
            },
            region: string(&context["region"]),
            service: string(&context["service"]),
            path_rule: match name(case) {
                // Its path is percent-encoded already, and its canonical URI is no more so.
                "get-space-normalized" => PathRule::NormalizedOnce,
                _ if normalize => PathRule::NormalizedTwice,
                // The suite's only rule without normalising; S3's.
                _ => PathRule::Once,
            },
            sign_body: context["sign_body"].as_bool().unwrap(),
            timestamp: string(&context["timestamp"]),
        }
    }

    fn sign<S: Scheme>(&self, raw: &RawRequest, form: Form) -> Signed {
        let credentials = Credentials {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret_access_key,
            session_token: self.session_token.as_deref(),
        };
        let service = Service {
            path_rule: self.path_rule,
            // Presigned, the services that have the header protect no body; the suite does.
            payload_hash_header: self.sign_body && matches!(form, Form::Header),
            session_token: self.session_token_place,
            ..Service::new(&self.service)
        };
        let query: Vec<_> = raw.query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let headers: Vec<_> =
            raw.own_headers().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let request = Request {
            method: &raw.method,
            host: raw.host(),
            path: &raw.path,
            query: &query,
            headers: &headers,
            payload: Payload::Bytes(raw.body.as_bytes()),
        };
        let now: Timestamp = self.timestamp.parse().unwrap();
        let mut signer = Signer::<S>::with_slots(credentials, &self.region, service).unwrap();

        let mut sent = raw.own_headers().cloned().collect::<Vec<_>>();
        sent.push(("host".into(), raw.host().to_owned()));
        match form {
            Form::Header => {
                let signed = signer.sign(&request, now).unwrap();
                sent.extend(signed.headers().map(|(name, value)| (name.into(), value.to_string())));
                Signed {
                    canonical_request: signed.canonical_request().to_string(),
                    string_to_sign: signed.string_to_sign().to_string(),
                    signature: signed.signature().to_string(),
                    request: SignedRequest::new(sent, pairs(&signed.target().to_string())),
                }
            }
            Form::Query => {
                let hour = Expires::seconds(3600).unwrap();
                let signed = signer.presign(&request, hour, now).unwrap();
                Signed {
                    canonical_request: signed.canonical_request().to_string(),
                    string_to_sign: signed.string_to_sign().to_string(),
                    signature: signed.signature().to_string(),
                    request: SignedRequest::new(sent, pairs(&signed.target().to_string())),
                }
            }
        }
    }
}

/// A request as its text has it, its query decoded.
struct RawRequest {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: String,
}

impl RawRequest {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let (request_line, header_lines) = head.split_once('\n').unwrap();
        // A path may have spaces in it. One signed request of the suite ends with its target.
        let (method, rest) = request_line.split_once(' ').unwrap();
        let target = rest.strip_suffix(" HTTP/1.1").unwrap_or(rest);
        Self {
            method: method.to_owned(),
            path: target.split('?').next().unwrap().to_owned(),
            query: pairs(target),
            headers: header_fields(header_lines),
            body: body.to_owned(),
        }
    }

    fn host(&self) -> &str {
        let mut headers = self.headers.iter();
        &headers.find(|(name, _)| name.eq_ignore_ascii_case("host")).unwrap().1
    }

    /// Without the host, and without the time, which the signer adds by itself.
    fn own_headers(&self) -> impl Iterator<Item = &(String, String)> {
        let is_own = |name: &str| !["host", "x-amz-date"].contains(&&*name.to_ascii_lowercase());
        self.headers.iter().filter(move |(name, _)| is_own(name))
    }
}

/// What is sent, the signature apart.
#[derive(Debug, PartialEq)]
struct SignedRequest {
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    signature: String,
}

impl SignedRequest {
    fn parse(text: &str) -> Self {
        let RawRequest { headers, query, .. } = RawRequest::parse(text);
        Self::new(headers, query)
    }

    /// Header names in lower case, white space off the values; all in order: headers and pairs of
    /// different names may come in any, and the suite's come in none.
    fn new(headers: Vec<(String, String)>, mut query: Vec<(String, String)>) -> Self {
        let mut headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        headers.sort_by(|a, b| a.0.cmp(&b.0));
        query.sort();
        let authorization = headers.iter_mut().find(|(name, _)| name == "authorization");
        let signature = if let Some((_, authorization)) = authorization {
            authorization.split_off(authorization.find("Signature=").unwrap() + "Signature=".len())
        } else {
            let place = query.iter().position(|(name, _)| name == "X-Amz-Signature").unwrap();
            query.remove(place).1
        };
        Self { headers, query, signature }
    }
}

/// The pairs of a target's query, decoded.
fn pairs(target: &str) -> Vec<(String, String)> {
    let (_, query) = target.split_once('?').unwrap_or((target, ""));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (percent_decoded(name), percent_decoded(value)))
        .collect()
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

/// The key whose private half the case's credentials are the source of.
fn public_key(case: &Path) -> UnparsedPublicKey<Vec<u8>> {
    let point: Value = serde_json::from_str(&text(case, "public-key.json")).unwrap();
    let [x, y] = ["X", "Y"].map(|name| point[name].as_str().unwrap());
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, hex::decode(format!("04{x}{y}")).unwrap())
}

fn cases(scheme: &str) -> Vec<PathBuf> {
    let mut cases: Vec<_> = fs::read_dir(suite().join(scheme))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
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
    Path::new(manifest).with_file_name("aws-signing-test-suite")
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
