//! Signals that ask the program to end, such as Ctrl-C or the loss of a terminal.

use core::time::Duration;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::system::signals;

/// The time after which a message says that a second signal ends the program at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// A flag that signals raise, for all tasks that can stop.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<watch::Sender<Option<u8>>>);

impl Default for Interrupt {
    /// Creates a flag that no signal raises.
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Interrupt {
    /// Creates a flag that signals raise from now on, instead of ending the program. A second
    /// signal ends it at once. A signal that was ignored when the program began stays ignored, as
    /// with `nohup`.
    ///
    /// These are the signals by which a program ends that does not catch them, and which people,
    /// terminals and schedulers send; on Linux also the real-time ones. SIGXFSZ is caught so that a
    /// file that becomes too large is an error of the write.
    #[cfg(unix)]
    pub fn by_signals() -> Self {
        use rustix::process::Signal;
        const ENDING: [Signal; 11] = [
            Signal::HUP,
            Signal::INT,
            Signal::QUIT,
            Signal::USR1,
            Signal::USR2,
            Signal::ALARM,
            Signal::TERM,
            Signal::XCPU,
            Signal::VTALARM,
            Signal::PROF,
            Signal::SYS,
        ];
        #[cfg(target_os = "linux")]
        const OF_LINUX: [Signal; 3] = [Signal::IO, Signal::POWER, Signal::STKFLT];
        #[cfg(not(target_os = "linux"))]
        const OF_LINUX: [Signal; 0] = [];
        let interrupt = Self::default();
        let named = ENDING.into_iter().chain(OF_LINUX).map(signals::number);
        for signal in named.chain(signals::REAL_TIME).filter(|signal| !signals::is_ignored(*signal))
        {
            let interrupt = interrupt.clone();
            on(signal, move || interrupt.raise(signal));
        }
        on(signals::number(Signal::XFSZ), || ());
        interrupt
    }

    /// Creates a flag that Ctrl-C raises from now on, instead of ending the program. A second one
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

    /// Raises the flag, as the signal of this number does.
    pub fn raise(&self, signal: u8) {
        if self.signal().is_some() {
            message!(
                "rolefs: ended at once: unfinished work may be left (in S3, which -uploads lists; a \
                 local ._COPYING_ file)"
            );
            signals::end_by(signal);
        }
        self.0.send_replace(Some(signal));
        tokio::spawn(async {
            sleep(PATIENCE).await;
            // The terminal may be stopped, and the cleanup must not wait for it.
            drop(spawn_blocking(|| {
                message!("rolefs: cleaning up unfinished work; a second signal ends at once");
            }));
        });
    }

    /// Returns the number of the signal that arrived.
    pub fn signal(&self) -> Option<u8> {
        *self.0.borrow()
    }

    /// Waits until a signal has arrived.
    pub async fn raised(&self) {
        // The sender is held here, so that this ends by a signal only.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }

    /// Ends work by a signal, after its current request.
    pub(crate) fn stop<'i>(&'i self) -> impl Fn() -> LocalBoxFuture<'i, ()> + 'i {
        || self.raised().boxed_local()
    }
}

/// Calls `act` whenever a signal arrives, instead of what the system would do.
#[cfg(unix)]
fn on(number: u8, act: impl Fn() + Send + 'static) {
    use tokio::signal::unix::{SignalKind, signal};
    // Without a handler, the system's way stays: the program ends at once.
    let Ok(mut signals) = signal(SignalKind::from_raw(i32::from(number))) else { return };
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            act();
        }
    });
}
