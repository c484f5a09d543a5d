//! Journeys through the public door of one local deployment that all of them share.
#![cfg(test)]

mod accounts;
mod actions;
mod approvals;
mod brink;
mod carrier;
mod clients;
mod contract;
mod desk;
mod events;
mod faults;
mod health;
mod hunt;
mod keys;
mod leaving;
mod matrix;
mod neighbour;
mod oidc;
mod once;
mod organizations;
mod passwords;
mod playbooks;
mod policy;
mod proof;
mod receipts;
mod refusals;
mod reset;
mod samples;
mod scripts;
mod secrets;
mod simulate;
mod steering;
mod steps;
mod store;
mod unverified;
mod warm;
