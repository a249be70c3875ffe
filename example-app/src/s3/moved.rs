//! Whether bytes still move.

use core::pin::pin;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;

use tokio::time::timeout;

/// How many bytes a connection has taken.
#[derive(Clone, Debug, Default)]
pub struct Moved(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    bytes: AtomicU64,
    is_held_back: AtomicBool,
}

impl Moved {
    /// So many more.
    pub(crate) fn add(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether it is this side that keeps them back.
    pub(crate) fn set_held_back(&self, is_held_back: bool) {
        self.0.is_held_back.store(is_held_back, Ordering::Relaxed);
    }

    /// The outcome of an exchange, or `None` once nothing has moved for as long as `patience`, up to
    /// twice that. How long it takes in all does not matter: a slow network is no broken one.
    pub(crate) async fn unless_stalled<T>(
        &self,
        patience: Duration,
        exchange: impl Future<Output = T>,
    ) -> Option<T> {
        let mut exchange = pin!(exchange);
        loop {
            let before = self.0.bytes.load(Ordering::Relaxed);
            if let Ok(outcome) = timeout(patience, &mut exchange).await {
                return Some(outcome);
            }
            let is_held_back = self.0.is_held_back.load(Ordering::Relaxed);
            if self.0.bytes.load(Ordering::Relaxed) == before && !is_held_back {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use core::future::pending;

    use tokio::time::sleep;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn slow_is_not_stalled() {
        let moved = Moved::default();
        let slow = async {
            for _ in 0..20 {
                sleep(PATIENCE / 4).await;
                moved.add(1);
            }
        };
        assert!(moved.unless_stalled(PATIENCE, slow).await.is_some());
        assert!(moved.unless_stalled(PATIENCE, pending::<()>()).await.is_none());
    }
}
