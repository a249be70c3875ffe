//! The forms of signing and verifying, beside the hash that R1 cannot do without.

use core::hint::black_box;
use core::time::Duration;
use std::time::SystemTime;

use aws_sigv4::sign::v4::generate_signing_key;
use rolesig::conversation::{AssumeRole, Sts};
use rolesig::{
    CredentialScope, EncodedToken, PostPolicy, Service, Signer, SigningKey, Timestamp, V4, V4a,
};
use rolesig_benches::timed::{Timed, grouped, in_turn};
use rolesig_benches::{NOW, R1, R3, REGION, credentials, session_token};

use crate::peer::Limit;
use crate::{ROUNDS, head, now};

/// Prints the table.
pub(crate) fn print() {
    head(&["form, with the day's key unless stated otherwise", "time", "× the hash of R1"]);
    let token = session_token();
    keys();
    presigned(&token);
    verified(&token);
    others(&token);
}

fn signer(token: &str) -> Signer<'_> {
    Signer::new(credentials(token), REGION, Service::S3).expect("good credentials")
}

/// Times an operation and the hash of R1 in turn, and prints its row.
fn row(name: &str, operation: &mut dyn FnMut()) {
    let token = session_token();
    let stages = R1.stages(&mut signer(&token)).expect("a good request");
    let limit = Limit::of(&R1, &stages);
    let mut hash = || limit.compress();
    let [time, hash] = in_turn([Timed::new(operation), Timed::new(&mut hash)], ROUNDS);
    println!("| {name} | {} ns | {:.2} |", grouped(time), time / hash);
}

fn keys() {
    let scope = CredentialScope::new(now().amz_date().date(), REGION, "s3");
    let ours = credentials("token");
    row("derive a day's key", &mut || {
        black_box(SigningKey::<V4>::derive(black_box(&ours), &scope));
    });
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into());
    row("derive a day's key: aws-sigv4", &mut || {
        let secret = black_box(ours.secret_access_key);
        black_box(generate_signing_key(secret, time, REGION, "s3"));
    });
}

fn presigned(token: &str) {
    let (request, hour) = (R3.request.with_payload(None), R3.expires.expect("it is presigned"));
    let mut buffer = [0; 4096];
    let mut presign = |signer: &mut Signer<'_>| {
        let url = signer.presign_into(black_box(&request), hour, now(), "https", &mut buffer);
        black_box(url.expect("a good request").url().len());
    };
    row("presign R3, with a new key", &mut || presign(&mut signer(token)));
    let mut day = signer(token);
    row("presign R3", &mut || presign(&mut day));
    let mut encoded = EncodedToken::new([0; 1024]);
    encoded.encode(&credentials(token)).expect("it fits");
    let mut prepared = signer(token).with_encoded_token(&encoded);
    row("presign R3, with the token encoded once", &mut || presign(&mut prepared));
}

fn verified(token: &str) {
    let rows = R1.receive(token, |received| {
        row("verify R1", &mut || received.verify().expect("it is signed"));
        row("verify R1, with the secret access key", &mut || {
            received.verify_with_secret().expect("it is signed");
        });
    });
    rows.expect("a good request");
}

fn others(token: &str) {
    let policy = PostPolicy {
        expires_at: Timestamp::from(NOW + 3600),
        bucket: "amzn-s3-demo-bucket",
        key: "uploads/${filename}",
        conditions: &[],
    };
    let mut posting = signer(token);
    row("sign a POST policy", &mut || {
        black_box(posting.sign_post(black_box(&policy), now()).signature());
    });
    let call = AssumeRole::new("arn:aws:iam::111122223333:role/my-role", "my-session");
    let host = "sts.eu-west-1.amazonaws.com";
    row("sign an `AssumeRole` form, with a new key", &mut || {
        let signed = Sts::signed(black_box(call), host, credentials(token), REGION, now());
        black_box(signed.is_ok());
    });
    let v4a = Signer::<V4a>::with_slots(credentials(token), "*", Service::S3);
    let (mut v4a, mut buffer) = (v4a.expect("good credentials"), [0; 4096]);
    row("sign R1 with Signature Version 4a", &mut || {
        let signed = v4a.sign_into(black_box(&R1.request), now(), &mut buffer);
        black_box(signed.expect("a good request").authorization());
    });
}
