//! The verifier's time is linear in whatever anyone may send.

#[cfg(test)]
mod tests {
    use crate::emit::work;
    use crate::sigv4::service::Service;
    use crate::sigv4::v4::V4;
    use crate::time::timestamp::Timestamp;
    use crate::verify::chunks::ChunkHeadReceived;
    use crate::verify::error::VerifyError;
    use crate::verify::received::{ReceivedBody, ReceivedRequest};
    use crate::verify::verifier::Verifier;

    extern crate std;
    use std::borrow::ToOwned as _;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    /// A request that anyone may send: all but the signature is in order.
    #[derive(Clone)]
    struct Sent {
        path: String,
        query: Vec<(String, String)>,
        headers: Vec<(String, String)>,
    }

    const SCOPE: &str = "AKID/20150830/us-east-1/service/aws4_request";

    fn authorization(credential: &str, signed_headers: &str) -> String {
        let signature = "0".repeat(64);
        format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed_headers}, \
             Signature={signature}"
        )
    }

    impl Sent {
        fn by_header(credential: &str, signed_headers: &str) -> Self {
            let authorization = authorization(credential, signed_headers);
            let headers = [
                ("host", "h"),
                ("x-amz-date", "20150830T123600Z"),
                ("authorization", &*authorization),
            ];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
            Self { path: "/".to_owned(), query: Vec::new(), headers: headers.to_vec() }
        }

        fn by_query(signed_headers: &str) -> Self {
            let signature = "0".repeat(64);
            let query = [
                ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
                ("X-Amz-Credential", SCOPE),
                ("X-Amz-Date", "20150830T123600Z"),
                ("X-Amz-Expires", "60"),
                ("X-Amz-SignedHeaders", signed_headers),
                ("X-Amz-Signature", &*signature),
            ];
            let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            Self { query, ..Self::by_header(SCOPE, "host") }.without("authorization")
        }

        fn without(mut self, name: &str) -> Self {
            self.headers.retain(|(other, _)| other != name && other != "x-amz-date");
            self
        }

        fn path(mut self, path: String) -> Self {
            self.path = path;
            self
        }

        fn headers(mut self, count: usize, name: impl Fn(usize) -> String, value: &str) -> Self {
            self.headers.extend((0..count).map(|place| (name(place), value.to_owned())));
            self
        }

        fn pairs(mut self, count: usize, name: impl Fn(usize) -> String, value: &str) -> Self {
            self.query.extend((0..count).map(|place| (name(place), value.to_owned())));
            self
        }

        /// Returns the steps that verifying takes, and how it ends.
        fn verify(&self) -> (usize, VerifyError) {
            self.verify_with(&Verifier::new("us-east-1", Service::new("service")))
        }

        fn verify_with<const SLOTS: usize>(
            &self,
            verifier: &Verifier<'_, V4, SLOTS>,
        ) -> (usize, VerifyError) {
            let pair = |(name, value): &'_ (String, String)| (name.clone(), value.clone());
            let query: Vec<_> = self.query.iter().map(pair).collect();
            let query: Vec<_> =
                query.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
            let headers: Vec<_> =
                self.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
            let request = ReceivedRequest {
                method: "GET",
                path: &self.path,
                query: &query,
                headers: &headers,
            };
            let now = Timestamp::from(1_440_938_160);
            let mut refusal = None;
            let steps = work::of(|| {
                refusal = verifier
                    .verify(&request, ReceivedBody::Bytes(b""), now, |_, _| Ok("secret"))
                    .err();
            });
            (steps, refusal.unwrap())
        }
    }

    /// Creates requests of a length, each with one part of it long.
    fn sent(len: usize) -> Vec<(&'static str, Sent)> {
        let long = "a".repeat(len);
        let named = |place: usize| format!("a{place:07}");
        let by_header = || Sent::by_header(SCOPE, "host;x-amz-date");
        let of_long_name = || Sent::by_header(SCOPE, &format!("{long};host;x-amz-date"));
        let names: Vec<_> = (0..len / 9).map(named).collect();
        let many_names = format!("{};host", names.join(";"));
        std::vec![
            ("path of dotted segments", by_header().path("/...".to_owned() + &"/a".repeat(len))),
            ("path of dots", by_header().path("/...".to_owned() + &"/.".repeat(len))),
            ("path of slashes", by_header().path("/..a".to_owned() + &"/".repeat(len))),
            ("path of triplets", by_header().path("/".to_owned() + &"%2e".repeat(len))),
            ("path with parents", by_header().path("/../..".to_owned() + &"/a".repeat(len))),
            ("headers", by_header().headers(len, named, "v")),
            ("headers of AWS", by_header().headers(len, |_| "x-amz-a".to_owned(), "v")),
            ("long name and headers", of_long_name().headers(len / 8, named, "v")),
            (
                "long signed name and headers",
                of_long_name().headers(1, |_| long.clone(), "v").headers(len / 8, named, "v"),
            ),
            ("value of spaces", by_header().headers(1, |_| "date".to_owned(), &" ".repeat(len))),
            ("one header often", by_header().headers(len, |_| "x-amz-date".to_owned(), "v")),
            ("pairs", by_header().pairs(len, named, "v")),
            ("long pair", by_header().pairs(1, |_| long.clone(), &long)),
            ("names", Sent::by_header(SCOPE, &many_names)),
            ("names by query", Sent::by_query(&many_names)),
            ("empty names", Sent::by_header(SCOPE, &";".repeat(len))),
            ("parts", Sent::by_header(&",".repeat(len), "host")),
            ("unknown parts", Sent::by_header(&", a=b".repeat(len), "host")),
            ("credential", Sent::by_header(&"a/".repeat(len), "host")),
            ("scope", Sent::by_header(&format!("AKID/{long}/a/b/aws4_request"), "host")),
            ("pairs by query", Sent::by_query("host").pairs(len, named, "v")),
            ("pairs in reverse order", reversed_pairs(Sent::by_query("host"), len)),
            ("headers in reverse order", reversed_headers(len)),
            ("headers by query", Sent::by_query("host").headers(len, named, "v")),
        ]
    }

    /// As many as there are slots: sorting by insertion moves each of them past all others.
    fn reversed(len: usize, count: usize) -> impl Fn(usize) -> String {
        let prefix = "a".repeat(len / count);
        move |place| format!("{prefix}{:02}", 99 - place)
    }

    fn reversed_pairs(sent: Sent, len: usize) -> Sent {
        // Five of 24 slots are taken.
        sent.pairs(19, reversed(len, 19), "v")
    }

    fn reversed_headers(len: usize) -> Sent {
        let name = reversed(len, 22);
        let mut names: Vec<_> = (0..22).map(&name).collect();
        names.sort();
        let names = format!("{};host;x-amz-date", names.join(";"));
        Sent::by_header(SCOPE, &names).headers(22, name, "v")
    }

    #[test]
    fn verifies_in_time_linear_in_every_part() {
        let (short, long) = (sent(8_000), sent(64_000));
        for ((part, short), (_, long)) in short.iter().zip(&long) {
            let ((few, refusal), (many, same)) = (short.verify(), long.verify());
            assert_eq!(refusal, same, "{part}");
            assert!(many <= 8 * few + 1_000, "{part}: {few}, {many}");
            // Each header is compared with each of 24 names at most.
            assert!(many <= 64_000 * 64, "{part}: {many}");
        }
    }

    /// As many slots as a host has, and items that come in order.
    #[test]
    fn verifies_many_items_that_come_in_order_without_comparing_each_with_each() {
        let named = |place: usize| format!("a{place:07}");
        let verifier = Verifier::<V4, 4096>::with_slots("us-east-1", Service::new("service"));
        let sent = |count: usize| {
            let names: Vec<_> = (0..count).map(named).collect();
            let signed = format!("{};host", names.join(";"));
            let by_header = Sent::by_header(SCOPE, &format!("{signed};x-amz-date"));
            let mut by_query = Sent::by_query(&signed).pairs(count, named, "v");
            by_query.query.sort();
            [
                by_header.clone().headers(count, named, "v"),
                by_header.pairs(count, named, "v"),
                by_query.headers(count, named, "v"),
            ]
        };
        for (few, many) in sent(500).iter().zip(&sent(4_000)) {
            let (few, many) = (few.verify_with(&verifier), many.verify_with(&verifier));
            assert_eq!(few.1, many.1);
            // Eight times the items, each looked for by three halves more.
            assert!(many.0 <= 8 * few.0 * 4 / 3, "{few:?} {many:?}");
            assert!(many.0 <= 4_000 * 8 * 64, "{many:?}");
        }
    }

    #[test]
    fn reads_an_unsigned_request_and_a_chunk_head_once() {
        let unsigned = |count| {
            let sent = Sent::by_query("host").without("authorization");
            Sent { query: Vec::new(), ..sent }
                .pairs(count, |_| "Signature".to_owned(), "v")
                .verify()
        };
        let (few, many) = (unsigned(1_000), unsigned(8_000));
        assert_eq!(many.1, VerifyError::MissingAuthenticationToken);
        assert!(many.0 <= 8 * few.0 + 1_000, "{few:?} {many:?}");
        let head = "0".repeat(1 << 20);
        assert_eq!(ChunkHeadReceived::<V4>::read(head.as_bytes()), Err(VerifyError::InvalidChunk));
    }
}
