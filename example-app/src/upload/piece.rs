//! A piece of a source.

use std::io;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::UploadFailure;
use super::planner::Part;
use crate::positioned_file::PositionedFile;
use crate::s3::body::Span;
use crate::s3::integrity::{Digesting, Digests, Integrity};

/// A piece of a source.
pub(crate) struct Piece {
    pub(super) file: Arc<PositionedFile>,
    pub(super) part: Part,
    /// Once they are known.
    pub(super) digests: Option<Digests>,
}

impl Piece {
    pub(super) fn of(file: &Arc<PositionedFile>, part: Part) -> Self {
        Self { file: Arc::clone(file), part, digests: None }
    }

    /// The piece, as it is to be sent. It is read for its digests, if they are not known.
    pub(super) async fn span(self, integrity: Integrity) -> Result<Span, UploadFailure> {
        let Self { file, part: Part { offset, len, .. }, digests } = self;
        let digests = if let Some(digests) = digests {
            digests
        } else {
            let file = Arc::clone(&file);
            let read = move || digests_of(&file, offset, len, integrity);
            spawn_blocking(read).await.map_err(io::Error::other)??
        };
        Ok(Span { file, offset, len, digests })
    }
}

fn digests_of(
    file: &PositionedFile,
    offset: u64,
    len: u64,
    integrity: Integrity,
) -> io::Result<Digests> {
    let mut digesting = Digesting::new(integrity);
    file.read_pieces(offset, len, |piece| digesting.update(piece))?;
    Ok(digesting.finish())
}
