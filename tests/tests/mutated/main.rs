//! Scratch: each journey broken on purpose.
#![cfg(test)]

mod contract;
mod desk;
mod neighbour;
mod once;
mod refusals;
mod reset;
