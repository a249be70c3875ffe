//! Says where a service is, as JSON: a line for each line of stdin, which has `service`, `region`,
//! `environment`, and the text of a `config`.

use std::io::{BufRead as _, Write as _};

use rolesig_std::Environment;
use rolesig_std::config::{Endpoint, EndpointService, ProfileChoice, ProfileFiles};
use serde_json::{Value, json};

type BoxError = Box<dyn core::error::Error>;

fn main() -> Result<(), BoxError> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let result = match endpoint(&question) {
            Ok((Endpoint { url, signing_region, .. }, signing_name)) => json!({
                "url": url.to_string(),
                "signing_region": signing_region.as_str(),
                "signing_name": signing_name,
            }),
            Err(error) => json!({"refused": error.to_string()}),
        };
        writeln!(out, "{result}")?;
    }
    Ok(())
}

fn endpoint(question: &Value) -> Result<(Endpoint, &'static str), BoxError> {
    let text = |name: &str| question.get(name).and_then(Value::as_str).unwrap_or_default();
    let variables = question.get("environment").and_then(Value::as_object);
    let environment: Environment = variables
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
        .collect();
    // A name that lives as long as the program, as those in programs do.
    let service = EndpointService::from(&*text("service").to_owned().leak());
    let files = ProfileFiles::parse(text("config"), "")?;
    let profile = files.choose(ProfileChoice::of(&environment))?;
    let endpoint = Endpoint::of(service, &text("region").parse()?, &environment, profile)?;
    Ok((endpoint, service.signing_name()))
}
