//! `rolefs -explain`, as users run it: the server's side is a changed copy of ours.
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

    /// Returns the response of a server with these stages.
    fn response(&self, canonical_request: Option<&str>, string_to_sign: Option<&str>) -> String {
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

    /// Runs `-explain` on a response.
    fn explain(&self, response: &str) -> Output {
        let shell = Shell::new();
        shell.write("request.txt", self.request.as_bytes());
        let words = [&["-explain", "--request", "request.txt"], &self.options[..]].concat();
        shell.with_stdin(&words, response.as_bytes(), &self.variables)
    }

    /// Runs `-explain` on the response of a server that changed its canonical request.
    fn explain_changed(&self, change: impl Fn(&str) -> String) -> String {
        let (canonical, to_sign) = (self.stage("canonical-request"), self.stage("string-to-sign"));
        let changed = change(&canonical);
        assert_ne!(changed, canonical);
        let output = self.explain(&self.response(Some(&changed), Some(&to_sign)));
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
    ("bucket.s3", "s3", "line 5, the header `host'", "by a name other than the signed one"),
    ("text/plain; q", "text/plain;q", "line 4, the header `content-type'", "only white space"),
    ("text/plain", "text/Plain", "line 4, the header `content-type'", "only upper and lower"),
    ("; q=1\n", "; q=1;charset=utf-8\n", "line 4, the header `content-type'", "was appended"),
    ("one, two", "two,one", "line 8, the header `x-amz-meta-a'", "joined in another order"),
    ("one, two", "three", "line 8, the header `x-amz-meta-a'", "a proxy or the HTTP client"),
    ("\u{e9}", "\u{c3}\u{a9}", "line 9, the header `x-amz-meta-b'", "Latin-1"),
    ("content-type:text/plain; q=1\n", "", "line 4, the header `content-type'", "did not arrive"),
    ("host:", "from:me\nhost:", "line 5, the header `from'", "not in the raw request"),
    ("content-type;", "", "line 11, the list of signed headers", "in order"),
    (
        "sha256:2",
        "sha256:3",
        "line 6, the header `x-amz-content-sha256'",
        "differs from the signed one",
    ),
    ("date:2013", "date:2014", "line 7, the header `x-amz-date'", "another time"),
];

#[test]
fn names_each_cause() {
    let case = Case::new(REQUEST);
    for (from, to, place, cause) in CAUSES {
        let message = case.explain_changed(|canonical| canonical.replacen(from, to, 1));
        let first = format!("the canonical requests differ in {place}:\n  server  ");
        assert!(message.starts_with(&first) && message.contains(cause), "{from} {to}: {message}");
        assert_eq!(message.lines().count(), 5, "{message}");
    }
}

#[test]
fn shows_both_sides_with_a_caret() {
    let message =
        Case::new(REQUEST).explain_changed(|canonical| canonical.replace("one, ", "one,\t"));
    assert_eq!(
        message,
        "the canonical requests differ in line 8, the header `x-amz-meta-a':\n  \
           server  x-amz-meta-a:one,\\ttwo\n  \
           here    x-amz-meta-a:one, two\n                           ^\n\
         likely: only white space differs: a proxy or the HTTP client folded it, and it is signed \
         without any around the value and with one space for each run of them\n"
    );
}

#[test]
fn compares_a_payload_with_the_body() {
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
        (&hash("hallo"), "differs from the signed one"),
    ] {
        let message = case.explain_changed(|canonical| canonical.replace(&ours, server));
        assert!(message.contains("line 6, the header `x-amz-content-sha256'"), "{message}");
        assert!(message.contains(cause), "{message}");
        let end = |canonical: &str| canonical.replace(&format!("\n{ours}"), &format!("\n{server}"));
        let message = case.explain_changed(end);
        assert!(
            message.contains("line 12, the payload hash") && message.contains(cause),
            "{message}"
        );
    }
}

#[test]
fn compares_the_string_to_sign_if_the_rest_is_equal() {
    let case = Case::new(REQUEST);
    let (canonical, to_sign) = (case.stage("canonical-request"), case.stage("string-to-sign"));
    for (from, to, place, cause) in [
        ("HMAC-SHA256", "ECDSA-P256-SHA256", "line 1, the algorithm", "see --algorithm"),
        ("SHA256", "SHA256-PAYLOAD", "line 1, the algorithm", "the signature of a chunk"),
        ("AWS4-HMAC-SHA256", "PUT", "line 1, the algorithm", "Signature Version 2"),
        ("us-east-1", "eu-west-1", "line 3, the credential scope", "the region is eu-west-1 to"),
        ("/s3/", "/sts/", "line 3, the credential scope", "the service is sts to"),
        ("20130524/", "20130525/", "line 3, the credential scope", "the date is 20130525, not"),
        ("aws4_request\n", "aws4_request\n0", "line 4, the hash", "from the one it shows"),
    ] {
        let response = case.response(Some(&canonical), Some(&to_sign.replacen(from, to, 1)));
        let output = case.explain(&response);
        let message = stdout(&output);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(
            message.starts_with(&format!("the strings to sign differ in {place}")),
            "{message}"
        );
        assert!(message.contains(cause), "{message}");
    }
}

