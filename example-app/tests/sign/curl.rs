//! The command of curl that `--show curl` shows.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;

use crate::program::{S3_KEYS, Shell, stderr, stdout};

/// Requests that a shell or curl would change without quoting.
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
    // Headers that curl adds by itself, and no signature covers.
    let curls = [&b"accept:*/*"[..], b"user-agent:curl", b"content-length:"];
    let mut headers: Vec<_> = lines.map(lower).collect();
    headers.retain(|line| !curls.iter().any(|start| line.starts_with(start)));
    headers.sort();
    (first, headers, request[end + 4..].to_vec())
}

#[test]
fn prints_a_curl_command_that_sends_the_signed_request() {
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
