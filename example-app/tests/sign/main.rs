//! `rolefs -sign`, as its user runs it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod curl;
#[path = "../program/mod.rs"]
mod program;
mod services;

use std::process::Output;

use program::{KEYS, S3_KEYS, Shell, complaint, stderr, stdout};

const SIGN: [&str; 7] =
    ["-sign", "--service", "service", "--region", "us-east-1", "--date", "20150830T123600Z"];

#[test]
fn shows_each_stage_of_a_signature() {
    let request = b"GET / HTTP/1.1\nHost:example.amazonaws.com\n\n";
    let shell = Shell::new();
    let show = |what: &str| {
        let words = [&SIGN[..], &["--show", what]].concat();
        let output = shell.with_stdin(&words, request, &KEYS);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    // "get-vanilla" of AWS's signing test suite.
    let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature={signature}"
    );
    assert_eq!(show("signature"), signature);
    assert_eq!(show("authorization"), authorization);
    assert_eq!(
        show("canonical-request"),
        "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(
        show("string-to-sign"),
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n\
         bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63"
    );
    assert_eq!(
        show("request"),
        format!(
            "GET / HTTP/1.1\nHost: example.amazonaws.com\nx-amz-date: 20150830T123600Z\n\
             authorization: {authorization}\n\n"
        )
    );
}

#[test]
fn reports_requests_that_cannot_be_signed() {
    let shell = Shell::new();
    let many = "x-meta: 1\n".repeat(4097);
    for (request, variables, expected) in [
        ("", &KEYS[..], "sign: the first line is not a request line"),
        ("GET / HTTP/1.1\n\n", &KEYS, "sign: there must be one Host header, and there are 0"),
        (
            "GET / HTTP/1.1\nHost: h\nX-Amz-Date: now\n\n",
            &KEYS,
            "sign: the signer sets the header x-amz-date: leave it out",
        ),
        (
            "GET / HTTP/1.1\nHost: h\nA: b\tc\n\n",
            &KEYS,
            "sign: the value of the header `A' contains a control character",
        ),
        (
            "GET / HTTP/1.1\nHost: h\nA: b\u{c} \n\n",
            &KEYS,
            "sign: the value of the header `A' contains a control character",
        ),
        (
            "GET / HTTP/1.1\nExpect: x\nHost: h\nA: b\nA\u{1b} B: c\n\n",
            &KEYS,
            "sign: `A\\u{1b} B' is not the name of a header",
        ),
        (
            &format!("GET / HTTP/1.1\nHost: h\n{many}\n"),
            &KEYS,
            "sign: too many headers: the signer has 4096 slots: send fewer",
        ),
        (
            "GET / HTTP/1.1\nHost: h\nAuthorization: AWS AKID:sig\n\n",
            &KEYS,
            "sign: the request has a signature of Version 2: leave out `Authorization: AWS'",
        ),
        (
            "GET /?AWSAccessKeyId=AKID&Signature=sig&Expires=1 HTTP/1.1\nHost: h\n\n",
            &KEYS,
            "sign: the request has a signature of Version 2: leave out",
        ),
        (
            "GET / HTTP/1.1\nHost: h\nAuthorization: Bearer eyJ\n\n",
            &KEYS,
            "sign: the signer sets the header authorization: leave it out",
        ),
        ("GET / HTTP/1.1\nHost: h\n\n", &[], "sign: no credentials: set AWS_ACCESS_KEY_ID"),
        (
            "GET / HTTP/1.1\nHost: h\n\n",
            &KEYS[..1],
            "sign: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not",
        ),
    ] {
        let output = shell.with_stdin(&SIGN, request.as_bytes(), variables);
        let (code, line) = complaint(&output);
        assert!(code == 1 && line.starts_with(expected), "{code} {line}");
        assert!(output.stdout.is_empty());
    }
}

/// Signs for S3 on the day of its documentation's examples.
fn s3(words: &[&str], request: &[u8], variables: &[(&str, &str)]) -> Output {
    let sign = ["-sign", "--service", "s3", "--region", "us-east-1", "--date", "20130524T000000Z"];
    Shell::new().with_stdin(&[&sign, words].concat(), request, variables)
}

const GET: &[u8] = b"GET /test.txt HTTP/1.1\nHost: examplebucket.s3.amazonaws.com\n\n";

/// Returns what `--presign 86400` shows.
fn presigned(show: &str) -> String {
    let output = s3(&["--presign", "86400", "--show", show], GET, &S3_KEYS);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", stderr(&output));
    stdout(&output)
}

