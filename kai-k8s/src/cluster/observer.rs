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
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer(..)" } else { "None" })
    }
}
