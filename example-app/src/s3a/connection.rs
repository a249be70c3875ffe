//! The way to S3: its endpoint, the proxy, retries and timeouts.

mod endpoint;
mod proxy;
mod retry;

pub use endpoint::EndpointSettings;
pub use proxy::ProxySettings;
pub(super) use retry::{retries, timeouts};
