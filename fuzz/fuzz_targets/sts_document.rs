//! Any bytes as a response of STS, compared with `quick-xml`.
//!
//! quick-xml reads every document that rolesig reads, with equal texts. rolesig is stricter, and
//! also refuses:
//! - a `<` in a tag, and texts around the root;
//! - a document type, a leaf that occurs twice, or contains elements.
//!
//! Both read a document that is built of elements, texts, references, sections and comments.
#![no_main]

use std::fmt::Write;

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use quick_xml::escape::unescape;
use quick_xml::events::Event;
use rolesig::conversation::{
    AssumeRoleWithWebIdentity, CallerIdentity, Conversation, ConversationError, GetCallerIdentity,
    RoleCredentials, Sts,
};
use rolesig::{Credentials, Timestamp};

/// A response: any bytes, or a built document.
#[derive(Debug)]
struct Response {
    body: Vec<u8>,
    is_built: bool,
}

/// Pieces of a leaf's content.
const PIECES: [&str; 12] = [
    "ASIA",
    "2015-08-30T12:36:00Z",
    "arn:aws:sts::111122223333:assumed-role/r/s",
    "&amp;",
    "&#x41;",
    "&#66;",
    "<![CDATA[<&>]]>",
    "<!-- <c> -->",
    "<?p i?>",
    "é",
    " ",
    ">",
];

const LEAVES: [(&str, &str); 8] = [
    ("Credentials", "AccessKeyId"),
    ("Credentials", "SecretAccessKey"),
    ("Credentials", "SessionToken"),
    ("Credentials", "Expiration"),
    ("AssumedRoleUser", "Arn"),
    ("FederatedUser", "Arn"),
    ("Error", "Code"),
    ("Error", "Message"),
];

impl Response {
    /// Takes data that begins like a document as one, and builds a document of any other data.
    fn of(data: &[u8]) -> Result<Self> {
        if data.first() == Some(&b'<') {
            return Ok(Self { body: data.to_vec(), is_built: false });
        }
        let u = &mut Unstructured::new(data);
        let prefix = *u.choose(&["", "s:"])?;
        let mut body =
            format!("<?xml version=\"1.0\"?>\n<{prefix}R xmlns{}='urn:>'>", u.choose(&["", ":s"])?);
        for (parent, name) in LEAVES {
            if u.ratio(1, 8)? {
                continue;
            }
            let space = u.choose(&["", "\n "])?;
            write!(body, "<{prefix}{parent}>{space}<{prefix}{name} >").unwrap();
            for _ in 0..u.int_in_range(0..=3)? {
                body += *u.choose(&PIECES)?;
            }
            write!(body, "</{prefix}{name}></{prefix}{parent}><{prefix}Other/>").unwrap();
        }
        writeln!(body, "</{prefix}R>").unwrap();
        Ok(Self { body: body.into_bytes(), is_built: true })
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(Response { body, is_built }) = Response::of(data) else { return };
    let theirs = theirs(&body);
    assert!(!is_built || theirs.is_some());
    let leaf = |parent: &str, name: &str| {
        let texts = theirs.as_ref().expect("quick-xml reads it too");
        texts.iter().find(|leaf| leaf.0 == parent && leaf.1 == name).map(|leaf| leaf.2.clone())
    };
    let call = AssumeRoleWithWebIdentity::new("role", "session", "token");
    let mut sts = Sts::unsigned(call, "host").unwrap();
    sts.response(200, &body).unwrap();
    match sts.outcome(&mut body.clone()) {
        Ok(RoleCredentials { credentials, expires_at, account_id, .. }) => {
            let part = |name: &str| leaf("Credentials", name).unwrap();
            assert_eq!(credentials.access_key_id, part("AccessKeyId"));
            assert_eq!(credentials.secret_access_key, part("SecretAccessKey"));
            assert_eq!(credentials.session_token, Some(&*part("SessionToken")));
            let expiration = part("Expiration");
            let read = expiration.parse().or_else(|_| Timestamp::from_http_date(&expiration));
            assert_eq!(Ok(expires_at), read);
            let arn = leaf("AssumedRoleUser", "Arn").or(leaf("FederatedUser", "Arn"));
            assert!(account_id.is_none_or(|id| arn.unwrap().contains(&format!(":{id}:"))));
        }
        Err(ConversationError::Document { error, .. }) => {
            use rolesig::conversation::DocumentError::{Empty, NotXml, TooDeep};
            assert!(!is_built || !matches!(error, Empty | NotXml | TooDeep), "{error}");
        }
        Err(error) => panic!("{error}"),
    }
    sts.restart();
    sts.response(400, &body).unwrap();
    match sts.outcome(&mut body.clone()) {
        Err(ConversationError::Refused { code, message }) => {
            assert_eq!(leaf("Error", "Code").unwrap_or_default(), code);
            assert_eq!(leaf("Error", "Message").unwrap_or_default(), message);
        }
        Err(ConversationError::Status { status: 400, .. }) => {}
        other => panic!("{other:?}"),
    }
    let credentials =
        Credentials { access_key_id: "id", secret_access_key: "secret", session_token: None };
    let mut sts =
        Sts::signed(GetCallerIdentity, "host", credentials, "region", Timestamp::EPOCH).unwrap();
    sts.response(200, &body).unwrap();
    if let Ok(CallerIdentity { account_id, arn, user_id, .. }) = sts.outcome(&mut body.clone()) {
        for (name, text) in [("Account", account_id), ("Arn", arn), ("UserId", user_id)] {
            assert_eq!(leaf("GetCallerIdentityResult", name).as_deref(), Some(text));
        }
    }
});

/// Returns parent, name and trimmed text of each element, in the order of their ends.
fn theirs(body: &[u8]) -> Option<Vec<(String, String, String)>> {
    // Text that is not UTF-8 is an error only in the wanted fields.
    let body = String::from_utf8_lossy(body);
    let mut reader = quick_xml::Reader::from_str(&body);
    // rolesig refuses an invalid reference only in the wanted fields.
    reader.config_mut().allow_dangling_amp = true;
    // Tags must match here only where leaves are looked for.
    reader.config_mut().check_end_names = false;
    let mut open: Vec<(String, String)> = Vec::new();
    let mut texts = Vec::new();
    let mut end = |open: &[(String, String)], name: String, text: &str| {
        let parent = open.last().map_or_else(String::new, |parent| parent.0.clone());
        texts.push((parent, name, text.trim_ascii().to_owned()));
    };
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => open.push((tag.local_name().as_ref().to_owned(), String::new())),
            Event::Empty(tag) => end(&open, tag.local_name().as_ref().to_owned(), ""),
            Event::End(_) => {
                let (name, text) = open.pop()?;
                end(&open, name, &text);
            }
            Event::Text(text) => add(&mut open, &text),
            Event::CData(text) => add(&mut open, &text),
            Event::GeneralRef(reference) => {
                // An invalid reference is an error only in the wanted fields.
                let text = unescape(&format!("&{};", &*reference))
                    .map_or_else(|_| format!("&{};", &*reference), std::borrow::Cow::into_owned);
                add(&mut open, &text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.is_empty().then_some(texts)
}

fn add(open: &mut [(String, String)], text: &str) {
    if let Some((_, content)) = open.last_mut() {
        content.push_str(text);
    }
}
