//! Nothing here allocates: counted, with a control that shows the counter counting.

#![cfg(test)]

use core::hint::black_box;

use allocation_counter::measure;
use rolesig::token::{Database, EksCluster};
use rolesig::{
    ChunkForm, ChunkHeadReceived, Chunked, Condition, Credentials, Emit, Expires, Payload,
    PostPolicy, ReceivedBody, ReceivedRequest, Request, Scheme, Service, Signer, StoredCredentials,
    Timestamp, Trailer, V4, Verifier, VerifyError,
};

const NOW: Timestamp = match Timestamp::from_unix(1_440_938_160) {
    Some(now) => now,
    None => Timestamp::EPOCH,
};

/// The length that session tokens of role credentials often have.
static SESSION_TOKEN: [u8; 850] = [b'T'; 850];

fn credentials() -> Credentials<'static> {
    Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: str::from_utf8(&SESSION_TOKEN).ok(),
    }
}

/// S3 `PutObject`, the hash of the body known.
const PUT_OBJECT: Request<'static> = Request {
    method: "PUT",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/data/part-00000%20with%20space%20%26%20%C3%BCn%C3%AFcode.parquet",
    query: &[("uploadId", "VXBsb2Fk/SWQ"), ("partNumber", "1")],
    headers: &[
        ("X-Amz-Meta-Mtime", b"1440938160"),
        ("content-length", b"134217728"),
        ("Content-Type", b"  application/vnd.apache.parquet  "),
        ("x-amz-meta-job", b"application  1440938160  0042"),
    ],
    payload: Payload::Sha256([0x5a; 32]),
};

/// DynamoDB `PutItem`, its body hashed in the operation.
const PUT_ITEM: Request<'static> = Request {
    method: "POST",
    host: "dynamodb.eu-west-1.amazonaws.com",
    path: "/",
    query: &[],
    headers: &[
        ("content-type", b"application/x-amz-json-1.0"),
        ("x-amz-target", b"DynamoDB_20120810.PutItem"),
    ],
    payload: Payload::Bytes(&[b'x'; 300]),
};

/// How often `run` allocates.
fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(black_box(vec![0_u8; 10]))), 1);
    assert_eq!(allocations(|| assert!(black_box([0_u8; 10]).is_ascii())), 0);
}

#[test]
fn signing() {
    sign_and_presign::<V4>("eu-west-1");
}

#[cfg(feature = "sigv4a")]
#[test]
fn signing_for_a_set_of_regions() {
    sign_and_presign::<rolesig::V4a>("eu-west-1,us-east-1");
    sign_chunks::<rolesig::V4a>();
}

fn sign_and_presign<S: Scheme>(region: &str) {
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
            let presigned = of_service.presign(&request, Expires::MAX, NOW).unwrap();
            assert!(presigned.url("https").write_to(&mut buffer).is_ok());
            assert!(presigned.target().write_to(&mut buffer).is_ok());
            let refused = Request { path: "no slash", ..request };
            assert!(of_service.sign(&refused, NOW).is_err());
        });
        assert_eq!(count, 0, "{}", service.name);
    }
}

#[test]
fn signing_chunks() {
    sign_chunks::<V4>();
}

