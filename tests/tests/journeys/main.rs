//! Journeys through the public door of one local deployment that all of them share.
#![cfg(test)]

mod accounts;
mod actions;
mod approvals;
mod carrier;
mod clients;
mod contract;
mod desk;
mod events;
mod faults;
mod health;
mod hunt;
mod keys;
mod matrix;
mod neighbour;
mod oidc;
mod once;
mod organizations;
mod playbooks;
mod proof;
mod receipts;
mod refusals;
mod reset;
mod samples;
mod secrets;
mod shadow;
mod steering;
mod steps;
mod store;
mod unverified;
mod warm;
