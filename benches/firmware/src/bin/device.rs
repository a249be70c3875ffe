//! A device that uploads a sensor log, larger than its memory, to S3 with the credentials of a
//! role.
//!
//! It has no key, no clock, and 64 KB of RAM. It fetches the role's credentials from the instance
//! metadata service, takes the time from the same response, signs, and asks S3 whether it accepts
//! the log. It sends the log in chunks, each signed as it is made
//! (`STREAMING-AWS4-HMAC-SHA256-PAYLOAD`). [`fetch`] and [`put`] take any stream of `embedded-io`.
//! Here the streams are the board's serial ports, each a TCP connection to the emulator.
//! `tests/servers/checks/board.py` runs it.
#![no_std]
#![no_main]

use embedded_io::{Read, Write};
use rolesig::conversation::Imds;
use rolesig::http1::{HttpError, Response};
use rolesig::io::{ReceivedResponse, blocking};
use rolesig::{
    ChunkForm, Chunked, Credentials, Emit, Request, Service, Signer, Sink, StoredCredentials,
    Timestamp, V4,
};
use rolesig_firmware::board::{exit, print, seconds};
use rolesig_firmware::uart::Uart;

const REGION: &str = "us-east-1";
const HOST: &str = "s3.us-east-1.amazonaws.com";
/// The path: bucket and key, or the key alone if the bucket is in the host's name.
const PATH: &str = "/sandbox/logs/device-0001.csv";

/// The length of the log in bytes.
const LOG_LEN: u64 = 200_000;
/// The length of chunks. S3 accepts no smaller ones, except for the last chunk.
const CHUNK_LEN: usize = 8192;

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(match upload() {
        Ok(()) => true,
        Err(reason) => {
            print(reason.as_bytes());
            print(b"\n");
            false
        }
    })
}

fn upload() -> Result<(), &'static str> {
    // For the responses of the metadata service, for each chunk, and for S3's response.
    let mut buffer = [0; CHUNK_LEN];
    let mut stored = StoredCredentials::<2048>::new();

    // A real device connects by TCP to 169.254.169.254:80. A device with its own certificate uses
    // `IotCredentials` instead of `Imds`, and a TLS session with the credentials endpoint.
    let clock = fetch(|| Ok(Uart::open(0)), &mut stored, &mut buffer)?;
    let credentials = stored.credentials().ok_or("no credentials are stored")?;

    // A real device opens a TLS session with HOST: by embedded-tls, mbedtls, or its modem.
    let mut s3 = Uart::open(1);
    let ReceivedResponse { status, len, .. } = put(&mut s3, credentials, clock.now(), &mut buffer)?;
    if status == 200 {
        return Ok(());
    }
    // An error of S3 is XML with a code and a message.
    print(buffer.get(..len).unwrap_or_default());
    Err("\nS3 refused the log")
}

/// A server's time, and the board's seconds since its start when the time arrived.
struct Clock {
    date: Timestamp,
    came: u32,
}

impl Clock {
    fn now(&self) -> Timestamp {
        let since = seconds().wrapping_sub(self.came);
        self.date.checked_add(u64::from(since)).unwrap_or(self.date)
    }
}

/// Fetches credentials and the time. A device that keeps running renews them: see
/// `rolesig::Refresh`.
fn fetch<S: Read + Write>(
    open: impl FnMut() -> Result<S, S::Error>,
    stored: &mut StoredCredentials<2048>,
    buffer: &mut [u8],
) -> Result<Clock, &'static str> {
    let concluded = blocking::converse(&mut Imds::new(), "169.254.169.254", buffer, open)
        .map_err(|_| "the metadata service gave no credentials")?;
    let date = concluded.date.ok_or("the metadata service did not say the time")?;
    let clock = Clock { date, came: seconds() };
    let provided = concluded.outcome;
    let kept = stored.store(provided.credentials, Some(provided.expires_at));
    buffer.fill(0);
    kept.map_err(|_| "the credentials are longer than any known").map(|()| clock)
}

