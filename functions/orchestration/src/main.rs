//! Answers the one operation this function is deployed as.

#[tokio::main]
async fn main() -> Result<(), kit::Error> {
    kit::serve(orchestration_service::service()).await
}
