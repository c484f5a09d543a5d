//! The executor's process: one operation of [`executor_service`].

#[tokio::main]
async fn main() -> Result<(), kit::Error> {
    kit::serve(executor_service::service()).await
}
