//! How much of `CloudFormation`'s 500 resources the product takes.

use crate::template::Template;
use serde_json::Value;

/// What we allow ourselves.
const BUDGET: usize = 440;

/// What a resource becomes when SAM has transformed it: counted here by SAM's documented rules, for the properties we use.
fn becomes(resource: &Value) -> usize {
    let properties = &resource["Properties"];
    match resource["Type"].as_str().unwrap() {
        // The API, its deployment and its stage.
        "AWS::Serverless::Api" => 3,
        // The machine; a role of its own where it is given none.
        "AWS::Serverless::StateMachine" => 1 + usize::from(properties["Role"].is_null()),
        "AWS::Serverless::Function" => {
            let events = properties["Events"].as_object().into_iter().flatten();
            let role = usize::from(properties["Role"].is_null());
            1 + role + events.map(|(_, event)| event_becomes(event)).sum::<usize>()
        }
        other => {
            assert!(
                !other.starts_with("AWS::Serverless::"),
                "say what {other} becomes"
            );
            1
        }
    }
}

fn event_becomes(event: &Value) -> usize {
    match event["Type"].as_str().unwrap() {
        // An event source mapping.
        "SQS" => 1,
        // A rule, and its permission to call the function.
        "Schedule" => 2,
        other => panic!("say what an event {other} becomes"),
    }
}

#[test]
fn the_transformed_template_stays_in_its_budget() {
    let template = Template::read();
    let resources = template.value()["Resources"].as_object().unwrap();
    let count: usize = resources.values().map(becomes).sum();
    assert!(count > resources.len(), "{count}");
    assert!(
        count <= BUDGET,
        "{count} resources; CloudFormation takes 500, and we stop at {BUDGET}"
    );
}

#[test]
fn the_template_is_far_from_the_megabyte_that_cloudformation_takes() {
    assert!(crate::project::text("template.yaml").len() < 500_000);
}
