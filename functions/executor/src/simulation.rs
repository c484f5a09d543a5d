//! Trying a version out: its compiled machine is walked with the reads of a run and without its deeds.

mod acting;
pub(crate) mod answers;
mod asking;
mod cases;
mod cost;
pub(crate) mod report;
mod scene;
mod shown;
mod stage;
#[cfg(test)]
mod tests;
pub(crate) mod verdict;
pub(crate) mod wanted;
