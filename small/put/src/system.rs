//! The system calls of the program. Those of a crate have checks that can panic.
//!
//! Source: "syscall(2)", "System V ABI, AMD64 supplement", A.2.1.

use core::arch::asm;
use core::net::SocketAddrV4;

/// An error number of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) usize);

impl Errno {
    /// The error of a socket's time limit.
    pub(crate) const AGAIN: Self = Self(11);
    /// The error of the time limit while connecting.
    pub(crate) const INPROGRESS: Self = Self(115);
    pub(crate) const TIMEDOUT: Self = Self(110);
    pub(crate) const CONNREFUSED: Self = Self(111);
}

/// An open file or socket.
#[derive(Clone, Copy)]
pub(crate) struct Descriptor(usize);

pub(crate) const STDIN: Descriptor = Descriptor(0);
pub(crate) const STDERR: Descriptor = Descriptor(2);

/// Makes a system call.
///
/// # Safety
/// The arguments must be those that the system call takes, and their targets must be alive.
unsafe fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Errno> {
    let [a, b, c, d, e, f] = arguments;
    let result: usize;
    // SAFETY: the registers are those of the ABI; the caller guarantees their targets.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    // Values in the last page of addresses are errors.
    let errno = result.wrapping_neg();
    if (1..4096).contains(&errno) { Err(Errno(errno)) } else { Ok(result) }
}

/// Reads bytes, and returns their number; 0 at the end.
pub(crate) fn read(from: Descriptor, buffer: &mut [u8]) -> Result<usize, Errno> {
    let at = buffer.as_mut_ptr().expose_provenance();
    // SAFETY: the buffer is exclusively borrowed, and has this length.
    unsafe { call(0, [from.0, at, buffer.len(), 0, 0, 0]) }
}

/// Writes bytes, and returns their number.
pub(crate) fn write(to: Descriptor, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the kernel only reads the bytes, up to their length.
    unsafe { call(1, [to.0, bytes.as_ptr().expose_provenance(), bytes.len(), 0, 0, 0]) }
}

/// Sends bytes, and returns their number. A connection that the other side has closed is an error
/// rather than a signal.
pub(crate) fn send(to: Descriptor, bytes: &[u8]) -> Result<usize, Errno> {
    const MSG_NOSIGNAL: usize = 0x4000;
    let at = bytes.as_ptr().expose_provenance();
    // SAFETY: as for `write`.
    unsafe { call(44, [to.0, at, bytes.len(), MSG_NOSIGNAL, 0, 0]) }
}

/// Returns to the beginning of a file.
pub(crate) fn rewind(file: Descriptor) -> Result<(), Errno> {
    // SAFETY: no argument is a pointer.
    unsafe { call(8, [file.0, 0, 0, 0, 0, 0]) }.map(drop)
}

/// Opens a socket for TCP over IPv4.
pub(crate) fn socket() -> Result<Descriptor, Errno> {
    const AF_INET: usize = 2;
    const SOCK_STREAM: usize = 1;
    // SAFETY: no argument is a pointer.
    unsafe { call(41, [AF_INET, SOCK_STREAM, 0, 0, 0, 0]) }.map(Descriptor)
}

/// Limits the time of each read, of each write, and of connecting.
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
    // SAFETY: no argument is a pointer. S3's response has confirmed the data.
    let _ = unsafe { call(3, [descriptor.0, 0, 0, 0, 0, 0]) };
}

/// Returns the seconds since 1970.
pub(crate) fn now() -> Result<u64, Errno> {
    // `struct timespec`
    let mut time = [0_u64; 2];
    let at = time.as_mut_ptr().expose_provenance();
    // SAFETY: the kernel writes the 16 bytes, and any bytes are two valid numbers.
    unsafe { call(228, [0, at, 0, 0, 0, 0]) }?;
    let [seconds, _] = time;
    Ok(seconds)
}
