//! A response, taken as it is read.
//!
//! ```text
//!   Status ──▶ Header ──┬─▶ Body(n) ─────────────────────────────────▶ Done
//!     ▲          │      ├─▶ ChunkLen ──▶ Chunk(n) ──▶ ChunkEnd
//!     └── 1xx ───┘      │      ▲  └─ 0 ─▶ Trailer ──────│────────────▶ Done
//!                       │      └─────────────────────────┘
//!                       └─▶ UntilClose ──── end() ───────────────────▶ Done
//! ```

use core::{fmt, mem};

use heapless::Vec;

use super::line::{LINE, chunk_len, header, number};
use super::{HEAD_LIMIT, HttpError};
use crate::emit::byte_class::is_same_name;
use crate::time::timestamp::Timestamp;

/// As long as a line with the length of a chunk may be, with its extensions.
const CHUNK_LINE_LIMIT: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Status,
    Header,
    /// So many bytes are to come.
    Body(usize),
    ChunkLen,
    Chunk(usize),
    ChunkEnd,
    Trailer,
    UntilClose,
    Done,
}

/// The time by the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Unknown,
    /// `Date`.
    Date(Timestamp),
    /// `Age`: a cache has kept the response, however long.
    Past,
}

/// A response, of which any pieces are taken in turn. It is about 140 bytes, holds no part of the
/// body, and of the head no more than a line.
///
/// Interim responses (1xx) are skipped. A body is as long as `Content-Length` says, in chunks, or
/// ends with the connection. Lines may end with LF alone. Everything else is strict: what could be
/// read in two ways is an error.
///
/// Source: RFC 9112, §2.2 (lines), §4 (status line), §5 (headers), §6.3 (length), §7.1 (chunks),
/// §9.3 (persistence); RFC 9110, §15.2 (interim responses), §6.6.1 (`Date`); RFC 9111, §5.1
/// (`Age`).
///
/// ```
/// use rolesig::http1::Response;
///
/// let mut response = Response::new();
/// let mut body = Vec::new();
/// let pieces = ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", " OK\r\nTransfer-Encoding: chunked\r\n",
///     "\r\n4;x=y\r\nrole\r", "\n0\r\n\r\n"];
/// for piece in pieces {
///     let mut piece = piece.as_bytes().to_vec();
///     let len = response.take(&mut piece)?;
///     body.extend_from_slice(&piece[..len]);
/// }
/// response.end()?;
/// assert_eq!((response.status(), &*body), (200, &b"role"[..]));
/// # Ok::<(), rolesig::http1::HttpError>(())
/// ```
#[derive(Clone)]
pub struct Response {
    step: Step,
    line: Vec<u8, LINE>,
    /// True if the line has more than is kept of it.
    is_long: bool,
    /// The last byte of the line, kept or not.
    last: u8,
    /// The bytes of heads that can still be taken.
    head_left: usize,
    /// The bytes of the line with a chunk's length that can still be taken.
    chunk_line_left: usize,
    status: u16,
    content_length: Option<usize>,
    is_chunked: bool,
    keeps_open: bool,
    time: Time,
}

impl Response {
    /// Creates a response of which nothing has arrived.
    pub const fn new() -> Self {
        Self {
            step: Step::Status,
            line: Vec::new(),
            is_long: false,
            last: 0,
            head_left: HEAD_LIMIT,
            chunk_line_left: CHUNK_LINE_LIMIT,
            status: 0,
            content_length: None,
            is_chunked: false,
            keeps_open: false,
            time: Time::Unknown,
        }
    }

    /// Takes what was read next. The bytes of the body are moved to the front, and their number is
    /// returned.
    ///
    /// # Errors
    /// [`HttpError`] if this is not a response of HTTP/1.1. Nothing more can be read from its
    /// connection then.
    pub fn take(&mut self, read: &mut [u8]) -> Result<usize, HttpError> {
        let mut len = 0;
        for at in 0..read.len() {
            let Some(byte) = read.get(at).copied() else { break };
            if self.take_byte(byte)? {
                if let Some(place) = read.get_mut(len) {
                    *place = byte;
                }
                len += 1;
            }
        }
        Ok(len)
    }

    /// Takes the end of the connection.
    ///
    /// # Errors
    /// [`HttpError::NoResponse`] if nothing was read before, [`HttpError::Cut`] if the
    /// response is not whole.
    pub fn end(&mut self) -> Result<(), HttpError> {
        match self.step {
            Step::Done | Step::UntilClose => {
                self.step = Step::Done;
                self.keeps_open = false;
                Ok(())
            }
            _ if self.head_left == HEAD_LIMIT => Err(HttpError::NoResponse),
            _ => Err(HttpError::Cut),
        }
    }

    /// Returns whether the response is whole. One whose body ends with the connection is not before
    /// [`end`](Self::end).
    pub fn is_done(&self) -> bool {
        self.step == Step::Done
    }

    /// Returns the status; 0 before it has arrived.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Returns the length of the body, if it is known before the body has arrived.
    pub const fn content_length(&self) -> Option<usize> {
        self.content_length
    }

    /// Returns whether the connection may be used for another request, once the response is whole.
    pub fn keeps_open(&self) -> bool {
        self.keeps_open && self.is_done()
    }

    /// Returns the server's time when it answered: `Date`. `None` if it is absent or cannot be
    /// read, or if a cache kept the response meanwhile (it has an `Age`).
    pub fn date(&self) -> Option<Timestamp> {
        match self.time {
            Time::Date(date) => Some(date),
            Time::Unknown | Time::Past => None,
        }
    }

