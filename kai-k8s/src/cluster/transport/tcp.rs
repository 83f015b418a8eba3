//! TCP: to the API server, or to the proxy before it.

#[cfg(test)]
mod tests;

use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;

/// After how long a silence the first probe is sent.
///
/// A watch may be silent for minutes. A load balancer drops such a connection without a word
/// (Azure's after 4 minutes: <https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset>),
/// and the client waits for ever for changes that nobody sends it (Azure/AKS 1755, apache/airflow
/// 10860). Linux' own first probe comes after two hours.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// How long after a probe the next is sent.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// How many probes without an answer end a connection.
const KEEPALIVE_PROBES: u32 = 3;
/// How long what was sent may stay without an acknowledgement, where the system has such a limit:
/// otherwise Linux sends a request again for a quarter of an hour. It also takes precedence over the
/// number of probes (tcp(7)), hence is as long as these take: 30 s + 3 × 10 s.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const USER_TIMEOUT: Duration = Duration::from_secs(60);

/// Connects, so that a connection whose other end is gone ends within about a minute.
pub(super) fn connector() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE_IDLE));
    tcp.set_keepalive_interval(Some(KEEPALIVE_INTERVAL));
    tcp.set_keepalive_retries(Some(KEEPALIVE_PROBES));
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    tcp.set_tcp_user_timeout(Some(USER_TIMEOUT));
    tcp
}
