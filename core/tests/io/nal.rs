//! The driver over a TCP/IP stack: it looks up, connects, and closes.

use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use embedded_io::ErrorKind;
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use rolesig::conversation::Imds;
use rolesig::io::IoError;
use rolesig::io::nal::{NalError, converse};

use crate::io::streams::{DOCUMENT, ready};

/// A stack that has one host, `metadata`, and records the names it is asked for.
#[derive(Default)]
struct Stack {
    log: RefCell<Vec<String>>,
    refuses: bool,
}

/// A connection that reads one response, which ends with it.
struct Connection<'s> {
    response: Vec<u8>,
    at: usize,
    stack: &'s Stack,
}

impl TcpConnect for Stack {
    type Error = ErrorKind;
    type Connection<'a> = Connection<'a>;

    async fn connect(&self, remote: SocketAddr) -> Result<Connection<'_>, ErrorKind> {
        if self.refuses {
            return Err(ErrorKind::ConnectionRefused);
        }
        let count = self.log.borrow().iter().filter(|line| line.starts_with("connect")).count();
        self.log.borrow_mut().push(format!("connect {remote}"));
        let body = ["metadata-token", "role", DOCUMENT][count];
        let response = format!("HTTP/1.0 200 OK\r\n\r\n{body}").into_bytes();
        Ok(Connection { response, at: 0, stack: self })
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.stack.log.borrow_mut().push("close".to_owned());
    }
}

impl embedded_io_async::ErrorType for Connection<'_> {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for Connection<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let rest = &self.response[self.at..];
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        Ok(len)
    }
}

impl embedded_io_async::Write for Connection<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let host = str::from_utf8(bytes).unwrap().lines().nth(1).unwrap();
        self.stack.log.borrow_mut().push(host.to_owned());
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl Dns for Stack {
    type Error = &'static str;

    async fn get_host_by_name(&self, host: &str, _: AddrType) -> Result<IpAddr, &'static str> {
        self.log.borrow_mut().push(format!("look up {host}"));
        if host == "metadata" { Ok(Ipv4Addr::new(10, 0, 0, 1).into()) } else { Err("no such host") }
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, &'static str> {
        Err("unsupported")
    }
}

/// Returns the access key id, or the error, and what the stack was asked for.
fn fetch(
    host: &str,
    refuses: bool,
) -> (Result<String, NalError<'static, ErrorKind, &'static str>>, Vec<String>) {
    let stack = Stack { refuses, ..Stack::default() };
    let body = Box::leak(Box::new([0; 512]));
    let response = ready(converse(&stack, &stack, &mut Imds::new(), host, body));
    let response = response.map(|response| response.outcome.credentials.access_key_id.to_owned());
    (response, stack.log.into_inner())
}

#[test]
fn looks_up_once_connects_and_closes() {
    let (response, log) = fetch("metadata:1338", false);
    assert_eq!(response.as_deref(), Ok("ASIAEXAMPLE"));
    let exchange = ["connect 10.0.0.1:1338", "host: metadata:1338", "close"];
    let expected = ["look up metadata"].iter().chain(exchange.iter().cycle().take(9));
    assert!(log.iter().eq(expected), "{log:?}");
}

#[test]
fn connects_to_addresses_without_looking_them_up() {
    for (host, first) in [
        ("169.254.169.254", "connect 169.254.169.254:80"),
        ("[fd00:ec2::254]", "connect [fd00:ec2::254]:80"),
        ("[::1]:8080", "connect [::1]:8080"),
    ] {
        let (response, log) = fetch(host, false);
        assert_eq!(response.as_deref(), Ok("ASIAEXAMPLE"));
        assert_eq!((&*log[0], &*log[1]), (first, &*format!("host: {host}")));
    }
}

#[test]
fn names_the_step_that_failed() {
    let (response, _) = fetch("elsewhere", false);
    assert_eq!(response, Err(NalError::Dns("no such host")));
    assert_eq!(response.unwrap_err().to_string(), "the host was not found: \"no such host\"");
    let (response, _) = fetch("metadata", true);
    assert_eq!(response, Err(NalError::Io(IoError::Transport(ErrorKind::ConnectionRefused))));
    let (response, log) = fetch("metadata:http", false);
    assert_eq!((response, log.len()), (Err(NalError::InvalidHost), 0));
}
