//! `rolefs -explain`, as its user runs it: the server's side is ours, changed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

#[path = "../program/mod.rs"]
mod program;
mod properties;
mod services;

use core::fmt::Write as _;
use std::process::Output;

use program::{S3_KEYS, Shell, stderr, stdout};

const REQUEST: &str = "PUT /dir/a%20b%2Bc.txt?x=a%20b&y=1%2B1&acl HTTP/1.1\n\
    Host: bucket.s3.amazonaws.com:8443\nContent-Type: text/plain; q=1\n\
    X-Amz-Meta-A: one, two\nX-Amz-Meta-B: caf\u{e9}\n\nhello";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKENTHATISLONG";
const FOR_S3: [&str; 4] = ["--service", "s3", "--region", "us-east-1"];

/// A request, and what a server and the user here know of it.
struct Case<'a> {
    request: &'a str,
    /// Options of the signing, on both sides.
    options: Vec<&'a str>,
    variables: Vec<(&'a str, &'a str)>,
}

impl<'a> Case<'a> {
    fn new(request: &'a str) -> Self {
        Self { request, options: FOR_S3.to_vec(), variables: S3_KEYS.to_vec() }
    }

    /// Returns one stage as it is signed.
    fn stage(&self, show: &str) -> String {
        let words = ["-sign", "--date", "20130524T000000Z", "--show", show];
        let words = [&words, &self.options[..]].concat();
        let output = Shell::new().with_stdin(&words, self.request.as_bytes(), &self.variables);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    }

    /// Returns the answer of a server with these stages.
    fn answer(&self, canonical_request: Option<&str>, string_to_sign: Option<&str>) -> String {
        let bytes = |name: &str, text: &str| {
            let hex = text.bytes().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x} ").unwrap();
                hex
            });
            format!("<{name}Bytes>{}</{name}Bytes>", hex.trim_end())
        };
        let of =
            |name: &str, text: Option<&str>| text.map(|text| bytes(name, text)).unwrap_or_default();
        format!(
            "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>{}</AWSAccessKeyId>\
             <SignatureProvided>{}</SignatureProvided>{}{}</Error>",
            S3_KEYS[0].1,
            self.stage("signature"),
            of("StringToSign", string_to_sign),
            of("CanonicalRequest", canonical_request),
        )
    }

    /// Runs `-explain` on an answer.
    fn explain(&self, answer: &str) -> Output {
        let shell = Shell::new();
        shell.write("request.txt", self.request.as_bytes());
        let words = [&["-explain", "--request", "request.txt"], &self.options[..]].concat();
        shell.with_stdin(&words, answer.as_bytes(), &self.variables)
    }

    /// Runs `-explain` on the answer of a server that changed its canonical request.
    fn explain_changed(&self, change: impl Fn(&str) -> String) -> String {
        let (canonical, to_sign) = (self.stage("canonical-request"), self.stage("string-to-sign"));
        let changed = change(&canonical);
        assert_ne!(changed, canonical);
        let output = self.explain(&self.answer(Some(&changed), Some(&to_sign)));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    }
}

/// Changes on the server's side, and the explanation of each.
const CAUSES: [(&str, &str, &str, &str); 32] = [
    ("PUT", "put", "line 1, the method", "in upper case"),
    ("PUT", "POST", "line 1, the method", "redirected"),
    ("a%20b%2Bc", "a%2520b%252Bc", "line 2, the path", "encoded twice in the request"),
    ("a%20b", "a+b", "line 2, the path", "a `+' was read as a space"),
    ("b%2Bc", "b%2bc", "line 2, the path", "differ in case"),
    ("b%2Bc", "b%20c", "line 2, the path", "a `+' was read as a space"),
    (".txt", "%2Etxt", "line 2, the path", "the same once decoded"),
    ("/dir/", "/dir//", "line 2, the path", "removed `//'"),
    ("/dir/", "/bucket/dir/", "line 2, the path", "the bucket is in the path"),
    ("/dir/", "/Dir/", "line 2, the path", "keys and paths have both"),
    ("/dir/", "/other/", "line 2, the path", "a redirect"),
    ("a%20b&", "a%2520b&", "line 3, the query", "of the value of `x': it is encoded twice"),
    ("=a%20b&", "=a+b&", "line 3, the query", "a `+' was read as a space"),
    ("acl=&x", "acl&x", "line 3, the query", "with a `=' behind it"),
    ("acl=&x=a%20b", "x=a%20b&acl=", "line 3, the query", "in another order"),
    ("acl=&", "", "line 3, the query", "the pair `acl' did not reach"),
    ("acl=&", "abc=&acl=&", "line 3, the query", "a pair `abc' that is not"),
    ("x=a", "x=b", "line 3, the query", "the value of `x' was changed"),
    (":8443", "", "line 5, the header `host'", "differ by the port"),
    ("bucket.s3", "Bucket.s3", "line 5, the header `host'", "lower case"),
    ("bucket.s3", "s3", "line 5, the header `host'", "by another name"),
    ("text/plain; q", "text/plain;q", "line 4, the header `content-type'", "only white space"),
    ("text/plain", "text/Plain", "line 4, the header `content-type'", "only upper and lower"),
    ("; q=1\n", "; q=1;charset=utf-8\n", "line 4, the header `content-type'", "was appended"),
    ("one, two", "two,one", "line 8, the header `x-amz-meta-a'", "joined in another order"),
    ("one, two", "three", "line 8, the header `x-amz-meta-a'", "a proxy or the HTTP client"),
    ("\u{e9}", "\u{c3}\u{a9}", "line 9, the header `x-amz-meta-b'", "Latin-1"),
    ("content-type:text/plain; q=1\n", "", "line 4, the header `content-type'", "did not arrive"),
    ("host:", "from:me\nhost:", "line 5, the header `from'", "not in the raw request"),
    ("content-type;", "", "line 11, the list of signed headers", "in order"),
    ("sha256:2", "sha256:3", "line 6, the header `x-amz-content-sha256'", "another one"),
    ("date:2013", "date:2014", "line 7, the header `x-amz-date'", "another time"),
];