    /// Takes a byte, and returns whether it belongs to the body.
    fn take_byte(&mut self, byte: u8) -> Result<bool, HttpError> {
        match self.step {
            Step::Body(left) => {
                self.step = if left > 1 { Step::Body(left - 1) } else { Step::Done };
                Ok(true)
            }
            Step::Chunk(left) => {
                self.step = if left > 1 { Step::Chunk(left - 1) } else { Step::ChunkEnd };
                Ok(true)
            }
            Step::UntilClose => Ok(true),
            Step::Done => Err(HttpError::Surplus),
            Step::Status | Step::Header | Step::Trailer => {
                self.head_left = self.head_left.checked_sub(1).ok_or(HttpError::HeadTooLong)?;
                self.take_of_line(byte)
            }
            Step::ChunkLen | Step::ChunkEnd => {
                let left = self.chunk_line_left.checked_sub(1).ok_or(HttpError::BadChunk)?;
                self.chunk_line_left = left;
                self.take_of_line(byte)
            }
        }
    }

    /// Takes a byte of a line (RFC 9112, §2.2).
    fn take_of_line(&mut self, byte: u8) -> Result<bool, HttpError> {
        if byte != b'\n' {
            // A carriage return stands only before the line feed, also where no byte is kept.
            if byte == b'\0' || self.last == b'\r' {
                return Err(HttpError::BadHeader);
            }
            self.last = byte;
            if byte != b'\r' {
                self.is_long |= self.line.push(byte).is_err();
            }
            return Ok(false);
        }
        self.last = 0;
        let line = mem::take(&mut self.line);
        let is_long = mem::take(&mut self.is_long);
        let line = line.as_slice();
        match self.step {
            Step::Status => self.take_status(line)?,
            Step::Header if line.is_empty() => self.step = self.behind_head()?,
            Step::Header => self.take_header(line, is_long)?,
            Step::Trailer if line.is_empty() => self.step = Step::Done,
            Step::Trailer => drop(header(line, is_long)?),
            Step::ChunkEnd if line.is_empty() => {
                self.step = Step::ChunkLen;
                self.chunk_line_left = CHUNK_LINE_LIMIT;
            }
            Step::ChunkLen => {
                self.step = match chunk_len(line).ok_or(HttpError::BadChunk)? {
                    0 => Step::Trailer,
                    len => Step::Chunk(len),
                };
            }
            _ => return Err(HttpError::BadChunk),
        }
        Ok(false)
    }

    /// Takes the status line (RFC 9112, §4).
    fn take_status(&mut self, line: &[u8]) -> Result<(), HttpError> {
        let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ (b'0' | b'1'), b' ', rest @ ..] =
            line
        else {
            return Err(HttpError::NotHttp);
        };
        let (digits, reason) = rest.split_at_checked(3).ok_or(HttpError::NotHttp)?;
        let status = number(digits).and_then(|status| u16::try_from(status).ok());
        let status = status.filter(|status| *status >= 100).ok_or(HttpError::NotHttp)?;
        if !matches!(reason, [] | [b' ', ..]) {
            return Err(HttpError::NotHttp);
        }
        self.status = status;
        self.keeps_open = *minor == b'1';
        self.step = Step::Header;
        Ok(())
    }

    /// Takes a header line (RFC 9112, §5, §6 and §9.3).
    fn take_header(&mut self, line: &[u8], is_long: bool) -> Result<(), HttpError> {
        let (name, value) = header(line, is_long)?;
        let is = |known: &[u8]| is_same_name(name, known);
        if is(b"content-length") {
            if is_long {
                return Err(HttpError::BadContentLength);
            }
            let len = number(value).ok_or(HttpError::BadContentLength)?;
            if self.content_length.is_some_and(|other| other != len) {
                return Err(HttpError::BadContentLength);
            }
            self.content_length = Some(len);
        } else if is(b"transfer-encoding") {
            if is_long || self.is_chunked || !is_same_name(value, b"chunked") {
                return Err(HttpError::BadTransferEncoding);
            }
            self.is_chunked = true;
        } else if is(b"connection") {
            // Whatever else it says, the connection is not used again; that is always right.
            self.keeps_open &= !is_long && is_same_name(value, b"keep-alive");
        } else if is(b"date") {
            self.take_date(value, is_long);
        } else if is(b"age") {
            self.time = Time::Past;
        }
        Ok(())
    }

    fn take_date(&mut self, value: &[u8], is_long: bool) {
        let date = if is_long { None } else { Timestamp::from_http_bytes(value) };
        if self.time != Time::Past {
            self.time = date.map_or(Time::Unknown, Time::Date);
        }
    }

    /// Returns what follows the head (RFC 9112, §6.3).
    fn behind_head(&mut self) -> Result<Step, HttpError> {
        let content_length = self.content_length;
        if self.is_chunked && content_length.is_some() {
            return Err(HttpError::BadTransferEncoding);
        }
        Ok(match self.status {
            101 => return Err(HttpError::OtherProtocol),
            100..=199 => {
                self.content_length = None;
                self.is_chunked = false;
                Step::Status
            }
            204 | 304 => {
                self.content_length = None;
                Step::Done
            }
            _ if self.is_chunked => Step::ChunkLen,
            _ => match content_length {
                Some(0) => Step::Done,
                Some(len) => Step::Body(len),
                None => {
                    self.keeps_open = false;
                    Step::UntilClose
                }
            },
        })
    }
}

impl Default for Response {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows no header: a cookie or a token can be in it.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("step", &self.step)
            .field("status", &self.status)
            .field("content_length", &self.content_length)
            .finish_non_exhaustive()
    }
}
