//! Names as users write them, and names that only S3 accepts.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use std::fs;
use std::process::Output;

use program::{KEYS, Shell, complaint, stderr, stdout};
use scripted::{Response, Server};

fn as_s3() -> Server {
    Server::start(|_, _| Response::AsS3)
}

fn run(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let words = [&["--endpoint", &server.endpoint], words].concat();
    shell.command(&words).envs(KEYS).output().unwrap()
}

/// Asserts that a command is refused with this line, or does what it says.
fn check(shell: &Shell, server: &Server, words: &[&str], expected: (i32, &str)) {
    let (code, message) = complaint(&run(shell, server, words));
    assert_eq!((code, message.as_str()), expected, "{words:?}");
}

#[test]
fn asks_s3_nothing_for_empty_arguments() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"one");
    server.hold("/b/user/hadoop/x", b"kept");
    let usage = stdout(&shell.run(&["-usage"]));
    let commands = usage.lines().filter_map(|line| line.trim().strip_prefix('['));
    let names: Vec<_> = commands.map(|line| line.split([' ', ']']).next().unwrap()).collect();
    assert!(names.len() > 15 && names.contains(&"-rm"), "{names:?}");
    for name in names {
        let options: &[&str] = match name {
            "-rm" => &["-r"],
            "-test" => &["-e"],
            "-sign" | "-explain" => &["--service", "s3", "--request", "a"],
            _ => &[],
        };
        for paths in [&[""][..], &["a", ""], &["", "a"], &["s3a://b/x", ""]] {
            let words = [&["-fs", "s3a://b", name], options, paths].concat();
            let output = run(&shell, &server, &words);
            assert_eq!(output.status.code(), Some(255), "{words:?}: {}", stderr(&output));
        }
    }
    let empty = "Can not create a Path from an empty string";
    for words in [
        &["-rm", "-r", ""][..],
        &["-rm", "-r", "s3a://b/user/hadoop/x", ""],
        &["-put", "a", ""],
        &["-put", "", "s3a://b/x"],
        &["-put", "-f", "", "a", "s3a://b/x"],
        &["-get", ""],
        &["-get", "/x", ""],
        &["-touchz", ""],
        &["-uploads", "--abort", ""],
        &["-stat", "%n", ""],
    ] {
        let message = format!("{}: {empty}", words[0]);
        check(&shell, &server, &[&["-fs", "s3a://b"], words].concat(), (255, &message));
    }
    let what = "expected a value, and it is empty: is a variable not set?";
    for words in [
        &["-fs", "", "-ls"][..],
        &["--profile", "", "-ls", "s3a://b/"],
        &["-put", "--manifest", "", "s3a://b/"],
        &["-put", "--include", "", "a", "s3a://b/"],
    ] {
        let (code, message) = complaint(&run(&shell, &server, words));
        assert!(code == 255 && message.ends_with(what), "{words:?}: {message}");
    }
    assert_eq!(server.count("", ""), 0);
    let unset = ["ROLEFS_CREDENTIALS_CACHE", "ROLEFS_STATE_DIR", "HADOOP_CONF_DIR"];
    let mut dry_run = shell.command(&["-put", "--dry-run", "a", "s3a://b/"]);
    let output = dry_run.envs(unset.map(|name| (name, ""))).output().unwrap();
    assert!(output.status.success(), "variables may be empty: {}", stderr(&output));
    assert!(server.object("/b/user/hadoop/x").is_some());
}

