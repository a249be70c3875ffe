use super::*;

fn credentials(variables: &[(&str, &str)]) -> Result<Option<Identity>, EnvironmentError> {
    variables.iter().copied().collect::<Environment>().credentials()
}

#[test]
fn refuses_half_of_the_keys() {
    assert!(credentials(&[]).unwrap().is_none());
    assert!(credentials(&[("AWS_SESSION_TOKEN", "t")]).unwrap().is_none());
    let half = credentials(&[("AWS_ACCESS_KEY_ID", "a")]).unwrap_err();
    assert_eq!(
        half.to_string(),
        "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both, or neither"
    );
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let identity = credentials(&keys).unwrap().unwrap();
    assert_eq!(identity.credentials().session_token, None);
    assert_eq!(identity.expires_at(), None);
}

#[test]
fn trims_white_space_around_values() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", " AKID\n"),
        ("AWS_SECRET_ACCESS_KEY", "wJalr\r\n"),
        ("AWS_SESSION_TOKEN", " \t"),
    ];
    let identity = credentials(&keys).unwrap().unwrap();
    let Credentials { access_key_id, secret_access_key, session_token } = identity.credentials();
    assert_eq!((access_key_id, secret_access_key, session_token), ("AKID", "wJalr", None));
    let blank = [("AWS_ACCESS_KEY_ID", "\n"), ("AWS_SECRET_ACCESS_KEY", " ")];
    assert!(credentials(&blank).unwrap().is_none());
    let inner = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "wJ\nalr")];
    let error = credentials(&inner).unwrap().unwrap().checked().unwrap_err();
    let shown = "environment variables: the secret access key is empty or contains white space: \
                 trim it";
    assert_eq!(error.to_string(), shown);
}

#[test]
fn trims_unicode_white_space_around_and_refuses_it_within() {
    let with = |id: &str, secret: &str, token: &str| {
        let keys = [
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_SESSION_TOKEN", token),
        ];
        credentials(&keys).unwrap().unwrap().checked()
    };
    for blank in ["\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{200b}", "\u{feff}"] {
        let around = |text: &str| format!("{blank}{text}{blank}");
        let identity = with(&around("AKID"), &around("wJalr"), &around("t")).unwrap();
        let Credentials { access_key_id, secret_access_key, session_token } =
            identity.credentials();
        assert_eq!((access_key_id, secret_access_key, session_token), ("AKID", "wJalr", Some("t")));
        let within = format!("a{blank}b");
        for error in [with(&within, "s", "t"), with("a", &within, "t"), with("a", "s", &within)] {
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with("environment variables: "), "{blank:?}: {error}");
        }
    }
}

#[test]
fn refuses_values_in_quotes_and_names_the_variable() {
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "\"AKID\""),
        ("AWS_SECRET_ACCESS_KEY", "'wJalr'"),
        ("AWS_SECRET_ACCESS_KEY", " \"wJalr\"\n"),
        ("AWS_SESSION_TOKEN", "\"\""),
    ] {
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s"), (name, value)];
        let error = credentials(&keys).unwrap().unwrap().checked().unwrap_err();
        let shown = format!(
            "environment variables: {name} begins and ends with a quote, which is part of the \
             value: remove both"
        );
        assert_eq!(error.to_string(), shown);
    }
    for inner in ["w\"Jalr", "'", "\"wJalr", "wJalr'", "\"wJalr'"] {
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", inner)];
        assert!(credentials(&keys).unwrap().unwrap().checked().is_ok(), "{inner}");
    }
}

#[test]
fn refuses_a_comment_behind_a_value_and_names_the_variable() {
    for value in ["wJalr # of CI", "wJalr\t#", "wJalr ; mine"] {
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", value)];
        let error = credentials(&keys).unwrap().unwrap().checked().unwrap_err();
        let shown = "environment variables: AWS_SECRET_ACCESS_KEY ends with a comment, which is \
                     part of the value: move it to a line above";
        assert_eq!(error.to_string(), shown);
    }
}

#[test]
fn reads_the_expiration() {
    let with = |expiration| {
        credentials(&[
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_CREDENTIAL_EXPIRATION", expiration),
        ])
    };
    assert_eq!(
        with("2015-08-30T12:36:00Z").unwrap().unwrap().expires_at(),
        Some(1_440_938_160.into())
    );
    assert_eq!(with("soon").unwrap_err(), EnvironmentError::Expiration);
}

#[cfg(unix)]
#[test]
fn keeps_variables_that_are_not_unicode_but_for_the_home_directory() {
    use std::os::unix::ffi::OsStringExt as _;

    use crate::http::trust::Trust;

    let path = || OsString::from_vec(b"/ca/\xff.pem".to_vec());
    for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let variables = [(name.into(), path()), ("HOME".into(), path())];
        let environment = Environment::of_system(variables.into_iter());
        assert_eq!(environment.get(name), Some("/ca/\u{fffd}.pem"));
        assert_ne!(Trust::of(&environment, None), Trust::System, "{name}");
        assert_eq!(environment.home(), None);
    }
}

#[test]
fn hides_values_in_debug() {
    let environment: Environment = [("AWS_SECRET_ACCESS_KEY", "hush")].into_iter().collect();
    assert_eq!(format!("{environment:?}"), r#"{"AWS_SECRET_ACCESS_KEY"}"#);
}
