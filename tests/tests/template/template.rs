//! What the template says: its functions, roles and statements.

use crate::project;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The template.
pub(crate) struct Template(Value);

/// A function as the template has it.
pub(crate) struct Function {
    pub(crate) logical_id: String,
    pub(crate) name: String,
    pub(crate) operation: String,
    pub(crate) service: String,
    pub(crate) binary: String,
    pub(crate) role: String,
    pub(crate) log: String,
    pub(crate) timeout: u64,
    /// Environment variables of its own, each with the resource it refers to.
    pub(crate) env: BTreeMap<String, String>,
    /// The queues it consumes.
    pub(crate) consumes: BTreeSet<String>,
    /// Whether a schedule calls it.
    pub(crate) scheduled: bool,
}

/// One statement of a policy: actions on resources.
pub(crate) struct Statement {
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
}

impl Template {
    pub(crate) fn read() -> Self {
        Self(project::yaml("template.yaml"))
    }

    /// All of it.
    pub(crate) fn value(&self) -> &Value {
        &self.0
    }

    /// The resources of one type.
    pub(crate) fn of_type(&self, kind: &str) -> BTreeMap<&str, &Value> {
        let resources = self.0["Resources"].as_object().unwrap();
        resources
            .iter()
            .filter(|(_, resource)| resource["Type"] == kind)
            .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
            .collect()
    }

    pub(crate) fn functions(&self) -> Vec<Function> {
        let default = self.0["Globals"]["Function"]["Timeout"].as_u64().unwrap();
        self.of_type("AWS::Serverless::Function")
            .into_iter()
            .map(|(logical_id, properties)| self.function(logical_id, properties, default))
            .collect()
    }

    fn function(&self, logical_id: &str, properties: &Value, default: u64) -> Function {
        let metadata = &self.0["Resources"][logical_id]["Metadata"];
        assert_eq!(metadata["BuildMethod"], "rust-cargolambda", "{logical_id}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let events = properties["Events"].as_object().into_iter().flatten();
        let events: Vec<&Value> = events.map(|(_, event)| event).collect();
        let env = properties["Environment"]["Variables"]
            .as_object()
            .into_iter()
            .flatten();
        Function {
            logical_id: logical_id.to_owned(),
            name: text(&properties["FunctionName"]["Fn::Sub"]),
            operation: text(&properties["Handler"]),
            service: text(&properties["CodeUri"])
                .trim_start_matches("functions/")
                .to_owned(),
            binary: text(&metadata["BuildProperties"]["Binary"]),
            role: text(&properties["Role"]["Fn::GetAtt"][0]),
            log: text(&properties["LoggingConfig"]["LogGroup"]["Ref"]),
            timeout: properties["Timeout"].as_u64().unwrap_or(default),
            env: env
                .map(|(name, value)| {
                    let arn = &value["Fn::GetAtt"][0];
                    let named = if arn.is_string() { arn } else { &value["Ref"] };
                    (name.clone(), text(named))
                })
                .collect(),
            consumes: events
                .iter()
                .filter(|event| event["Type"] == "SQS")
                .map(|event| text(&event["Properties"]["Queue"]["Fn::GetAtt"][0]))
                .collect(),
            scheduled: events.iter().any(|event| event["Type"] == "Schedule"),
        }
    }

    /// The statements of every role, by the role's logical id.
    pub(crate) fn roles(&self) -> BTreeMap<&str, Vec<Statement>> {
        let roles = self.of_type("AWS::IAM::Role");
        roles
            .into_iter()
            .map(|(name, role)| (name, statements(role)))
            .collect()
    }
}

fn statements(role: &Value) -> Vec<Statement> {
    let policies = role["Policies"].as_array().into_iter().flatten();
    policies
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
        .map(|statement| {
            // One that a parameter switches on.
            let statement = statement.pointer("/Fn::If/1").unwrap_or(statement);
            assert_eq!(statement["Effect"], "Allow", "{statement}");
            Statement {
                actions: many(&statement["Action"])
                    .iter()
                    .map(|action| action.as_str().unwrap().to_owned())
                    .collect(),
                resources: many(&statement["Resource"])
                    .into_iter()
                    .map(resource)
                    .collect(),
            }
        })
        .collect()
}

fn many(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |items| items.iter().collect())
}

/// A resource in one word: a logical id, `<logical id>/<index>`, `secret <integration>`, `machine <name>`, `mail` for what SES
/// sends from, `model` at Bedrock, or the text itself.
fn resource(value: &Value) -> String {
    if let Some(named) = value["Fn::GetAtt"].as_array() {
        return named[0].as_str().unwrap().to_owned();
    }
    let text = value["Fn::Sub"].as_str().or(value.as_str()).unwrap();
    if let Some((table, index)) = text.split_once(".Arn}/index/") {
        return format!("{}/{index}", table.trim_start_matches("${"));
    }
    if let Some((_, secret)) = text.split_once(":secret:${AWS::StackName}/*/") {
        let integration = secret
            .strip_suffix("-??????")
            .expect("a secret's ARN ends in a dash and six characters");
        return format!("secret {integration}");
    }
    if text.contains(":ses:") {
        return "mail".to_owned();
    }
    if text.contains(":bedrock:") {
        return "model".to_owned();
    }
    match text.split_once(":stateMachine:${AWS::StackName}-") {
        Some((_, name)) => format!("machine {name}"),
        None => text.to_owned(),
    }
}
