//! The most likely cause of a different line, in a sentence.

mod query;

use crate::system::sorted::sorted;
use percent_encoding::percent_decode_str;
use rolesig_std::sign::NEVER_SIGNED;
use sha2::{Digest as _, Sha256};

use super::difference::{LineDifference, LineKind};

/// The hash of an empty body.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The request that both sides are about, as far as a cause may lie in it.
pub(super) struct Sides<'a> {
    /// The names that the server read in the list of signed headers.
    pub(super) signed_headers: &'a str,
    /// The body here.
    pub(super) body: &'a [u8],
}

/// Returns the cause as a sentence.
pub(super) fn cause(difference: &LineDifference<'_>, sides: &Sides<'_>) -> String {
    let text = |line: Option<&[u8]>| line.map(|line| String::from_utf8_lossy(line).into_owned());
    let (server, here) = (text(difference.server), text(difference.here));
    let (server, here) = (server.as_deref(), here.as_deref());
    if let LineKind::Header(name) = &difference.part {
        return match (value(server), value(here)) {
            (Some(server), Some(here)) => header(name, server, here, sides.body).to_owned(),
            (None, _) => not_on_the_server(name, sides.signed_headers),
            (_, None) => not_here(name),
        };
    }
    let (server, here) = (server.unwrap_or_default(), here.unwrap_or_default());
    match difference.part {
        LineKind::Method => method(server, here),
        LineKind::Path => path(server, here),
        LineKind::Query => return query::cause(server, here),
        LineKind::PayloadHash => payload(server, here, sides.body),
        LineKind::Algorithm => algorithm(server),
        LineKind::Date => {
            "the request was signed for another time: leave out --date, or correct it"
        }
        LineKind::Scope => return scope(server, here),
        LineKind::CanonicalRequestHash => {
            "the server hashed a different canonical request from the one it shows"
        }
        LineKind::SignedHeaders | LineKind::Header(_) => {
            "the list is not the names of the headers above it, in lower case and in order: what \
             signed the request lists them otherwise"
        }
    }
    .to_owned()
}

fn method(server: &str, here: &str) -> &'static str {
    match (server, here) {
        _ if server.eq_ignore_ascii_case(here) => {
            "methods are sent and signed in upper case: one side has it otherwise"
        }
        ("GET", "HEAD") | ("HEAD", "GET") => {
            "a proxy or the HTTP client made one of HEAD and GET into the other"
        }
        _ => "the request was sent or redirected with a method other than the signed one",
    }
}

/// Returns how one text can be the other one, encoded differently.
fn encoding(server: &str, here: &str) -> Option<&'static str> {
    let plus = |text: &str| text.replace("%20", "+").replace("%2B", "+");
    let again = |text: &str| text.replace('%', "%25");
    Some(if server == again(here) {
        "it is encoded twice in the request that the server read: it was percent-encoded already \
         when the HTTP client encoded it"
    } else if here == again(server) {
        "it is encoded twice here and once on the server: the raw request is encoded once too \
         often, or --service is not the one that was meant (only S3 encodes paths once)"
    } else if server.eq_ignore_ascii_case(here) && decoded(server) == decoded(here) {
        "the hexadecimal digits of percent-encoding differ in case: they are signed in upper case"
    } else if plus(server) == plus(here) {
        "a `+' was read as a space, or a space was written as `+': a space is %20 and a plus %2B \
         in what is signed"
    } else if decoded(server) == decoded(here) {
        "both are the same once decoded: what signed or sent the request percent-encodes other \
         characters than all but A-Z a-z 0-9 - . _ ~"
    } else {
        return None;
    })
}

fn decoded(text: &str) -> Vec<u8> {
    percent_decode_str(text).collect()
}

fn path(server: &str, here: &str) -> &'static str {
    let beneath = |longer: &str, shorter: &str| {
        longer.strip_suffix(shorter).is_some_and(|bucket| bucket.rfind('/') == Some(0))
    };
    if let Some(encoding) = encoding(server, here) {
        encoding
    } else if normalized(server) == normalized(here) {
        "one side has removed `//', `.' or `..', or a slash at the end: S3 signs them as they are, \
         all other services without; a proxy or the HTTP client may have removed them"
    } else if beneath(server, here) || beneath(here, server) {
        "one side has a first segment more: the bucket is in the path there and in the host here \
         or the other way round, or a proxy adds or removes a prefix"
    } else if server.eq_ignore_ascii_case(here) {
        "upper and lower case differ: keys and paths have both"
    } else {
        "the request went to a path other than the signed one: a redirect, or a proxy that rewrites \
         paths"
    }
}

fn normalized(path: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    segments
}

fn shown(text: &str) -> String {
    super::shown::visible(text.as_bytes())
}

/// Returns the value of a header line.
fn value(line: Option<&str>) -> Option<&str> {
    line.map(|line| line.split_once(':').map_or("", |(_, value)| value))
}

fn header(name: &str, server: &str, here: &str, body: &[u8]) -> &'static str {
    match name {
        "host" => host(server, here),
        "x-amz-content-sha256" => payload(server, here, body),
        "x-amz-date" => "the request was signed for another time: leave out --date, or correct it",
        "x-amz-security-token" | "x-amz-s3session-token" => {
            "the session token is another one, or cut off, or has a line end: take all three \
             values from the same credentials"
        }
        "x-amz-region-set" => "the request was signed for another set of regions: see --region",
        "content-type" if has_appended(server, here) || has_appended(here, server) => {
            "a parameter was appended to the type, such as a charset: HTTP clients do that to text; \
             sign the type as it arrives"
        }
        _ => changed(server, here),
    }
}

