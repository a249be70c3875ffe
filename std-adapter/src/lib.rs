#![doc = include_str!("../README.md")]
//!
//! # Layers
//!
//! Layers, downwards only: `client` → `cache` → `provider` and `shared_file`; `chain` → `provider` →
//! `retries` → `exchange`; `client`, `exchange` → `connect` → `network` → `proxy`, `trust` → `origin`;
//! `chain` → `endpoint` → `partition` → `region` → `setting` → `profile_files` → `environment`;
//! all → `identity`, `sign`.
#![forbid(unsafe_code)]

mod base_url;
mod cache;
mod chain;
mod client;
mod connect;
mod endpoint;
mod environment;
mod exchange;
mod identity;
mod json;
mod network;
mod origin;
mod partition;
mod point_in_time;
mod profile_error;
mod profile_files;
mod provider;
mod proxy;
mod region;
mod response;
mod retries;
mod secret_file;
mod secrets;
mod setting;
mod shared_file;
mod sign;
mod thread;
#[cfg(feature = "tls")]
mod tls;
mod trust;
mod unfollowed;
mod white_space;

pub use base_url::{BaseUrl, BaseUrlError};
pub use cache::{Cache, CacheError, CacheSettings, Surroundings};
pub use chain::{Attempt, Chain, ChainError, NotConfigured, Outcome};
pub use client::{ClientError, ClientSettings, SigningClient};
pub use connect::ConnectError;
pub use endpoint::{Endpoint, EndpointError, EndpointService, EndpointVariant};
pub use environment::{Environment, EnvironmentError};
pub use exchange::{ExchangeError, Timeouts};
pub use identity::{Identity, IdentityError, Source};
pub use json::JsonError;
pub use network::Network;
pub use origin::{Origin, OriginError};
pub use partition::Partition;
pub use profile_error::{InvalidProfileError, ProfileError};
pub use profile_files::{
    Malformed, NoSuchProfile, Profile, ProfileChoice, ProfileFiles, ProfileFilesError, Section,
};
pub use provider::{
    AskTokenCode, AssumeRoleProvider, Caller, ContainerError, ContainerProvider, ImdsEndpoint,
    ImdsError, ImdsProvider, LoginSession, ProcessError, ProcessProvider, ProvideCredentials,
    Provider, ProviderError, RoleToAssume, SsoError, SsoLogin, SsoProvider, SsoSettings,
    StaticProvider, StsEndpoint, StsError, WebIdentity, WebIdentityProvider,
};
pub use proxy::{Proxies, Proxy, ProxyError};
pub use region::{NoRegion, Region, RegionError};
pub use response::ResponseBody;
pub use retries::FetchError;
pub use shared_file::{SharedFile, SharedFileError};
pub use sign::{
    NEVER_SIGNED, QueryBytes, QueryPair, SLOTS, SignRequestError, decode_query, decode_query_bytes,
    is_never_signed, now, sign_request,
};
pub use trust::{Trust, TrustError};
pub use unfollowed::unfollowed_settings;
