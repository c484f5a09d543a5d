//! Who is in the directory when the sandbox starts or is reset.

use crate::{
    groups::Group,
    licences::{Held, Sku},
    people::Person,
};

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

/// A seeded group's fixed facts.
#[derive(Debug, Clone, Copy)]
pub struct SeedGroup {
    /// The directory's object id.
    pub id: &'static str,
    /// Name as people see it.
    pub display_name: &'static str,
    /// Ids of its direct members.
    pub members: &'static [&'static str],
}

/// The seeded groups. Jane owns the first; it is in the second. Four that nobody outside may change the members of follow, each for
/// a reason of its own, then one that an application may although it has an address, then the one that gives a licence.
pub const SEED_GROUPS: &[SeedGroup] = &[
    group("grp-sales", "Sales", &["def-456"]),
    group("grp-staff", "All staff", &["grp-sales", "nop-001"]),
    group(
        "grp-engineers",
        "Engineers (by rule)",
        &["abc-123", "def-456"],
    ),
    group("grp-finance", "Finance (on-premises)", &["syn-001"]),
    group("grp-news", "News (Exchange)", &["def-456"]),
    group("grp-admins", "Administrators (roles)", &["adm-001"]),
    group("grp-project", "Project (Microsoft 365)", &["def-456"]),
    group("grp-office", "Office licence", &["def-456"]),
];

/// A licence with free seats, which Jane holds directly: `POWER_BI_PRO`.
pub const LICENCE_FREE: &str = "f8a1db68-be16-40ed-86d5-cb42ce701560";
/// A licence without a free seat: `VISIOCLIENT`.
pub const LICENCE_FULL: &str = "c5928f49-12ba-48f7-ada3-0d743a3601d5";
/// A licence with free seats, which the members of `grp-office` hold: `ENTERPRISEPACK`.
pub const LICENCE_OF_GROUP: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";

const fn group(
    id: &'static str,
    display_name: &'static str,
    members: &'static [&'static str],
) -> SeedGroup {
    SeedGroup {
        id,
        display_name,
        members,
    }
}

pub(crate) fn groups() -> Vec<Group> {
    let made = SEED_GROUPS.iter().map(|seed| {
        let mut group = Group::new(seed.id, seed.display_name);
        group.members = seed.members.iter().map(|&id| id.into()).collect();
        let has_address = matches!(seed.id, "grp-news" | "grp-project");
        group.mail_enabled = has_address;
        group.mail = has_address.then(|| format!("{}@company.com", &seed.id[4..]));
        match seed.id {
            "grp-sales" => group.owners = vec!["def-456".into()],
            "grp-engineers" => {
                group.kinds = vec!["DynamicMembership".into()];
                group.membership_rule = Some("user.department -eq \"Engineering\"".into());
            }
            "grp-finance" => group.on_premises_sync_enabled = Some(true),
            "grp-admins" => group.is_assignable_to_role = Some(true),
            "grp-project" => {
                group.kinds = vec!["Unified".into()];
                group.security_enabled = false;
            }
            "grp-office" => group.licences = vec![LICENCE_OF_GROUP.into()],
            _ => {}
        }
        group
    });
    made.collect()
}

pub(crate) fn skus() -> Vec<Sku> {
    let sku = |id: &str, part_number: &str, enabled, others| Sku {
        id: id.into(),
        part_number: part_number.into(),
        enabled,
        suspended: 0,
        others,
    };
    vec![
        sku(LICENCE_OF_GROUP, "ENTERPRISEPACK", 25, 14),
        sku(LICENCE_FREE, "POWER_BI_PRO", 10, 2),
        sku(LICENCE_FULL, "VISIOCLIENT", 2, 2),
    ]
}

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
                person.licences = vec![Held {
                    sku_id: LICENCE_FREE.into(),
                    disabled_plans: Vec::new(),
                }];
                person.job_title = Some("Engineering Manager".into());
                person.department = Some("Engineering".into());
            }
            "adm-001" => {
                person.directory_roles = vec!["Global Administrator".into()];
                person.groups = vec!["deskhand-admins".into()];
            }
            "gst-001" => person.user_type = "Guest".into(),
            "syn-001" => person.on_premises_sync_enabled = Some(true),
            "nop-001" => person.usage_location = None,
            _ => {}
        }
        if person.department.is_none() && person.user_type == "Member" {
            person.department = Some("Operations".into());
        }
    }
    people
}
