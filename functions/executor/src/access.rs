//! Memberships and licences.

use crate::looked::{Look, Refused};
use crate::vendors::Vendors;
use domain::{Access, GroupId, SkuId, UserId};
use ports::{CallError, Holding};
use serde_json::Map;

/// Whether somebody may be given it.
pub(crate) async fn before_grant(
    vendors: &Vendors,
    user: &UserId,
    access: &Access,
) -> Result<Look, CallError> {
    match access {
        Access::Group(group) => {
            let there = vendors.groups.group(group).await?;
            if vendors.groups.is_member(group, user).await? {
                return Ok(Look::Already);
            }
            Ok(there.closed().map_or_else(needed, closed))
        }
        Access::Licence(sku) => before_licence(vendors, user, sku).await,
    }
}

async fn before_licence(vendors: &Vendors, user: &UserId, sku: &SkuId) -> Result<Look, CallError> {
    let licence = vendors.licences.licence(sku).await?;
    if vendors.licences.holding(sku, user).await? != Holding::None {
        return Ok(Look::Already);
    }
    if licence.taken >= licence.seats {
        let why = format!(
            "all {} seats of {} are taken; free one or buy another",
            licence.seats, licence.part_number
        );
        return Ok(Refused::conflict("NO_LICENSES", why));
    }
    let account = vendors.accounts.account(user).await?;
    if account.usage_location.is_none() {
        return Ok(Refused::conflict(
            "USAGE_LOCATION_MISSING",
            "this user has no usage location, which a licence needs; set it in the directory first",
        ));
    }
    Ok(needed())
}

/// Whether it may be taken from somebody.
pub(crate) async fn before_revoke(
    vendors: &Vendors,
    user: &UserId,
    access: &Access,
) -> Result<Look, CallError> {
    match access {
        Access::Group(group) => before_leaving(vendors, user, group).await,
        Access::Licence(sku) => Ok(match vendors.licences.holding(sku, user).await? {
            Holding::None => Look::Already,
            Holding::Direct => needed(),
            Holding::ByGroup => Refused::conflict(
                "HELD_BY_GROUP",
                "a group gives this user the licence; take them out of that group instead",
            ),
        }),
    }
}

async fn before_leaving(
    vendors: &Vendors,
    user: &UserId,
    group: &GroupId,
) -> Result<Look, CallError> {
    let there = vendors.groups.group(group).await?;
    if !vendors.groups.is_member(group, user).await? {
        return Ok(Look::Already);
    }
    if let Some(why) = there.closed() {
        return Ok(closed(why));
    }
    if vendors.groups.owners(group).await? == [user.clone()] {
        return Ok(Refused::conflict(
            "LAST_OWNER",
            "this user is the group's last owner; make another one first",
        ));
    }
    Ok(needed())
}

fn needed() -> Look {
    Look::Needed(Map::new())
}

fn closed(why: &str) -> Look {
    Refused::conflict(
        "GROUP_CLOSED",
        format!("this group's members cannot be changed here: {why}"),
    )
}

/// Gives it.
pub(crate) async fn give(
    vendors: &Vendors,
    user: &UserId,
    access: &Access,
    call_id: &str,
) -> Result<(), CallError> {
    match access {
        Access::Group(group) => vendors.groups.add_member(group, user, call_id).await,
        Access::Licence(sku) => vendors.licences.assign(sku, user, call_id).await,
    }
}

/// Takes it away.
pub(crate) async fn take(
    vendors: &Vendors,
    user: &UserId,
    access: &Access,
    call_id: &str,
) -> Result<(), CallError> {
    match access {
        Access::Group(group) => vendors.groups.remove_member(group, user, call_id).await,
        Access::Licence(sku) => vendors.licences.unassign(sku, user, call_id).await,
    }
}

/// Whether the directory shows that it was taken. What a group gives besides is not ours to take.
pub(crate) async fn is_gone(
    vendors: &Vendors,
    user: &UserId,
    access: &Access,
) -> Result<bool, CallError> {
    match access {
        Access::Group(group) => Ok(!vendors.groups.is_member(group, user).await?),
        Access::Licence(sku) => Ok(vendors.licences.holding(sku, user).await? != Holding::Direct),
    }
}

/// Whether the directory shows it.
pub(crate) async fn holds(
    vendors: &Vendors,
    user: &UserId,
    access: &Access,
) -> Result<bool, CallError> {
    match access {
        Access::Group(group) => vendors.groups.is_member(group, user).await,
        Access::Licence(sku) => Ok(vendors.licences.holding(sku, user).await? != Holding::None),
    }
}
