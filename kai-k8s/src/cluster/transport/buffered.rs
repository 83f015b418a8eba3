//! Buffered connections: rustls reads 4 KiB at a time from its transport, a system call each.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower::util::MapResponse;
use tower::{Service, ServiceExt};

use super::pooled::ConnectionInfo;

/// How much is read at once; a record of TLS has 16 KiB and a few bytes at the most.
const PIECE: usize = 32 * 1024;

/// A connection, and what was read of it and not taken yet.
#[derive(Debug)]
pub(super) struct Buffered<C> {
    connection: C,
    buffer: Box<[u8]>,
    next: usize,
    end: usize,
}

/// Buffers the connections that a service makes.
pub(super) fn buffered<S, R, C>(service: S) -> MapResponse<S, fn(C) -> Buffered<C>>
where
    S: Service<R, Response = C>,
{
    service.map_response(Buffered::new as fn(C) -> Buffered<C>)
}

impl<C> Buffered<C> {
    fn new(connection: C) -> Self {
        Self { connection, buffer: vec![0; PIECE].into(), next: 0, end: 0 }
    }

    fn connection(self: Pin<&mut Self>) -> Pin<&mut C>
    where
        C: Unpin,
    {
        Pin::new(&mut self.get_mut().connection)
    }
}

impl<C: Read + Unpin> Read for Buffered<C> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut out: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.next == this.end {
            let mut buffer = ReadBuf::new(&mut this.buffer);
            ready!(Pin::new(&mut this.connection).poll_read(cx, buffer.unfilled()))?;
            (this.next, this.end) = (0, buffer.filled().len());
        }
        let taken = (this.end - this.next).min(out.remaining());
        out.put_slice(&this.buffer[this.next..this.next + taken]);
        this.next += taken;
        Poll::Ready(Ok(()))
    }
}

impl<C: Write + Unpin> Write for Buffered<C> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.connection().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection().poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection().poll_write_vectored(cx, slices)
    }
}

impl<C: Connection> Connection for Buffered<C> {
    fn connected(&self) -> Connected {
        self.connection.connected().extra(ConnectionInfo::now())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use hyper_util::rt::TokioIo;

    use super::*;

    /// Tells the given pieces, one a read; then the end.
    struct Pieces(Vec<io::Result<Vec<u8>>>);

    impl tokio::io::AsyncRead for Pieces {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            out: &mut tokio::io::ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if !self.0.is_empty() {
                out.put_slice(&self.0.remove(0)?);
            }
            Poll::Ready(Ok(()))
        }
    }

    async fn read(connection: &mut Buffered<TokioIo<Pieces>>, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; most];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|cx| Pin::new(&mut *connection).poll_read(cx, buffer.unfilled())).await?;
        Ok(buffer.filled().to_vec())
    }

    #[tokio::test]
    async fn what_was_read_is_given_out_in_any_size_up_to_the_end() {
        let broken = Err(io::Error::other("reset"));
        let pieces = vec![Ok(b"abcdef".to_vec()), broken, Ok(b"gh".to_vec())];
        let mut connection = Buffered::new(TokioIo::new(Pieces(pieces)));
        assert_eq!(read(&mut connection, 4).await.unwrap(), b"abcd");
        assert_eq!(read(&mut connection, 4).await.unwrap(), b"ef");
        assert_eq!(read(&mut connection, 4).await.unwrap_err().to_string(), "reset");
        assert_eq!(read(&mut connection, 2).await.unwrap(), b"gh");
        assert_eq!(read(&mut connection, 4).await.unwrap(), b"");
        assert_eq!(read(&mut connection, 4).await.unwrap(), b"");
    }
}
