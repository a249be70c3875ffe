//! The sources of credentials: each provider, and the chain that tries them in order.

mod any;
mod boxed;
mod chain;
mod container;
mod imds;
mod keys;
mod login;
mod process;
mod provide_credentials;
mod sso;
mod sts;
mod subject;
mod token_file;

pub use any::{
    AskTokenCode, AssumeRoleError, AssumeRoleProvider, Provider, ProviderError, RoleToAssume,
};
pub use boxed::{BoxProvider, BoxProviderError};
pub use chain::{Attempt, Chain, ChainError, NotConfiguredError, Outcome};
pub use container::{ContainerError, ContainerProvider};
pub use imds::{ImdsEndpoint, ImdsError, ImdsProvider};
pub use keys::StaticProvider;
pub use login::LoginSessionError;
pub use process::{ProcessError, ProcessProvider};
pub use provide_credentials::ProvideCredentials;
pub use sso::{SsoError, SsoLogin, SsoProvider, SsoSettings};
pub use sts::{Caller, StsEndpoint, StsError, WebIdentity, WebIdentityProvider};

pub use crate::read::json::JsonError;
