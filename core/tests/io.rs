//! The drivers: every exchange of every conversation, however it is cut to pieces.

#![cfg(all(feature = "embedded-io", feature = "embedded-io-async"))]

use std::fs;

use embedded_io::ErrorKind;
use rolesig::Timestamp;
use rolesig::conversation::{
    AssumeRole, AssumeRoleWithWebIdentity, Container, ContainerUri, Conversation,
    GetCallerIdentity, Imds, IotCredentials, Sts,
};
use rolesig::http1::Response;
use rolesig::io::{IoError, asynch, blocking};
use streams::{
    DOCUMENT, Form, IDENTITY, IOT, SHOWN, SIZES, Scripted, imds, in_chunks, interim, play, ready,
    shown, to_the_end, with_length,
};

use crate::io::streams::{CALLER, STS};

#[cfg(feature = "embedded-nal-async")]
mod nal;
mod responses;
mod streams;

impl embedded_io::ErrorType for Scripted<'_> {
    type Error = ErrorKind;
}

impl embedded_io::Read for Scripted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.read(buffer)
    }
}

impl embedded_io::Write for Scripted<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        Ok(self.write(bytes))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl embedded_io_async::Read for Scripted<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.read(buffer)
    }
}

impl embedded_io_async::Write for Scripted<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        Ok(self.write(bytes))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[test]
fn drives_imds_over_any_stream() {
    let forms: [(Form, bool); 4] =
        [(with_length, false), (in_chunks, false), (interim, false), (to_the_end, true)];
    for (form, sent_once) in forms {
        let responses = ["metadata-token", "role\n", DOCUMENT].map(form);
        for size in SIZES {
            let (outcome, sent) = play(&imds(), &responses, size, 512, shown);
            assert_eq!(outcome.as_deref(), Ok(SHOWN), "{size}");
            let expected = "PUT /latest/api/token HTTP/1.1\r\nhost: host:80\r\n\
                x-aws-ec2-metadata-token-ttl-seconds: 21600\r\ncontent-length: 0\r\n\r\n\
                GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\nhost: host:80\r\n\
                x-aws-ec2-metadata-token: metadata-token\r\n\r\n\
                GET /latest/meta-data/iam/security-credentials/role HTTP/1.1\r\nhost: host:80\r\n\
                x-aws-ec2-metadata-token: metadata-token\r\n\r\n";
            // A stream that was to stay open, and did not, has taken a request for nothing.
            let requests: Vec<_> = sent.split_inclusive("\r\n\r\n").collect();
            let once: Vec<_> = requests.chunk_by(|a, b| a == b).map(|same| same[0]).collect();
            assert_eq!(once.concat(), expected);
            assert_eq!(requests.len(), if sent_once { 3 } else { 5 });
        }
    }
}

/// Returns the time that both drivers report after responses with these headers.
fn date_of(headers: [&str; 3]) -> Option<Timestamp> {
    let bodies = ["metadata-token", "role", DOCUMENT].map(with_length);
    let scripts = headers.iter().zip(&bodies).map(|(h, a)| a.replace("Server: EC2ws\r\n", h));
    let script: String = scripts.collect();
    let played = |asynchronous: bool| {
        let (mut wire, mut body) = (Vec::new(), [0; 512]);
        let script = script.clone().into_bytes();
        let mut stream = Some(Scripted { script, at: 0, size: 1, wire: &mut wire, fails: true });
        let mut open = || stream.take().ok_or(ErrorKind::ConnectionRefused);
        let mut imds = Imds::new();
        let concluded = if asynchronous {
            ready(asynch::converse(&mut imds, "h", &mut body, async || open()))
        } else {
            blocking::converse(&mut imds, "h", &mut body, open)
        };
        concluded.unwrap().date
    };
    assert_eq!(played(false), played(true));
    played(false)
}

#[test]
fn takes_the_time_from_the_last_response() {
    let time: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
    for (last, expected) in [
        ("Date: Sun, 30 Aug 2015 12:36:00 GMT\r\n", Some(time)),
        ("date:Sunday, 30-Aug-15 12:36:00 GMT \n", Some(time)),
        ("", None),
        ("Date: 2015-08-30T12:36:00Z\r\n", None),
        ("Date: Sun, 30 Aug 2015 12:36:00 GMT, longer than any date that there is\r\n", None),
        // A cache has kept it.
        ("Age: 60\r\nDate: Sun, 30 Aug 2015 12:36:00 GMT\r\n", None),
        ("Date: Sun, 30 Aug 2015 12:36:00 GMT\r\nAge: 0\r\n", None),
    ] {
        assert_eq!(date_of(["", "", last]), expected, "{last}");
        let earlier = "Date: Sun, 30 Aug 2015 12:35:58 GMT\r\n";
        assert_eq!(date_of([earlier, earlier, last]), expected, "{last}");
    }
}

