//! Bodies in chunks, and changes to them in transit.

use bytes::Bytes;
use http::Request;
use rolesig::{
    ChunkForm, ChunkHeadReceived, ChunkVerifier, Chunked, Credentials, Emit, Service, Signer,
    Trailer, TrailerName, VerifyError,
};

use super::case::{Case, Wire, seconds_ago};
use super::{Make, Only};

const CRC32C: Trailer<'static> = Trailer { name: TrailerName::CRC32C, value_len: 8 };
const CHECKSUM: &[u8] = b"sOO8/Q==";
const SIGNED: ChunkForm<'static> = ChunkForm::Signed;
const TRAILER: ChunkForm<'static> = ChunkForm::SignedWithTrailer(CRC32C);
const UNSIGNED: ChunkForm<'static> = ChunkForm::UnsignedWithTrailer(CRC32C);

/// Accepted by both.
pub(crate) const ACCEPTED: &[(&str, Make)] = &[
    ("chunks as they are", |case| case.in_chunks(SIGNED)),
    ("chunks with a trailer", |case| case.in_chunks(TRAILER)),
    ("chunks not signed", |case| case.in_chunks(UNSIGNED)),
    ("length of a chunk in capitals", |case| {
        case.chunks(SIGNED, |chunks| {
            for chunk in chunks {
                let end = chunk.iter().position(|byte| *byte == b';').unwrap();
                chunk[..end].make_ascii_uppercase();
            }
        })
    }),
    ("zero before the length of a chunk", |case| {
        case.chunks(SIGNED, |chunks| chunks[0].insert(0, b'0'))
    }),
];

/// Refused by both.
pub(crate) const REFUSED: &[(&str, Make)] = &[
    ("data of a chunk", |case| case.data(SIGNED, |data| data[0] ^= 1)),
    ("data of a chunk before a trailer", |case| case.data(TRAILER, |data| data[0] ^= 1)),
    ("byte of data less", |case| case.data(SIGNED, |data| data.truncate(data.len() - 1))),
    ("length of a chunk", |case| case.chunks(SIGNED, |chunks| chunks[0].insert(0, b'1'))),
    ("signature of a chunk", |case| case.chunks(SIGNED, |chunks| other_digit(&mut chunks[0]))),
    ("signature of the last chunk", |case| {
        case.chunks(SIGNED, |chunks| other_digit(chunks.last_mut().unwrap()))
    }),
    ("signature of a chunk dropped", |case| {
        case.chunks(SIGNED, |chunks| {
            let end = chunks[0].iter().position(|byte| *byte == b';').unwrap();
            chunks[0].drain(end..end + 81);
        })
    }),
    ("chunk dropped", |case| case.chunks(SIGNED, |chunks| drop(chunks.remove(0)))),
    ("chunk twice", |case| case.chunks(SIGNED, |chunks| chunks.insert(0, chunks[0].clone()))),
    ("chunks turned", |case| {
        case.chunks(SIGNED, |chunks| {
            let last = chunks.len() - 1;
            chunks[..last].reverse();
        })
    }),
    ("cut within a chunk", |case| {
        case.chunks(SIGNED, |chunks| {
            let len = chunks[0].len();
            chunks[0].truncate(len - 3);
            chunks.truncate(1);
        })
    }),
    ("length of the body", |case| {
        let mut wire = case.in_chunks(SIGNED)?;
        wire.headers_mut().insert("x-amz-decoded-content-length", 1_000_000.into());
        Some(wire)
    }),
    ("chunks of another request", |case| {
        let other = Case { path: "/bucket/other".to_owned(), ..case.clone() };
        let body = other.in_chunks(SIGNED)?.into_body();
        case.in_chunks(SIGNED).map(|wire| wire.map(|_| body))
    }),
    ("value of the trailer", |case| case.last(TRAILER, "sOO8", "sOO9")),
    ("name of the trailer", |case| {
        case.last(TRAILER, "x-amz-checksum-crc32c", "x-amz-checksum-crc32")
    }),
    ("signature of the trailer", |case| {
        case.chunks(TRAILER, |chunks| {
            let last = chunks.last_mut().unwrap();
            let place = last.len() - 5;
            last[place] = if last[place] == b'0' { b'1' } else { b'0' };
        })
    }),
    ("signature of the trailer dropped", |case| {
        case.chunks(TRAILER, |chunks| {
            let last = chunks.last_mut().unwrap();
            last.truncate(last.len() - 92);
            last.extend_from_slice(b"\r\n");
        })
    }),
    ("trailer that was not announced", |case| {
        let body = case.in_chunks(TRAILER)?.into_body();
        case.in_chunks(SIGNED).map(|wire| wire.map(|_| body))
    }),
];

/// Every way in which they differ, and why.
pub(crate) const DIFFERENCES: &[(&str, Only, &str, Make)] = &[
    (
        "last chunk dropped",
        Only::Theirs,
        "to s3s the end of the stream is that of the body",
        |case| case.chunks(SIGNED, |chunks| drop(chunks.pop())),
    ),
    (
        "all chunks dropped",
        Only::Theirs,
        "to s3s the end of the stream is that of the body",
        |case| case.chunks(SIGNED, Vec::clear),
    ),
    (
        "trailer dropped",
        Only::Theirs,
        "s3s does not ask for the trailer that was announced",
        |case| {
            case.chunks(TRAILER, |chunks| {
                let last = chunks.last_mut().unwrap();
                let end = last.iter().position(|byte| *byte == b'\n').unwrap();
                last.truncate(end + 1);
                last.extend_from_slice(b"\r\n");
            })
        },
    ),
];

