//! The port through which reports go out.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::query::Details;
use crate::report::ClusterReport;
use crate::retry::Retry;

/// A receiver of reports.
///
/// A report is encoded once, into a [`Payload`]; attempts to deliver it, a copy on disk and a dry
/// run read the same bytes.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use kai_core::{
///     Body, ClusterReport, Details, InventoryBuilder, Payload, ReportError, Sink, async_trait,
/// };
/// # use std::time::SystemTime;
///
/// /// Keeps the names of namespaces.
/// #[derive(Default)]
/// struct Names(Mutex<Vec<u8>>);
///
/// #[async_trait]
/// impl Sink for Names {
///     fn encode(&self, report: &Arc<ClusterReport>) -> Result<Payload, ReportError> {
///         let names = report.inventory.namespaces().iter().map(|namespace| namespace.name());
///         let lines = names.collect::<Vec<_>>().join("\n").into_bytes();
///         Ok(Payload::default().with_form("lines", move || Ok(Body::whole(lines.clone()))))
///     }
///     async fn deliver(&self, payload: &Payload) -> Result<(), ReportError> {
///         *self.0.lock().unwrap() = payload.body("lines")?.read()?;
///         Ok(())
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let sink = Names::default();
/// let inventory = InventoryBuilder::default().finish(SystemTime::now());
/// let payload = sink.encode(&Arc::new(ClusterReport::new(inventory)))?;
/// sink.deliver(&payload).await?;
/// assert_eq!(*sink.0.lock().unwrap(), b"");
/// # Ok::<(), ReportError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Sink: Send + Sync {
    /// What its reports have to contain besides the images of each namespace.
    fn needs(&self) -> Details {
        Details::default()
    }

    /// Encodes a report.
    ///
    /// # Errors
    /// When the report is not one for this receiver.
    fn encode(&self, report: &Arc<ClusterReport>) -> Result<Payload, ReportError>;

    /// Makes **one** attempt to deliver a report that this sink has encoded, now or in an earlier
    /// process; whether and when to make another is for the caller to decide. Dropping the future
    /// ends the attempt.
    ///
    /// # Errors
    /// When the report was not taken; [`ReportError::retry`] returns whether and when to retry.
    async fn deliver(&self, payload: &Payload) -> Result<(), ReportError>;
}

/// Implements the port for what points to a sink, also to a `dyn Sink`.
macro_rules! pointer_to_a_sink {
    ($pointer:ty) => {
        #[async_trait]
        impl<S: Sink + ?Sized> Sink for $pointer {
            fn needs(&self) -> Details {
                (**self).needs()
            }

            fn encode(&self, report: &Arc<ClusterReport>) -> Result<Payload, ReportError> {
                (**self).encode(report)
            }

            async fn deliver(&self, payload: &Payload) -> Result<(), ReportError> {
                (**self).deliver(payload).await
            }
        }
    };
}

pointer_to_a_sink!(&S);
pointer_to_a_sink!(Box<S>);
pointer_to_a_sink!(Arc<S>);

/// An encoded report, in one form or several: a receiver may have several APIs, and which one it
/// has may be known only when the report is delivered. Cloning it is cheap.
///
/// ```
/// # use kai_core::{Body, Payload};
/// let payload = Payload::default().with_form("text", || Ok(Body::whole(b"nginx:1.27".to_vec())));
/// assert_eq!(payload.body("text")?.read()?, b"nginx:1.27");
/// assert!(payload.body("json").is_err());
/// # Ok::<(), kai_core::ReportError>(())
/// ```
#[derive(Clone, Default)]
pub struct Payload {
    forms: Vec<Form>,
}

#[derive(Clone)]
struct Form {
    name: String,
    contents: String,
    open: Arc<dyn Fn() -> Result<Body, ReportError> + Send + Sync>,
}

impl Payload {
    /// The same payload with one more form. Its body may be opened several times, and is the same
    /// each time.
    #[must_use]
    pub fn with_form(
        mut self,
        name: impl Into<String>,
        open: impl Fn() -> Result<Body, ReportError> + Send + Sync + 'static,
    ) -> Self {
        let form = Form { name: name.into(), contents: String::new(), open: Arc::new(open) };
        self.forms.push(form);
        self
    }

