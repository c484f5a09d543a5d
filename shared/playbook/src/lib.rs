//! The playbook language: parse, validate, compile to Amazon States Language. Pure.
//!
//! A playbook is YAML (or JSON) that lists steps; each step asks one [`Capability`]. [`parse`] reads a text into a
//! [`PlaybookVersion`] or says everything that is wrong with it; [`compile`] turns a version into a state machine. While
//! it runs, a step's own function asks [`evaluate_when`] whether to act and [`render_with`] what with. [`Walk`] takes a
//! machine's ways without running it, and [`branches`] says which there are.

mod asl;
mod blocks;
mod branch;
mod canonical;
mod capability;
mod caps;
mod catalogue;
mod check;
mod compile;
mod duration;
mod expression;
mod fields;
mod flaw;
mod input;
mod names;
mod node;
mod outline;
mod pairs;
mod parameter;
mod parameters;
mod parse;
mod read;
mod references;
mod render;
mod schema;
mod step;
mod surrogates;
mod template;
mod values;
mod version;
mod walk;
mod with;
mod write;
mod yaml;

pub use branch::{Branch, branches};
pub use capability::Capability;
pub use caps::Caps;
pub use catalogue::CATALOGUE;
pub use compile::{COMPLETE, ESCALATE, OPERATIONS, compile, compile_text, error_name, placeholder};
pub use duration::Wait;
pub use flaw::{Flaw, FlawCode};
pub use input::{InputKind, InputRule};
pub use names::{BadName, ParameterName, PlaybookName, StepId, Version};
pub use parameter::{Parameter, ParameterKind, check_inputs};
pub use parse::{MAX_STEPS, MAX_TEXT_BYTES, parse, parse_draft};
pub use render::{RenderError, evaluate_when, render_with};
pub use schema::{json_schema, json_schema_text};
pub use step::{Compensate, Input, OnFailure, Retry, Step};
pub use version::{Block, PlaybookVersion};
pub use walk::{BadMachine, Came, Passage, Standing, TaskAt, Walk, WalkEnd};
