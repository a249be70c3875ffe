//! Small files with secrets in them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

/// The most bytes of a file. Tokens and documents have a few thousand.
pub(crate) const LIMIT: usize = 64 * 1024;

/// Reads all of a file, which is wiped when it is dropped. Blocks.
pub(crate) fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    read_open(open(path)?)
}

/// Opens a file, and does not wait for a pipe, which could take for ever.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    let file = options.read(true).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "a directory or a pipe, not a file"))
}

pub(crate) fn read_open(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    // Some are said to be empty and are not; longer ones do not grow while they are read.
    let said = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let limit = said.clamp(4096, LIMIT);
    // With room to notice the end: a buffer that grew would leave copies behind that are not wiped.
    let mut text = Zeroizing::new(Vec::with_capacity(limit + 1024));
    file.take(u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut text)?;
    if text.len() <= limit {
        Ok(text)
    } else {
        let longer = format!("longer than {limit} bytes");
        Err(io::Error::new(io::ErrorKind::InvalidData, longer))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn wipes_the_text_on_drop() {
        fn assert_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "secret").unwrap();
        assert_wiped(&read(&path).unwrap());
    }

    #[test]
    fn rejects_all_but_small_files() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for (length, is_read) in [(0, true), (LIMIT, true), (LIMIT + 1, false)] {
            fs::write(&path, "x".repeat(length)).unwrap();
            assert_eq!(read(&path).is_ok_and(|text| text.len() == length), is_read, "{length}");
        }
        let kind = |path: &Path| read(path).unwrap_err().kind();
        assert_eq!(kind(directory.path()), io::ErrorKind::InvalidInput);
        assert_eq!(kind(&directory.path().join("none")), io::ErrorKind::NotFound);
        #[cfg(unix)]
        {
            let pipe = directory.path().join("pipe");
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            assert_eq!(kind(&pipe), io::ErrorKind::InvalidInput, "it does not wait for a writer");
        }
    }
}