/// Puts the log, and returns S3's response, whose body is then in the buffer.
fn put<S: Read + Write>(
    stream: &mut S,
    credentials: Credentials<'_>,
    now: Timestamp,
    buffer: &mut [u8; CHUNK_LEN],
) -> Result<ReceivedResponse, &'static str> {
    let payload = Chunked {
        len: LOG_LEN,
        chunk_len: CHUNK_LEN,
        content_encoding: None,
        form: ChunkForm::Signed,
    };
    let content_type = ("content-type", &b"text/csv"[..]);
    let headers = &[content_type];
    let request = Request { method: "PUT", host: HOST, path: PATH, query: &[], headers, payload };
    let mut signer = Signer::new(credentials, REGION, Service::S3).map_err(unsigned)?;
    let signed = signer.sign(&request, now).map_err(unsigned)?;
    let mut chunks = signer.chunks(&signed);

    let mut wire = Wire { stream, is_whole: true };
    wire.put(b"PUT ");
    signed.target().emit_to(&mut wire);
    wire.put(b" HTTP/1.1");
    wire.header("host", &HOST);
    wire.header(content_type.0, &content_type.1);
    signed.headers().for_each(|(name, value)| wire.header(name, &value));
    wire.header("content-length", &itoa::Buffer::new().format(payload.encoded_len::<V4>()));
    wire.header("expect", &"100-continue");
    wire.put(b"\r\n\r\n");
    let stream = wire.finish()?;

    // After the head, the server either accepts the log (100), or refuses it before it is sent.
    let mut response = Response::new();
    while response.status() == 0 {
        let mut byte = [0];
        if stream.read(&mut byte).map_err(broken)? == 0 {
            return Err(broken(HttpError::NoResponse));
        }
        response.take(&mut byte).map_err(broken)?;
    }
    if response.status() == 100 {
        let mut wire = Wire { stream: &mut *stream, is_whole: true };
        let mut log = SensorLog { at: 0 };
        while let Some(data) = log.read(buffer) {
            chunks.chunk(data).map_err(unsigned)?.emit_to(&mut wire);
        }
        chunks.finish(None).map_err(unsigned)?.emit_to(&mut wire);
        wire.finish()?;
    }
    blocking::receive(stream, &mut response, buffer).map_err(broken)
}

fn unsigned<E>(_: E) -> &'static str {
    "the log could not be signed"
}

fn broken<E>(_: E) -> &'static str {
    "the connection to S3 broke, or what answered is not S3"
}

/// A sink that writes to a stream. A sink cannot fail, so `finish` returns the error.
struct Wire<'s, S> {
    stream: &'s mut S,
    is_whole: bool,
}

impl<'s, S: Write> Wire<'s, S> {
    fn header(&mut self, name: &str, value: &dyn Emit) {
        self.put(b"\r\n");
        self.put(name.as_bytes());
        self.put(b": ");
        (&value).emit_to(self);
    }

    fn finish(self) -> Result<&'s mut S, &'static str> {
        self.stream.flush().map_err(broken)?;
        if self.is_whole { Ok(self.stream) } else { Err(broken(())) }
    }
}

impl<S: Write> Sink for Wire<'_, S> {
    fn put(&mut self, mut bytes: &[u8]) {
        // `write_all` can panic.
        while self.is_whole && !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(written @ 1..) => bytes = bytes.get(written..).unwrap_or_default(),
                _ => self.is_whole = false,
            }
        }
    }
}

/// The log, a chunk at a time. A real device reads its flash or its sensor.
struct SensorLog {
    at: u64,
}

impl SensorLog {
    fn read<'b>(&mut self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let left = usize::try_from(LOG_LEN - self.at.min(LOG_LEN)).ok()?;
        let chunk = buffer.get_mut(..left.min(CHUNK_LEN)).filter(|chunk| !chunk.is_empty())?;
        for line in chunk.chunks_mut(LINE_LEN) {
            let number = u32::try_from(self.at).ok()? / 16;
            for (place, byte) in line.iter_mut().zip(sensor_line(number)) {
                *place = byte;
            }
            self.at += 16;
        }
        Some(chunk)
    }
}

const LINE_LEN: usize = 16;

/// Returns a line such as `00000042,123.45`: a number, and the value of a sensor.
fn sensor_line(number: u32) -> [u8; LINE_LEN] {
    let mut line = *b"00000000,000.00\n";
    let shown = number.wrapping_mul(2_654_435_761) >> 16;
    let places = [(0..8, number), (9..12, shown / 100), (13..15, shown % 100)];
    for (digits, mut value) in places {
        for digit in line.get_mut(digits).unwrap_or_default().iter_mut().rev() {
            let [last, ..] = (value % 10).to_le_bytes();
            *digit = b'0' + last;
            value /= 10;
        }
    }
    line
}
