//! Fetches credentials from IMDSv2 over an asynchronous TCP/IP stack, and stores them.
//!
//! The stack has one connection, the board's first serial port, which the emulator connects to the
//! metadata service. On a device embassy-net takes its place, and an executor that of [`run`].
#![no_std]
#![no_main]

use core::future::Future;
use core::hint::black_box;
use core::net::{IpAddr, SocketAddr};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use embedded_io::ErrorKind;
use embedded_nal_async::{AddrType, Dns, TcpConnect};
use rolesig::StoredCredentials;
use rolesig::conversation::Imds;
use rolesig::io::nal;
use rolesig_firmware::board::exit;
use rolesig_firmware::uart::Uart;

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(run(pin!(fetch())).is_some())
}

/// Ends the program after a panic. The compiler puts one into each `async fn`, for executors that
/// poll it after its end; `gate.sh` shows that no other is reachable.
#[unsafe(no_mangle)]
extern "C" fn panic_is_reachable() -> ! {
    exit(false)
}

async fn fetch() -> Option<()> {
    let mut body = [0; 2048];
    let host = black_box("169.254.169.254");
    let response = nal::converse(&Stack, &Stack, &mut Imds::new(), host, &mut body).await.ok()?;
    let provided = response.outcome;
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    black_box(stored.credentials().is_some());
    Some(())
}

/// Runs a future where it is, which is polled until it is done.
fn run<T>(mut future: Pin<&mut impl Future<Output = T>>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// A stack whose every connection is the same serial port.
struct Stack;

impl TcpConnect for Stack {
    type Error = ErrorKind;
    type Connection<'a> = Uart;

    async fn connect(&self, remote: SocketAddr) -> Result<Uart, ErrorKind> {
        black_box(remote);
        Ok(Uart::open(0))
    }
}

impl Dns for Stack {
    type Error = ErrorKind;

    async fn get_host_by_name(&self, host: &str, _: AddrType) -> Result<IpAddr, ErrorKind> {
        black_box(host);
        Err(ErrorKind::NotFound)
    }

    async fn get_host_by_address(&self, _: IpAddr, _: &mut [u8]) -> Result<usize, ErrorKind> {
        Err(ErrorKind::Unsupported)
    }
}
