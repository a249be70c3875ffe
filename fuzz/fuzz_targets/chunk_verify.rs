//! Verifying a body in chunks. A signed body is accepted, however it is cut into reads, and a
//! changed one is not. A naive reader of the whole body decides both.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig::{
    ChunkForm, ChunkHeadReceived, ChunkVerifier, Chunked, Credentials, Emit, ReceivedBody,
    ReceivedRequest, Request, Service, Signer, Timestamp, Trailer, TrailerName, Verifier,
    VerifyError,
};
use rolesig_fuzz::naive::chunks;

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};
const HOST: &str = "b.s3.eu-west-1.amazonaws.com";
const REGION: &str = "eu-west-1";
const DATE: &str = "20150830T123600Z";

/// Pieces of a changed body, besides its own bytes.
const PIECES: [&[u8]; 12] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"0",
    b"00000000",
    b"ffffffffffffffff",
    b";",
    b";chunk-signature=",
    b":",
    b"x-amz-trailer-signature:",
    b"x-amz-checksum-crc32c:",
    b"0;chunk-signature=0000000000000000000000000000000000000000000000000000000000000000\r\n\r\n",
];

#[derive(Debug)]
struct Input {
    body: Vec<u8>,
    chunk_len: usize,
    trailer: Option<(&'static str, Vec<u8>)>,
    is_signed: bool,
    changes: Vec<Change>,
    /// The lengths of the reads, repeated.
    reads: Vec<u8>,
}

/// A change of the body in transit. Places wrap around at the end.
#[derive(Debug)]
enum Change {
    Bit(usize),
    Cut(usize, usize),
    Copy(usize, usize, usize),
    Insert(usize, &'static [u8]),
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let names = ["x-amz-checksum-crc32c", "x-amz-checksum-sha256", "x"];
        let is_signed = u.ratio(15, 16)?;
        let trailer = if is_signed && u.arbitrary()? {
            None
        } else {
            let value = Vec::<u8>::arbitrary(u)?;
            Some((*u.choose(&names)?, value.iter().map(|byte| b'!' + byte % 94).collect()))
        };
        let mut changes = Vec::new();
        for _ in 0..u.int_in_range(0..=3)? {
            changes.push(match u.int_in_range(0..=3)? {
                0 => Change::Bit(u.arbitrary()?),
                1 => Change::Cut(u.arbitrary()?, u.arbitrary()?),
                2 => Change::Copy(u.arbitrary()?, u.arbitrary()?, u.arbitrary()?),
                _ => Change::Insert(u.arbitrary()?, u.choose(&PIECES)?),
            });
        }
        Ok(Self {
            chunk_len: u.int_in_range(1..=300)?,
            trailer,
            is_signed,
            changes,
            reads: Vec::arbitrary(u)?,
            body: Vec::arbitrary(u)?,
        })
    }
}

impl Change {
    fn apply(&self, wire: &mut Vec<u8>) {
        let len = wire.len() + 1;
        match *self {
            Self::Bit(bit) if !wire.is_empty() => {
                let at = bit / 8 % wire.len();
                wire[at] ^= 1 << (bit % 8);
            }
            Self::Bit(_) => {}
            Self::Cut(a, b) => {
                let (a, b) = (a % len, b % len);
                wire.drain(a.min(b)..a.max(b));
            }
            Self::Copy(a, b, to) => {
                let (a, b) = (a % len, b % len);
                let piece = wire[a.min(b)..a.max(b)].to_vec();
                wire.splice(to % len..to % len, piece);
            }
            Self::Insert(at, piece) => drop(wire.splice(at % len..at % len, piece.iter().copied())),
        }
    }
}

fuzz_target!(|input: Input| {
    let (headers, seed, wire) = sign(&input);
    let mut changed = wire.clone();
    input.changes.iter().for_each(|change| change.apply(&mut changed));

    let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = ReceivedRequest { method: "PUT", path: "/key", query: &[], headers: &headers };
    let s3 = Verifier::new(REGION, Service::S3).allow_unsigned_payload();
    let verified = s3
        .verify(&request, ReceivedBody::Unread, now(), |_, _| Ok(CREDENTIALS.secret_access_key))
        .unwrap();
    let len = input.body.len() as u64;
    let Some(verifier) = verified.into_chunks() else {
        assert!(!input.is_signed);
        return;
    };
    assert!(input.is_signed);
    let lens = input.reads.iter().map(|len| usize::from(*len).max(1));
    let lens = lens.chain([usize::MAX]).cycle();
    let received = receive(verifier, Reads { wire: &changed, lens, buffer: Vec::new() });

    let chunked = chunks::Chunked {
        secret_access_key: CREDENTIALS.secret_access_key.to_owned(),
        date: DATE.to_owned(),
        region: REGION.to_owned(),
        service: "s3".to_owned(),
        seed,
        len,
        has_trailer: input.trailer.is_some(),
    };
    let expected = chunks::receive(&chunked, &changed);
    assert_eq!(received.as_ref().ok(), expected.as_ref().map(|expected| &expected.body));
    if let Some(expected) = expected {
        assert_eq!(expected, chunks::Received { body: input.body.clone(), wire });
    } else {
        assert!(changed != wire, "{received:?}");
    }
});

fn now() -> Timestamp {
    Timestamp::from_amz_date(DATE).unwrap()
}

type Headers = Vec<(String, Vec<u8>)>;

/// Returns the received head, its signature, and the body on the wire.
fn sign(input: &Input) -> (Headers, String, Vec<u8>) {
    let trailer = input.trailer.as_ref().map(|(name, value)| Trailer {
        name: TrailerName::new(name).unwrap(),
        value_len: value.len(),
    });
    let form = match trailer {
        None => ChunkForm::Signed,
        Some(trailer) if input.is_signed => ChunkForm::SignedWithTrailer(trailer),
        Some(trailer) => ChunkForm::UnsignedWithTrailer(trailer),
    };
    let request = Request {
        method: "PUT",
        host: HOST,
        path: "/key",
        query: &[],
        headers: &[],
        payload: Chunked {
            len: input.body.len() as u64,
            chunk_len: input.chunk_len,
            content_encoding: None,
            form,
        },
    };
    let mut signer = Signer::new(CREDENTIALS, REGION, Service::S3).unwrap();
    let signed = signer.sign(&request, now()).unwrap();
    let mut headers = vec![("Host".to_owned(), HOST.as_bytes().to_vec())];
    headers.extend(signed.headers().map(|(name, value)| (name.to_owned(), emitted(&value))));
    let seed = signed.signature().to_string();
    let mut chunks = signer.chunks(&signed);
    let mut wire = Vec::new();
    for data in input.body.chunks(input.chunk_len) {
        wire.extend(emitted(&chunks.chunk(data).unwrap()));
    }
    let value = input.trailer.as_ref().map(|(_, value)| &**value);
    wire.extend(emitted(&chunks.finish(value).unwrap()));
    (headers, seed, wire)
}

fn emitted(value: &impl Emit) -> Vec<u8> {
    let mut buffer = vec![0; value.emitted_len()];
    assert_eq!(value.write_to(&mut buffer).map(<[u8]>::len), Ok(value.emitted_len()));
    buffer
}

/// A body that arrives in reads.
struct Reads<'w, L> {
    wire: &'w [u8],
    lens: L,
    buffer: Vec<u8>,
}

