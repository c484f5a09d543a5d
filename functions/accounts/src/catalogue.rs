//! The playbooks that every tenant has from the start, and the one of them that is switched on.

use audit::{Actor, Entry};
use desk::{Raced, retried};
use domain::{PlaybookName, Tenant};
use futures::future::try_join_all;
use jiff::Timestamp;
use kit::{App, Problem};
use playbook::{CATALOGUE, PlaybookVersion};
use store::{PlaybookRow, VersionRow, Write};

/// The author of the catalogue's versions.
const AUTHOR: &str = "catalogue";
/// What a new tenant runs. The others stand beside it, disabled, until somebody of the tenant activates them.
const SWITCHED_ON: &str = "password_reset";

/// A text of the catalogue that is no playbook. A test holds that there is none.
#[derive(Debug, thiserror::Error)]
#[error("a playbook of the catalogue cannot be read: {0}")]
struct Flawed(String);

/// Copies the catalogue into the tenant's playbooks, what is missing of it in one write. What is there already stays, so it can
/// be repeated after a deployment that brings new versions.
///
/// # Errors
/// When the tables cannot be asked, or a version has another text here than the catalogue says.
pub(crate) async fn copy_catalogue(app: &App, tenant: &Tenant) -> Result<(), Problem> {
    let read = CATALOGUE.iter().map(|text| read(text));
    let versions: Vec<PlaybookVersion> = read
        .collect::<Result<_, _>>()
        .map_err(|flawed| Problem::internal(&flawed))?;
    retried(|| async {
        let looked = versions.iter().map(|version| missing(app, tenant, version));
        let missing: Vec<Missing> = try_join_all(looked).await?.into_iter().flatten().collect();
        if missing.is_empty() {
            return Ok::<_, Raced>(());
        }
        let write = app.store().write(tenant, "catalogue copied");
        let write = missing.iter().fold(write, |write, one| one.add(write));
        Ok(write.commit().await?)
    })
    .await
}

fn read(text: &str) -> Result<PlaybookVersion, Flawed> {
    playbook::parse(text)
        .map_err(|flaws| Flawed(flaws.first().map_or_else(String::new, ToString::to_string)))
}

/// A playbook of the catalogue that the tenant has not, or not so.
struct Missing {
    seen: Option<PlaybookRow>,
    next: PlaybookRow,
    new: VersionRow,
    /// Whether the version is there already.
    saved: bool,
}

impl Missing {
    fn add<'w>(&self, write: Write<'w>) -> Write<'w> {
        let by = Actor::System("create_tenant".to_owned());
        let entry = Entry::new(self.new.created_at, by, "playbook.catalogue_copied")
            .fact("version", self.new.version.as_str())
            .fact("checksum", self.new.checksum.as_str())
            .fact("active_version", self.next.active_version.clone());
        let write = write.playbook(self.seen.as_ref(), &self.next, vec![entry]);
        if self.saved {
            write
        } else {
            write.playbook_version(&self.new)
        }
    }
}

/// What the tenant lacks of a playbook.
async fn missing(
    app: &App,
    tenant: &Tenant,
    version: &PlaybookVersion,
) -> Result<Option<Missing>, Problem> {
    let store = app.store();
    let arn = app.machines().catalogue_arn(version.name.as_str());
    let new = version_row(version, arn, app.clock().now())?;
    let (name, number) = (&new.name, &new.version);
    let (seen, saved) = tokio::try_join!(
        store.playbook(tenant, name),
        store.playbook_version(tenant, name, number)
    )?;
    let active = match seen.as_ref().and_then(|row| row.active_version.as_ref()) {
        Some(active) => store.playbook_version(tenant, name, active).await?,
        None => None,
    };
    let next = pointed(seen.as_ref(), active.as_ref(), &new);
    if saved
        .as_ref()
        .is_some_and(|saved| saved.checksum != new.checksum)
    {
        let message = format!(
            "this tenant has another text of {name} {number}; give the catalogue's text a new version"
        );
        return Err(Problem::conflict("VERSION_CHANGED", message));
    }
    let saved = saved.is_some();
    if saved && seen.as_ref() == Some(&next) {
        return Ok(None);
    }
    Ok(Some(Missing {
        seen,
        next,
        new,
        saved,
    }))
}

