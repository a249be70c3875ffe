//! The document that names the account, and services that do not have it.

use rolesig::conversation::{Conversation, ConversationError, Imds, NotHere};

use crate::imds::desk::DOCUMENT;

const PLAIN: &str = "/latest/meta-data/iam/security-credentials/";
const EXTENDED: &str = "/latest/meta-data/iam/security-credentials-extended/";

fn target(imds: &Imds) -> Option<String> {
    Some(imds.request()?.target().to_string())
}

fn respond(imds: &mut Imds, responses: &[(u16, &str)]) {
    for (status, body) in responses {
        imds.response(*status, body.as_bytes()).unwrap();
    }
}

#[test]
fn reads_the_account_from_the_extended_document() {
    let mut imds = Imds::new().extended();
    respond(&mut imds, &[(200, "token"), (200, "role")]);
    assert_eq!(target(&imds).as_deref(), Some(&*format!("{EXTENDED}role")));
    let document = DOCUMENT.replacen('{', "{\"AccountId\": \"111122223333\",", 1);
    respond(&mut imds, &[(200, &document)]);
    let mut body = document.into_bytes();
    assert_eq!(imds.outcome(&mut body).unwrap().account_id, Some("111122223333"));
}

#[test]
fn falls_back_to_the_plain_document_for_good() {
    for status in [400, 403, 404, 405] {
        let mut imds = Imds::new().extended();
        respond(&mut imds, &[(200, "token"), (200, "role"), (status, "<html>")]);
        assert_eq!(target(&imds).as_deref(), Some(&*format!("{PLAIN}role")));
        respond(&mut imds, &[(200, DOCUMENT)]);
        assert!(imds.outcome(&mut DOCUMENT.as_bytes().to_vec()).is_ok());
        imds.restart();
        respond(&mut imds, &[(200, "role")]);
        assert_eq!(target(&imds).as_deref(), Some(&*format!("{PLAIN}role")));
    }
    let mut imds = Imds::new().extended();
    respond(&mut imds, &[(200, "token"), (200, "role")]);
    assert!(imds.response(503, b"").unwrap_err().is_transient(), "busy, not unknown");
    assert_eq!(target(&imds).as_deref(), Some(&*format!("{EXTENDED}role")));
}

#[test]
fn asks_for_the_name_in_the_only_tree_there_is() {
    let mut imds = Imds::new().extended();
    respond(&mut imds, &[(200, "token"), (404, "")]);
    assert_eq!(target(&imds).as_deref(), Some(EXTENDED));
    let no_role = Err(ConversationError::NotHere(NotHere::NoRoleAttached));
    assert_eq!(imds.response(404, b""), no_role);
    respond(&mut imds, &[(200, "role")]);
    assert_eq!(target(&imds).as_deref(), Some(&*format!("{EXTENDED}role")));
    assert_eq!(imds.response(404, b""), no_role);
}

#[test]
fn does_not_ask_for_a_given_role() {
    let mut imds = Imds::new().extended().of_role(" my-role ").unwrap();
    respond(&mut imds, &[(200, "token")]);
    assert_eq!(target(&imds).as_deref(), Some(&*format!("{EXTENDED}my-role")));
    respond(&mut imds, &[(404, "")]);
    assert_eq!(target(&imds).as_deref(), Some(&*format!("{PLAIN}my-role")));
    assert!(matches!(imds.response(404, b""), Err(ConversationError::Status { status: 404, .. })));
    respond(&mut imds, &[(401, ""), (200, "new"), (200, DOCUMENT)]);
    imds.restart();
    assert_eq!(imds.role(), Some("my-role"));
    assert_eq!(target(&imds).as_deref(), Some(&*format!("{PLAIN}my-role")));
    for bad in ["", "..", "a?b", &"r".repeat(65)] {
        assert!(Imds::new().of_role(bad).is_err(), "{bad}");
    }
}

#[test]
fn forgets_the_extended_document_at_once() {
    let mut imds = Imds::new().extended();
    assert!(imds.is_extended());
    imds.forget_extended();
    assert!(!imds.is_extended());
    respond(&mut imds, &[(200, "token")]);
    assert_eq!(target(&imds).as_deref(), Some(PLAIN));
}
