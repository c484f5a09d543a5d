//! Webhooks as Halo sends them: a fresh delivery id, Basic credentials, three tries in the background.

use std::time::Duration;

use axum::http::StatusCode;
use reqwest::header;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{clock, world::World};

/// Waits before the first, second and third try.
const TRIES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(2),
];
const WEBHOOK_ID: &str = "7a10b0c4-0000-4000-8000-000000000001";

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    TicketCreated,
    TicketUpdated,
}

impl Event {
    fn text(self) -> &'static str {
        match self {
            Self::TicketCreated => "new ticket logged",
            Self::TicketUpdated => "ticket updated",
        }
    }
}

/// Where Halo sends its webhooks.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) ticket_created_url: String,
    pub(crate) ticket_updated_url: String,
    pub(crate) username: String,
    pub(crate) password: SecretString,
}

#[derive(Clone, Serialize)]
pub(crate) struct Delivery {
    id: String,
    event: Event,
    ticket_id: u64,
    url: String,
    /// The last answer's status; null while there is none.
    status: Option<u16>,
    attempts: u32,
    error: Option<String>,
    body: String,
}

#[derive(Default)]
pub(crate) struct Deliveries(Vec<Delivery>);

impl Deliveries {
    pub(crate) fn all(&self) -> &[Delivery] {
        &self.0
    }
}

/// Sends a webhook about a ticket in the background and answers with its delivery id; none when no target is set or there is no
/// such ticket.
pub(crate) fn fire(
    world: &World,
    event: Event,
    ticket_id: u64,
    agent_id: u32,
    delivery_id: Option<String>,
) -> Option<String> {
    let id = delivery_id.unwrap_or_else(|| Uuid::new_v4().to_string());
    let post = world.with(|state| {
        let target = state.config.halopsa.clone()?;
        let body = json!({
            "id": id,
            "webhook_id": WEBHOOK_ID,
            "event": event.text(),
            "object_id": ticket_id,
            "agent_id": agent_id,
            "timestamp": clock::dotnet(clock::now()),
            "ticket": state.tickets.get(ticket_id)?.hint(),
        })
        .to_string();
        let url = match event {
            Event::TicketCreated => target.ticket_created_url.clone(),
            Event::TicketUpdated => target.ticket_updated_url.clone(),
        };
        let number = state.deliveries.0.len();
        state.deliveries.0.push(Delivery {
            id: id.clone(),
            event,
            ticket_id,
            url: url.clone(),
            status: None,
            attempts: 0,
            error: None,
            body: body.clone(),
        });
        Some(Post {
            generation: state.generation,
            number,
            url,
            target,
            body,
        })
    })?;
    tokio::spawn(post.deliver(world.clone()));
    Some(id)
}

struct Post {
    generation: u64,
    number: usize,
    url: String,
    target: Target,
    body: String,
}

impl Post {
    async fn deliver(self, world: World) {
        for wait in TRIES {
            sleep(wait).await;
            if world.with(|state| state.generation) != self.generation {
                return;
            }
            let answer = self.send(&world).await;
            let again = match &answer {
                Ok(status) => {
                    status.is_server_error()
                        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS]
                            .contains(status)
                }
                Err(_) => true,
            };
            self.note(&world, answer);
            if !again {
                return;
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the webhook's password leaves in its Authorization header"
    )]
    async fn send(&self, world: &World) -> Result<StatusCode, reqwest::Error> {
        let sent = world
            .client
            .post(&self.url)
            .basic_auth(
                &self.target.username,
                Some(self.target.password.expose_secret()),
            )
            .header("app", "Halo PSA")
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(self.body.clone())
            .send()
            .await?;
        Ok(sent.status())
    }

    fn note(&self, world: &World, answer: Result<StatusCode, reqwest::Error>) {
        world.with(|state| {
            if state.generation != self.generation {
                return;
            }
            let Some(delivery) = state.deliveries.0.get_mut(self.number) else {
                return;
            };
            delivery.attempts += 1;
            match answer {
                Ok(status) => {
                    delivery.status = Some(status.as_u16());
                    delivery.error = None;
                }
                Err(cause) => delivery.error = Some(cause.without_url().to_string()),
            }
        });
    }
}
