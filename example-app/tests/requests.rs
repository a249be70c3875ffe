//! `-presign` and `-request`: signatures, output and exit codes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Output;
use std::thread;

use program::{KEYS, Shell, complaint, stderr, stdout};
use scripted::{Response, Server};

fn run(words: &[&str], variables: &[(&str, &str)]) -> Output {
    let shell = Shell::new();
    let mut command = shell.command(words);
    command.envs(KEYS).envs(variables.iter().copied()).output().unwrap()
}

const REGION: (&str, &str) = ("AWS_REGION", "eu-west-1");

#[test]
fn presigns_urls_of_objects() {
    let output = run(&["-presign", "s3a://b/d/a b", "s3a://b/c"], &[REGION]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    let lines = stdout(&output);
    let urls: Vec<_> = lines.lines().collect();
    assert_eq!(urls.len(), 2);
    assert!(urls[0].starts_with("https://b.s3.eu-west-1.amazonaws.com/d/a%20b?X-Amz-Algorithm="));
    for part in ["X-Amz-Expires=3600", "eu-west-1%2Fs3%2Faws4_request", "X-Amz-Signature="] {
        assert!(urls[1].contains(part), "{}", urls[1]);
    }
    let put = run(&["-presign", "--method", "put", "--expires", "7d", "s3a://b/c"], &[REGION]);
    assert!(stdout(&put).contains("X-Amz-Expires=604800"));
    let pays = ["-D", "fs.s3a.requester.pays.enabled=true", "-presign", "s3a://b/c"];
    assert!(stdout(&run(&pays, &[REGION])).contains("x-amz-request-payer=requester"));
    for (words, code) in [
        (&["-presign", "s3a://b/d/"][..], 1),
        (&["-presign", "s3a://b"], 1),
        (&["-presign"], 255),
        (&["-presign", "--expires", "8d", "s3a://b/c"], 255),
        (&["-presign", "--method", "post", "s3a://b/c"], 255),
    ] {
        let output = run(words, &[REGION]);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(code), String::new()),
            "{words:?}"
        );
    }
}

#[test]
fn expires_urls_with_their_credentials() {
    let in_half_an_hour = std::time::SystemTime::now() + core::time::Duration::from_mins(30);
    let end = jiff::Timestamp::try_from(in_half_an_hour).unwrap().strftime("%Y-%m-%dT%H:%M:%SZ");
    let end = end.to_string();
    let token = ("AWS_SESSION_TOKEN", "token");
    let variables = [REGION, token, ("AWS_CREDENTIAL_EXPIRATION", end.as_str())];
    let output = run(&["-presign", "s3a://b/a", "s3a://b/c"], &variables);
    let readable = end.replace('T', " ").replace('Z', "");
    let message =
        format!("presign: works until {readable} UTC only, when the credentials expire\n");
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), message));
    for url in stdout(&output).lines() {
        let expires = url.split("X-Amz-Expires=").nth(1).unwrap().split('&').next().unwrap();
        let expires: u32 = expires.parse().unwrap();
        assert!((1000..=1800).contains(&expires), "{expires}");
    }
    let output = run(&["-presign", "--expires", "10m", "s3a://b/a"], &variables);
    assert_eq!(stderr(&output), "");
}