#[test]
fn blames_the_secret_if_all_is_equal() {
    let mut case = Case::new(REQUEST);
    let (canonical, to_sign) = (case.stage("canonical-request"), case.stage("string-to-sign"));
    let response = case.response(Some(&canonical), Some(&to_sign));
    let explained = |case: &Case<'_>, response: &str| {
        let output = case.explain(response);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let equal = "the canonical requests and the strings to sign are equal\nlikely: the secret";
    let refused = explained(&case, &response);
    assert!(refused.starts_with(equal) && refused.contains("that was refused"), "{refused}");
    // The hash in the string to sign says as much.
    assert_eq!(explained(&case, &case.response(None, Some(&to_sign))), refused);
    let other = explained(&case, &response.replace("AKIAIOSFODNN7EXAMPLE", "AKIAOTHER"));
    assert!(other.contains("with the credentials of AKIAOTHER, and those here are of"), "{other}");
    case.variables = vec![S3_KEYS[0], ("AWS_SECRET_ACCESS_KEY", "another")];
    let message = explained(&case, &response);
    assert!(
        message.starts_with(equal) && message.contains("that signed the request is not"),
        "{message}"
    );
}

#[test]
fn explains_a_server_that_gives_no_details() {
    let mut case = Case::new(REQUEST);
    case.variables.push(("AWS_SESSION_TOKEN", TOKEN));
    let to_sign = case.stage("string-to-sign").replace("aws4_request\n", "aws4_request\n0");
    for to_sign in [None, Some(to_sign.as_str())] {
        let output = case.explain(&case.response(None, to_sign));
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("this server does not return its canonical request"));
        let ours = stdout(&output);
        assert!(ours.contains("  /dir/a%20b%2Bc.txt\n  acl=&x=a%20b"), "{ours}");
        assert!(ours.contains("\n  x-amz-security-token:...(38 characters)\n"), "{ours}");
        assert!(!ours.contains("IQo"), "{ours}");
    }
}

#[test]
fn reports_responses_that_cannot_be_explained() {
    let case = Case::new(REQUEST);
    let canonical = case.response(Some("GET\n/"), None);
    for (response, expected) in [
        ("", "expected an error response of S3 or another service"),
        ("Forbidden", "expected an error response of S3 or another service"),
        ("<html><head/></html>", "expected an error response of S3 or another service"),
        (
            "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>",
            "expected SignatureDoesNotMatch, the only response that shows what to sign: found AccessDenied: No.",
        ),
        (&canonical, "the server's canonical request does not have the lines"),
    ] {
        let output = case.explain(response);
        assert_eq!(output.status.code(), Some(1), "{response}");
        let message = stderr(&output);
        assert!(message.starts_with(&format!("explain: {expected}")), "{message}");
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
fn shows_little_of_a_differing_token() {
    let mut case = Case::new(REQUEST);
    case.variables.push(("AWS_SESSION_TOKEN", TOKEN));
    let message =
        case.explain_changed(|canonical| canonical.replace(TOKEN, "IQoOther-token-of-another"));
    assert!(message.contains("the header `x-amz-security-token'"), "{message}");
    assert!(
        message.contains("server  x-amz-security-token:IQoOth...(25 characters)\n"),
        "{message}"
    );
    assert!(
        message.contains("here    x-amz-security-token:IQoJb3Jp...(38 characters)\n"),
        "{message}"
    );
    let message = case.explain_changed(|canonical| {
        let without = canonical.replace(&format!("x-amz-security-token:{TOKEN}\n"), "");
        without.replace(";x-amz-security-token", "")
    });
    assert!(message.contains("was not signed in the one that the server read"), "{message}");
    assert!(!message.contains("JpZ2lu"), "{message}");
    case.options.extend(["--presign", "60"]);
    let message = case.explain_changed(|canonical| canonical.replace("Expires=60", "Expires=61"));
    assert!(
        message.contains("the value of `X-Amz-Expires'") && !message.contains("IQo"),
        "{message}"
    );
    let message = case.explain_changed(|canonical| canonical.replace('=', "%3D"));
    assert!(message.contains("Token%3D(secret)") && !message.contains("Z2lu"), "{message}");
}

#[test]
fn reads_a_request_as_it_was_sent() {
    for options in [&["--payload", "unsigned"][..], &["--presign", "60"], &[]] {
        let mut case = Case::new(REQUEST);
        case.options.extend(options);
        let (sent, response) = {
            let changed = case.stage("canonical-request").replace("one", "two");
            (case.stage("request"), case.response(Some(&changed), None))
        };
        let message = stdout(&Case::new(&sent).explain(&response));
        assert!(message.contains("the header `x-amz-meta-a'"), "{message}");
    }
}
