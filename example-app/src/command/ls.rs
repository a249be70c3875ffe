//! `rolefs -ls [-R] <path> ...`: what lies in a directory, in Hadoop's columns.

use std::collections::BTreeMap;
use std::io::Write as _;

use rolesig::Timestamp;

use super::{Complaints, Ending, NO_SUCH_FILE};
use crate::date::readable;
use crate::s3::answer::Object;
use crate::s3::path::S3Path;
use crate::s3::{Kind, S3, S3Failure};

/// Lists paths; with `recursive` also what lies below the directories in them.
pub async fn ls(s3: &S3, paths: &[String], recursive: bool) -> Ending {
    let complaints = Complaints::of("ls");
    for text in paths {
        match S3Path::parse(text) {
            Err(error) => complaints.say(error),
            Ok(path) => match list(s3, &path, recursive).await {
                Ok(Some(lines)) => {
                    if let Err(error) = print(&lines) {
                        complaints.say(error);
                    }
                }
                Ok(None) => complaints.about(text, NO_SUCH_FILE),
                Err(error) => complaints.about(text, error),
            },
        }
    }
    complaints.ending()
}

/// What is to be printed for one path; `None` if there is nothing.
async fn list(s3: &S3, path: &S3Path, recursive: bool) -> Result<Option<Vec<String>>, S3Failure> {
    if !path.is_written_as_directory() && s3.exists(path).await? {
        // Of all keys that begin with it, the key itself comes first.
        let page = s3.list_page(path, path.key(), "", 1, None).await?;
        let object = page.objects.into_iter().find(|object| object.key == path.key());
        return Ok(object.map(|object| lines(path, &BTreeMap::from([entry(object)]))));
    }
    let prefix = path.directory_prefix();
    let found = entries(s3, path, &prefix, recursive).await?;
    if found.is_empty() && s3.kind(path).await? == Kind::Absent {
        return Ok(None);
    }
    let mut lines = lines(path, &found);
    if !recursive && !lines.is_empty() {
        lines.insert(0, format!("Found {} items", found.len()));
    }
    Ok(Some(lines))
}

/// What a line tells of an object; a directory has neither size nor date.
struct Entry {
    size: u64,
    modified: Option<Timestamp>,
}

/// A key without the slash that makes it a directory, and whether it is one: an object and a
/// directory may have one name.
type Name = (String, bool);

const DIRECTORY: Entry = Entry { size: 0, modified: None };

fn directory(key: &str) -> Name {
    (key.strip_suffix('/').unwrap_or(key).to_owned(), true)
}

fn entry(object: Object) -> (Name, Entry) {
    let modified = object.last_modified.parse().ok();
    let is_directory = object.key.ends_with('/');
    let name = if is_directory { directory(&object.key) } else { (object.key, false) };
    (name, Entry { size: object.size, modified })
}

/// By key, in order. The marker of the directory itself is left out.
async fn entries(
    s3: &S3,
    path: &S3Path,
    prefix: &str,
    recursive: bool,
) -> Result<BTreeMap<Name, Entry>, S3Failure> {
    let delimiter = if recursive { "" } else { "/" };
    let mut entries = BTreeMap::new();
    let mut token: Option<String> = None;
    loop {
        let page = s3.list_page(path, prefix, delimiter, 1000, token.as_deref()).await?;
        for object in page.objects {
            if recursive {
                for parent in parents(&object.key, prefix) {
                    entries.entry(directory(parent)).or_insert(DIRECTORY);
                }
            }
            if object.key == prefix && prefix.ends_with('/') {
                continue;
            }
            entries.extend([entry(object)]);
        }
        for below in page.prefixes {
            entries.entry(directory(&below)).or_insert(DIRECTORY);
        }
        token = page.continuation_token;
        if token.is_none() {
            return Ok(entries);
        }
    }
}

/// The directories between a prefix and a key below it.
fn parents<'k>(key: &'k str, prefix: &str) -> impl Iterator<Item = &'k str> {
    let from = prefix.len();
    key.match_indices('/').map(|(end, _)| end).filter(move |end| *end > from).filter_map(|end| {
        let parent = key.get(..end)?;
        (!parent.ends_with('/')).then_some(parent)
    })
}

/// Permissions, replication, owner, group, size, date (to the minute) and path: S3 knows three of
/// them, and Hadoop's S3A fills in the others just so.
fn lines(path: &S3Path, entries: &BTreeMap<Name, Entry>) -> Vec<String> {
    let user = std::env::var("USER").unwrap_or_else(|_| "user".to_owned());
    let width = entries.values().map(|entry| entry.size.to_string().len()).max().unwrap_or(0);
    let width = width.max(10);
    entries
        .iter()
        .map(|((key, is_directory), entry)| {
            let (permissions, replication) =
                if *is_directory { ("drwxrwxrwx", "-") } else { ("-rw-rw-rw-", "1") };
            let (size, date) = (entry.size, readable(entry.modified.unwrap_or(Timestamp::EPOCH)));
            // As Hadoop's -q: a terminal obeys some characters.
            let path = path.with_key(key.replace(char::is_control, "?"));
            format!("{permissions} {replication:>3} {user} {user} {size:>width$} {date:.16} {path}")
        })
        .collect()
}

fn print(lines: &[String]) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    for line in lines {
        writeln!(stdout, "{line}")?;
    }
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_hadoops() {
        let path = S3Path::parse("s3a://b/d").unwrap();
        let entry = Entry { size: 5, modified: Some(1_440_938_160.into()) };
        let lines = lines(&path, &BTreeMap::from([(("d/a b".to_owned(), false), entry)]));
        let user = std::env::var("USER").unwrap_or_else(|_| "user".to_owned());
        assert_eq!(
            lines,
            [format!("-rw-rw-rw-   1 {user} {user}          5 2015-08-30 12:36 s3a://b/d/a b")]
        );
    }

    #[test]
    fn parents_lie_between() {
        assert_eq!(parents("d/a/b/c", "d/").collect::<Vec<_>>(), ["d/a", "d/a/b"]);
        assert_eq!(parents("d/a//b", "d/").collect::<Vec<_>>(), ["d/a"]);
        assert_eq!(parents("a/", "").collect::<Vec<_>>(), ["a"]);
        assert!(parents("d/c", "d/").next().is_none());
    }
}
