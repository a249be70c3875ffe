//! Signing, compared with a naive signer: an error in both, or the same bytes at every stage.
#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig::{
    Credentials, Emit, PayloadRule, Request, Service, SessionTokenPlace, Signer, Timestamp, V4,
};
use rolesig_fuzz::naive::{self, Case, PathRule, Payload};
use rolesig_fuzz::text::{Text, mostly};

const SLOTS: usize = 5;

#[derive(Debug)]
struct Input {
    case: Case,
    seconds: u64,
}

const METHODS: [&str; 4] = ["GET", "PUT", "POST", "get"];
const HOSTS: [&str; 3] = ["b.s3.eu-west-1.amazonaws.com", "localhost:9000", "[fd00:ec2::254]"];
const NAMES: [&str; 16] = [
    "a",
    "A",
    "a-b",
    "B",
    "zz",
    "Content-Type",
    "content-type",
    "range",
    "gost",
    "iost",
    "x-amz-c",
    "X-Amz-Content-Sha257",
    "x-amz-date0",
    "x-amz-meta-B",
    "X-AMZ-META-b",
    "x-amz-security-tokem",
];
const OWNED: [&str; 5] =
    ["Host", "authorization", "X-Amz-Date", "x-amz-content-sha256", "x-amz-Security-token"];
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
const SERVICES: [&str; 3] = ["s3", "dynamodb", "execute-api"];

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let path = Text::arbitrary(u)?.0;
        let mut query = Vec::new();
        for _ in 0..u.int_in_range(0..=SLOTS + 1)? {
            query.push((Text::arbitrary(u)?.0, Text::arbitrary(u)?.0));
        }
        let mut headers = Vec::new();
        for _ in 0..u.int_in_range(0..=SLOTS + 1)? {
            let name = match u.int_in_range(0..=31)? {
                0 => (*u.choose(&OWNED)?).to_string(),
                1 => Text::arbitrary(u)?.0,
                _ => (*u.choose(&NAMES)?).to_string(),
            };
            let value = match u.int_in_range(0..=7)? {
                0 => Vec::arbitrary(u)?,
                1 => Text::arbitrary(u)?.0.into_bytes(),
                _ => {
                    let len = u.int_in_range(0..=8)?;
                    let bytes = (0..len).map(|_| u.choose(b"ab  \"\xc3\xff").copied());
                    let blanks = [&b""[..], b" ", b"\t "];
                    let bytes = bytes.collect::<Result<Vec<_>>>()?;
                    [*u.choose(&blanks)?, &bytes, *u.choose(&blanks)?].concat()
                }
            };
            headers.push((name, value));
        }
        let seconds = u.int_in_range(0..=Timestamp::MAX.as_unix())?;
        let (path_rule, payload_hash_header) = (
            *u.choose(&[PathRule::Once, PathRule::NormalizedOnce, PathRule::NormalizedTwice])?,
            bool::arbitrary(u)?,
        );
        let case = Case {
            method: mostly(u, &METHODS)?,
            host: mostly(u, &HOSTS)?,
            path: if u.ratio(15, 16)? { format!("/{path}") } else { path },
            query,
            headers,
            payload: match u.int_in_range(0..=2)? {
                0 => Payload::Bytes(Vec::arbitrary(u)?),
                1 => Payload::Sha256(u.arbitrary()?),
                _ => Payload::Unsigned,
            },
            access_key_id: mostly(u, &["ASIAIOSFODNN7EXAMPLE"])?,
            // With the prefix of 4 bytes, 60 fill a block of SHA-256.
            secret_access_key: mostly(u, &["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "s"])?
                .repeat(*u.choose(&[1, 2, 59, 60, 61, 200])?),
            session_token: if u.arbitrary()? { Some(mostly(u, &["IQoJb3/+=="])?) } else { None },
            region: mostly(u, &REGIONS)?,
            service: mostly(u, &SERVICES)?,
            path_rule,
            payload_hash_header,
            date: amz_date(seconds),
            slots: SLOTS,
        };
        Ok(Self { case, seconds })
    }
}

fn amz_date(seconds: u64) -> String {
    let now = time::OffsetDateTime::from_unix_timestamp(seconds.cast_signed()).unwrap();
    let (year, month, day) = now.to_calendar_date();
    let (hour, minute, second) = now.to_hms();
    format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", u8::from(month))
}

fuzz_target!(|input: Input| {
    let signed = sign(&input);
    assert_eq!(signed, naive::sign(&input.case));
});

fn sign(Input { case, seconds }: &Input) -> Option<naive::Signed> {
    let credentials = Credentials {
        access_key_id: &case.access_key_id,
        secret_access_key: &case.secret_access_key,
        session_token: case.session_token.as_deref(),
    };
    let path_rule = match case.path_rule {
        PathRule::Once => rolesig::PathRule::Once,
        PathRule::NormalizedOnce => rolesig::PathRule::NormalizedOnce,
        PathRule::NormalizedTwice => rolesig::PathRule::NormalizedTwice,
    };
    let service = Service {
        path_rule,
        payload_hash_header: case.payload_hash_header,
        payload_rule: PayloadRule::Signed,
        session_token: SessionTokenPlace::Signed,
        name: &case.service,
    };
    let query: Vec<_> = case.query.iter().map(|(name, value)| (&**name, &**value)).collect();
    let headers: Vec<_> = case.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = Request {
        method: &case.method,
        host: &case.host,
        path: &case.path,
        query: &query,
        headers: &headers,
        payload: match &case.payload {
            Payload::Bytes(bytes) => rolesig::Payload::Bytes(bytes),
            Payload::Sha256(digest) => rolesig::Payload::Sha256(*digest),
            Payload::Unsigned => rolesig::Payload::Unsigned,
        },
    };
    let now = Timestamp::from_unix(*seconds).unwrap();
    let mut of_case = Signer::<V4, SLOTS>::with_slots(credentials, &case.region, service).ok()?;
    let first = of_case.sign(&request, now).ok()?.signature().to_string();
    let signed = of_case.sign(&request, now).ok()?;
    assert_eq!(signed.signature().to_string(), first, "the day's key gives the same");
    Some(naive::Signed {
        canonical_request: emitted(&signed.canonical_request()),
        string_to_sign: signed.string_to_sign().to_string(),
        signature: signed.signature().to_string(),
        authorization: signed.authorization().to_string(),
        target: String::from_utf8(emitted(&signed.target())).unwrap(),
        headers: signed
            .headers()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
    })
}

fn emitted(value: &impl Emit) -> Vec<u8> {
    let mut buffer = vec![0; value.emitted_len()];
    assert_eq!(value.write_to(&mut buffer).map(<[u8]>::len), Ok(value.emitted_len()));
    buffer
}
