//! Makes a database token and a cluster token, and signs a form for uploads by browsers.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::token::{Database, EksCluster};
use rolesig::{Condition, Credentials, Emit, PostPolicy, Service, Signer, Timestamp};
use rolesig_firmware::board::exit;

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(make().is_some())
}

fn make() -> Option<usize> {
    let credentials = Credentials {
        access_key_id: black_box("ASIAIOSFODNN7EXAMPLE"),
        secret_access_key: black_box("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: black_box(Some("IQoJb3JpZ2luX2VjEXAMPLE")),
    };
    let region = black_box("eu-west-1");
    let now = Timestamp::from(black_box(1_440_938_160));
    let mut buffer = [0; 1024];

    let database = black_box(Database::rds("db.example:5432", "jane_doe"));
    let token = database.token(credentials, region, now).ok()?;
    let mut written = black_box(token.write_to(black_box(&mut buffer)).ok()?).len();

    let cluster = black_box(EksCluster::new("my-cluster", "sts.eu-west-1.amazonaws.com"));
    let token = cluster.token(credentials, region, now).ok()?;
    written += black_box(token.write_to(black_box(&mut buffer)).ok()?).len();

    let policy = black_box(PostPolicy {
        expires_at: now,
        bucket: "amzn-s3-demo-bucket",
        key: "user/${filename}",
        conditions: &[
            Condition::Equals("acl", "private"),
            Condition::StartsWith("$Content-Type", ""),
            Condition::ContentLengthRange(1, 1 << 20),
        ],
    });
    let mut s3 = Signer::new(credentials, region, Service::S3).ok()?;
    for (name, value) in s3.sign_post(&policy, now).fields() {
        written += black_box(name).len();
        written += black_box(value.write_to(black_box(&mut buffer)).ok()?).len();
    }
    Some(written)
}
