//! `-get` from a server that breaks off, replaces the object, or sends wrong content.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use md5::{Digest as _, Md5};
use program::{KEYS, Shell, stderr};

/// The fault in the server's first whole object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    BreaksOff,
    /// And there is another object then.
    BreaksOffAndChanges,
    /// And it gives another range then: this.
    BreaksOffAndSkips(&'static str),
    /// And it does not know `Range`.
    BreaksOffAndKnowsNoRange,
    /// And gives the first bytes of the whole again, slowly, and then the rest.
    BreaksOffAndKnowsNoRangeSlowly,
    FlipsAByte,
    /// None; but the object is one in parts, and has this header if checksums are asked for.
    States(&'static str),
    /// The same, and the first response breaks off.
    StatesAndBreaksOff(&'static str),
}

impl Fault {
    const fn stated(self) -> Option<&'static str> {
        match self {
            Self::States(header) | Self::StatesAndBreaksOff(header) => Some(header),
            _ => None,
        }
    }
}

const LEN: usize = 300_000;

fn content() -> Vec<u8> {
    (0..LEN).map(|at| (at / 7).to_le_bytes()[0]).collect()
}

/// Gives its URL, and the heads of the requests that it got.
fn serve(fault: Fault) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads = Arc::<Mutex<Vec<String>>>::default();
    let seen = heads.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(head) = read_head(&mut stream) {
                let is_first = !seen.lock().unwrap().iter().any(|head| head.starts_with("GET"));
                seen.lock().unwrap().push(head.clone());
                if !respond(stream.get_mut(), &head, is_first, fault) {
                    break;
                }
            }
        }
    });
    (url, heads)
}

fn read_head(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        stream.read_line(&mut head).ok().filter(|read| *read > 0)?;
    }
    Some(head.to_ascii_lowercase().replacen("get ", "GET ", 1))
}

/// Answers, and returns whether the connection is still good.
fn respond(stream: &mut TcpStream, head: &str, is_first: bool, fault: Fault) -> bool {
    let content = content();
    let parts = if fault.stated().is_some() { "-2" } else { "" };
    let etag = format!("{:032x}{parts}", u128::from_be_bytes(Md5::digest(&content).into()));
    let reply = |status: &str, more: &str, len: usize| {
        let date = "Last-Modified: Sun, 30 Aug 2015 12:36:00 GMT";
        format!(
            "HTTP/1.1 {status}\r\nETag: \"{etag}\"\r\n{date}\r\n{more}Content-Length: {len}\r\n\r\n"
        )
    };
    let is_asked = head.contains("x-amz-checksum-mode: enabled\r\n");
    let stated = fault.stated().filter(|_| is_asked).map(|stated| format!("{stated}\r\n"));
    let mtime = &format!("x-amz-meta-mtime: 981173106.5\r\n{}", stated.unwrap_or_default());
    if head.starts_with("head") {
        return stream.write_all(reply("200 OK", "", LEN).as_bytes()).is_ok();
    }
    let mut sent = content.clone();
    match (is_first, fault) {
        (true, Fault::FlipsAByte) => sent[LEN / 2] ^= 1,
        (_, Fault::States(_)) => {}
        (true, _) => {
            let begun = [reply("200 OK", mtime, LEN).as_bytes(), &sent[..LEN / 3]].concat();
            stream.write_all(&begun).unwrap();
            return false;
        }
        (false, Fault::BreaksOffAndChanges) => {
            return stream.write_all(reply("412 Precondition Failed", "", 0).as_bytes()).is_ok();
        }
        (false, Fault::BreaksOff | Fault::StatesAndBreaksOff(_)) => {
            assert!(!is_asked, "S3 states no checksum of what is left");
            assert!(head.contains(&format!("if-match: \"{etag}\"")), "{head}");
            let range = head.split("range: bytes=").nth(1).unwrap();
            let from: usize = range.split('-').next().unwrap().parse().unwrap();
            let range = format!("Content-Range: bytes {from}-{}/{LEN}\r\n", LEN - 1);
            let rest = &content[from..];
            let head = reply("206 Partial Content", &range, rest.len());
            return stream.write_all(&[head.as_bytes(), rest].concat()).is_ok();
        }
        (false, Fault::BreaksOffAndSkips(range)) => {
            return stream.write_all(reply("206 Partial Content", range, 0).as_bytes()).is_ok();
        }
        (false, Fault::BreaksOffAndKnowsNoRangeSlowly) => {
            stream.write_all(reply("200 OK", mtime, LEN).as_bytes()).unwrap();
            let (slow, rest) = sent.split_at(LEN / 3);
            for piece in slow.chunks(slow.len() / 25) {
                thread::sleep(Duration::from_millis(100));
                stream.write_all(piece).unwrap();
            }
            return stream.write_all(rest).is_ok();
        }
        _ => {}
    }
    stream.write_all(&[reply("200 OK", mtime, LEN).as_bytes(), &sent].concat()).is_ok()
}

