//! Components, as the account's list shows them. It shows neither their text nor when they were changed.

use crate::door::Door;
use domain::{ScriptHash, ScriptId};
use ports::{CallError, Covers, Script};
use serde::Deserialize;
use serde_json::{Map, Value};
use vendor_http::Deadline;

const PAGE: usize = 250;
const MOST_PAGES: usize = 20;
const HASHED: [&str; 7] = [
    "uid",
    "id",
    "name",
    "description",
    "categoryCode",
    "credentialsRequired",
    "variables",
];

/// A component of the account.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Component(Map<String, Value>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_details: Option<Details>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    next_page_url: Option<String>,
}

impl Component {
    fn text(&self, member: &str) -> &str {
        self.0.get(member).and_then(Value::as_str).unwrap_or("")
    }

    fn variables(&self) -> &[Value] {
        match self.0.get("variables") {
            Some(Value::Array(variables)) => variables,
            _ => &[],
        }
    }

    /// Whether it takes a variable of this name.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.variables()
            .iter()
            .any(|variable| variable["name"].as_str() == Some(name))
    }

    /// The hash over all that the list says of it; the order of variables does not count.
    pub(crate) fn hash(&self) -> ScriptHash {
        let mut said: Map<String, Value> = HASHED
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.0.get(*name)?.clone())))
            .filter(|(_, value)| !value.is_null())
            .collect();
        if let Some(Value::Array(variables)) = said.get_mut("variables") {
            variables.sort_by_key(|variable| variable["name"].to_string());
        }
        said.insert("vendor".into(), "datto".into());
        ScriptHash::of(&Value::Object(said))
    }

    pub(crate) fn read(&self, id: ScriptId) -> Script {
        Script {
            id,
            name: self.text("name").to_owned(),
            hash: self.hash(),
            covers: Covers::Interface,
        }
    }
}

impl Door {
    /// The component with this uid. There is no call for one alone.
    pub(crate) async fn component(
        &self,
        id: &ScriptId,
        by: Deadline,
    ) -> Result<Component, CallError> {
        for page in 0..MOST_PAGES {
            let path = format!("account/components?page={page}&max={PAGE}");
            let page: Page = self.read(&path, "list of components", by).await?;
            let mut components = page.components.into_iter();
            if let Some(found) = components.find(|one| one.text("uid") == id.as_str()) {
                return Ok(found);
            }
            if page
                .page_details
                .and_then(|page| page.next_page_url)
                .is_none()
            {
                return Err(self.vendor().not_found("component"));
            }
        }
        Err(self
            .vendor()
            .unavailable("its list of components does not end"))
    }
}
