//! `GET /api/v1/audit/verify?ticket_id=` or `?account=`: whether a record is whole, or where it is not.

use crate::account;
use crate::chain::Walked;
use crate::head::Account;
use crate::reading::{self, Read};
use crate::walk::walk;
use audit::{Break, Verdict};
use auth::AuditRead;
use axum::Json;
use domain::TicketName;
use kit::{App, Caller, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::StoreError;
use utoipa::{IntoParams, ToSchema};

/// Which ticket, or which account.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyQuery {
    /// Any of the ticket's names.
    #[param(example = "HLP-12345")]
    ticket_id: Option<String>,
    /// Instead of a ticket: `user-12`, `key-3`, `organization`, `playbook-password_reset`, or `simulation-password_reset-` and
    /// the checksum of the text that was simulated.
    account: Option<String>,
}

/// What walking the chains of a ticket and its runs came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditVerification {
    /// Whether every record is as it was recorded and none is missing.
    valid: bool,
    /// The ticket, by the name it came in with.
    #[schema(example = "HLP-12345")]
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_id: Option<String>,
    /// The account, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Each chain: the ticket's, then its runs'; or the account's.
    chains: Vec<AuditChain>,
    /// The first record that is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_broken: Option<AuditBreak>,
}

/// What walking one chain came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditChain {
    /// Whose chain: `t#<ticket>`, `x#<execution>` or `a#<account>`.
    subject: String,
    #[serde(flatten)]
    #[schema(inline)]
    verdict: AuditVerdict,
}

/// A chain's verdict.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditVerdict {
    /// Whether every record of it is right.
    valid: bool,
    /// Records walked.
    records: u64,
    /// The number of the first record that is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_broken_seq: Option<u64>,
    /// What is wrong there: `altered`, `missing`, `inserted` or `head`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    problem: Option<Break>,
}

/// A record that is not right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditBreak {
    /// Whose chain it is in.
    subject: String,
    /// Its number there.
    seq: u64,
    /// What is wrong: `altered`, `missing`, `inserted` or `head`.
    #[schema(value_type = String)]
    problem: Break,
}

