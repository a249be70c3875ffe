//! The transfers of a command, several at once.

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{LocalBoxStream, StreamExt as _};

/// Works off transfers, up to `at_once` of them side by side. One type for all commands: the code
/// that polls them is compiled once.
pub(super) async fn side_by_side<'w>(
    at_once: usize,
    transfers: LocalBoxStream<'w, LocalBoxFuture<'w, ()>>,
) {
    transfers.for_each_concurrent(at_once, |transfer| transfer).await;
}