impl<L: Iterator<Item = usize>> Reads<'_, L> {
    /// Reads once more, or returns an error at the end.
    fn read(&mut self) -> std::result::Result<(), VerifyError> {
        if self.wire.is_empty() {
            return Err(VerifyError::IncompleteBody);
        }
        let len = self.lens.next().unwrap().min(self.wire.len());
        self.buffer.extend(self.wire.split_off(..len).unwrap());
        Ok(())
    }

    fn bytes(&mut self, len: u64) -> std::result::Result<Vec<u8>, VerifyError> {
        while (self.buffer.len() as u64) < len {
            self.read()?;
        }
        Ok(self.buffer.drain(..usize::try_from(len).unwrap()).collect())
    }

    /// Returns the next line, without its end.
    fn line(&mut self) -> std::result::Result<Vec<u8>, VerifyError> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.drain(..end).collect();
                self.buffer.drain(..2);
                return Ok(line);
            }
            self.read()?;
        }
    }
}

fn receive(
    mut verifier: ChunkVerifier<'_>,
    mut reads: Reads<'_, impl Iterator<Item = usize>>,
) -> std::result::Result<Vec<u8>, VerifyError> {
    let mut body = Vec::new();
    loop {
        let head = ChunkHeadReceived::read(&reads.line()?)?;
        let data = reads.bytes(head.len())?;
        verifier.chunk(&head, &data)?;
        body.extend(data);
        if head.is_empty() {
            break;
        }
        if !reads.line()?.is_empty() {
            return Err(VerifyError::InvalidChunk);
        }
    }
    let line = reads.line()?;
    if line.is_empty() {
        verifier.finish(None)?;
    } else {
        let colon =
            line.iter().position(|byte| *byte == b':').ok_or(VerifyError::InvalidTrailer)?;
        let name = str::from_utf8(&line[..colon]).ok();
        let name = name.and_then(|name| TrailerName::new(name).ok());
        let name = name.ok_or(VerifyError::InvalidTrailer)?;
        let signature = reads.line()?;
        let signature = signature.strip_prefix(b"x-amz-trailer-signature:");
        let signature = signature.ok_or(VerifyError::InvalidTrailer)?;
        verifier.finish(Some((name, &line[colon + 1..], signature)))?;
        if !reads.line()?.is_empty() {
            return Err(VerifyError::InvalidTrailer);
        }
    }
    let is_end = reads.buffer.is_empty() && reads.wire.is_empty();
    if is_end { Ok(body) } else { Err(VerifyError::InvalidChunk) }
}
