//! The certificates that are trusted.
//!
//! Sources: `ca_bundle` and `AWS_CA_BUNDLE` (AWS SDKs and Tools Reference Guide, "General
//! configuration settings"); `SSL_CERT_FILE` and `SSL_CERT_DIR` (OpenSSL,
//! `SSL_CTX_set_default_verify_paths(3)`).

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::environment::Environment;
use crate::config::profile_files::Profile;
use crate::config::setting::Setting;
use crate::read::login::mask_login;

/// The certificates of the authorities that a program trusts. Each of these replaces the others, as
/// in botocore and OpenSSL: they are never combined.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::http::Trust;
///
/// let environment: Environment = [("AWS_CA_BUNDLE", "/etc/ssl/ours.pem")].into_iter().collect();
/// assert_eq!(Trust::of(&environment, None).to_string(), "/etc/ssl/ours.pem (AWS_CA_BUNDLE)");
/// assert_eq!(Trust::of(&Environment::default(), None), Trust::System);
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Those that the system trusts, or Mozilla's where the system has none, as in an empty
    /// container. Where `SSL_CERT_FILE` or `SSL_CERT_DIR` is set in the process itself, the
    /// system's are those that it names, whatever another [`Environment`] says.
    #[default]
    System,
    /// Those in a file, in PEM form.
    Bundle {
        /// The file.
        path: PathBuf,
        /// The setting that names it, for errors.
        by: String,
    },
    /// Those of OpenSSL's variables.
    Locations {
        /// `SSL_CERT_FILE`.
        file: Option<PathBuf>,
        /// `SSL_CERT_DIR`.
        directories: Vec<PathBuf>,
    },
}

/// Returns what is wrong with the text of a path that was meant for a shell or a browser.
#[cfg(feature = "tls")]
pub(super) fn path_error(path: &Path) -> Option<CertificatesError> {
    let text = path.to_str()?;
    let quotes = ['"', '\''];
    if text.len() > 1 && text.starts_with(quotes) && text.ends_with(quotes) {
        return Some(CertificatesError::Quoted);
    }
    if text.contains("://") {
        return Some(CertificatesError::Url);
    }
    (text.contains('$') || text.starts_with('~')).then_some(CertificatesError::Unexpanded)
}

