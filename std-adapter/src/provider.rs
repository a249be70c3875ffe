//! What gives credentials when it is asked.

use core::future::Future;

use crate::identity::Identity;

mod imds;
mod login;
mod process;
mod sso;

pub use imds::{ImdsEndpoint, ImdsError, ImdsProvider};
pub use login::LoginSession;
pub use process::{ProcessError, ProcessProvider};
pub use sso::{SsoError, SsoLogin, SsoProvider, SsoSettings};

/// Gives credentials, fetched anew each time that it is asked. It keeps none, and asks no oftener
/// than it is asked: that is what a [`Cache`](crate::Cache) is for.
///
/// Errors hold no secrets, and each says what mends it.
pub trait Provide: Send + 'static {
    /// Why there are none.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Fetches credentials, in bounded time.
    ///
    /// # Errors
    /// If there are none, or they could not be had in time.
    fn fetch(&mut self) -> impl Future<Output = Result<Identity, Self::Error>> + Send;

    /// Whether no further attempt mends an error: somebody has to log in again, or to change a
    /// setting. Such a failure is shown at once, even while older credentials are still good.
    fn is_final(error: &Self::Error) -> bool;
}
