//! Uploads of a file, which is read once for its hash and its length, and again to be sent.

use core::fmt::Write as _;

use embedded_io::Read as _;
use heapless::String;
use rolesig::http1::Response;
use rolesig::{Payload, Request, Signer, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::error::PutError;
use crate::system::{self, STDIN};
use crate::tcp::{Endpoint, Tcp};

/// The number of bytes that are read at once.
const PIECE: usize = 16 * 1024;

pub(crate) fn put(
    s3: &Endpoint<'_>,
    path: &str,
    signer: &mut Signer<'_>,
    now: Timestamp,
) -> Result<(), PutError> {
    let mut piece = [0; PIECE];
    let (len, sha256) = hash(&mut piece)?;
    let request = Request {
        method: "PUT",
        host: s3.host,
        path,
        query: &[],
        headers: &[],
        payload: Payload::Sha256(sha256),
    };
    let signed = signer.sign(&request, now)?;
    let mut head = String::<8192>::new();
    let too_long = |_| PutError::HeadTooLong;
    write!(head, "PUT {} HTTP/1.1\r\nhost: {}\r\n", signed.target(), s3.host).map_err(too_long)?;
    write!(head, "content-length: {len}\r\nconnection: close\r\n").map_err(too_long)?;
    for (name, value) in signed.headers() {
        write!(head, "{name}: {value}\r\n").map_err(too_long)?;
    }
    head.push_str("\r\n").map_err(|_| PutError::HeadTooLong)?;

    let mut stream = Tcp::open(s3)?;
    stream.send(head.as_bytes())?;
    send_body(&mut stream, len, &mut piece)?;
    read_response(&mut stream, &mut piece)
}

fn hash(piece: &mut [u8]) -> Result<(u64, [u8; 32]), PutError> {
    let mut sha256 = Sha256::new();
    let mut len = 0_u64;
    system::rewind(STDIN).map_err(PutError::Input)?;
    while let Some(read) = read_input(piece)? {
        sha256.update(read);
        len = len.saturating_add(u64::try_from(read.len()).unwrap_or(u64::MAX));
    }
    Ok((len, sha256.finalize().into()))
}

fn send_body(stream: &mut Tcp, len: u64, piece: &mut [u8]) -> Result<(), PutError> {
    system::rewind(STDIN).map_err(PutError::Input)?;
    let mut left = len;
    while left > 0 {
        let read = read_input(piece)?.ok_or(PutError::InputChanged)?;
        // Bytes that were appended meanwhile are not signed.
        let read = read.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(read);
        stream.send(read)?;
        left = left.saturating_sub(u64::try_from(read.len()).unwrap_or(u64::MAX));
    }
    Ok(())
}

fn read_input(piece: &mut [u8]) -> Result<Option<&[u8]>, PutError> {
    let len = system::read(STDIN, piece).map_err(PutError::Input)?;
    Ok(piece.get(..len).filter(|read| !read.is_empty()))
}

/// Reads S3's response. A status other than 200 is an error with the response's body.
fn read_response(stream: &mut Tcp, piece: &mut [u8]) -> Result<(), PutError> {
    let mut response = Response::new();
    let mut said = String::new();
    while !response.is_done() {
        let len = stream.read(piece)?;
        let read = piece.get_mut(..len).unwrap_or_default();
        if read.is_empty() {
            response.end()?;
            break;
        }
        let taken = response.take(read)?;
        for byte in read.get(..taken).unwrap_or_default() {
            let shown = if byte.is_ascii_graphic() { char::from(*byte) } else { ' ' };
            // The rest of a long response is discarded.
            let _ = said.push(shown);
        }
    }
    match response.status() {
        200 => Ok(()),
        status => Err(PutError::S3Refused(status, said)),
    }
}
