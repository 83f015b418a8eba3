//! Error chains: an error with its causes, and which of their messages to show.

use std::error::Error;
use std::io;
use std::iter;

/// An error and its causes, including those that an `io::Error` wraps but skips in `source()`.
pub fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    })
}

/// The message of the root cause: those around it only add the client's internal context, repeat it
/// in general terms, or repeat the URL. It is untrusted text.
#[must_use]
pub fn root(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// The messages of an error and its causes, without duplicates.
#[must_use]
pub fn messages(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for message in causes(error).map(ToString::to_string) {
        if !said.iter().any(|earlier| earlier.contains(&message)) {
            said.push(message);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<dyn Error + Send + Sync>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    fn layers() -> Layer {
        let refused = Layer("refused", None);
        let wrapped = io::Error::other(Layer("no route", Some(refused.into())));
        Layer("it failed: no route", Some(wrapped.into()))
    }

    #[test]
    fn what_an_io_error_wraps_is_a_cause() {
        let error = layers();
        let layers = causes(&error).map(|cause| cause.downcast_ref().map(|Layer(said, _)| *said));
        let expected = [Some("it failed: no route"), None, Some("no route"), Some("refused")];
        assert_eq!(layers.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_root_is_told_alone_and_each_message_once() {
        assert_eq!(root(&layers()), "refused");
        assert_eq!(messages(&layers()), ["it failed: no route", "refused"]);
        assert_eq!(root(&Layer("alone", None)), "alone");
    }
}
