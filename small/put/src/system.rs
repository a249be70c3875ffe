//! The system calls that the program makes, and no more. Those of a crate check themselves in ways
//! that can panic.
//!
//! Source: "syscall(2)", "System V ABI, AMD64 supplement", A.2.1.

use core::arch::asm;
use core::net::SocketAddrV4;

/// The kernel's number of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) usize);

impl Errno {
    /// A time limit of a socket.
    pub(crate) const AGAIN: Self = Self(11);
    /// The same when connecting.
    pub(crate) const INPROGRESS: Self = Self(115);
    pub(crate) const TIMEDOUT: Self = Self(110);
    pub(crate) const CONNREFUSED: Self = Self(111);
}

/// An open file or socket.
#[derive(Clone, Copy)]
pub(crate) struct Descriptor(usize);

pub(crate) const STDIN: Descriptor = Descriptor(0);
pub(crate) const STDERR: Descriptor = Descriptor(2);

/// # Safety
/// What the arguments point to is what the kernel takes them for, and lives.
unsafe fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Errno> {
    let [a, b, c, d, e, f] = arguments;
    let result: usize;
    // SAFETY: the registers are those of the ABI; what they point to, the caller answers for.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    // The last page of addresses is for errors.
    let errno = result.wrapping_neg();
    if (1..4096).contains(&errno) { Err(Errno(errno)) } else { Ok(result) }
}

/// How many bytes were read; 0 at the end.
pub(crate) fn read(from: Descriptor, buffer: &mut [u8]) -> Result<usize, Errno> {
    let at = buffer.as_mut_ptr().expose_provenance();
    // SAFETY: the buffer is ours, and as long as that.
    unsafe { call(0, [from.0, at, buffer.len(), 0, 0, 0]) }
}

/// How many bytes were written.
pub(crate) fn write(to: Descriptor, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the kernel only reads the bytes, and no more of them than there are.
    unsafe { call(1, [to.0, bytes.as_ptr().expose_provenance(), bytes.len(), 0, 0, 0]) }
}

/// As `write`, but if the other side has closed the connection it is an error, and no signal.
pub(crate) fn send(to: Descriptor, bytes: &[u8]) -> Result<usize, Errno> {
    const MSG_NOSIGNAL: usize = 0x4000;
    let at = bytes.as_ptr().expose_provenance();
    // SAFETY: as for `write`.
    unsafe { call(44, [to.0, at, bytes.len(), MSG_NOSIGNAL, 0, 0]) }
}

/// Goes back to the front of a file.
pub(crate) fn rewind(file: Descriptor) -> Result<(), Errno> {
    // SAFETY: no argument is a pointer.
    unsafe { call(8, [file.0, 0, 0, 0, 0, 0]) }.map(drop)
}

/// A socket for TCP over IPv4.
pub(crate) fn socket() -> Result<Descriptor, Errno> {
    const AF_INET: usize = 2;
    const SOCK_STREAM: usize = 1;
    // SAFETY: no argument is a pointer.
    unsafe { call(41, [AF_INET, SOCK_STREAM, 0, 0, 0, 0]) }.map(Descriptor)
}

/// Bounds each reading and each writing, and connecting.
pub(crate) fn set_time_limit(socket: Descriptor, seconds: u64) -> Result<(), Errno> {
    const SOL_SOCKET: usize = 1;
    // SO_RCVTIMEO, SO_SNDTIMEO
    for option in [20, 21] {
        // `struct timeval`
        let limit = [seconds, 0];
        let at = limit.as_ptr().expose_provenance();
        // SAFETY: the kernel only reads the 16 bytes.
        unsafe { call(54, [socket.0, SOL_SOCKET, option, at, size_of_val(&limit), 0]) }?;
    }
    Ok(())
}

pub(crate) fn connect(socket: Descriptor, address: &SocketAddrV4) -> Result<(), Errno> {
    // `struct sockaddr_in`: the family in the host's order, port and address in the network's.
    let ([high, low], [a, b, c, d]) = (address.port().to_be_bytes(), address.ip().octets());
    let address = [2, 0, high, low, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0_u8];
    let at = address.as_ptr().expose_provenance();
    // SAFETY: the kernel only reads the 16 bytes.
    unsafe { call(42, [socket.0, at, address.len(), 0, 0, 0]) }.map(drop)
}

pub(crate) fn close(descriptor: Descriptor) {
    // SAFETY: no argument is a pointer. That nothing is lost is known from the answer.
    let _ = unsafe { call(3, [descriptor.0, 0, 0, 0, 0, 0]) };
}

/// Seconds since 1970.
pub(crate) fn now() -> Result<u64, Errno> {
    // `struct timespec`
    let mut time = [0_u64; 2];
    let at = time.as_mut_ptr().expose_provenance();
    // SAFETY: the kernel writes the 16 bytes, of which any are two numbers.
    unsafe { call(228, [0, at, 0, 0, 0, 0]) }?;
    let [seconds, _] = time;
    Ok(seconds)
}