/// Returns whether a media type is another one followed by parameters.
fn has_appended(longer: &str, shorter: &str) -> bool {
    let rest = longer.get(shorter.len()..).filter(|_| {
        longer.get(..shorter.len()).is_some_and(|start| start.eq_ignore_ascii_case(shorter))
    });
    rest.is_some_and(|rest| rest.trim_start().starts_with(';'))
}

fn host(server: &str, here: &str) -> &'static str {
    let without_port = |host: &str| {
        let port = |(_, port): &(&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
        host.rsplit_once(':').filter(port).map_or(host, |(host, _)| host).to_owned()
    };
    if server.eq_ignore_ascii_case(here) {
        "upper and lower case differ: a proxy or the HTTP client writes hosts in lower case"
    } else if without_port(server).eq_ignore_ascii_case(&without_port(here)) {
        "the hosts differ by the port: it is sent and signed only if it is not the default one of \
         the scheme, and a proxy may listen on another"
    } else {
        "the server was addressed by a name other than the signed one: a proxy, a CNAME or a \
         redirect; sign the name that arrives there"
    }
}

fn changed(server: &str, here: &str) -> &'static str {
    let words = |text: &str| text.split_ascii_whitespace().collect::<String>();
    let values = |text: &str| {
        let values: Vec<_> = text.split(',').map(|value| value.trim().to_owned()).collect();
        sorted(values, &Ord::cmp)
    };
    let latin_1 = |text: &str| text.bytes().map(char::from).collect::<String>();
    if words(server) == words(here) {
        "only white space differs: a proxy or the HTTP client folded it, and it is signed without \
         any around the value and with one space for each run of them"
    } else if server.eq_ignore_ascii_case(here) {
        "only upper and lower case differ: a proxy or the HTTP client changed the value"
    } else if values(server) == values(here) {
        "the same values are joined in another order: a proxy or the HTTP client rearranged \
         headers of one name"
    } else if latin_1(here) == server || latin_1(server) == here {
        "what is not ASCII is read as Latin-1 on one side and as UTF-8 on the other: encode it \
         before it is put into a header"
    } else {
        "a proxy or the HTTP client changed the header between signing and the server: sign it \
         as it arrives, or leave it unsigned"
    }
}

fn not_on_the_server(name: &str, signed_headers: &str) -> String {
    if signed_headers.split(';').any(|signed| signed.eq_ignore_ascii_case(name)) {
        return "it is named among the signed headers and did not arrive: a proxy or the HTTP \
                client removed it, or it was never sent"
            .to_owned();
    }
    "it is in the raw request, and was not signed in the one that the server read: sign it, or \
     leave it out here"
        .to_owned()
}

fn not_here(name: &str) -> String {
    if NEVER_SIGNED.iter().any(|never| never.eq_ignore_ascii_case(name)) {
        return "it was signed, and is never signed here, since proxies change it on the way: \
                leave it unsigned"
            .to_owned();
    }
    match name.to_ascii_lowercase().as_str() {
        "x-amz-security-token" => {
            "the request has a session token, and the credentials here have none to sign: set \
             AWS_SESSION_TOKEN, or see --token"
        }
        "x-amz-content-sha256" => {
            "the request has a header for the payload's hash, as that of S3 has: see --service \
             and --payload"
        }
        "x-amz-region-set" => "the request was signed by Signature Version 4a: see --algorithm",
        _ => {
            "it was signed, and is not in the raw request: the HTTP client added it before \
             signing, or the raw request lacks it"
        }
    }
    .to_owned()
}

fn payload(server: &str, here: &str, body: &[u8]) -> &'static str {
    let hash = |body: &[u8]| {
        Sha256::digest(body).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    let trimmed = body.trim_ascii_end();
    if server.starts_with("STREAMING-") {
        "the request was sent in chunks (aws-chunked), whose hash is not that of the body"
    } else if server == UNSIGNED {
        "the request leaves its body unsigned: give --payload unsigned"
    } else if here == UNSIGNED {
        "the request has its body signed: give --payload signed"
    } else if server == EMPTY {
        "an empty body was signed: the body was not known when the request was signed, or did not \
         arrive"
    } else if here == EMPTY {
        "the raw request has no body, and the one that was signed has"
    } else if [trimmed, &[trimmed, b"\n"].concat(), &[trimmed, b"\r\n"].concat()]
        .iter()
        .any(|body| hash(body) == server)
    {
        "the bodies differ by a line end at the end: an editor may have added it to the file"
    } else {
        "the body differs from the signed one: it was changed or compressed after signing, or \
         another one is given here"
    }
}

fn algorithm(server: &str) -> &'static str {
    if server.ends_with("-PAYLOAD") || server.ends_with("-TRAILER") {
        "the signature of a chunk or of the trailer is wrong, and not that of the request, which \
         the server found right"
    } else if server.starts_with("AWS4-") {
        "the request was signed by another algorithm: see --algorithm"
    } else {
        "the server read the request as one of Signature Version 2: its Authorization header is \
         not in the form of Version 4"
    }
}

fn scope(server: &str, here: &str) -> String {
    let names = ["date", "region", "service", "termination"];
    let parts = |scope: &str| scope.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (server, here) = (parts(server), parts(here));
    if server.len() != here.len() {
        return "the scopes have not the same number of parts: that of Signature Version 4a has no \
                region"
            .to_owned();
    }
    let lines = names.iter().zip(server.iter().zip(&here));
    let differs = lines.into_iter().find(|(_, (server, here))| server != here);
    let Some((name, (server, here))) = differs else {
        return "the scopes end otherwise".to_owned();
    };
    let (server, here) = (shown(server), shown(here));
    match *name {
        "date" => format!("the date is {server}, not {here}: the day of the time that is signed"),
        name => format!(
            "the {name} is {server} to the server, not {here}: sign for {server}, or ask another \
             endpoint"
        ),
    }
}