/// The head is written by the caller, who waits until the server asks for the body.
#[test]
fn receives_the_rest_of_a_response_behind_a_part_taken() {
    for (script, wanted) in [(interim("done"), true), (with_length("refused"), false)] {
        for size in SIZES {
            let script = script.clone().into_bytes();
            let (mut wire, mut body) = (Vec::new(), [0; 16]);
            let mut stream = Scripted { script, at: 0, size, wire: &mut wire, fails: true };
            let mut response = Response::new();
            while response.status() == 0 {
                let mut byte = [0];
                assert_eq!(stream.read(&mut byte), Ok(1));
                response.take(&mut byte).unwrap();
            }
            assert_eq!(response.status() == 100, wanted);
            let received = blocking::receive(&mut stream, &mut response, &mut body).unwrap();
            assert_eq!((received.status, received.date), (200, None));
            let expected = if wanted { "done" } else { "refused" };
            assert_eq!(&body[..received.len], expected.as_bytes());
        }
    }
}

/// Byte by byte nothing of the next response is read too early.
#[test]
fn reuses_a_stream_that_stays_open() {
    let responses = ["metadata-token", "role", DOCUMENT].map(with_length);
    let (outcome, _) = play(&imds(), &[responses.concat()], 1, 512, shown);
    assert_eq!(outcome.as_deref(), Ok(SHOWN));
    // It was closed without a word.
    let [token, role, document] = responses;
    let scripts = [format!("{token}{role}"), document.clone()];
    assert_eq!(play(&imds(), &scripts, 1, 512, shown).0.as_deref(), Ok(SHOWN));
    // And with one.
    let closing = role.replace("Server: EC2ws", "Connection: close");
    let scripts = [format!("{token}{closing}{document}"), document];
    assert_eq!(play(&imds(), &scripts, 1, 512, shown).0.as_deref(), Ok(SHOWN));
}

#[test]
fn exchanges_single_requests_over_any_stream() {
    let now: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
    let (host, role) = ("host:80", "arn:aws:iam::111122223333:role/r");
    let long = "t".repeat(5000);
    for form in [with_length, in_chunks, to_the_end, interim] {
        for size in SIZES {
            let ok = |played: (Result<String, String>, String), begin: &str, end: &str| {
                assert_eq!(played.0.as_deref(), Ok(SHOWN), "{size}");
                assert!(played.1.starts_with(begin), "{}", played.1);
                assert!(played.1.ends_with(end), "{}", played.1);
            };
            let uri = ContainerUri::full("http://169.254.170.2/v2/credentials").unwrap();
            let container = Container::authorized(uri, "abc").unwrap();
            let played = play(&container, &[form(DOCUMENT)], size, 512, shown);
            ok(played, "GET /v2/credentials HTTP/1.1\r\n", "authorization: abc\r\n\r\n");
            let iot = IotCredentials::new("alias", Some("thing")).unwrap();
            let played = play(&iot, &[form(IOT)], size, 512, shown);
            ok(played, "GET /role-aliases/alias/", "x-amzn-iot-thingname: thing\r\n\r\n");
            let call = AssumeRole::new(role, "session");
            let sts = Sts::signed(call, host, CALLER, "eu-west-1", now).unwrap();
            let played = play(&sts, &[form(STS)], size, 512, shown);
            ok(played, "POST / HTTP/1.1\r\nhost: host:80\r\ncontent-type: ", "=session");
            // The request is much longer than the buffer.
            let sts = Sts::unsigned(AssumeRoleWithWebIdentity::new(role, "session", &long), host)
                .unwrap();
            let played = play(&sts, &[form(STS)], size, 512, shown);
            ok(played, "POST / HTTP/1.1\r\n", &long[..4000]);
            let sts = Sts::signed(GetCallerIdentity, host, CALLER, "eu-west-1", now).unwrap();
            let account = |identity: rolesig::conversation::CallerIdentity<'_>| {
                identity.account_id.to_owned()
            };
            let played = play(&sts, &[form(IDENTITY)], size, 512, account);
            assert_eq!(played.0.as_deref(), Ok("111122223333"));
        }
    }
}

#[test]
fn fetches_the_region_over_a_stream() {
    for size in SIZES {
        let mut wires = [Vec::new(), Vec::new()];
        let mut streams = wires.iter_mut().zip(["token", "eu-west-1\n"]).map(|(wire, body)| {
            Scripted { script: in_chunks(body).into_bytes(), at: 0, size, wire, fails: false }
        });
        let mut imds = Imds::new();
        let mut body = [0; 128];
        let open = || streams.next().ok_or(ErrorKind::ConnectionRefused);
        let region = blocking::converse(&mut imds.region(), "h", &mut body, open);
        assert_eq!(region.map(|concluded| concluded.outcome), Ok("eu-west-1"));
    }
}

