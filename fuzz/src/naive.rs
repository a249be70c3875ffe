//! Signature Version 4 by its documentation ("Create a signed AWS API request"; for S3 "Signature
//! Calculations for the Authorization Header"). It shares no code with the signer.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

pub mod chunks;

/// The request, and the other inputs of the signature.
#[derive(Clone, Debug)]
pub struct Case {
    pub method: String,
    pub host: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub payload: Payload,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
    pub region: String,
    pub service: String,
    pub path_rule: PathRule,
    pub payload_hash_header: bool,
    /// `20150830T123600Z`.
    pub date: String,
    /// The limit of headers, and that of query pairs.
    pub slots: usize,
}

/// The payload of a request.
#[derive(Clone, Debug)]
pub enum Payload {
    Bytes(Vec<u8>),
    Sha256([u8; 32]),
    Unsigned,
}

/// The rule by which a path becomes canonical.
#[derive(Clone, Copy, Debug)]
pub enum PathRule {
    Once,
    NormalizedOnce,
    NormalizedTwice,
}

/// The stages of a signed request.
#[derive(Debug, PartialEq, Eq)]
pub struct Signed {
    pub canonical_request: Vec<u8>,
    pub string_to_sign: String,
    pub signature: String,
    pub authorization: String,
    pub target: String,
    /// In the order of their names, `authorization` last.
    pub headers: Vec<(String, String)>,
}

/// Signs a request; `None` if it could not be sent, or if others would read it differently.
#[must_use]
pub fn sign(case: &Case) -> Option<Signed> {
    if !can_be_sent(case) {
        return None;
    }
    let payload_hash = match &case.payload {
        Payload::Bytes(bytes) => hex(&sha256(bytes)),
        Payload::Sha256(digest) => hex(digest),
        Payload::Unsigned => "UNSIGNED-PAYLOAD".to_string(),
    };
    let own = own_headers(case, &payload_hash);
    let lines = header_lines(case, &own);
    let names = lines.keys().cloned().collect::<Vec<_>>().join(";");

    let path = canonical_path(&case.path, case.path_rule);
    let query = canonical_query(&case.query);
    let mut canonical_request = format!("{}\n{path}\n{query}\n", case.method).into_bytes();
    for (name, values) in &lines {
        canonical_request.extend(name.bytes());
        canonical_request.push(b':');
        canonical_request.extend(values.join(&b','));
        canonical_request.push(b'\n');
    }
    canonical_request.extend(format!("\n{names}\n{payload_hash}").bytes());

    let scope = format!("{}/{}/{}/aws4_request", &case.date[..8], case.region, case.service);
    let digest = hex(&sha256(&canonical_request));
    let string_to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{digest}", case.date);
    let signature = hex(&hmac(&signing_key(case), string_to_sign.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        case.access_key_id
    );

    let wire_path = match case.path_rule {
        PathRule::Once => path,
        _ if case.path.is_empty() => "/".to_string(),
        _ => case.path.clone(),
    };
    let target = if case.query.is_empty() { wire_path } else { format!("{wire_path}?{query}") };
    let mut headers: Vec<_> = own.into_iter().filter(|(name, _)| name != "host").collect();
    headers.sort();
    headers.push(("authorization".to_string(), authorization.clone()));
    Some(Signed { canonical_request, string_to_sign, signature, authorization, target, headers })
}

/// Returns the host and the headers that the signer adds.
fn own_headers(case: &Case, payload_hash: &str) -> Vec<(String, String)> {
    let mut own = vec![
        ("host".to_string(), case.host.clone()),
        ("x-amz-date".to_string(), case.date.clone()),
    ];
    if case.payload_hash_header || matches!(case.payload, Payload::Unsigned) {
        own.push(("x-amz-content-sha256".to_string(), payload_hash.to_string()));
    }
    if let Some(session_token) = &case.session_token {
        own.push(("x-amz-security-token".to_string(), session_token.clone()));
    }
    own
}

/// Returns the values of each header, by its name in lower case.
fn header_lines(case: &Case, own: &[(String, String)]) -> BTreeMap<String, Vec<Vec<u8>>> {
    let mut lines: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for (name, value) in &case.headers {
        lines.entry(name.to_lowercase()).or_default().push(folded(value));
    }
    for (name, value) in own {
        lines.entry(name.clone()).or_default().push(value.clone().into_bytes());
    }
    lines
}

/// Derives the key of a day, a region and a service.
fn signing_key(case: &Case) -> Vec<u8> {
    let mut key = format!("AWS4{}", case.secret_access_key).into_bytes();
    for message in [&case.date[..8], &case.region, &case.service, "aws4_request"] {
        key = hmac(&key, message.as_bytes());
    }
    key
}

fn can_be_sent(case: &Case) -> bool {
    let is_graphic = |text: &str, not: &str| {
        !text.is_empty() && text.chars().all(|c| ('!'..='~').contains(&c) && !not.contains(c))
    };
    let is_token = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
    };
    let is_control = |c: char| c.is_ascii_control();
    let owned = [
        "authorization",
        "host",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-region-set",
        "x-amz-s3session-token",
        "x-amz-security-token",
    ];
    is_graphic(&case.access_key_id, "/,")
        && !case.secret_access_key.is_empty()
        && !case.secret_access_key.contains(|c: char| c == ' ' || c.is_ascii_control())
        && case.session_token.as_ref().is_none_or(|token| is_graphic(token, ""))
        && is_graphic(&case.region, "/,")
        && is_graphic(&case.service, "/,")
        && is_token(&case.method)
        && is_graphic(&case.host, "/@,?#\\")
        && (case.path.is_empty() || case.path.starts_with('/'))
        && !case.path.contains(|c| is_control(c) || c == '?' || c == '#')
        && (matches!(case.path_rule, PathRule::Once)
            || !case.path.split('/').any(|segment| segment == "..")
            || case.path.split('/').count() <= 512)
        && case.query.len() <= case.slots
        && case.headers.len() <= case.slots
        && case.headers.iter().all(|(name, value)| {
            is_token(name)
                && !owned.contains(&name.to_lowercase().as_str())
                && !trimmed(value).iter().any(u8::is_ascii_control)
        })
}

