//! The instance's region.

use rolesig::conversation::{Conversation, ConversationError, DocumentError, Imds, NotHere};

use crate::imds::desk::{after, done, next};

/// The region is asked for with the metadata token, or with a new one.
const REGION: &str = "GET /latest/meta-data/placement/region x-aws-ec2-metadata-token:";

#[test]
fn fetches_the_region_with_the_same_metadata_token() {
    let mut imds = Imds::new();
    let mut region = imds.region();
    assert!(next(&region).unwrap().starts_with("PUT /latest/api/token"));
    region.response(200, b"AQAEA==").unwrap();
    assert_eq!(next(&region), Some(format!("{REGION}AQAEA==")));
    region.response(200, b"eu-west-1").unwrap();
    assert_eq!(next(&region), None);
    assert_eq!(region.outcome(&mut b"eu-west-1\n".to_vec()), Ok("eu-west-1"));
    assert_eq!(region.response(200, b""), Err(ConversationError::OutOfTurn));
    region.restart();
    assert_eq!(next(&region), Some(format!("{REGION}AQAEA==")));
    assert_eq!(region.outcome(&mut b"eu-west-1".to_vec()), Err(ConversationError::OutOfTurn));
    assert!(
        next(&imds).unwrap().ends_with("security-credentials/ x-aws-ec2-metadata-token:AQAEA==")
    );

    let mut imds = done();
    assert_eq!(next(&imds.region()), Some(format!("{REGION}token")));
    assert_eq!(next(&imds), None, "the credentials can still be read");
}

#[test]
fn fetches_one_new_metadata_token_after_a_401_to_the_region() {
    let mut imds = after(&[(200, "old")]);
    let mut region = imds.region();
    region.response(401, b"").unwrap();
    assert!(next(&region).unwrap().starts_with("PUT"));
    region.response(200, b"new").unwrap();
    assert_eq!(next(&region), Some(format!("{REGION}new")));
    let error = region.response(401, b"").unwrap_err();
    assert_eq!(
        error,
        ConversationError::Status { asked: "the region of the instance", status: 401 }
    );
    assert!(next(&imds).unwrap().ends_with(":new"));
}

#[test]
fn reads_a_region_of_64_characters() {
    let mut imds = after(&[(200, "token")]);
    let mut region = imds.region();
    let mut body = [b'r'; 64];
    region.response(200, &body).unwrap();
    assert_eq!(region.outcome(&mut body).unwrap().len(), 64);
}

#[test]
fn refuses_an_invalid_region() {
    let too_long = "r".repeat(65);
    for (body, expected) in [
        ("", DocumentError::Empty),
        ("\r\n", DocumentError::Empty),
        ("eu west", DocumentError::BadText),
        ("eu-west-1\nevil", DocumentError::BadText),
        ("evil.example/", DocumentError::BadText),
        ("EU-WEST-1", DocumentError::BadText),
        ("<html>", DocumentError::BadText),
        ("é", DocumentError::BadText),
        (&too_long, DocumentError::TooLong { limit: 64 }),
    ] {
        let mut imds = after(&[(200, "token")]);
        let mut region = imds.region();
        region.response(200, body.as_bytes()).unwrap();
        let mut body = body.as_bytes().to_vec();
        let error = region.outcome(&mut body).unwrap_err();
        let asked = "the region of the instance";
        assert_eq!(error, ConversationError::Document { asked, error: expected });
        assert_eq!(error.is_transient(), expected == DocumentError::Empty);
    }
    for (status, transient) in [(404, false), (400, false), (429, true), (500, true)] {
        let mut imds = after(&[(200, "token")]);
        let mut region = imds.region();
        let error = region.response(status, b"").unwrap_err();
        assert_eq!(error.is_transient(), transient, "{status}");
        assert_eq!(next(&region), Some(format!("{REGION}token")));
    }
    assert_eq!(
        Imds::new().region().response(403, b""),
        Err(ConversationError::NotHere(NotHere::MetadataDisabled))
    );
}
