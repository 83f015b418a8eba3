//! What the system was told about the sockets.

use std::net::SocketAddr;

use http::Uri;
use socket2::SockRef;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::*;

/// A listener that lets everyone connect, and its address.
async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn a_silent_connection_is_probed_after_30_seconds_and_ends_after_60() {
    let (_listener, address) = listener().await;
    let uri: Uri = format!("https://{address}").parse().unwrap();
    let connection = connector().oneshot(uri).await.unwrap().into_inner();
    let socket = SockRef::from(&connection);
    assert!(socket.keepalive().unwrap());
    assert!(socket.tcp_nodelay().unwrap());
    #[cfg(any(target_os = "linux", target_os = "macos", target_os = "windows"))]
    {
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(30));
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(10));
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
    }
    #[cfg(target_os = "linux")]
    assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(60)));
}

/// Through each kind of proxy, the whole client's socket is one of these: the kernel's table of
/// connections says which timer it runs.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_connection_to_a_proxy_is_probed_too() {
    for proxy in [None, Some("http"), Some("https"), Some("socks5")] {
        let (listener, address) = listener().await;
        let server: Uri = format!("https://{address}").parse().unwrap();
        let mut config = kube::Config::new(server);
        config.proxy_url = proxy.map(|scheme| format!("{scheme}://{address}").parse().unwrap());
        let client = super::super::client(&config).unwrap();
        let asks = tokio::spawn(async move {
            let request = http::Request::get("/version").body(Vec::new()).unwrap();
            client.request_text(request).await
        });
        // Nothing is answered; the connection stays as it is.
        let (_connection, from) = listener.accept().await.unwrap();
        let probed = async {
            while timer(from, address).as_deref() != Some("02") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(10), probed).await;
        assert!(found.is_ok(), "{proxy:?}: {:?}", timer(from, address));
        asks.abort();
    }
}

/// The timer that a connection of IPv4 runs: `01` sends again, `02` is the one of the probes.
#[cfg(target_os = "linux")]
fn timer(from: SocketAddr, to: SocketAddr) -> Option<String> {
    let ends = [from, to].map(|end| format!(":{:04X}", end.port()));
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let mut rows = table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
    let row = rows.find(|row| row[1].ends_with(&ends[0]) && row[2].ends_with(&ends[1]))?;
    Some(row[5].split(':').next()?.to_owned())
}
