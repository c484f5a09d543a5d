//! What policies may say.

use crate::template::{Statement, Template};
use std::collections::BTreeSet;

/// Actions that have no resource type: with these, and no others, a policy says `Resource: "*"`.
const WITHOUT_RESOURCE: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
];

/// What no function does: read a whole table, or remove one.
const NEVER: [&str; 4] = [
    "dynamodb:Scan",
    "dynamodb:DeleteTable",
    "dynamodb:PartiQLSelect",
    "states:StopExecution",
];

#[test]
fn every_policy_names_its_actions() {
    for (role, statements) in Template::read().roles() {
        for action in statements.iter().flat_map(|statement| &statement.actions) {
            assert!(!action.contains('*'), "{role}: {action}");
            assert!(!NEVER.contains(&action.as_str()), "{role}: {action}");
        }
    }
}

/// Tables whose rows may go: names that sign in no more, and what may be forgotten. Nothing is taken from the others.
const TAKEN_FROM: [&str; 2] = ["Accounts", "Ephemeral"];

#[test]
fn rows_are_removed_only_where_they_may_go() {
    for (role, statements) in Template::read().roles() {
        let removes = |statement: &&Statement| {
            let mut actions = statement.actions.iter();
            actions.any(|action| action == "dynamodb:DeleteItem")
        };
        for table in statements
            .iter()
            .filter(removes)
            .flat_map(|statement| &statement.resources)
        {
            assert!(TAKEN_FROM.contains(&table.as_str()), "{role}: {table}");
        }
    }
}

#[test]
fn a_whole_star_stands_only_with_actions_that_know_no_resource() {
    let mut used = BTreeSet::new();
    for (role, statements) in Template::read().roles() {
        for statement in statements
            .iter()
            .filter(|statement| statement.resources.iter().any(|name| name == "*"))
        {
            for action in &statement.actions {
                assert!(
                    WITHOUT_RESOURCE.contains(&action.as_str()),
                    "{role}: {action} on *"
                );
                used.insert(action.clone());
            }
        }
    }
    assert_eq!(
        used.len(),
        WITHOUT_RESOURCE.len(),
        "the list holds actions that nobody uses"
    );
}

#[test]
fn every_role_can_be_taken_by_one_service_of_aws() {
    let template = Template::read();
    for (role, properties) in template.of_type("AWS::IAM::Role") {
        let trust = properties["AssumeRolePolicyDocument"]["Statement"]
            .as_array()
            .unwrap();
        assert_eq!(trust.len(), 1, "{role}");
        let service = trust[0]["Principal"]["Service"].as_str().unwrap();
        assert!(service.ends_with(".amazonaws.com"), "{role}: {service}");
    }
}

#[test]
fn the_record_is_only_added_to() {
    for (role, statements) in Template::read().roles() {
        for statement in statements
            .iter()
            .filter(|statement| statement.resources.iter().any(|name| name == "Audit"))
        {
            for action in &statement.actions {
                assert!(
                    ["dynamodb:PutItem", "dynamodb:Query"].contains(&action.as_str()),
                    "{role}: {action}"
                );
            }
        }
    }
}

#[test]
fn a_function_knows_the_address_of_each_queue_it_may_send_to_and_of_no_other() {
    let template = Template::read();
    let roles = template.roles();
    for function in template.functions() {
        let sends = roles[function.role.as_str()]
            .iter()
            .filter(|statement| statement.actions == ["sqs:SendMessage"]);
        let may: BTreeSet<&str> = sends
            .flat_map(|statement| &statement.resources)
            .map(String::as_str)
            .collect();
        let knows: BTreeSet<&str> = function
            .env
            .iter()
            .filter(|(name, _)| name.ends_with("_QUEUE"))
            .map(|(_, queue)| queue.as_str())
            .collect();
        assert_eq!(may, knows, "{}", function.operation);
        for (name, queue) in &function.env {
            let words = name
                .to_lowercase()
                .split('_')
                .map(|word| word[..1].to_uppercase() + &word[1..])
                .collect::<String>();
            assert_eq!(&words, queue, "{}", function.operation);
        }
    }
}

#[test]
fn a_function_knows_the_key_it_signs_with_the_address_it_sends_from_and_the_role_it_passes_on() {
    let template = Template::read();
    let roles = template.roles();
    for function in template.functions() {
        let statements = &roles[function.role.as_str()];
        for (resource, variable) in [
            ("TokenKey", "TOKEN_KEY"),
            ("mail", "MAIL_FROM"),
            ("model", "SECOND_OPINION_MODEL"),
            ("MachineRole", "MACHINE_ROLE"),
        ] {
            let mut resources = statements.iter().flat_map(|statement| &statement.resources);
            let may = resources.any(|held| held == resource);
            let knows = function.env.contains_key(variable);
            assert_eq!(may, knows, "{}: {variable}", function.operation);
        }
    }
}

#[test]
fn tables_are_on_demand_encrypted_and_recoverable_and_the_record_outlives_the_stack() {
    let template = Template::read();
    let tables = template.of_type("AWS::DynamoDB::Table");
    assert_eq!(tables.len(), 7);
    for (name, table) in tables {
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST", "{name}");
        assert_eq!(table["SSESpecification"]["SSEEnabled"], true, "{name}");
        assert_eq!(
            table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true,
            "{name}"
        );
        let resource = &template.value()["Resources"][name];
        let kept = resource["DeletionPolicy"] == "RetainExceptOnCreate"
            && resource["UpdateReplacePolicy"] == "Retain";
        assert_eq!(kept, name != "Ephemeral", "{name}");
    }
}

#[test]
fn every_queue_has_dead_letters_and_an_alarm_on_them() {
    let template = Template::read();
    let alarms = template.of_type("AWS::CloudWatch::Alarm");
    for (name, queue) in template.of_type("AWS::SQS::Queue") {
        if name.ends_with("DeadLetters") {
            let watched = alarms
                .values()
                .any(|alarm| alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0] == name);
            assert!(watched, "{name} has no alarm");
        } else {
            assert!(
                queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0].is_string(),
                "{name}"
            );
        }
    }
}

#[test]
fn every_service_has_a_log_that_ends_and_an_alarm() {
    let template = Template::read();
    let logs = template.of_type("AWS::Logs::LogGroup");
    let filters = template.of_type("AWS::Logs::MetricFilter");
    let alarms = template.of_type("AWS::CloudWatch::Alarm");
    assert!(logs.values().all(|log| log["RetentionInDays"].is_u64()));
    for service in documents::services() {
        let name = format!("/deskhand/${{AWS::StackName}}/{}", service.name);
        let (log, _) = logs
            .iter()
            .find(|(_, log)| log["LogGroupName"]["Fn::Sub"] == name)
            .expect(service.name);
        let counted = filters
            .values()
            .find(|filter| filter["LogGroupName"]["Ref"] == *log)
            .expect(service.name);
        let metric = &counted["MetricTransformations"][0]["MetricName"];
        assert!(
            alarms.values().any(|alarm| alarm["MetricName"] == *metric),
            "{} has no alarm",
            service.name
        );
    }
}