#[test]
fn sends_any_request_signed() {
    let server = Server::start(|head, _| match head {
        head if head.contains("/refused") => Response::Error(403, "AccessDenied"),
        head if head.contains("/moved") => Response::Redirect(301, "http://127.0.0.1:1/"),
        _ => Response::AsS3,
    });
    server.hold("/b/a", b" ");
    let url = |path: &str| format!("{}{path}", server.endpoint);
    let send = |words: &[&str]| {
        let begin = ["-request", "--service", "s3", "--region", "eu-west-1"];
        run(&[&begin, words].concat(), &[("AWS_SESSION_TOKEN", "secret-token")])
    };
    let output = send(&[&url("/b/a")]);
    assert_eq!(
        (output.status.code(), stdout(&output), stderr(&output)),
        (Some(0), " ".into(), String::new())
    );
    assert_eq!(server.count_both("GET /b/a ", "eu-west-1/s3/aws4_request", "secret-token"), 1);
    let output = send(&["-i", "-X", "HEAD", &url("/b/a")]);
    assert!(stdout(&output).starts_with("HTTP/1.1 200 OK\r\nx-amz-request-id: request-200\r\n"));
    let output = send(&["-X", "PUT", "-d", "text", "-H", "X-Amz-Meta-A: b c", &url("/b/new")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(server.object("/b/new").unwrap(), b"text");
    let form = "content-type: application/x-www-form-urlencoded";
    assert_eq!(server.count_both("PUT /b/new", form, "x-amz-meta-a: b c"), 1);
    assert_eq!(server.count_both("PUT /b/new", "content-type;host;", ";x-amz-meta-a;"), 1);

    let refused = send(&[&url("/refused")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stdout(&refused).contains("<Code>AccessDenied</Code>"));
    assert_eq!(stderr(&refused), "request: the response is 403 Forbidden\n");
    assert_eq!(send(&[&url("/moved")]).status.code(), Some(1), "redirects are not followed");
    for output in [&refused, &send(&["http://127.0.0.1:1/"])] {
        let all = stdout(output) + &stderr(output);
        assert!(!all.contains("secret-token") && !all.contains(KEYS[1].1), "{all}");
        assert_eq!(output.status.code(), Some(1));
    }
    let words = ["--endpoint", &server.endpoint, "-request", "--service", "s3", "/b/a"];
    assert_eq!(stdout(&run(&words, &[REGION])), " ", "a path at the endpoint");
}

#[test]
fn reads_bodies_to_the_byte() {
    let server = Server::start(|_, _| Response::AsS3);
    let shell = Shell::new();
    shell.write("body", b"@\x00\xff\n");
    let url = format!("{}/b/x", server.endpoint);
    let begin = ["--region", "eu-west-1", "-request", "--service", "s3", "-X", "PUT", "-d"];
    let words = [&begin[..], &["@body", &url]].concat();
    assert_eq!(shell.command(&words).envs(KEYS).status().unwrap().code(), Some(0));
    assert_eq!(server.object("/b/x").unwrap(), b"@\x00\xff\n");
    let words = [&begin[..], &["@-", &url]].concat();
    assert_eq!(shell.with_stdin(&words, b"\r\n", &KEYS).status.code(), Some(0));
    assert_eq!(server.object("/b/x").unwrap(), b"\r\n");
    let words = [&begin[..], &["@gone", &url]].concat();
    let (code, line) = complaint(&shell.command(&words).envs(KEYS).output().unwrap());
    assert_eq!(
        (code, line.as_str()),
        (1, "request: `gone': No such file or directory (os error 2)")
    );
}

#[test]
fn rejects_requests_that_cannot_be_signed() {
    for (words, reason) in [
        (
            &["https://example.com/"][..],
            "the service cannot be derived from the host's name: give --service",
        ),
        (&["sts.amazonaws.com"], "expected a URL, such as https://"),
        (&["ftp://sts.amazonaws.com/"], "expected a URL of http or https"),
        (&["https://a:b@sts.amazonaws.com/"], "the URL must not contain credentials"),
        (&["-H", "bad", "https://sts.amazonaws.com/"], "write Name: value"),
        (&[], "<url>"),
    ] {
        let (code, line) = complaint(&run(&[&["-request"], words].concat(), &[REGION]));
        assert_eq!(code, 255, "{words:?}");
        assert!(line.contains(reason), "{line}");
    }
    let (code, line) = complaint(&run(&["-request", "--service", "s3", "/b"], &[REGION]));
    assert_eq!((code, line.starts_with("request: a path needs --endpoint")), (1, true), "{line}");
    let words = ["-request", "--service", "s3", "http://127.0.0.1:1/"];
    let (code, line) = complaint(&run(&words, &[]));
    assert_eq!((code, line.starts_with("request: no region")), (1, true), "{line}");
}

#[test]
fn ends_requests_whose_response_stops() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/b", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut open = Vec::new();
        for (stream, begin) in listener
            .incoming()
            .zip([&b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"[..], b"HTTP/1.1 200 OK\r\n"])
        {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(begin).unwrap();
            open.push(stream);
        }
        // It closes no connection before the test ends.
        thread::park();
    });
    for (begin, messages) in [
        ("abc", "request: the response paused for 1000 ms: check the network, and try again\n"),
        ("", "request: connected, but there was no response for 1000 ms\n"),
    ] {
        let words = ["-D", "fs.s3a.connection.request.timeout=1s", "-request", "--service", "s3"];
        let output = run(&[&words[..], &[&url]].concat(), &[REGION]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (begin, messages));
    }
}
