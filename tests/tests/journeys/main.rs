//! Journeys through the public door of one local deployment that all of them share.
#![cfg(test)]

mod desk;
mod health;
