//! A signed request as a command line of curl, quoted for a POSIX shell.

use thiserror::Error;

use crate::signing::raw_request::RawRequest;
use crate::signing::stages::Stages;

/// The longest body that is given in the command line itself, in bytes: Linux takes 128 KiB a word.
const LONGEST_QUOTED: usize = 64 << 10;

/// A header that no command line can hold.
#[derive(Debug, Error)]
#[error("the header {0} has a control character, which cannot be given to curl")]
pub(super) struct UnquotableError(String);

/// Returns the command that sends the request as it was signed, to this URL. A body that is not
/// text, or is too long, is read from curl's stdin.
pub(super) fn curl(
    raw: &RawRequest<'_>,
    stages: &Stages,
    url: &[u8],
) -> Result<Vec<u8>, UnquotableError> {
    // curl would change such a URL: `/../` removed, `{a,b}` and `[1-9]` multiplied.
    let mut command = b"curl --path-as-is --globoff".to_vec();
    let mut option = |name: &str, value: Option<&[u8]>| {
        command.extend(b" --");
        command.extend(name.as_bytes());
        if let Some(value) = value {
            command.push(b' ');
            command.extend(quoted(value));
        }
    };
    match (raw.method.as_str(), raw.body) {
        ("GET", []) => {}
        // With `--request HEAD` curl would wait for a body.
        ("HEAD", []) => option("head", None),
        (method, _) => option("request", Some(method.as_bytes())),
    }
    for header in headers(raw, stages)? {
        option("header", Some(&header));
    }
    match body(raw) {
        Body::None => {}
        Body::Quoted => option("data-raw", Some(raw.body)),
        Body::Stdin => {
            message!("sign: give the body to curl on its stdin");
            option("data-binary", Some(b"@-"));
        }
    }
    if stages.target.iter().any(|byte| !byte.is_ascii_graphic()) {
        option("request-target", Some(&stages.target));
    }
    command.push(b' ');
    command.extend(quoted(url));
    Ok(command)
}

/// Returns the request's own headers, those that were added, and what keeps curl from adding one
/// that matters.
fn headers(raw: &RawRequest<'_>, stages: &Stages) -> Result<Vec<Vec<u8>>, UnquotableError> {
    let own = raw.headers.iter().map(|(name, value)| (name.as_str(), value));
    let added = stages.headers.iter().map(|(name, value)| (*name, value));
    let mut headers = Vec::new();
    for (name, value) in own.chain(added) {
        // From the URL it comes by itself, except for a port that is the default one.
        if name.eq_ignore_ascii_case("host") && !value.contains(&b':') {
            continue;
        }
        if value.iter().any(u8::is_ascii_control) {
            return Err(UnquotableError(name.to_owned()));
        }
        headers.push(match value.as_slice() {
            // With a colon, curl would leave the header out.
            [] => [name.as_bytes(), b";"].concat(),
            value => [name.as_bytes(), b": ", value].concat(),
        });
    }
    let names_type = |(name, _): &(String, Vec<u8>)| name.eq_ignore_ascii_case("content-type");
    if !matches!(body(raw), Body::None) && !raw.headers.iter().any(names_type) {
        // Else it is that of a form, and S3 keeps it.
        headers.push(b"content-type:".to_vec());
    }
    Ok(headers)
}

/// The way in which the body reaches curl.
enum Body {
    None,
    Quoted,
    Stdin,
}

fn body(raw: &RawRequest<'_>) -> Body {
    let is_text = |text: &str| text.chars().all(|c| !c.is_control() || "\t\r\n".contains(c));
    match raw.body {
        // Without data curl says no `Content-Length`, which S3 requires of an empty object.
        [] if matches!(raw.method.as_str(), "PUT" | "POST" | "PATCH") => Body::Quoted,
        [] => Body::None,
        body if body.len() > LONGEST_QUOTED => Body::Stdin,
        body if core::str::from_utf8(body).is_ok_and(is_text) => Body::Quoted,
        _ => Body::Stdin,
    }
}

/// Quotes a text. Within single quotes only a single quote has a meaning (POSIX.1-2017, Shell
/// Command Language, 2.2.2).
fn quoted(word: &[u8]) -> Vec<u8> {
    let word: Vec<&[u8]> = word.split(|byte| *byte == b'\'').collect();
    [b"'".as_slice(), &word.join(br"'\''".as_slice()), b"'"].concat()
}
