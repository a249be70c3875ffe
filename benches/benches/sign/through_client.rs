//! The same requests through a `SigningClient` of rolesig-std, with a kept key.

use core::hint::black_box;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use http::{HeaderValue, Request};
use rolesig::{Expires, Timestamp};
use rolesig_benches::{Case, NOW, REGION, credentials};
use rolesig_std::cache::CacheSettings;
use rolesig_std::client::{BytesBody, ClientSettings};
use rolesig_std::provider::StaticProvider;
use rolesig_std::sign::PresignedUrl;
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
        let mut settings = CacheSettings::default();
        settings.clock = Clock { now, ..Clock::SYSTEM };
        let cache = Cache::with_settings(StaticProvider::new(identity), settings);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(cache.identity()).expect("they are given");
        let mut settings = ClientSettings::default();
        // Without https, no certificates are read.
        settings.https = false;
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

    /// Signs a copy of the request, or presigns it.
    pub(crate) fn sign(&self, case: &Case) {
        match case.expires {
            Some(expires) => drop(black_box(self.presigned(expires))),
            None => drop(black_box(self.signed(case))),
        }
    }

    /// Makes and drops a copy, if one is signed.
    pub(crate) fn copy(&self, case: &Case) {
        if case.expires.is_none() {
            drop(black_box(self.head.clone()));
        }
    }

    /// Returns the signature of the request.
    pub(crate) fn signature(&self, case: &Case) -> String {
        let made = if let Some(expires) = case.expires {
            self.presigned(expires).url().to_owned()
        } else {
            let signed = self.signed(case);
            let authorization = signed.headers().get("authorization").expect("signed");
            authorization.to_str().expect("a text").to_owned()
        };
        made.rsplit_once("Signature=").expect("it is last").1.to_owned()
    }

    /// Returns a copy of the request, signed.
    fn signed(&self, case: &Case) -> Request<()> {
        let mut request = self.head.clone();
        ready(self.client.sign(&mut request, case.request.payload)).expect("a good request");
        request
    }

    /// Returns the URL of the request.
    fn presigned(&self, expires: Expires) -> PresignedUrl {
        ready(self.client.presign_request(&self.head, None, expires)).expect("a good request")
    }
}

/// Returns what a future has at once: existing credentials are not waited for.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(made) => made,
        Poll::Pending => unreachable!("the credentials are there"),
    }
}

/// Returns the time of all signatures, once the system's clock is read as by any client.
fn now() -> Timestamp {
    black_box(Clock::SYSTEM.now());
    Timestamp::from(NOW)
}
