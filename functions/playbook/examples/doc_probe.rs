//! probe
fn main() { let d = kit::merge(&[playbook_service::service()]); println!("{}", serde_json::to_string_pretty(&d.openapi).unwrap_or_default()); println!("{:?}", d.routes); }
