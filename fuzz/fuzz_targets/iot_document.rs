//! Any bytes as a response of AWS IoT's credential provider, compared with `serde_json`:
//! credentials are read only where it reads the same texts, and always from a document that AWS
//! could write.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig::Timestamp;
use rolesig::conversation::{Conversation, ConversationError, IotCredentials, RoleCredentials};
use serde_json::{Value, json};

/// A response: any bytes, or a document as AWS writes it.
#[derive(Debug)]
enum Response {
    Any(Vec<u8>),
    Written { id: String, secret: String, token: String, expiration: u32, is_pretty: bool },
}

impl<'a> Arbitrary<'a> for Response {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.arbitrary()? {
            return Ok(Self::Any(u.bytes(u.len())?.to_vec()));
        }
        // Without quotation marks, which rolesig refuses around a text.
        let mut text = |most| -> Result<String> {
            let len = u.int_in_range(1..=most)?;
            (0..len).map(|_| Ok(char::from(*u.choose(b"ABCxyz019+/=\\~")?))).collect()
        };
        let (id, secret, token) = (text(20)?.replace('/', "A"), text(40)?, text(300)?);
        Ok(Self::Written {
            id,
            secret,
            token,
            expiration: u.arbitrary()?,
            is_pretty: u.arbitrary()?,
        })
    }
}

fuzz_target!(|response: Response| {
    let (body, is_written) = match &response {
        Response::Any(body) => (body.clone(), false),
        Response::Written { id, secret, token, expiration, is_pretty } => {
            let at = Timestamp::from(*expiration).amz_date().to_string();
            let (date, time) = (&at[..8], &at[9..15]);
            let expiration = format!(
                "{}-{}-{}T{}:{}:{}Z",
                &date[..4],
                &date[4..6],
                &date[6..],
                &time[..2],
                &time[2..4],
                &time[4..]
            );
            let document = json!({"credentials": {"accessKeyId": id, "secretAccessKey": secret,
                "sessionToken": token, "expiration": expiration}});
            let text = if *is_pretty { format!("{document:#}") } else { document.to_string() };
            (text.into_bytes(), true)
        }
    };
    let mut iot = IotCredentials::new("alias", None).unwrap();
    iot.response(200, &body).unwrap();
    let mut read = body.clone();
    let outcome = iot.outcome(&mut read);
    assert!(outcome.is_ok() || !is_written, "{response:?}: {outcome:?}");
    let theirs = serde_json::from_slice::<Value>(&body);
    match outcome {
        Ok(RoleCredentials { credentials, .. }) => {
            // `serde_json` takes the last of several values of one name.
            let Ok(theirs) = theirs else { panic!("serde_json reads it too") };
            let text = String::from_utf8(body.clone()).unwrap();
            let once = |name: &str| text.matches(name).count() == 1;
            if ["credentials", "accessKeyId", "secretAccessKey"].into_iter().all(once) {
                let theirs = &theirs["credentials"];
                let is =
                    |name: &str, ours: &str| theirs[name].as_str().map(str::trim) == Some(ours);
                assert!(is("accessKeyId", credentials.access_key_id), "{text}");
                assert!(is("secretAccessKey", credentials.secret_access_key), "{text}");
            }
        }
        Err(ConversationError::Refused { .. } | ConversationError::Document { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
});
