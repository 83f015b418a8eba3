//! The body of a request to API v2, which is written while it is sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::yield_now;

use super::pieces::Pieces;
use crate::error::DeliveryError;

/// The body that these pieces make, and its length. That is known beforehand, since some
/// receivers refuse a body without: the pieces are written twice, and counted the first time.
pub(crate) async fn body(pieces: Pieces) -> Result<(reqwest::Body, u64), DeliveryError> {
    let mut bytes = 0;
    for piece in pieces.clone() {
        bytes += piece?.len() as u64;
        // It takes a moment in which others have something to do.
        yield_now().await;
    }
    Ok((reqwest::Body::wrap(Streamed { pieces, left: bytes }), bytes))
}

struct Streamed {
    pieces: Pieces,
    /// How many bytes are still to come.
    left: u64,
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = DeliveryError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, DeliveryError>>> {
        let piece = self.pieces.next().transpose()?;
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
