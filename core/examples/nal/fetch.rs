//! The part that is the same on a board: it needs neither `std` nor an allocator.

use embedded_nal_async::{Dns, TcpConnect};
use rolesig::conversation::Imds;
use rolesig::io::nal::{self, NalError};
use rolesig::{StoredCredentials, Timestamp};

/// The reason why there are no credentials.
#[derive(Debug)]
pub(crate) enum FetchError {
    /// The metadata service does not answer, or refuses.
    Unavailable {
        /// True if another try may succeed.
        is_transient: bool,
    },
    /// The credentials are longer than their buffer.
    TooLong,
}

/// Fetches the credentials of the instance's role, and stores them. Returns the server's time, for
/// a board without a clock.
pub(crate) async fn fetch(
    tcp: &impl TcpConnect,
    dns: &impl Dns,
    host: &str,
    stored: &mut StoredCredentials<2048>,
) -> Result<Option<Timestamp>, FetchError> {
    let mut body = [0; 4096];
    let response = nal::converse(tcp, dns, &mut Imds::new(), host, &mut body).await;
    let (kept, date) = match response {
        Ok(response) => {
            let role = response.outcome;
            (stored.store(role.credentials, Some(role.expires_at)), response.date)
        }
        Err(error) => {
            let is_transient = match error {
                NalError::Io(error) => error.is_transient(),
                NalError::Dns(_) => true,
                _ => false,
            };
            return Err(FetchError::Unavailable { is_transient });
        }
    };
    body.fill(0); // it held the secret access key
    kept.map(|()| date).map_err(|_| FetchError::TooLong)
}
