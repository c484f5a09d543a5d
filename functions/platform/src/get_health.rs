//! `GET /health` and `GET /{service}/health`: whether we are alive.

use axum::Json;
use jiff::Timestamp;
use kit::{App, Id, Problems};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The services of contract A's matrix.
const SERVICES: [&str; 8] = [
    "classifier",
    "playbook",
    "orchestration",
    "verification",
    "executor",
    "delivery",
    "webhooks",
    "audit",
];

/// The one status a health check answers with: when it answers at all, we are alive.
const HEALTHY: &str = "healthy";

/// Alive. Whether we can also work is what `/ready` says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `healthy`.
    #[schema(example = "healthy")]
    status: &'static str,
    /// When this was answered.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// The deployed version.
    version: &'static str,
    /// Each service asked about. A service is started when it is called, so one that is deployed is alive.
    #[schema(value_type = BTreeMap<String, String>)]
    services: BTreeMap<&'static str, &'static str>,
}

impl Health {
    fn of(services: &[&'static str], now: Timestamp) -> Self {
        Self {
            status: HEALTHY,
            timestamp: now,
            version: env!("CARGO_PKG_VERSION"),
            services: services.iter().map(|name| (*name, HEALTHY)).collect(),
        }
    }
}

/// A service's name in a path.
#[derive(Debug)]
pub(crate) struct ServiceName(&'static str);

impl TryFrom<String> for ServiceName {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        SERVICES
            .into_iter()
            .find(|name| *name == text)
            .map(Self)
            .ok_or(())
    }
}

/// Whether we are alive. Touches nothing.
#[utoipa::path(get, path = "/health", operation_id = "get_health", responses((status = 200, body = Health)))]
pub(crate) async fn get_health(app: App) -> Json<Health> {
    Json(Health::of(&SERVICES, app.clock().now()))
}

/// Whether one service is alive. Touches nothing.
#[utoipa::path(get, path = "/{service}/health", operation_id = "get_service_health",
    params(("service" = String, Path, description = "A service of contract A's matrix.", example = "classifier")),
    responses((status = 200, body = Health), Problems))]
pub(crate) async fn get_service_health(app: App, Id(service): Id<ServiceName>) -> Json<Health> {
    Json(Health::of(&[service.0], app.clock().now()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn health_has_the_documented_fields_and_every_service() {
        let health = serde_json::to_value(Health::of(&SERVICES, Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(health["status"], json!("healthy"));
        assert_eq!(health["timestamp"], json!("1970-01-01T00:00:00Z"));
        assert_eq!(health["services"].as_object().unwrap().len(), 8);
    }

    #[test]
    fn only_the_services_of_the_matrix_have_a_health() {
        for name in SERVICES {
            assert_eq!(ServiceName::try_from(name.to_owned()).unwrap().0, name);
        }
        for other in ["", "platform", "Classifier", "classifier/"] {
            assert!(
                ServiceName::try_from(other.to_owned()).is_err(),
                "{other:?}"
            );
        }
    }
}
