//! A connection as a stream of bytes.

use tokio::io::{AsyncRead, AsyncWrite};

/// A connection, with or without TLS on top of TCP.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}
pub(crate) type Stream = Box<dyn Io>;
