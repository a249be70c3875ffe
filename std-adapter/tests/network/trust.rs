//! A private authority for the endpoint of a container.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use rolesig_std::client::ClientSettings;
use rolesig_std::http::ConnectError;
use rolesig_std::provider::ContainerProvider;
use rolesig_std::{Clock, Environment, ProvideCredentials as _};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::scripted::{PATIENT, ok, response};
use crate::{environment, put, put_with, whoami};

const DOCUMENT: &str = r#"{"AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"t",
    "Expiration":"2035-08-30T18:36:00Z"}"#;

/// Makes a certificate for this host that signs itself, and its key.
fn certificate(folder: &Path) {
    let options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj \
                   /CN=agent -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out agent.pem";
    let mut openssl = Command::new("openssl");
    openssl.args(options.split_ascii_whitespace()).current_dir(folder);
    assert!(openssl.output().unwrap().status.success());
}

/// Answers every request with credentials, by TLS; gives the URL.
async fn agent(folder: &Path) -> String {
    let chain = CertificateDer::from_pem_file(folder.join("agent.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![chain], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/credentials", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(ok(DOCUMENT).as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

/// Runs openssl in a folder, once for each line.
fn openssl(folder: &Path, lines: &str) {
    for line in lines.lines() {
        let mut openssl = Command::new("openssl");
        let output = openssl.args(line.split_ascii_whitespace()).current_dir(folder).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Returns the provider's error about the agent, with these certificates trusted.
async fn fetch_with(url: &str, setting: &str, bundle: &Path) -> Result<String, String> {
    let variables =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", url), (setting, bundle.to_str().unwrap())];
    let environment: Environment = variables.into_iter().collect();
    let mut provider = ContainerProvider::of(&environment).unwrap().with_timeouts(PATIENT);
    let fetched = provider.fetch(Clock::SYSTEM).await.map_err(|error| error.to_string());
    fetched.map(|identity| identity.credentials().access_key_id.to_owned())
}

/// ring knows no P-521.
#[tokio::test]
async fn names_keys_that_are_not_supported() {
    for digest in ["-sha256", "-sha512"] {
        let folder = tempfile::tempdir().unwrap();
        openssl(
            folder.path(),
            &format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp521r1 -nodes -subj /CN=ca -keyout \
                 ca.key -out ca.pem\nreq -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj \
                 /CN=agent -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out agent.csr\nx509 \
                 -req -in agent.csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy \
                 {digest} -out agent.pem"
            ),
        );
        let url = agent(folder.path()).await;
        let message =
            fetch_with(&url, "AWS_CA_BUNDLE", &folder.path().join("ca.pem")).await.unwrap_err();
        assert!(message.contains("not supported, such as P-521"), "{message}");
        assert!(message.contains("whose key is RSA, P-256, P-384 or Ed25519"), "{message}");
    }
}

#[tokio::test]
async fn takes_openssls_trusted_certificates_without_settings_only() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    openssl(
        folder.path(),
        "x509 -in agent.pem -trustout -out plain.pem\nx509 -in agent.pem -addreject serverAuth -out \
         rejected.pem",
    );
    let url = agent(folder.path()).await;
    for setting in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let taken = fetch_with(&url, setting, &folder.path().join("plain.pem")).await;
        assert_eq!(taken.as_deref(), Ok("ASIA"), "{setting}");
        let message =
            fetch_with(&url, setting, &folder.path().join("rejected.pem")).await.unwrap_err();
        assert!(message.contains("openssl x509 -in FILE -out OTHER"), "{message}");
    }
}

#[tokio::test]
async fn trusts_a_containers_endpoint_by_the_bundle() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let url = agent(folder.path()).await;
    let bundle = folder.path().join("agent.pem");
    let fetch = async |variables: &[(&str, &str)]| {
        let mut environment: Environment = variables.iter().copied().collect();
        environment.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str());
        let mut provider = ContainerProvider::of(&environment).unwrap().with_timeouts(PATIENT);
        let fetched = provider.fetch(Clock::SYSTEM).await;
        fetched.map(|identity| identity.credentials().access_key_id.to_owned())
    };
    let bundle = bundle.to_str().unwrap();
    for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        assert_eq!(fetch(&[(name, bundle)]).await.unwrap(), "ASIA", "{name}");
    }
    let message = fetch(&[]).await.unwrap_err().to_string();
    assert!(message.contains("AWS_CA_BUNDLE"), "{message}");
    let message = fetch(&[("AWS_CA_BUNDLE", "/nonexistent/ca.pem")]).await.unwrap_err().to_string();
    assert!(message.contains("/nonexistent/ca.pem (AWS_CA_BUNDLE)"), "{message}");
}

/// Answers plain HTTP with a page, and waits for more of what it takes for no request yet; gives
/// its address.
async fn silent_to_tls(page: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                // Later pieces of a ClientHello may begin with any byte.
                let count = stream.read(&mut buffer).await;
                if matches!(count, Ok(1..)) && buffer[0].is_ascii_uppercase() {
                    let _ = stream.write_all(response(400, page).as_bytes()).await;
                    return;
                }
                while let Ok(1..) = stream.read(&mut buffer).await {}
            });
        }
    });
    address
}

