//! Parses errors of services, as JSON: a line for each line of stdin, which has `status`, `headers`
//! and `body`.

use std::io::{BufRead as _, Write as _};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rolesig_std::http::ServiceError;
use serde_json::{Value, json};

type BoxError = Box<dyn core::error::Error>;

fn main() -> Result<(), BoxError> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let error = parse(&serde_json::from_str(&line?)?)?;
        let response = json!({
            "code": error.code(),
            "message": error.message(),
            "request_id": error.request_id(),
        });
        writeln!(out, "{response}")?;
    }
    Ok(())
}

fn parse(given: &Value) -> Result<ServiceError, BoxError> {
    let status = given.get("status").and_then(Value::as_u64).ok_or("expected a status")?;
    let status = StatusCode::from_u16(u16::try_from(status)?)?;
    let mut headers = HeaderMap::new();
    for (name, value) in given.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let value = HeaderValue::from_str(value.as_str().unwrap_or_default())?;
        headers.insert(HeaderName::try_from(name)?, value);
    }
    let body = given.get("body").and_then(Value::as_str).unwrap_or_default();
    Ok(ServiceError::parse(status, &headers, body.as_bytes()))
}
