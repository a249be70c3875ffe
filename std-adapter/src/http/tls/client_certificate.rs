//! Servers that require a certificate of the client (mTLS), which is not supported.

use core::cell::Cell;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{Error, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::{TlsError, cause};
use crate::http::interception::NO_CERTIFICATE;

thread_local! {
    /// True if a server has asked since this was last set to false.
    static IS_ASKED: Cell<bool> = const { Cell::new(false) };
}

/// A resolver of client certificates that has none. It notes that it was asked, for [`noting`]. All
/// connections share it: rustls resumes no session with another one.
#[derive(Debug)]
pub(super) struct NoCertificate;

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        IS_ASKED.set(true);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Waits for a handshake; returns whether the server asked for a certificate meanwhile, too.
pub(super) async fn noting<T>(handshake: impl Future<Output = T>) -> (T, bool) {
    let mut handshake = pin!(handshake);
    let mut is_asked = false;
    let done = poll_fn(|context| {
        // rustls asks while it is polled, on this thread.
        IS_ASKED.set(false);
        let polled = handshake.as_mut().poll(context);
        is_asked |= IS_ASKED.get();
        polled
    });
    let done = done.await;
    (done, is_asked)
}

/// Returns the error of a connection that ended after the server had asked for a certificate. With
/// an alert it requires one. Without one it may only have broken, so another attempt is worth it.
///
/// Source: "The Transport Layer Security (TLS) Protocol Version 1.3" (RFC 8446, 4.4.2.4 and 6.2);
/// version 1.2 (RFC 5246, 7.4.6) has `handshake_failure` for it.
pub(super) fn ended(host: &str, error: &io::Error) -> TlsError {
    if !matches!(cause(error), Some(Error::AlertReceived(_))) {
        let why = format!("{error}; the server asked for a client certificate, and none was sent");
        return TlsError::Io(io::Error::new(error.kind(), why));
    }
    TlsError::Handshake {
        host: host.to_owned(),
        why: "it requires a client certificate, which is not supported".to_owned(),
        remedy: NO_CERTIFICATE.to_owned(),
    }
}

/// TLS to a server that asked for a certificate. With version 1.3 it ends the connection only when
/// the client takes it to be open.
pub(super) struct UnconfirmedStream<S> {
    stream: TlsStream<S>,
    host: String,
    /// Makes the error of a stream.
    later: fn(TlsError) -> io::Error,
    has_received: bool,
}

impl<S> UnconfirmedStream<S> {
    pub(super) fn new(stream: TlsStream<S>, host: &str, later: fn(TlsError) -> io::Error) -> Self {
        Self { stream, host: host.to_owned(), later, has_received: false }
    }

    fn error(&self, error: io::Error) -> io::Error {
        if self.has_received { error } else { (self.later)(ended(&self.host, &error)) }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for UnconfirmedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let is_end = buffer.filled().len() == before;
        match polled {
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.error(error))),
            Poll::Ready(Ok(())) if is_end && !self.has_received && buffer.remaining() > 0 => {
                Poll::Ready(Err(self.error(io::ErrorKind::UnexpectedEof.into())))
            }
            Poll::Ready(Ok(())) => {
                self.has_received = true;
                polled
            }
            Poll::Pending => polled,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for UnconfirmedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        polled.map_err(|error| self.error(error))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        polled.map_err(|error| self.error(error))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
