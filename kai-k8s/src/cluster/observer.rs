//! The observer of requests.

use std::fmt;
use std::sync::Arc;

/// Observes each request to the API server, as it is made. Every method does nothing unless it is
/// written; each is called in the middle of a pass, several times a second, and has to be quick.
///
/// ```
/// # use std::sync::Arc;
/// # use std::sync::atomic::{AtomicUsize, Ordering};
/// # use kai_k8s::{RequestObserver, SourceOptions};
/// #[derive(Default)]
/// struct Refusals(AtomicUsize);
///
/// impl RequestObserver for Refusals {
///     fn answered(&self, code: Option<u16>) {
///         if code.is_none_or(|code| code >= 400) {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let refusals = Arc::new(Refusals::default());
/// let options = SourceOptions::default().observer(refusals);
/// ```
#[expect(unused_variables, reason = "the names of unused arguments are documentation")]
pub trait RequestObserver: Send + Sync {
    /// An attempt was answered with this status, its body still to come; `None`: there was no
    /// answer, since the connection failed or nothing came in time. (A request that meets a
    /// connection which the server is closing goes over another one, as the same attempt.)
    fn answered(&self, code: Option<u16>) {}
    /// The pass got on: a page was read to its end that held an object not seen before, or a list to
    /// its end, or another answer. A failed attempt and a page without anything new are none. A pass
    /// that does not get on within the request timeout fails, but for the time that a credentials
    /// plugin takes.
    fn progressed(&self) {}
    /// A watch told a change: `set`, `gone` or `bookmark`.
    fn watched(&self, event: &'static str) {}
    /// A watch is opened again, as it ended: `end` (its time was over), `closed` (the server ended it
    /// early), `broken` (the connection broke, or nothing came for too long) or `refused`.
    fn reopened(&self, reason: &'static str) {}
    /// Everything is listed again, as watches could not go on: `expired` (their revision is too old),
    /// `restored` (it is from the future) or `unreadable`.
    fn relisted(&self, reason: &'static str) {}
}

/// The one who hears, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Observer(pub(crate) Option<Arc<dyn RequestObserver>>);

impl Observer {
    pub(crate) fn answered(&self, code: Option<u16>) {
        if let Some(observer) = &self.0 {
            observer.answered(code);
        }
    }

    pub(crate) fn progressed(&self) {
        if let Some(observer) = &self.0 {
            observer.progressed();
        }
    }

    pub(crate) fn watched(&self, event: &'static str) {
        if let Some(observer) = &self.0 {
            observer.watched(event);
        }
    }

    pub(crate) fn reopened(&self, reason: &'static str) {
        if let Some(observer) = &self.0 {
            observer.reopened(reason);
        }
    }

    pub(crate) fn relisted(&self, reason: &'static str) {
        if let Some(observer) = &self.0 {
            observer.relisted(reason);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer(..)" } else { "None" })
    }
}
