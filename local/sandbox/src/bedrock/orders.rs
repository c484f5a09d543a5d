//! What the model was told to say about which text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One answer, for the next text that holds these words.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Part of the text.
    about: String,
    /// The tool's input; without it the model calls no tool.
    #[serde(default)]
    pub(super) input: Option<Value>,
}

#[derive(Default)]
pub(crate) struct Orders(Vec<Order>);

impl Orders {
    pub(crate) fn add(&mut self, order: Order) {
        self.0.push(order);
    }

    /// The first order about this text, which is carried out with it.
    pub(super) fn take(&mut self, text: &str) -> Option<Order> {
        let at = self
            .0
            .iter()
            .position(|order| text.contains(&order.about))?;
        Some(self.0.remove(at))
    }
}
