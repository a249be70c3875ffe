//! The memory of dropped secrets, read back through Linux's `/proc/self/mem`.

#![cfg(test)]
#![cfg(all(target_os = "linux", feature = "conversations"))]

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use rolesig::conversation::{Conversation as _, Imds};
use rolesig::{
    ChunkForm, Chunked, CredentialScope, Credentials, EncodedToken, ReceivedBody, ReceivedRequest,
    Request, Service, Signer, SigningKey, StoredCredentials, Timestamp, V4, Verifier, VerifyError,
};

/// Drops a value where it is. Returns its memory before and after.
fn dropped<T>(value: T) -> [Vec<u8>; 2] {
    let mut place = vec![value];
    let address = place.as_ptr().addr().try_into().unwrap();
    let memory = File::open("/proc/self/mem").unwrap();
    let read = || {
        let mut bytes = vec![0; size_of::<T>()];
        memory.read_exact_at(&mut bytes, address).unwrap();
        bytes
    };
    let before = read();
    // Keeps the memory, and writes nothing into it.
    place.clear();
    [before, read()]
}

fn has(memory: &[u8], text: &str) -> bool {
    memory.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn stored_credentials_leave_nothing_behind() {
    let (secret, token) = ("a-secret-access-key-of-40-characters----", "a-session-token");
    let mut stored = StoredCredentials::<256>::new();
    let credentials = Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: secret,
        session_token: Some(token),
    };
    stored.store(credentials, None).unwrap();
    let [before, after] = dropped(stored);
    for text in [secret, token] {
        assert!(has(&before, text));
        assert!(!has(&after, &text[..4]), "{text}");
    }
}

#[test]
fn encoded_tokens_leave_nothing_behind() {
    let credentials = Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: "secret",
        session_token: Some("a/session/token"),
    };
    let mut encoded = EncodedToken::new([0; 64]);
    encoded.encode(&credentials).unwrap();
    let [before, after] = dropped(encoded);
    assert!(has(&before, "a%2Fsession%2Ftoken"));
    assert!(!has(&after, "a%2F") && !has(&after, "sess") && !has(&after, "token"));
}

#[test]
fn metadata_tokens_leave_nothing_behind() {
    let token = "a-metadata-token";
    let mut imds = Imds::new();
    imds.response(200, token.as_bytes()).unwrap();
    let [before, after] = dropped(imds);
    assert!(has(&before, token));
    assert!(!has(&after, &token[..4]));
}

/// A key is hashed states, which no test knows: what differs between two of them is theirs.
#[test]
fn signing_keys_leave_nothing_behind() {
    let now: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
    let scope = CredentialScope::new(now.amz_date().date(), "eu-west-1", "s3");
    let key = |byte| SigningKey::<V4>::from_bytes(&[byte; 32], "ASIAIOSFODNN7EXAMPLE", &scope);
    let ([before, after], [other_before, other_after]) = (dropped(key(1)), dropped(key(2)));
    let differing = before.iter().zip(&other_before).filter(|(a, b)| a != b).count();
    assert!(differing > 50, "{differing}");
    assert_eq!(after, other_after);
}

/// Fails if what differs between two owners of different keys is as much after the drop as before:
/// a key of Version 4 is 64 bytes of hashed states. Signatures stay, and addresses of secrets.
fn wipes_keys<T>(of: impl Fn(&'static str) -> T) {
    let [before, after] = {
        let (one, other) = (dropped(of("secret-1")), dropped(of("secret-2")));
        let differing =
            |one: &[u8], other: &[u8]| one.iter().zip(other).filter(|(a, b)| a != b).count();
        [differing(&one[0], &other[0]), differing(&one[1], &other[1])]
    };
    assert!(before > after + 50, "{}: {before} {after}", core::any::type_name::<T>());
}

fn credentials(secret_access_key: &str) -> Credentials<'_> {
    Credentials { access_key_id: "ASIAIOSFODNN7EXAMPLE", secret_access_key, session_token: None }
}

#[test]
fn signers_leave_no_key_behind() {
    let now: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
    let form = ChunkForm::Signed;
    let payload = Chunked { len: 5, chunk_len: 8192, content_encoding: None, form };
    let request =
        Request { method: "PUT", host: "h", path: "/", query: &[], headers: &[], payload };
    let signer = |secret| {
        let mut signer = Signer::new(credentials(secret), "eu-west-1", Service::S3).unwrap();
        drop(signer.sign(&request, now).unwrap());
        signer
    };
    wipes_keys(signer);
    wipes_keys(|secret| {
        let mut signer = signer(secret);
        let signed = signer.sign(&request, now).unwrap();
        signer.chunks(&signed)
    });
}

#[test]
fn verifiers_leave_no_key_behind() {
    let now: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
    let form = ChunkForm::Signed;
    let payload = Chunked { len: 5, chunk_len: 8192, content_encoding: None, form };
    let request =
        Request { method: "PUT", host: "h", path: "/", query: &[], headers: &[], payload };
    // The texts are borrowed from what lives longest, and are equally long.
    let received = |secret: &str| -> &'static [(&'static str, &'static [u8])] {
        let mut signer = Signer::new(credentials(secret), "eu-west-1", Service::S3).unwrap();
        let signed = signer.sign(&request, now).unwrap();
        let headers =
            signed.headers().map(|(name, value)| (name, value.to_string().leak().as_bytes()));
        headers.chain([("host", &b"h"[..])]).collect::<Vec<_>>().leak()
    };
    wipes_keys(|secret| {
        let request =
            ReceivedRequest { method: "PUT", path: "/", query: &[], headers: received(secret) };
        let verified = Verifier::new("eu-west-1", Service::S3).verify(
            &request,
            ReceivedBody::Unread,
            now,
            |_, _| Ok::<_, VerifyError>(secret),
        );
        verified.unwrap().into_chunks().unwrap()
    });
}
