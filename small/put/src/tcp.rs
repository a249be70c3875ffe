//! A TCP connection as a stream of `embedded-io`.

use core::fmt;
use core::net::{Ipv4Addr, SocketAddrV4};

use crate::system::{self, Descriptor, Errno};
use embedded_io::{ErrorKind, ErrorType, Read, Write};

/// The time limit of each read and write.
const SECONDS: u64 = 10;

/// An endpoint: `http://ADDRESS`, with a port unless it is 80.
pub(crate) struct Endpoint<'a> {
    /// The value of the header `Host`.
    pub(crate) host: &'a str,
    address: SocketAddrV4,
}

impl<'a> Endpoint<'a> {
    /// Parses the address of an endpoint.
    pub(crate) fn new(url: &'a str) -> Result<Self, EndpointError> {
        let host = url.strip_prefix("http://").ok_or(EndpointError)?;
        let host = host.strip_suffix('/').unwrap_or(host);
        let with_port = |address: Ipv4Addr| SocketAddrV4::new(address, 80);
        let address = host.parse().or_else(|_| host.parse().map(with_port));
        Ok(Self { host, address: address.map_err(|_| EndpointError)? })
    }
}

/// A text that is not the address of an endpoint.
#[derive(Debug)]
pub(crate) struct EndpointError;

pub(crate) struct Tcp(Descriptor);

impl Tcp {
    pub(crate) fn open(endpoint: &Endpoint<'_>) -> Result<Self, TcpError> {
        let stream = Self(system::socket()?);
        system::set_time_limit(stream.0, SECONDS)?;
        system::connect(stream.0, &endpoint.address)?;
        Ok(stream)
    }

    pub(crate) fn send(&mut self, mut bytes: &[u8]) -> Result<(), TcpError> {
        while !bytes.is_empty() {
            let sent = self.write(bytes)?;
            bytes = bytes.get(sent..).unwrap_or_default();
        }
        Ok(())
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        system::close(self.0);
    }
}

impl ErrorType for Tcp {
    type Error = TcpError;
}

impl Read for Tcp {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TcpError> {
        Ok(system::read(self.0, buffer)?)
    }
}

impl Write for Tcp {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, TcpError> {
        Ok(system::send(self.0, bytes)?)
    }

    fn flush(&mut self) -> Result<(), TcpError> {
        Ok(())
    }
}

/// The error of a TCP connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TcpError(Errno);

impl From<Errno> for TcpError {
    fn from(errno: Errno) -> Self {
        Self(errno)
    }
}

impl fmt::Display for TcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Errno::CONNREFUSED => f.write_str("nothing listens at the endpoint"),
            Errno::AGAIN | Errno::INPROGRESS | Errno::TIMEDOUT => {
                f.write_str("no response in time")
            }
            errno => write!(f, "the connection failed (error {})", errno.0),
        }
    }
}

impl core::error::Error for TcpError {}

impl embedded_io::Error for TcpError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}
