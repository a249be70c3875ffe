//! `rolefs -sign`, as its user runs it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

#[path = "../program/mod.rs"]
mod program;
mod services;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;

use program::{KEYS, S3_KEYS, Shell, complaint, stderr, stdout};

const SIGN: [&str; 7] =
    ["-sign", "--service", "service", "--region", "us-east-1", "--date", "20150830T123600Z"];

#[test]
fn each_stage_of_a_signature_is_shown() {
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
fn the_worked_example_of_a_presigned_url() {
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
        let told = stderr(&output);
        assert!(output.status.code() == Some(code) && told.contains(expected), "{words:?}: {told}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_token_goes_where_it_is_told() {
    let token = [&S3_KEYS[..], &[("AWS_SESSION_TOKEN", "T/token")]].concat();
    let show = |words: &[&str]| {
        let output = s3(words, GET, &token);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let signed = show(&["--token", "signed"]);
    assert_eq!(signed, show(&[]), "S3 wants it signed");
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
fn the_body_may_be_left_unsigned() {
    let put = b"PUT /a HTTP/1.1\nHost: h\n\nhello";
    let output = s3(&["--payload", "unsigned", "--show", "canonical-request"], put, &S3_KEYS);
    let canonical = stdout(&output);
    assert!(canonical.contains("\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n"), "{canonical}");
    assert!(canonical.ends_with("\nUNSIGNED-PAYLOAD"), "{canonical}");
    let signed = s3(&["--payload", "signed"], put, &S3_KEYS);
    assert_eq!(stdout(&signed), stdout(&s3(&[], put, &S3_KEYS)));
}

#[test]
fn credentials_that_expire_sooner_than_the_url() {
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

/// Requests that a shell or curl would change if they were let.
const HARD: [&[u8]; 8] = [
    b"GET /a/../b//c?x=%5B1-3%5D&y={a,b} HTTP/1.1\nHost: HOST\nX-Amz-Meta-A: it's `pwd` $HOME \\\n\n",
    b"PUT /empty HTTP/1.1\nHost: HOST\nX-Amz-Meta-Empty:\n\n",
    b"PUT /text HTTP/1.1\nHost: HOST\nContent-Type: text/plain\n\n@it's \"one\"\nand $two\n",
    b"POST /zero HTTP/1.1\nHost: HOST\nContent-Length: 4\n\na\0b\xff",
    b"DELETE /d HTTP/1.1\nHost: HOST\nA: 1\nA: 2\n\n",
    b"HEAD /h HTTP/1.1\nHost: HOST\nUser-Agent: mine\n\n",
    b"GET /q*?acl HTTP/1.1\nHost: HOST\nAccept: a/b\nX-Amz-Meta-U: caf\xc3\xa9\n\n",
    b"PATCH /%2f%41 HTTP/1.1\nHost: HOST\n\n'",
];

fn has_curl() -> bool {
    Command::new("curl").arg("--version").output().is_ok()
}

/// Reads one request to the end that `Content-Length` names, and answers it.
fn receive(listener: &TcpListener) -> Vec<u8> {
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            let start = request.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
            if request.len() >= start + length {
                break;
            }
        }
        let mut piece = [0; 4096];
        let len = stream.read(&mut piece).unwrap();
        assert!(len > 0, "cut off: {text}");
        request.extend_from_slice(&piece[..len]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    request
}

/// Splits a request into request line, header lines in order of name, and body.
fn parts(request: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>, Vec<u8>) {
    let end = request.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    let mut lines = request[..end].split(|byte| *byte == b'\n');
    let first = lines.next().unwrap().trim_ascii().to_vec();
    let lower = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':').unwrap();
        [&line[..colon].to_ascii_lowercase()[..], b":", line[colon + 1..].trim_ascii()].concat()
    };
    // What curl adds by itself, and no signature has in it.
    let curls = [&b"accept:*/*"[..], b"user-agent:curl", b"content-length:"];
    let mut headers: Vec<_> = lines.map(lower).collect();
    headers.retain(|line| !curls.iter().any(|start| line.starts_with(start)));
    headers.sort();
    (first, headers, request[end + 4..].to_vec())
}

#[test]
fn curl_sends_what_was_signed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    for service in ["s3", "dynamodb"] {
        for presign in [&[][..], &["--presign", "60"]] {
            for request in HARD {
                let request = on_the_wire(request, &host);
                one_curl(service, presign, &request, &listener);
            }
        }
    }
}

/// Returns a request with a host, and with the line ends that a head has on the wire.
fn on_the_wire(request: &[u8], host: &str) -> Vec<u8> {
    let end = request.windows(2).position(|end| end == b"\n\n").unwrap();
    let head = String::from_utf8(request[..end].to_vec()).unwrap();
    let head = head.replace("HOST", host).replace('\n', "\r\n");
    [head.as_bytes(), b"\r\n\r\n", &request[end + 2..]].concat()
}

fn one_curl(service: &str, presign: &[&str], request: &[u8], listener: &TcpListener) {
    let show = |show: &str| {
        let sign = ["-sign", "--service", service, "--region", "r", "--date", "20130524T000000Z"];
        let words = [&sign, presign, &["--scheme", "http", "--show", show]].concat();
        let output = Shell::new().with_stdin(&words, request, &S3_KEYS);
        assert!(output.status.success(), "{}", stderr(&output));
        output
    };
    let (signed, command) = (show("request").stdout, show("curl"));
    let sh = |words: &[&str]| {
        let mut sh = Command::new("sh");
        sh.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        sh.spawn().unwrap()
    };
    let mut checked = sh(&["-n"]);
    checked.stdin.take().unwrap().write_all(&command.stdout).unwrap();
    let checked = checked.wait_with_output().unwrap();
    assert!(checked.status.success() && checked.stderr.is_empty(), "{}", stderr(&checked));
    if !has_curl() {
        return;
    }
    let (_, _, body) = parts(&signed);
    let from_stdin = stdout(&command).contains("--data-binary '@-'");
    assert_eq!(from_stdin, stderr(&command).contains("on its stdin"));
    let received = thread::scope(|scope| {
        let server = scope.spawn(|| receive(listener));
        let line = stdout(&command).replacen("curl", "curl -q --silent --show-error", 1);
        let mut curl = sh(&["-c", &line]);
        let stdin = curl.stdin.take().unwrap();
        if from_stdin {
            (&stdin).write_all(&body).unwrap();
        }
        drop(stdin);
        let done = curl.wait_with_output().unwrap();
        assert!(done.status.success(), "{line}: {}", stderr(&done));
        server.join().unwrap()
    });
    let show = |request: &[u8]| request.escape_ascii().to_string();
    assert_eq!(parts(&received), parts(&signed), "{}\n{}", show(&received), show(&signed));
}

#[test]
fn version_4a_has_a_set_of_regions() {
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
