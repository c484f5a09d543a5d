//! `POST /api/v1/organizations/{id}/members`: invite somebody by mail.

use crate::invitation::{LASTS, SUBJECT, short, text};
use crate::organization::{OrganizationId, find};
use crate::roles::held;
use crate::{names, users};
use audit::Entry;
use auth::{OrganizationAdmin, Role, mint};
use axum::Json;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use kit::{App, Body, Caller, Id, MailError, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::InvitationRow;
use utoipa::ToSchema;

/// Invitations of one organization within [`WINDOW`].
const MAILS: usize = 100;
/// See [`MAILS`].
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// Whose mails an organization's invitations are counted as: no user has this number.
const NOBODY: u64 = 0;

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct InvitationRequest {
    #[schema(example = "john.doe@company.com")]
    email: String,
    /// What they are to be. The caller must hold every right of it.
    #[schema(example = "agent")]
    role: String,
}

/// The invitation is on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invited {
    #[schema(example = "john.doe@company.com")]
    email: String,
    #[schema(example = "agent")]
    role: &'static str,
    /// Until when it can be accepted.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[schema(example = "Invitation sent")]
    message: &'static str,
}

/// Invite somebody into the caller's organization, or into one below it. The link goes to their address and to nobody else,
/// works once, and for 7 days.
#[utoipa::path(post, path = "/api/v1/organizations/{id}/members", operation_id = "invite_member",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2")),
    request_body = InvitationRequest, responses((status = 202, body = Invited), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn invite_member(
    app: App,
    caller: Caller<OrganizationAdmin>,
    Id(id): Id<OrganizationId>,
    Body(ask): Body<InvitationRequest>,
) -> Result<(StatusCode, Json<Invited>), Problem> {
    let email = names::email(&ask.email)?;
    let role = Role::named(&ask.role).ok_or_else(no_role)?;
    held(caller.identity(), &role.scopes())?;
    let (store, now) = (app.store(), app.clock().now());
    let found = find(&app, caller.tenant(), &id).await?;
    if !app.mail().is_on() {
        return Err(off());
    }
    let logins = store.logins(&email, Some(found.tenant.as_str())).await?;
    if !logins.is_empty() {
        return Err(users::taken());
    }
    let counted = store.count_mail(&found.tenant, NOBODY, now, MAILS, WINDOW);
    if !counted.await? {
        return Err(too_many());
    }
    let token = mint("", &app.ids().bytes(32));
    let ends = now + LASTS;
    let row = InvitationRow::new(&found.tenant, &email, role.word(), ends);
    let organization = desk::retried(|| async {
        let found = find(&app, caller.tenant(), &id).await?;
        let entry = Entry::new(now, found.actor(&caller), "member.invited")
            .fact("role", role.word())
            .fact("invitation", short(&token.fingerprint))
            .fact("expires_at", ends.to_string());
        let write = app.store().write(&found.tenant, "member invited");
        write
            .tenant(Some(&found.row), &found.row, vec![entry])
            .invitation(&token.fingerprint, &row)
            .commit()
            .await?;
        Ok(found.row.name)
    })
    .await?;
    let text = text(&app.config().public_base_url, &organization, &token.plain);
    let sent = app.mail().send(&email, SUBJECT, &text).await;
    sent.map_err(|error| refused(&error))?;
    let invited = Invited {
        email,
        role: role.word(),
        expires_at: ends,
        message: "Invitation sent",
    };
    Ok((StatusCode::ACCEPTED, Json(invited)))
}

fn no_role() -> Problem {
    let words = Role::ALL.map(Role::word).join(", ");
    Problem::invalid("role", format!("there is no such role; there are {words}"))
}

fn off() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "MAIL_OFF",
        "this deployment sends no mail; ask its operator to set MailFrom",
    )
}

fn too_many() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "RATE_LIMIT_EXCEEDED",
        "this organization sent 100 invitations within a day; go on tomorrow",
    )
    .retry_after(3600)
}

fn refused(error: &MailError) -> Problem {
    tracing::warn!(%error, "an invitation was not sent");
    Problem::unavailable("the mail could not be sent; invite them again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_role_is_told_which_there_are() {
        let told = no_role().to_string();
        for role in Role::ALL {
            assert!(told.contains(role.word()), "{told}");
        }
    }
}