#[test]
fn each_cause_is_named() {
    let case = Case::new(REQUEST);
    for (from, to, place, cause) in CAUSES {
        let told = case.explain_changed(|canonical| canonical.replacen(from, to, 1));
        let first = format!("the canonical requests differ in {place}:\n  server  ");
        assert!(told.starts_with(&first) && told.contains(cause), "{from} {to}: {told}");
        assert_eq!(told.lines().count(), 5, "{told}");
    }
}

#[test]
fn both_sides_are_shown_with_a_caret() {
    let told = Case::new(REQUEST).explain_changed(|canonical| canonical.replace("one, ", "one,\t"));
    assert_eq!(
        told,
        "the canonical requests differ in line 8, the header `x-amz-meta-a':\n  \
           server  x-amz-meta-a:one,\\ttwo\n  \
           here    x-amz-meta-a:one, two\n                           ^\n\
         likely: only white space differs: a proxy or the HTTP client folded it, and it is signed \
         without any around the value and with one space for each run of them\n"
    );
}

#[test]
fn a_payload_is_compared_with_the_body() {
    let case = Case::new(REQUEST);
    let hash = |body: &str| {
        let request = format!("PUT / HTTP/1.1\nHost: h\n\n{body}");
        let canonical = Case::new(&request).stage("canonical-request");
        canonical.lines().last().unwrap().to_owned()
    };
    let ours = hash("hello");
    for (server, cause) in [
        ("UNSIGNED-PAYLOAD", "give --payload unsigned"),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "aws-chunked"),
        (&hash(""), "an empty body was signed"),
        (&hash("hello\n"), "by a line end at the end"),
        (&hash("hallo"), "another one than was signed"),
    ] {
        let told = case.explain_changed(|canonical| canonical.replace(&ours, server));
        assert!(told.contains("line 6, the header `x-amz-content-sha256'"), "{told}");
        assert!(told.contains(cause), "{told}");
        let end = |canonical: &str| canonical.replace(&format!("\n{ours}"), &format!("\n{server}"));
        let told = case.explain_changed(end);
        assert!(told.contains("line 12, the payload hash") && told.contains(cause), "{told}");
    }
}

#[test]
fn a_string_to_sign_is_compared_if_the_rest_is_equal() {
    let case = Case::new(REQUEST);
    let (canonical, to_sign) = (case.stage("canonical-request"), case.stage("string-to-sign"));
    for (from, to, place, cause) in [
        ("HMAC-SHA256", "ECDSA-P256-SHA256", "line 1, the algorithm", "see --algorithm"),
        ("SHA256", "SHA256-PAYLOAD", "line 1, the algorithm", "the signature of a chunk"),
        ("AWS4-HMAC-SHA256", "PUT", "line 1, the algorithm", "Signature Version 2"),
        ("us-east-1", "eu-west-1", "line 3, the credential scope", "the region is eu-west-1 to"),
        ("/s3/", "/sts/", "line 3, the credential scope", "the service is sts to"),
        ("20130524/", "20130525/", "line 3, the credential scope", "the date is 20130525, not"),
        ("aws4_request\n", "aws4_request\n0", "line 4, the hash", "than the one that it shows"),
    ] {
        let answer = case.answer(Some(&canonical), Some(&to_sign.replacen(from, to, 1)));
        let output = case.explain(&answer);
        let told = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(told.starts_with(&format!("the strings to sign differ in {place}")), "{told}");
        assert!(told.contains(cause), "{told}");
    }
}

