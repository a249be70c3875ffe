//! The checksums that Hadoop's local file system keeps beside a file: `.name.crc`.
//!
//! Source: `ChecksumFileSystem` and `DataChecksum` of Hadoop 3.3: `crc` and a zero, then the length
//! of a piece as four bytes, then the CRC-32 of each piece.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISO_HDLC, Crc};

/// `file.bytes-per-checksum`.
const PIECE: u32 = 512;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Where they are kept.
pub(super) fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.crc"))
}

/// Those of a file.
pub(super) fn of(file: &Path) -> io::Result<Vec<u8>> {
    let mut file = io::BufReader::with_capacity(1 << 18, File::open(file)?);
    let mut checksums = Vec::from(*b"crc\0");
    checksums.extend(PIECE.to_be_bytes());
    loop {
        let mut piece = Vec::new();
        if file.by_ref().take(u64::from(PIECE)).read_to_end(&mut piece)? == 0 {
            return Ok(checksums);
        }
        checksums.extend(CRC.checksum(&piece).to_be_bytes());
    }
}

/// Whether there are checksums, and of something else than this file. What does not begin as they do
/// is somebody's own file.
pub(super) fn differ(checksums: &Path, file: &Path) -> io::Result<bool> {
    let there = match std::fs::read(checksums) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        there => there?,
    };
    Ok(there.starts_with(b"crc\0") && there != of(file)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `hadoop fs -get -crc` (3.3.4) leaves beside a file of `one` and a line feed.
    #[test]
    fn as_hadoop_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"one\n").unwrap();
        assert_eq!(of(&path).unwrap(), b"crc\0\0\0\x02\0\xf8\x17\xa8\x9f");
        assert_eq!(beside(&path), folder.path().join(".a.crc"));
    }
}
