//! The reading of its documents, good and bad.

use rolesig::conversation::{
    Conversation, GetCallerIdentity, GetFederationToken, GetSessionToken, Sts,
};

use crate::sts::samples::{
    ASSUME_ROLE, CALLER_IDENTITY, FEDERATION_TOKEN, HOST, MINIO, SEAWEEDFS, SESSION_TOKEN, USER,
    WEB_IDENTITY, assume_role, error, now, outcome_of, web_identity,
};

#[test]
fn reads_the_published_responses() {
    let outcomes = [
        outcome_of(assume_role(), 200, ASSUME_ROLE),
        outcome_of(web_identity("t").unwrap(), 200, WEB_IDENTITY),
        outcome_of(
            Sts::signed(GetSessionToken::default(), HOST, USER, "eu-west-1", now()).unwrap(),
            200,
            SESSION_TOKEN,
        ),
        outcome_of(
            Sts::signed(GetFederationToken::new("Jean"), HOST, USER, "eu-west-1", now()).unwrap(),
            200,
            FEDERATION_TOKEN,
        ),
        outcome_of(assume_role(), 200, MINIO),
        outcome_of(assume_role(), 200, SEAWEEDFS),
    ];
    let parts = outcomes.map(|outcome| {
        let [id, token, expires_at, account] = outcome.unwrap();
        assert!(!token.contains(char::is_whitespace) && token.len() > 20);
        [id, expires_at, account].join(" ")
    });
    assert_eq!(
        parts,
        [
            "ASIAIOSFODNN7EXAMPLE 20191109T133441Z 123456789012",
            "ASgeIAIOSFODNN7EXAMPLE 20141024T230023Z 123456789012",
            "AKIAIOSFODNN7EXAMPLE 20110711T195529Z ",
            "ASIAIOSFODNN7EXAMPLE 20191109T133441Z 123456789012",
            "Y4RJU1RNFGK48LGO9I2S 20190808T202612Z ",
            "ASIA0123456789ABCDEF 20260102T020405Z 000000000000",
        ]
    );
}

#[test]
fn reads_the_account_of_an_arn_only_if_it_is_a_number() {
    let account = "arn:aws:sts::123456789012:";
    assert!(ASSUME_ROLE.contains(account));
    for other in ["arn:aws:sts::my-account:", "arn:aws:sts:::", "arn:aws:sts::12345678901a:", ""] {
        let document = ASSUME_ROLE.replace(account, other);
        let [.., read] = outcome_of(assume_role(), 200, &document).unwrap();
        assert_eq!(read, "", "{other}");
    }
}

#[test]
fn refuses_tags_that_are_not_xml() {
    assert!(outcome_of(assume_role(), 200, &ASSUME_ROLE.replace("<Arn>", "<Arn a='b'>")).is_ok());
    for (element, is_read) in [
        ("<é_/>", true),
        ("<_x/>", true),
        ("<x:y.z-1/>", true),
        ("<a b='>'/>", true),
        ("<a b='<'/>", false),
        ("<a <b/>", false),
        ("<1a/>", false),
        ("<-a/>", false),
        ("<a(b/>", false),
        ("<\u{0}/>", false),
        ("</>", false),
    ] {
        let document = ASSUME_ROLE.replace("<Arn>", &format!("{element}<Arn>"));
        assert_eq!(outcome_of(assume_role(), 200, &document).is_ok(), is_read, "{element}");
    }
}

#[test]
fn refuses_references_to_no_character() {
    let with = |reference: &str| {
        let arn = format!("<SecretAccessKey>{reference}");
        outcome_of(assume_role(), 200, &ASSUME_ROLE.replace("<SecretAccessKey>", &arn))
    };
    for reference in ["&#65;", "&#x41;", "&#x6a;"] {
        assert!(with(reference).is_ok(), "{reference}");
    }
    for reference in ["&#6a;", "&#a;", "&#x6g;", "&#;", "&#0;", "&#xd800;", "&#x110000;", "&b;"] {
        assert!(with(reference).is_err(), "{reference}");
    }
}

#[test]
fn reads_the_identity_of_the_caller() {
    let mut sts = Sts::signed(GetCallerIdentity, HOST, USER, "eu-west-1", now()).unwrap();
    sts.response(200, CALLER_IDENTITY.as_bytes()).unwrap();
    let mut body = CALLER_IDENTITY.as_bytes().to_vec();
    let identity = sts.outcome(&mut body).unwrap();
    assert_eq!(identity.account_id, "123456789012");
    assert_eq!(identity.arn, "arn:aws:iam::123456789012:user/Alice");
    assert_eq!(identity.user_id, "AIDACKCEVSQ6C2EXAMPLE");
    let mut body = ASSUME_ROLE.as_bytes().to_vec();
    assert_eq!(
        sts.outcome(&mut body).unwrap_err().to_string(),
        "the identity of the caller: the field Account is missing"
    );
}

