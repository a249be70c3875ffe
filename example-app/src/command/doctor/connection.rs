//! The steps on the way to S3: proxy, name, connection and TLS.

use core::time::Duration;
use std::time::Instant;

use rolesig_std::config::Origin;
use rolesig_std::http::{ConnectError, Network};
use tokio::net::lookup_host;

use super::report::StepReport;
use super::step::Step;

/// The most addresses of a host that are shown.
const SHOWN: usize = 3;

/// Opens a connection as the client does, and reports each step of it. Returns whether there is
/// one.
pub(super) async fn connection(
    report: &StepReport,
    network: &Network,
    origin: &Origin,
    limit: Duration,
) -> bool {
    let begin = Instant::now();
    let tried = network.try_connect(origin, limit).await;
    let took = begin.elapsed().as_millis();
    let failed = tried.as_ref().err().map(step_of);
    let proxy = network.proxies.find(origin).ok().flatten();
    if failed != Some(Step::Proxy) {
        let through = proxy.as_ref().map(|proxy| format!("through {proxy}"));
        report.ok(Step::Proxy, through.as_deref().unwrap_or("no proxy for this host"));
    }
    if failed.is_none_or(|failed| failed > Step::Dns) {
        match &proxy {
            Some(_) => report.skipped(Step::Dns, "the proxy looks the name up"),
            None => report.ok(Step::Dns, &addresses(origin).await),
        }
    }
    if failed.is_none_or(|failed| failed > Step::Tcp) {
        report.ok(Step::Tcp, &format!("port {} answers, after {took} ms in all", origin.port()));
    }
    let trust = &network.trust;
    let issuer = match failed {
        None | Some(Step::Tls) => network.certificate_issuer(origin, limit).await,
        Some(_) => None,
    };
    let issuer = issuer.map(|issuer| format!("the certificate is issued by {issuer}"));
    match tried {
        Err(error) => {
            let detail = issuer.map_or_else(|| error.to_string(), |by| format!("{error}; {by}"));
            report.failed(step_of(&error), &detail, error.remedy());
            return false;
        }
        Ok(()) if !origin.is_https() => report.ok(Step::Tls, "plain http, which others can read"),
        Ok(()) => {
            let issuer = issuer.as_deref().unwrap_or("the certificate is accepted");
            report.ok(Step::Tls, &format!("{issuer}, and trusted by {trust}"));
        }
    }
    true
}

/// Returns the step that an error ends.
pub(super) const fn step_of(error: &ConnectError) -> Step {
    match error {
        ConnectError::Resolve { .. } => Step::Dns,
        ConnectError::Tcp(_) => Step::Tcp,
        ConnectError::Proxy { .. }
        | ConnectError::ProxyRefusal { .. }
        | ConnectError::ProxySetting(_)
        | ConnectError::NotHttp(_) => Step::Proxy,
        _ => Step::Tls,
    }
}

/// Returns the name of a host, and its addresses.
async fn addresses(origin: &Origin) -> String {
    let host = origin.host();
    let Ok(found) = lookup_host((host, origin.port())).await else { return host.to_owned() };
    let found: Vec<_> = found.map(|address| address.ip().to_string()).collect();
    let more = if found.len() > SHOWN { ", ..." } else { "" };
    let shown = found.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    format!("{host} is {shown}{more}")
}