#[test]
fn if_all_is_equal_it_is_the_secret() {
    let mut case = Case::new(REQUEST);
    let (canonical, to_sign) = (case.stage("canonical-request"), case.stage("string-to-sign"));
    let answer = case.answer(Some(&canonical), Some(&to_sign));
    let told = |case: &Case<'_>, answer: &str| {
        let output = case.explain(answer);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let equal = "the canonical requests and the strings to sign are equal\nlikely: the secret";
    let refused = told(&case, &answer);
    assert!(refused.starts_with(equal) && refused.contains("that was refused"), "{refused}");
    // The hash in the string to sign says as much.
    assert_eq!(told(&case, &case.answer(None, Some(&to_sign))), refused);
    let other = told(&case, &answer.replace("AKIAIOSFODNN7EXAMPLE", "AKIAOTHER"));
    assert!(other.contains("with the credentials of AKIAOTHER, and those here are of"), "{other}");
    case.variables = vec![S3_KEYS[0], ("AWS_SECRET_ACCESS_KEY", "another")];
    let told = told(&case, &answer);
    assert!(told.starts_with(equal) && told.contains("that signed the request is not"), "{told}");
}

#[test]
fn a_server_that_does_not_tell() {
    let mut case = Case::new(REQUEST);
    case.variables.push(("AWS_SESSION_TOKEN", TOKEN));
    let to_sign = case.stage("string-to-sign").replace("aws4_request\n", "aws4_request\n0");
    for to_sign in [None, Some(to_sign.as_str())] {
        let output = case.explain(&case.answer(None, to_sign));
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("this server does not tell its canonical request"));
        let ours = stdout(&output);
        assert!(ours.contains("  /dir/a%20b%2Bc.txt\n  acl=&x=a%20b"), "{ours}");
        assert!(ours.contains("\n  x-amz-security-token:...(38 characters)\n"), "{ours}");
        assert!(!ours.contains("IQo"), "{ours}");
    }
}

#[test]
fn reports_answers_that_cannot_be_explained() {
    let case = Case::new(REQUEST);
    let canonical = case.answer(Some("GET\n/"), None);
    for (answer, expected) in [
        ("", "expected an error response of S3 or another service"),
        ("Forbidden", "expected an error response of S3 or another service"),
        ("<html><head/></html>", "expected an error response of S3 or another service"),
        (
            "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>",
            "expected SignatureDoesNotMatch, the only answer that shows what to sign: found AccessDenied: No.",
        ),
        (&canonical, "the server's canonical request does not have the lines"),
    ] {
        let output = case.explain(answer);
        assert_eq!(output.status.code(), Some(1), "{answer}");
        let told = stderr(&output);
        assert!(told.starts_with(&format!("explain: {expected}")), "{told}");
        assert!(output.stdout.is_empty());
    }
    let shell = Shell::new();
    let explain = [&["-explain", "--request", "none"], &FOR_S3[..]].concat();
    let output = shell.run(&explain);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("explain: `none': No such file"), "{}", stderr(&output));
    assert_eq!(shell.run(&["-explain", "--service", "s3"]).status.code(), Some(255));
    assert_eq!(shell.run(&explain[..5]).status.code(), Some(255), "no region");
}

#[test]
fn a_token_that_differs_is_hardly_shown() {
    let mut case = Case::new(REQUEST);
    case.variables.push(("AWS_SESSION_TOKEN", TOKEN));
    let told =
        case.explain_changed(|canonical| canonical.replace(TOKEN, "IQoOther-token-of-another"));
    assert!(told.contains("the header `x-amz-security-token'"), "{told}");
    assert!(told.contains("server  x-amz-security-token:IQoOth...(25 characters)\n"), "{told}");
    assert!(told.contains("here    x-amz-security-token:IQoJb3Jp...(38 characters)\n"), "{told}");
    let told = case.explain_changed(|canonical| {
        let without = canonical.replace(&format!("x-amz-security-token:{TOKEN}\n"), "");
        without.replace(";x-amz-security-token", "")
    });
    assert!(told.contains("was not signed in the one that the server read"), "{told}");
    assert!(!told.contains("JpZ2lu"), "{told}");
    case.options.extend(["--presign", "60"]);
    let told = case.explain_changed(|canonical| canonical.replace("Expires=60", "Expires=61"));
    assert!(told.contains("the value of `X-Amz-Expires'") && !told.contains("IQo"), "{told}");
    let told = case.explain_changed(|canonical| canonical.replace('=', "%3D"));
    assert!(told.contains("Token%3D(secret)") && !told.contains("Z2lu"), "{told}");
}

#[test]
fn a_request_may_be_given_as_it_was_sent() {
    for options in [&["--payload", "unsigned"][..], &["--presign", "60"], &[]] {
        let mut case = Case::new(REQUEST);
        case.options.extend(options);
        let (sent, answer) = {
            let changed = case.stage("canonical-request").replace("one", "two");
            (case.stage("request"), case.answer(Some(&changed), None))
        };
        let told = stdout(&Case::new(&sent).explain(&answer));
        assert!(told.contains("the header `x-amz-meta-a'"), "{told}");
    }
}
