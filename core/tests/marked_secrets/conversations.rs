//! The protocols that hand out credentials, in each of their states and with broken documents.

use rolesig::conversation::{
    AssumeRole, AssumeRoleWithWebIdentity, Container, ContainerUri, Conversation, GetSessionToken,
    Imds, IotCredentials, Mfa, Sts,
};
use rolesig::http1::{RequestHead, RequestMessage, Response};

use crate::marks::{
    ACCESS_KEY_ID, CODE, SECRET, SERVICE_TOKEN, TOKEN, hides_in, walked, walked_error,
};
use crate::{CREDENTIALS, now};

const HOST: &str = "sts.eu-west-1.amazonaws.com";

/// A document of the metadata service or of a container's agent.
fn json() -> String {
    format!(
        r#"{{"Code":"Success","AccessKeyId":"{ACCESS_KEY_ID}","SecretAccessKey":"{SECRET}","Token":"{TOKEN}","Expiration":"2015-08-30T18:36:00Z"}}"#
    )
}

fn of_iot() -> String {
    format!(
        r#"{{"credentials":{{"accessKeyId":"{ACCESS_KEY_ID}","secretAccessKey":"{SECRET}","sessionToken":"{TOKEN}","expiration":"2015-08-30T18:36:00Z"}}}}"#
    )
}

fn xml() -> String {
    format!(
        "<R><Result><Credentials><AccessKeyId>{ACCESS_KEY_ID}</AccessKeyId><SecretAccessKey>\
        {SECRET}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken><Expiration>\
        2015-08-30T18:36:00Z</Expiration></Credentials></Result></R>"
    )
}

/// Walks what a conversation asks for.
fn walk_request(conversation: &impl Conversation) {
    let request = conversation.request().unwrap();
    walked("Request", &request);
    walked("RequestMessage", &RequestMessage { request: &request, host: HOST });
    walked("RequestTarget", &request.target());
    walked("RequestBody", &request.body());
    for (_, value) in request.headers() {
        walked("RequestHeaderValue", &value);
    }
    let headers = [("authorization", SERVICE_TOKEN.as_bytes())];
    let head = RequestHead {
        method: request.method(),
        target: &request.target(),
        host: HOST,
        headers: &headers,
        added: || request.headers(),
        content_length: None,
    };
    walked("RequestHead", &head);
}

/// Answers with a document that is cut off, or has a wrong byte, at each place.
/// The conversation is one exchange before its end.
fn respond_wrongly<C: Conversation>(conversation: impl Fn() -> C, document: &str)
where
    for<'b> C::Outcome<'b>: core::fmt::Debug,
{
    let respond = |body: &[u8]| {
        let (mut conversation, mut body) = (conversation(), body.to_vec());
        if let Err(error) = conversation.response(200, &body) {
            return walked_error("a conversation's error", &error);
        }
        match conversation.outcome(&mut body) {
            Ok(outcome) => hides_in("an outcome", format!("{outcome:?} {outcome:#?}")),
            Err(error) => walked_error("a conversation's error", &error),
        }
    };
    let document = document.as_bytes();
    respond(document);
    for place in (0..document.len()).step_by(2) {
        respond(&document[..place]);
        let mut wrong = document.to_vec();
        wrong[place] = b'"';
        respond(&wrong);
    }
}

#[test]
fn hides_secrets_of_the_metadata_service() {
    let mut imds = Imds::new();
    walked_error("ConversationError", &imds.response(403, SERVICE_TOKEN.as_bytes()).unwrap_err());
    imds.response(200, SERVICE_TOKEN.as_bytes()).unwrap();
    walked("Imds", &imds);
    walk_request(&imds);
    let region = imds.region();
    walked("ImdsRegion", &region);
    walk_request(&region);
    imds.response(200, b"role").unwrap();
    let last = || {
        let mut imds = Imds::new();
        imds.response(200, SERVICE_TOKEN.as_bytes()).unwrap();
        imds.response(200, b"role").unwrap();
        imds
    };
    respond_wrongly(last, &json());
    let mut body = json().into_bytes();
    imds.response(200, &body).unwrap();
    walked("Imds", &imds);
    let role = imds.outcome(&mut body).unwrap();
    assert_eq!(role.credentials.secret_access_key, SECRET);
    walked("RoleCredentials", &role);
}

