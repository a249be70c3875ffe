//! Bodies in chunks, as a caller sees them: what is announced, what is sent, what is refused.

use proptest::prelude::*;
use rolesig::{
    ChunkError, ChunkForm, ChunkHeadReceived, ChunkSigner, Chunked, CredentialScope, Credentials,
    Emit, Payload, Request, Service, SignError, Signer, Timestamp, Trailer, TrailerName, V4,
};

mod decoded;
mod verified;

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "ASIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: Some("token"),
};

const CRC32C: Trailer<'static> = Trailer { name: TrailerName::CRC32C, value_len: 8 };

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
    // The signer of the chunks outlives the request and its signature.
    let signed = signer.sign(&request(body), now()).unwrap();
    signer.chunks(&signed)
}

#[test]
fn says_what_was_announced() {
    for (error, expected) in [
        (ChunkError::ChunkLength { needed: 0 }, "longer than announced"),
        (ChunkError::ChunkLength { needed: 7 }, "must have 7 bytes"),
        (ChunkError::BodyTooShort { left: 9 }, "9 bytes shorter"),
        (ChunkError::UnexpectedTrailer, "no trailer was announced"),
        (ChunkError::InvalidTrailer { needed: 8 }, "must be 8 visible bytes"),
    ] {
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn says_what_name_a_trailer_must_have() {
    let error = TrailerName::new("A:b").unwrap_err();
    assert!(error.to_string().contains("lower case"), "{error}");
}

#[test]
fn compares_heads_by_length_and_signature() {
    let head = |len: &str, signature: &str| {
        let line = format!("{len};chunk-signature={}", signature.repeat(64));
        ChunkHeadReceived::<V4>::read(line.as_bytes()).unwrap()
    };
    assert!(head("a", "0") == head("0A", "0"));
    assert!(head("a", "0") != head("b", "0"));
    assert!(head("a", "0") != head("a", "1"));
}

#[test]
fn signs_chunks_apart_from_the_request_signer() {
    let mut signer = signer();
    let signed = signer.sign(&request(TEN), now()).unwrap();
    let (signature, date) = (*signed.signature(), now().amz_date());
    let scope = CredentialScope::new(date.date(), "eu-west-1", "s3");
    let key = signer.into_key().unwrap();
    let mut apart = ChunkSigner::new(&key, scope, date, signature, TEN);
    let mut together = chunks(TEN);
    let head = |signer: &mut ChunkSigner<'_>, data: &[u8]| {
        let mut wire = [0; 200];
        signer.chunk(data).unwrap().write_to(&mut wire).unwrap().to_vec()
    };
    for data in ["abcd", "efgh", "ij"] {
        assert_eq!(head(&mut apart, data.as_bytes()), head(&mut together, data.as_bytes()));
    }
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
fn announces_the_body_in_the_headers() {
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
fn owns_these_headers_only_with_chunks() {
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
fn refuses_bodies_that_cannot_be_announced() {
    for body in [
        Chunked { chunk_len: 0, ..TEN },
        Chunked { content_encoding: Some(""), ..TEN },
        Chunked { content_encoding: Some("gzip\r\nx: y"), ..TEN },
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
fn names_of_trailers_are_in_lower_case() {
    for invalid in ["", "X-Amz-Checksum-Crc32c", "a:b", "a b", "a\n", "\u{e4}"] {
        assert!(TrailerName::new(invalid).is_err(), "{invalid}");
    }
    for (name, value_len) in
        [("Crc32", 8), ("CRC32C", 8), ("CRC64NVME", 12), ("sha1", 28), ("SHA256", 44)]
    {
        let name = format!("X-Amz-Checksum-{name}");
        let received = TrailerName::received(&name).unwrap();
        assert_eq!(received.as_str(), name.to_lowercase());
        assert_eq!(Trailer::checksum(received).unwrap().value_len, value_len);
    }
    assert!(TrailerName::received("X-Amz-Meta-A").is_err());
    assert_eq!(Trailer::checksum(TrailerName::new("x-amz-meta-a").unwrap()), None);
}

#[test]
fn refuses_chunks_of_another_length_without_a_change() {
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
fn refuses_impossible_body_lengths() {
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
fn refuses_early_ends_and_wrong_trailers() {
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
    fn sends_as_many_bytes_as_announced(len in 0..5000_u64, chunk_len in 1..6000_usize, form in form()) {
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
    fn writes_head_data_and_line_end_of_a_chunk(data in proptest::collection::vec(any::<u8>(), 1..100)) {
        let mut chunks = chunks(Chunked { len: data.len().try_into().unwrap(), chunk_len: data.len(), ..TEN });
        let chunk = chunks.chunk(&data).unwrap();
        let (mut whole, mut head) = ([0; 300], [0; 300]);
        let head = chunk.head().write_to(&mut head).unwrap();
        prop_assert_eq!(chunk.write_to(&mut whole).unwrap(), [head, &data, b"\r\n"].concat());
    }
}
