//! The same requests through a `SigningClient` of rolesig-std, with a kept key.

use core::pin::pin;
use core::task::{Context, Poll, Waker};

use http::{HeaderValue, Request};
use rolesig::Timestamp;
use rolesig_benches::{Case, NOW, REGION, credentials};
use rolesig_std::cache::CacheSettings;
use rolesig_std::client::{BytesBody, ClientSettings};
use rolesig_std::provider::StaticProvider;
use rolesig_std::{Cache, Clock, Identity, SigningClient, Source};

/// A client, and a request that it signs.
pub(crate) struct ThroughClient {
    client: SigningClient<BytesBody, StaticProvider>,
    head: Request<()>,
}

impl ThroughClient {
    /// Returns a client that has credentials, and has signed nothing yet.
    pub(crate) fn new(case: &Case, session_token: &str) -> Self {
        let source = Source::Custom { name: "bench".into() };
        let identity = Identity::new(credentials(session_token), None, None, source);
        let settings =
            CacheSettings { clock: Clock { now, ..Clock::SYSTEM }, ..CacheSettings::default() };
        let cache = Cache::with_settings(StaticProvider::new(identity), settings);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(cache.identity()).expect("they are given");
        // Without https, no certificates are read.
        let settings = ClientSettings { https: false, ..ClientSettings::default() };
        let client = SigningClient::with_settings(cache, REGION, case.service, settings);
        let client = client.expect("nothing to read");
        let uri = format!("https://{}{}", case.request.host, case.request.path);
        let head = Request::builder().method(case.request.method).uri(uri);
        let mut head = head.body(()).expect("a good request");
        for (name, value) in case.request.headers {
            let value = HeaderValue::from_bytes(value).expect("a good value");
            head.headers_mut().insert(*name, value);
        }
        Self { client, head }
    }

    /// Returns a copy of the request, to be signed.
    pub(crate) fn copied(&self) -> Request<()> {
        self.head.clone()
    }

    /// Returns a copy of the request, signed.
    pub(crate) fn signed(&self, case: &Case) -> Request<()> {
        let mut request = self.copied();
        {
            let signing = pin!(self.client.sign(&mut request, case.request.payload));
            let signed = signing.poll(&mut Context::from_waker(Waker::noop()));
            // Existing credentials are not waited for.
            assert!(matches!(signed, Poll::Ready(Ok(()))));
        }
        request
    }
}

/// Returns the time of all signatures, once the system's clock is read as by any client.
fn now() -> Timestamp {
    core::hint::black_box(Clock::SYSTEM.now());
    Timestamp::from(NOW)
}
