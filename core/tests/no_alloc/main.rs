//! Nothing here allocates: counted, with a control that shows the counter counting.

#![cfg(test)]

use core::hint::black_box;

use rolesig::token::{Database, EksCluster};
use rolesig::{
    ChunkForm, Chunked, Condition, Emit, Expires, PostPolicy, Request, Scheme, Service, Signer,
    StoredCredentials, Timestamp, Trailer, TrailerName, V4,
};

use crate::requests::{NOW, PUT_ITEM, PUT_OBJECT, allocations, credentials};

mod conversing;
mod requests;
mod verifying;

#[test]
fn counts_allocations() {
    assert_eq!(allocations(|| drop(black_box(vec![0_u8; 10]))), 1);
    assert_eq!(allocations(|| assert!(black_box([0_u8; 10]).is_ascii())), 0);
}

#[test]
fn signs_without_allocating() {
    sign_and_presign::<V4>("eu-west-1");
}

#[cfg(feature = "sigv4a")]
#[test]
fn signs_for_a_set_of_regions_without_allocating() {
    sign_and_presign::<rolesig::V4a>("eu-west-1,us-east-1");
    sign_chunks::<rolesig::V4a>();
}

fn sign_and_presign<S: Scheme<QueryText = str>>(region: &str) {
    for (service, request) in [(Service::S3, PUT_OBJECT), (Service::new("dynamodb"), PUT_ITEM)] {
        let count = allocations(|| {
            let mut buffer = [0; 2048];
            let mut of_service = Signer::<S>::with_slots(credentials(), region, service).unwrap();
            // With a new key, and with the day's key at hand.
            for _ in 0..2 {
                let signed = of_service.sign(&request, NOW).unwrap();
                assert!(signed.authorization().write_to(&mut buffer).is_ok());
                assert!(signed.target().write_to(&mut buffer).is_ok());
                for (_, value) in signed.headers() {
                    assert!(value.write_to(&mut buffer).is_ok());
                    assert!(value.emitted_len() > 0);
                }
            }
            let to_presign = request.with_payload(None);
            let presigned = of_service.presign(&to_presign, Expires::MAX, NOW).unwrap();
            assert!(presigned.url("https").write_to(&mut buffer).is_ok());
            assert!(presigned.target().write_to(&mut buffer).is_ok());
            let refused = Request { path: "no slash", ..request };
            assert!(of_service.sign(&refused, NOW).is_err());
        });
        assert_eq!(count, 0, "{}", service.name);
    }
}

#[test]
fn signs_chunks_without_allocating() {
    sign_chunks::<V4>();
}

fn sign_chunks<S: Scheme<QueryText = str>>() {
    let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
    for form in [
        ChunkForm::Signed,
        ChunkForm::SignedWithTrailer(trailer),
        ChunkForm::UnsignedWithTrailer(trailer),
    ] {
        let count = allocations(|| {
            let mut buffer = [0; 512];
            let payload =
                Chunked { len: 150, chunk_len: 100, content_encoding: Some("gzip"), form };
            let request = Request {
                method: "PUT",
                host: PUT_OBJECT.host,
                path: "/key",
                query: &[],
                headers: &[],
                payload,
            };
            let mut signer =
                Signer::<S>::with_slots(credentials(), "eu-west-1", Service::S3).unwrap();
            let signed = signer.sign(&request, NOW).unwrap();
            let mut chunks = signer.chunks(&signed);
            for data in [&[b'x'; 100][..], &[b'x'; 50]] {
                assert!(chunks.chunk(data).unwrap().write_to(&mut buffer).is_ok());
            }
            let has_trailer = !matches!(form, ChunkForm::Signed);
            let value = has_trailer.then_some(&b"sOO8/Q=="[..]);
            assert!(chunks.finish(value).unwrap().write_to(&mut buffer).is_ok());
        });
        assert_eq!(count, 0, "{form:?}");
    }
}

#[cfg(feature = "event-stream")]
#[test]
fn signs_events_without_allocating() {
    let count = allocations(|| {
        let mut buffer = [0; 512];
        let service = Service::new("transcribe");
        let mut signer = Signer::new(credentials(), "eu-west-1", service).unwrap();
        let request = Request {
            method: "POST",
            host: "transcribestreaming.eu-west-1.amazonaws.com",
            path: "/stream-transcription",
            query: &[],
            headers: &[],
            payload: rolesig::Events,
        };
        let signed = signer.sign(&request, NOW).unwrap();
        let mut events = signer.events(&signed);
        for content in [&b"audio"[..], b""] {
            assert!(events.event(content, NOW).unwrap().write_to(&mut buffer).is_ok());
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn makes_tokens_without_allocating() {
    let count = allocations(|| {
        let mut buffer = [0; 2048];
        let database = Database::rds("db.example:5432", "jane_doe");
        let token = database.token(credentials(), "eu-west-1", NOW).unwrap();
        assert!(token.write_to(&mut buffer).is_ok());
        let cluster = EksCluster::new("my-cluster", "sts.eu-west-1.amazonaws.com");
        let token = cluster.token(credentials(), "eu-west-1", NOW).unwrap();
        assert!(token.write_to(&mut buffer).is_ok());
    });
    assert_eq!(count, 0);
}

#[test]
fn signs_a_form_without_allocating() {
    let policy = PostPolicy {
        expires_at: NOW,
        bucket: "amzn-s3-demo-bucket",
        key: "user/über/${filename}",
        conditions: &[Condition::Equals("acl", "private"), Condition::ContentLengthRange(1, 9)],
    };
    let count = allocations(|| {
        let mut buffer = [0; 4096];
        let mut s3 = Signer::new(credentials(), "eu-west-1", Service::S3).unwrap();
        let post = s3.sign_post(&policy, NOW);
        assert!(post.policy().write_to(&mut buffer).is_ok());
        assert_eq!(post.fields().count(), 8);
        for (_, value) in post.fields() {
            assert!(value.write_to(&mut buffer).is_ok());
        }
        assert!(s3.sign_post_document("{}", NOW).signature().write_to(&mut buffer).is_ok());
    });
    assert_eq!(count, 0);
}

#[test]
fn stores_credentials_without_allocating() {
    let count = allocations(|| {
        let mut stored = StoredCredentials::<1024>::new();
        stored.store(credentials(), Some(NOW)).unwrap();
        assert!(stored.credentials().is_some());
        assert!(stored.expires_within(300, NOW));
        let mut too_small = StoredCredentials::<16>::new();
        assert!(too_small.store(credentials(), None).is_err());
    });
    assert_eq!(count, 0);
}

#[test]
fn reads_times_without_allocating() {
    let count = allocations(|| {
        assert_eq!("2015-08-30T12:36:00Z".parse(), Ok(NOW));
        assert_eq!(Timestamp::from_http_date("Sun, 30 Aug 2015 12:36:00 GMT"), Ok(NOW));
        assert_eq!(Timestamp::from_amz_date("20150830T123600Z"), Ok(NOW));
        assert!("tomorrow".parse::<Timestamp>().is_err());
    });
    assert_eq!(count, 0);
}