    /// The same payload with what a form contains, in a few words for a log, as `3 namespaces`.
    #[must_use]
    pub fn with_contents(mut self, form: &str, contents: impl Into<String>) -> Self {
        if let Some(form) = self.forms.iter_mut().find(|known| known.name == form) {
            form.contents = contents.into();
        }
        self
    }

    /// The same payload with this form alone, if it has it.
    #[must_use]
    pub fn only(mut self, form: &str) -> Self {
        self.forms.retain(|known| known.name == form);
        self
    }

    /// The names of its forms.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(|form| form.name.as_str())
    }

    /// Whether it has a form.
    #[must_use]
    pub fn has(&self, form: &str) -> bool {
        self.forms().any(|known| known == form)
    }

    /// The body in a form.
    ///
    /// # Errors
    /// When there is no such form, or it can't be read.
    pub fn body(&self, form: &str) -> Result<Body, ReportError> {
        let known = self.forms.iter().find(|known| known.name == form);
        let form = known.ok_or_else(|| {
            ReportError::new(format!("the report has no body for `{form}`"), Retry::Never)
        })?;
        (form.open)()
    }

    /// What a form contains, where that is known.
    #[must_use]
    pub fn contents(&self, form: &str) -> &str {
        let known = self.forms.iter().find(|known| known.name == form);
        known.map_or("", |form| &form.contents)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("forms", &self.forms().collect::<Vec<_>>()).finish()
    }
}

/// The pieces of a body, in their order.
pub type Pieces = Box<dyn Iterator<Item = Result<Vec<u8>, ReportError>> + Send>;

/// A body in pieces, whose length is known beforehand: the whole of it need never be in memory.
pub struct Body {
    length: Length,
    pieces: Pieces,
}

enum Length {
    Known(u64),
    Measured(Box<dyn Fn() -> Result<u64, ReportError> + Send>),
}

impl Body {
    /// A body of this length, in bytes, that these pieces make.
    #[must_use]
    pub fn new(length: u64, pieces: Pieces) -> Self {
        Self { length: Length::Known(length), pieces }
    }

    /// A body whose length is measured only on [request](Self::length).
    #[must_use]
    pub fn measured_by(
        measure: impl Fn() -> Result<u64, ReportError> + Send + 'static,
        pieces: Pieces,
    ) -> Self {
        Self { length: Length::Measured(Box::new(measure)), pieces }
    }

    /// A body in one piece.
    #[must_use]
    pub fn whole(bytes: Vec<u8>) -> Self {
        Self::new(bytes.len() as u64, Box::new(std::iter::once(Ok(bytes))))
    }

    /// Its length in bytes.
    ///
    /// # Errors
    /// When it has to be measured, and can't be.
    pub fn length(&self) -> Result<u64, ReportError> {
        match &self.length {
            Length::Known(length) => Ok(*length),
            Length::Measured(measure) => measure(),
        }
    }

    /// Its pieces.
    #[must_use]
    pub fn into_pieces(self) -> Pieces {
        self.pieces
    }

    /// All of it in memory.
    ///
    /// # Errors
    /// When a piece can't be read.
    pub fn read(self) -> Result<Vec<u8>, ReportError> {
        self.pieces.collect::<Result<Vec<_>, _>>().map(|pieces| pieces.concat())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = match &self.length {
            Length::Known(length) => Some(length),
            Length::Measured(_) => None,
        };
        f.debug_struct("Body").field("length", &length).finish_non_exhaustive()
    }
}

/// Why a report was not delivered.
///
/// The message is a lowercase fragment that doesn't repeat the [`source`](Error::source).
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReportError {
    message: String,
    retry: Retry,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ReportError {
    /// A failed delivery, with a message that is a lowercase fragment.
    #[must_use]
    pub fn new(message: impl Into<String>, retry: Retry) -> Self {
        Self { message: message.into(), retry, source: None }
    }

    /// The same failure with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The error that caused it.
    #[must_use]
    pub fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        self.source
    }

    /// Whether and when to try again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.retry
    }
}
