//! The shared file's key: what makes two keys differ.

use std::fs;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use rolesig_std::Chain;

use crate::files::{ROLE, with_files};

/// A token with these claims, as an issuer signs it, and what is in all of them.
fn jwt(claims: &str) -> String {
    let claims = format!(r#"{{"iss":"https://oidc","aud":["sts"],{claims}}}"#);
    format!("e30.{}.c2ln\n", Base64UrlUnpadded::encode_string(claims.as_bytes()))
}

#[test]
fn derives_the_key_from_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, jwt(r#""sub":"a""#)).unwrap();
    let key = |config: &str, role: &str| {
        let mut environment = with_files(folder.path(), config, "");
        environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap());
        environment.set("AWS_ROLE_ARN", role);
        Chain::new(&environment).key()
    };
    let keys = "aws_access_key_id = AKID\naws_secret_access_key = s\n";
    let alone = key("", "a").unwrap();
    assert_eq!(key("", "a").unwrap(), alone);
    assert_ne!(key("", "b").unwrap(), alone);
    assert_ne!(key("[profile a]\nregion = r\n", "a").unwrap(), alone);
    assert_eq!(key(&format!("[default]\n{keys}"), "a"), None, "keys need no sharing");
    let other = format!("[profile a]\n{keys}");
    let secret = other.replace("= s", "= hush");
    assert_eq!(key(&other, "a"), key(&secret, "a"), "nothing secret goes in");
    let program = |password| key(&format!("{other}credential_process = p {password}\n"), "a");
    assert_eq!(program("one"), program("two"), "nor a program's password");
}

#[test]
fn derives_the_key_from_the_tokens_subject() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    let mut environment = with_files(folder.path(), "", "");
    environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap());
    environment.set("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/a");
    let key = |text: &str| {
        fs::write(&token, text).unwrap();
        Chain::new(&environment).key()
    };
    let one = key(&jwt(r#""sub":"pod-a","exp":1,"iat":0,"nbf":0,"jti":"1""#));
    assert!(one.is_some());
    assert_eq!(key(&jwt(r#""sub":"pod-a","exp":9,"iat":8,"nbf":8,"jti":"2""#)), one, "rotated");
    assert_ne!(key(&jwt(r#""sub":"pod-b","exp":1""#)), one);
    let tagged = r#""sub":"pod-a","https://aws.amazon.com/tags":{"team":"b"}"#;
    assert_ne!(key(&jwt(tagged)), one, "it is given other tags");
    let no_subject = jwt(r#""name":"a""#);
    let cut = "e30.e30";
    for unclear in ["", "opaque", "a.b.c", "e30.e30.e30", cut, &no_subject] {
        assert_eq!(key(unclear), None, "{unclear}");
    }
    fs::remove_file(&token).unwrap();
    assert_eq!(Chain::new(&environment).key(), None);
}

#[test]
fn gives_no_key_to_logins_and_programs() {
    let folder = tempfile::tempdir().unwrap();
    let sso = "sso_account_id = 111122223333\nsso_role_name = r\nsso_region = eu-west-1\n\
               sso_start_url = https://d.awsapps.com/start\n";
    let process = "credential_process = /bin/print-credentials\n";
    let keys = "aws_access_key_id = AKID\naws_secret_access_key = s\n";
    for (settings, is_shared) in [(sso, false), (process, false), (keys, true)] {
        let config = format!(
            "[profile own]\n{settings}[profile role]\n{ROLE}source_profile = own\nregion = eu-west-1\n"
        );
        let mut environment = with_files(folder.path(), &config, "");
        environment.set("AWS_PROFILE", "own");
        let chain = Chain::new(&environment);
        assert_eq!(chain.key(), None, "{settings}");
        environment.set("AWS_PROFILE", "role");
        assert_eq!(Chain::new(&environment).key().is_some(), is_shared, "{settings}");
    }
}