/// Cuts each response of a conversation off at each byte, after those before it came whole.
fn cut_everywhere<C: Conversation + Clone>(conversation: &C, bodies: &[&str]) {
    let outcome = |scripts: &[String], size| play(conversation, scripts, size, 512, |_| ()).0;
    let forms: [Form; 3] = [with_length, in_chunks, interim];
    for (form, exchange) in
        forms.into_iter().flat_map(|form| (0..bodies.len()).map(move |at| (form, at)))
    {
        let mut scripts: Vec<_> = bodies[..=exchange].iter().map(|body| form(body)).collect();
        let whole = scripts[exchange].clone();
        for size in SIZES {
            for end in 0..whole.len() {
                whole[..end].clone_into(&mut scripts[exchange]);
                let expected = if end == 0 { "Http(NoResponse)" } else { "Http(Cut)" };
                assert_eq!(outcome(&scripts, size), Err(expected.to_owned()), "{end} of {whole}");
            }
        }
    }
    // The end of the connection is the end of the body: the document decides.
    let mut scripts: Vec<_> = bodies.iter().map(|body| to_the_end(body)).collect();
    let document = scripts.len() - 1;
    let whole = scripts[document].trim_end().to_owned();
    for end in 0..whole.len() {
        whole[..end].clone_into(&mut scripts[document]);
        assert!(outcome(&scripts, 7).is_err(), "{end} of {whole}");
    }
}

#[test]
fn detects_every_truncation() {
    cut_everywhere(&imds(), &["metadata-token", "role\n", DOCUMENT]);
    cut_everywhere(&IotCredentials::new("alias", None).unwrap(), &[IOT]);
    let uri = ContainerUri::full("http://169.254.170.2/v2/credentials").unwrap();
    cut_everywhere(&Container::authorized(uri, "abc").unwrap(), &[DOCUMENT]);
    let (host, now) = ("host:80", "2015-08-30T12:36:00Z".parse().unwrap());
    let role = "arn:aws:iam::111122223333:role/r";
    let call = AssumeRole::new(role, "session");
    cut_everywhere(&Sts::signed(call, host, CALLER, "eu-west-1", now).unwrap(), &[STS]);
    let call = AssumeRoleWithWebIdentity::new(role, "session", "t");
    cut_everywhere(&Sts::unsigned(call, host).unwrap(), &[STS]);
    let call = GetCallerIdentity;
    cut_everywhere(&Sts::signed(call, host, CALLER, "eu-west-1", now).unwrap(), &[IDENTITY]);
}

#[test]
fn keeps_the_error_of_a_transport() {
    let mut iot = IotCredentials::new("alias", None).unwrap();
    let whole = with_length(IOT);
    for end in 0..whole.len() {
        let mut body = [0; 512];
        let mut wire = Vec::new();
        let script = whole.as_bytes()[..end].to_vec();
        let mut stream = Some(Scripted { script, at: 0, size: 7, wire: &mut wire, fails: true });
        let open = || stream.take().ok_or(ErrorKind::Other);
        let error = blocking::converse(&mut iot, "h", &mut body, open).unwrap_err();
        assert_eq!(error, IoError::Transport(ErrorKind::TimedOut));
        assert!(error.is_transient());
    }
    let (outcome, _) = play(&iot, &[], 1, 512, shown);
    assert_eq!(outcome, Err("Transport(ConnectionRefused)".to_owned()));
}

#[test]
fn reports_a_buffer_that_is_too_small() {
    let forms: [(Form, Option<usize>); 3] =
        [(with_length, Some(IOT.len())), (in_chunks, None), (to_the_end, None)];
    let iot = IotCredentials::new("alias", None).unwrap();
    for size in SIZES {
        for (form, needed) in forms {
            let (outcome, _) = play(&iot, &[form(IOT)], size, IOT.len(), shown);
            assert_eq!(outcome.as_deref(), Ok(SHOWN), "exactly large enough");
            for buffer in [0, 1, 20, IOT.len() - 1] {
                let expected =
                    format!("BodyTooLong {{ needed: {:?} }}", needed.filter(|_| buffer > 0));
                let (outcome, _) = play(&iot, &[form(IOT)], size, buffer, shown);
                assert_eq!(outcome, Err(expected), "{buffer}");
            }
        }
    }
}

/// The two drivers are the same except for `async` and `.await`, and their examples.
#[test]
fn keeps_both_drivers_equal() {
    let code = |name: &str| {
        let path = format!("{}/src/conversation/io/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).unwrap();
        let mut is_example = false;
        let lines = text.lines().filter(|line| {
            let is_fence = line.starts_with("/// ```");
            is_example ^= is_fence;
            !is_example && !is_fence
        });
        // rustfmt decides where a line breaks.
        let code: String = lines.flat_map(str::split_whitespace).collect();
        code.replace(".await", "").replace("Async", "").replace("async", "")
    };
    let asynch = code("asynch")
        .replace("embedded_io_", "embedded_io")
        .replace("embedded-io-", "embedded-io");
    assert_eq!(code("blocking"), asynch);
}
