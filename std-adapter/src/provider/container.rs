//! Role credentials from the endpoint that a container is given.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::path::PathBuf;

use rolesig::conversation::{
    AuthorizationTokenError, Container, ContainerUri, ContainerUriError, Conversation as _,
};
use thiserror::Error;
use tokio::net::lookup_host;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::config::environment::Environment;
use crate::http::connect::ConnectError;
use crate::http::converse::converse;
use crate::http::exchange::{ExchangeError, Timeouts, Transport};
use crate::http::fetch_error::{AttemptError, FetchError};
use crate::http::network::Network;
use crate::http::retries::{Stop, retry, within};
use crate::identity::{Identity, Source};
use crate::provider::provide_credentials::ProvideCredentials;
use crate::provider::subject::Subject;
use crate::provider::token_file::read_token;
use crate::read::base_url::BaseUrl;
use crate::read::origin::Origin;

const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The timeouts of AWS's SDKs: the agent may have to ask STS first.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    read: Duration::from_secs(5),
    total: Duration::from_secs(15),
    attempts: 3,
};

/// A provider of a container's role: an ECS task's, an EKS pod's by Pod Identity, that of a Lambda
/// function with `SnapStart`, or of a Greengrass component.
///
/// It is never [`not here`](crate::provider::ImdsError::is_not_here): an endpoint that is set is
/// meant, and a program must not fall back to the role of the node.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::provider::ContainerProvider;
///
/// assert!(ContainerProvider::of(&Environment::default()).is_none());
/// let environment: Environment =
///     [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x")].into_iter().collect();
/// assert!(ContainerProvider::of(&environment).is_some());
/// ```
#[derive(Debug)]
pub struct ContainerProvider {
    uri: UriVariable,
    token: Option<Token>,
    timeouts: Timeouts,
    /// Without proxies.
    network: Network,
}

#[derive(Debug)]
enum UriVariable {
    Relative(String),
    Full(String),
}

enum Token {
    Text(Zeroizing<String>),
    /// Read at each attempt: EKS rotates it.
    File(PathBuf),
}

