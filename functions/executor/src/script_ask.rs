//! A script on somebody's device: what is asked for, and whether it may be.

use crate::looked::Refused;
use crate::problems::refused;
use crate::rules::{self, Subject};
use domain::{
    AllowedScript, DeviceId, ParameterFlaw, Parameters, Person, ScriptHash, ScriptId, ScriptList,
    Tenant, Ticket, UserId,
};
use http::StatusCode;
use kit::{App, Problem};
use ports::{CallError, Device, Order, Rmm, RunHandle, Tie};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What is to run where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) device: DeviceId,
    pub(crate) script: ScriptId,
    /// Whose device it is; the ticket's requester where nobody says.
    pub(crate) user: Option<UserId>,
    pub(crate) parameters: Map<String, Value>,
    /// Whether the parameters were written as texts, whatever their types.
    pub(crate) written: bool,
}

impl Asked {
    /// The same for the same call.
    pub(crate) fn hash(&self) -> String {
        let said = json!({
            "device": self.device, "script": self.script, "user": self.user, "parameters": self.parameters,
        });
        ScriptHash::of(&said).to_string()
    }
}

/// A run that may be begun.
pub(crate) struct Ready {
    pub(crate) subject: Subject,
    pub(crate) rmm: Arc<dyn Rmm>,
    pub(crate) order: Order,
    pub(crate) prepared: RunHandle,
}

/// Holds what is asked for against the tenant's list, the directory and the device, and has the vendor look a last time. Nothing is
/// changed. `reference` names the run in the vendor's journal.
pub(crate) async fn ready(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    asked: &Asked,
    reference: &str,
) -> Result<Ready, Problem> {
    let row = app.store().script_list(tenant).await?;
    let list = row.map(|row| row.list()).transpose()?.unwrap_or_default();
    let allowed = list.find(&asked.script).ok_or_else(not_allowed)?;
    let parameters = parameters(allowed, asked).map_err(|flaws| unfit(&flaws))?;
    let user = asked.user.as_ref().or(ticket.requester.user_id.as_ref());
    let user = user.ok_or_else(|| {
        let why = "the directory does not know who asked for this ticket; say whose device it is";
        Problem::invalid("user_id", why)
    })?;
    let directory = outside::directory(app, tenant).await?;
    let subject = rules::subject(app, tenant, &*directory, user.as_str()).await?;
    let person = &subject.person;
    if let Some(why) = person.protected().or_else(|| subject.protected()) {
        return Err(refused(&Refused {
            status: StatusCode::FORBIDDEN,
            code: "PROTECTED_USER",
            why: format!("this user {why}; no automation may touch their device"),
        }));
    }
    let rmm = outside::scripts(app, tenant).await?;
    let device = rmm.device(&asked.device).await?;
    if !is_theirs(&list, &device, person) {
        return Err(not_theirs());
    }
    let order = Order {
        device: asked.device.clone(),
        script: asked.script.clone(),
        hash: allowed.hash,
        parameters,
        reference: reference.to_owned(),
    };
    let prepared = rmm.prepare(&order).await.map_err(unprepared)?;
    Ok(Ready {
        subject,
        rmm,
        order,
        prepared,
    })
}

fn parameters(allowed: &AllowedScript, asked: &Asked) -> Result<Parameters, Vec<ParameterFlaw>> {
    if asked.written {
        return allowed.read(&allowed.typed(&asked.parameters));
    }
    allowed.read(&asked.parameters)
}

fn is_theirs(list: &ScriptList, device: &Device, person: &Person) -> bool {
    match device.tie(person) {
        Tie::Assigned => true,
        Tie::LastUsed => list.last_user_counts,
        Tie::None => false,
    }
}

fn not_allowed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "SCRIPT_NOT_ALLOWED",
        "this script is not on the list of those that may run; whoever may change PUT /admin/v1/scripts can allow it",
    )
}

fn not_theirs() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "DEVICE_OF_ANOTHER",
        "this device is not known to be this user's; put it to them in the device management, or name another one",
    )
}

/// 422 with each parameter that does not fit.
fn unfit(flaws: &[ParameterFlaw]) -> Problem {
    let path = |flaw: &ParameterFlaw| format!("params.{}", flaw.name);
    let messages: Vec<String> = flaws
        .iter()
        .map(|flaw| format!("{}: {}", path(flaw), flaw.message))
        .collect();
    let each: Vec<Value> = flaws
        .iter()
        .map(|flaw| json!({"path": path(flaw), "message": flaw.message}))
        .collect();
    let first = flaws.first().map(path).unwrap_or_default();
    Problem::invalid(&first, messages.join("; ")).with("flaws", each)
}

/// What the vendor's last look found.
fn unprepared(error: CallError) -> Problem {
    let CallError::Refused { code, message, .. } = &error else {
        return error.into();
    };
    let code = match code.as_str() {
        "script_changed" => "SCRIPT_CHANGED",
        "script_inactive" => "SCRIPT_INACTIVE",
        "ambiguous_name" => "AMBIGUOUS_SCRIPT",
        "already_running" => "ALREADY_RUNNING",
        "unknown_parameter" => return Problem::invalid("params", message.clone()),
        _ => return error.into(),
    };
    Problem::conflict(code, message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::{asked, john};
    use ports::{Belongs, Platform};

    #[test]
    fn another_parameter_is_another_call() {
        let one = asked(&json!({"a": 1, "b": 2}));
        assert_eq!(one.hash(), asked(&json!({"b": 2, "a": 1})).hash());
        assert_ne!(one.hash(), asked(&json!({"a": 1})).hash());
    }

    #[test]
    fn whoever_used_a_device_last_has_it_only_where_the_tenant_says_so() {
        let mut list = ScriptList::default();
        let mut device = Device {
            id: DeviceId::parse("104").unwrap(),
            name: "KIOSK-1".into(),
            belongs: Belongs::LastUsedBy("COMPANY\\john.doe".into()),
            platform: Platform::Windows,
            online: true,
        };
        assert!(!is_theirs(&list, &device, &john()));
        list.last_user_counts = true;
        assert!(is_theirs(&list, &device, &john()));
        device.belongs = Belongs::To("jane.smith@company.com".into());
        assert!(!is_theirs(&list, &device, &john()));
        device.belongs = Belongs::Nobody;
        assert!(!is_theirs(&list, &device, &john()));
    }

    #[test]
    fn each_parameter_that_does_not_fit_is_named_and_no_value_is_shown() {
        let flaw = |name: &str| ParameterFlaw {
            name: name.into(),
            message: "it is missing".into(),
        };
        let problem = unfit(&[flaw("User"), flaw("Days")]);
        assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let told = format!("{problem:?}");
        assert!(told.contains("params.User") && told.contains("params.Days"));
    }

    #[test]
    fn what_the_last_look_found_has_a_word_of_its_own() {
        let refusal = |code: &str| {
            unprepared(CallError::Refused {
                vendor: "NinjaOne",
                code: code.into(),
                message: "look".into(),
            })
        };
        for (code, status) in [
            ("script_changed", 409),
            ("already_running", 409),
            ("unknown_parameter", 422),
            ("Forbidden", 502),
        ] {
            assert_eq!(refusal(code).status().as_u16(), status, "{code}");
        }
    }
}
