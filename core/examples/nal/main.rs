//! Fetches a role's credentials from a metadata service over the traits of `embedded-nal-async`.
//!
//! ```sh
//! nal HOST[:PORT]
//! ```
//!
//! `fetch.rs` is the part that runs on a board. There embassy-net takes the place of `Std`, and an
//! executor that of `block_on`.

use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::env;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use rolesig::StoredCredentials;

use crate::fetch::{FetchError, fetch};

mod fetch;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let host = env::args().nth(1).ok_or("usage: nal HOST[:PORT]")?;
    let mut stored = StoredCredentials::new();
    let date = match block_on(fetch(&Std, &Std, &host, &mut stored)) {
        Ok(date) => date,
        Err(FetchError::Unavailable { is_transient: true }) => return Err("try again".into()),
        Err(error) => return Err(format!("{error:?}").into()),
    };
    let (credentials, expires_at) = (stored.credentials(), stored.expires_at());
    let access_key_id = credentials.map(|credentials| credentials.access_key_id);
    writeln!(io::stdout(), "{access_key_id:?} until {expires_at:?}, asked at {date:?}")?;
    Ok(())
}

/// The stack of the operating system. Its calls block.
struct Std;

/// The kind of an error, as far as it is reported here.
fn kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ErrorKind::ConnectionRefused,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ErrorKind::TimedOut,
        _ => ErrorKind::Other,
    }
}

impl TcpConnect for Std {
    type Error = ErrorKind;
    type Connection<'a> = Connection;

    async fn connect(&self, remote: SocketAddr) -> Result<Connection, ErrorKind> {
        let connect = || {
            let stream = TcpStream::connect_timeout(&remote, Duration::from_secs(1))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            Ok(Connection(stream))
        };
        connect().map_err(|error| kind(&error))
    }
}

impl Dns for Std {
    type Error = io::Error;

    async fn get_host_by_name(&self, host: &str, _: AddrType) -> io::Result<IpAddr> {
        let found = (host, 0).to_socket_addrs()?.next();
        found.map(|address| address.ip()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Closes the connection when it is dropped.
struct Connection(TcpStream);

impl ErrorType for Connection {
    type Error = ErrorKind;
}

impl Read for Connection {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buffer).map_err(|error| kind(&error))
    }
}

impl Write for Connection {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(bytes).map_err(|error| kind(&error))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().map_err(|error| kind(&error))
    }
}

/// Runs a future that never waits, since its calls block.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
