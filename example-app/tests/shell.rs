//! The program as its user runs it, against the sandbox: an S3 server of other people's making.
#![cfg(feature = "sandbox")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder to work in, and the program in it.
struct Shell(TempDir);

impl Shell {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolefs"));
        command.args(words).current_dir(self.path()).env_clear().env("USER", "hadoop");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Against the sandbox.
    fn sandboxed(&self, words: &[&str]) -> Output {
        self.run(&[&["-sandbox"], words].concat())
    }

    fn with_stdin(&self, words: &[&str], input: &[u8], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The line that a command complained with, and its exit code.
fn complaint(output: &Output) -> (i32, String) {
    let code = output.status.code().unwrap();
    let stderr = stderr(output);
    let told = ["role: ", "         ", "checked: ", "put:     "];
    let line = stderr.lines().find(|line| !told.iter().any(|start| line.starts_with(start)));
    (code, line.unwrap_or_default().to_owned())
}

#[test]
fn the_story_of_a_put() {
    let shell = Shell::new();
    shell.write("README.md", b"# hello\n");
    let output = shell.sandboxed(&["-put", "README.md", "s3a://demo/"]);
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    for part in [
        "role:    role rolefs-sandbox-role, instance metadata service (IMDSv2) at http://127.0.0.1:",
        "access key id ASIA",
        "expires 20",
        "put:     s3a://demo/, which now has",
        "3 signatures and 3 session tokens right, 0 refused",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let listed = stdout(&output);
    let (first, second) = listed.split_once('\n').unwrap();
    assert_eq!(first, "Found 1 items");
    assert!(second.starts_with("-rw-rw-rw-   1 hadoop hadoop          8 20"), "{second}");
    assert!(second.ends_with(" s3a://demo/README.md\n"), "{second}");
    assert_eq!(fs::read(shell.path().join("rolefs-sandbox/demo/README.md")).unwrap(), b"# hello\n");
}

#[test]
fn what_exists_is_kept_unless_told_otherwise() {
    let shell = Shell::new();
    shell.write("a", b"one");
    shell.write("b", b"two");
    let put = |words: &[&str]| complaint(&shell.sandboxed(words));
    let stored = || fs::read_to_string(shell.path().join("rolefs-sandbox/demo/a")).unwrap();
    assert_eq!(put(&["-put", "a", "s3a://demo/"]).0, 0);
    let exists = "put: `s3a://demo/a': File exists";
    assert_eq!(put(&["-put", "b", "s3a://demo/a"]), (1, exists.to_owned()));
    assert_eq!(stored(), "one");
    assert_eq!(put(&["-put", "-f", "b", "s3a://demo/a"]), (0, String::new()));
    assert_eq!(stored(), "two");
}

#[test]
fn complaints_are_hadoops() {
    let shell = Shell::new();
    shell.write("a", b"one");
    for (words, code, expected) in [
        (&["-put", "none", "s3a://demo/"][..], 1, "put: `none': No such file or directory"),
        (
            &["-put", "a", "none", "s3a://demo/zz"],
            1,
            "put: `s3a://demo/zz': No such file or directory",
        ),
        (&["-put", "a", "s4://demo/"], 1, "put: No FileSystem for scheme \"s4\""),
        (&["-put", "-z", "a", "s3a://demo/"], 255, "-put: Illegal option -z"),
        (&["-put"], 255, "-put: Not enough arguments: expected 1 but got 0"),
        (&["-bogus"], 255, "-bogus: Unknown command"),
        (
            &["--region", "eu-west-1", "-ls", "s3a://demo/"],
            255,
            "rolefs: -sandbox has an endpoint and a region of its own: leave out --endpoint",
        ),
        (&["--endpoint", "http://h", "-ls", "s3a://demo/"], 255, "rolefs: -sandbox has an"),
        (&["-ls", "s3a://absent/none"], 1, "ls: `s3a://absent/none': NoSuchBucket"),
        (&["-put", "a"], 1, "put: no destination: name it last, as s3a://bucket/dir/"),
        (
            &["-put", "-", "s3a://demo/d/"],
            1,
            "put: `s3a://demo/d/': Is a directory: name the object for stdin",
        ),
    ] {
        let (actual, line) = complaint(&shell.sandboxed(words));
        assert_eq!(actual, code, "{words:?}: {line}");
        assert!(line.starts_with(expected), "{words:?}: {line}");
    }
}

#[test]
fn hadoops_options_of_put_are_taken_or_refused_with_a_reason() {
    let shell = Shell::new();
    shell.write("a", b"one");
    for options in [&["-d"][..], &["-l"], &["-f", "-l", "-d"], &["-fdl"]] {
        let object = format!("s3a://demo/{}", options.concat());
        let output = shell.sandboxed(&[&["-put"], options, &["a", &object]].concat());
        assert_eq!(complaint(&output), (0, String::new()), "{options:?}");
    }
    for options in [&["-p"][..], &["-t", "4"], &["-q", "1024"], &["-fp"]] {
        let output = shell.run(&[&["-put"], options, &["a", "s3a://demo/"]].concat());
        let letter = options[0].chars().last().unwrap();
        let expected = format!(
            "-put: Illegal option -{letter}\n\
             Usage: rolefs [options] -put [-f] [-d] [-l] <localsrc> ... <dst>\n\
             There is no -p, since S3 keeps no permissions and times of files, and no -t and -q, \
             since files are put one after the other.\n"
        );
        assert_eq!((output.status.code(), stderr(&output)), (Some(255), expected));
    }
}

#[test]
fn one_missing_source_does_not_stop_the_others() {
    let shell = Shell::new();
    shell.write("a", b"one");
    shell.write("b", b"two");
    let output = shell.sandboxed(&["-put", "a", "none", "b", "s3a://demo/d/"]);
    assert_eq!(complaint(&output), (1, "put: `none': No such file or directory".to_owned()));
    let output = shell.sandboxed(&["-cat", "s3a://demo/d/a", "s3a://demo/d/b"]);
    assert_eq!(stdout(&output), "onetwo");
}

#[test]
fn a_tree_and_odd_names_come_back_as_they_were() {
    let shell = Shell::new();
    let names = ["a b", "a+b", "100%", "%41", "ü", "deep/er/x", "~!'()*", "&=?#;:@,$"];
    for name in names {
        shell.write(&format!("tree/{name}"), name.as_bytes());
    }
    let output = shell.sandboxed(&["-put", "tree", "s3a://demo/"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for name in names {
        let output = shell.sandboxed(&["-cat", &format!("s3a://demo/tree/{name}")]);
        assert_eq!(stdout(&output), name);
    }
    let listed = stdout(&shell.sandboxed(&["-ls", "-R", "s3a://demo/tree"]));
    for name in names {
        assert!(listed.contains(&format!(" s3a://demo/tree/{name}\n")), "{name} in {listed}");
    }
    assert!(listed.lines().any(|line| line.starts_with("drwx") && line.ends_with("/tree/deep/er")));
}

#[test]
fn stdin_becomes_an_object() {
    let shell = Shell::new();
    let content = vec![7; 3 << 20];
    let output = shell.with_stdin(&["-sandbox", "-put", "-", "s3a://demo/stdin"], &content, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(fs::read(shell.path().join("rolefs-sandbox/demo/stdin")).unwrap(), content);
}

#[test]
fn without_credentials_or_a_region_the_fix_is_named() {
    let shell = Shell::new();
    shell.write("a", b"one");
    let put = &["-put", "a", "s3a://demo/"][..];
    let no_region = "rolefs: no region: give --region, or set AWS_REGION";
    assert_eq!(complaint(&shell.run(put)), (1, no_region.to_owned()));
    let output = shell.run(&[&["--region", "eu-west-1"], put].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.starts_with("put: `s3a://demo/a': no credentials\n"), "{told}");
    assert!(told.contains("environment (0 ms): AWS_ACCESS_KEY_ID is not set"), "{told}");
    assert!(told.contains("switched off by AWS_EC2_METADATA_DISABLED"), "{told}");
}

/// AWS's own example keys.
const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
];
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
fn what_cannot_be_signed_is_said() {
    let shell = Shell::new();
    let many = "x-meta: 1\n".repeat(65);
    for (request, variables, expected) in [
        ("", &KEYS[..], "sign: the first line is not a request line"),
        ("GET / HTTP/1.1\n\n", &KEYS, "sign: there must be one Host header, and there are 0"),
        (
            "GET / HTTP/1.1\nHost: h\nX-Amz-Date: now\n\n",
            &KEYS,
            "sign: the signer adds the header x-amz-date by itself: leave it out",
        ),
        (
            "GET / HTTP/1.1\nHost: h\nA: b\tc\n\n",
            &KEYS,
            "sign: the value of the header `A' has a control character",
        ),
        (
            "GET / HTTP/1.1\nHost: h\nA: b\u{c} \n\n",
            &KEYS,
            "sign: the value of the header `A' has a control character",
        ),
        (
            "GET / HTTP/1.1\nExpect: x\nHost: h\nA: b\nA\u{1b} B: c\n\n",
            &KEYS,
            "sign: `A\\u{1b} B' is not the name of a header",
        ),
        (
            &format!("GET / HTTP/1.1\nHost: h\n{many}\n"),
            &KEYS,
            "sign: too many headers: the signer has 64 slots",
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
