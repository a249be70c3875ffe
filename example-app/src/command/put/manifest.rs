//! A manifest: sources, and what they are called below the destination.
//!
//! It may be endless, and come as slowly as it likes: it is read one line after the other, by a
//! separate thread that is never more than a few ahead.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Component, Path, PathBuf};

use clap::ValueEnum;
use futures_util::stream::{self, Stream};
use rolesig_std::config::without_byte_order_mark;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::tree::not_utf_8;
use crate::s3::address::path::Keys;
use crate::system::local_path::local_path;
use crate::system::standard_streams::open_stdin;

/// The longest line, in bytes. Systems have paths of up to 4 KiB.
const LONGEST: u64 = 64 * 1024;
/// The number of lines that are read ahead.
const AHEAD: usize = 64;

/// The format of a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ManifestFormat {
    /// A path a line.
    #[default]
    Lines,
    /// A path, and a byte of zero.
    Nul,
    /// A JSON object a line.
    Json,
}

/// The source and the name that a line gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: PathBuf,
    /// Below the destination, with slashes.
    pub(super) name: String,
}

/// The mistake in a line.
pub(super) type LineError = String;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonLine {
    source: PathBuf,
    key: Option<String>,
}

/// The lines of a manifest that is open.
struct Lines<R> {
    reader: R,
    format: ManifestFormat,
    keys: Keys,
    number: u64,
    is_over: bool,
}

/// Reads the lines of a manifest; stdin is written `-`.
pub(super) fn lines(
    path: &Path,
    format: ManifestFormat,
    keys: Keys,
) -> io::Result<impl Stream<Item = Result<Named, LineError>> + use<>> {
    let reader: Box<dyn BufRead + Send> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(open_stdin("put")?))
    } else {
        Box::new(BufReader::new(File::open(path)?))
    };
    let (sender, receiver) = mpsc::channel(AHEAD);
    // Nobody waits for it: the writer of stdin may never end.
    spawn_blocking(move || {
        for line in (Lines { reader, format, keys, number: 0, is_over: false }) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    Ok(stream::unfold(
        receiver,
        |mut receiver| async move { Some((receiver.recv().await?, receiver)) },
    ))
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Named, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        self.number += 1;
        let line = self.read().transpose()?;
        let named = line.and_then(|line| self.named(line));
        let what = if self.format == ManifestFormat::Nul { "path" } else { "line" };
        Some(named.map_err(|reason| format!("{what} {}: {reason}", self.number)))
    }
}

impl<R: BufRead> Lines<R> {
    /// Reads an entry without the byte that ends it; `None` at the end. Nothing follows an error.
    fn read(&mut self) -> Result<Option<Vec<u8>>, String> {
        let end = if self.format == ManifestFormat::Nul { 0 } else { b'\n' };
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(LONGEST).read_until(end, &mut line);
        let read = read.inspect_err(|_| self.is_over = true).map_err(|error| error.to_string())?;
        if line.pop_if(|last| *last == end).is_none() {
            self.is_over = true;
            if u64::try_from(read) == Ok(LONGEST) {
                return Err(
                    "is longer than 64 KiB: what follows is not read. Is it such a manifest?"
                        .into(),
                );
            }
        }
        Ok((read > 0).then_some(line))
    }
}

impl<R> Lines<R> {
    fn named(&mut self, line: Vec<u8>) -> Result<Named, String> {
        let line = self.unmarked(line)?;
        if line.is_empty() {
            return Err("is empty".to_owned());
        }
        match self.format {
            ManifestFormat::Json => of_json(&line, self.keys),
            ManifestFormat::Lines | ManifestFormat::Nul => {
                let path = path_of(line)?;
                Ok(Named { name: name_of(&path)?, path })
            }
        }
    }

    /// Takes off a byte order mark, and the first half of CR LF where lines end. No path has a byte
    /// of zero, which ASCII has in UTF-16.
    fn unmarked(&mut self, mut line: Vec<u8>) -> Result<Vec<u8>, String> {
        if self.number == 1 && (line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff")) {
            self.is_over = true;
            return Err("is UTF-16: what follows is not read. Write the manifest in UTF-8".into());
        }
        if self.number == 1 {
            line.drain(..line.len().saturating_sub(without_byte_order_mark(&line).len()));
        }
        if self.format == ManifestFormat::Nul {
            return Ok(line);
        }
        if line.contains(&0) {
            self.is_over = true;
            return Err(
                "has a byte of zero: what follows is not read. Write the manifest in UTF-8 (is it \
                 UTF-16?), or say --manifest-format nul if such bytes end its paths"
                    .into(),
            );
        }
        line.pop_if(|last| *last == b'\r');
        Ok(line)
    }
}

