//! The URIs that a container's credentials can come from.
//!
//! | in the environment | example | connects to |
//! |---|---|---|
//! | `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` | `/v2/credentials/ID` | 169.254.170.2 |
//! | else `AWS_CONTAINER_CREDENTIALS_FULL_URI` | `http://169.254.170.23/v1/credentials` | what it names, if that is allowed |
//!
//! Source: "Container credential provider" (AWS SDKs and Tools Reference Guide); RFC 3986.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const ECS_HOST: &str = "169.254.170.2";
const ECS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 2);
const EKS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 23);
const EKS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);

/// The URI of a container's credential endpoint, at a host that may have the container's token.
///
/// By https that is any host. By http it is an address in 127.0.0.0/8, `[::1]`, `localhost`,
/// 169.254.170.2, 169.254.170.23 or `[fd00:ec2::23]`, and addresses have four decimal numbers:
/// nothing that a resolver might read as one of these.
///
/// ```
/// use rolesig::conversation::{ContainerUri, ContainerUriError};
///
/// let uri = ContainerUri::full("http://localhost:8080/credentials").unwrap();
/// assert_eq!((uri.is_https(), uri.host(), uri.port()), (false, "localhost", 8080));
/// // What `localhost` stands for is known to the code that connects.
/// assert!(uri.allows([127, 0, 0, 1].into()));
/// assert!(!uri.allows([192, 0, 2, 1].into()));
///
/// let refused = ContainerUri::full("http://localhost.example.com/credentials");
/// assert_eq!(refused, Err(ContainerUriError::HostNotAllowed));
/// ```
///
/// Source: "Container credential provider" (AWS SDKs and Tools Reference Guide); RFC 3986.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerUri<'a> {
    is_https: bool,
    authority: &'a str,
    host: &'a str,
    port: u16,
    target: [&'a str; 2],
}

impl<'a> ContainerUri<'a> {
    /// Reads `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`: a path, perhaps with a query, at
    /// 169.254.170.2.
    ///
    /// # Errors
    /// [`ContainerUriError::NotAPath`] if it does not begin with one `/`, and
    /// [`ContainerUriError::BadText`] if it has characters that no URI has.
    pub fn relative(path: &'a str) -> Result<Self, ContainerUriError> {
        check_characters(path)?;
        // Two slashes begin an authority (RFC 3986 §4.2), and a text without a slash continues the
        // host: `@example.com/`, `3/`.
        if !path.starts_with('/') || path.starts_with("//") {
            return Err(ContainerUriError::NotAPath);
        }
        let target = [path, ""];
        Ok(Self { is_https: false, authority: ECS_HOST, host: ECS_HOST, port: 80, target })
    }

    /// Reads `AWS_CONTAINER_CREDENTIALS_FULL_URI`, if `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is
    /// not set.
    ///
    /// # Errors
    /// [`ContainerUriError`]: it must be a URI by http or https, without a user name, and lead to a
    /// host that is allowed.
    pub fn full(uri: &'a str) -> Result<Self, ContainerUriError> {
        check_characters(uri)?;
        let (scheme, rest) = uri.split_once("://").ok_or(ContainerUriError::NotAbsolute)?;
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err(ContainerUriError::NotAbsolute);
        }
        let (authority, target) = split_before(rest, ['/', '?']);
        if authority.contains('@') {
            return Err(ContainerUriError::UserInfo);
        }
        let (host, address, port) = read_host(authority)?;
        let port = read_port(port, if is_https { 443 } else { 80 })?;
        let is_local = address.map_or(host.eq_ignore_ascii_case("localhost"), is_local);
        if !is_https && !is_local {
            return Err(ContainerUriError::HostNotAllowed);
        }
        let target = if target.starts_with('/') { [target, ""] } else { ["/", target] };
        Ok(Self { is_https, authority, host, port, target })
    }

    /// Returns whether to connect by TLS.
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Returns the host, and the port if one was given: for the `host` header.
    pub const fn authority(&self) -> &'a str {
        self.authority
    }

    /// Returns the host: a name, or an address without brackets.
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// Returns the port; if none was given, 80 for http and 443 for https.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns whether the credentials may come from this address: for callers that resolve the
    /// host. AWS's SDK for Rust requires it of all addresses of a name.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.is_https || is_local(address)
    }

    pub(super) const fn target(&self) -> [&'a str; 3] {
        let [path, query] = self.target;
        [path, query, ""]
    }
}

