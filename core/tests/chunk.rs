//! Bodies in chunks, as a caller sees them: what is announced, what is sent, what is refused.

#![cfg(test)]

use proptest::prelude::*;
use rolesig::{
    ChunkError, ChunkForm, ChunkSigner, Chunked, Credentials, Emit, Payload, Request, Service,
    SignError, Signer, Timestamp, Trailer, V4,
};

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: Some("token"),
};

const CRC32C: Trailer<'static> = Trailer { name: "x-amz-checksum-crc32c", value_len: 8 };

fn request<P>(payload: P) -> Request<'static, P> {
    Request {
        method: "PUT",
        host: "bucket.s3.eu-west-1.amazonaws.com",
        path: "/key",
        query: &[],
        headers: &[],
        payload,
    }
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn signer() -> Signer<'static> {
    Signer::new(CREDENTIALS, "eu-west-1", Service::S3).unwrap()
}

fn chunks(body: Chunked<'static>) -> ChunkSigner<'static> {
    let mut signer = signer();
    // What signs the chunks outlives the request and its signature.
    let signed = signer.sign(&request(body), now()).unwrap();
    signer.chunks(&signed)
}

fn headers(payload: Chunked<'static>) -> Vec<(&'static str, String)> {
    let request = request(payload);
    let signed = signer().sign(&request, now()).unwrap();
    let headers = signed.headers();
    headers
        .filter(|(name, _)| !["x-amz-date", "authorization"].contains(name))
        .map(|(name, value)| (name, value.to_string()))
        .collect()
}

const TEN: Chunked<'static> =
    Chunked { len: 10, chunk_len: 4, content_encoding: None, form: ChunkForm::Signed };

#[test]
fn the_headers_say_what_the_body_is() {
    let token = ("x-amz-security-token", "token".to_owned());
    assert_eq!(
        headers(TEN),
        [
            ("content-encoding", "aws-chunked".to_owned()),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned()),
            ("x-amz-decoded-content-length", "10".to_owned()),
            token.clone(),
        ]
    );
    let form = ChunkForm::SignedWithTrailer(CRC32C);
    assert_eq!(
        headers(Chunked { content_encoding: Some("gzip"), form, ..TEN }),
        [
            ("content-encoding", "gzip,aws-chunked".to_owned()),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER".to_owned()),
            ("x-amz-decoded-content-length", "10".to_owned()),
            token.clone(),
            ("x-amz-trailer", "x-amz-checksum-crc32c".to_owned()),
        ]
    );
    let form = ChunkForm::UnsignedWithTrailer(CRC32C);
    assert!(
        headers(Chunked { form, ..TEN })
            .contains(&("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned()))
    );
}

#[test]
fn the_signer_owns_these_headers_only_when_there_are_chunks() {
    for name in ["Content-Encoding", "X-Amz-Decoded-Content-Length", "x-amz-trailer"] {
        let headers: &[(&str, &[u8])] = &[(name, b"gzip")];
        let chunked = Request { headers, ..request(TEN) };
        assert!(matches!(
            signer().sign(&chunked, now()),
            Err(SignError::OwnedHeader { name: owned }) if owned.eq_ignore_ascii_case(name)
        ));
        let whole = Request { headers, ..request(Payload::Bytes(b"")) };
        assert!(signer().sign(&whole, now()).is_ok());
    }
}

#[test]
fn bodies_that_cannot_be_announced() {
    let trailer = |name| ChunkForm::SignedWithTrailer(Trailer { name, value_len: 8 });
    for body in [
        Chunked { chunk_len: 0, ..TEN },
        Chunked { content_encoding: Some(""), ..TEN },
        Chunked { content_encoding: Some("gzip\r\nx: y"), ..TEN },
        Chunked { form: trailer(""), ..TEN },
        Chunked { form: trailer("X-Amz-Checksum-Crc32c"), ..TEN },
        Chunked { form: trailer("a:b"), ..TEN },
    ] {
        let request = request(body);
        assert_eq!(
            signer().sign(&request, now()).err(),
            Some(SignError::InvalidChunks),
            "{body:?}"
        );
    }
}

#[test]
fn chunks_of_another_length_are_refused_and_change_nothing() {
    let mut chunks = chunks(TEN);
    assert_eq!(chunks.chunk(b"abc").err(), Some(ChunkError::ChunkLength { needed: 4 }));
    assert_eq!(chunks.chunk(b"").err(), Some(ChunkError::ChunkLength { needed: 4 }));
    chunks.chunk(b"abcd").unwrap();
    assert_eq!(chunks.chunk(b"abcde").err(), Some(ChunkError::ChunkLength { needed: 4 }));
    chunks.chunk(b"abcd").unwrap();
    assert_eq!(chunks.chunk(b"abcd").err(), Some(ChunkError::ChunkLength { needed: 2 }));
    chunks.chunk(b"ab").unwrap();
    assert_eq!(chunks.chunk(b"a").err(), Some(ChunkError::ChunkLength { needed: 0 }));
    assert!(chunks.finish(None).is_ok());
}

#[test]
fn lengths_that_no_body_has() {
    let trailer = Trailer { value_len: usize::MAX, ..CRC32C };
    for body in [
        Chunked { len: u64::MAX, chunk_len: 1, ..TEN },
        Chunked { len: u64::MAX, chunk_len: usize::MAX, ..TEN },
        Chunked { form: ChunkForm::SignedWithTrailer(trailer), ..TEN },
    ] {
        assert_eq!(body.encoded_len::<V4>(), u64::MAX);
    }
}

#[test]
fn ends_that_are_no_end() {
    assert_eq!(chunks(TEN).finish(None).err(), Some(ChunkError::BodyTooShort { left: 10 }));
    let empty = Chunked { len: 0, ..TEN };
    assert_eq!(chunks(empty).finish(Some(b"x")).err(), Some(ChunkError::UnexpectedTrailer));
    let with_trailer = Chunked { form: ChunkForm::SignedWithTrailer(CRC32C), ..empty };
    for trailer in [None, Some(&b"1234567"[..]), Some(b"123\r\n678"), Some(b"1234 678")] {
        assert_eq!(
            chunks(with_trailer).finish(trailer).err(),
            Some(ChunkError::InvalidTrailer { needed: 8 })
        );
    }
    assert!(chunks(with_trailer).finish(Some(b"sOO8/Q==")).is_ok());
}

fn form() -> impl Strategy<Value = ChunkForm<'static>> {
    (0..40_usize, 0..3).prop_map(|(value_len, form)| {
        let trailer = Trailer { value_len, ..CRC32C };
        match form {
            0 => ChunkForm::Signed,
            1 => ChunkForm::SignedWithTrailer(trailer),
            _ => ChunkForm::UnsignedWithTrailer(trailer),
        }
    })
}

proptest! {
    #[test]
    fn what_is_sent_is_as_long_as_announced(len in 0..5000_u64, chunk_len in 1..6000_usize, form in form()) {
        let body = Chunked { len, chunk_len, form, ..TEN };
        let data = vec![b'x'; usize::try_from(len).unwrap()];
        let mut chunks = chunks(body);
        let mut sent = 0;
        for part in data.chunks(chunk_len) {
            sent += chunks.chunk(part).unwrap().emitted_len();
        }
        let value = match form {
            ChunkForm::Signed => None,
            ChunkForm::SignedWithTrailer(trailer) | ChunkForm::UnsignedWithTrailer(trailer) => {
                Some(vec![b'y'; trailer.value_len])
            }
        };
        sent += chunks.finish(value.as_deref()).unwrap().emitted_len();
        prop_assert_eq!(u64::try_from(sent).unwrap(), body.encoded_len::<V4>());
    }

    #[test]
    fn a_chunk_is_its_head_its_data_and_a_line_end(data in proptest::collection::vec(any::<u8>(), 1..100)) {
        let mut chunks = chunks(Chunked { len: data.len().try_into().unwrap(), chunk_len: data.len(), ..TEN });
        let chunk = chunks.chunk(&data).unwrap();
        let (mut whole, mut head) = ([0; 300], [0; 300]);
        let head = chunk.head().write_to(&mut head).unwrap();
        prop_assert_eq!(chunk.write_to(&mut whole).unwrap(), [head, &data, b"\r\n"].concat());
    }
}

mod verified {
    //! What `ChunkSigner` makes, `ChunkVerifier` takes, and nothing else.

    use rolesig::{
        ChunkHeadReceived, ChunkVerifier, ReceivedBody, ReceivedRequest, Verifier, VerifyError,
    };

    use super::*;

    const CHECKSUM: &str = "sOO8/Q==";

    fn form(with_trailer: bool) -> ChunkForm<'static> {
        if with_trailer { ChunkForm::SignedWithTrailer(CRC32C) } else { ChunkForm::Signed }
    }

    /// The request's head as it is received, and the body as it goes over the wire.
    fn wire(body: &[u8], chunk_len: usize, with_trailer: bool) -> (Vec<(String, String)>, Vec<u8>) {
        let len = body.len().try_into().unwrap();
        let request = request(Chunked { len, chunk_len, form: form(with_trailer), ..TEN });
        let mut signer = signer();
        let signed = signer.sign(&request, now()).unwrap();
        let mut headers = vec![("host".to_owned(), request.host.to_owned())];
        headers.extend(signed.headers().map(|(name, value)| (name.to_owned(), value.to_string())));
        let mut chunks = signer.chunks(&signed);
        let mut wire = Vec::new();
        let mut put = |emit: &dyn Fn(&mut [u8]) -> usize| {
            let mut buffer = vec![0; 2 * body.len() + 500];
            let written = emit(&mut buffer);
            wire.extend_from_slice(&buffer[..written]);
        };
        for data in body.chunks(chunk_len) {
            let chunk = chunks.chunk(data).unwrap();
            put(&|buffer| chunk.write_to(buffer).unwrap().len());
        }
        let last = chunks.finish(with_trailer.then_some(CHECKSUM.as_bytes())).unwrap();
        put(&|buffer| last.write_to(buffer).unwrap().len());
        (headers, wire)
    }

    /// Verifies the head, and hands on what verifies the chunks.
    fn chunks_of(headers: &[(String, String)], len: u64) -> ChunkVerifier<'_> {
        let headers: &[(&str, &[u8])] = Box::leak(
            headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect(),
        );
        let request = ReceivedRequest {
            method: "PUT",
            path: "/key",
            query: &[],
            headers,
            body: ReceivedBody::Unread,
        };
        let s3 = Verifier::new("eu-west-1", Service::S3);
        let verified = s3.verify(&request, now(), |_, _| Ok(CREDENTIALS.secret_access_key));
        verified.unwrap().into_chunks(len).unwrap()
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
            let name = str::from_utf8(name).map_err(|_| VerifyError::InvalidTrailer)?;
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
        fn what_is_signed_is_verified(
            body in proptest::collection::vec(any::<u8>(), 0..400),
            chunk_len in 1..500_usize,
            with_trailer: bool,
        ) {
            let (headers, wire) = wire(&body, chunk_len, with_trailer);
            let chunks = chunks_of(&headers, body.len().try_into().unwrap());
            prop_assert_eq!(receive(chunks, &wire), Ok(body));
        }
    }

    #[test]
    fn no_bit_of_a_body_can_be_changed_and_none_left_out() {
        for with_trailer in [false, true] {
            let body = b"0123456789";
            let (headers, whole) = wire(body, 4, with_trailer);
            let receive = |wire: &[u8]| receive(chunks_of(&headers, 10), wire);
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
    fn chunks_can_not_be_moved_left_out_or_added() {
        let (headers, whole) = wire(b"abcdabcdab", 4, false);
        let first = whole.windows(2).enumerate().filter(|(_, pair)| pair == b"\r\n").nth(1);
        let (one, rest) = whole.split_at(first.unwrap().0 + 2);
        let again = [one, one, rest].concat();
        for (wire, error) in [
            (rest, VerifyError::SignatureDoesNotMatch),
            (&again[..], VerifyError::SignatureDoesNotMatch),
        ] {
            assert_eq!(receive(chunks_of(&headers, 10), wire), Err(error));
        }
        // The length in the head is signed, and the chunks must come to it.
        assert_eq!(receive(chunks_of(&headers, 11), &whole), Err(VerifyError::IncompleteBody));
        assert_eq!(receive(chunks_of(&headers, 9), &whole), Err(VerifyError::InvalidChunk));
    }

    #[test]
    fn refused_chunks_do_not_count() {
        let (headers, whole) = wire(b"0123456789", 10, false);
        let mut chunks = chunks_of(&headers, 10);
        let head = ChunkHeadReceived::read(take_line(&mut &whole[..]).unwrap()).unwrap();
        assert_eq!(chunks.chunk(&head, b"9876543210"), Err(VerifyError::SignatureDoesNotMatch));
        let zeros = format!("0;chunk-signature={}", "0".repeat(64));
        let end = ChunkHeadReceived::read(zeros.as_bytes()).unwrap();
        assert_eq!(chunks.chunk(&end, b""), Err(VerifyError::SignatureDoesNotMatch));
        assert_eq!(chunks.finish(None), Err(VerifyError::IncompleteBody));
    }

    #[test]
    fn trailers_that_were_not_announced_or_do_not_come() {
        for (with_trailer, given) in [(false, true), (true, false)] {
            let (headers, _) = wire(b"", 4, with_trailer);
            let (_, body) = wire(b"", 4, with_trailer);
            let mut chunks = chunks_of(&headers, 0);
            let head = ChunkHeadReceived::read(take_line(&mut &body[..]).unwrap()).unwrap();
            chunks.chunk(&head, b"").unwrap();
            assert_eq!(chunks.chunk(&head, b""), Err(VerifyError::InvalidChunk));
            let signature = [b'0'; 64];
            let trailer = given.then_some(("x-amz-checksum-crc32c", &b"x"[..], &signature[..]));
            assert_eq!(chunks.finish(trailer), Err(VerifyError::InvalidTrailer));
        }
    }

    #[test]
    fn heads_that_are_none() {
        let signature = "0".repeat(64);
        for bad in [
            "",
            ";chunk-signature=",
            "10;chunk-signature",
            "g;chunk-signature=",
            "+1;chunk-signature=",
        ] {
            assert_eq!(
                ChunkHeadReceived::read(format!("{bad}{signature}").as_bytes()),
                Err(VerifyError::InvalidChunk),
                "{bad}"
            );
        }
        let longest = format!("ffffffffffffffff;chunk-signature={signature}");
        assert_eq!(ChunkHeadReceived::read(longest.as_bytes()).unwrap().len(), u64::MAX);
        let too_long = format!("0{longest}");
        assert_eq!(ChunkHeadReceived::read(too_long.as_bytes()), Err(VerifyError::InvalidChunk));
        let short = format!("1;chunk-signature={}", &signature[1..]);
        assert_eq!(ChunkHeadReceived::read(short.as_bytes()), Err(VerifyError::InvalidChunk));
    }
}
