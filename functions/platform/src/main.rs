//! The platform service's functions.

#[tokio::main]
async fn main() -> Result<(), kit::Error> {
    kit::serve(platform_service::service()).await
}
