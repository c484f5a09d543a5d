//! The executor service.