#[test]
fn folds_written_keys_and_keeps_exact_keys() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"one");
    for (written, key) in [
        ("s3a://b/base//x", "/b/base/x"),
        ("/x/./b", "/b/x/b"),
        ("/x/../c", "/b/c"),
        ("/y//z/../", "/b/y/a"),
    ] {
        check(&shell, &server, &["-fs", "s3a://b", "-put", "a", written], (0, ""));
        assert!(server.object(key).is_some(), "{written}");
    }
    server.hold("/b/x//k", b"exact");
    check(
        &shell,
        &server,
        &["-cat", "s3a://b/x//k"],
        (1, "cat: `s3a://b/x/k': No such file or directory"),
    );
    let output = run(&shell, &server, &["--exact-keys", "-cat", "-ignoreCrc", "s3a://b/x//k"]);
    assert_eq!(stdout(&output).len(), "exact".len());
    check(
        &shell,
        &server,
        &["-rm", "s3a://b/x/../../y"],
        (
            255,
            "-rm: `s3a://b/x/../../y': .. leads above the bucket: --exact-keys takes a key unchanged",
        ),
    );
    for root in ["s3a://b", "s3a://b/", "s3a://b/x/..", "s3a://b//", "s3a://b/."] {
        let (code, message) = complaint(&run(&shell, &server, &["-rm", "-r", root]));
        assert!(code == 1 && message.ends_with("': Input/output error"), "{root}: {message}");
    }
    assert_eq!(server.count("DELETE", ""), 0);
}

