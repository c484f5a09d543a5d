//! The playbook language: parse, validate, compile to Amazon States Language. Pure.