/// The example of "Authenticating Requests: Using Query Parameters" (Amazon S3).
#[test]
fn reproduces_the_worked_example_of_a_presigned_url() {
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host";
    let target = format!("/test.txt?{query}&X-Amz-Signature={signature}");
    let host = "examplebucket.s3.amazonaws.com";
    assert_eq!(presigned("signature"), signature);
    assert_eq!(presigned("url"), format!("https://{host}{target}"));
    assert_eq!(
        presigned("canonical-request"),
        format!("GET\n/test.txt\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD")
    );
    assert_eq!(
        presigned("string-to-sign"),
        "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n\
         3bfa292879f6447bbcda7001decf97f4a54dc650c8942174ae0a9121cf58ad04"
    );
    assert_eq!(presigned("request"), format!("GET {target} HTTP/1.1\nHost: {host}\n\n"));
    assert_eq!(presigned("curl"), format!("curl --path-as-is --globoff 'https://{host}{target}'"));
    let output = s3(&["--presign", "86400", "--show", "url", "--scheme", "wss"], GET, &S3_KEYS);
    assert_eq!(stdout(&output), format!("wss://{host}{target}"));
}

#[test]
fn reports_options_that_do_not_go_together() {
    for (words, code, expected) in [
        (&["--presign", "0"][..], 255, "give 1 to 604800 seconds, which are 7 days"),
        (&["--presign", "604801"], 255, "give 1 to 604800 seconds, which are 7 days"),
        (&["--presign", "a"], 255, "give 1 to 604800 seconds, which are 7 days"),
        (
            &["--presign", "9", "--show", "authorization"],
            255,
            "sign: a presigned request has no Authorization header: --show url",
        ),
        (&["--show", "url"], 255, "sign: only a presigned URL carries its signature"),
        (
            &["--presign", "9", "--payload", "signed"],
            1,
            "sign: s3 protects no body of a presigned request: leave out --payload signed",
        ),
        (&["--algorithm", "v5"], 255, "possible values: v4, v4a"),
    ] {
        let output = s3(words, GET, &S3_KEYS);
        let message = stderr(&output);
        assert!(
            output.status.code() == Some(code) && message.contains(expected),
            "{words:?}: {message}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn places_the_token_as_configured() {
    let token = [&S3_KEYS[..], &[("AWS_SESSION_TOKEN", "T/token")]].concat();
    let show = |words: &[&str]| {
        let output = s3(words, GET, &token);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let signed = show(&["--token", "signed"]);
    assert_eq!(signed, show(&[]), "S3 requires it to be signed");
    assert!(signed.contains("x-amz-date;x-amz-security-token, "), "{signed}");
    let appended = show(&["--token", "appended"]);
    assert!(appended.contains("\nx-amz-security-token: T/token\n"), "{appended}");
    assert!(appended.contains("x-amz-content-sha256;x-amz-date, "), "{appended}");
    let none = show(&["--token", "none"]);
    assert_eq!(none, stdout(&s3(&[], GET, &S3_KEYS)), "as if there were none");

    let url = ["--presign", "60", "--show", "url", "--token"];
    let url = |token| show(&[&url[..], &[token]].concat());
    let pair = "&X-Amz-Security-Token=T%2Ftoken";
    assert!(url("signed").contains(&format!("{pair}&X-Amz-SignedHeaders=host&")));
    assert!(url("appended").ends_with(pair));
    assert!(!url("none").contains(pair));
}

#[test]
fn leaves_the_body_unsigned_on_request() {
    let put = b"PUT /a HTTP/1.1\nHost: h\n\nhello";
    let output = s3(&["--payload", "unsigned", "--show", "canonical-request"], put, &S3_KEYS);
    let canonical = stdout(&output);
    assert!(canonical.contains("\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n"), "{canonical}");
    assert!(canonical.ends_with("\nUNSIGNED-PAYLOAD"), "{canonical}");
    let signed = s3(&["--payload", "signed"], put, &S3_KEYS);
    assert_eq!(stdout(&signed), stdout(&s3(&[], put, &S3_KEYS)));
}

#[test]
fn warns_of_credentials_that_expire_before_the_url() {
    let expiry = |expiration| {
        let variables = [&S3_KEYS[..], &[("AWS_CREDENTIAL_EXPIRATION", expiration)]].concat();
        let output = s3(&["--presign", "3600", "--show", "signature"], GET, &variables);
        assert_eq!(stdout(&output).len(), 64);
        stderr(&output)
    };
    assert_eq!(
        expiry("2013-05-24T00:59:59Z"),
        "sign: it works until 20130524T005959Z only, when the credentials expire\n"
    );
    assert_eq!(expiry("2013-05-24T01:00:00Z"), "");
}

#[test]
fn signs_a_set_of_regions_with_version_4a() {
    let region = ["--region", "*", "--algorithm", "v4a"];
    let sign = [&["-sign", "--service", "s3", "--date", "20130524T000000Z"], &region[..]].concat();
    let show = |words: &[&str]| {
        let output = Shell::new().with_stdin(&[&sign, words].concat(), GET, &S3_KEYS);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let signed = show(&[]);
    assert!(signed.contains("\nx-amz-region-set: *\n"), "{signed}");
    let algorithm = "AWS4-ECDSA-P256-SHA256";
    let credential = "Credential=AKIAIOSFODNN7EXAMPLE/20130524/s3/aws4_request";
    assert!(signed.contains(&format!("\nauthorization: {algorithm} {credential}, ")), "{signed}");
    let url = show(&["--presign", "60", "--show", "url"]);
    assert!(url.contains("&X-Amz-Region-Set=%2A&"), "{url}");
}
