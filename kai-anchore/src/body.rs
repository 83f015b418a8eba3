//! The request body, streamed while it is sent.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use kai_core::{Payload, Pieces, ReportError, Retry};
use tokio::task::{JoinError, spawn_blocking};

use crate::api::ApiVersion;
use crate::encode::failure;
use crate::error::DeliveryError;

/// The body for an API, and its length.
pub(crate) async fn of(
    payload: &Payload,
    api: ApiVersion,
) -> Result<(reqwest::Body, u64), DeliveryError> {
    if !payload.has(api.form()) {
        return Err(DeliveryError::NotKept(api));
    }
    // Opening and measuring may block, so they run off the async threads.
    let payload = payload.clone();
    let opened = spawn_blocking(move || {
        let body = payload.body(api.form())?;
        Ok((body.length()?, body.into_pieces()))
    });
    let stopped = |stopped: JoinError| {
        Err(ReportError::new("the encoding was stopped", Retry::Never).with_source(stopped))
    };
    let (left, pieces) = opened.await.unwrap_or_else(stopped).map_err(failure)?;
    Ok((reqwest::Body::wrap(Streamed { pieces: Mutex::new(pieces), left }), left))
}

struct Streamed {
    /// Never contended: the mutex makes it `Sync`, which the client requires of a body.
    pieces: Mutex<Pieces>,
    /// Bytes remaining.
    left: u64,
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = ReportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ReportError>>> {
        let pieces = self.pieces.get_mut().unwrap_or_else(PoisonError::into_inner);
        let piece = pieces.next().transpose()?;
        Poll::Ready(piece.map(|piece| {
            self.left = self.left.saturating_sub(piece.len() as u64);
            Ok(Frame::data(piece.into()))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
