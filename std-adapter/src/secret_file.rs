//! Small files with secrets in them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

/// Bytes. Tokens and documents have a few thousand.
pub(crate) const LIMIT: usize = 64 * 1024;

/// All of a file, which is wiped when it is dropped. To be called where it may block.
pub(crate) fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    read_open(open(path)?)
}

/// To open a pipe could take for ever, so that is not tried.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
}

pub(crate) fn read_open(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    // All there may be and some room to notice the end: one that grew would leave copies behind that
    // are not wiped.
    let mut text = Zeroizing::new(Vec::with_capacity(LIMIT + 1024));
    let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
    file.take(limit.saturating_add(1)).read_to_end(&mut text)?;
    if text.len() <= LIMIT {
        Ok(text)
    } else {
        let longer = format!("longer than {LIMIT} bytes");
        Err(io::Error::new(io::ErrorKind::InvalidData, longer))
    }
}