/// Returns the exit code, stderr, and how many objects were requested.
fn get(shell: &Shell, fault: Fault, words: &[&str]) -> (i32, String, usize) {
    get_with(shell, fault, words, &[])
}

fn get_with(
    shell: &Shell,
    fault: Fault,
    words: &[&str],
    variables: &[(&str, &str)],
) -> (i32, String, usize) {
    let (url, heads) = serve(fault);
    let mut command = shell.command(&[&["--endpoint", &url], words].concat());
    let output = command.envs(KEYS).envs(variables.iter().copied()).output().unwrap();
    let asked = heads.lock().unwrap().iter().filter(|head| head.starts_with("GET")).count();
    let code = output.status.code().unwrap();
    (code, stderr(&output), asked)
}

fn left(shell: &Shell) -> usize {
    fs::read_dir(shell.path()).unwrap().count()
}

#[test]
fn resumes_after_a_broken_connection() {
    for fault in [Fault::BreaksOff, Fault::BreaksOffAndKnowsNoRange] {
        let shell = Shell::new();
        let (code, message, asked) = get(&shell, fault, &["-get", "-p", "s3a://b/k", "a"]);
        assert_eq!((code, message.as_str(), asked), (0, "", 2));
        assert!(fs::read(shell.path().join("a")).unwrap() == content());
        let modified = fs::metadata(shell.path().join("a")).unwrap().modified().unwrap();
        let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(since.as_millis(), 981_173_106_500);
        assert_eq!(left(&shell), 1);
    }
}

#[test]
fn does_not_take_slow_repeated_bytes_for_a_stall() {
    let shell = Shell::new();
    let words =
        ["-D", "fs.s3a.connection.timeout=1s", "-D", "fs.s3a.connection.request.timeout=1s"];
    let words = [&words[..], &["-get", "s3a://b/k", "a"]].concat();
    let (code, message, asked) = get(&shell, Fault::BreaksOffAndKnowsNoRangeSlowly, &words);
    assert_eq!((code, message.as_str(), asked), (0, "", 2));
    assert!(fs::read(shell.path().join("a")).unwrap() == content());
}

#[test]
fn discards_changed_or_damaged_downloads() {
    for (fault, expected) in [
        (Fault::BreaksOffAndChanges, "get: `s3a://b/k': changed while it was read"),
        (
            Fault::BreaksOffAndSkips("Content-Range: bytes 7-8/9\r\n"),
            "get: `s3a://b/k': the server is not S3 (its response is `bytes 7-8/9' of the object, \
             and begins elsewhere than at 100000): ",
        ),
        (
            Fault::BreaksOffAndSkips(""),
            "get: `s3a://b/k': the server is not S3 (no Content-Range in its response): ",
        ),
        (
            Fault::FlipsAByte,
            "get: `s3a://b/k': the content received is not what S3 holds (its MD5 is ",
        ),
    ] {
        let shell = Shell::new();
        let (code, message, _) = get(&shell, fault, &["-get", "s3a://b/k", "a"]);
        assert_eq!(code, 1);
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(left(&shell), 0);
    }
    let shell = Shell::new();
    let words = ["-get", "-ignoreCrc", "s3a://b/k", "a"];
    assert_eq!(get(&shell, Fault::FlipsAByte, &words).0, 0);
    // No ETag there is an MD5.
    let words = ["-get", "s3a://b--use1-az4--x-s3/k", "b"];
    assert_eq!(get(&shell, Fault::FlipsAByte, &words), (0, String::new(), 1));
}

/// Calculated bit by bit, and by Python's hashlib.
const RIGHT: [&str; 3] = [
    "x-amz-checksum-crc64nvme: ZY9YUD9yN80=\r\nx-amz-checksum-type: FULL_OBJECT",
    "x-amz-checksum-crc32c: nclQoA==",
    "x-amz-checksum-sha256: TA1BDh47M3/mR4kGuo8wSFP0UfLowxtyLU7Rop+93UY=",
];
const WRONG: [&str; 3] = [
    "x-amz-checksum-crc64nvme: ZY9YUD9yN84=\r\nx-amz-checksum-type: FULL_OBJECT",
    "x-amz-checksum-crc32c: oclQoA==",
    "x-amz-checksum-sha256: UA1BDh47M3/mR4kGuo8wSFP0UfLowxtyLU7Rop+93UY=",
];

