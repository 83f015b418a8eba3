//! The endpoint's routes.

use std::sync::Arc;

use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use prometheus_client::registry::Registry;

use super::exposition::Form;
use super::state::State;
use crate::output::html;
use crate::periodic::Document;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
/// The page.
const PAGE: &str = "/ui";

/// Serves the paths from the state.
#[derive(Debug)]
pub(super) struct Routes {
    state: Arc<State>,
    metrics: Registry,
}

/// Status, content type and body.
type Answer = (StatusCode, &'static str, Bytes);

impl Routes {
    pub(super) fn new(state: Arc<State>) -> Self {
        let mut metrics = Registry::default();
        metrics.register_collector(Box::new(Arc::clone(state.metrics())));
        if let Some(watched) = state.watched_figures() {
            metrics.register_collector(Box::new(Arc::clone(watched)));
        }
        Self { state, metrics }
    }

    /// The same, with figures of this process.
    #[cfg_attr(not(target_os = "linux"), expect(unused_mut, reason = "only Linux has them"))]
    pub(super) fn measuring_the_process(mut self) -> Self {
        #[cfg(target_os = "linux")]
        self.metrics.register_collector(Box::new(super::process::Process));
        self
    }

    /// What the paths are served from.
    pub(super) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Handles a request; its body is ignored. (For HEAD, hyper only sends the response's head.)
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let (status, content_type, body) = match request.uri().path() {
            _ if !is_read => text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD"),
            "/healthz" => self.health(),
            "/readyz" => self.readiness(),
            "/metrics" => self.metrics(Form::wanted(request.headers())),
            "/inventory" if self.state.shows_reports() => self.report(JSON, Document::Inventory),
            PAGE if self.state.shows_reports() => self.report(HTML, Document::Page),
            _ => text(StatusCode::NOT_FOUND, &self.paths()),
        };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if content_type == HTML {
            headers.extend(page_policy());
        }
        if !is_read {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }

    fn health(&self) -> Answer {
        match self.state.health() {
            Ok(()) => text(StatusCode::OK, "ok"),
            Err(stall) => text(StatusCode::SERVICE_UNAVAILABLE, &stall.to_string()),
        }
    }

    fn readiness(&self) -> Answer {
        if self.state.is_ready() {
            text(StatusCode::OK, "ok")
        } else {
            text(StatusCode::SERVICE_UNAVAILABLE, "no inventory was collected yet")
        }
    }

    fn metrics(&self, form: Form) -> Answer {
        match form.write(&self.metrics) {
            Ok(metrics) => (StatusCode::OK, form.content_type(), metrics.into()),
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }

    fn report(&self, content_type: &'static str, document: Document) -> Answer {
        match self.state.show(document) {
            Some(Ok(document)) => (StatusCode::OK, content_type, document),
            Some(Err(error)) => text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
            None => text(StatusCode::SERVICE_UNAVAILABLE, "there is no report yet"),
        }
    }

    fn paths(&self) -> String {
        let inventory = if self.state.shows_reports() { "\n/inventory\n/ui" } else { "" };
        format!("here are:\n/healthz\n/readyz\n/metrics{inventory}")
    }
}

/// What a browser lets the page do, also in a frame of another.
fn page_policy() -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let policy = format!("{}; frame-ancestors 'none'", html::policy());
    let policy = HeaderValue::try_from(policy).ok().map(|it| (CONTENT_SECURITY_POLICY, it));
    policy.into_iter().chain([(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))])
}

fn text(status: StatusCode, text: &str) -> Answer {
    (status, TEXT, format!("{text}\n").into())
}
