//! The playbook service's functions.

#[tokio::main]
async fn main() -> Result<(), kit::Error> {
    kit::serve(playbook_service::service()).await
}
