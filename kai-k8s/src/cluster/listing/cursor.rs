//! How far a list was read, by the keys of its objects.

use kai_core::Observed;

use crate::cluster::error::Failure;

/// What was given out so far, so that every recovery resumes strictly after it.
///
/// Keys are compared as etcd orders them: `namespace/name` as one text.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    last: String,
    key: String,
    /// Whether what comes may have been given out already.
    resuming: bool,
}

impl Cursor {
    pub(super) fn after(last: String) -> Self {
        Self { resuming: !last.is_empty(), last, ..Self::default() }
    }

    /// Whether an object is new. One that comes out of order could be either, and is an error.
    pub(super) fn admits(&mut self, fact: &Observed) -> Result<bool, Failure> {
        self.key.clear();
        match fact {
            Observed::Pod(pod) => self.key.extend([&pod.namespace, "/", &pod.name]),
            Observed::Namespace(namespace) => self.key.push_str(&namespace.name),
            Observed::Node(node) => self.key.push_str(&node.name),
            Observed::Controller(controller) => {
                self.key.extend([&*controller.namespace, "/", &*controller.object.name]);
            }
            // No list has any other.
            _ => return Ok(true),
        }
        if self.key > self.last {
            self.resuming = false;
            std::mem::swap(&mut self.key, &mut self.last);
            Ok(true)
        } else if self.resuming {
            Ok(false)
        } else {
            Err(Failure::Unordered(self.key.clone(), self.last.clone()))
        }
    }

    pub(super) fn resume(&mut self) {
        self.resuming = !self.last.is_empty();
    }
}
