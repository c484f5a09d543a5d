//! The playbook service.
