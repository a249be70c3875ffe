//! The checksums that Hadoop's local file system keeps beside a file: `.name.crc`.
//!
//! Source: `ChecksumFileSystem` and `DataChecksum` of Hadoop 3.3: `crc` and a zero, then the length
//! of a piece as four bytes, then the CRC-32 of each piece.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISO_HDLC, Crc};

/// `file.bytes-per-checksum`.
const PIECE: u32 = 512;
/// The version.
const BEGIN: &[u8] = b"crc\0";
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Returns the file that keeps the checksums.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".crc");
    file.with_file_name(name)
}

/// Writes those of a file, piece by piece.
pub(super) fn write(file: &Path, to: &mut impl Write) -> io::Result<()> {
    let mut file = BufReader::with_capacity(1 << 18, File::open(file)?);
    to.write_all(BEGIN)?;
    to.write_all(&PIECE.to_be_bytes())?;
    let mut piece = Vec::new();
    loop {
        piece.clear();
        if file.by_ref().take(u64::from(PIECE)).read_to_end(&mut piece)? == 0 {
            return to.flush();
        }
        to.write_all(&CRC.checksum(&piece).to_be_bytes())?;
    }
}

/// Returns whether there are checksums that differ from those of this file's content. A file that
/// does not begin as checksums do belongs to somebody else.
pub(super) fn differ(checksums: &Path, file: &Path) -> io::Result<bool> {
    let mut there = match File::open(checksums) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        there => BufReader::new(there?),
    };
    let mut begin = Vec::new();
    there.by_ref().take(4).read_to_end(&mut begin)?;
    if begin != BEGIN {
        return Ok(false);
    }
    there.rewind()?;
    let mut comparison = ComparingWriter { there, is_same: true };
    write(file, &mut comparison)?;
    let ComparingWriter { mut there, is_same } = comparison;
    Ok(!is_same || !there.fill_buf()?.is_empty())
}

/// Compares a reader's bytes with those that are written to it.
struct ComparingWriter {
    there: BufReader<File>,
    is_same: bool,
}

impl Write for ComparingWriter {
    fn write(&mut self, expected: &[u8]) -> io::Result<usize> {
        if self.is_same {
            let mut there = vec![0; expected.len()];
            self.is_same = self.there.read_exact(&mut there).is_ok() && there == expected;
        }
        Ok(expected.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with what `hadoop fs -get -crc` (3.3.4) leaves beside a file of `one` and a line
    /// feed.
    #[test]
    fn writes_checksums_as_hadoop_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"one\n").unwrap();
        let mut checksums = Vec::new();
        write(&path, &mut checksums).unwrap();
        assert_eq!(checksums, b"crc\0\0\0\x02\0\xf8\x17\xa8\x9f");
        assert_eq!(beside(&path), folder.path().join(".a.crc"));
    }
    #[test]
    fn distinguishes_any_difference() {
        let folder = tempfile::tempdir().unwrap();
        let (path, checksums) = (folder.path().join("a"), folder.path().join(".a.crc"));
        std::fs::write(&path, vec![7; 1500]).unwrap();
        assert!(!differ(&checksums, &path).unwrap(), "there are none");
        let mut right = Vec::new();
        write(&path, &mut right).unwrap();
        assert_eq!(right.len(), 8 + 3 * 4);
        let mut other = right.clone();
        other[19] ^= 1;
        for (there, expected) in [
            (right.as_slice(), false),
            (&other, true),
            (&right[..16], true),
            (&[right.as_slice(), b"x"].concat(), true),
            (b"mine", false),
            (b"cr", false),
        ] {
            std::fs::write(&checksums, there).unwrap();
            assert_eq!(differ(&checksums, &path).unwrap(), expected, "{there:?}");
        }
    }
}
