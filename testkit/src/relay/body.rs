use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes, Frame};
use tokio::time::{Sleep, sleep};

type BoxError = Box<dyn Error + Send + Sync>;
pub(crate) type BoxBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>;

/// Time for the bytes before a cut to leave the socket's buffer.
const FLUSH: Duration = Duration::from_millis(20);

/// What comes after the last byte that is let through.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending {
    Stall,
    Cut,
}

/// A body that ends badly after so many bytes, if it is that long.
pub(crate) struct Broken<B> {
    inner: B,
    left: usize,
    ending: Ending,
    flush: Option<Pin<Box<Sleep>>>,
}

pub(crate) fn whole<B>(body: B) -> BoxBody
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

pub(crate) fn text(text: impl Into<Bytes>) -> BoxBody {
    whole(Full::new(text.into()))
}

pub(crate) fn broken<B>(inner: B, left: usize, ending: Ending) -> BoxBody
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    Broken { inner, left, ending, flush: None }.boxed_unsync()
}

impl<B> Body for Broken<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.left == 0 {
            return self.end(context);
        }
        let frame = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            end => return Poll::Ready(end.map(|result| result.map_err(Into::into))),
        };
        let Ok(mut data) = frame.into_data() else {
            return Poll::Ready(None); // trailers; API servers send none
        };
        data.truncate(self.left);
        self.left -= data.len();
        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}

impl<B> Broken<B> {
    fn end(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if matches!(self.ending, Ending::Stall) {
            return Poll::Pending;
        }
        let flush = self.flush.get_or_insert_with(|| Box::pin(sleep(FLUSH)));
        ready!(flush.as_mut().poll(context));
        Poll::Ready(Some(Err("cut by the fault relay".into())))
    }
}