fn version_row(
    version: &PlaybookVersion,
    machine_arn: String,
    now: Timestamp,
) -> Result<VersionRow, Problem> {
    Ok(VersionRow {
        name: PlaybookName::parse(version.name.as_str())
            .map_err(|error| Problem::internal(&error))?,
        version: version.version.to_string(),
        checksum: version.checksum(),
        definition: version.to_json(),
        machine_arn,
        created_at: now,
        author: AUTHOR.to_owned(),
    })
}

/// The playbook's row with the catalogue's version in it.
///
/// A catalogue's playbook has one machine, which runs the version it was deployed with. So that version becomes active,
/// unless the tenant runs a version of its own; and whether the playbook is enabled stays the tenant's to say.
fn pointed(
    seen: Option<&PlaybookRow>,
    active: Option<&VersionRow>,
    new: &VersionRow,
) -> PlaybookRow {
    let Some(seen) = seen else {
        let enabled = new.name.as_str() == SWITCHED_ON;
        return PlaybookRow {
            enabled,
            active_version: enabled.then(|| new.version.clone()),
            ..PlaybookRow::new(new.name.clone(), new.version.as_str(), new.created_at)
        };
    };
    let mut next = seen.clone();
    if active.is_some_and(|active| active.author == AUTHOR) {
        next.active_version = Some(new.version.clone());
    }
    let number = |text: &str| text.parse::<playbook::Version>().ok();
    if number(&new.version) > number(&seen.latest_version) {
        next.latest_version.clone_from(&new.version);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn saved(version: &str, author: &str) -> VersionRow {
        let read = read(CATALOGUE[0]).unwrap();
        let row = version_row(&read, "arn".into(), Timestamp::UNIX_EPOCH).unwrap();
        VersionRow {
            version: version.into(),
            author: author.into(),
            ..row
        }
    }

    #[test]
    fn every_text_is_a_playbook_and_is_kept_in_its_canonical_form() {
        for text in CATALOGUE {
            let version = read(text).unwrap();
            let row = version_row(&version, "arn".into(), Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(hex::encode(Sha256::digest(&row.definition)), row.checksum);
            assert_eq!(
                serde_json::from_str::<PlaybookVersion>(&row.definition).unwrap(),
                version
            );
        }
    }

    #[test]
    fn a_new_tenant_has_every_playbook_and_one_that_runs() {
        let mut running = Vec::new();
        for text in CATALOGUE {
            let version = read(text).unwrap();
            let new = version_row(&version, "arn".into(), Timestamp::UNIX_EPOCH).unwrap();
            let row = pointed(None, None, &new);
            assert_eq!(row.latest_version, new.version);
            assert_eq!(row.active_version.is_some(), row.enabled, "{}", row.name);
            running.extend(row.enabled.then(|| row.name.to_string()));
        }
        assert_eq!(running, [SWITCHED_ON]);
    }

    #[test]
    fn a_newer_text_of_what_was_never_switched_on_switches_nothing_on() {
        let never = PlaybookRow::new(
            PlaybookName::parse("new_starter").unwrap(),
            "1.0",
            Timestamp::UNIX_EPOCH,
        );
        let next = pointed(Some(&never), None, &saved("1.1", AUTHOR));
        assert_eq!(
            (next.enabled, next.active_version.as_deref()),
            (false, None)
        );
        assert_eq!(next.latest_version, "1.1");
    }

    #[test]
    fn a_newer_catalogue_takes_the_place_of_an_older_one_and_enables_nothing() {
        let first = pointed(None, None, &saved("1.2", AUTHOR));
        let disabled = PlaybookRow {
            enabled: false,
            rev: 3,
            ..first
        };
        let next = pointed(
            Some(&disabled),
            Some(&saved("1.2", AUTHOR)),
            &saved("1.10", AUTHOR),
        );
        assert_eq!((next.enabled, next.rev), (false, 3));
        assert_eq!(
            (next.active_version.as_deref(), next.latest_version.as_str()),
            (Some("1.10"), "1.10")
        );
    }

    #[test]
    fn a_version_of_the_tenants_own_stays_active() {
        let first = pointed(None, None, &saved("1.2", AUTHOR));
        let own = PlaybookRow {
            active_version: Some("1.5".into()),
            latest_version: "1.5".into(),
            ..first
        };
        let next = pointed(
            Some(&own),
            Some(&saved("1.5", "jane.smith@company.com")),
            &saved("1.3", AUTHOR),
        );
        assert_eq!(next, own);
    }
}
