//! Delivery's process: one operation of [`delivery_service`].

#[tokio::main]
async fn main() -> Result<(), kit::Error> {
    kit::serve(delivery_service::service()).await
}
