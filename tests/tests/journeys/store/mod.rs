//! The store against a real DynamoDB interface: what two processes do to one another, and what is there afterwards.
//!
//! Each function makes its own tenant, so they run in any order, together, and again on the same tables.

mod below;
mod chains;
mod events;
mod gate;
mod lost;
mod people;
mod playbooks;
mod runs;
mod tenants;
mod tickets;

use audit::{Actor, Entry};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig},
};
use deskhand_local::{ACCOUNT, REGION, STACK};
use deskhand_tests::{deskhand, whole_machine};
use domain::{
    ChainHead, Origin, PlaybookName, Requester, Telling, Tenant, Ticket, TicketId, TicketName,
    TicketStatus, Voucher,
};
use jiff::Timestamp;
use std::{collections::BTreeMap, time::Duration};
use store::{Store, StoreError};

/// The store of a deployment whose AWS answers at `endpoint`. Tries as often as the functions do, but waits longer.
pub(crate) fn connected(endpoint: &str) -> Store {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(20));
    waiting(endpoint, timeouts.build(), 3)
}

/// The same for so much at once that the emulator, which takes one call after the other, answers the last after minutes. A
/// call that is made again is counted again: none is.
fn patient(endpoint: &str) -> Store {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_mins(2))
        .operation_timeout(Duration::from_mins(5));
    waiting(endpoint, timeouts.build(), 1)
}

fn waiting(endpoint: &str, timeouts: TimeoutConfig, attempts: u32) -> Store {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(ACCOUNT, "local", None, None, "test"))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::standard().with_max_attempts(attempts))
        .timeout_config(timeouts)
        .build();
    Store::new(Client::from_conf(config), STACK)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
fn tenant() -> Tenant {
    let name = format!("store-{}", uuid::Uuid::new_v4().simple());
    Tenant::vouched(&name, Voucher::Operator).unwrap()
}

/// A time that is long to come: nobody else sends on what these tests leave unsettled.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(4_100_000_000 + seconds).unwrap()
}

fn entry(action: &str) -> Entry {
    Entry::new(at(0), Actor::System("test".into()), action)
}

pub(crate) fn ticket(name: TicketName) -> Ticket {
    Ticket {
        id: TicketId::from_bits(uuid::Uuid::new_v4().as_u128()),
        number: 1,
        name,
        origin: Origin::Halopsa,
        status: TicketStatus::New,
        requester: Requester::default(),
        snapshot: None,
        decided: None,
        started: None,
        withheld: None,
        telling: Telling::Open,
        runs: Vec::new(),
        live: BTreeMap::new(),
        created_at: at(0),
        rev: 0,
        chain: ChainHead::default(),
    }
}

async fn kept(store: &Store, tenant: &Tenant, name: TicketName) -> Ticket {
    let ticket = ticket(name.clone());
    let write = store.write(tenant, "test").name(&name, ticket.id);
    let write = write.ticket(None, &ticket, vec![entry("ticket.received")]);
    write.commit_returning().await.unwrap().ticket.unwrap()
}

fn conflict(result: Result<(), StoreError>) -> &'static str {
    match result {
        Err(StoreError::Conflict { what }) => what,
        other => panic!("{other:?} is not a conflict"),
    }
}

fn playbook_name() -> PlaybookName {
    PlaybookName::parse("password_reset").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_at_once_are_counted_one_by_one() {
    let store = &patient(deskhand().await.aws().base());
    let _whole = whole_machine().await;
    gate::of_a_thousand_at_once_the_window_takes_its_hundred(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_keeps_its_promises_on_a_real_dynamodb_interface() {
    let store = &connected(deskhand().await.aws().base());
    store.ping().await.unwrap();
    tickets::of_two_writers_of_one_seen_row_one_is_told(store).await;
    chains::a_chain_after_twenty_concurrent_appends_verifies(store).await;
    tickets::a_ticket_without_an_audit_entry_is_refused(store).await;
    tickets::a_refused_member_takes_the_others_with_it(store).await;
    tickets::halo_ticket_7_and_our_ticket_7_do_not_meet(store).await;
    tickets::no_ticket_number_comes_twice(store).await;
    tickets::a_content_is_decided_once(store).await;
    events::a_duplicate_is_told_from_an_answer_that_was_lost(store).await;
    events::a_body_over_64_kb_is_refused(store).await;
    events::an_event_is_settled_once_and_leaves_the_index(store).await;
    events::of_a_minutes_unverified_webhooks_ten_are_noted(store).await;
    people::pushes_are_counted_in_a_sliding_window(store).await;
    people::pushes_counted_at_once_keep_the_limit(store).await;
    people::a_prompt_takes_its_handle_and_one_answer(store).await;
    people::a_destroyed_credential_overwrites_the_sealed_one(store).await;
    runs::executions_are_listed_newest_first_page_by_page(store).await;
    Box::pin(runs::an_intent_and_a_wish_to_stop_do_not_both_stand(store)).await;
    playbooks::a_playbook_version_is_one_text_for_ever(store).await;
    playbooks::a_machine_is_idle_until_it_is_used_or_gone(store).await;
    tenants::a_tenant_is_made_once(store).await;
    below::a_tenant_below_has_the_playbooks_of_the_one_above(store).await;
    below::a_shut_gate_lets_nobody_in_and_its_counts_go_on(store).await;
    below::an_invitation_is_used_once(store).await;
    gate::a_window_takes_its_limit_and_no_more(store).await;
    gate::an_unknown_key_leaves_nothing_behind(store).await;
    gate::a_session_that_is_over_lets_nobody_in(store).await;
    gate::a_refresh_token_is_used_once(store).await;
    gate::a_call_with_a_key_is_made_once(store).await;
}
