//! HTTP under kube's configuration: its TLS, headers and credentials over connections whose read
//! buffers are bounded.
//!
//! kube's own stack lets the buffer of each connection grow to 400 KiB. Its layers are here again,
//! but for retries, which are the listing's business, and its log; and a proxy is never taken for
//! the server whose name `tls-server-name` is. HTTP/1.1 on several connections was measured beside
//! HTTP/2 on one, which was never faster, and far slower over a distance.

mod buffered;
mod pooled;
mod tcp;

use std::error::Error as StdError;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::ACCEPT_ENCODING;
use http::{HeaderValue, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::Connection;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use kube::client::ConfigExt;
use kube::{Client, Config};
use percent_encoding::percent_decode_str;
use rustls::pki_types::ServerName;
use tower::{Service, ServiceBuilder};
use tower_http::decompression::DecompressionLayer;

use self::buffered::buffered;
pub(crate) use self::pooled::ConnectionInfo;
use self::pooled::Pooled;
use crate::cluster::tls::{self, TlsError};

/// How long connecting may take, with what a proxy and TLS say meanwhile.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A client that connects as kube's own would, which takes there to be a [`tls::provider`].
pub(crate) fn client(config: &Config) -> Result<Client, TlsError> {
    let tcp = tcp::connector();
    let Some(proxy) = config.proxy_url.clone() else { return over(tcp, config) };
    match proxy.scheme_str() {
        Some("socks5") => over(SocksV5::new(proxy, tcp), config),
        Some("https") => {
            // The server's name is none of the proxy's.
            let mut to_proxy = config.clone();
            to_proxy.tls_server_name = None;
            over(tunnel(proxy, https(&to_proxy, tcp)?), config)
        }
        _ => over(tunnel(proxy, tcp), config),
    }
}

/// Tunnels through a proxy, with the login that stands in its URL.
fn tunnel<C>(proxy: Uri, connector: C) -> Tunnel<C> {
    let authority = proxy.authority().map_or("", |authority| authority.as_str());
    let login = authority.rsplit_once('@').map(|(login, _)| {
        let plain: Vec<u8> = percent_decode_str(login).collect();
        format!("Basic {}", BASE64.encode(plain))
    });
    let tunnel = Tunnel::new(proxy, connector);
    match login.and_then(|login| HeaderValue::try_from(login).ok()) {
        Some(mut login) => {
            login.set_sensitive(true);
            tunnel.with_auth(login)
        }
        None => tunnel,
    }
}

/// TLS over a connector, if the URL's scheme is https.
fn https<C>(config: &Config, connector: C) -> Result<HttpsConnector<C>, TlsError> {
    let tls = tls::client_config(config)?;
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = ServerName::try_from(name.clone()).map_err(|_| TlsError::Value {
            what: "tls-server-name",
            why: "it is no name of a host".to_owned(),
        })?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(builder.enable_http1().wrap_connector(connector))
}

/// The layers over a way to connect.
fn over<C>(connector: C, config: &Config) -> Result<Client, TlsError>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin,
    C::Future: Send,
    C::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let tls = https(config, buffered(connector))?;
    // The client wants a future that can be moved.
    let in_time = ServiceBuilder::new().map_future(Box::pin).timeout(CONNECT_TIMEOUT).service(tls);
    // Nothing but gzip, also where another crate of the program turns more on.
    let gzip = DecompressionLayer::new().no_br().no_deflate().no_zstd();
    // Unsolicited compression is accepted as well.
    let asks = !config.disable_compression;
    let stack = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(gzip.gzip(true))
        .map_request(move |mut request: http::Request<_>| {
            if !asks {
                request.headers_mut().remove(ACCEPT_ENCODING);
            }
            request
        })
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .service(Pooled::new(in_time));
    Ok(Client::new(stack, config.default_namespace.clone()))
}
