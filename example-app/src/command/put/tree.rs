//! The files below a directory.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

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
pub(super) fn walk(
    root: &Path,
    follow_links: bool,
) -> impl Iterator<Item = Result<Entry, (PathBuf, String)>> {
    let walk = WalkDir::new(root).follow_links(follow_links).sort_by_file_name();
    let root = root.to_owned();
    walk.into_iter().filter_map(move |entry| match entry {
        Err(error) => {
            let path = error.path().unwrap_or(&root).to_owned();
            Some(Err((path, reason(&error))))
        }
        Ok(entry) => entry_below(&root, &entry).transpose(),
    })
}

fn reason(error: &walkdir::Error) -> String {
    error
        .io_error()
        .map_or_else(|| "a symbolic link leads back to itself".to_owned(), ToString::to_string)
}

fn entry_below(root: &Path, entry: &DirEntry) -> Result<Option<Entry>, (PathBuf, String)> {
    let path = entry.path();
    let failed = |reason: &str| (path.to_owned(), reason.to_owned());
    let below = path.strip_prefix(root).unwrap_or(path);
    let name = below.to_str().ok_or_else(|| failed("its name is not UTF-8, as keys must be"))?;
    let name = name.replace(std::path::MAIN_SEPARATOR, "/");
    if !entry.file_type().is_dir() {
        return Ok(Some(Entry::File { path: path.to_owned(), name }));
    }
    let mut inside = path.read_dir().map_err(|error| failed(&error.to_string()))?;
    let is_empty = inside.next().is_none();
    Ok(is_empty.then(|| Entry::EmptyDirectory { path: path.to_owned(), name }))
}
