//! Trains the model that the classifier embeds, and measures it and others like it.
//!
//! Everything repeats: the same files give the same bytes, on any machine.

pub mod calibrate;
mod chance;
pub mod dataset;
pub mod evaluate;
pub mod fit;
pub mod learn;
pub mod measure;
pub mod own;
