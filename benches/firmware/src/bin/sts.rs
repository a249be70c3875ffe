//! Assumes a role in a signed conversation with STS, and stores its credentials.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::provider::{
    AssumeRole, AssumeRoleWithWebIdentity, Conversation, GetCallerIdentity, Provided, Sts,
};
use rolesig::{Credentials, Emit, StoredCredentials, Timestamp};
use rolesig_firmware::halt;

/// The program.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> ! {
    black_box(assume_role().is_some());
    halt()
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

/// The loop that every conversation is driven by.
fn converse<'b, C: Conversation>(
    conversation: &mut C,
    body: &'b mut [u8],
) -> Option<C::Outcome<'b>> {
    let mut wire = [0; 2048];
    let mut len = 0;
    while let Some(exchange) = conversation.request() {
        black_box(exchange.method());
        black_box(exchange.target().write_to(&mut wire).ok()?);
        for (name, value) in exchange.headers() {
            black_box(name);
            black_box(value.write_to(&mut wire).ok()?);
        }
        black_box(exchange.body().emitted_len());
        black_box(exchange.body().write_to(&mut wire).ok()?);
        // Where a transport would send the request and fill the body.
        len = black_box(&mut *body).len().min(black_box(300));
        if let Err(error) = conversation.response(black_box(200), body.get(..len)?) {
            black_box(error.is_transient());
            return None;
        }
    }
    conversation.outcome(body.get_mut(..len)?).ok()
}

fn store(provided: Provided<'_>) -> Option<()> {
    let mut stored = StoredCredentials::<1536>::new();
    stored.store(provided.credentials, Some(provided.expires_at)).ok()?;
    black_box(stored.credentials().is_some());
    black_box(provided.account_id);
    Some(())
}