#[test]
fn hides_secrets_of_containers() {
    let uri = ContainerUri::full("http://169.254.170.23/v1/credentials").unwrap();
    let container = Container::authorized(uri, SERVICE_TOKEN).unwrap();
    walked("Container", &container);
    walked("ContainerUri", &container.uri());
    walk_request(&container);
    respond_wrongly(|| container.clone(), &json());
    let unsendable = format!("{SERVICE_TOKEN}\n{TOKEN}");
    walked_error("AuthorizationTokenError", &Container::authorized(uri, &unsendable).unwrap_err());
    for wrong in [SECRET, &format!("http://u:{SECRET}@host/"), &format!("ftp://{TOKEN}/")] {
        walked_error("ContainerUriError", &ContainerUri::full(wrong).unwrap_err());
    }
}

#[test]
fn hides_secrets_of_things() {
    let thing = IotCredentials::new("role-alias", None).unwrap();
    walked("IotCredentials", &thing);
    respond_wrongly(|| thing.clone(), &of_iot());
    walked_error("IotNameError", &IotCredentials::new(SECRET, None).unwrap_err());
}

#[test]
fn hides_secrets_of_calls_of_sts() {
    let mfa = Mfa { serial_number: "arn:aws:iam::111122223333:mfa/user", token_code: CODE };
    walked("Mfa", &mfa);
    let role = "arn:aws:iam::111122223333:role/r";
    let assumed = AssumeRole { mfa: Some(mfa), ..AssumeRole::new(role, "session") };
    walked("AssumeRole", &assumed);
    let session = GetSessionToken { mfa: Some(mfa), ..GetSessionToken::default() };
    walked("GetSessionToken", &session);
    let signed = || Sts::signed(session, HOST, CREDENTIALS, "eu-west-1", now()).unwrap();
    walked("Sts", &signed());
    walk_request(&signed());
    respond_wrongly(signed, &xml());
    let by_token = AssumeRoleWithWebIdentity::new(role, "session", SERVICE_TOKEN);
    walked("AssumeRoleWithWebIdentity", &by_token);
    let unsigned = || Sts::unsigned(by_token, HOST).unwrap();
    walked("Sts", &unsigned());
    walk_request(&unsigned());
    respond_wrongly(unsigned, &xml());
    let wrong = Mfa { token_code: SECRET, ..mfa };
    let session = GetSessionToken { mfa: Some(wrong), ..session };
    let refused = Sts::signed(session, HOST, CREDENTIALS, "eu-west-1", now()).map(drop);
    if let Err(error) = refused {
        walked_error("StsCallError", &error);
    }
}

#[test]
fn hides_secrets_of_messages() {
    let message = format!("HTTP/1.1 200 OK\r\nSet-Cookie: {SECRET}\r\nX-Auth: {TOKEN}");
    let mut response = Response::new();
    let len = response.take(&mut message.into_bytes()).unwrap();
    assert_eq!(len, 0);
    walked("Response", &response);
    walked_error("HttpError", &response.end().unwrap_err());
}

#[cfg(all(feature = "embedded-io", feature = "log"))]
mod logged {
    use core::fmt::Write as _;
    use std::sync::Mutex;

    use embedded_io::{ErrorKind, ErrorType, Read, Write};
    use rolesig::io::{IoError, blocking};

    use super::*;

    /// A log that keeps every line, at the most detailed level.
    struct Kept(Mutex<String>);

    impl log::Log for Kept {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &log::Record<'_>) {
            writeln!(self.0.lock().unwrap(), "{record:?} {}", record.args()).unwrap();
        }

        fn flush(&self) {}
    }

    static KEPT: Kept = Kept(Mutex::new(String::new()));

    struct Scripted(Vec<u8>);

    impl ErrorType for Scripted {
        type Error = ErrorKind;
    }

    impl Read for Scripted {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
            let len = self.0.len().min(buffer.len());
            buffer[..len].copy_from_slice(&self.0[..len]);
            self.0.drain(..len);
            Ok(len)
        }
    }

    impl Write for Scripted {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }

    fn response(status: u16, body: &str) -> String {
        format!("HTTP/1.0 {status} X\r\n\r\n{body}")
    }

    #[test]
    fn hides_secrets_in_the_log() {
        log::set_logger(&KEPT).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        for last in
            [response(200, &json()), response(403, SECRET), response(200, SECRET), String::new()]
        {
            let mut script =
                [response(200, SERVICE_TOKEN), response(200, "role"), last].into_iter();
            let mut body = [0; 1024];
            let connect = || {
                script.next().map(|it| Scripted(it.into_bytes())).ok_or(ErrorKind::ConnectionReset)
            };
            match blocking::converse(&mut Imds::new(), "169.254.169.254", &mut body, connect) {
                Ok(concluded) => walked("Concluded", &concluded),
                Err(error) => walked::<IoError<'_, _>>("IoError", &error),
            }
        }
        let kept = KEPT.0.lock().unwrap();
        assert!(kept.lines().count() > 8, "{kept}");
        hides_in("the log", &*kept);
    }
}
