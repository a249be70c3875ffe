//! `ChunkVerifier` takes the chunks of `ChunkSigner`, and nothing else.

use core::ops::Range;

use proptest::sample::Index;
use rolesig::{
    ChunkHeadReceived, ChunkVerifier, ReceivedBody, ReceivedRequest, Verified, Verifier,
    VerifyError,
};

use super::*;

pub(crate) const CHECKSUM: &str = "sOO8/Q==";

fn form_of(with_trailer: bool) -> ChunkForm<'static> {
    if with_trailer { ChunkForm::SignedWithTrailer(CRC32C) } else { ChunkForm::Signed }
}

/// A request as it is received.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Finds the digits of the chunks' lengths in the body.
    lengths: Vec<Range<usize>>,
}

fn wire(body: &[u8], chunk_len: usize, with_trailer: bool) -> Wire {
    wire_of(body, chunk_len, form_of(with_trailer))
}

pub(crate) fn wire_of(body: &[u8], chunk_len: usize, form: ChunkForm<'static>) -> Wire {
    let len = body.len().try_into().unwrap();
    let request = request(Chunked { len, chunk_len, form, ..TEN });
    let mut signer = signer();
    let signed = signer.sign(&request, now()).unwrap();
    let mut headers = vec![("host".to_owned(), request.host.to_owned())];
    headers.extend(signed.headers().map(|(name, value)| (name.to_owned(), value.to_string())));
    let mut chunks = signer.chunks(&signed);
    let mut wire = Wire { headers, body: Vec::new(), lengths: Vec::new() };
    for data in body.chunks(chunk_len) {
        wire.put(&chunks.chunk(data).unwrap());
    }
    let value = (!matches!(form, ChunkForm::Signed)).then_some(CHECKSUM.as_bytes());
    wire.put(&chunks.finish(value).unwrap());
    wire
}

impl Wire {
    fn put(&mut self, chunk: &impl Emit) {
        let mut buffer = vec![0; chunk.emitted_len()];
        let chunk = chunk.write_to(&mut buffer).unwrap();
        let digits = chunk.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap();
        self.lengths.push(self.body.len()..self.body.len() + digits);
        self.body.extend_from_slice(chunk);
    }
}

/// Verifies the head, and hands on what verifies the chunks.
fn chunks_of(headers: &[(String, String)]) -> ChunkVerifier<'_> {
    verified(headers).into_chunks().unwrap()
}

pub(crate) fn verified(headers: &[(String, String)]) -> Verified<'_> {
    let headers: &[(&str, &[u8])] =
        Box::leak(headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect());
    let request = ReceivedRequest { method: "PUT", path: "/key", query: &[], headers };
    let s3 = Verifier::new("eu-west-1", Service::S3).allow_unsigned_payload();
    let verified =
        s3.verify(&request, ReceivedBody::Unread, now(), |_, _| Ok(CREDENTIALS.secret_access_key));
    verified.unwrap()
}

fn take_line<'w>(wire: &mut &'w [u8]) -> Result<&'w [u8], VerifyError> {
    let end = wire.windows(2).position(|pair| pair == b"\r\n");
    let end = end.ok_or(VerifyError::IncompleteBody)?;
    let line = &wire[..end];
    *wire = &wire[end + 2..];
    Ok(line)
}

/// Reads a body as a server would: the body itself, if all of it is right.
fn receive(mut chunks: ChunkVerifier<'_>, mut wire: &[u8]) -> Result<Vec<u8>, VerifyError> {
    let mut body = Vec::new();
    loop {
        let head = ChunkHeadReceived::read(take_line(&mut wire)?)?;
        let len = usize::try_from(head.len()).unwrap_or(usize::MAX);
        let data = wire.get(..len).ok_or(VerifyError::IncompleteBody)?;
        wire = &wire[len..];
        chunks.chunk(&head, data)?;
        body.extend_from_slice(data);
        if head.is_empty() {
            break;
        }
        if !take_line(&mut wire)?.is_empty() {
            return Err(VerifyError::InvalidChunk);
        }
    }
    let line = take_line(&mut wire)?;
    if line.is_empty() {
        chunks.finish(None)?;
    } else {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.ok_or(VerifyError::InvalidTrailer)?);
        let name = str::from_utf8(name).ok().and_then(|name| TrailerName::new(name).ok());
        let name = name.ok_or(VerifyError::InvalidTrailer)?;
        let signature = take_line(&mut wire)?.strip_prefix(b"x-amz-trailer-signature:");
        let signature = signature.ok_or(VerifyError::InvalidTrailer)?;
        chunks.finish(Some((name, &value[1..], signature)))?;
        if !take_line(&mut wire)?.is_empty() {
            return Err(VerifyError::InvalidTrailer);
        }
    }
    if wire.is_empty() { Ok(body) } else { Err(VerifyError::InvalidChunk) }
}

