//! The suite's requests, raw and signed.

use rolesig::ReceivedRequest;

/// A raw request, with its query decoded.
pub(crate) struct RawRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl RawRequest {
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let (request_line, header_lines) = head.split_once('\n').unwrap();
        // A path can contain spaces. One signed request of the suite ends with its target.
        let (method, rest) = request_line.split_once(' ').unwrap();
        let target = rest.strip_suffix(" HTTP/1.1").unwrap_or(rest);
        Self {
            method: method.to_owned(),
            path: target.split('?').next().unwrap().to_owned(),
            query: pairs(target),
            headers: header_fields(header_lines),
            body: body.to_owned(),
        }
    }

    /// Shows the request as it was received, with another method.
    pub(crate) fn with_received<T>(
        &self,
        method: &str,
        see: impl FnOnce(&ReceivedRequest<'_>) -> T,
    ) -> T {
        let query: Vec<_> =
            self.query.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        see(&ReceivedRequest { method, path: &self.path, query: &query, headers: &headers })
    }

    pub(crate) fn host(&self) -> &str {
        let mut headers = self.headers.iter();
        &headers.find(|(name, _)| name.eq_ignore_ascii_case("host")).unwrap().1
    }

    /// Returns the headers except for the host and the time, which the signer adds.
    pub(crate) fn own_headers(&self) -> impl Iterator<Item = &(String, String)> {
        let is_own = |name: &str| !["host", "x-amz-date"].contains(&&*name.to_ascii_lowercase());
        self.headers.iter().filter(move |(name, _)| is_own(name))
    }
}

/// A signed request, its signature apart.
#[derive(Debug, PartialEq)]
pub(crate) struct SignedRequest {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) signature: String,
}

impl SignedRequest {
    pub(crate) fn parse(text: &str) -> Self {
        let RawRequest { headers, query, .. } = RawRequest::parse(text);
        Self::new(headers, query)
    }

    /// Normalizes a request: names in lower case, values trimmed, headers and pairs sorted, since
    /// their order does not matter and the suite has none.
    pub(crate) fn new(headers: Vec<(String, String)>, mut query: Vec<(String, String)>) -> Self {
        let mut headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        headers.sort_by(|a, b| a.0.cmp(&b.0));
        query.sort();
        let authorization = headers.iter_mut().find(|(name, _)| name == "authorization");
        let signature = if let Some((_, authorization)) = authorization {
            authorization.split_off(authorization.find("Signature=").unwrap() + "Signature=".len())
        } else {
            let place = query.iter().position(|(name, _)| name == "X-Amz-Signature").unwrap();
            query.remove(place).1
        };
        Self { headers, query, signature }
    }
}

/// Returns the pairs of a target's query, decoded.
pub(crate) fn pairs(target: &str) -> Vec<(String, String)> {
    let (_, query) = target.split_once('?').unwrap_or((target, ""));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (percent_decoded(name), percent_decoded(value)))
        .collect()
}

/// Parses names and values. A line that begins with white space continues the value before it, and
/// the line's end becomes a space (RFC 9112 §5.2).
fn header_fields(lines: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            let value = &mut fields.last_mut().unwrap().1;
            value.push(' ');
            value.push_str(line.trim());
        } else {
            let (name, value) = line.split_once(':').unwrap();
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    fields
}

fn percent_decoded(text: &str) -> String {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if let [b'%', high, low, after @ ..] = rest {
            let byte = digit(*high).unwrap() * 16 + digit(*low).unwrap();
            bytes.push(u8::try_from(byte).unwrap());
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}
