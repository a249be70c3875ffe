//! Two containers, and what their endpoints answer.

use rolesig::conversation::{Container, ContainerUri, Conversation};

/// As the agent of ECS writes it.
pub(crate) const ECS_DOCUMENT: &str = r#"{"RoleArn":"arn:aws:iam::111122223333:role/my-task-role","AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","Token":"IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJGMEQC==","Expiration":"2015-08-30T18:36:00Z"}"#;

/// As the agent of EKS Pod Identity writes it.
pub(crate) const EKS_DOCUMENT: &str = r#"{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","Token":"IQoJb3JpZ2luX2VjEXAMPLE","AccountId":"111122223333","Expiration":"2015-08-30T18:36:00Z"}
"#;

pub(crate) const EKS_TOKEN: &str =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJhdWQiOlsicG9kcyJdfQ.c2lnbmF0dXJl";

pub(crate) fn ecs() -> Container<'static> {
    Container::new(ContainerUri::relative("/v2/credentials/0f0e").unwrap())
}

pub(crate) fn eks() -> Container<'static> {
    let uri = ContainerUri::full("http://169.254.170.23/v1/credentials").unwrap();
    Container::authorized(uri, EKS_TOKEN).unwrap()
}

/// `METHOD target name:value,…` of the next request.
pub(crate) fn next(container: &Container<'_>) -> Option<String> {
    let exchange = container.request()?;
    let headers: Vec<_> =
        exchange.headers().map(|(name, value)| format!("{name}:{value}")).collect();
    Some(format!("{} {} {}", exchange.method(), exchange.target(), headers.join(",")))
}

/// Returns the outcome of the endpoint's response: the secret, or an error.
pub(crate) fn outcome_of(status: u16, body: &str) -> Result<String, String> {
    let mut container = ecs();
    container.response(status, body.as_bytes()).map_err(|error| error.to_string())?;
    let mut body = body.as_bytes().to_vec();
    let provided = container.outcome(&mut body).map_err(|error| error.to_string())?;
    Ok(provided.credentials.secret_access_key.to_owned())
}