proptest! {
    #[test]
    fn verifies_signed_chunks(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        chunk_len in 1..500_usize,
        with_trailer: bool,
    ) {
        let wire = wire(&body, chunk_len, with_trailer);
        let chunks = chunks_of(&wire.headers);
        prop_assert_eq!(receive(chunks, &wire.body), Ok(body));
    }

    #[test]
    fn refuses_everything_but_its_own_chunks(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        chunk_len in 1..500_usize,
        with_trailer: bool,
        places in proptest::collection::vec((any::<Index>(), any::<Index>()), 4),
    ) {
        let wire = wire(&body, chunk_len, with_trailer);
        let whole = &wire.body;
        let receive = |wire_body: &[u8]| {
            receive(chunks_of(&wire.headers), wire_body)
        };
        for (one, other) in places {
            let bit = one.index(8 * whole.len());
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // A length is the same with A and a, and it is not signed as it is written.
            let is_case = bit % 8 == 5
                && changed[bit / 8].is_ascii_hexdigit()
                && wire.lengths.iter().any(|length| length.contains(&(bit / 8)));
            let expected = is_case.then(|| body.clone());
            prop_assert_eq!(receive(&changed).ok(), expected, "bit {}", bit);
            // A piece left out, sent twice, or moved.
            let (one, other) = (one.index(whole.len()), other.index(whole.len()));
            let (from, to) = (one.min(other), one.max(other) + 1);
            let (before, piece, after) = (&whole[..from], &whole[from..to], &whole[to..]);
            // Zeros before a length say nothing.
            let is_zero = piece.iter().all(|byte| *byte == b'0');
            for changed in [
                [before, after].concat(),
                [before, piece, piece, after].concat(),
                [before, after, piece].concat(),
                [piece, before, after].concat(),
            ] {
                let is_same = is_zero || &changed == whole;
                prop_assert!(is_same || receive(&changed).is_err(), "{}..{}", from, to);
            }
        }
    }
}

#[test]
fn detects_every_changed_or_missing_bit_of_a_body() {
    for with_trailer in [false, true] {
        let body = b"0123456789";
        let Wire { headers, body: whole, .. } = wire(body, 4, with_trailer);
        let receive = |wire: &[u8]| receive(chunks_of(&headers), wire);
        assert_eq!(receive(&whole).as_deref(), Ok(&body[..]));
        for bit in 0..8 * whole.len() {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(receive(&changed).is_err(), "bit {bit} of {with_trailer}");
        }
        for end in 0..whole.len() {
            assert!(receive(&whole[..end]).is_err(), "cut at {end} of {with_trailer}");
        }
    }
}

#[test]
fn detects_moved_missing_and_added_chunks() {
    let Wire { headers, body: whole, .. } = wire(b"abcdabcdab", 4, false);
    let first = whole.windows(2).enumerate().filter(|(_, pair)| pair == b"\r\n").nth(1);
    let (one, rest) = whole.split_at(first.unwrap().0 + 2);
    let again = [one, one, rest].concat();
    for (wire, error) in [
        (rest, VerifyError::SignatureDoesNotMatch),
        (&again[..], VerifyError::SignatureDoesNotMatch),
    ] {
        assert_eq!(receive(chunks_of(&headers), wire), Err(error));
    }
}

