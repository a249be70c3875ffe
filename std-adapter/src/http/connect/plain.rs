//! Connections without TLS.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::error::ConnectError;
use crate::http::proxy::Proxy;
use crate::http::stream::Stream;

/// Plain HTTP to a server, which notices if TLS answers.
pub(super) struct Plain {
    stream: Stream,
    /// The proxy that it leads to.
    proxy: Option<Proxy>,
    is_begun: bool,
}

impl Plain {
    pub(super) const fn new(stream: Stream, proxy: Option<Proxy>) -> Self {
        Self { stream, proxy, is_begun: false }
    }
}

impl AsyncRead for Plain {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = buffer.filled().get(before..).unwrap_or_default();
        if self.is_begun || read.is_empty() {
            return polled;
        }
        self.is_begun = true;
        // An alert (RFC 8446 §5.1), with which TLS answers what it takes for a broken ClientHello.
        if read.starts_with(&[0x15, 0x03]) {
            let error = ConnectError::SpeaksTls.at_reader(self.proxy.as_ref());
            return Poll::Ready(Err(io::Error::other(error)));
        }
        polled
    }
}

impl AsyncWrite for Plain {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
