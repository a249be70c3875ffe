//! The types of the library.

use std::ffi::OsString;
use std::fs;

use rolefs::cli::{Arguments, parse};
use rolefs::configuration::{Configuration, Definition};
use rolefs::s3::S3;
use rolefs::s3::address::endpoint::S3Endpoint;
use rolefs::s3::client::timeouts::S3Timeouts;
use rolefs::s3::content::sse_c::CustomerKey;
use rolefs::s3::error::signature_mismatch::SignatureMismatch;
use rolefs::s3a::S3aSettings;
use rolefs::signing::raw_request::RawRequest;
use rolesig_std::http::Network;
use rolesig_std::{Cache, Chain, Environment};

use crate::marks::{
    ACCESS_KEY_ID, CODE, SECRET, SERVICE_TOKEN, TOKEN, hides_in, walked, walked_error,
};

/// Settings with a secret, and what is wrong with them.
const SETTINGS: [(&str, &str); 5] = [
    ("fs.s3a.access.key", ACCESS_KEY_ID),
    ("fs.s3a.secret.key", SECRET),
    ("fs.s3a.session.token", TOKEN),
    ("fs.s3a.proxy.username", "user"),
    ("fs.s3a.proxy.password", SERVICE_TOKEN),
];

fn configured(settings: &[(&str, &str)]) -> Configuration {
    let mut configuration = Configuration::default();
    for (name, value) in settings {
        let definition: Definition = format!("{name}={value}").parse().unwrap();
        walked("Definition", &definition);
        configuration.define(&definition).unwrap();
    }
    walked("Configuration", &configuration);
    configuration
}

#[test]
fn hides_secrets_of_the_configuration() {
    let mut settings = SETTINGS.to_vec();
    settings.push(("fs.s3a.proxy.host", "proxy.example"));
    settings.push(("fs.s3a.proxy.port", "3128"));
    let of_s3a = S3aSettings::of(&configured(&settings)).unwrap();
    walked("S3aSettings", &of_s3a);
    walked("CredentialSettings", &of_s3a.credentials);
    walked("KeySettings", of_s3a.credentials.keys.as_ref().unwrap());
    walked("ProxySettings", of_s3a.proxy.as_ref().unwrap());
    let mut environment = Environment::default();
    of_s3a.proxy.unwrap().add_to(&mut environment);
    walked("Network", &Network::of(&environment, None));
}

/// One setting is missing, blank, or has another's value.
#[test]
fn hides_secrets_of_wrong_configurations() {
    for (name, _) in SETTINGS {
        for wrong in ["", " ", "a b\u{1}", "${env.X}", "${x}", SECRET, TOKEN, SERVICE_TOKEN] {
            let settings =
                SETTINGS.map(|(other, value)| (other, if other == name { wrong } else { value }));
            match S3aSettings::of(&configured(&settings)) {
                Ok(settings) => hides_but_ids(name, &format!("{settings:?}")),
                Err(error) => walked_error("ConfigurationError", &error),
            }
        }
    }
    // Secrets that are lost in settings of other kinds are values like any other, and are shown.
    let keystore = [("hadoop.security.credential.provider.path", "jceks://file/x"), SETTINGS[1]];
    walked_error("ConfigurationError", &S3aSettings::of(&configured(&keystore)).unwrap_err());
}

/// An access key id, or a user's name, is shown; whatever is put there is.
fn hides_but_ids(name: &str, shown: &str) {
    if !matches!(name, "fs.s3a.access.key" | "fs.s3a.proxy.username") {
        hides_in(name, shown);
    }
}

