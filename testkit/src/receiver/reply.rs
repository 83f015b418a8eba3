/// How a [`Receiver`](crate::Receiver) answers one request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Reply {
    /// With a status, headers and a body, once the request is complete.
    Answer {
        /// The status code.
        code: u16,
        /// Names and values of headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
        /// Cut the connection after so many bytes of the body.
        cut_after: Option<usize>,
        /// Answer at once, and discard the request's body.
        early: bool,
    },
    /// Not at all: the request is taken, and the connection stays open.
    Stall,
    /// The connection is reset after so many bytes of the request's body.
    ResetAfter(usize),
}

impl Reply {
    /// A status without a body.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::Answer {
            code,
            headers: Vec::new(),
            body: String::new(),
            cut_after: None,
            early: false,
        }
    }

    /// 200 with JSON.
    #[must_use]
    pub fn json(body: impl Into<String>) -> Self {
        Self::status(200).header("content-type", "application/json").body(body)
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same answer with a body.
    #[must_use]
    pub fn body(mut self, text: impl Into<String>) -> Self {
        if let Self::Answer { body, .. } = &mut self {
            *body = text.into();
        }
        self
    }

    /// The same answer, given before the request's body is read, as proxies do that find
    /// it too long; what comes of it is discarded.
    #[must_use]
    pub fn early(mut self) -> Self {
        if let Self::Answer { early, .. } = &mut self {
            *early = true;
        }
        self
    }

    /// The same answer, cut off after so many bytes of its body.
    #[must_use]
    pub fn cut_after(mut self, bytes: usize) -> Self {
        if let Self::Answer { cut_after, .. } = &mut self {
            *cut_after = Some(bytes);
        }
        self
    }
}
