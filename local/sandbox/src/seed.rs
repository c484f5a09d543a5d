//! Who is in the directory when the sandbox starts or is reset.

use crate::people::Person;

/// A seeded person's fixed facts.
#[derive(Debug, Clone, Copy)]
pub struct SeedPerson {
    /// The directory's object id.
    pub id: &'static str,
    /// User principal name.
    pub upn: &'static str,
    /// Mail address; for all but the guest the same as the principal name.
    pub email: &'static str,
    /// Name as people see it.
    pub display_name: &'static str,
    /// Number in the directory, E.164.
    pub mobile_phone: Option<&'static str>,
}

/// The seeded directory: a user, their manager, an administrator, a guest, a user synchronised from on-premises, a user without a
/// phone.
pub const SEED: &[SeedPerson] = &[
    person(
        "abc-123",
        "john.doe@company.com",
        "John Doe",
        Some("+441234567890"),
    ),
    person(
        "def-456",
        "jane.smith@company.com",
        "Jane Smith",
        Some("+441234567891"),
    ),
    person(
        "adm-001",
        "admin@company.com",
        "Admin",
        Some("+441234567892"),
    ),
    SeedPerson {
        id: "gst-001",
        upn: "guest_partner.example.com#EXT#@company.com",
        email: "guest@partner.example.com",
        display_name: "Guest",
        mobile_phone: Some("+441234567893"),
    },
    person(
        "syn-001",
        "synced@company.com",
        "Synced User",
        Some("+441234567894"),
    ),
    person("nop-001", "nophone@company.com", "No Phone", None),
];

const fn person(
    id: &'static str,
    email: &'static str,
    display_name: &'static str,
    mobile_phone: Option<&'static str>,
) -> SeedPerson {
    SeedPerson {
        id,
        upn: email,
        email,
        display_name,
        mobile_phone,
    }
}

pub(crate) fn people() -> Vec<Person> {
    let mut people: Vec<Person> = (101..)
        .zip(SEED)
        .map(|(halo_id, seed)| Person {
            display_name: Some(seed.display_name.into()),
            mail: Some(seed.email.into()),
            mobile_phone: seed.mobile_phone.map(Into::into),
            ..Person::new(seed.id.into(), seed.upn.into(), halo_id)
        })
        .collect();
    for person in &mut people {
        match person.id.as_str() {
            "abc-123" => {
                person.given_name = Some("John".into());
                person.surname = Some("Doe".into());
                person.groups = vec!["deskhand-agents".into()];
                person.job_title = Some("Engineer".into());
                person.department = Some("Engineering".into());
                person.manager = Some("jane.smith@company.com".into());
            }
            "def-456" => {
                person.given_name = Some("Jane".into());
                person.surname = Some("Smith".into());
                person.groups = vec!["deskhand-approvers".into()];
                person.job_title = Some("Engineering Manager".into());
                person.department = Some("Engineering".into());
            }
            "adm-001" => {
                person.directory_roles = vec!["Global Administrator".into()];
                person.groups = vec!["deskhand-admins".into()];
            }
            "gst-001" => person.user_type = "Guest".into(),
            "syn-001" => person.on_premises_sync_enabled = Some(true),
            _ => {}
        }
        if person.department.is_none() && person.user_type == "Member" {
            person.department = Some("Operations".into());
        }
    }
    people
}
