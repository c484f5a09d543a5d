//! A body that may be left out.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use kit::{Body, MAX_BODY, Problem};
use serde::de::DeserializeOwned;

/// A JSON body; the default where there is none.
pub(crate) struct Optional<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Optional<T>
where
    T: DeserializeOwned + Default,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| {
            let message = "the body is over 64 KB; send less";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", message)
        })?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let request = Request::from_parts(parts, bytes.into());
        let Body(read) = Body::from_request(request, state).await?;
        Ok(Self(read))
    }
}
