//! The classifier service.