fn of_json(line: &[u8], keys: Keys) -> Result<Named, String> {
    let JsonLine { source, key } = serde_json::from_slice(line).map_err(|error| {
        // Of the line that is the only one there.
        let error = error.to_string().replace(" at line 1 column ", " at column ");
        format!("{error}; write {{\"source\": \"path\", \"key\": \"name\"}}")
    })?;
    if source.as_os_str().is_empty() {
        return Err("the source is empty".to_owned());
    }
    let path = local_path(source.as_os_str()).map_err(|error| error.to_string())?;
    let is_folded = |key: &str| key.split('/').any(|name| matches!(name, "" | "." | ".."));
    let name = match key {
        Some(key) if key.is_empty() || key.ends_with('/') => {
            return Err(
                "the key is empty, or ends with a slash as those of directories do".to_owned()
            );
        }
        Some(key) if keys == Keys::Folded && is_folded(&key) => {
            return Err(
                "the key has an empty name, . or .. in it: --exact-keys takes it as it stands"
                    .into(),
            );
        }
        Some(key) => key,
        None => name_of(&path)?,
    };
    Ok(Named { path, name })
}

#[cfg(unix)]
fn path_of(line: Vec<u8>) -> Result<PathBuf, String> {
    use std::os::unix::ffi::OsStringExt as _;
    local_path(&std::ffi::OsString::from_vec(line)).map_err(|error| error.to_string())
}

#[cfg(not(unix))]
fn path_of(line: Vec<u8>) -> Result<PathBuf, String> {
    let line = String::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?;
    local_path(line.as_ref()).map_err(|error| error.to_string())
}