impl ContainerProvider {
    /// Reads the environment: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, or else
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI`; `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, or else
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`. Returns `None` if there is no URI.
    pub fn of(environment: &Environment) -> Option<Self> {
        let relative =
            environment.get(RELATIVE_URI).map(|uri| UriVariable::Relative(uri.to_owned()));
        let full = || environment.get(FULL_URI).map(|uri| UriVariable::Full(uri.to_owned()));
        let file = environment.get(TOKEN_FILE).map(|file| Token::File(file.into()));
        let text = || environment.get(TOKEN).map(|text| Token::Text(text.to_owned().into()));
        let uri = relative.or_else(full)?;
        let network = Network::of(environment, None).without_proxies();
        Some(Self { uri, token: file.or_else(text), timeouts: TIMEOUTS, network })
    }

    /// Replaces the timeouts of 2 s to connect, 5 s for a response, 15 s in all and 3 attempts.
    #[must_use]
    pub fn with_timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    const fn transport(&self, clock: Clock) -> Transport<'_> {
        Transport { timeouts: &self.timeouts, network: &self.network, clock }
    }

    async fn attempt(
        &self,
        uri: ContainerUri<'_>,
        origin: &Origin,
        transport: Transport<'_>,
    ) -> Result<Identity, Stop<ContainerError>> {
        let token = self.read_token().await.map_err(Stop::Error)?;
        let mut container = match &token {
            None => Container::new(uri),
            Some(token) => {
                Container::authorized(uri, token).map_err(|invalid| Stop::Error(invalid.into()))?
            }
        };
        let origin = &checked(uri, origin).await?;
        let base = BaseUrl::from(origin.clone());
        let mut response = converse(&mut container, &base, transport).await?;
        let sent = token.as_ref().map_or("", |token| token.as_str());
        let refused = |error| AttemptError::from(error).without(&[sent]);
        let provided = container.outcome(&mut response.body).map_err(refused)?;
        let source = Source::Container { endpoint: origin.to_string() };
        Ok(Identity::provided(provided, source).with_clock_skew(response.skew))
    }

    /// Adds the caller to the subject. An inline token does not change; a file's is rotated.
    pub(super) fn add_subject(&self, subject: &mut Subject<'_>) -> Option<()> {
        subject.host()?;
        match &self.token {
            None => Some(()),
            Some(Token::Text(text)) => subject.secret(text),
            Some(Token::File(path)) => subject.token_file(path),
        }
    }

    async fn read_token(&self) -> Result<Option<Zeroizing<String>>, ContainerError> {
        match &self.token {
            None => Ok(None),
            Some(Token::Text(text)) => Ok(Some(text.clone())),
            Some(Token::File(path)) => match read_token(path).await {
                Ok(token) => Ok(Some(token)),
                Err(source) => Err(ContainerError::TokenFile { path: path.clone(), source }),
            },
        }
    }
}

/// Looks up a host, and checks that all its addresses may get the container's token. Another
/// look-up could find others, so the connection goes to those that were checked.
async fn checked(uri: ContainerUri<'_>, origin: &Origin) -> Result<Origin, Stop<ContainerError>> {
    if uri.is_https() {
        return Ok(origin.clone());
    }
    let addresses = lookup_host((uri.host(), uri.port())).await;
    let addresses = addresses.map_err(|error| {
        let error = ConnectError::resolve(uri.host(), error);
        Stop::Failed(ExchangeError::Connect(error).into())
    })?;
    at_allowed(uri, origin, addresses.collect()).map_err(Stop::Error)
}

/// Returns the origin at these addresses, all of which must be allowed.
fn at_allowed(
    uri: ContainerUri<'_>,
    origin: &Origin,
    addresses: Vec<SocketAddr>,
) -> Result<Origin, ContainerError> {
    if addresses.is_empty() || !addresses.iter().all(|address| uri.allows(address.ip())) {
        return Err(ContainerError::Uri(ContainerUriError::HostNotAllowed));
    }
    Ok(origin.clone().at(addresses))
}

impl ProvideCredentials for ContainerProvider {
    type Error = ContainerError;

    async fn fetch(&mut self, clock: Clock) -> Result<Identity, ContainerError> {
        let uri = match &self.uri {
            UriVariable::Relative(path) => ContainerUri::relative(path),
            UriVariable::Full(uri) => ContainerUri::full(uri),
        }?;
        let origin =
            Origin::new(uri.is_https(), uri.authority()).map_err(|_| ContainerUriError::BadHost)?;
        let transport = self.transport(clock);
        let attempts = retry(transport, || self.attempt(uri, &origin, transport));
        within(self.timeouts.total, attempts).await.map_err(|stop| stop.at(&origin))
    }

    fn max_fetch_time(&self) -> Duration {
        self.timeouts.total
    }

    fn is_final(error: &ContainerError) -> bool {
        // A token file can be refilled at any time.
        match error {
            ContainerError::Uri(_) => true,
            ContainerError::Fetch(source) => source.is_final(),
            _ => false,
        }
    }
}

/// The reason why a container's endpoint gave no credentials.
///
/// ```
/// use rolesig_std::provider::ContainerError;
///
/// fn is_setting(error: &ContainerError) -> bool {
///     matches!(error, ContainerError::Uri(_) | ContainerError::Token(_))
/// }
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The URI cannot be asked.
    #[error(transparent)]
    Uri(#[from] ContainerUriError),
    /// The file with the authorization token cannot be read.
    #[error(
        "{TOKEN_FILE}: {}: {source}: check that it is mounted, and that this program may read it",
        .path.display()
    )]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The authorization token cannot be sent.
    #[error(transparent)]
    Token(#[from] AuthorizationTokenError),
    /// The endpoint gave none.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(..)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name server may answer for `localhost`, too.
    #[test]
    fn rejects_a_name_with_an_address_that_is_not_local() {
        let origin = Origin::new(false, "localhost:8080").unwrap();
        let uri = ContainerUri::full("http://localhost:8080/credentials").unwrap();
        let at = |addresses: &[&str]| {
            let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
            at_allowed(uri, &origin, addresses)
        };
        assert_eq!(at(&["127.0.0.1:8080", "[::1]:8080"]).unwrap().addresses().len(), 2);
        for addresses in [
            &["192.0.2.1:8080"][..],
            &["127.0.0.1:8080", "192.0.2.1:8080"],
            &["[2001:db8::1]:8080", "[::1]:8080"],
            &["169.254.169.254:8080"],
            &[],
        ] {
            let refused = at(addresses);
            let expected = ContainerUriError::HostNotAllowed;
            assert!(
                matches!(refused, Err(ContainerError::Uri(e)) if e == expected),
                "{addresses:?}"
            );
        }
    }

    #[tokio::test]
    async fn connects_to_the_checked_addresses() {
        let origin = Origin::new(false, "localhost:8080").unwrap();
        let uri = ContainerUri::full("http://localhost:8080/credentials").unwrap();
        let Ok(checked) = checked(uri, &origin).await else { panic!("localhost is local") };
        assert!(!checked.addresses().is_empty());
        let is_checked =
            |address: &SocketAddr| address.ip().is_loopback() && address.port() == 8080;
        assert!(checked.addresses().iter().all(is_checked), "{checked:?}");
        let by_https = ContainerUri::full("https://localhost:8080/credentials").unwrap();
        let checked = self::checked(by_https, &origin).await;
        assert!(checked.is_ok_and(|origin| origin.addresses().is_empty()));
    }
}
