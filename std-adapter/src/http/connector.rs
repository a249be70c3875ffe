//! Connections for hyper's client.

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tower_service::Service;

use crate::http::connect::error::ConnectError;
use crate::http::connect::{is_tls_proxy, open, speaks_tls};
use crate::http::network::Network;
use crate::http::proxy::Proxy;
use crate::http::stream::Stream;
use crate::read::origin::Origin;

/// The connector of a [`SigningClient`](crate::SigningClient).
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    pub(crate) network: Network,
    pub(crate) limit: Duration,
    pub(crate) https: bool,
}

impl Connector {
    /// Returns the proxy that reads the requests for a URI, since they are plain `http`.
    pub(crate) fn reader(&self, uri: &Uri) -> Result<Option<Proxy>, ConnectError> {
        match origin(uri) {
            Some(origin) if !origin.is_https() => Ok(self.network.proxies.find(&origin)?),
            _ => Ok(None),
        }
    }

    /// Returns whether the server of a plain `http` URI, or the proxy that reads the request for
    /// it, speaks TLS.
    pub(crate) async fn is_tls_instead(&self, uri: &Uri, reader: Option<&Proxy>) -> bool {
        match (reader, origin(uri)) {
            (Some(proxy), _) => is_tls_proxy(proxy, self.limit).await,
            (None, Some(origin)) if !origin.is_https() => speaks_tls(&origin, self.limit).await,
            _ => false,
        }
    }
}

/// Returns where a request to a URI goes.
pub(crate) fn origin(uri: &Uri) -> Option<Origin> {
    Origin::new(uri.scheme_str()? == "https", uri.authority()?.as_str()).ok()
}

impl Service<Uri> for Connector {
    type Response = Opened;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Opened, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self { network, limit, https } = self.clone();
        Box::pin(async move {
            let no_origin = || ConnectError::Tcp(io::Error::other("expected an http or https URL"));
            let destination = origin(&uri).ok_or_else(no_origin)?;
            if destination.is_https() && !https {
                return Err(ConnectError::HttpsIsOff);
            }
            let proxy = network.proxies.find(&destination)?;
            let stream = open(&destination, proxy.as_ref(), &network, limit).await?;
            let is_proxied = proxy.is_some() && !destination.is_https();
            Ok(Opened { io: TokioIo::new(stream), is_proxied })
        })
    }
}

/// An open connection.
pub(crate) struct Opened {
    io: TokioIo<Stream>,
    /// True if a proxy reads the requests, which then name their host in full.
    is_proxied: bool,
}

impl Connection for Opened {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.is_proxied)
    }
}

impl Read for Opened {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Opened {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }
}
