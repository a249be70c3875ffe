//! The driver over the TCP/IP stacks that implement `embedded-nal-async`, such as embassy-net.

use core::fmt;
use core::net::SocketAddr;

use embedded_nal_async::{AddrType, Dns, TcpConnect};

use super::{Concluded, IoError, asynch};
use crate::conversation::Conversation;

mod address;

use address::read_address;

/// Drives a conversation to its outcome: looks up the host, connects, converses, and closes.
///
/// `host` is a name or an address, with its port if that is not 80: `169.254.169.254`,
/// `[fd00:ec2::254]`, `127.0.0.1:1338`. It is looked up once, unless it is an address. The rest is
/// as in [`asynch::converse`]. There is no TLS in between: AWS IoT needs it, so open a TLS stream
/// over the stack's and give it to [`asynch::converse`]. Time limits are the stack's, or those of a
/// timer that drops the future.
///
/// # Errors
/// See [`NalError`]. The conversation is where it was before the request that failed: try again.
///
/// ```
/// use embedded_nal_async::{Dns, TcpConnect};
/// use rolesig::StoredCredentials;
/// use rolesig::conversation::Imds;
/// use rolesig::io::nal;
///
/// async fn fetch(
///     tcp: &impl TcpConnect, // embassy_net::tcp::client::TcpClient
///     dns: &impl Dns,        // embassy_net::dns::DnsSocket
///     stored: &mut StoredCredentials<2048>,
/// ) -> Result<(), &'static str> {
///     let mut body = [0; 4096];
///     let host = "169.254.169.254";
///     let response = nal::converse(tcp, dns, &mut Imds::new(), host, &mut body).await;
///     let role = response.map_err(|_| "no credentials")?.outcome;
///     let kept = stored.store(role.credentials, Some(role.expires_at));
///     body.fill(0); // it held the secret access key
///     kept.map_err(|_| "credentials too long")
/// }
/// ```
pub async fn converse<'b, C: Conversation, T: TcpConnect, D: Dns>(
    tcp: &T,
    dns: &D,
    conversation: &mut C,
    host: &str,
    body: &'b mut [u8],
) -> Result<Concluded<C::Outcome<'b>>, NalError<'b, T::Error, D::Error>> {
    let (name, port) = split_port(host).ok_or(NalError::InvalidHost)?;
    let address = match read_address(name) {
        Some(address) => address,
        None => dns.get_host_by_name(name, AddrType::Either).await.map_err(NalError::Dns)?,
    };
    let remote = SocketAddr::new(address, port);
    asynch::converse(conversation, host, body, async || tcp.connect(remote).await)
        .await
        .map_err(NalError::Io)
}

/// Splits a host into its name or address, without brackets, and its port.
fn split_port(host: &str) -> Option<(&str, u16)> {
    const HTTP: u16 = 80;
    let (name, port) = if let Some(rest) = host.strip_prefix('[') {
        let end = rest.bytes().position(|byte| byte == b']')?;
        let (name, rest) = rest.split_at_checked(end)?;
        (name, rest.get(1..)?)
    } else {
        let end = host.bytes().position(|byte| byte == b':').unwrap_or(host.len());
        host.split_at_checked(end)?
    };
    let port = match port.as_bytes() {
        [] => HTTP,
        [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => {
            port.get(1..)?.parse().ok()?
        }
        _ => return None,
    };
    (!name.is_empty()).then_some((name, port))
}

/// The reason why a conversation over a TCP/IP stack came to no outcome. Holds no secret.
///
/// ```
/// use rolesig::io::IoError;
/// use rolesig::io::nal::NalError;
///
/// fn may_try_again<T, D>(error: &NalError<'_, T, D>) -> bool {
///     match error {
///         NalError::Dns(_) => true,
///         NalError::Io(error) => error.is_transient(),
///         _ => false,
///     }
/// }
/// assert!(may_try_again(&NalError::<(), ()>::Io(IoError::Transport(()))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NalError<'b, T, D> {
    /// The host is neither a name nor an address, with or without a port.
    InvalidHost,
    /// The host was not found.
    Dns(D),
    /// It was found, and the conversation failed.
    Io(IoError<'b, T>),
}

impl<T: fmt::Display, D: fmt::Debug> fmt::Display for NalError<'_, T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidHost => {
                f.write_str("invalid host: expected a name or an address, and a port")
            }
            Self::Dns(error) => write!(f, "the host was not found: {error:?}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl<T: fmt::Debug + fmt::Display, D: fmt::Debug> core::error::Error for NalError<'_, T, D> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_hosts_into_name_and_port() {
        for (host, expected) in [
            ("169.254.169.254", Some(("169.254.169.254", 80))),
            ("localhost:8080", Some(("localhost", 8080))),
            ("[fd00:ec2::254]", Some(("fd00:ec2::254", 80))),
            ("[::1]:65535", Some(("::1", 65535))),
            ("", None),
            (":80", None),
            ("[]", None),
            ("[::1", None),
            ("[::1]80", None),
            ("a:", None),
            ("a:+1", None),
            ("a:65536", None),
            ("fd00:ec2::254", None),
        ] {
            assert_eq!(split_port(host), expected, "{host}");
        }
    }
}
