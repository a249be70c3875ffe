//! A manifest: sources, and their names below the destination.
//!
//! It may be endless and arrive slowly: it is read one line after the other, by a
//! separate thread that is never more than a few ahead.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Component, Path, PathBuf};

use clap::ValueEnum;
use futures_util::stream::{self, Stream};
use rolesig_std::config::without_byte_order_mark;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::tree::not_utf_8;
use crate::s3::address::path::KeySyntax;
use crate::system::excerpt::printable;
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
pub struct ManifestEntry {
    /// The path of the source.
    pub path: PathBuf,
    /// Below the destination, with slashes.
    pub name: String,
}

/// The mistake in a line.
pub type LineError = String;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestLine {
    source: PathBuf,
    key: Option<String>,
}

/// The lines of a manifest that is open.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    format: ManifestFormat,
    keys: KeySyntax,
    number: u64,
    is_over: bool,
}

/// Reads the lines of a manifest; stdin is written `-`.
pub(super) fn lines(
    path: &Path,
    format: ManifestFormat,
    keys: KeySyntax,
) -> io::Result<impl Stream<Item = Result<ManifestEntry, LineError>> + use<>> {
    let reader: Box<dyn BufRead + Send> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(open_stdin("put")?))
    } else {
        Box::new(BufReader::new(File::open(path)?))
    };
    let (sender, receiver) = mpsc::channel(AHEAD);
    // Nobody waits for it: the writer of stdin may never end.
    spawn_blocking(move || {
        for line in Lines::new(reader, format, keys) {
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

impl<R: BufRead> Lines<R> {
    /// Begins to read a manifest.
    pub const fn new(reader: R, format: ManifestFormat, keys: KeySyntax) -> Self {
        Self { reader, format, keys, number: 0, is_over: false }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<ManifestEntry, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over {
            self.number += 1;
            let line = self.read().transpose()?;
            let named = line.and_then(|line| self.named(line));
            let what = if self.format == ManifestFormat::Nul { "path" } else { "line" };
            // A name in it may be of any characters.
            let named =
                named.map_err(|reason| format!("{what} {}: {}", self.number, printable(&reason)));
            if let Some(named) = named.transpose() {
                return Some(named);
            }
        }
        None
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
        // A byte order mark alone is an empty manifest.
        let is_mark = self.number == 1 && self.is_over && without_byte_order_mark(&line).is_empty();
        Ok((read > 0 && !is_mark).then_some(line))
    }
}

impl<R> Lines<R> {
    /// Returns the source that a line names; `None` for a line of a report without one.
    fn named(&mut self, line: Vec<u8>) -> Result<Option<ManifestEntry>, String> {
        let line = self.unmarked(line)?;
        if line.is_empty() {
            return Err("is empty".to_owned());
        }
        match self.format {
            ManifestFormat::Json if line.trim_ascii_start().starts_with(b"[") => {
                self.is_over = true;
                Err("is a JSON array: what follows is not read. Write an object a line, without \
                     brackets and commas around them (jq -c '.[]')"
                    .into())
            }
            ManifestFormat::Json => of_json(&line, self.keys),
            ManifestFormat::Lines | ManifestFormat::Nul => {
                let path = path_of(line)?;
                Ok(Some(ManifestEntry { name: name_below_destination(&path)?, path }))
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

fn of_json(line: &[u8], keys: KeySyntax) -> Result<Option<ManifestEntry>, String> {
    let read = serde_json::from_slice(line).map(Some).or_else(|error| {
        // The position within the line, which is the whole document.
        let error = error.to_string().replace(" at line 1 column ", " at column ");
        let error = format!("{error}; write {{\"source\": \"path\", \"key\": \"name\"}}");
        of_report(line).unwrap_or(Err(error))
    })?;
    let Some(ManifestLine { source, key }) = read else { return Ok(None) };
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
        Some(key) if keys == KeySyntax::Folded && is_folded(&key) => {
            return Err(
                "the key has an empty name, . or .. in it: --exact-keys takes it unchanged".into(),
            );
        }
        Some(key) => key,
        None => name_below_destination(&path)?,
    };
    Ok(Some(ManifestEntry { path, name }))
}

/// Reads a line of a file that `--report` wrote, and ignores its other fields; `None` if it is not
/// such a line. The entry is `None` for a summary, and for an object that was deleted.
fn of_report(line: &[u8]) -> Option<Result<Option<ManifestLine>, String>> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let text = |name| line.get(name).and_then(Value::as_str);
    let state = text("state");
    let is_summary =
        line.as_object()?.len() == 1 && line.get("summary").is_some_and(Value::is_object);
    if is_summary || state? == "deleted" {
        return Some(Ok(None));
    }
    let what = "is from a report, and names no source to put";
    let key = text("key").map(str::to_owned);
    let source = text("source").map(|source| Some(ManifestLine { source: source.into(), key }));
    Some(source.ok_or_else(|| what.to_owned()))
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
fn name_below_destination(path: &Path) -> Result<String, String> {
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
mod tests;
