//! Environment, profile files, proxies, and identities.

use rolesig_std::client::ClientSettings;
use rolesig_std::config::{BaseUrl, Origin, ProfileFiles, Region};
use rolesig_std::http::{Network, Proxies};
use rolesig_std::provider::StaticProvider;
use rolesig_std::{Cache, Config, Environment, Identity, Source};

use crate::marks::{ACCESS_KEY_ID, SECRET, SERVICE_TOKEN, TOKEN, hides_in, walked, walked_error};
use crate::{CREDENTIALS, environment};

#[tokio::test]
async fn hides_secrets_of_the_environment() {
    let environment = environment();
    walked("Environment", &environment);
    let proxies = Proxies::of(&environment);
    walked("Proxies", &proxies);
    hides_in("Display of Proxies", proxies.to_string());
    for url in ["http://a.example", "https://a.example"] {
        let proxy = proxies.find(&url.parse().unwrap()).unwrap().unwrap();
        walked("Proxy", &proxy);
        hides_in("Display of Proxy", proxy.to_string());
    }
    let network = Network::of(&environment, None);
    walked("Network", &network);
    let mut settings = ClientSettings::default();
    settings.network = network;
    walked("ClientSettings", &settings);
    let config = Config::load(&environment).await.unwrap();
    walked("Config", &config);
    walked("SigningClient", &config.client::<rolesig_std::client::BytesBody>("s3").unwrap());
    config.credentials().identity().await.unwrap();
    walked("Cache", config.credentials());
    walked("CacheStatus", &config.credentials().status());
}

/// Proxies that are wrong, and have a password all the same.
#[test]
fn hides_passwords_of_proxies_that_are_refused() {
    for url in [
        format!("socks5://user:{SERVICE_TOKEN}@proxy:1"),
        format!("http://user:{SERVICE_TOKEN}@proxy:123456"),
        format!("user:{SERVICE_TOKEN}@proxy"),
        format!("http://user:{SERVICE_TOKEN}@"),
        format!("http://{SERVICE_TOKEN}:@a b"),
        format!("http://user:{SERVICE_TOKEN}%zz@proxy"),
        format!("http://user:{SERVICE_TOKEN}@proxy/path?{TOKEN}"),
    ] {
        let environment: Environment = [("HTTP_PROXY", &*url)].into_iter().collect();
        let proxies = Proxies::of(&environment);
        walked("Proxies", &proxies);
        match proxies.find(&"http://a.example".parse().unwrap()) {
            Ok(proxy) => walked("Proxy", &proxy.unwrap()),
            Err(error) => walked_error("ProxyError", &error),
        }
        hides_in("Display of Proxies", proxies.to_string());
        hides_in("a warning", format!("{:?}", proxies.warning()));
    }
}

#[test]
fn hides_secrets_of_profile_files() {
    let config = format!(
        "[profile p]\nregion = r\ncredential_process = tool --password {SECRET}\ns3 =\n  \
        token = {TOKEN}\n[sso-session s]\nsso_start_url = x\nclient_secret = {SERVICE_TOKEN}\n\
        [services v]\ns3 =\n  secret = {SECRET}\n"
    );
    let credentials = format!(
        "[p]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET}\n\
        aws_session_token = {TOKEN}\n"
    );
    let files = ProfileFiles::parse(&config, &credentials).unwrap();
    walked("ProfileFiles", &files);
    let profile = files.profile("p").unwrap();
    walked("Profile", &profile);
    walked("Section", &files.sso_session("s").unwrap());
    walked("Section", &files.services("v").unwrap());
    // With each byte in turn a line end, which also breaks secrets in two.
    for place in 0..credentials.len() {
        for wrong in ["\n", "[", " = ", "\u{0}"] {
            let mut broken = credentials.clone();
            broken.insert_str(place, wrong);
            match ProfileFiles::parse(&config, &broken) {
                Ok(files) => walked("ProfileFiles", &files),
                Err(error) => walked_error("ProfileFilesError", &error),
            }
        }
    }
}

#[tokio::test]
async fn hides_secrets_of_identities() {
    let identity = Identity::new(CREDENTIALS, None, None, Source::Environment);
    walked("Identity", &identity);
    walked("StaticProvider", &StaticProvider::new(identity));
    for (secret, token) in [
        (format!("{SECRET} # mine"), TOKEN.to_owned()),
        (format!("\"{SECRET}\""), TOKEN.to_owned()),
        (format!("{SECRET}\u{7}"), TOKEN.to_owned()),
        (SECRET.to_owned(), format!("{TOKEN}\u{7}")),
        (SECRET.to_owned(), format!("'{TOKEN}'")),
    ] {
        let environment: Environment = [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", &secret),
            ("AWS_SESSION_TOKEN", &token),
        ]
        .into_iter()
        .collect();
        let identity = environment.credentials().unwrap().unwrap();
        walked("Identity", &identity);
        if let Err(error) = Cache::new(StaticProvider::new(identity)).identity().await {
            walked_error("IdentityError", &error);
        }
    }
}

/// URLs with a password, which are refused as those of a service.
#[test]
fn hides_passwords_of_urls() {
    for url in [
        format!("https://user:{SERVICE_TOKEN}@host"),
        format!("https://host?token={TOKEN}"),
        format!("https://host/#{TOKEN}"),
        format!("{SECRET}://host"),
    ] {
        match url.parse::<Origin>() {
            Ok(origin) => walked("Origin", &origin),
            Err(error) => walked_error("OriginError", &error),
        }
        match url.parse::<BaseUrl>() {
            Ok(base) => walked("BaseUrl", &base),
            Err(error) => walked_error("BaseUrlError", &error),
        }
        let environment: Environment =
            [("AWS_ENDPOINT_URL", &*url), ("AWS_REGION", "r")].into_iter().collect();
        let region = Region::of(&environment, None).unwrap().unwrap();
        let endpoint = rolesig_std::config::Endpoint::of("s3".into(), &region, &environment, None);
        match endpoint {
            Ok(endpoint) => walked("Endpoint", &endpoint),
            Err(error) => walked_error("EndpointError", &error),
        }
    }
}
