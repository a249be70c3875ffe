//! HTTP/1.1 connections, one task each.

use core::error::Error;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Answers requests, one at a time per connection.
pub(super) trait Server: Send + Sync + 'static {
    /// The body of a response.
    type Body: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;

    /// Returns the response to `request`; an error closes the connection without one.
    fn respond(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = io::Result<Response<Self::Body>>> + Send;
}

/// Accepts connections for ever. They end with this future: dropped, it drops their tasks.
pub(super) async fn serve(listener: TcpListener, server: impl Server) {
    let server = Arc::new(server);
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, for one; the next try may find some.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let server = server.clone();
        let service = service_fn(move |request| {
            let server = server.clone();
            async move { server.respond(request).await }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // A client that goes away is not a failure of the server.
        connections.spawn(async { drop(connection.await) });
    }
}
