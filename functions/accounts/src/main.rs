//! The accounts service's functions.

#[tokio::main]
async fn main() -> Result<(), kit::Error> {
    kit::serve(accounts_service::service()).await
}
