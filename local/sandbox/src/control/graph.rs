//! `GET|POST /_sandbox/graph`: how Graph behaves as a whole.

use axum::{Json, extract::State};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Body;
use crate::world::{self, World};

/// Back to these with every reset.
pub(crate) struct Settings {
    /// The tenant has paid for risk detection.
    pub(crate) risk_detection: bool,
    /// Application permissions that we were not given.
    pub(crate) withheld: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            risk_detection: true,
            withheld: Vec::new(),
        }
    }
}

/// What a caller may set; what it leaves out stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    lag_ms: Option<u32>,
    risk_detection: Option<bool>,
    withheld: Option<Vec<String>>,
}

pub(super) async fn set(State(world): State<World>, Body(change): Body<Change>) -> Json<Value> {
    world.with(|state| {
        if let Some(lag) = change.lag_ms {
            state.past.forget();
            state.past.lag = SignedDuration::from_millis(lag.into());
        }
        if let Some(bought) = change.risk_detection {
            state.settings.risk_detection = bought;
        }
        if let Some(withheld) = change.withheld {
            state.settings.withheld = withheld;
        }
        Json(shown(state))
    })
}

pub(super) async fn get(State(world): State<World>) -> Json<Value> {
    world.with(|state| Json(shown(state)))
}

fn shown(state: &world::State) -> Value {
    json!({
        "lag_ms": i64::try_from(state.past.lag.as_millis()).unwrap_or(i64::MAX),
        "risk_detection": state.settings.risk_detection,
        "withheld": state.settings.withheld,
    })
}
