//! What gives credentials when it is asked.

use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use std::io;
use std::path::Path;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::byte_order_mark::without_byte_order_mark;
use crate::endpoint::EndpointError;
use crate::environment::EnvironmentError;
use crate::identity::{Identity, IdentityError};
use crate::profile_error::ProfileError;
use crate::profile_files::{NoSuchProfile, ProfileFilesError};
use crate::region::RegionError;
use crate::secret_file;
use crate::thread::unblocked;

mod container;
mod imds;
mod keys;
mod login;
mod process;
mod sso;
mod sts;
mod subject;

pub use container::{ContainerError, ContainerProvider};
pub use imds::{ImdsEndpoint, ImdsError, ImdsProvider};
pub use keys::StaticProvider;
pub use login::LoginSession;
pub use process::{ProcessError, ProcessProvider};
pub use sso::{SsoError, SsoLogin, SsoProvider, SsoSettings};
pub use sts::{
    AskTokenCode, AssumeRoleProvider, Caller, RoleToAssume, StsEndpoint, StsError, WebIdentity,
    WebIdentityProvider,
};
pub(crate) use subject::Subject;

/// Gives credentials, fetched anew each time that it is asked. It keeps none, and asks no oftener
/// than it is asked: that is what a [`Cache`](crate::Cache) is for.
///
/// Errors hold no secrets, and each says what mends it.
pub trait ProvideCredentials: Send + 'static {
    /// Why there are none.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Fetches credentials, in bounded time.
    ///
    /// # Errors
    /// If there are none, or they could not be had in time.
    fn fetch(&mut self) -> impl Future<Output = Result<Identity, Self::Error>> + Send;

    /// How long a fetch may take at the most. Other processes that share a
    /// [`SharedFile`](crate::SharedFile) wait so long, and then ask for themselves; a minute, if it
    /// is not said.
    fn max_fetch_time(&self) -> Duration {
        Duration::from_secs(60)
    }

    /// Whether no further attempt mends an error: somebody has to log in again, or to change a
    /// setting. Such a failure is shown at once, even while older credentials are still good.
    fn is_final(error: &Self::Error) -> bool;
}

/// Any of the places that credentials come from.
pub enum Provider {
    /// Keys that are there.
    Static(StaticProvider),
    /// A program.
    Process(ProcessProvider),
    /// IAM Identity Center.
    Sso(Box<SsoProvider>),
    /// A role at STS, with the token of another identity provider.
    WebIdentity(Box<WebIdentityProvider>),
    /// A role at STS, with other credentials.
    AssumeRole(Box<AssumeRoleProvider>),
    /// A container's endpoint.
    Container(ContainerProvider),
    /// The metadata service of an instance.
    Imds(Box<ImdsProvider>),
}

impl Provider {
    /// Fetches, behind a pointer: one provider may have another inside.
    fn fetch_boxed(
        &mut self,
    ) -> Pin<Box<dyn Future<Output = Result<Identity, ProviderError>> + Send + '_>> {
        Box::pin(self.fetch())
    }
}

impl ProvideCredentials for Provider {
    type Error = ProviderError;

    async fn fetch(&mut self) -> Result<Identity, ProviderError> {
        let identity = match self {
            Self::Static(keys) => keys.fetch().await?,
            Self::Process(process) => process.fetch().await?,
            Self::Sso(sso) => sso.fetch().await?,
            Self::WebIdentity(web_identity) => web_identity.fetch().await?,
            Self::AssumeRole(role) => role.fetch().await?,
            Self::Container(container) => container.fetch().await?,
            Self::Imds(imds) => imds.fetch().await?,
        };
        Ok(identity.checked()?)
    }

    fn max_fetch_time(&self) -> Duration {
        match self {
            Self::Static(keys) => keys.max_fetch_time(),
            Self::Process(process) => process.max_fetch_time(),
            Self::Sso(sso) => sso.max_fetch_time(),
            Self::WebIdentity(web_identity) => web_identity.max_fetch_time(),
            Self::AssumeRole(role) => role.max_fetch_time(),
            Self::Container(container) => container.max_fetch_time(),
            Self::Imds(imds) => imds.max_fetch_time(),
        }
    }

    fn is_final(error: &ProviderError) -> bool {
        match error {
            ProviderError::Process(error) => ProcessProvider::is_final(error),
            ProviderError::Sso(error) => SsoProvider::is_final(error),
            ProviderError::Sts(error) => WebIdentityProvider::is_final(error),
            ProviderError::Container(error) => ContainerProvider::is_final(error),
            ProviderError::Imds(error) => ImdsProvider::is_final(error),
            ProviderError::Source { source, .. } => Self::is_final(source),
            _ => true,
        }
    }
}

/// Why a provider has no credentials.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// The environment has half of them, or some that have expired.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The profile files cannot be read.
    #[error(transparent)]
    ProfileFiles(#[from] ProfileFilesError),
    /// A profile that someone named does not exist.
    #[error(transparent)]
    NoSuchProfile(#[from] NoSuchProfile),
    /// A profile makes no sense.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The region cannot be one.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// There is no endpoint.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A token file is set, and not the role that it is for.
    #[error("AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is not: set both, or neither")]
    NoRoleArn,
    /// A session of the console.
    #[error(transparent)]
    Login(#[from] LoginSession),
    /// A program gave none.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// IAM Identity Center gave none.
    #[error(transparent)]
    Sso(#[from] SsoError),
    /// There are some, which cannot be sent.
    #[error(transparent)]
    Invalid(#[from] IdentityError),
    /// STS gave none.
    #[error(transparent)]
    Sts(#[from] StsError),
    /// The container's endpoint gave none.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The metadata service gave none.
    #[error(transparent)]
    Imds(#[from] ImdsError),
    /// There is nothing to assume a role with. Whatever is missing, the role was asked for, and no
    /// other identity may take its place.
    #[error("to assume {role_arn}: {source}")]
    Source {
        /// The role's ARN.
        role_arn: String,
        /// Why there are no credentials to assume it with.
        source: Box<Self>,
    },
    /// STS is elsewhere for this role, and it is not known where.
    #[error(
        "to assume {role_arn}: set AWS_REGION, or region in the profile, to a region of its partition, \
         or AWS_ENDPOINT_URL_STS if its STS is not AWS's"
    )]
    NoRegion {
        /// The role's ARN.
        role_arn: String,
    },
}

impl ProviderError {
    /// Whether there simply is nothing there, so that another provider's turn has come.
    pub const fn is_not_here(&self) -> bool {
        matches!(self, Self::Imds(error) if error.is_not_here())
    }
}

/// The text of a token file, which is wiped when it is dropped.
async fn read_token(path: &Path) -> io::Result<Zeroizing<String>> {
    let path = path.to_owned();
    let mut token = unblocked(move || secret_file::read(&path)).await?;
    // Text files from Windows begin with a byte order mark, and no token does.
    let mark = token.len().saturating_sub(without_byte_order_mark(&token).len());
    token.drain(..mark);
    String::from_utf8(core::mem::take(&mut *token)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        io::Error::new(io::ErrorKind::InvalidData, "invalid UTF-8")
    })
}
