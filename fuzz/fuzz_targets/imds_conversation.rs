//! The conversation with IMDSv2, compared with a naive one: any statuses and bodies, the same
//! requests.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig::conversation::{Conversation, ConversationError, Imds};

#[derive(Debug)]
enum Event {
    Response(u16, Vec<u8>),
    Restart,
}

const STATUSES: [u16; 14] = [200, 200, 200, 200, 200, 200, 401, 401, 403, 404, 405, 429, 500, 503];

const BODIES: [&[u8]; 13] = [
    b"AQAEA==",
    b"other-token\n",
    b"my-role",
    b"my-role\r\nother-role\n",
    b"\nmy-role",
    b"my role",
    b"../role",
    b" ..\n",
    b"{\"Code\": \"Success\"}",
    b"",
    b" \r\n\t",
    b"r\xc3\xb4le",
    b"a\0b",
];

impl<'a> Arbitrary<'a> for Event {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if u.ratio(1, 16)? {
            return Ok(Self::Restart);
        }
        let status = if u.ratio(15, 16)? { *u.choose(&STATUSES)? } else { u.arbitrary()? };
        let body = match u.int_in_range(0..=7)? {
            0 => u.arbitrary()?,
            // Around the limits of 64 and 256 bytes.
            1 => vec![*u.choose(b"ab~ ")?; u.int_in_range(60..=260)?],
            _ => u.choose(&BODIES)?.to_vec(),
        };
        Ok(Self::Response(status, body))
    }
}

/// Returns a path as it is sent.
fn encoded(path: &str) -> String {
    let encode = |byte: u8| match char::from(byte) {
        c if c.is_ascii_graphic() => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    path.bytes().map(encode).collect()
}

/// The state of the naive conversation.
#[derive(Default)]
struct Naive {
    /// The next request: 0 for the token, 1 for the role, 2 for the document, 3 for none.
    step: u8,
    token: String,
    role: String,
    renewed: bool,
}

impl Naive {
    fn request(&self) -> Option<String> {
        let roles = "GET /latest/meta-data/iam/security-credentials/";
        let token = format!("x-aws-ec2-metadata-token: {}", self.token);
        match self.step {
            0 => {
                let ttl = "x-aws-ec2-metadata-token-ttl-seconds: 21600";
                Some(format!("PUT /latest/api/token {ttl}"))
            }
            1 => Some(format!("{roles} {token}")),
            2 => Some(format!("{roles}{} {token}", encoded(&self.role))),
            _ => None,
        }
    }

    /// Returns whether the response was taken.
    fn response(&mut self, status: u16, body: &[u8]) -> bool {
        let text = |body: &[u8], limit: usize, is_in_it: fn(char) -> bool| {
            let text = String::from_utf8(body.trim_ascii().to_vec()).ok()?;
            let fits = (1..=limit).contains(&text.len()) && text.chars().all(is_in_it);
            fits.then_some(text)
        };
        match (self.step, status) {
            (0, 200..=299) => {
                let Some(token) = text(body, 256, |c| c.is_ascii_graphic()) else { return false };
                self.token = token;
                self.step = 1;
            }
            (1, 200) => {
                let mut lines = body.split(|byte| *byte == b'\n');
                let line = lines.find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
                let is_in_name = |c: char| {
                    c.is_ascii_alphanumeric() || !c.is_ascii() || " +=,.@_-:/!$&'()*;~".contains(c)
                };
                let Some(role) = text(line, 64, is_in_name) else { return false };
                if role.split('/').any(|segment| matches!(segment, "." | "..")) {
                    return false;
                }
                self.role = role;
                self.step = 2;
            }
            (2, 200) => self.step = 3,
            (1 | 2, 401) if !self.renewed => {
                self.renewed = true;
                self.step = 0;
            }
            _ => return false,
        }
        true
    }

    fn restart(&mut self) {
        self.step = u8::from(!self.token.is_empty());
        self.renewed = false;
    }
}

fuzz_target!(|events: Vec<Event>| {
    let mut imds = Imds::new();
    let mut naive = Naive::default();
    for event in events {
        match event {
            Event::Response(status, mut body) => {
                let taken = imds.response(status, &body).is_ok();
                assert_eq!(taken, naive.response(status, &body));
                let out_of_turn =
                    matches!(imds.outcome(&mut body), Err(ConversationError::OutOfTurn));
                assert_eq!(out_of_turn, naive.step != 3);
            }
            Event::Restart => {
                imds.restart();
                naive.restart();
            }
        }
        let request = imds.request().map(|exchange| {
            let mut headers = exchange.headers();
            let (name, value) = headers.next().unwrap();
            assert!(headers.next().is_none());
            let value = value.to_string();
            assert!(value.bytes().all(|byte| byte.is_ascii_graphic()));
            format!("{} {} {name}: {value}", exchange.method(), exchange.target())
        });
        assert_eq!(request, naive.request());
    }
});
