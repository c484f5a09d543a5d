//! The platform service.