/// A file with each byte in turn replaced, so that it is broken in every way.
#[test]
fn hides_secrets_of_broken_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("core-site.xml");
    let text = format!(
        "<configuration><property><name>fs.s3a.secret.key</name><value>{SECRET}</value></property>\
        <property><name>fs.s3a.session.token</name><value>{TOKEN}</value></property>\
        </configuration>"
    );
    for place in (0..text.len()).step_by(3) {
        for wrong in ["<", "&", "\"", "\u{0}"] {
            let mut broken = text.clone();
            broken.replace_range(place..=place, wrong);
            fs::write(&path, broken).unwrap();
            let mut configuration = Configuration::default();
            match configuration.add_file(&path) {
                Ok(()) => hides_in("a configuration", format!("{:?}", configuration.ignored())),
                Err(error) => walked_error("ConfigurationError", &error),
            }
        }
    }
}

fn arguments(words: &[&str]) -> Arguments {
    let words = ["rolefs"].iter().chain(words).map(OsString::from);
    parse(words).unwrap_or_else(|_| panic!("a mistake"))
}

#[test]
fn hides_secrets_of_command_lines() {
    let key = format!("fs.s3a.secret.key={SECRET}");
    let header = format!("x-api-key: {SERVICE_TOKEN}");
    let data = format!("Action=GetSessionToken&TokenCode={CODE}");
    let metadata = format!("password={TOKEN}");
    let url = format!("https://sts.eu-west-1.amazonaws.com/?X-Amz-Security-Token={SERVICE_TOKEN}");
    for words in [
        &["-request", "-H", &header, "-d", &data, &url][..],
        &["-put", "--metadata", &metadata, "a", "s3a://b/k"],
        &["-cp", "--metadata", &metadata, "s3a://b/a", "s3a://b/k"],
        &["-ls", "s3a://b/k"],
    ] {
        let arguments = arguments(&[&["-D", &key], words].concat());
        walked("Arguments", &arguments);
        walked("GenericOptions", &arguments.generic);
        walked("Command", &arguments.command);
    }
}

#[test]
fn hides_keys_of_customers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, &SECRET[..32]).unwrap();
    let key = CustomerKey::read(&path).unwrap();
    walked("CustomerKey", &key);
    let environment: Environment = [("AWS_REGION", "eu-west-1")].into_iter().collect();
    let endpoint = S3Endpoint::new(None, None, &environment, None).unwrap();
    walked("S3Endpoint", &endpoint);
    let mut with_keys = environment;
    with_keys.set("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID);
    with_keys.set("AWS_SECRET_ACCESS_KEY", SECRET);
    with_keys.set("HTTPS_PROXY", format!("http://u:{SERVICE_TOKEN}@proxy.example:1"));
    let cache = Cache::new(Chain::new(&with_keys));
    let network = Network::of(&with_keys, None);
    let s3 = S3::new(cache, endpoint, S3Timeouts::default(), network).unwrap();
    walked("S3", &s3.with_customer_key(Some(key)).unwrap());
    for wrong in [&SECRET[..31], SECRET, TOKEN] {
        fs::write(&path, wrong).unwrap();
        walked_error("a key's error", &CustomerKey::read(&path).unwrap_err());
    }
}

#[test]
fn hides_secrets_of_signatures_that_do_not_match() {
    let response = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>GET\nx-amz-security-token:{TOKEN}\n\
        </CanonicalRequest><StringToSign>{SECRET}</StringToSign></Error>"
    );
    let mismatch = SignatureMismatch::read(response.as_bytes()).unwrap();
    walked("SignatureMismatch", &mismatch);
}

#[test]
fn hides_secrets_of_raw_requests() {
    for request in [
        format!("GET /{TOKEN} HTTP/1.1\nAuthorization {SECRET}\n\n"),
        format!("{SECRET}\nHost: h\n\n"),
        format!("GET / HTTP/1.1\nHost: h\nx-amz-security-token: {TOKEN}\nbroken {SECRET}"),
        format!("GET / HTTP/1.1\nx: {TOKEN}\n\n"),
    ] {
        if let Err(error) = RawRequest::parse(request.as_bytes()) {
            walked_error("RawRequestError", &error);
        }
    }
}
