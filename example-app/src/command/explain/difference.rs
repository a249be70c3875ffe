//! The first place where two canonical requests, or two strings to sign, differ.

use core::fmt;

/// The kind of a line in a canonical request or a string to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    Method,
    Path,
    Query,
    /// By name.
    Header(String),
    SignedHeaders,
    PayloadHash,
    Algorithm,
    Date,
    Scope,
    CanonicalRequestHash,
}

impl fmt::Display for LineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "the method",
            Self::Path => "the path",
            Self::Query => "the query",
            Self::Header(name) => return write!(f, "the header `{name}'"),
            Self::SignedHeaders => "the list of signed headers",
            Self::PayloadHash => "the payload hash",
            Self::Algorithm => "the algorithm",
            Self::Date => "the date",
            Self::Scope => "the credential scope",
            Self::CanonicalRequestHash => "the hash of the canonical request",
        })
    }
}

/// The first line that differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LineDifference<'a> {
    pub(super) part: LineKind,
    /// From 1. All lines before are equal, so it is the same on both sides.
    pub(super) line: usize,
    /// `None` if it has no such header.
    pub(super) server: Option<&'a [u8]>,
    /// The same.
    pub(super) here: Option<&'a [u8]>,
}

impl<'a> LineDifference<'a> {
    fn of_parts(
        parts: &[LineKind],
        first_line: usize,
        server: &[&'a [u8]],
        here: &[&'a [u8]],
    ) -> Option<Self> {
        let lines = server.iter().zip(here).zip(parts).enumerate();
        lines.into_iter().find(|(_, ((server, here), _))| server != here).map(
            |(index, ((server, here), part))| Self {
                part: part.clone(),
                line: first_line + index,
                server: Some(server),
                here: Some(here),
            },
        )
    }
}

/// A canonical request, cut into its lines.
pub(super) struct CanonicalLines<'a> {
    /// Method, path and query.
    start: [&'a [u8]; 3],
    headers: Vec<&'a [u8]>,
    /// The list of signed headers and the payload hash.
    end: [&'a [u8]; 2],
}

impl<'a> CanonicalLines<'a> {
    /// Cuts a text into the lines of a canonical request; `None` if it does not have them.
    pub(super) fn cut(text: &'a [u8]) -> Option<Self> {
        let lines: Vec<_> = text.split(|byte| *byte == b'\n').collect();
        let [method, path, query, headers @ .., b"", signed_headers, payload_hash] =
            lines.as_slice()
        else {
            return None;
        };
        Some(Self {
            start: [method, path, query],
            headers: headers.to_vec(),
            end: [signed_headers, payload_hash],
        })
    }

    /// Returns the list of signed headers.
    pub(super) const fn signed_headers(&self) -> &'a [u8] {
        self.end[0]
    }

    /// Returns the place where this request, the server's, first differs from the one here.
    pub(super) fn difference(&self, here: &Self) -> Option<LineDifference<'a>>
    where
        'a: 'a,
    {
        const START: [LineKind; 3] = [LineKind::Method, LineKind::Path, LineKind::Query];
        const END: [LineKind; 2] = [LineKind::SignedHeaders, LineKind::PayloadHash];
        let end_line = START.len() + self.headers.len() + 2;
        LineDifference::of_parts(&START, 1, &self.start, &here.start)
            .or_else(|| header_difference(&self.headers, &here.headers))
            .or_else(|| LineDifference::of_parts(&END, end_line, &self.end, &here.end))
    }
}

fn header_difference<'a>(server: &[&'a [u8]], here: &[&'a [u8]]) -> Option<LineDifference<'a>> {
    let index =
        (0..server.len().max(here.len())).find(|index| server.get(*index) != here.get(*index))?;
    let (of_server, of_here) = (server.get(index).copied(), here.get(index).copied());
    let has = |lines: &[&[u8]], line: &[u8]| lines.iter().any(|other| name(other) == name(line));
    let (server, here) = match (of_server, of_here) {
        (Some(theirs), Some(ours)) if name(theirs) == name(ours) => (of_server, of_here),
        (_, Some(ours)) if !has(server, ours) => (None, of_here),
        (Some(theirs), _) if !has(here, theirs) => (of_server, None),
        both => both,
    };
    let name = here.or(server).map(name).unwrap_or_default();
    let part = LineKind::Header(String::from_utf8_lossy(name).into_owned());
    Some(LineDifference { part, line: index + 4, server, here })
}

/// Returns the name of a header line: what precedes its colon.
pub(super) fn name(line: &[u8]) -> &[u8] {
    line.split(|byte| *byte == b':').next().unwrap_or_default()
}

/// Returns the place where the server's string to sign first differs from the one here.
pub(super) fn of_strings_to_sign<'a>(
    server: &'a [u8],
    here: &'a [u8],
) -> Option<LineDifference<'a>> {
    const PARTS: [LineKind; 4] =
        [LineKind::Algorithm, LineKind::Date, LineKind::Scope, LineKind::CanonicalRequestHash];
    let lines = |text: &'a [u8]| {
        let mut lines = text.splitn(4, |byte| *byte == b'\n');
        PARTS.map(|_| lines.next().unwrap_or_default())
    };
    LineDifference::of_parts(&PARTS, 1, &lines(server), &lines(here))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "GET\n/\nq=\na:1\nc:3\n\na;c\nhash";

    #[test]
    fn reports_each_part() {
        let header = |name: &str| LineKind::Header(name.to_owned());
        for (from, to, part, line) in [
            ("GET", "HEAD", LineKind::Method, 1),
            ("/\n", "/a\n", LineKind::Path, 2),
            ("q=", "", LineKind::Query, 3),
            ("a:1", "a:2", header("a"), 4),
            ("a:1\n", "", header("a"), 4),
            ("a:1\n", "a:1\nb:2\n", header("b"), 5),
            ("c:3\n", "c:3\nd:2\n", header("d"), 6),
            ("c:3\n", "", header("c"), 5),
            ("a:1\nc:3", "c:3\na:1", header("a"), 4),
            ("a;c", "a", LineKind::SignedHeaders, 7),
            ("hash", "Hash", LineKind::PayloadHash, 8),
        ] {
            let server = HERE.replacen(from, to, 1);
            let server = CanonicalLines::cut(server.as_bytes()).unwrap();
            let here = CanonicalLines::cut(HERE.as_bytes()).unwrap();
            let difference = server.difference(&here).unwrap();
            assert_eq!((difference.part, difference.line), (part, line), "{from} {to}");
        }
    }

    #[test]
    fn refuses_texts_other_than_canonical_requests() {
        for text in ["", "GET\n/\n\nhost;x\nhash", "GET\n/\n\na:1\na\nhash"] {
            assert!(CanonicalLines::cut(text.as_bytes()).is_none(), "{text}");
        }
    }
}
