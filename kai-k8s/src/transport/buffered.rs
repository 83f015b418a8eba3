//! Connections that are read in big pieces: rustls reads 4 KiB at a time from what is under it, a
//! system call each.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower::util::MapResponse;
use tower::{Service, ServiceExt};

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
        self.connection.connected()
    }
}
