//! What Converse is asked, and what the model says.

use serde::Deserialize;
use serde_json::{Value, json};

use super::orders::Order;

/// A request with one tool that has to be called.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    messages: Vec<Message>,
    tool_config: ToolConfig,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: Vec<Block>,
}

#[derive(Deserialize)]
struct Block {
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolConfig {
    tools: Vec<Tool>,
    tool_choice: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tool {
    tool_spec: ToolSpec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolSpec {
    name: String,
    input_schema: Value,
}

/// What is asked: a text, a tool, its one argument and what that may be.
pub(super) struct Asked {
    pub(super) text: String,
    tool: String,
    argument: String,
    offered: Vec<String>,
}

impl Asked {
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let request: Request = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let [Message { role, content }] = request.messages.as_slice() else {
            return Err("The sandbox answers one message.".to_owned());
        };
        let [Block { text }] = content.as_slice() else {
            return Err("The sandbox answers one text.".to_owned());
        };
        let [Tool { tool_spec }] = request.tool_config.tools.as_slice() else {
            return Err("The sandbox knows requests with one tool.".to_owned());
        };
        if role != "user" {
            return Err("A conversation must start with a user message.".to_owned());
        }
        if request.tool_config.tool_choice != json!({"tool": {"name": tool_spec.name}}) {
            return Err("The sandbox calls the tool that it has to call.".to_owned());
        }
        let properties = tool_spec.input_schema["json"]["properties"].as_object();
        let argument = properties.and_then(|properties| properties.iter().next());
        let (argument, schema) = argument.ok_or("The tool's schema has no property.")?;
        let offered = schema["enum"].as_array().into_iter().flatten();
        Ok(Self {
            text: text.clone(),
            tool: tool_spec.name.clone(),
            argument: argument.clone(),
            offered: offered
                .filter_map(|one| one.as_str().map(str::to_owned))
                .collect(),
        })
    }

    /// The answer: as ordered, else the choice that the text says every word of, else the last.
    pub(super) fn answer(&self, order: Option<Order>) -> Value {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let heard = |choice: &&String| choice.split('_').all(|word| words.contains(&word));
        let choice = self.offered.iter().find(heard).or(self.offered.last());
        let input = match order {
            Some(Order {
                input: Some(input), ..
            }) => input,
            Some(Order { input: None, .. }) => {
                return answer(
                    "end_turn",
                    &json!([{"text": "I would rather talk about it."}]),
                );
            }
            None => json!({&self.argument: choice}),
        };
        let call =
            json!({"toolUse": {"toolUseId": "tooluse_sandbox", "name": self.tool, "input": input}});
        answer("tool_use", &json!([call]))
    }
}

fn answer(stop_reason: &str, content: &Value) -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 400, "outputTokens": 40, "totalTokens": 440},
        "metrics": {"latencyMs": 1},
    })
}
