//! `-text`: what is decompressed, and what is reported.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use std::process::Output;

use program::{KEYS, Shell, stderr, stdout};
use scripted::{Response, Server};

/// `printf 'one\ntwo\n' | gzip -n`.
const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\xcf\x4b\xe5\x2a\x29\xcf\xe7\x02\0\
                      \xe6\x0b\xba\x12\x08\0\0\0";

/// Returns a shell whose sandbox holds these files in a folder.
fn holding(files: &[(&str, &[u8])]) -> Shell {
    let shell = Shell::new();
    for (name, content) in files {
        shell.write(&format!("d/{name}"), content);
    }
    assert!(shell.sandboxed(&["-put", "d", "s3a://demo/"]).status.success());
    shell
}

/// Returns the exit code, what is on stdout, and the complaints.
fn result_of(output: &Output) -> (i32, String, Vec<String>) {
    let complaints = stderr(output);
    let complaints = complaints.lines().filter(|line| line.starts_with("text: "));
    let complaints = complaints.map(str::to_owned).collect();
    (output.status.code().unwrap(), stdout(output), complaints)
}

#[test]
fn decompresses_objects_one_after_the_other() {
    let shell = holding(&[("a.gz", GZIP), ("plain", b"as it is\n")]);
    let words =
        ["-text", "-ignoreCrc", "s3a://demo/d/a.gz", "s3a://demo/d/plain", "s3a://demo/d/*.gz"];
    let expected = "one\ntwo\nas it is\none\ntwo\n".to_owned();
    assert_eq!(result_of(&shell.sandboxed(&words)), (0, expected, Vec::new()));
}

#[test]
fn names_unreadable_objects_and_writes_the_next() {
    let cut = GZIP.get(..22).unwrap();
    let shell = holding(&[("a.gz", GZIP), ("cut.gz", cut), ("a.avro", b"Obj\x01")]);
    let words = [
        "-text",
        "s3a://demo/d/cut.gz",
        "s3a://demo/d/a.avro",
        "s3a://demo/d",
        "s3a://demo/d/a.gz",
    ];
    let (code, text, complaints) = result_of(&shell.sandboxed(&words));
    assert_eq!((code, text.as_str()), (1, "one\ntwo\none\ntwo\n"));
    let avro = "text: `s3a://demo/d/a.avro': Avro files are not read: hadoop fs -text does, and \
                avro-tools tojson";
    let cut = "text: `s3a://demo/d/cut.gz': unexpected end of the data";
    assert_eq!(complaints, [cut, avro, "text: `s3a://demo/d': Is a directory"]);
}

/// The bytes behind gzip are ignored, but read: the MD5 is of all of them.
#[test]
fn reads_objects_to_their_end() {
    let shell = holding(&[("a", &[GZIP, &vec![b'x'; 1_000_000]].concat())]);
    let output = shell.sandboxed(&["-text", "s3a://demo/d/a"]);
    assert_eq!(result_of(&output), (0, "one\ntwo\n".to_owned(), Vec::new()));
}

#[test]
fn reports_a_broken_connection_and_not_its_effect() {
    let server = Server::start(|line, _| {
        if line.starts_with("GET /b/a.gz") { Response::Reset } else { Response::AsS3 }
    });
    server.hold("/b/a.gz", GZIP);
    let words = ["--endpoint", &server.endpoint, "-D", "fs.s3a.retry.limit=1", "-text"];
    let words = [&words[..], &["s3a://b/a.gz"]].concat();
    let output = Shell::new().command(&words).envs(KEYS).output().unwrap();
    let (code, _, complaints) = result_of(&output);
    assert_eq!(code, 1);
    let [complaint] = complaints.as_slice() else { panic!("{complaints:?}") };
    assert!(complaint.starts_with("text: `s3a://b/a.gz': "), "{complaint}");
    assert!(!complaint.contains("unexpected end of the data"), "{complaint}");
}