#[test]
fn does_not_count_refused_chunks() {
    let Wire { headers, body: whole, .. } = wire(b"0123456789", 10, false);
    let mut chunks = chunks_of(&headers);
    let head = ChunkHeadReceived::read(take_line(&mut &whole[..]).unwrap()).unwrap();
    assert_eq!(chunks.chunk(&head, b"9876543210"), Err(VerifyError::SignatureDoesNotMatch));
    let zeros = format!("0;chunk-signature={}", "0".repeat(64));
    let end = ChunkHeadReceived::read(zeros.as_bytes()).unwrap();
    assert_eq!(chunks.chunk(&end, b""), Err(VerifyError::SignatureDoesNotMatch));
    assert_eq!(chunks.finish(None), Err(VerifyError::IncompleteBody));
}

#[test]
fn refuses_unannounced_and_missing_trailers() {
    for (with_trailer, given) in [(false, true), (true, false)] {
        let Wire { headers, body, .. } = wire(b"", 4, with_trailer);
        let mut chunks = chunks_of(&headers);
        let head = ChunkHeadReceived::read(take_line(&mut &body[..]).unwrap()).unwrap();
        chunks.chunk(&head, b"").unwrap();
        assert_eq!(chunks.chunk(&head, b""), Err(VerifyError::InvalidChunk));
        let signature = [b'0'; 64];
        let trailer = given.then_some((TrailerName::CRC32C, &b"x"[..], &signature[..]));
        assert_eq!(chunks.finish(trailer), Err(VerifyError::InvalidTrailer));
    }
}

#[test]
fn refuses_invalid_chunk_heads() {
    let signature = "0".repeat(64);
    for bad in
        ["", ";chunk-signature=", "10;chunk-signature", "g;chunk-signature=", "+1;chunk-signature="]
    {
        assert_eq!(
            ChunkHeadReceived::<V4>::read(format!("{bad}{signature}").as_bytes()),
            Err(VerifyError::InvalidChunk),
            "{bad}"
        );
    }
    let longest = format!("ffffffffffffffff;chunk-signature={signature}");
    assert_eq!(ChunkHeadReceived::<V4>::read(longest.as_bytes()).unwrap().len(), u64::MAX);
    let too_long = format!("0{longest}");
    assert_eq!(ChunkHeadReceived::<V4>::read(too_long.as_bytes()), Err(VerifyError::InvalidChunk));
}

/// A signature of another length breaks the framing, one of other characters is wrong: in heads and
/// trailers alike.
#[test]
fn distinguishes_malformed_signatures_from_wrong_ones() {
    let zeros = "0".repeat(64);
    for (signature, error) in [
        ("", VerifyError::InvalidChunk),
        (&zeros[1..], VerifyError::InvalidChunk),
        (&format!("{zeros}0"), VerifyError::InvalidChunk),
        (&format!("{zeros};a=b"), VerifyError::InvalidChunk),
        (&format!("{}*", &zeros[1..]), VerifyError::InvalidSignature),
        (&format!("{}x", &zeros[1..]), VerifyError::InvalidSignature),
        (&format!("{}A", &zeros[1..]), VerifyError::InvalidSignature),
        (&"\u{fc}".repeat(32), VerifyError::InvalidSignature),
        (&zeros, VerifyError::SignatureDoesNotMatch),
    ] {
        let Wire { headers, body, .. } = wire(b"", 4, true);
        let mut chunks = chunks_of(&headers);
        let last = ChunkHeadReceived::read(take_line(&mut &body[..]).unwrap()).unwrap();
        let line = format!("0;chunk-signature={signature}");
        let head = ChunkHeadReceived::read(line.as_bytes());
        let outcome = head.and_then(|head| chunks.chunk(&head, b""));
        assert_eq!(outcome, Err(error), "{signature}");
        chunks.chunk(&last, b"").unwrap();
        let trailer = (TrailerName::CRC32C, &b"AAAAAA=="[..], signature.as_bytes());
        assert_eq!(chunks.finish(Some(trailer)), Err(error), "{signature}");
        let (code, status) = (error.code(), error.status());
        let is_framed = signature.len() == 64;
        let expected =
            if is_framed { ("SignatureDoesNotMatch", 403) } else { ("IncompleteBody", 400) };
        assert_eq!((code, status), expected, "{signature}");
    }
}