/// Replaces the first digit in the signature of a chunk.
fn other_digit(chunk: &mut [u8]) {
    let place = chunk.iter().position(|byte| *byte == b'=').unwrap() + 1;
    chunk[place] = if chunk[place] == b'0' { b'1' } else { b'0' };
}

impl Case {
    /// Signs a case, its body in chunks, the last one with the trailer. Not if it is presigned.
    fn sign_chunks(&self, form: ChunkForm<'static>) -> Option<(Wire, Vec<Vec<u8>>)> {
        let (body, chunk_len) = (self.body.repeat(3), 1 + self.random % 30);
        let len = body.len().try_into().unwrap();
        let payload = Chunked { len, chunk_len, content_encoding: None, form };
        let query: Vec<_> = self.query.iter().map(|(name, value)| (*name, &**value)).collect();
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, &**value)).collect();
        let Self { method, path, key_id, secret, region, session_token, .. } = self;
        let (query, headers, host) = (&query[..], &headers[..], "localhost:8014");
        let request = rolesig::Request { method, host, path, query, headers, payload };
        let credentials = Credentials {
            access_key_id: key_id,
            secret_access_key: secret,
            session_token: *session_token,
        };
        let mut signer = Signer::new(credentials, region, Service::S3).unwrap();
        let signed = signer.sign(&request, seconds_ago(self.age)).unwrap();
        let mut wire = Request::builder().method(*method).header("host", host);
        for (name, value) in headers {
            wire = wire.header(*name, *value);
        }
        for (name, value) in signed.headers() {
            wire = wire.header(name, value.to_string());
        }
        let wire = wire.uri(signed.target().to_string()).body(Bytes::new()).unwrap();
        let mut signer = signer.chunks(&signed);
        let mut chunks: Vec<_> =
            body.chunks(chunk_len).map(|data| written(&signer.chunk(data).unwrap())).collect();
        let trailer = (!matches!(form, ChunkForm::Signed)).then_some(CHECKSUM);
        chunks.push(written(&signer.finish(trailer).unwrap()));
        (!self.presign).then_some((wire, chunks))
    }

    fn in_chunks(&self, form: ChunkForm<'static>) -> Option<Wire> {
        let (wire, chunks) = self.sign_chunks(form)?;
        Some(wire.map(|_| chunks.concat().into()))
    }

    /// Signs a case, and sends other chunks; `None` if the body is empty, or the chunks are equal.
    fn chunks(
        &self,
        form: ChunkForm<'static>,
        change: impl FnOnce(&mut Vec<Vec<u8>>),
    ) -> Option<Wire> {
        let (wire, mut chunks) = self.sign_chunks(form)?;
        let before = chunks.concat();
        if !self.body.is_empty() {
            change(&mut chunks);
        }
        let after = chunks.concat();
        (after != before).then(|| wire.map(|_| after.into()))
    }

    /// Signs a case, and changes the data in the first chunk.
    fn data(&self, form: ChunkForm<'static>, change: impl FnOnce(&mut Vec<u8>)) -> Option<Wire> {
        self.chunks(form, |chunks| {
            let end = chunks[0].iter().position(|byte| *byte == b'\n').unwrap() + 1;
            let mut data = chunks[0].split_off(end);
            change(&mut data);
            chunks[0].append(&mut data);
        })
    }

    /// Signs a case, and changes the text at the end.
    fn last(&self, form: ChunkForm<'static>, old: &str, new: &str) -> Option<Wire> {
        self.chunks(form, |chunks| {
            let last = chunks.last_mut().unwrap();
            *last = str::from_utf8(last).unwrap().replace(old, new).into_bytes();
        })
    }
}

fn written(value: &impl Emit) -> Vec<u8> {
    let mut buffer = vec![0; value.emitted_len()];
    value.write_to(&mut buffer).unwrap();
    buffer
}

/// Reads a body as a server would.
pub(crate) fn receive(mut chunks: ChunkVerifier<'_>, mut wire: &[u8]) -> Result<(), VerifyError> {
    loop {
        let head = ChunkHeadReceived::read(take_line(&mut wire)?)?;
        let len = usize::try_from(head.len()).ok().filter(|len| *len <= wire.len());
        let (data, rest) = wire.split_at(len.ok_or(VerifyError::IncompleteBody)?);
        wire = rest;
        chunks.chunk(&head, data)?;
        if head.is_empty() {
            break;
        }
        if !take_line(&mut wire)?.is_empty() {
            return Err(VerifyError::InvalidChunk);
        }
    }
    let line = take_line(&mut wire)?;
    if line.is_empty() {
        return chunks.finish(None);
    }
    let (name, value) = str::from_utf8(line)
        .ok()
        .and_then(|line| line.split_once(':'))
        .and_then(|(name, value)| Some((TrailerName::new(name).ok()?, value)))
        .ok_or(VerifyError::InvalidTrailer)?;
    let signature = take_line(&mut wire)?.strip_prefix(b"x-amz-trailer-signature:");
    let signature = signature.ok_or(VerifyError::InvalidTrailer)?;
    chunks.finish(Some((name, value.as_bytes(), signature)))
}

fn take_line<'w>(wire: &mut &'w [u8]) -> Result<&'w [u8], VerifyError> {
    let end = wire.windows(2).position(|pair| pair == b"\r\n");
    let end = end.ok_or(VerifyError::IncompleteBody)?;
    let line = &wire[..end];
    *wire = &wire[end + 2..];
    Ok(line)
}
