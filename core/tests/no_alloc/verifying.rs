//! The other side.

use rolesig::{
    ChunkForm, ChunkHeadReceived, Chunked, Emit, ReceivedBody, ReceivedRequest, Request, Service,
    Signer, Trailer, TrailerName, Verifier, VerifyError,
};

use crate::requests::{NOW, PUT_OBJECT, allocations, credentials};

#[test]
fn verifies_without_allocating() {
    let get_object = ReceivedRequest {
        method: "GET",
        path: "/test.txt",
        query: &[],
        headers: &[
            ("Host", b"examplebucket.s3.amazonaws.com"),
            (
                "Authorization",
                b"AWS4-HMAC-SHA256 \
                Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
            ("Range", b"bytes=0-9"),
            (
                "x-amz-content-sha256",
                b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            ("x-amz-date", b"20130524T000000Z"),
        ],
    };
    let presigned = ReceivedRequest {
        query: &[
            (b"X-Amz-Algorithm", b"AWS4-HMAC-SHA256"),
            (b"X-Amz-Credential", b"AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
            (b"X-Amz-Date", b"20130524T000000Z"),
            (b"X-Amz-Expires", b"86400"),
            (b"X-Amz-SignedHeaders", b"host"),
            (
                b"X-Amz-Signature",
                b"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            ),
        ],
        headers: &[("Host", b"examplebucket.s3.amazonaws.com")],
        ..get_object
    };
    let now = "2013-05-24T00:00:00Z".parse().unwrap();
    let count = allocations(|| {
        let s3 = Verifier::new("us-east-1", Service::S3).allow_unsigned_payload();
        for request in [get_object, presigned] {
            let verify = |request| {
                s3.verify(request, ReceivedBody::Bytes(b""), now, |_, _| {
                    Ok(credentials().secret_access_key)
                })
                .map(|_| ())
            };
            assert_eq!(verify(&request), Ok(()));
            let refused = ReceivedRequest { path: "/other.txt", ..request };
            assert_eq!(verify(&refused), Err(VerifyError::SignatureDoesNotMatch));
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn verifies_chunks_without_allocating() {
    let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
    for form in [ChunkForm::Signed, ChunkForm::SignedWithTrailer(trailer)] {
        let payload = Chunked { len: 150, chunk_len: 100, content_encoding: None, form };
        let (method, host, path) = ("PUT", PUT_OBJECT.host, "/key");
        let request = Request { method, host, path, query: &[], headers: &[], payload };
        let mut signer = Signer::new(credentials(), "eu-west-1", Service::S3).unwrap();
        let signed = signer.sign(&request, NOW).unwrap();
        let mut headers = vec![("host", host.as_bytes().to_vec())];
        headers.extend(signed.headers().map(|(name, value)| (name, written(&value))));
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
        let mut chunks = signer.chunks(&signed);
        let data = [&[b'x'; 100][..], &[b'x'; 50]];
        let mut lines = data.map(|data| written(&chunks.chunk(data).unwrap().head())).concat();
        let value = (!matches!(form, ChunkForm::Signed)).then_some(&b"sOO8/Q=="[..]);
        lines.extend(written(&chunks.finish(value).unwrap()));
        let received = ReceivedRequest { method, path, query: &[], headers: &headers };

        let count = allocations(|| {
            let s3 = Verifier::new("eu-west-1", Service::S3);
            let verified = s3.verify(&received, ReceivedBody::Unread, NOW, |_, _| {
                Ok(credentials().secret_access_key)
            });
            let mut chunks = verified.unwrap().into_chunks().unwrap();
            let mut lines = lines.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
            for data in data.into_iter().chain([&b""[..]]) {
                let head = ChunkHeadReceived::read(lines.next().unwrap()).unwrap();
                assert_eq!(chunks.chunk(&head, b"x"), Err(VerifyError::InvalidChunk));
                assert_eq!(chunks.chunk(&head, data), Ok(()));
            }
            let trailer = value.map(|value| {
                let signature =
                    lines.nth(1).and_then(|line| line.split(|byte| *byte == b':').nth(1));
                (trailer.name, value, signature.unwrap())
            });
            assert_eq!(chunks.finish(trailer), Ok(()));
        });
        assert_eq!(count, 0, "{form:?}");
    }
}

/// Allocates, for what is not counted.
fn written(value: &impl Emit) -> Vec<u8> {
    let mut buffer = vec![0; value.emitted_len()];
    value.write_to(&mut buffer).unwrap();
    buffer
}