#[test]
fn detects_every_truncation() {
    for document in [ASSUME_ROLE, WEB_IDENTITY, SESSION_TOKEN, FEDERATION_TOKEN, MINIO, SEAWEEDFS] {
        for end in 0..document.len() {
            let mut sts = assume_role();
            let mut body = document.as_bytes()[..end].to_vec();
            sts.response(200, &body).unwrap();
            let error = sts.outcome(&mut body).unwrap_err();
            assert!(error.is_transient(), "{end}: {error}");
            let shown = outcome_of(assume_role(), 400, &document[..end]).unwrap_err();
            assert!(!shown.contains("ASIA") && shown.contains("status 400"), "{end}: {shown}");
        }
    }
    for end in 0..CALLER_IDENTITY.len() {
        let mut sts = Sts::signed(GetCallerIdentity, HOST, USER, "eu-west-1", now()).unwrap();
        let mut body = CALLER_IDENTITY.as_bytes()[..end].to_vec();
        sts.response(200, &body).unwrap();
        assert!(sts.outcome(&mut body).unwrap_err().is_transient(), "{end}");
    }
    let refusal = error("AccessDenied", "&lt;no&gt;");
    for end in 0..refusal.trim_end().len() {
        let shown = outcome_of(assume_role(), 403, &refusal[..end]).unwrap_err();
        assert!(shown.contains("status 403"), "{end}: {shown}");
    }
}

#[test]
fn ignores_other_elements_and_reads_times_of_any_form() {
    let nested = format!("{}{}<Arn>", "<b>".repeat(100), "</b>".repeat(100));
    for (from, to) in [
        ("<Arn>", &*nested),
        ("<Arn>", "<é/><Arn>"),
        ("2019-11-09T13:34:41Z", "Sat, 09 Nov 2019 13:34:41 GMT"),
        ("2019-11-09T13:34:41Z", "\n Saturday, 09-Nov-19 13:34:41 GMT "),
        ("2019-11-09T13:34:41Z", "Sat Nov  9 13:34:41 2019"),
        ("2019-11-09T13:34:41Z", "1573306481.5"),
    ] {
        let document = ASSUME_ROLE.replace(from, to);
        assert_ne!(document, ASSUME_ROLE);
        let expected = outcome_of(assume_role(), 200, ASSUME_ROLE).unwrap();
        assert_eq!(outcome_of(assume_role(), 200, &document), Ok(expected), "{to}");
    }
}

#[test]
fn names_missing_and_odd_fields() {
    for (from, to, expected) in [
        ("AccessKeyId>", "Other>", "the field AccessKeyId is missing"),
        ("SecretAccessKey>", "Other>", "the field SecretAccessKey is missing"),
        ("SessionToken>", "Other>", "the field SessionToken is missing"),
        ("Expiration>", "Other>", "the field Expiration is missing"),
        ("ASIAIOSFODNN7EXAMPLE", " ", "the field AccessKeyId is missing"),
        (
            "2019-11-09T13:34:41Z",
            "tomorrow",
            "the field Expiration is not a point in time with its offset, such as 2015-08-30T12:36:00Z",
        ),
        ("wEXAMPLE", "w\nEXAMPLE", "the session token is empty or contains white space: trim it"),
        ("ASIA", "AS/A", "invalid access key id: expected visible ASCII without `/` or `,`"),
        ("ASIA", "AS&IA", "not XML, or cut off"),
        ("ASIA", "AS<IA", "not XML, or cut off"),
        ("ASIA", "AS<b/>IA", "not XML, or cut off"),
        ("<AssumeRoleResult>", "<Other>", "not XML, or cut off"),
    ] {
        let document = ASSUME_ROLE.replace(from, to);
        assert_ne!(document, ASSUME_ROLE);
        let expected = format!("the credentials of the role: {expected}");
        assert_eq!(outcome_of(assume_role(), 200, &document), Err(expected), "{document}");
    }
    let elsewhere = ASSUME_ROLE.replace("123456789012:assumed", ":assumed");
    assert_eq!(outcome_of(assume_role(), 200, &elsewhere).unwrap()[3], "");
    let twice = ASSUME_ROLE.replace(
        "<PackedPolicySize>6</PackedPolicySize>",
        "<Credentials><AccessKeyId>ASIAOTHER</AccessKeyId></Credentials>",
    );
    assert!(outcome_of(assume_role(), 200, &twice).is_err(), "whose credentials are they?");
}

#[test]
fn reads_prefixes_references_and_sections() {
    let odd = ASSUME_ROLE
        .replace("ASIAIOSF", "&#x41;SI<!-- -->A<![CDATA[IOS]]>&#70;")
        .replace('\n', "\r\n")
        .replace("</", "</s:")
        .replace("  <", "  <s:")
        .replace("<s:/", "</")
        .replace("xmlns=", "xmlns:s=");
    let odd = odd.strip_prefix('<').map(|odd| format!("<s:{odd}")).unwrap();
    assert_eq!(outcome_of(assume_role(), 200, &odd), outcome_of(assume_role(), 200, ASSUME_ROLE));
}

#[test]
fn refuses_hostile_documents() {
    let deep = format!("{}{}", "<Credentials>".repeat(100_000), "</Credentials>".repeat(100_000));
    let wide = format!("<a {}/>", "b='>' ".repeat(100_000));
    let many = format!("<r>{}</r>", "<a/>".repeat(100_000));
    let entities = "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><r>&a;</r>".to_owned();
    for document in [deep, wide, many, entities] {
        assert!(outcome_of(assume_role(), 200, &document).is_err());
    }
}
