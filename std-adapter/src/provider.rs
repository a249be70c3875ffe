//! What gives credentials when it is asked.

use core::future::Future;

use std::io;
use std::path::Path;

use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use crate::identity::Identity;

mod container;
mod imds;
mod login;
mod process;
mod sso;

pub use container::{ContainerError, ContainerProvider};
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

/// More than any token has; a file that has more is none.
const TOKEN_LIMIT: u64 = 64 * 1024;

/// The text of a token file, which is wiped when it is dropped.
async fn read_token(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut token = Zeroizing::new(String::with_capacity(4096));
    let file = tokio::fs::File::open(path).await?;
    file.take(TOKEN_LIMIT + 1).read_to_string(&mut token).await?;
    if u64::try_from(token.len()).is_ok_and(|len| len <= TOKEN_LIMIT) {
        Ok(token)
    } else {
        Err(io::Error::other(format!("longer than {TOKEN_LIMIT} bytes")))
    }
}