/// Whether the record of a ticket or of an account is whole, or where it is not.
#[utoipa::path(get, path = "/api/v1/audit/verify", operation_id = "verify_audit", params(VerifyQuery),
    responses((status = 200, body = AuditVerification), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn verify_audit(
    app: App,
    caller: Caller<AuditRead>,
    Params(query): Params<VerifyQuery>,
) -> Result<Json<AuditVerification>, Problem> {
    if let Some(name) = query.account.filter(|name| !name.is_empty()) {
        return of_account(&app, &caller, &name).await.map(Json);
    }
    let given = query.ticket_id.filter(|given| !given.is_empty());
    let given = given.ok_or_else(|| {
        Problem::invalid(
            "ticket_id",
            "say which ticket, ?ticket_id=HLP-12345, or which account, ?account=user-12",
        )
    })?;
    let unknown = || Problem::not_found("ticket").with("ticket_id", given.clone());
    let name = TicketName::parse(&given).map_err(|_| unknown())?;
    let ticket = match app.store().ticket_named(caller.tenant(), &name).await {
        Ok(found) => found.ok_or_else(unknown)?,
        Err(StoreError::Corrupt { what, .. }) => {
            tracing::error!(what, "a ticket's row cannot be read");
            return Ok(Json(unreadable(&name)));
        }
        Err(error) => return Err(error.into()),
    };
    let walked = walk(app.store(), caller.tenant(), &ticket).await?;
    let reply = AuditVerification::new(&ticket.name, walked);
    if let Some(AuditBreak {
        subject,
        seq,
        problem,
    }) = &reply.first_broken
    {
        tracing::error!(ticket_id = %ticket.id, subject, seq, ?problem, "an audit chain is broken");
    }
    match reading::record(&app, &caller, ticket.id, &Read::Chains).await {
        // A broken chain may take no more records; it is named all the same.
        Err(problem) if !reply.valid => {
            tracing::warn!(?problem, "a broken chain takes no record of its reading");
        }
        recorded => recorded?,
    }
    Ok(Json(reply))
}

/// The same of an account.
async fn of_account(
    app: &App,
    caller: &Caller<AuditRead>,
    name: &str,
) -> Result<AuditVerification, Problem> {
    let unknown = || Problem::not_found("account").with("account", name);
    let account = Account::named(name).ok_or_else(unknown)?;
    let walked = account::walk(app.store(), caller.tenant(), &account).await?;
    let mut reply = AuditVerification::of(vec![walked.ok_or_else(unknown)?]);
    reply.account = Some(name.to_owned());
    match account::record(app, caller, &account).await {
        Err(problem) if !reply.valid => {
            tracing::error!(account = name, ?problem, "an audit chain is broken");
        }
        recorded => recorded?,
    }
    Ok(reply)
}

impl AuditVerification {
    fn new(name: &TicketName, walked: Vec<Walked>) -> Self {
        Self {
            ticket_id: Some(name.to_string()),
            ..Self::of(walked)
        }
    }

    fn of(walked: Vec<Walked>) -> Self {
        let chains: Vec<AuditChain> = walked
            .into_iter()
            .map(|walked| AuditChain {
                subject: walked.subject.to_string(),
                verdict: walked.verdict.into(),
            })
            .collect();
        let first_broken = chains.iter().find_map(AuditChain::broken);
        Self {
            valid: first_broken.is_none(),
            ticket_id: None,
            account: None,
            chains,
            first_broken,
        }
    }
}

impl AuditChain {
    fn broken(&self) -> Option<AuditBreak> {
        let (seq, problem) = self.verdict.first_broken_seq.zip(self.verdict.problem)?;
        Some(AuditBreak {
            subject: self.subject.clone(),
            seq,
            problem,
        })
    }
}

impl From<Verdict> for AuditVerdict {
    fn from(verdict: Verdict) -> Self {
        Self {
            valid: verdict.valid,
            records: verdict.records,
            first_broken_seq: verdict.first_broken_seq,
            problem: verdict.problem,
        }
    }
}

/// The answer about a ticket whose own row, which carries the head of its chain, cannot be read.
fn unreadable(name: &TicketName) -> AuditVerification {
    let verdict = AuditVerdict {
        valid: false,
        records: 0,
        first_broken_seq: Some(1),
        problem: Some(Break::Head),
    };
    let chain = AuditChain {
        subject: format!("the ticket {name}"),
        verdict,
    };
    AuditVerification {
        valid: false,
        ticket_id: Some(name.to_string()),
        account: None,
        first_broken: chain.broken(),
        chains: vec![chain],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::Subject;
    use domain::{ExecutionId, TicketId};
    use serde_json::json;

    fn walked(subject: Subject, broken: Option<(u64, Break)>) -> Walked {
        let (first_broken_seq, problem) = broken.unzip();
        Walked {
            subject,
            verdict: Verdict {
                valid: broken.is_none(),
                records: 9,
                first_broken_seq,
                problem,
            },
        }
    }

    #[test]
    fn the_first_broken_record_is_named() {
        let ticket = Subject::Ticket(TicketId::from_bits(0));
        let run = |id| Subject::Execution(ExecutionId::parse(id).unwrap());
        let chains = vec![
            walked(ticket, None),
            walked(run("x-1"), Some((3, Break::Altered))),
            walked(run("x-2"), Some((1, Break::Missing))),
        ];
        let reply =
            serde_json::to_value(AuditVerification::new(&TicketName::Halo(7), chains)).unwrap();
        assert_eq!(
            (&reply["valid"], &reply["ticket_id"]),
            (&json!(false), &json!("HLP-7"))
        );
        assert_eq!(
            reply["first_broken"],
            json!({"subject": "x#x-1", "seq": 3, "problem": "altered"})
        );
        assert_eq!(
            reply["chains"][0],
            json!({"subject": "t#00000000000000000000000000", "valid": true, "records": 9})
        );
        assert_eq!(
            reply["chains"][2],
            json!({"subject": "x#x-2", "valid": false, "records": 9, "first_broken_seq": 1, "problem": "missing"})
        );
    }

    #[test]
    fn a_whole_record_is_valid_and_names_nothing() {
        let chains = vec![walked(Subject::Ticket(TicketId::from_bits(0)), None)];
        let reply =
            serde_json::to_value(AuditVerification::new(&TicketName::Halo(7), chains)).unwrap();
        assert_eq!(reply["valid"], json!(true));
        assert!(reply.get("first_broken").is_none());
    }

    #[test]
    fn a_ticket_whose_row_cannot_be_read_is_not_valid() {
        let reply = unreadable(&TicketName::Halo(7));
        assert!(!reply.valid && reply.first_broken.is_some());
    }
}
