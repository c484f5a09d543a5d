//! The webhooks service.
