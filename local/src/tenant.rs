//! Makes the example tenant, gives it the sandbox's vendor secrets and tells the sandbox where to send webhooks.

use serde_json::{Value, json};

use crate::{
    aws::{Aws, loopback},
    error::{Doing, Error, Result},
};

/// The domains whose people may register with the example tenant: those of the contracts' examples.
pub(crate) const EMAIL_DOMAINS: [&str; 3] = ["example.com", "company.com", "sigmoidanalytics.com"];

/// A domain that people may register with and that nobody has yet: for a second tenant.
pub const SECOND_DOMAIN: &str = "branch.example.com";

/// Every domain whose people may register, as the template's parameter has them.
pub(crate) fn allowed_domains() -> String {
    [&EMAIL_DOMAINS[..], &[SECOND_DOMAIN]].concat().join(",")
}

/// Creates the example tenant by the same function a real one is created by.
///
/// # Errors
/// When the function fails, or the tenant was there already and its secrets cannot be shown again.
pub(crate) async fn create(aws: &Aws, stack: &str) -> Result<Value> {
    let ask = json!({
        "name": "example",
        "admin_email": "admin@example.com",
        "email_domains": EMAIL_DOMAINS,
    });
    let tenant = aws.invoke(&format!("{stack}-create_tenant"), &ask).await?;
    if tenant["created"] != json!(true) || !tenant["api_key"].is_string() {
        return Err(Error::failed(
            "creating the example tenant",
            "create_tenant answered without new credentials; `cargo run -- reset` begins afresh",
        ));
    }
    Ok(tenant)
}

/// Vouches for the released catalogue in the example tenant, as an operator does: nothing else lets a decision start a playbook
/// there before people have agreed with its decisions.
///
/// # Errors
/// When the function fails, or a text of the catalogue is no playbook.
pub(crate) async fn vouch_for_catalogue(aws: &Aws, stack: &str, tenant: &str) -> Result<()> {
    for text in playbook::CATALOGUE {
        let released = playbook::parse(text).map_err(|flaws| {
            let why = flaws.first().map_or_else(String::new, ToString::to_string);
            Error::failed("reading the catalogue", why)
        })?;
        let ask = json!({
            "tenant": tenant,
            "playbook_id": released.name.as_str(),
            "unlocked": true,
            "reason": "it is the released catalogue's, on a laptop",
        });
        aws.invoke(&format!("{stack}-update_auto_start"), &ask)
            .await?;
    }
    Ok(())
}

/// Puts one secret per integration, `<stack>/<tenant>/<integration>`, as a person does for a real tenant.
///
/// # Errors
/// When Secrets Manager refuses.
pub async fn put_vendor_secrets(aws: &Aws, stack: &str, tenant: &str, sandbox: &str) -> Result<()> {
    let Value::Object(integrations) = sandbox::credentials(sandbox) else {
        return Err(Error::failed(
            "reading the sandbox's credentials",
            "they are no JSON object",
        ));
    };
    for (integration, secret) in integrations {
        let ask = json!({
            "Name": format!("{stack}/{tenant}/{integration}"),
            "SecretString": secret.to_string(),
        });
        aws.json("secretsmanager", "secretsmanager.CreateSecret", &ask)
            .await?;
    }
    Ok(())
}

/// Makes the domain that mail comes from known to SES, as an operator does once for a real one.
///
/// # Errors
/// When SES refuses.
pub(crate) async fn let_mail_out(aws: &Aws) -> Result<()> {
    let ask = json!({"EmailIdentity": "example.com"});
    let known = aws.rest(reqwest::Method::POST, "ses", "/v2/email/identities", &ask);
    known.await.map(drop)
}

/// Tells the sandbox's HaloPSA where its webhooks go and with what credential.
///
/// # Errors
/// When the sandbox refuses.
pub(crate) async fn register_webhooks(sandbox: &str, webhooks: &Value) -> Result<()> {
    let doing = "telling the sandbox where to send webhooks";
    let source = &webhooks["halopsa"];
    let halopsa = json!({
        "ticket_created_url": source["ticket_created_url"],
        "ticket_updated_url": source["ticket_updated_url"],
        "username": source["username"],
        "password": source["password"],
    });
    let answer = loopback()?
        .post(format!("{sandbox}/_sandbox/config"))
        .json(&json!({"webhooks": {"halopsa": halopsa}}))
        .send()
        .await
        .doing(doing)?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let told = answer.text().await.unwrap_or_default();
    Err(Error::failed(doing, format!("{status} {told}")))
}
