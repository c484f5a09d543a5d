//! Journeys through the public door of one local deployment that all of them share.
#![cfg(test)]

mod carrier;
mod contract;
mod desk;
mod events;
mod faults;
mod health;
mod hunt;
mod neighbour;
mod once;
mod proof;
mod receipts;
mod refusals;
mod reset;
mod secrets;
mod store;
mod unverified;