/// A pattern that matches the name `..` must not lead above the directory.
#[test]
fn matches_patterns_against_existing_names_only() {
    let (shell, server) = (Shell::new(), as_s3());
    for path in ["/b/keep/x", "/b/keep/d/../y", "/b/keep/d/./z", "/b//lead", "/b/top"] {
        server.hold(path, b"1");
    }
    let listed = |words: &[&str]| {
        let output = run(&shell, &server, &[&["-ls", "-C", "-d"], words].concat());
        stdout(&output).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed(&["s3a://b/*"]), ["s3a://b/keep", "s3a://b/top"], "not the bucket itself");
    assert_eq!(listed(&["s3a://b/keep/d/*"]), ["s3a://b/keep/d/.", "s3a://b/keep/d/.."]);
    fs::create_dir(shell.path().join("into")).unwrap();
    let output = run(&shell, &server, &["-get", "s3a://b/keep/d/*", "into"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no local file has such a name"), "{}", stderr(&output));
    assert!(!shell.path().join("y").exists() && !shell.path().join("into/z").exists());
    let all = run(&shell, &server, &["-ls", "-C", "-R", "s3a://b/"]);
    assert!(stdout(&all).lines().any(|line| line == "s3a://b//lead"), "{}", stdout(&all));
}

/// Puts onto names that an object or a directory has, and the message, with and without `-f`.
const PAIRS: &[(&[&str], &str)] = &[
    (&["a", "s3a://b/obj/x"], "`s3a://b/obj/x': Parent path is not a directory: `s3a://b/obj'"),
    (&["a", "s3a://b/obj/x/y"], "`s3a://b/obj/x/y': Parent path is not a directory: `s3a://b/obj'"),
    (&["a", "s3a://b/obj/"], "`s3a://b/obj/a': Parent path is not a directory: `s3a://b/obj'"),
    (&["tree", "s3a://b/obj/x"], "`s3a://b/obj/x': Parent path is not a directory: `s3a://b/obj'"),
    (&["a", "s3a://b/dir"], "`s3a://b/dir/a': File exists, and is a directory"),
    (
        &["hollow", "s3a://b/h"],
        "`s3a://b/h/hollow/sub/': Parent path is not a directory: `s3a://b/h/hollow/sub'",
    ),
];

/// The same by other commands.
const PAIRS_OF_OTHERS: &[(&[&str], &str)] = &[
    (
        &["-moveFromLocal", "a", "s3a://b/obj/x"],
        "moveFromLocal: `s3a://b/obj/x': Parent path is not a directory: `s3a://b/obj'",
    ),
    (
        &["-touchz", "s3a://b/obj/x/y"],
        "touchz: `s3a://b/obj/x/y': Parent path is not a directory: `s3a://b/obj'",
    ),
    (&["-touchz", "s3a://b/dir"], "touchz: `s3a://b/dir': Is a directory"),
    (&["-mkdir", "s3a://b/obj/"], "mkdir: `s3a://b/obj': Is not a directory"),
    (
        &["-mkdir", "-p", "s3a://b/obj/x"],
        "mkdir: Can't make directory for path 's3a://b/obj' since it is a file.",
    ),
];

/// Of two sources the second would make the pair.
const PAIRS_OF_TWO: &[(&[&str], &str)] = &[
    (&["-put", "a", "e/a", "s3a://b/new/"], "put: `s3a://b/new/a': Is not a directory"),
    (
        &["-put", "-f", "e/a", "a", "s3a://b/other/"],
        "put: `s3a://b/other/a': File exists, and is a directory",
    ),
];

/// The messages for a tree with two names that are taken.
const PAIRS_OF_A_TREE: [&str; 2] = [
    "put: `s3a://b/nest/tree/x': File exists, and is a directory\n",
    "put: `s3a://b/nest/tree/sub/y': Parent path is not a directory: `s3a://b/nest/tree/sub'\n",
];

#[test]
fn refuses_a_put_that_makes_a_name_object_and_directory() {
    let (shell, server) = (Shell::new(), as_s3());
    for (name, content) in [("a", "1"), ("tree/x", "2"), ("tree/sub/y", "3"), ("e/a/z", "4")] {
        shell.write(name, content.as_bytes());
    }
    fs::create_dir_all(shell.path().join("hollow/sub")).unwrap();
    for path in ["/b/obj", "/b/nest/tree/x/below", "/b/nest/tree/sub", "/b/dir/a/z"] {
        server.hold(path, b"0");
    }
    server.hold("/b/h/hollow/sub", b"0");
    for force in [&[][..], &["-f"]] {
        for (words, message) in PAIRS {
            let words = [&["-put"], force, words].concat();
            check(&shell, &server, &words, (1, &format!("put: {message}")));
        }
        let output = run(&shell, &server, &[&["-put"], force, &["tree", "s3a://b/nest"]].concat());
        let message = stderr(&output);
        assert!(PAIRS_OF_A_TREE.iter().all(|line| message.contains(line)), "{message}");
    }
    for (words, message) in PAIRS_OF_OTHERS {
        check(&shell, &server, words, (1, message));
    }
    assert_eq!(server.count("PUT", ""), 0);
    for (words, message) in PAIRS_OF_TWO {
        check(&shell, &server, words, (1, message));
    }
    assert_eq!(server.count("PUT", ""), 2);
}

#[test]
fn refuses_manifest_lines_that_make_a_name_object_and_directory() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    let lines = |keys: &[&str]| {
        let line = |key: &&str| format!("{{\"source\": \"a\", \"key\": \"{key}\"}}\n");
        shell.write("lines", keys.iter().map(line).collect::<String>().as_bytes());
    };
    let put = |to: &str| {
        let words = ["-put", "-t", "1", "--manifest", "lines", "--manifest-format", "json", to];
        complaint(&run(&shell, &server, &words))
    };
    lines(&["x/y", "x"]);
    let message = "put: `s3a://b/one/x': File exists, and is a directory";
    assert_eq!(put("s3a://b/one/"), (1, message.to_owned()));
    lines(&["x", "x/y/z"]);
    let message = "put: `s3a://b/two/x/y/z': Parent path is not a directory: `s3a://b/two/x'";
    assert_eq!(put("s3a://b/two/"), (1, message.to_owned()));
    assert_eq!(put("s3a://b/two/x/"), (1, "put: `s3a://b/two/x/': Is not a directory".to_owned()));
}

/// A line that failed made no directory.
#[test]
fn accepts_the_next_line_after_a_failed_one() {
    let shell = Shell::new();
    let server = Server::start(|head, _| {
        if head.starts_with("PUT /b/x/y") {
            Response::Error(403, "AccessDenied")
        } else {
            Response::AsS3
        }
    });
    shell.write("a", b"1");
    let lines = "{\"source\": \"a\", \"key\": \"x/y\"}\n{\"source\": \"a\", \"key\": \"x\"}\n";
    shell.write("lines", lines.as_bytes());
    let words = ["-put", "-t", "1", "--manifest", "lines", "--manifest-format", "json", "s3a://b/"];
    let message = stderr(&run(&shell, &server, &words));
    assert!(message.contains("AccessDenied") && !message.contains("directory"), "{message}");
    assert_eq!(server.object("/b/x").as_deref(), Some(&b"1"[..]), "{message}");
}

/// A fresh tree costs no question for each file or directory of it.
#[test]
fn asks_for_a_new_tree_only_at_its_root() {
    let (shell, server) = (Shell::new(), as_s3());
    for directory in 0..4 {
        for file in 0..5 {
            shell.write(&format!("tree/{directory}/sub/{file}"), b"1");
        }
    }
    check(&shell, &server, &["-put", "-f", "tree", "s3a://b/new/place/"], (0, ""));
    assert_eq!(server.count("PUT", ""), 20);
    let asked = server.count("HEAD", "") + server.count("GET", "");
    assert!(asked <= 8, "{asked}");
}

#[test]
fn accepts_a_slash_behind_an_object_without_directory() {
    let (shell, server) = (Shell::new(), as_s3());
    server.hold("/b/obj", b"0");
    let output = run(&shell, &server, &["-cat", "-ignoreCrc", "s3a://b/obj/"]);
    assert_eq!(stdout(&output).len(), 1);
    check(&shell, &server, &["-test", "-f", "s3a://b/obj/"], (0, ""));
    check(&shell, &server, &["-test", "-d", "s3a://b/obj/"], (1, ""));
}

#[test]
fn accepts_file_uris_as_local_paths() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("d e/a", b"one");
    shell.write("m", b"one");
    let uri = |name: &str| format!("file://{}/{name}", shell.path().display());
    let (a, m, to) = (uri("d%20e/a"), uri("m"), uri("got"));
    check(&shell, &server, &["-put", &a, "s3a://b/x"], (0, ""));
    check(&shell, &server, &["-put", &uri("d%20e"), "s3a://b/t/"], (0, ""));
    check(&shell, &server, &["-moveFromLocal", &m.replace("//", ""), "s3a://b/m"], (0, ""));
    assert!(!shell.path().join("m").exists());
    shell.write("lines", a.as_bytes());
    check(&shell, &server, &["-put", "--manifest", &uri("lines"), "s3a://b/l/"], (0, ""));
    for path in ["/b/x", "/b/t/d%20e/a", "/b/m"] {
        assert!(server.object(path).is_some(), "{path}");
    }
    assert_eq!(server.count("PUT", "/b/l/"), 1);
    check(&shell, &server, &["-get", "-ignoreCrc", "s3a://b/x", &to], (0, ""));
    assert_eq!(fs::read(shell.path().join("got")).unwrap().len(), 3);
    let host =
        "`file://data/x': a file of another host: a local one has three slashes, as file:///dir/a";
    for words in [["-put", "file://data/x", "s3a://b/y"], ["-get", "s3a://b/x", "file://data/x"]] {
        check(&shell, &server, &words, (255, &format!("{}: {host}", words[0])));
    }
    let none = "put: `/none': No such file or directory";
    check(&shell, &server, &["-put", "file:///none", "s3a://b/y"], (1, none));
}

