//! The document of the role's credentials: refusals, fields, cuts.

use rolesig::conversation::{Conversation, ConversationError};

use crate::imds::desk::{DOCUMENT, credentials, done};

#[test]
fn reports_a_refusal() {
    let mut body = br#"{"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role \"r\"."}"#.to_vec();
    assert_eq!(
        done().outcome(&mut body).unwrap_err(),
        ConversationError::Refused {
            code: "AssumeRoleUnauthorizedAccess",
            message: "EC2 cannot assume the role \"r\"."
        }
    );
}

/// As agents of containers write it, and proxies for the service might.
#[test]
fn reads_a_refusal_in_lower_case() {
    assert_eq!(
        credentials(r#"{"code": "Denied", "message": "no"}"#),
        Err("refused: Denied: no".to_owned())
    );
    assert_eq!(credentials(r#"{"code": "", "message": "no"}"#), Err("refused: no".to_owned()));
}

/// The document of a service that responds with another letter or an object is whole.
#[test]
fn reads_a_refusal_with_fields_of_other_types() {
    for (document, refused) in [
        (r#"{"Code": "Failed", "Message": {"a": 1}}"#, "refused: Failed"),
        (r#"{"Code": 17, "Message": "no role"}"#, "refused: no role"),
        (r#"{"message": "no role", "AccessKeyId": ""}"#, "refused: no role"),
    ] {
        assert_eq!(credentials(document), Err(refused.to_owned()), "{document}");
    }
}

/// A terminal obeys some characters, and a line end would begin a line of someone else's.
#[test]
fn escapes_control_characters_of_a_refusal() {
    let mut body = br#"{"Code": "No\u009b", "Message": "\u001b[2J\r\nr\u00f4le \"r\""}"#.to_vec();
    let refused = done().outcome(&mut body).unwrap_err().to_string();
    assert_eq!(refused, r#"refused: No\u{9b}: \u{1b}[2J\r\nrôle "r""#);
}

/// The documents of other metadata services that botocore takes.
#[test]
fn accepts_documents_of_other_services() {
    let nested = format!("\"Tags\" : {}{}, \"Type\"", "[".repeat(100), "]".repeat(100));
    for (from, to) in [
        ("\"Success\"", "\"success\""),
        ("\"Success\"", "\"OK\""),
        ("\"Success\"", "null"),
        ("\"Success\"", "200"),
        ("\"Success\"", "{\"value\": \"Success\"}"),
        ("\"Code\" : \"Success\",", ""),
        ("\"Type\"", "\"Message\" : {\"text\": [\"fine\", null]}, \"Type\""),
        ("\"Type\"", "\"Message\" : \"\", \"Extra\" : [1, {\"a\": 1e5}], \"Type\""),
        ("\"Type\"", "\"Load\" : NaN, \"Range\" : [-Infinity, Infinity], \"Type\""),
        ("\"Type\"", "\"Half\" : \"\\udc00\", \"AccountId\" : NaN, \"Type\""),
        ("\"Type\"", &nested),
        ("2015-08-30T18:36:00Z", "Sun, 30 Aug 2015 18:36:00 GMT"),
        ("2015-08-30T18:36:00Z", "Sunday, 30-Aug-15 18:36:00 GMT"),
        ("2015-08-30T18:36:00Z", "Sun Aug 30 18:36:00 2015"),
        ("2015-08-30T18:36:00Z", " Sun, 30 Aug 2015 20:36:00 +0200\\n"),
        ("{", "\u{feff}{"),
        ("}", "}\r\n\r\n"),
        ("\"AKIA", "\" AKIA"),
        ("EXAMPLEKEY", "EXAMPLEKEY\\r\\n"),
        ("GEQC==", "GEQC==\\n"),
        ("2015-08-30T18:36:00Z\"\n", "2015-08-30T18:36:00+0000\"\n"),
        ("\"2015-08-30T18:36:00Z\"\n", "1440959760.5\n"),
    ] {
        let document = DOCUMENT.replacen(from, to, 1);
        assert_eq!(credentials(&document), credentials(DOCUMENT), "{document}");
    }
    let mut latin = DOCUMENT.replace("AWS-HMAC\"", "AWS\", \"Message\": \"r?le\"").into_bytes();
    let at = latin.windows(4).position(|window| window == b"r?le").unwrap();
    latin[at + 1] = 0xf4;
    assert!(done().outcome(&mut latin).is_ok(), "what need not be there may be in Latin-1");
}

#[test]
fn accepts_a_null_token_and_a_numeric_account() {
    for token in ["null", "\"\""] {
        let start = DOCUMENT.find("\"IQoJ").unwrap();
        let end = start + DOCUMENT[start..].find(',').unwrap();
        let mut document = DOCUMENT.to_owned();
        document.replace_range(start..end, token);
        let mut body = document.replacen('{', "{\"AccountId\": 111122223333, ", 1).into_bytes();
        let imds = done();
        let provided = imds.outcome(&mut body).unwrap();
        assert_eq!(provided.credentials.session_token, None);
        assert_eq!(provided.account_id, Some("111122223333"));
    }
}

#[test]
fn escapes_are_resolved() {
    let escaped = DOCUMENT.replace('/', r"\/").replace("==\"", "\\u003d\\u003D\"");
    assert_ne!(escaped, DOCUMENT);
    assert_eq!(credentials(&escaped), credentials(DOCUMENT));
}

#[test]
fn names_missing_and_odd_fields() {
    for (from, to, expected) in [
        ("AccessKeyId", "Other", "the field AccessKeyId is missing"),
        (
            "\"SecretAccessKey\" : \"",
            "\"SecretAccessKey\" : \"\", \"x\": \"",
            "the field SecretAccessKey is missing",
        ),
        ("Token", "Other", "the field Token is missing"),
        ("Expiration", "Other", "the field Expiration is missing"),
        (
            "2015-08-30T18:36:00Z\"\n",
            "tomorrow\"\n",
            "the field Expiration is not a point in time with its offset, such as 2015-08-30T12:36:00Z",
        ),
        ("IQoJ", r"IQ\noJ", "the session token is empty or contains white space: trim it"),
        ("\"ASIAIOSFODNN7EXAMPLE\"", "null", "the field AccessKeyId is missing"),
        ("\"ASIAIOSFODNN7EXAMPLE\"", "17", "the field AccessKeyId is a number, not a string"),
        ("\"2015-08-30T18:36:00Z\"\n", "[]\n", "the field Expiration is an array, not a string"),
        ("\"IQoJ", "{\"a\": \"", "not a JSON object, or cut off"),
        ("\"Type\"", "\"Token\"", "the field Token occurs twice"),
        ("wJalr", "wJa lr", "the secret access key is empty or contains white space: trim it"),
    ] {
        let document = DOCUMENT.replacen(from, to, 1);
        let expected = format!("the credentials of the role: {expected}");
        assert_eq!(credentials(&document), Err(expected), "{document}");
    }
    for body in ["", "  ", "null", "[]", "\"\"", "<html>404</html>", "{", "{}", "nul"] {
        assert!(credentials(body).is_err(), "{body}");
    }
}

#[test]
fn detects_every_truncation() {
    for end in 0..DOCUMENT.len() {
        let mut body = DOCUMENT.as_bytes()[..end].to_vec();
        let error = done().outcome(&mut body).unwrap_err();
        assert!(error.is_transient(), "{end}: {error}");
    }
}

#[test]
fn refuses_hostile_documents() {
    let deep = format!("{{\"a\": {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("{{\"a\": \"{}\"}}", "x".repeat(1 << 20));
    let many = format!("{{{}}}", vec!["\"a\": 1"; 100_000].join(","));
    let missing = "the field AccessKeyId is missing";
    for (document, expected) in
        [(deep, "nested in more than 1,024 levels"), (wide, missing), (many, missing)]
    {
        let error = credentials(&document).unwrap_err();
        assert_eq!(error, format!("the credentials of the role: {expected}"));
    }
    assert!(credentials(&DOCUMENT.replace("AWS-HMAC", &"x".repeat(1 << 20))).is_ok());
}
