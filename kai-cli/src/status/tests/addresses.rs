use std::net::TcpListener;

use super::*;
use crate::error::Error;
use crate::exit::Exit;
use crate::logging::Level;
use crate::logging::tests::logged;

fn bind(text: &str) -> io::Result<Server> {
    Server::bind(text.parse().unwrap(), Arc::new(State::new(REQUEST_TIMEOUT, false)))
}

fn is_healthy(address: SocketAddr) -> bool {
    let mut stream = connect(address);
    stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    Answer::read(&mut stream).status == 200
}

#[test]
fn the_log_says_where_it_listens() {
    let mut server = None;
    let log = logged(Level::INFO, false, || server = bind("127.0.0.1:0").ok());
    let address = server.unwrap().address();
    assert_ne!(address.port(), 0);
    assert!(log.contains(&format!("status endpoint at http://{address}")), "{log}");
}

#[test]
fn a_port_alone_is_on_every_address() {
    let server = bind(":0").unwrap();
    let port = server.address().port();
    assert!(is_healthy(([127, 0, 0, 1], port).into()));
    let six = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port));
    if TcpListener::bind("[::1]:0").is_ok() {
        assert!(is_healthy(six));
    } else {
        println!("skipped: this machine has no IPv6");
    }
}

#[test]
fn an_address_that_is_taken_is_an_error_of_the_settings() {
    let first = bind(":0").unwrap();
    for listen in [format!(":{}", first.address().port()), "203.0.113.1:80".to_owned()] {
        println!("{listen}");
        let source = bind(&listen).unwrap_err();
        let error = Error::Listen { address: listen.parse().unwrap(), source };
        assert_eq!(error.exit(), Exit::Usage);
        assert_eq!(error.to_string(), format!("cannot listen at `{listen}` (listen)"));
    }
}

#[test]
fn a_machine_without_ipv6_has_ipv4_and_a_port_that_is_taken_is_so_for_both() {
    let four = || TcpListener::bind("127.0.0.1:0");
    let table = [
        (io::Error::from(io::ErrorKind::AddrNotAvailable), true),
        // EAFNOSUPPORT of Linux, for which there is no kind.
        (io::Error::from_raw_os_error(97), true),
        (io::Error::from(io::ErrorKind::AddrInUse), false),
        (io::Error::from(io::ErrorKind::PermissionDenied), false),
    ];
    for (error, goes_on) in table {
        println!("{error}");
        assert_eq!(bind::either(Err(error), four).is_ok(), goes_on);
    }
}

#[test]
fn it_ends_with_its_handle() {
    let server = bind("127.0.0.1:0").unwrap();
    let address = server.address();
    assert!(is_healthy(address));
    drop(server);
    let since = Instant::now();
    // The thread takes a moment to hear of it.
    while TcpStream::connect(address).is_ok() {
        assert!(since.elapsed() < PATIENCE);
        thread::yield_now();
    }
}
