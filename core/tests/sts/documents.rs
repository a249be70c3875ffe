//! The reading of its documents, good and bad.

use rolesig::conversation::{
    Conversation, GetCallerIdentity, GetFederationToken, GetSessionToken, Sts,
};

use crate::samples::{
    ASSUME_ROLE, CALLER_IDENTITY, FEDERATION_TOKEN, HOST, MINIO, SEAWEEDFS, SESSION_TOKEN, USER,
    WEB_IDENTITY, answered, assume_role, error, now, web_identity,
};

#[test]
fn the_published_answers() {
    let answers = [
        answered(assume_role(), 200, ASSUME_ROLE),
        answered(web_identity("t").unwrap(), 200, WEB_IDENTITY),
        answered(
            Sts::signed(GetSessionToken::default(), HOST, USER, "eu-west-1", now()).unwrap(),
            200,
            SESSION_TOKEN,
        ),
        answered(
            Sts::signed(GetFederationToken::new("Jean"), HOST, USER, "eu-west-1", now()).unwrap(),
            200,
            FEDERATION_TOKEN,
        ),
        answered(assume_role(), 200, MINIO),
        answered(assume_role(), 200, SEAWEEDFS),
    ];
    let parts = answers.map(|answer| {
        let [id, token, expires_at, account] = answer.unwrap();
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
fn every_cut_is_noticed() {
    for document in [ASSUME_ROLE, WEB_IDENTITY, SESSION_TOKEN, FEDERATION_TOKEN, MINIO, SEAWEEDFS] {
        for end in 0..document.len() {
            let mut sts = assume_role();
            let mut body = document.as_bytes()[..end].to_vec();
            sts.response(200, &body).unwrap();
            let error = sts.outcome(&mut body).unwrap_err();
            assert!(error.is_transient(), "{end}: {error}");
            let shown = answered(assume_role(), 400, &document[..end]).unwrap_err();
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
        let shown = answered(assume_role(), 403, &refusal[..end]).unwrap_err();
        assert!(shown.contains("status 403"), "{end}: {shown}");
    }
}

#[test]
fn other_elements_are_ignored_and_times_have_any_form() {
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
        let expected = answered(assume_role(), 200, ASSUME_ROLE).unwrap();
        assert_eq!(answered(assume_role(), 200, &document), Ok(expected), "{to}");
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
        assert_eq!(answered(assume_role(), 200, &document), Err(expected), "{document}");
    }
    let elsewhere = ASSUME_ROLE.replace("123456789012:assumed", ":assumed");
    assert_eq!(answered(assume_role(), 200, &elsewhere).unwrap()[3], "");
    let twice = ASSUME_ROLE.replace(
        "<PackedPolicySize>6</PackedPolicySize>",
        "<Credentials><AccessKeyId>ASIAOTHER</AccessKeyId></Credentials>",
    );
    assert!(answered(assume_role(), 200, &twice).is_err(), "whose credentials are they?");
}

#[test]
fn prefixes_references_and_sections_are_read() {
    let odd = ASSUME_ROLE
        .replace("ASIAIOSF", "&#x41;SI<!-- -->A<![CDATA[IOS]]>&#70;")
        .replace('\n', "\r\n")
        .replace("</", "</s:")
        .replace("  <", "  <s:")
        .replace("<s:/", "</")
        .replace("xmlns=", "xmlns:s=");
    let odd = odd.strip_prefix('<').map(|odd| format!("<s:{odd}")).unwrap();
    assert_eq!(answered(assume_role(), 200, &odd), answered(assume_role(), 200, ASSUME_ROLE));
}

#[test]
fn hostile_documents_are_refused() {
    let deep = format!("{}{}", "<Credentials>".repeat(100_000), "</Credentials>".repeat(100_000));
    let wide = format!("<a {}/>", "b='>' ".repeat(100_000));
    let many = format!("<r>{}</r>", "<a/>".repeat(100_000));
    let entities = "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><r>&a;</r>".to_owned();
    for document in [deep, wide, many, entities] {
        assert!(answered(assume_role(), 200, &document).is_err());
    }
}