/// Returns the name of a path, as tar and rsync do: the path as it is written, without what makes
/// it absolute. `..` would lead out of the destination.
fn name_of(path: &Path) -> Result<String, String> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name.to_str().ok_or_else(|| not_utf_8(path))?),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => {
                let what = "cannot lie below the destination: name its key in a manifest of JSON";
                return Err(format!("{} {what}", path.display()));
            }
        }
    }
    Ok(names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(content: &[u8], format: ManifestFormat) -> Vec<Result<(String, String), String>> {
        let keys = Keys::Folded;
        let lines = Lines { reader: content, format, keys, number: 0, is_over: false };
        let pair = |named: Named| (named.path.to_str().unwrap().to_owned(), named.name);
        lines.map(|line| line.map(pair)).collect()
    }

    #[allow(clippy::unnecessary_wraps, reason = "it is compared with what may fail")]
    fn pair(path: &str, name: &str) -> Result<(String, String), String> {
        Ok((path.to_owned(), name.to_owned()))
    }

    #[test]
    fn a_path_a_line() {
        let found = all(b"a\n./b//c\n/d/e\n \n\nf/../g\nlast", ManifestFormat::Lines);
        assert_eq!(
            found[..4],
            [pair("a", "a"), pair("./b//c", "b/c"), pair("/d/e", "d/e"), pair(" ", " "),]
        );
        assert_eq!(found[4], Err("line 5: is empty".to_owned()));
        let what = "cannot lie below the destination: name its key in a manifest of JSON";
        assert_eq!(found[5], Err(format!("line 6: f/../g {what}")));
        assert_eq!(found[6..], [pair("last", "last")]);
        assert_eq!(all(b"", ManifestFormat::Lines), []);
    }

    #[test]
    fn manifests_may_come_from_windows() {
        let found = all(b"\xef\xbb\xbfa\r\nb c\r\n\r\nlast\r", ManifestFormat::Lines);
        assert_eq!(found[..2], [pair("a", "a"), pair("b c", "b c")]);
        assert_eq!(found[2], Err("line 3: is empty".to_owned()));
        assert_eq!(found[3..], [pair("last", "last")]);
        let found = all(b"\xef\xbb\xbf{\"source\": \"a\"}\r\n", ManifestFormat::Json);
        assert_eq!(found, [pair("a", "a")]);
        assert_eq!(all(b"\xef\xbb\xbf", ManifestFormat::Lines), [Err("line 1: is empty".into())]);
        for utf_16 in [&b"\xff\xfea\0\n\0b\0"[..], b"\xfe\xff\0a\0\n"] {
            let found = all(utf_16, ManifestFormat::Lines);
            assert_eq!(found.len(), 1);
            assert!(found[0].as_ref().unwrap_err().starts_with("line 1: is UTF-16"), "{found:?}");
        }
        let found = all(b"\xef\xbb\xbfa\r\0./\xef\xbb\xbfb\0", ManifestFormat::Nul);
        assert_eq!(found, [pair("a\r", "a\r"), pair("./\u{feff}b", "\u{feff}b")]);
        let utf_16 =
            [&b"a\0\r\0\n\0b\0\r\0\n\0"[..], b"\0a\0\n\0b\0\n", b"{\0\"\0", b"a\0b\0", b"\0a"];
        for utf_16 in utf_16 {
            let found = all(utf_16, ManifestFormat::Lines);
            assert_eq!((found.len(), &found), (1, &all(utf_16, ManifestFormat::Json)));
            let told = found[0].as_ref().unwrap_err();
            assert!(told.starts_with("line 1: has a byte of zero: what follows"), "{told}");
        }
        let found = all(b"\xff\xfea\0\n\0", ManifestFormat::Nul);
        assert!(found[0].as_ref().unwrap_err().starts_with("path 1: is UTF-16"), "{found:?}");
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn sources_may_be_file_uris() {
        let found = all(b"file:///d/a%20b\nfile://d/a\n", ManifestFormat::Lines);
        assert_eq!(found[0], pair("/d/a b", "d/a b"));
        assert!(found[1].as_ref().unwrap_err().starts_with("line 2: `file://d/a': "), "{found:?}");
        let found = all(br#"{"source": "file:/d/a", "key": "k"}"#, ManifestFormat::Json);
        assert_eq!(found, [pair("/d/a", "k")]);
    }

    #[test]
    fn names_may_have_what_ends_lines() {
        let found = all(b"a\nb\0\0c", ManifestFormat::Nul);
        assert_eq!(found, [pair("a\nb", "a\nb"), Err("path 2: is empty".into()), pair("c", "c")]);
    }

    #[test]
    fn a_json_object_a_line() {
        let lines = br#"{"source": "/a/b"}
{"source": "../c", "key": "d e/f\n"}
{"source": "c", "key": ""}
{"source": "c", "key": "d/"}
{"key": "d"}
{"source": "c", "destination": "d"}
[
{"source": ""}
{"source": "c", "key": "d/../e"}
{"source": "c", "key": "/d"}
"#;
        let found = all(lines, ManifestFormat::Json);
        assert_eq!(found[..2], [pair("/a/b", "a/b"), pair("../c", "d e/f\n")]);
        for (index, begins) in [
            (2, "line 3: the key is empty"),
            (3, "line 4: the key is empty"),
            (4, "line 5: missing field `source` at column 12; write"),
            (
                5,
                "line 6: unknown field `destination`, expected `source` or `key` at column 29; write",
            ),
            (6, "line 7: EOF while parsing a list at column 1; write"),
            (7, "line 8: the source is empty"),
            (8, "line 9: the key has an empty name, . or .. in it: --exact-keys"),
            (9, "line 10: the key has an empty name"),
        ] {
            let told = found[index].as_ref().unwrap_err();
            assert!(told.starts_with(begins), "{told}");
        }
        assert_eq!(found.len(), 10);
    }

    #[test]
    fn stops_reading_input_without_lines() {
        let found = all(&vec![b'a'; 200_000], ManifestFormat::Lines);
        assert_eq!(found.len(), 1);
        assert!(found[0].as_ref().unwrap_err().starts_with("line 1: is longer than 64 KiB"));
        let longest = [vec![b'a'; 65_535], b"\nb".to_vec()].concat();
        assert_eq!(all(&longest, ManifestFormat::Lines)[1], pair("b", "b"));
    }

    #[cfg(unix)]
    #[test]
    fn paths_are_bytes_and_keys_are_utf_8() {
        let found = all(b"caf\xe9\n", ManifestFormat::Lines);
        let told = "line 1: its name is not UTF-8, as keys must be: caf\\xe9";
        assert_eq!(found, [Err(told.to_owned())]);
    }
}
