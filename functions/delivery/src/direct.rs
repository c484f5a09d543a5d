//! A delivery that a caller asks for: it stands on the ticket's chain.

use crate::carrier::{self, Carrier, NotReady, Ready};
use crate::ledger::{self, Ledger};
use crate::schedule::UNDER_WAY;
use crate::{deliver, literal, message, name};
use audit::{Actor, Entry};
use domain::{
    Credential, CredentialRef, Delivery, DeliveryStatus, Medium, PhoneNumber, Tenant, Ticket,
    TicketName, UserId,
};
use http::StatusCode;
use kit::{App, Problem};
use secrecy::SecretString;
use std::time::Duration;
use store::StoreError;

/// How often the beginning is tried again because somebody wrote the ticket first.
const TRIES: u32 = 6;

/// What is to be delivered.
pub(crate) enum Given {
    /// In the clear.
    Text(SecretString),
    /// Sealed before.
    Handle(CredentialRef),
}

/// What a caller asks for.
pub(crate) struct Order {
    pub(crate) given: Given,
    pub(crate) to: PhoneNumber,
    pub(crate) message: String,
}

/// Delivers a credential once, whoever asks how often; returns the delivery as it stands then.
pub(crate) async fn deliver(
    app: &App,
    tenant: &Tenant,
    actor: Actor,
    ticket: &TicketName,
    order: &Order,
) -> Result<Delivery, Problem> {
    let ledger = Ledger { app, tenant, actor };
    let mut ticket = desk::find_ticket(app, tenant, ticket).await?;
    let parcel = Parcel::of(&ledger, &ticket, order).await?;
    let carrier = carrier::carrier(app, tenant, &parcel.owner)
        .await
        .map_err(problem)?;
    if carrier.to != order.to {
        return Err(mismatch());
    }
    let id = name::delivery_id(tenant, &parcel.id, Medium::Sms)
        .map_err(|error| Problem::internal(&error))?;
    let mut reminded = false;
    for again in 0..TRIES {
        if let Some(known) = app.store().delivery(tenant, &id).await? {
            return Ok(known);
        }
        let now = app.clock().now();
        let (credential, ready) = parcel.open(&ledger, &ticket, order, &carrier).await?;
        let fresh = Delivery {
            id: id.clone(),
            ticket_id: ticket.id,
            user_id: parcel.owner.clone(),
            credential_ref: parcel.id.clone(),
            medium: Medium::Sms,
            message: order.message.clone(),
            status: DeliveryStatus::Queued,
            attempts: Vec::new(),
            next_retry_at: None,
            expires_at: credential.expires_at,
            waiting: None,
            sealed_token: None,
            created_at: now,
            rev: 0,
        };
        if !reminded {
            deliver::remind(app, tenant, &id, 1, UNDER_WAY).await?;
            reminded = true;
        }
        let begun = fresh.begin(now)?;
        let entry = ledger::facts(
            Entry::new(now, ledger.actor.clone(), "delivery.begun"),
            &begun,
        );
        let mut write = app
            .store()
            .write(tenant, "delivery begun")
            .delivery(None, &begun);
        if parcel.sealed.is_none() {
            write = write.credential(&credential);
        }
        match write
            .ticket(Some(&ticket), &ticket, vec![entry])
            .commit_returning()
            .await
        {
            Ok(written) => {
                return deliver::attempt(&ledger, &written.delivery.unwrap_or(begun), &ready).await;
            }
            Err(StoreError::Conflict { .. }) => {
                tokio::time::sleep(Duration::from_millis(20 << again)).await;
                ticket = desk::find_ticket(app, tenant, &TicketName::Id(ticket.id)).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "the ticket is being changed by many at once; try again",
    ))
}

/// What is delivered, and whose it is.
struct Parcel {
    id: CredentialRef,
    owner: UserId,
    /// The row, of one that was sealed before.
    sealed: Option<Credential>,
}

impl Parcel {
    async fn of(ledger: &Ledger<'_>, ticket: &Ticket, order: &Order) -> Result<Self, Problem> {
        match &order.given {
            Given::Handle(id) => {
                let found = ledger.app.store().credential(ledger.tenant, id).await?;
                let sealed = found.filter(|credential| credential.ticket_id == ticket.id);
                let sealed =
                    sealed.ok_or_else(|| Problem::not_found("credential on this ticket"))?;
                Ok(Self {
                    id: id.clone(),
                    owner: sealed.user_id.clone(),
                    sealed: Some(sealed),
                })
            }
            Given::Text(text) => {
                let owner = ticket.requester.user_id.clone().ok_or_else(mismatch)?;
                let id = literal::name(ledger.app, ledger.tenant, ticket, &owner, text).await?;
                Ok(Self {
                    id,
                    owner,
                    sealed: None,
                })
            }
        }
    }

    /// The sealed credential, and the message it makes.
    async fn open(
        &self,
        ledger: &Ledger<'_>,
        ticket: &Ticket,
        order: &Order,
        carrier: &Carrier,
    ) -> Result<(Credential, Ready), Problem> {
        let (credential, text) = match (&self.sealed, &order.given) {
            (Some(sealed), _) => {
                let text = carrier::open(ledger.app, ledger.tenant, sealed)
                    .await
                    .map_err(problem)?;
                (sealed.clone(), message::fill(&order.message, &text))
            }
            (None, Given::Text(text)) => {
                let (app, now) = (ledger.app, ledger.app.clock().now());
                let sealed = literal::seal(
                    app,
                    ledger.tenant,
                    ticket,
                    &self.owner,
                    self.id.clone(),
                    text,
                    now,
                )
                .await?;
                (sealed, message::fill(&order.message, text))
            }
            (None, Given::Handle(_)) => {
                return Err(Problem::not_found("credential on this ticket"));
            }
        };
        let carrier = Carrier {
            sms: carrier.sms.clone(),
            to: carrier.to.clone(),
        };
        Ok((credential, Ready { carrier, text }))
    }
}

/// The credential cannot be delivered any more.
pub(crate) fn gone() -> Problem {
    let sentence = "this credential was delivered or has expired; make another";
    Problem::new(StatusCode::GONE, "GONE", sentence)
}

fn mismatch() -> Problem {
    let sentence =
        "user_phone is not the number that the directory has for the owner; correct it there";
    Problem::new(StatusCode::FORBIDDEN, "RECIPIENT_MISMATCH", sentence)
}

fn problem(why: NotReady) -> Problem {
    match why {
        NotReady::NoNumber => mismatch(),
        NotReady::Gone => gone(),
        NotReady::Call(error) => error.into(),
        NotReady::Seal(error) => error.into(),
    }
}
