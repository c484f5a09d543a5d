//! The audit service's functions.

#[tokio::main]
async fn main() -> Result<(), kit::Error> {
    kit::serve(audit_service::service()).await
}