/// Encodes each byte as `%XX`, except for RFC 3986's unreserved characters.
fn encoded(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match char::from(*byte) {
            c if c.is_ascii_alphanumeric() || "-._~".contains(c) => c.to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Decodes percent-encoding; a `%` without two digits stands for itself.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits =
            bytes.get(at + 1..at + 3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        match digits {
            Some(digits) if bytes[at] == b'%' => {
                let digits = std::str::from_utf8(digits).unwrap();
                decoded.push(u8::from_str_radix(digits, 16).unwrap());
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    decoded
}

/// Encodes the key as the service does: it decodes the path, and encodes what is between slashes.
fn encoded_once(path: &str) -> String {
    let key = decoded(path);
    key.split(|byte| *byte == b'/').map(encoded).collect::<Vec<_>>().join("/")
}

fn encoded_again(path: &str) -> String {
    path.split('/').map(|segment| encoded(segment.as_bytes())).collect::<Vec<_>>().join("/")
}

fn normalized(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

fn canonical_path(path: &str, rule: PathRule) -> String {
    match rule {
        PathRule::Once if path.is_empty() => "/".to_string(),
        PathRule::Once => encoded_once(path),
        PathRule::NormalizedOnce => encoded_once(&normalized(path)),
        PathRule::NormalizedTwice => encoded_again(&normalized(path)),
    }
}

fn canonical_query(query: &[(String, String)]) -> String {
    let mut pairs: Vec<_> = query
        .iter()
        .map(|(name, value)| (encoded(name.as_bytes()), encoded(value.as_bytes())))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn trimmed(value: &[u8]) -> Vec<u8> {
    let is_blank = |byte: &&u8| **byte == b' ' || **byte == b'\t';
    let mut value: Vec<u8> = value.iter().skip_while(is_blank).copied().collect();
    while value.last().as_ref().is_some_and(is_blank) {
        value.pop();
    }
    value
}

fn folded(value: &[u8]) -> Vec<u8> {
    let mut folded = trimmed(value);
    folded.dedup_by(|a, b| *a == b' ' && *b == b' ');
    folded
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// Computes HMAC-SHA256 (RFC 2104 §2).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > 64 { sha256(key) } else { key.to_vec() };
    block.resize(64, 0);
    let mut inner: Vec<u8> = block.iter().map(|byte| byte ^ 0x36).collect();
    inner.extend(message);
    let mut outer: Vec<u8> = block.iter().map(|byte| byte ^ 0x5c).collect();
    outer.extend(sha256(&inner));
    sha256(&outer)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
