use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How a connection ends.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Parting {
    #[default]
    Close,
    Reset,
    Say(&'static [u8]),
}

/// A connection whose end can be chosen by whoever handles a request on it.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    parting: Arc<Mutex<Parting>>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, parting: Arc<Mutex<Parting>>) -> Self {
        Self { stream, parting }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let Ok(parting) = self.parting.lock() else { return };
        // Whoever is gone already does not need it.
        match *parting {
            Parting::Close => {}
            Parting::Reset => drop(self.stream.set_zero_linger()),
            Parting::Say(bytes) => drop(self.stream.try_write(bytes)),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
