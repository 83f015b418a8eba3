//! Binds an address.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use crate::keys::Listen;

/// Maximum number of pending connections.
const BACKLOG: i32 = 4096;

/// Listens on an address; for all addresses, with IPv6 and IPv4, or IPv4 alone if the machine has
/// no IPv6.
pub(super) fn bind(listen: Listen) -> io::Result<TcpListener> {
    match listen {
        Listen::At(address) => bind_at(address, false),
        Listen::Everywhere(port) => {
            either(bind_at((Ipv6Addr::UNSPECIFIED, port).into(), true), || {
                bind_at((Ipv4Addr::UNSPECIFIED, port).into(), false)
            })
        }
    }
}

/// Tries the first, then the second if the first isn't available on this machine. If the port is in
/// use or forbidden, it is so for both.
pub(super) fn either(
    first: io::Result<TcpListener>,
    second: impl FnOnce() -> io::Result<TcpListener>,
) -> io::Result<TcpListener> {
    match first {
        Err(error)
            if !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) =>
        {
            second()
        }
        first => first,
    }
}

fn bind_at(address: SocketAddr, dual_stack: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if dual_stack {
        socket.set_only_v6(false)?;
    }
    // Lingering connections of a previous process don't block the port.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
