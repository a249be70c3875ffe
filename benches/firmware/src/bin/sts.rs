//! Assumes a role in a signed conversation with STS, and stores its credentials.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::conversation::{
    AssumeRole, AssumeRoleWithWebIdentity, Conversation, GetCallerIdentity, RoleCredentials, Sts,
};
use rolesig::io::blocking;
use rolesig::{Credentials, StoredCredentials, Timestamp};
use rolesig_firmware::{board::exit, stream::open};

/// The responses of the service.
const RESPONSES: [&str; 3] = [ROLE, ROLE, IDENTITY];

const ROLE: &str = "HTTP/1.1 200 OK\r\n\r\n<R><Result><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\
    <SecretAccessKey>s/s</SecretAccessKey><SessionToken>t</SessionToken>\
    <Expiration>2015-08-30T18:36:00Z</Expiration></Credentials></Result></R>";

const IDENTITY: &str = "HTTP/1.1 200 OK\r\n\r\n<R><GetCallerIdentityResult><Arn>a</Arn>\
    <UserId>u</UserId><Account>111122223333</Account></GetCallerIdentityResult></R>";

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(assume_role().is_some())
}

fn assume_role() -> Option<()> {
    let mut body = [0; 2048];
    let credentials = Credentials {
        access_key_id: black_box("AKIAIOSFODNN7EXAMPLE"),
        secret_access_key: black_box("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: black_box(Some("IQoJb3JpZ2luX2VjEXAMPLE")),
    };
    let now = Timestamp::from(black_box(1_440_938_160));
    let (host, region) = (black_box("sts.eu-west-1.amazonaws.com"), black_box("eu-west-1"));
    let role = black_box("arn:aws:iam::111122223333:role/my-role");
    let call = AssumeRole {
        external_id: black_box(Some("12345")),
        duration_seconds: black_box(Some(7200)),
        tags: black_box(&[("Project", "Automation")]),
        ..AssumeRole::new(role, black_box("my-session"))
    };
    let mut sts = Sts::signed(call.chained(), host, credentials, region, now).ok()?;
    store(converse(&mut sts, &mut body)?)?;
    let call = AssumeRoleWithWebIdentity::new(role, "my-session", black_box("eyJ.e30.c2ln\n"));
    store(converse(&mut Sts::unsigned(call, host).ok()?, &mut body)?)?;
    let mut sts = Sts::signed(GetCallerIdentity, host, credentials, region, now).ok()?;
    black_box(converse(&mut sts, &mut body)?.account_id);
    Some(())
}

fn converse<'b, C: Conversation>(
    conversation: &mut C,
    body: &'b mut [u8],
) -> Option<C::Outcome<'b>> {
    let outcome =
        blocking::converse(conversation, black_box("sts.amazonaws.com"), body, || open(&RESPONSES));
    match outcome {
        Ok(concluded) => Some(concluded.outcome),
        Err(error) => {
            black_box(error.is_transient());
            None
        }
    }
}

fn store(provided: RoleCredentials<'_>) -> Option<()> {
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    black_box(stored.credentials().is_some());
    black_box(provided.account_id);
    Some(())
}
