//! The program, with all secrets that it can be given: whatever it writes, and wherever.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::marks::{ACCESS_KEY_ID, SECRET, SERVICE_TOKEN, TOKEN, hides_in};
use crate::program::Shell;

/// Reads a request, and drops its body.
fn take_request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    Some(head)
}

/// Starts an S3 that refuses everything, and repeats in its reason what it was sent. An upload of
/// one object begins, and stays.
fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                while let Some(head) = take_request(&mut stream) {
                    let lines = head.replace(['<', '\r'], "");
                    let code = if head.starts_with("PUT") {
                        "SignatureDoesNotMatch"
                    } else {
                        "InvalidToken"
                    };
                    let text = format!(
                        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>No.</Message>\
                        <Token-0>{TOKEN}</Token-0><CanonicalRequest>{lines}</CanonicalRequest>\
                        <StringToSign>AWS4-HMAC-SHA256\n{TOKEN}</StringToSign></Error>"
                    );
                    let text = if head.starts_with("HEAD") { "" } else { &text };
                    let (status, text) = match head.split(' ').next() {
                        Some("HEAD") if head.contains("journaled") => (404, text),
                        Some("GET") if head.contains("journaled") => (200, "<ListBucketResult/>"),
                        Some("POST") if head.contains("journaled") => {
                            (200, "<R><UploadId>upload</UploadId></R>")
                        }
                        _ => (403, text),
                    };
                    let len = text.len();
                    let response = format!(
                        "HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\nContent-Length: {len}\r\n\r\n{text}"
                    );
                    if stream.write_all(response.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    endpoint
}

/// Lays out a folder with secrets in each file that can have one, and returns the environment.
fn furnish(shell: &Shell) -> Vec<(&'static str, String)> {
    let site = format!(
        "<configuration><property><name>fs.s3a.secret.key</name><value>{SECRET}</value></property>\
        <property><name>fs.s3a.access.key</name><value>{ACCESS_KEY_ID}</value></property>\
        <property><name>fs.s3a.session.token</name><value>{TOKEN}</value></property>\
        <property><name>my.password</name><value>{SERVICE_TOKEN}</value></property>\
        </configuration>"
    );
    shell.write("conf/core-site.xml", site.as_bytes());
    let keys = format!(
        "[default]\naws_access_key_id={ACCESS_KEY_ID}\naws_secret_access_key={SECRET}\n\
        aws_session_token={TOKEN}\n"
    );
    shell.write("home/.aws/credentials", keys.as_bytes());
    shell.write("sse-c-key", &SECRET.as_bytes()[..32]);
    shell.write("small", b"content");
    shell.write("large", &vec![7; 6 << 20]);
    shell.write("tmp/none", b"");
    let place = |name: &str| shell.path().join(name).display().to_string();
    vec![
        ("HOME", place("home")),
        ("TMPDIR", place("tmp")),
        ("XDG_STATE_HOME", place("state")),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ("AWS_SESSION_TOKEN", TOKEN.to_owned()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("RUST_LOG", "trace".to_owned()),
        ("RUST_BACKTRACE", "full".to_owned()),
    ]
}

/// The files that the test put there: some hold secrets, and one is long.
const GIVEN: [&str; 4] = ["core-site.xml", "credentials", "sse-c-key", "large"];

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// Fails if an output, or a file that the program left, shows a secret.
fn check(shell: &Shell, words: &[&str], output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        hides_in(&format!("{words:?}"), text);
    }
    for path in files_below(shell.path()) {
        if !GIVEN.iter().any(|given| path.ends_with(given)) {
            hides_in(&path.display().to_string(), path.as_os_str().as_encoded_bytes());
            hides_in(&path.display().to_string(), fs::read(&path).unwrap());
        }
    }
}

/// Commands that end in every way: done, refused, and with a mistake in the command line.
const COMMANDS: [&[&str]; 28] = [
    &["-put", "--json", "small", "s3a://b/k"],
    &["-put", "--report", "report", "--metrics", "metrics", "small", "s3a://b/k"],
    &["-put", "-t", "1", "-D", "x=y", "small", "s3a://b/k"],
    &["-put", "--sse-c-key-file", "sse-c-key", "--json", "small", "s3a://b/k"],
    &["-put", "--sse-c-key-file", "conf/core-site.xml", "small", "s3a://b/k"],
    &["-put", "--json", "large", "s3a://b/large"],
    &["-put", "--part-size", "5M", "--multipart-threshold", "5M", "large", "s3a://b/journaled"],
    &["-get", "s3a://b/k", "got"],
    &["-ls", "s3a://b/"],
    &["-rm", "-skipTrash", "s3a://b/k"],
    &["-sync", "--delete", "--report", "report", "home", "s3a://b/k"],
    &["-sync", "--delete", "s3a://b/k", "synchronized"],
    &["-cp", "--sse-c-key-file", "sse-c-key", "--json", "s3a://b/k", "s3a://b/copy"],
    &["-mv", "s3a://b/k", "s3a://b/moved"],
    &["-text", "s3a://b/k"],
    REQUEST,
    &["-cat", "s3a://b/k"],
    &["-stat", "s3a://b/k"],
    &["-uploads", "s3a://b/"],
    &["-doctor"],
    &["-doctor", "s3a://b/"],
    &["-doctor", "--json", "s3a://b/"],
    &["-showConfig", "b"],
    &["-credentials"],
    &["-credentials", "--format", "json"],
    &["-whoami"],
    &["-help", "-put"],
    &["-nothing", "here"],
];

/// It prints the response of the server, which repeats what it was sent.
const REQUEST: &[&str] = &["-request", "--service", "s3", "/b/k"];

#[test]
fn hides_secrets_in_output_and_files() {
    let shell = Shell::new();
    let environment = furnish(&shell);
    let endpoint = refusing();
    // By the environment, by Hadoop's configuration, and by profile files.
    for conf in [&["--config", "empty"][..], &["--config", "conf"], &["--profile", "default"]] {
        for words in COMMANDS {
            let all = [&["--endpoint", &endpoint], conf, words].concat();
            let mut command = shell.command(&all);
            command.envs(environment.iter().map(|(name, value)| (name, value)));
            command.env("AWS_MAX_ATTEMPTS", "1").stdin(Stdio::null());
            if conf.contains(&"conf") {
                command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
                command.env_remove("AWS_SESSION_TOKEN");
            }
            let mut output = command.output().unwrap();
            if words == REQUEST {
                output.stdout.clear();
            }
            check(&shell, &all, &output);
        }
    }
    let journals = files_below(&shell.path().join("state"));
    assert!(!journals.is_empty(), "no upload has left a journal");
}

/// Secrets in `-D`, where only the list of processes shows them, as SECURITY.md says.
#[test]
fn hides_secrets_of_definitions() {
    let shell = Shell::new();
    let environment = furnish(&shell);
    let endpoint = refusing();
    let key = format!("fs.s3a.secret.key={SECRET}");
    let token = format!("fs.s3a.session.token={TOKEN}");
    let id = format!("fs.s3a.access.key={ACCESS_KEY_ID}");
    let nameless = format!("={SECRET}");
    let keys = ["-D", &key, "-D", &token, "-D", &id];
    for words in [
        &["-ls", "s3a://b/"][..],
        &["-ls", "--wrong", "s3a://b/"],
        &["-showConfig", "b"],
        &["-D", &nameless, "-ls", "s3a://b/"],
        &["-D", "fs.s3a.secret.key", "-ls", "s3a://b/"],
        &["-put", "absent", "s3a://b/"],
    ] {
        let all = [&["--endpoint", &endpoint][..], &keys, words].concat();
        let mut command = shell.command(&all);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        check(&shell, words, &output);
    }
}

/// Programs that rolefs starts get no secret as an argument, and those of its own environment only.
#[cfg(target_os = "linux")]
#[test]
fn hands_no_secret_to_programs_that_it_starts() {
    let shell = Shell::new();
    let look = "[profile p]\nregion = eu-west-1\ncredential_process = sh -c \"\
        tr '\\0' '\\n' </proc/$PPID/cmdline >cmdline; tr '\\0' '\\n' </proc/self/cmdline >own; \
        tr '\\0' '\\n' </proc/self/environ >environ; exit 1\"\n";
    shell.write("home/.aws/config", look.as_bytes());
    shell.write(
        "home/.aws/credentials",
        format!("[q]\naws_secret_access_key={SECRET}\n").as_bytes(),
    );
    let site = format!(
        "<configuration><property><name>fs.s3a.proxy.password</name><value>{SERVICE_TOKEN}</value>\
        </property><property><name>fs.s3a.proxy.username</name><value>u</value></property>\
        <property><name>fs.s3a.proxy.host</name><value>127.0.0.1</value></property></configuration>"
    );
    shell.write("conf/core-site.xml", site.as_bytes());
    let mut command: Command =
        shell.command(&["--config", "conf", "--profile", "p", "-ls", "s3a://b/"]);
    command.env("HOME", shell.path().join("home")).env("PATH", "/usr/bin:/bin");
    let output = command.output().unwrap();
    assert!(!output.status.success());
    for name in ["cmdline", "own", "environ"] {
        let content = fs::read(shell.path().join(name)).unwrap();
        assert!(!content.is_empty(), "{name}");
        hides_in(name, content);
    }
    hides_in("stderr", output.stderr);
}
