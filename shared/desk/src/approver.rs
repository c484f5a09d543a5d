//! Who may consent: the manager the directory names, and nobody whom it concerns.

use domain::{Person, Ticket};
use http::StatusCode;
use kit::Problem;
use ports::{CallError, Directory};

/// The person a ticket is for, as the directory has them.
///
/// # Errors
/// 422 `UNKNOWN_REQUESTER` when it does not know them; 503 when it cannot be asked.
pub async fn requester(directory: &dyn Directory, ticket: &Ticket) -> Result<Person, Problem> {
    let requester = &ticket.requester;
    let known = requester.user_id.as_ref().map(domain::UserId::as_str);
    let name = known.unwrap_or(requester.email.as_str());
    let found = if name.is_empty() {
        None
    } else {
        known_or_none(directory.person(name).await)?
    };
    found.ok_or_else(|| {
        let message = "the directory does not know who asks on this ticket, so it has no manager for them; set the \
                       requester in the PSA, or let an agent decide";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "UNKNOWN_REQUESTER", message)
    })
}

/// The manager of somebody, as the directory names them, and the mailbox that reaches them.
///
/// # Errors
/// 422 `NO_MANAGER` when it names none who can answer; 503 when it cannot be asked.
pub async fn manager_of(
    directory: &dyn Directory,
    subject: &Person,
) -> Result<(Person, String), Problem> {
    let mail = subject.manager_mail.as_deref().ok_or_else(|| {
        no_manager(
            "the directory names no manager for this person; set one there, or let an agent decide",
        )
    })?;
    let manager = known_or_none(directory.person(mail).await)?.ok_or_else(|| {
        no_manager("the directory does not know the manager it names; set another there, or let an agent decide")
    })?;
    if !manager.enabled {
        return Err(no_manager(
            "the manager's account is disabled; set another manager in the directory, or let an agent decide",
        ));
    }
    let mail = manager.mail.clone().unwrap_or_else(|| mail.to_owned());
    Ok((manager, mail))
}

/// Refuses a manager whom it concerns: as the one it is about, the one whose ticket it is, or the one who asks.
///
/// # Errors
/// 409 `SELF_APPROVAL`.
pub fn impartial(manager: &Person, concerned: &[&Person]) -> Result<(), Problem> {
    if concerned.iter().any(|person| person.id == manager.id) {
        return Err(self_approval());
    }
    Ok(())
}

/// Whether this address is one of the person's.
#[must_use]
pub fn is_theirs(address: &str, person: &Person) -> bool {
    let mut own = person.mail.iter().chain([&person.user_principal_name]);
    own.any(|own| same_address(own, address))
}

/// Whether two addresses are one: no mail system tells capitals apart.
#[must_use]
pub fn same_address(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Nobody approves what is their own.
#[must_use]
pub fn self_approval() -> Problem {
    Problem::conflict(
        "SELF_APPROVAL",
        "nobody approves what concerns or was asked by themselves; let an agent decide",
    )
}

/// Somebody else than the manager was named.
#[must_use]
pub fn not_the_manager() -> Problem {
    let message =
        "this is not the mail address of the requester's manager in the directory; ask theirs";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "NOT_THE_MANAGER", message)
        .with("field", "manager_email")
}

fn no_manager(message: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "NO_MANAGER", message)
}

fn known_or_none(found: Result<Person, CallError>) -> Result<Option<Person>, CallError> {
    match found {
        Ok(person) => Ok(Some(person)),
        Err(CallError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn john() -> Person {
        Person {
            id: domain::UserId::parse("abc-123").unwrap(),
            user_principal_name: "john.doe@company.com".to_owned(),
            display_name: "John Doe".to_owned(),
            mail: Some("john.doe@company.com".to_owned()),
            mobile: None,
            department: None,
            job_title: None,
            manager_mail: Some("jane.smith@company.com".to_owned()),
            enabled: true,
            synced: false,
            guest: false,
            directory_roles: Vec::new(),
        }
    }

    #[test]
    fn an_address_is_somebodys_however_it_is_capitalized() {
        assert!(is_theirs(" John.Doe@Company.com", &john()));
        assert!(!is_theirs("john.doe@company.com.example.com", &john()));
    }

    #[test]
    fn whoever_is_concerned_is_no_manager_here() {
        let jane = Person {
            id: domain::UserId::parse("def-456").unwrap(),
            ..john()
        };
        assert!(impartial(&jane, &[&john()]).is_ok());
        let refusal = impartial(&jane, &[&john(), &jane]).unwrap_err();
        assert_eq!(refusal.status(), StatusCode::CONFLICT);
    }
}