#[tokio::test]
async fn names_http_for_a_peer_that_is_silent_to_tls() {
    let address = silent_to_tls("<html>Bad Request</html>").await;
    let url = format!("https://{address}");
    let fetch_both = async |variables: &[(&str, &str)]| {
        let environment = environment(variables);
        let sts = whoami(&environment).await.unwrap_err().to_string();
        let s3 = put(&environment, variables[0].1).await.unwrap_err();
        let reason = s3.connect_error().unwrap();
        assert!(reason.is_final(), "{reason}");
        (sts, format!("{reason}: {}", reason.remedy().unwrap()))
    };
    let tunnel = "https://sts.internal.test";
    let direct = [("AWS_ENDPOINT_URL_STS", url.as_str())];
    let proxied = [("AWS_ENDPOINT_URL_STS", tunnel), ("HTTPS_PROXY", &url)];
    let (endpoint, proxy) = tokio::join!(fetch_both(&direct), fetch_both(&proxied));
    for message in [endpoint.0, endpoint.1] {
        assert!(
            message.ends_with("plain HTTP is spoken on that port: give the endpoint as http://"),
            "{message}"
        );
    }
    for message in [proxy.0, proxy.1] {
        assert!(message.contains(&format!("the proxy {url} (HTTPS_PROXY)")), "{message}");
        assert!(message.ends_with("give the proxy as http://"), "{message}");
    }
}

/// Even if it says so, and keeps the connection open.
#[tokio::test]
async fn names_http_for_a_peer_that_answers_and_stays() {
    for status in [200, 400] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut begin = [0; 1];
                stream.peek(&mut begin).await.unwrap();
                if begin == *b"G" {
                    stream.write_all(response(status, "x").as_bytes()).await.unwrap();
                }
                kept.push(stream);
            }
        });
        let started = Instant::now();
        let error = put(&environment(&[]), &url).await.unwrap_err();
        let reason = error.connect_error().unwrap();
        assert!(reason.is_final(), "{status}: {reason}");
        assert!(reason.remedy().unwrap().ends_with("give the endpoint as http://"), "{reason}");
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    }
}

/// A server that is only slow responses plain HTTP as well: advice to leave TLS would be wrong.
#[tokio::test]
async fn does_not_name_http_for_a_slow_server_that_speaks_tls() {
    for page in [
        "<title>400 The plain HTTP request was sent to HTTPS port</title>",
        "You're speaking plain HTTP to an SSL-enabled server port.",
        "Client sent an HTTP request to an HTTPS server.",
    ] {
        let url = format!("https://{}", silent_to_tls(page).await);
        let environment = environment(&[]);
        let mut settings = ClientSettings::default();
        settings.connect_timeout = Duration::from_secs(1);
        let error = put_with(&environment, settings, &url).await.unwrap_err();
        let reason = error.connect_error().unwrap();
        assert!(matches!(reason, ConnectError::Tcp(_)) && !reason.is_final(), "{page}: {reason}");
    }
}

/// Asks for a certificate, needs none, and ends the connection all the same; gives its URL.
async fn broken_off(folder: &Path) -> String {
    let chain = CertificateDer::from_pem_file(folder.join("agent.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(chain.clone()).unwrap();
    let clients = WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated();
    let config = ServerConfig::builder().with_client_cert_verifier(clients.build().unwrap());
    let config = config.with_single_cert(vec![chain], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await.unwrap());
        }
    });
    url
}

#[tokio::test]
async fn tries_again_after_a_break_of_a_server_that_only_asks_for_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let bundle = folder.path().join("agent.pem");
    let environment = environment(&[("AWS_CA_BUNDLE", bundle.to_str().unwrap())]);
    let error = put(&environment, &broken_off(folder.path()).await).await.unwrap_err();
    let reason = error.connect_error().unwrap();
    assert!(!reason.is_final(), "{reason}");
    assert!(reason.to_string().contains("asked for a client certificate"), "{reason}");
}

/// Accepts no client without a certificate; gives its URL, and how often it was asked.
async fn of_known_clients(
    folder: &Path,
    versions: &[&'static SupportedProtocolVersion],
) -> (String, Arc<AtomicUsize>) {
    let chain = CertificateDer::from_pem_file(folder.join("agent.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(chain.clone()).unwrap();
    let clients = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let config = ServerConfig::builder_with_protocol_versions(versions)
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![chain], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let asked = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            assert!(acceptor.accept(stream).await.is_err());
        }
    });
    (url, asked)
}

#[tokio::test]
async fn asks_once_of_a_server_that_requires_a_client_certificate() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let bundle = folder.path().join("agent.pem");
    for versions in [[&TLS13], [&TLS12]] {
        let (url, asked) = of_known_clients(folder.path(), &versions).await;
        let bundle = bundle.to_str().unwrap();
        let environment = environment(&[("AWS_ENDPOINT_URL_STS", &url), ("AWS_CA_BUNDLE", bundle)]);
        let expected = "it requires a client certificate, which is not supported";
        let sts = whoami(&environment).await.unwrap_err().to_string();
        assert!(sts.contains(expected), "{sts}");
        let s3 = put(&environment, &url).await.unwrap_err();
        let reason = s3.connect_error().unwrap_or_else(|| panic!("{s3}")).to_string();
        assert!(reason.contains(expected), "{reason}");
        assert_eq!(asked.load(Ordering::Relaxed), 2, "each once");
    }
}
