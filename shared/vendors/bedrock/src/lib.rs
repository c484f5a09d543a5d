//! Amazon Bedrock: a language model's second opinion.

mod converse;
mod model;
mod sign;

pub use model::{Bedrock, Config};

#[cfg(test)]
mod tests;
