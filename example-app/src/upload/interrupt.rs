//! Ctrl-C, and what asks a program to end.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether a signal came, for all who can stop.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<watch::Sender<Option<u8>>>);

impl Default for Interrupt {
    /// One that no signal raises.
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Interrupt {
    /// One that SIGINT and SIGTERM raise from now on, which do not end the program any more; a
    /// second one ends it at once.
    #[cfg(unix)]
    pub fn by_signals() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = Self::default();
        for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
            // Without one, the system's way stays: the program ends at once.
            let Ok(mut signals) = signal(kind) else { continue };
            let interrupt = interrupt.clone();
            let number = u8::try_from(kind.as_raw_value()).unwrap_or_default();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    interrupt.raise(number);
                }
            });
        }
        interrupt
    }

    /// One that Ctrl-C raises from now on, which does not end the program any more; a second one
    /// ends it at once.
    #[cfg(not(unix))]
    pub fn by_signals() -> Self {
        let interrupt = Self::default();
        let raised = interrupt.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                raised.raise(2);
            }
        });
        interrupt
    }

    /// As if the signal of this number came.
    pub fn raise(&self, signal: u8) {
        if self.signal().is_some() {
            std::process::exit(i32::from(exit_code(signal)));
        }
        self.0.send_replace(Some(signal));
    }

    /// The number of the signal that came.
    pub fn signal(&self) -> Option<u8> {
        *self.0.borrow()
    }

    /// Comes back when a signal has come.
    pub async fn raised(&self) {
        // The sender is held here, so that this ends by a signal only.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }
}

/// As shells count a program that a signal ended.
pub(crate) const fn exit_code(signal: u8) -> u8 {
    128_u8.saturating_add(signal)
}