/// Returns whether an address is in the container, or an agent beside it.
fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address == ECS || address == EKS,
        // Not `::ffff:127.0.0.1`: no agent is known to be given like this.
        IpAddr::V6(address) => address.is_loopback() || address == EKS_V6,
    }
}

/// Checks that the URI has only characters of RFC 3986 §2: others must be encoded, and some readers
/// take `\` for `/`. A fragment is never sent, so `#` is not in here either.
fn check_characters(uri: &str) -> Result<(), ContainerUriError> {
    let may_have =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte);
    if uri.bytes().all(may_have) { Ok(()) } else { Err(ContainerUriError::BadText) }
}

/// Splits an authority into its host, the host's address if it is one, and the rest.
fn read_host(authority: &str) -> Result<(&str, Option<IpAddr>, &str), ContainerUriError> {
    if let Some(bracketed) = authority.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or(ContainerUriError::BadHost)?;
        let address = host.parse().map_err(|_| ContainerUriError::BadHost)?;
        return Ok((host, Some(IpAddr::V6(address)), rest));
    }
    let (host, rest) = split_before(authority, [':']);
    check_name(host)?;
    // Four decimal numbers without leading zeros (RFC 3986 §3.2.2), and nothing else.
    Ok((host, host.parse().ok().map(IpAddr::V4), rest))
}

/// Checks that the host is a DNS name or an IPv4 address.
fn check_name(host: &str) -> Result<(), ContainerUriError> {
    let may_have = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_name = !host.is_empty() && host.bytes().all(may_have);
    if is_name { Ok(()) } else { Err(ContainerUriError::BadHost) }
}

/// Reads what follows the host: nothing, or a colon and a number.
fn read_port(text: &str, default: u16) -> Result<u16, ContainerUriError> {
    if text.is_empty() {
        return Ok(default);
    }
    let digits = text.strip_prefix(':').ok_or(ContainerUriError::BadHost)?;
    // A sign would be read as well.
    let port = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse());
    match port {
        Some(Ok(port)) if port != 0 => Ok(port),
        _ => Err(ContainerUriError::BadPort),
    }
}

/// Splits the text before the first of these characters.
fn split_before<const N: usize>(text: &str, characters: [char; N]) -> (&str, &str) {
    let end = text.find(characters).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// The reason why a container's credentials are not requested from a URI.
///
/// ```
/// use rolesig::conversation::{ContainerUri, ContainerUriError};
///
/// let error = ContainerUri::full("http://example.com/role").unwrap_err();
/// assert_eq!(error, ContainerUriError::HostNotAllowed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ContainerUriError {
    /// A full URI that begins with neither `http://` nor `https://`.
    NotAbsolute,
    /// A relative URI that does not begin with one `/`.
    NotAPath,
    /// Has characters that no URI has, or a fragment.
    BadText,
    /// Has a user name, or something that looks like one, before its host.
    UserInfo,
    /// The host is empty, or neither a name nor an address.
    BadHost,
    /// The port is not a number from 1 to 65535.
    BadPort,
    /// By http, this host would get the container's token and could hand out any credentials.
    HostNotAllowed,
}

impl fmt::Display for ContainerUriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI must begin with http:// or https://; a path \
                 alone goes into AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
            }
            Self::NotAPath => {
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with one /; a whole URI goes \
                 into AWS_CONTAINER_CREDENTIALS_FULL_URI"
            }
            Self::BadText => {
                "the container's URI has a fragment, or characters that no URI has: percent-encode \
                 them"
            }
            Self::UserInfo => {
                "the container's URI has an @ before its host: remove it, a token goes into \
                 AWS_CONTAINER_AUTHORIZATION_TOKEN"
            }
            Self::BadHost => {
                "the host of the container's URI is neither a name nor an address: write IPv6 \
                 addresses in brackets"
            }
            Self::BadPort => "the port of the container's URI is not a number from 1 to 65535",
            Self::HostNotAllowed => {
                "by http, credentials come only from loopback (127.0.0.0/8, [::1], localhost), \
                 169.254.170.2, 169.254.170.23 and [fd00:ec2::23]: use one of these, or https"
            }
        })
    }
}

impl core::error::Error for ContainerUriError {}
