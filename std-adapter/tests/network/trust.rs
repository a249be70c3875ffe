//! A private authority for the endpoint of a container.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rolesig_std::provider::ContainerProvider;
use rolesig_std::{Clock, Environment, ProvideCredentials as _};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::scripted::{PATIENT, ok};

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
async fn told(url: &str, setting: &str, bundle: &Path) -> Result<String, String> {
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
        let told = told(&url, "AWS_CA_BUNDLE", &folder.path().join("ca.pem")).await.unwrap_err();
        assert!(told.contains("not supported, such as P-521"), "{told}");
        assert!(told.contains("whose key is RSA, P-256, P-384 or Ed25519"), "{told}");
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
        let taken = told(&url, setting, &folder.path().join("plain.pem")).await;
        assert_eq!(taken.as_deref(), Ok("ASIA"), "{setting}");
        let told = told(&url, setting, &folder.path().join("rejected.pem")).await.unwrap_err();
        assert!(told.contains("openssl x509 -in FILE -out OTHER"), "{told}");
    }
}

#[tokio::test]
async fn a_containers_endpoint_is_trusted_by_the_bundle() {
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
    let told = fetch(&[]).await.unwrap_err().to_string();
    assert!(told.contains("AWS_CA_BUNDLE"), "{told}");
    let told = fetch(&[("AWS_CA_BUNDLE", "/nonexistent/ca.pem")]).await.unwrap_err().to_string();
    assert!(told.contains("/nonexistent/ca.pem (AWS_CA_BUNDLE)"), "{told}");
}