impl Trust {
    /// Takes the first that is set of `AWS_CA_BUNDLE`, `ca_bundle` of the profile, and
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR`, or both.
    pub fn of(environment: &Environment, profile: Option<Profile<'_>>) -> Self {
        if let Some(Setting { by, value }) =
            Setting::find(environment, &["AWS_CA_BUNDLE"], profile, "ca_bundle")
        {
            return Self::Bundle { path: in_home(value, environment), by };
        }
        let file = environment.get("SSL_CERT_FILE").map(PathBuf::from);
        let directories = directories(environment.get("SSL_CERT_DIR").unwrap_or_default());
        if file.is_none() && directories.is_empty() {
            return Self::System;
        }
        Self::Locations { file, directories }
    }
}

/// Splits a list of directories. One that has a URL by mistake stays whole, as its password does.
fn directories(list: &str) -> Vec<PathBuf> {
    if list.contains("://") {
        return vec![list.into()];
    }
    std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
}

/// Replaces a leading `~/`, which no shell replaces in a profile.
fn in_home(path: &str, environment: &Environment) -> PathBuf {
    let below = path.strip_prefix("~/").and_then(|rest| Some(environment.home()?.join(rest)));
    below.unwrap_or_else(|| path.into())
}

/// For people: a URL that is there by mistake without user and password.
impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("the certificates that the system trusts"),
            Self::Bundle { path, by } => write!(f, "{} ({by})", shown(path)),
            Self::Locations { file, directories } => {
                let file = file.iter().map(|file| format!("{} (SSL_CERT_FILE)", shown(file)));
                let directories =
                    directories.iter().map(|path| format!("{} (SSL_CERT_DIR)", shown(path)));
                f.write_str(&file.chain(directories).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// As [`Display`](fmt::Display): without user and password.
impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trust").field(&format_args!("{self}")).finish()
    }
}

fn shown(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.contains("://") { mask_login(&path).into_owned() } else { path.into_owned() }
}

/// Certificates that cannot be read, and the path where they were expected.
///
/// ```
/// # #[cfg(feature = "tls")]
/// # {
/// use rolesig_std::http::Trust;
///
/// let trust = Trust::Bundle { path: "/nowhere/ours.pem".into(), by: "AWS_CA_BUNDLE".to_owned() };
/// let error = trust.check().unwrap_err().to_string();
/// assert!(error.contains("/nowhere/ours.pem") && error.contains("AWS_CA_BUNDLE"));
/// # }
/// ```
#[derive(Debug, Error)]
#[error("{by}: {why}")]
pub struct TrustError {
    /// The files, and the setting that names them.
    pub(crate) by: String,
    pub(crate) why: CertificatesError,
}

#[derive(Debug, Error)]
#[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "only TLS reads certificates"))]
pub(crate) enum CertificatesError {
    #[error("{0}: name a file of certificates in PEM form that this program may read")]
    Unreadable(#[source] io::Error),
    #[error("this begins and ends with a quote, which is part of the path: remove both")]
    Quoted,
    #[error("this is a URL: name a file on this host by its path alone")]
    Url,
    #[error("no such file, and no shell expands $ and ~ here: write the path out")]
    Unexpanded,
    #[error(
        "certificate {number} there is cut off or damaged: copy it again, from \
         -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
    )]
    Damaged { number: usize },
    #[error("certificate {number} there is not X.509, or of a kind not supported: remove it")]
    NotX509 { number: usize },
    #[error("the file is empty: name a file of certificates in PEM form")]
    Empty,
    #[error("the file is UTF-16: convert it by iconv -f UTF-16 -t UTF-8 FILE > OTHER")]
    Utf16,
    #[error("there is white space before -----BEGIN CERTIFICATE-----: remove it from all lines")]
    Indented,
    #[error(
        "a certificate there is in one line: put line ends behind -----BEGIN CERTIFICATE-----, \
         after each 64 characters, and before -----END CERTIFICATE-----"
    )]
    OneLine,
    #[error(
        "only Base64 was found: put the line -----BEGIN CERTIFICATE----- above it, and \
         -----END CERTIFICATE----- below"
    )]
    BareBase64,
    #[error(
        "the file is compressed or an archive: unpack it, and name the file of certificates in it"
    )]
    Archive,
    #[error(
        "the file is in Base64 as a whole, as in a secret of Kubernetes: decode it by \
         base64 -d FILE > OTHER"
    )]
    TwiceBase64,
    #[error("the file is HTML, such as the page of a login: download the certificates again")]
    Html,
    #[error("the file is a keystore of Java: convert it by keytool -exportcert -rfc")]
    JavaKeystore,
    #[error(
        "the file holds a private key and no certificate: name the file with the certificate of \
         the authority"
    )]
    PrivateKey,
    #[error(
        "the file holds a request for a certificate and none itself: name the file with the \
         certificate of the authority"
    )]
    Request,
    #[error(
        "the certificates are in PKCS#7: convert them by openssl pkcs7 -inform {form} -print_certs \
         -in FILE -out OTHER"
    )]
    Pkcs7 { form: &'static str },
    #[error("the file is PKCS#12: convert it by openssl pkcs12 -nokeys -in FILE -out OTHER")]
    Pkcs12,
    #[error(
        "the certificate is in DER: convert it by openssl x509 -inform der -in FILE -out OTHER"
    )]
    Der,
    #[error("no certificate in PEM form (-----BEGIN CERTIFICATE-----) found: name another file")]
    NoPem,
    #[error(
        "a certificate there has trust settings of OpenSSL's (TRUSTED CERTIFICATE), which are not \
         followed: convert each certificate that you trust by openssl x509 -in FILE -out OTHER"
    )]
    TrustSettings,
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

#[cfg(feature = "tls")]
impl CertificatesError {
    /// Returns whether the file does not exist.
    pub(super) fn is_absent(&self) -> bool {
        match self {
            Self::Unreadable(error) => error.kind() == io::ErrorKind::NotFound,
            Self::Quoted | Self::Url | Self::Unexpanded => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefers_the_bundle_to_openssls_variables() {
        let of = |variables: &[(&str, &str)]| {
            Trust::of(&variables.iter().copied().collect(), None).to_string()
        };
        let file = ("SSL_CERT_FILE", "/f");
        assert_eq!(of(&[]), "the certificates that the system trusts");
        assert_eq!(of(&[("AWS_CA_BUNDLE", "/b"), file]), "/b (AWS_CA_BUNDLE)");
        assert_eq!(of(&[("AWS_CA_BUNDLE", "~/b"), ("HOME", "/h")]), "/h/b (AWS_CA_BUNDLE)");
        assert_eq!(of(&[file]), "/f (SSL_CERT_FILE)");
        assert_eq!(
            of(&[file, ("SSL_CERT_DIR", "/d:/e:")]),
            "/f (SSL_CERT_FILE), /d (SSL_CERT_DIR), /e (SSL_CERT_DIR)"
        );
        assert_eq!(of(&[("SSL_CERT_FILE", ""), ("AWS_CA_BUNDLE", "")]), Trust::System.to_string());
    }

    #[test]
    fn shows_no_password_of_a_url() {
        for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
            for password in ["hush", "12/hu/sh", "hu sh", "hu@sh"] {
                let url = format!("http://u:{password}@h/ca.pem");
                let shown = Trust::of(&[(name, url.as_str())].into_iter().collect(), None);
                assert_eq!(shown.to_string(), format!("http://********@h/ca.pem ({name})"));
                assert_eq!(format!("{shown:?}"), format!("Trust({shown})"));
            }
        }
    }
}
