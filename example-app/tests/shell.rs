//! The program, as users run it, against the sandbox: an S3 server by other authors.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod program;

use std::fs;

use program::{Shell, complaint, stderr, stdout};

#[test]
fn reports_each_step_of_a_put() {
    let shell = Shell::new();
    shell.write("README.md", b"# hello\n");
    let output = shell.sandboxed(&["-put", "README.md", "s3a://demo/"]);
    let text = stderr(&output);
    assert!(output.status.success(), "{text}");
    for part in [
        "role:    role rolefs-sandbox-role, instance metadata service (IMDSv2) at http://127.0.0.1:",
        "access key id ASIA",
        "expires 20",
        "stored:  s3a://demo/, which now has",
        "5 signatures and 5 session tokens right, 0 refused",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let listed = stdout(&output);
    let (first, second) = listed.split_once('\n').unwrap();
    assert_eq!(first, "Found 1 items");
    assert!(second.starts_with("-rw-rw-rw-   1 hadoop hadoop          8 20"), "{second}");
    assert!(second.ends_with(" s3a://demo/README.md\n"), "{second}");
    assert_eq!(fs::read(shell.path().join("rolefs-sandbox/demo/README.md")).unwrap(), b"# hello\n");
}

#[test]
fn keeps_existing_objects_without_f() {
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

/// Words, a status, and the start of the printed line.
const COMPLAINTS: &[(&[&str], i32, &str)] = &[
    (&["-put", "none", "s3a://demo/"], 1, "put: `none': No such file or directory"),
    (&["-put", "a", "none", "s3a://demo/zz"], 1, "put: `s3a://demo/zz': No such file or directory"),
    (&["-put", "a", "s4://demo/"], 1, "put: No FileSystem for scheme \"s4\""),
    (&["-put", "-z", "a", "s3a://demo/"], 255, "-put: Illegal option -z"),
    (&["-put"], 255, "-put: Not enough arguments: expected 1 but got 0"),
    (&["-bogus"], 255, "-bogus: Unknown command"),
    (
        &["-put", "--sse", "AES256", "--sse-kms-key-id", "k", "a", "s3a://demo/"],
        255,
        "-put: --sse-kms-key-id is for --sse aws:kms or aws:kms:dsse",
    ),
    (
        &["-put", "--part-size", "1M", "a", "s3a://demo/"],
        255,
        "-put: invalid value '1M' for '--part-size <SIZE>': S3 takes parts of 5M to 5G",
    ),
    (
        &["-put", "--sse", "x", "a", "s3a://demo/"],
        255,
        "-put: invalid value 'x' for '--sse <SCHEME>' [possible values: AES256, aws:kms",
    ),
    (
        &["--region", "eu-west-1", "-ls", "s3a://demo/"],
        255,
        "rolefs: -sandbox has its own endpoint and region: leave out --endpoint",
    ),
    (&["--endpoint", "http://h", "-ls", "s3a://demo/"], 255, "rolefs: -sandbox has its own"),
    (&["-ls", "s3a://absent/none"], 1, "ls: `s3a://absent/none': NoSuchBucket"),
    (
        &["-moveFromLocal", "-", "s3a://demo/x"],
        255,
        "-moveFromLocal: stdin cannot be deleted: -put stores it",
    ),
    (
        &["-put", "--include", "[", "a", "s3a://demo/"],
        255,
        "-put: invalid value '[' for '--include <GLOB>': a [ has no ] behind it",
    ),
    (
        &["-put", "--manifest-format", "nul", "a", "s3a://demo/"],
        255,
        "-put: --manifest-format is for --manifest",
    ),
    (
        &["-sign", "--service", "s3", "--date", "2015-08-30"],
        255,
        "-sign: invalid value '2015-08-30' for '--date <DATE>': expected a date such as 2015",
    ),
    (&["-put", "a"], 1, "put: no destination: name it last, as s3a://bucket/dir/"),
    (
        &["-put", "-", "s3a://demo/d/"],
        1,
        "put: `s3a://demo/d/': Is a directory: name the object for stdin",
    ),
];

#[test]
fn prints_hadoops_error_messages() {
    let shell = Shell::new();
    shell.write("a", b"one");
    for &(words, code, expected) in COMPLAINTS {
        let (actual, line) = complaint(&shell.sandboxed(words));
        assert_eq!(actual, code, "{words:?}: {line}");
        assert!(line.starts_with(expected), "{words:?}: {line}");
    }
}

#[test]
fn shows_the_usage_of_the_command_on_usage_errors() {
    let shell = Shell::new();
    let output = shell.run(&["-put", "--sse", "AES256", "--sse-c-key-file", "k", "a", "s3a://b/"]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(255));
    assert!(text.contains("\nUsage: rolefs [options] -put [-f] [-p] [-l] [-d] [-t "), "{text}");
    for word in ["-version", "version", "--version"] {
        let output = shell.run(&[word]);
        assert!(output.status.success() && stdout(&output).starts_with("rolefs "), "{word}");
    }
    let script = stdout(&shell.run(&["completions", "bash"]));
    assert!(script.contains("rolefs,-put)") && script.contains("rolefs,put)"));
    let page = stdout(&shell.run(&["man"]));
    assert!(page.contains("\nrolefs [options] \\-ls "), "{page}");
}

#[test]
fn names_the_nearest_command_or_option() {
    let shell = Shell::new();
    for (words, expected) in [
        (&["-lss", "s3a://b/"][..], "-lss: Unknown command\nDid you mean -ls?\n"),
        (&["-copyfromlocal", "a", "s3a://b/"], "Did you mean -copyFromLocal?\n"),
        (&["-rm", "-skiptrash", "s3a://b/x"], "Illegal option -s\nDid you mean -skipTrash?\n"),
        (&["-put", "--storage-clas", "X", "a", "s3a://b/"], "Did you mean --storage-class?\n"),
    ] {
        let text = stderr(&shell.run(words));
        assert!(text.contains(expected), "{words:?}: {text}");
    }
    let text = stderr(&shell.run(&["-bogus"]));
    let expected = "-bogus: Unknown command\nrolefs -help lists the commands, and -usage ";
    assert!(text.starts_with(expected) && text.lines().count() == 2, "{text}");
}

#[test]
fn warns_of_options_without_effect_unless_quiet() {
    let shell = Shell::new();
    shell.write("a", b"one");
    let short = ["-D", "fs.s3a.multipart.size=1M", "-D", "fs.s3a.bogus=1"];
    for (words, expected) in [
        (&["-put", "--dry-run"][..], &["fs.s3a.bogus", "raised to the least size, 5M"][..]),
        (&["-put", "--dry-run", "--part-size", "8M"], &["--multipart-threshold 8M sends it"]),
        (&["-put", "--dry-run", "-quiet", "--part-size", "8M"], &[]),
    ] {
        let text = stderr(&shell.run(&[&short, words, &["a", "s3a://b/"]].concat()));
        assert!(expected.iter().all(|expected| text.contains(expected)), "{words:?}: {text}");
        assert_eq!(text.is_empty(), expected.is_empty(), "{words:?}: {text}");
    }
}

#[test]
fn creates_the_bucket_in_a_sandbox() {
    let shell = Shell::new();
    for words in [["-mkdir", "s3a://one/d"], ["-touchz", "s3a://two/f"]] {
        assert_eq!(complaint(&shell.sandboxed(&words)), (0, String::new()), "{words:?}");
    }
    let (code, line) = complaint(&shell.sandboxed(&["-uploads", "s3a://one/"]));
    assert!(code == 1 && line.contains("NotImplemented") && !line.contains("-f"), "{line}");
}

#[test]
fn accepts_or_refuses_hadoops_options_of_put_with_a_reason() {
    let shell = Shell::new();
    shell.write("a", b"one");
    for options in [&["-d"][..], &["-l"], &["-f", "-l", "-d"], &["-fdl"]] {
        let object = format!("s3a://demo/{}", options.concat());
        let output = shell.sandboxed(&[&["-put"], options, &["a", &object]].concat());
        assert_eq!(complaint(&output), (0, String::new()), "{options:?}");
    }
    for options in [&["-p"][..], &["-t", "2", "-q", "100"], &["-t", "0"], &["-q", "-1"], &["-fp"]] {
        let object = format!("s3a://demo/{}", options.concat());
        let output = shell.sandboxed(&[&["-put"], options, &["a", &object]].concat());
        assert_eq!(complaint(&output), (0, String::new()), "{options:?}");
    }
    for command in ["-put", "-copyFromLocal"] {
        let output = shell.run(&[command, "-t", "abc", "a", "s3a://demo/"]);
        let begin = format!(
            "{command}: For input string: \"abc\"\n\
             Usage: rolefs [options] {command} [-f] [-p] [-l] [-d] "
        );
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(255));
        assert!(text.starts_with(&begin) && text.ends_with("] <localsrc> ... <dst>\n"), "{text}");
    }
}

#[test]
fn continues_after_a_missing_source() {
    let shell = Shell::new();
    shell.write("a", b"one");
    shell.write("b", b"two");
    let output = shell.sandboxed(&["-put", "a", "none", "b", "s3a://demo/d/"]);
    assert_eq!(complaint(&output), (1, "put: `none': No such file or directory".to_owned()));
    let output = shell.sandboxed(&["-cat", "s3a://demo/d/a", "s3a://demo/d/b"]);
    assert_eq!(stdout(&output), "onetwo");
}

#[test]
fn restores_a_tree_with_odd_names() {
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
fn deletes_only_stored_sources_on_move() {
    let shell = Shell::new();
    for directory in ["d/left-out", "d/empty"] {
        fs::create_dir_all(shell.path().join(directory)).unwrap();
    }
    shell.write("d/a", b"one");
    let there = |name: &str| shell.path().join(name).exists();
    let words = ["-moveFromLocal", "--exclude", "left-out", "d", "s3a://demo/"];
    let output = shell.sandboxed(&words);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!there("d/a") && there("d/left-out"));
    let output = shell.sandboxed(&["-moveFromLocal", "d", "s3a://demo/again"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!there("d"), "all of it was stored");
}

#[test]
fn makes_directories_where_markers_have_no_etag() {
    let shell = Shell::new();
    shell.write("a", b"one");
    assert!(shell.sandboxed(&["-put", "a", "s3a://demo/"]).status.success());
    for words in [&["-mkdir", "s3a://demo/d"][..], &["-mkdir", "-p", "s3a://demo/d/e/f"]] {
        let output = shell.sandboxed(words);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert!(shell.path().join("rolefs-sandbox/demo/d/e/f").is_dir());
}

#[test]
fn stores_stdin_as_an_object() {
    let shell = Shell::new();
    let content = vec![7; 3 << 20];
    let output = shell.with_stdin(&["-sandbox", "-put", "-", "s3a://demo/stdin"], &content, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(fs::read(shell.path().join("rolefs-sandbox/demo/stdin")).unwrap(), content);
}

#[test]
fn assembles_parts_at_a_verifying_server() {
    let shell = Shell::new();
    let content: Vec<u8> = (0..11_u32 << 20).map(|at| (at >> 7).to_le_bytes()[0]).collect();
    shell.write("a", &content);
    let in_parts = ["--part-size", "5M", "--multipart-threshold", "6M", "-v"];
    for source in ["a", "-"] {
        let object = format!("s3a://demo/from{source}");
        let words = [&["-sandbox", "-put"], &in_parts[..], &[source, &object]].concat();
        let output = shell.with_stdin(&words, if source == "-" { &content } else { b"" }, &[]);
        let text = stderr(&output);
        assert!(output.status.success(), "{text}");
        let summary =
            "put: 1 object, 11534336 bytes, 3 parts; sent again 0 times, throttled 0 times";
        assert!(text.contains(summary), "{text}");
        let stored = shell.path().join(format!("rolefs-sandbox/demo/from{source}"));
        assert!(fs::read(stored).unwrap() == content);
    }
    let left = fs::read_dir(shell.path().join("rolefs-sandbox")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("upload")), "{left:?}");
}

#[test]
fn names_the_fix_without_credentials_or_region() {
    let shell = Shell::new();
    shell.write("a", b"one");
    let put = &["-put", "a", "s3a://demo/"][..];
    let no_region = "rolefs: no region: give --region, or set AWS_REGION, or region in the profile";
    assert_eq!(complaint(&shell.run(put)), (1, no_region.to_owned()));
    let output = shell.run(&[&["--region", "eu-west-1"], put].concat());
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.starts_with("put: `s3a://demo/a': no credentials\n"), "{text}");
    assert!(text.contains("environment (0 ms): skipped: AWS_ACCESS_KEY_ID is not set"), "{text}");
    assert!(text.contains("switched off by AWS_EC2_METADATA_DISABLED"), "{text}");
}

#[cfg(feature = "sandbox")]
#[test]
fn signs_in_the_sandbox_and_names_ignored_settings() {
    let shell = Shell::new();
    let sign = ["-sign", "--service", "s3", "--show", "authorization"];
    let words = [&["-sandbox"], &sign[..]].concat();
    let output = shell.with_stdin(&words, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let (signed, text) = (stdout(&output), stderr(&output));
    assert!(signed.contains("Credential=ASIA") && signed.contains("/us-east-1/s3/"), "{signed}");
    assert!(signed.contains("x-amz-security-token") && text.is_empty(), "{signed} {text}");

    shell.write("a", b"1");
    let options = ["-sandbox", "--profile", "p", "--ca-bundle", "f", "-D", "fs.s3a.acl.default=x"];
    let output = shell.run(&[&options[..], &["-put", "a", "s3a://demo/"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let ignored = "sandbox: ignored: --profile, --ca-bundle, -D: ";
    assert_eq!(stderr(&output).matches(ignored).count(), 1, "{}", stderr(&output));
    let variables = [("AWS_CA_BUNDLE", "f"), ("AWS_PROFILE", "p"), ("HADOOP_CONF_DIR", "/none")];
    let output = shell.with_stdin(&["-sandbox", "-ls", "s3a://demo/"], b"", &variables);
    assert!(!stderr(&output).contains("ignored"), "{}", stderr(&output));
}

#[cfg(not(feature = "sandbox"))]
#[test]
fn reports_a_build_without_the_sandbox() {
    for words in
        [&["-sandbox", "-ls", "s3a://b/"][..], &["--sandbox-dir", "d", "-ls"], &["--sandbox"]]
    {
        let text =
            "rolefs: -sandbox: this program was built without it: build it with --features sandbox";
        assert_eq!(complaint(&Shell::new().run(words)), (255, text.to_owned()), "{words:?}");
    }
}
