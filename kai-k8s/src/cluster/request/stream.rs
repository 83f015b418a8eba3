//! An answer that goes on for minutes: the events of a watch.

use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt;
use kube::client::Body;

use super::ApiClient;
use super::refusal::root_cause;
use crate::cluster::error::Failure;
use crate::wire::page::Encoding;

/// What a watch is asked for in. No other encoding is read.
const ACCEPT: &str = "application/vnd.kubernetes.protobuf;stream=watch";

/// The body of a watch, read as its events come. It takes no place among the requests in flight,
/// which is for what ends.
pub(crate) struct EventBody(Body);

impl ApiClient {
    /// Opens a watch, in one attempt, and in another one where the credential has to be renewed.
    pub(crate) async fn watch(&self, path: &str) -> Result<EventBody, Failure> {
        let mut budget = self.budget();
        let mut current = self.credential(&mut budget, self.identity.current()).await?;
        let mut answer = self.attempt(current.client(), path, ACCEPT, &budget).await;
        let refused =
            answer.as_ref().err().is_some_and(|it| it.is_status(StatusCode::UNAUTHORIZED));
        if refused && self.credential(&mut budget, self.identity.refused(&current)).await? {
            current = self.identity.current().await?;
            answer = self.attempt(current.client(), path, ACCEPT, &budget).await;
        }
        let (answer, _) = answer.map_err(|failure| match failure {
            Failure::Status { code: StatusCode::NOT_ACCEPTABLE, .. } => Failure::NotProtobuf,
            failure => failure.said_to(|| self.identity.who()),
        })?;
        match Encoding::of(answer.headers()) {
            Encoding::Protobuf => Ok(EventBody(answer.into_body())),
            Encoding::Json => Err(Failure::NotProtobuf),
        }
    }
}

impl EventBody {
    /// The next piece; `None` at the end. Who stops waiting loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            match self.0.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(Failure::Transport(root_cause(&error))),
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }
}
