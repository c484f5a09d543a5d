//! A playbook as somebody is about to change it: the tenant's own, or the one it has from the tenant above.

use audit::{Actor, Entry};
use domain::{PlaybookName, Tenant};
use jiff::Timestamp;
use kit::{App, Problem};
use playbook::Version;
use store::{PlaybookRow, VersionRow};

/// The largest number on either side of a version's point.
const LAST: u32 = 999_999;

/// A playbook as it stands.
pub(crate) struct Held {
    /// The tenant's own row, which a change was seen on; none while the playbook is inherited.
    pub(crate) own: Option<PlaybookRow>,
    /// As it stands: the own row, or what the first of its own begins with.
    pub(crate) row: PlaybookRow,
    /// The newest version here and above.
    newest: Version,
}

/// There is no such playbook.
pub(crate) fn unknown(name: &PlaybookName) -> Problem {
    Problem::not_found("playbook").with("playbook_id", name.as_str())
}

/// The playbook that a name stands for.
///
/// # Errors
/// 404 when there is none, or the tenant has deleted it.
pub(crate) async fn held(app: &App, tenant: &Tenant, name: &PlaybookName) -> Result<Held, Problem> {
    let own = app.store().playbook(tenant, name).await?;
    let above = app.store().playbook_above(tenant, name).await?;
    let newest = newest(own.as_ref(), above.as_ref())?;
    let row = match &own {
        Some(own) => Some(own.clone()),
        None => above.map(|above| first_of_own(&above)),
    };
    let row = row.filter(|row| !row.is_deleted());
    match (row, newest) {
        (Some(row), Some(newest)) => Ok(Held { own, row, newest }),
        _ => Err(unknown(name)),
    }
}

/// The newest version of two rows. Numbers go on behind both, so that within a tenant a number is one text for ever.
pub(crate) fn newest(
    own: Option<&PlaybookRow>,
    above: Option<&PlaybookRow>,
) -> Result<Option<Version>, Problem> {
    let numbers = own.into_iter().chain(above);
    let numbers = numbers.map(|row| row.latest_version.parse::<Version>());
    let numbers: Vec<Version> = numbers
        .collect::<Result<_, _>>()
        .map_err(|error| Problem::internal(&error))?;
    Ok(numbers.into_iter().max())
}

/// The version behind this one.
pub(crate) fn following(version: Version) -> Result<Version, Problem> {
    if version.minor >= LAST {
        let message = "this playbook has a million versions; make another playbook";
        return Err(Problem::conflict("VERSIONS_SPENT", message));
    }
    Ok(Version {
        minor: version.minor + 1,
        ..version
    })
}

/// The tenant's own row of a playbook that it has from above, before its first change.
fn first_of_own(above: &PlaybookRow) -> PlaybookRow {
    PlaybookRow {
        enabled: above.enabled,
        active_version: above.active_version.clone(),
        deleted_at: above.deleted_at,
        ..PlaybookRow::new(
            above.name.clone(),
            above.latest_version.clone(),
            above.created_at,
        )
    }
}

impl Held {
    /// Whether the tenant has it from above.
    pub(crate) fn is_inherited(&self) -> bool {
        self.own.is_none()
    }

    /// The number of the next version.
    pub(crate) fn next_version(&self) -> Result<Version, Problem> {
        following(self.newest)
    }

    /// The version that runs, while one does.
    pub(crate) fn running(&self) -> Option<&str> {
        self.row
            .active_version
            .as_deref()
            .filter(|_| self.row.enabled)
    }

    /// What a change records: first that an inherited playbook is one's own from now on, then what was done.
    pub(crate) fn entries(&self, now: Timestamp, actor: &Actor, done: Entry) -> Vec<Entry> {
        let overridden = self.is_inherited().then(|| {
            Entry::new(now, actor.clone(), "playbook.overridden")
                .fact("latest_version", self.row.latest_version.as_str())
                .fact("active_version", self.running().map(str::to_owned))
        });
        overridden.into_iter().chain([done]).collect()
    }

    /// The version that is shown: the one that runs or ran last, else the latest.
    pub(crate) async fn shown(&self, app: &App, tenant: &Tenant) -> Result<VersionRow, Problem> {
        let row = &self.row;
        let number = row.active_version.as_ref().unwrap_or(&row.latest_version);
        let found = app.store().playbook_version_of(tenant, &row.name, number);
        found.await?.ok_or_else(|| unknown(&row.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(latest: &str) -> PlaybookRow {
        let name = PlaybookName::parse("unlock").unwrap();
        PlaybookRow::new(name, latest, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn numbers_go_on_behind_ones_own_and_the_one_aboves() {
        let next = |own: Option<&PlaybookRow>, above: Option<&PlaybookRow>| {
            let newest = newest(own, above).unwrap()?;
            Some(following(newest).unwrap().to_string())
        };
        let (nine, ten) = (row("1.9"), row("1.10"));
        assert_eq!(next(Some(&nine), Some(&ten)).as_deref(), Some("1.11"));
        assert_eq!(next(Some(&ten), Some(&nine)).as_deref(), Some("1.11"));
        assert_eq!(next(None, Some(&nine)).as_deref(), Some("1.10"));
        assert_eq!(next(None, None), None);
        assert!(following("1.999999".parse().unwrap()).is_err());
    }

    #[test]
    fn ones_own_begins_as_the_one_above_stands_and_with_a_chain_of_its_own() {
        let above = PlaybookRow {
            enabled: true,
            active_version: Some("1.2".into()),
            rev: 7,
            ..row("1.3")
        };
        let own = first_of_own(&above);
        assert_eq!((own.rev, own.chain.seq), (0, 0));
        assert_eq!(
            (own.enabled, own.active_version.as_deref()),
            (true, Some("1.2"))
        );
    }
}
