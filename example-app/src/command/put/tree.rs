//! The files below a directory.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::filter::Filter;

/// What is to be stored of a directory.
pub(super) enum Entry {
    File {
        path: PathBuf,
        /// Below the directory, with slashes.
        name: String,
    },
    EmptyDirectory {
        path: PathBuf,
        name: String,
    },
}

/// In the order of names. With `follow_links` symbolic links are followed, as Hadoop does; one that
/// leads back to where it came from is an error, as are names that are not UTF-8. Without, one that
/// leads to a directory is an entry like a file.
pub(super) fn walk<'w>(
    root: &'w Path,
    follow_links: bool,
    filter: &'w Filter,
) -> impl Iterator<Item = Result<Entry, (PathBuf, String)>> + 'w {
    let walk = WalkDir::new(root).follow_links(follow_links).sort_by_file_name();
    let admits = |entry: &DirEntry| {
        // A name that is not UTF-8 is complained about below.
        entry.depth() == 0 || name(root, entry).is_none_or(|name| filter.admits(&name))
    };
    walk.into_iter().filter_entry(admits).filter_map(|entry| match entry {
        Err(error) => {
            let path = error.path().unwrap_or(root).to_owned();
            Some(Err((path, reason(&error))))
        }
        Ok(entry) => entry_below(root, &entry, filter).transpose(),
    })
}

/// Below the directory, with slashes.
fn name(root: &Path, entry: &DirEntry) -> Option<String> {
    let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
    Some(below.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"))
}

fn reason(error: &walkdir::Error) -> String {
    error
        .io_error()
        .map_or_else(|| "a symbolic link leads back to itself".to_owned(), ToString::to_string)
}

fn entry_below(
    root: &Path,
    entry: &DirEntry,
    filter: &Filter,
) -> Result<Option<Entry>, (PathBuf, String)> {
    let path = entry.path();
    let failed = |reason: &str| (path.to_owned(), reason.to_owned());
    let name = name(root, entry).ok_or_else(|| failed("its name is not UTF-8, as keys must be"))?;
    if !filter.wants(&name) {
        return Ok(None);
    }
    if !entry.file_type().is_dir() {
        return Ok(Some(Entry::File { path: path.to_owned(), name }));
    }
    let mut inside = path.read_dir().map_err(|error| failed(&error.to_string()))?;
    let is_empty = inside.next().is_none();
    Ok(is_empty.then(|| Entry::EmptyDirectory { path: path.to_owned(), name }))
}
