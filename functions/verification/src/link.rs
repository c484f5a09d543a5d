//! The link in a manager's mail, and what it leads to. Its token vouches for the tenant.

use auth::fingerprint;
use domain::{Approval, Tenant};
use kit::{App, Problem, same};

/// A request, found by its link.
pub(crate) struct Linked {
    pub(crate) tenant: Tenant,
    pub(crate) approval: Approval,
    /// The ticket's name.
    pub(crate) ticket: String,
}

/// What the newest link of a request leads to; none for any other text.
pub(crate) async fn linked(app: &App, token: &str) -> Result<Option<Linked>, Problem> {
    if !is_token(token) {
        return Ok(None);
    }
    let (store, now) = (app.store(), app.clock().now());
    let hash = fingerprint(token.as_bytes());
    let Some(link) = store.approval_link(&hash, now).await? else {
        return Ok(None);
    };
    let tenant = link.tenant()?;
    let approval = store.approval(&tenant, &link.request_id).await?;
    let Some(approval) = approval.filter(|approval| same(&approval.link_hash, &hash)) else {
        return Ok(None);
    };
    let ticket = store.ticket(&tenant, approval.ticket_id).await?;
    Ok(ticket.map(|ticket| Linked {
        tenant,
        approval,
        ticket: ticket.name.to_string(),
    }))
}

/// Whether this has the form of a token: 32 bytes in base64url.
fn is_token(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    text.len() == 43 && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_from_anything_else_before_a_table_is_asked() {
        assert!(is_token(&auth::mint("", &[7; 32]).plain));
        for text in ["", "short", &"<".repeat(43), &"a".repeat(44)] {
            assert!(!is_token(text), "{text}");
        }
    }
}
