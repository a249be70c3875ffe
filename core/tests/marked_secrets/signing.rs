//! Whatever signs, and whatever was signed.

use rolesig::sink::SliceSink;
use rolesig::token::{Database, EksCluster};
use rolesig::{
    ChunkForm, Chunked, Condition, Credentials, Expires, Payload, PostPolicy, Request, Service,
    Signer, SigningKey, V4,
};

use crate::marks::{CODE, SECRET, SERVICE_TOKEN, TOKEN, hides_in, walked, walked_error};
use crate::{CREDENTIALS, encoded_token, now};

const REGION: &str = "eu-west-1";
const REQUEST: Request<'static> = Request {
    method: "PUT",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/key",
    query: &[],
    // A caller's secrets: a key for SSE-C, and a code in a body.
    headers: &[("x-amz-server-side-encryption-customer-key", SERVICE_TOKEN.as_bytes())],
    payload: Payload::Bytes(CODE.as_bytes()),
};
const CHUNKED: Chunked<'static> =
    Chunked { len: 5, chunk_len: 8192, content_encoding: None, form: ChunkForm::Signed };

fn signer(credentials: Credentials<'_>) -> Signer<'_> {
    Signer::new(credentials, REGION, Service::S3).unwrap()
}

#[test]
fn hides_secrets_of_signers() {
    walked("Request", &REQUEST);
    walked("Payload", &REQUEST.payload);
    let mut written = TOKEN.as_bytes().to_vec();
    walked("SliceSink", &SliceSink::new(&mut written));
    let encoded = encoded_token();
    walked("EncodedToken", &encoded);
    let mut signer = signer(CREDENTIALS).with_encoded_token(&encoded);
    walked("Signer", &signer);
    let signed = signer.sign(&REQUEST, now()).unwrap();
    walked("Signed", &signed);
    for (name, value) in signed.headers() {
        walked("HeaderValue", &value);
        // It is sent, so it shows itself; as no other header does.
        if name != "x-amz-security-token" {
            hides_in(name, value.to_string());
        }
    }
    walked("Authorization", &signed.authorization());
    walked("Target", &signed.target());
    walked("CanonicalRequest", &signed.canonical_request());
    walked("StringToSign", signed.string_to_sign());
    hides_in("StringToSign", signed.string_to_sign().to_string());
    drop(signed);
    // With the day's key.
    walked("Signer", &signer);
    let key: SigningKey = signer.into_key().unwrap();
    walked("SigningKey", &key);
}

#[test]
fn hides_secrets_of_heads_in_buffers() {
    let mut buffer = [0; 1024];
    walked("SignedHead", &signer(CREDENTIALS).sign_into(&REQUEST, now(), &mut buffer).unwrap());
    // Too short for the token.
    let mut short = [0; 300];
    let error = signer(CREDENTIALS).sign_into(&REQUEST, now(), &mut short).unwrap_err();
    walked_error("SignError", &error);
    let presigned = REQUEST.with_payload(None);
    let url = signer(CREDENTIALS)
        .presign_into(&presigned, Expires::MAX, now(), "https", &mut buffer)
        .unwrap();
    walked("WrittenUrl", &url);
}

#[test]
fn hides_secrets_of_chunks() {
    let mut signer = signer(CREDENTIALS);
    let signed = signer.sign(&REQUEST.with_payload(CHUNKED), now()).unwrap();
    let mut chunks = signer.chunks(&signed);
    walked("ChunkSigner", &chunks);
    walked_error("ChunkError", &chunks.chunk(SECRET.as_bytes()).unwrap_err());
    walked("Chunk", &chunks.chunk(&CODE.as_bytes()[..5]).unwrap());
}

#[test]
fn hides_session_tokens_in_urls_and_tokens() {
    let request = REQUEST.with_payload(None);
    let mut signer = signer(CREDENTIALS);
    let presigned = signer.presign(&request, Expires::MAX, now()).unwrap();
    walked("Presigned", &presigned);
    walked("Url", &presigned.url("https"));
    walked("PresignedTarget", &presigned.target());
    let database = Database::rds("db.eu-west-1.rds.amazonaws.com:3306", "user");
    walked("Database", &database);
    walked("DatabaseToken", &database.token(CREDENTIALS, REGION, now()).unwrap());
    let cluster = EksCluster::new("cluster", "sts.eu-west-1.amazonaws.com");
    walked("EksToken", &cluster.token(CREDENTIALS, REGION, now()).unwrap());
}

#[test]
fn hides_session_tokens_of_forms() {
    let conditions = [Condition::Equals("x-amz-meta-password", SERVICE_TOKEN)];
    let policy =
        PostPolicy { expires_at: now(), bucket: "bucket", key: "key", conditions: &conditions };
    let mut signer = signer(CREDENTIALS);
    let post = signer.sign_post(&policy, now());
    walked("SignedPost", &post);
    walked("PolicyDocument", post.policy());
    assert!(post.fields().any(|(_, value)| value.to_string() == TOKEN));
    for (_, value) in post.fields() {
        walked("FieldValue", &value);
    }
}

#[cfg(feature = "event-stream")]
#[test]
fn hides_secrets_of_events() {
    let encoded = encoded_token();
    let mut signer = signer(CREDENTIALS).with_encoded_token(&encoded);
    let signed = signer.sign(&REQUEST.with_payload(rolesig::Events), now()).unwrap();
    let mut events = signer.events(&signed);
    walked("EventSigner", &events);
    walked("Event", &events.event(SECRET.as_bytes(), now()).unwrap());
}

#[cfg(feature = "sigv4a")]
#[test]
fn hides_private_keys() {
    use rolesig::V4a;
    let mut signer = Signer::<V4a>::with_slots(CREDENTIALS, "*", Service::S3).unwrap();
    drop(signer.sign(&REQUEST, now()).unwrap());
    walked("Signer", &signer);
    let key = signer.into_key().unwrap();
    walked("SigningKey", &key);
}

/// A key is 32 bytes that no test knows: none of them is in the text.
#[test]
fn hides_derived_keys() {
    let bytes = *b"mArKeD/5ecRet+aCCe55-Key~qPwOeIr";
    assert_eq!(&bytes[..], &SECRET.as_bytes()[..32]);
    let scope = rolesig::CredentialScope::new(now().amz_date().date(), REGION, "s3");
    let key = SigningKey::<V4>::from_bytes(&bytes, "ASIAIOSFODNN7EXAMPLE", &scope);
    walked("SigningKey", &key);
    walked("Signer", &signer(CREDENTIALS).with_kept_key(&key));
}
