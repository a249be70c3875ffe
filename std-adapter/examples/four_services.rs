//! Takes an order with four services: asks who places it (STS), stores it as an object (S3) and as
//! an item (DynamoDB), and announces it (SQS).
//!
//! ```text
//! four_services BUCKET TABLE QUEUE_URL ORDER
//! ```
//!
//! Their clients come from one `Config`, and share credentials and signing keys.

use core::error::Error;
use std::env;

use http::Request;
use rolesig_std::client::BytesBody;
use rolesig_std::{Config, Environment};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [bucket, table, queue_url, order] = arguments.as_slice() else {
        return Err("expected BUCKET TABLE QUEUE_URL ORDER".into());
    };
    let config = Config::load(&Environment::of_process()).await?;

    let whoami = Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=GetCallerIdentity&Version=2011-06-15".into())?;
    let response = config.client("sts")?.call(whoami).await?;
    let text = str::from_utf8(response.body())?;
    let arn = text.split(['<', '>']).skip_while(|part| *part != "Arn").nth(1).ok_or("no ARN")?;

    let object = json!({"order": order, "placed_by": arn}).to_string();
    let put = Request::put(format!("/{bucket}/orders/{order}")).body(object.into())?;
    config.client("s3")?.call(put).await?;

    let item = json!({"order": {"S": order}, "placed_by": {"S": arn}});
    let put = json!({"TableName": table, "Item": item});
    let put = json_request("DynamoDB_20120810.PutItem", &put)?;
    config.client("dynamodb")?.call(put).await.map_err(|error| match error.code() {
        Some("ResourceNotFoundException") => format!("there is no table {table}").into(),
        _ => Box::<dyn Error>::from(error),
    })?;

    let message = json!({"QueueUrl": queue_url, "MessageBody": order});
    let send = json_request("AmazonSQS.SendMessage", &message)?;
    let response = config.client("sqs")?.call(send).await?;
    let response: Value = serde_json::from_slice(response.body())?;
    let id = response.get("MessageId").and_then(Value::as_str).ok_or("no MessageId")?;
    println!("order {order} of {arn}, message {id}");
    Ok(())
}

/// Returns a request of AWS's JSON protocol.
fn json_request(target: &str, body: &Value) -> http::Result<Request<BytesBody>> {
    Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", target)
        .body(body.to_string().into())
}