#[test]
fn accepts_a_file_name_that_is_not_utf_8() {
    use std::os::unix::ffi::OsStrExt as _;
    let (shell, server) = (Shell::new(), as_s3());
    server.hold("/b/x", b"one");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    let words = ["--endpoint", &server.endpoint, "-get", "-crc", "-ignoreCrc", "s3a://b/x"];
    let mut command = shell.command(&words);
    let output = command.arg(name).envs(KEYS).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(shell.path().join(name).exists());
    let crc = std::ffi::OsStr::from_bytes(b".caf\xe9.crc");
    assert!(shell.path().join(crc).exists());
}

#[test]
fn puts_dots_under_the_name_of_their_directory() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("outer/inner/a", b"1");
    let put = |source: &str, to: &str| {
        let words = ["--endpoint", &server.endpoint, "-put", source, to];
        let mut command = shell.command(&words);
        command.current_dir(shell.path().join("outer/inner")).envs(KEYS).output().unwrap()
    };
    assert_eq!(complaint(&put("..", "s3a://b/up/")), (0, String::new()));
    assert_eq!(complaint(&put(".", "s3a://b/here/")), (0, String::new()));
    assert!(server.object("/b/up/outer/inner/a").is_some());
    assert!(server.object("/b/here/inner/a").is_some());
}
