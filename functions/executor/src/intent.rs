//! The intent: what stands in the tables before the vendor is asked, the same behind both doors.

use crate::ask::Ask;
use crate::instead;
use audit::Entry;
use domain::{MfaPrompt, Refusal, Tenant, TicketId};
use jiff::Timestamp;
use kit::App;
use store::StoreError;

/// The action's name in records and in the spending of a receipt.
pub(crate) const ACTION: &str = "reset_password";

/// One reset, about to be tried.
pub(crate) struct Intent {
    /// The person's approval, spent on this reset; none where their manager's consent stands in for it.
    pub(crate) spent: Option<MfaPrompt>,
    /// Names the call to the vendor, in our audit and in theirs.
    pub(crate) client_request_id: String,
}

impl Intent {
    /// The intent that spends `receipt`, where there is one.
    pub(crate) fn new(
        app: &App,
        ask: &Ask,
        receipt: Option<&MfaPrompt>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let client_request_id = call_id(app);
        let action = format!("{ACTION}:{}", ask.user_id);
        let spend = |receipt: &MfaPrompt| receipt.spend(action, client_request_id.clone(), now);
        Ok(Self {
            spent: receipt.map(spend).transpose()?,
            client_request_id,
        })
    }

    /// The intent to try again what `spent` was spent on and the vendor says did not take place.
    pub(crate) fn again(app: &App, spent: &MfaPrompt) -> Self {
        Self {
            spent: Some(spent.clone()),
            client_request_id: call_id(app),
        }
    }

    /// Whether the receipt is spent on this very intent: its write took place, though its answer was lost.
    pub(crate) async fn stands(
        &self,
        app: &App,
        tenant: &Tenant,
        ticket: TicketId,
    ) -> Result<bool, StoreError> {
        let Some(spent) = &self.spent else {
            return instead::is_spent(app, tenant, ticket, &self.client_request_id).await;
        };
        let there = app.store().prompt(tenant, &spent.id).await?;
        Ok(there.is_some_and(|prompt| prompt.state == spent.state))
    }

    /// `entry` with what the intent says.
    pub(crate) fn facts(&self, entry: Entry, ask: &Ask) -> Entry {
        entry
            .fact("action", ACTION)
            .fact("user_id", ask.user_id.as_str())
            .fact(
                "receipt",
                self.spent.as_ref().map(|spent| spent.id.to_string()),
            )
            .fact("client_request_id", self.client_request_id.clone())
            .fact("method", ask.method.as_str())
            .fact("tap_lifetime_minutes", ask.lifetime_minutes)
    }
}

/// Names one call to a vendor.
pub(crate) fn call_id(app: &App) -> String {
    let mut bits = [0; 16];
    bits.copy_from_slice(&app.ids().bytes(16));
    uuid::Builder::from_random_bytes(bits)
        .into_uuid()
        .to_string()
}
