//! Reading a bundle of certificates.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The most bytes of a bundle. Those of systems have about 200 KiB.
const BUNDLE_LIMIT: u64 = 16 * 1024 * 1024;

/// Reads a bundle of at most [`BUNDLE_LIMIT`] bytes: a device could be endless.
pub(super) fn read_bundle(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(BUNDLE_LIMIT + 1).read_to_end(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|len| len <= BUNDLE_LIMIT) {
        return Ok(text);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "longer than 16 MiB, so no certificates"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_bundle_without_an_end_is_refused() {
        let error = read_bundle(Path::new("/dev/zero")).unwrap_err();
        assert!(error.to_string().contains("16 MiB"), "{error}");
    }
}
