//! Mail to people, through Amazon SES. It comes from the environment's `MAIL_FROM`; without one nothing is sent.

use crate::{Config, waiting};
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::SdkConfig;
use std::time::Duration;

/// How long SES may take to take a mail.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends mail.
pub struct Mail {
    client: Client,
    from: Option<String>,
}

/// Why a mail was not sent. It names nobody.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The deployment sends no mail.
    #[error("this deployment sends no mail: its parameter MailFrom is empty")]
    Off,
    /// SES did not take it, or could not be asked; its word for why. What it says beside that may hold addresses.
    #[error("the mail was not taken: {0}")]
    Refused(String),
}

impl Mail {
    pub(crate) fn new(sdk: &SdkConfig) -> Self {
        let from = Config::setting("MAIL_FROM");
        let config = aws_sdk_sesv2::config::Builder::from(sdk)
            .interceptor(waiting::counted())
            // A mail whose answer was lost may have gone out: it is not sent again by itself.
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_millis(500))
                    .operation_timeout(PATIENCE)
                    .build(),
            )
            .build();
        let client = Client::from_conf(config);
        Self { client, from }
    }

    /// Whether mail is sent at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.from.is_some()
    }

    /// Sends a text to one address. Taken is not delivered. Neither the address nor the text is logged.
    ///
    /// # Errors
    /// [`MailError::Off`] where no mail is sent, which a log line says, too.
    pub async fn send(&self, to: &str, subject: &str, text: &str) -> Result<(), MailError> {
        let Some(from) = &self.from else {
            tracing::info!(subject, "no mail is sent: MAIL_FROM is empty");
            return Err(MailError::Off);
        };
        let content =
            content(subject, text).map_err(|error| MailError::Refused(error.to_string()))?;
        let sent = self
            .client
            .send_email()
            .from_email_address(from)
            .destination(Destination::builder().to_addresses(to).build())
            .content(content)
            .send()
            .await;
        sent.map(drop).map_err(|error| {
            let code = error.code().unwrap_or("SES could not be asked");
            MailError::Refused(code.to_owned())
        })
    }
}

fn content(subject: &str, text: &str) -> Result<EmailContent, BuildError> {
    let part = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let message = Message::builder()
        .subject(part(subject)?)
        .body(Body::builder().text(part(text)?).build())
        .build();
    Ok(EmailContent::builder().simple(message).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_plain_text_in_utf_8() {
        let content = content("Hello", "Grüße").unwrap();
        let message = content.simple().unwrap();
        assert_eq!(message.subject().unwrap().data(), "Hello");
        let text = message.body().unwrap().text().unwrap();
        assert_eq!((text.data(), text.charset()), ("Grüße", Some("UTF-8")));
        assert!(message.body().unwrap().html().is_none());
    }
}