fn sign_chunks<S: Scheme>() {
    let trailer = Trailer { name: "x-amz-checksum-crc32c", value_len: 8 };
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
fn signing_events() {
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
fn making_tokens() {
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
fn signing_a_form() {
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
fn verifying() {
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
        body: ReceivedBody::Bytes(b""),
    };
    let presigned = ReceivedRequest {
        query: &[
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
            ("X-Amz-Date", "20130524T000000Z"),
            ("X-Amz-Expires", "86400"),
            ("X-Amz-SignedHeaders", "host"),
            ("X-Amz-Signature", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
        ],
        headers: &[("Host", b"examplebucket.s3.amazonaws.com")],
        ..get_object
    };
    let now = "2013-05-24T00:00:00Z".parse().unwrap();
    let count = allocations(|| {
        let s3 = Verifier::new("us-east-1", Service::S3);
        for request in [get_object, presigned] {
            let verify = |request| {
                s3.verify(request, now, |_, _| Ok(credentials().secret_access_key)).map(|_| ())
            };
            assert_eq!(verify(&request), Ok(()));
            let refused = ReceivedRequest { path: "/other.txt", ..request };
            assert_eq!(verify(&refused), Err(VerifyError::SignatureDoesNotMatch));
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn verifying_chunks() {
    let trailer = Trailer { name: "x-amz-checksum-crc32c", value_len: 8 };
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
        let received = ReceivedRequest {
            method,
            path,
            query: &[],
            headers: &headers,
            body: ReceivedBody::Unread,
        };

        let count = allocations(|| {
            let s3 = Verifier::new("eu-west-1", Service::S3);
            let verified = s3.verify(&received, NOW, |_, _| Ok(credentials().secret_access_key));
            let mut chunks = verified.unwrap().into_chunks(150).unwrap();
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

#[test]
fn storing_credentials() {
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
fn reading_times() {
    let count = allocations(|| {
        assert_eq!("2015-08-30T12:36:00Z".parse(), Ok(NOW));
        assert_eq!(Timestamp::from_http_date("Sun, 30 Aug 2015 12:36:00 GMT"), Ok(NOW));
        assert_eq!(Timestamp::from_amz_date("20150830T123600Z"), Ok(NOW));
        assert!("tomorrow".parse::<Timestamp>().is_err());
    });
    assert_eq!(count, 0);
}

#[cfg(feature = "provider")]
#[test]
fn conversing_with_imds() {
    use rolesig::provider::{Conversation, Imds};

    let document = br#"{"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": null,
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "a\/b\u003d",
        "Token": "IQoJb3JpZ2luX2VjEXAMPLE", "Expiration": "2015-08-30T12:36:00Z"}"#;
    // A metadata token that is no longer known in between, and a document that is cut off.
    let answers: [(u16, &[u8]); 6] = [
        (200, b"old-metadata-token"),
        (401, b""),
        (200, b"new-metadata-token"),
        (503, b"busy"),
        (200, b"my-role\n"),
        (200, document),
    ];
    let count = allocations(|| {
        let mut imds = Imds::new();
        let mut body = [0; 1024];
        let mut target = [0; 128];
        let mut len = 0;
        for (status, answer) in answers {
            let exchange = imds.request().unwrap();
            assert!(exchange.target().write_to(&mut target).is_ok());
            assert_eq!(exchange.headers().count(), 1);
            len = answer.len();
            body[..len].copy_from_slice(answer);
            assert_eq!(imds.response(status, &body[..len]).is_err(), status == 503);
        }
        assert!(imds.request().is_none());
        assert!(imds.outcome(&mut body[..len - 1]).is_err());
        body[..len].copy_from_slice(document);
        let provided = imds.outcome(&mut body[..len]).unwrap();
        assert_eq!(provided.credentials.secret_access_key, "a/b=");
        imds.restart();
    });
    assert_eq!(count, 0);
}

#[cfg(feature = "provider")]
#[test]
fn conversing_with_a_container_endpoint() {
    use rolesig::provider::{Container, ContainerUri, Conversation};

    let document = br#"{"RoleArn": "arn:aws:iam::111122223333:role/r",
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "a\/b\u003d",
        "Token": "IQoJb3JpZ2luX2VjEXAMPLE", "Expiration": "2015-08-30T12:36:00Z"}"#;
    let refusal = br#"{"code": "Denied", "message": "\u0022no\u0022"}"#;
    let count = allocations(|| {
        assert!(ContainerUri::full("http://localhost.example.com/").is_err());
        let uri = ContainerUri::full("http://[fd00:ec2::23]/v1/credentials").unwrap();
        let mut container = Container::authorized(uri, "token\n").unwrap();
        let mut body = [0; 512];
        let mut target = [0; 128];
        for (status, answer) in [(400, &refusal[..]), (400, b"text"), (200, document)] {
            let exchange = container.request().unwrap();
            assert!(exchange.target().write_to(&mut target).is_ok());
            assert_eq!(exchange.headers().count(), 2);
            let body = &mut body[..answer.len()];
            body.copy_from_slice(answer);
            container.response(status, body).unwrap();
            assert_eq!(container.outcome(body).is_ok(), status == 200);
            container.restart();
        }
    });
    assert_eq!(count, 0);
}

#[cfg(feature = "provider")]
#[test]
fn conversing_with_sts() {
    use rolesig::provider::{
        AssumeRole, AssumeRoleWithWebIdentity, Conversation, GetCallerIdentity, Provided, Sts,
    };

    fn converse<'b, C: Conversation>(
        sts: &mut C,
        answer: &[u8],
        status: u16,
        body: &'b mut [u8],
    ) -> Option<C::Outcome<'b>> {
        let mut buffer = [0; 2048];
        let exchange = sts.request().unwrap();
        for (_, value) in exchange.headers() {
            assert!(value.write_to(&mut buffer).is_ok());
        }
        assert!(exchange.body().emitted_len() > 40);
        assert!(exchange.body().write_to(&mut buffer).is_ok());
        let body = &mut body[..answer.len()];
        body.copy_from_slice(answer);
        sts.response(status, body).unwrap();
        sts.outcome(body).ok()
    }

    let document = b"<AssumeRoleResponse xmlns='urn:x'><AssumeRoleResult><AssumedRoleUser>\
        <Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser><Credentials>\
        <AccessKeyId>ASIA&#65;</AccessKeyId><SecretAccessKey><![CDATA[s]]></SecretAccessKey>\
        <SessionToken>t</SessionToken><Expiration>2015-08-30T12:36:00Z</Expiration>\
        </Credentials></AssumeRoleResult></AssumeRoleResponse>";
    let identity = b"<a><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId>\
        <Account>1</Account></GetCallerIdentityResult></a>";
    let refusal = b"<ErrorResponse><Error><Code>Denied</Code><Message>&quot;no&quot;</Message>\
        </Error></ErrorResponse>";
    let count = allocations(|| {
        let mut body = [0; 512];
        let (host, role) = ("sts.eu-west-1.amazonaws.com", "arn:aws:iam::111122223333:role/r");
        let call = AssumeRole {
            tags: &[("Project", "über")],
            duration_seconds: Some(900),
            ..AssumeRole::new(role, "session")
        };
        let mut sts = Sts::signed(call, host, credentials(), "eu-west-1", NOW).unwrap();
        let provided: Provided<'_> = converse(&mut sts, document, 200, &mut body).unwrap();
        assert_eq!(provided.account_id, Some("111122223333"));
        sts.restart();
        assert!(converse(&mut sts, refusal, 403, &mut body).is_none());
        let call = AssumeRoleWithWebIdentity::new(role, "session", "eyJhbGciOiJ9.e30.c2ln\n");
        let mut sts = Sts::unsigned(call, host).unwrap();
        assert!(converse(&mut sts, document, 200, &mut body).is_some());
        let mut sts = Sts::signed(GetCallerIdentity, host, credentials(), "r", NOW).unwrap();
        assert_eq!(converse(&mut sts, identity, 200, &mut body).unwrap().user_id, "u");
    });
    assert_eq!(count, 0);
}

#[cfg(feature = "provider")]
#[test]
fn conversing_with_iot_and_about_the_region() {
    use rolesig::provider::{Conversation, Imds, IotCredentials};

    let document = br#"{"credentials": {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "a\/b",
        "sessionToken": "t", "expiration": "2015-08-30T12:36:00Z"}}"#;
    let count = allocations(|| {
        let mut body = [0; 256];
        let mut target = [0; 128];
        let mut iot = IotCredentials::new("alias", Some("thing")).unwrap();
        assert!(iot.request().unwrap().target().write_to(&mut target).is_ok());
        let body = &mut body[..document.len()];
        body.copy_from_slice(document);
        iot.response(200, body).unwrap();
        assert_eq!(iot.outcome(body).unwrap().credentials.secret_access_key, "a/b");
        let mut imds = Imds::new();
        let mut region = imds.region();
        region.response(200, b"metadata-token").unwrap();
        assert_eq!(region.request().unwrap().headers().count(), 1);
        region.response(200, b"eu-west-1").unwrap();
        assert_eq!(region.outcome(&mut { *b"eu-west-1" }), Ok("eu-west-1"));
    });
    assert_eq!(count, 0);
}
