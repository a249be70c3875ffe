//! HTTP/1.1 as providers of credentials and the signing client speak it: connections through
//! proxies, TLS, bounded exchanges and retries.

pub(crate) mod backoff;
pub(crate) mod body_error;
pub(crate) mod connect;
pub(crate) mod connector;
pub(crate) mod converse;
pub(crate) mod exchange;
pub(crate) mod fetch_error;
pub(crate) mod interception;
pub(crate) mod network;
mod probe;
pub(crate) mod protocol_error;
pub(crate) mod proxy;
pub(crate) mod redaction;
pub(crate) mod response;
pub(crate) mod retries;
pub(crate) mod retry_budget;
pub(crate) mod service_error;
#[cfg(feature = "simulation")]
#[doc(hidden)]
pub mod simulation;
pub(crate) mod stream;
#[cfg(feature = "tls")]
pub(crate) mod tls;
pub(crate) mod trust;

pub use backoff::Backoff;
pub use body_error::BodyError;
pub use connect::ConnectError;
pub use exchange::{ExchangeError, Timeouts};
pub use fetch_error::FetchError;
pub use interception::Interception;
pub use network::Network;
pub use protocol_error::ProtocolError;
pub use proxy::{Proxies, Proxy, ProxyError};
pub use redaction::redact_secrets;
pub use response::ResponseBody;
pub use retry_budget::{MaxAttemptsError, RetryBudget, RetrySettings, Verdict};
pub use service_error::ServiceError;
#[cfg(all(fuzzing, feature = "tls"))]
#[doc(hidden)]
pub use tls::read_name;
pub use trust::{Trust, TrustError};