#[test]
fn discards_content_with_another_checksum() {
    let message = |command: &str, name: &str| {
        let damaged = "the content received is not what S3 holds";
        format!("{command}: `s3a://b/k': {damaged} (its {name} is ")
    };
    for (wrong, name) in WRONG.into_iter().zip(["CRC64NVME", "CRC32C", "SHA256"]) {
        for fault in [Fault::States(wrong), Fault::StatesAndBreaksOff(wrong)] {
            let shell = Shell::new();
            let (code, said, _) = get(&shell, fault, &["-get", "s3a://b/k", "a"]);
            assert!(said.starts_with(&message("get", name)), "{said}");
            assert_eq!((code, left(&shell)), (1, 0));
        }
    }
    let shell = Shell::new();
    let target = format!("file://{}", shell.path().join("a").display());
    for words in [
        &["-cat", "s3a://b/k"][..],
        &["-text", "s3a://b/k"],
        &["-getmerge", "s3a://b/k", "a"],
        &["-cp", "s3a://b/k", &target],
    ] {
        let (code, said, _) = get(&shell, Fault::States(WRONG[0]), words);
        assert!(said.starts_with(&message(&words[0][1..], "CRC64NVME")), "{said}");
        assert_eq!((code, left(&shell)), (1, 0), "{words:?}");
    }
}

#[test]
fn takes_content_with_the_checksum_of_the_whole() {
    for right in RIGHT {
        for fault in [Fault::States(right), Fault::StatesAndBreaksOff(right)] {
            let shell = Shell::new();
            let (code, said, _) = get(&shell, fault, &["-get", "s3a://b/k", "a"]);
            assert_eq!((code, said.as_str(), left(&shell)), (0, "", 1));
        }
    }
}

#[test]
fn compares_no_checksum_of_parts_and_none_with_ignore_crc() {
    let composite = "x-amz-checksum-crc32: y/Q5Jg==-2";
    let untagged = "x-amz-checksum-crc32: y/Q5Jg==\r\nx-amz-checksum-type: COMPOSITE";
    let shell = Shell::new();
    for (header, words) in [
        (composite, &["-get", "-f", "s3a://b/k", "a"][..]),
        (untagged, &["-get", "-f", "s3a://b/k", "a"]),
        (WRONG[0], &["-get", "-f", "-ignoreCrc", "s3a://b/k", "a"]),
        (WRONG[0], &["-cat", "-ignoreCrc", "s3a://b/k"]),
    ] {
        let (code, said, _) = get(&shell, Fault::States(header), words);
        assert_eq!((code, said.as_str()), (0, ""), "{words:?}");
    }
}

#[test]
fn compares_checksums_only_where_response_checksum_validation_is_on() {
    let shell = Shell::new();
    shell.write("config", b"[default]\nresponse_checksum_validation = when_required\n");
    let config = shell.path().join("config");
    let profile = ("AWS_CONFIG_FILE", config.to_str().unwrap());
    let variable = |value| ("AWS_RESPONSE_CHECKSUM_VALIDATION", value);
    let words = ["-cat", "s3a://b/k"];
    for (variables, expected) in [
        (&[variable("when_required")][..], 0),
        (&[variable("WHEN_REQUIRED")], 0),
        (&[profile], 0),
        (&[profile, variable("when_supported")], 1),
    ] {
        let (code, said, _) = get_with(&shell, Fault::States(WRONG[0]), &words, variables);
        assert_eq!(code, expected, "{variables:?} {said}");
    }
    // Hadoop's configuration takes precedence.
    for (setting, variables, expected) in [
        ("fs.s3a.checksum.validation=true", &[variable("when_required")][..], 1),
        ("fs.s3a.checksum.validation=false", &[variable("when_supported")], 0),
        ("fs.s3a.bucket.b.checksum.validation=false", &[], 0),
        ("fs.s3a.bucket.c.checksum.validation=false", &[], 1),
    ] {
        let words = ["-D", setting, "-cat", "s3a://b/k"];
        let (code, said, _) = get_with(&shell, Fault::States(WRONG[0]), &words, variables);
        assert_eq!(code, expected, "{setting} {said}");
    }
    // The ETag is compared in any case.
    let variables = [variable("when_required")];
    assert_eq!(get_with(&shell, Fault::FlipsAByte, &words, &variables).0, 1);
}

#[test]
fn resumes_cat_too() {
    let shell = Shell::new();
    let output = {
        let (url, _) = serve(Fault::BreaksOff);
        let mut command = shell.command(&["--endpoint", &url, "-cat", "s3a://b/k"]);
        command.envs(KEYS).output().unwrap()
    };
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(output.stdout == content());
}
