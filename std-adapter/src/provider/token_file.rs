//! Files with a token, which are rotated.

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use crate::clock::thread::unblocked;
use crate::read::secret_file;

/// Reads the text of a token file, which is wiped when it is dropped.
pub(super) async fn read_token(path: &Path) -> io::Result<Zeroizing<String>> {
    let path = path.to_owned();
    let mut token = unblocked(move || secret_file::read(&path)).await?;
    // Text files from Windows begin with a byte order mark, and no token does.
    if token.starts_with(b"\xef\xbb\xbf") {
        token.drain(..3);
    }
    String::from_utf8(core::mem::take(&mut *token)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        io::Error::new(io::ErrorKind::InvalidData, "invalid UTF-8")
    })
}
