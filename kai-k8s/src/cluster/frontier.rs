//! The namespaces whose pods are yet to be listed, while the first page of all pods still comes in.
//!
//! The page takes them from the front, in the order of the server's keys; lists of single namespaces
//! take them from the back. Where they meet, a namespace belongs to whoever came first, so that
//! each pod is told once. (One that was made after the namespaces were listed is told if the page
//! comes to it in time.)

use std::cmp::Ordering;
use std::iter::once;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What is left, and how far the page has come.
#[derive(Debug, Default)]
pub(crate) struct Frontier(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// In the order of their keys; `None` before it is known what is to be listed.
    left: Option<Vec<String>>,
    /// The key of the last pod that the page has yielded.
    last: String,
    /// The first namespace that was taken from the back.
    taken: Option<String>,
    /// Whether the page has ended.
    ended: bool,
    waiting: Option<Waker>,
}

/// A namespace that is to be listed, strictly after a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) namespace: String,
    pub(crate) after: String,
}

impl Left {
    /// All of a namespace.
    pub(crate) fn whole(namespace: String) -> Self {
        Self { namespace, after: String::new() }
    }
}

impl Frontier {
    /// How many of some namespaces the page has not passed.
    pub(crate) fn count_ahead(&self, namespaces: &[String]) -> usize {
        let state = self.state();
        let ahead = |name: &&String| by_key(name, state.reached()) != Ordering::Less;
        namespaces.iter().filter(ahead).count()
    }

    /// Sets which namespaces are to be listed but for what the page yields of them.
    pub(crate) fn open(&self, mut namespaces: Vec<String>) {
        namespaces.sort_unstable_by(|one, other| by_key(one, other));
        self.change(|state| state.left = Some(namespaces));
    }

    /// Whether a pod of the page is to be yielded; otherwise the list of its namespace does so.
    pub(crate) fn admits(&self, namespace: &str, name: &str) -> bool {
        let mut state = self.state();
        let taken = state.taken.as_ref();
        if state.ended || taken.is_some_and(|taken| by_key(namespace, taken) != Ordering::Less) {
            drop(state);
            self.end();
            return false;
        }
        state.last.clear();
        state.last.extend([namespace, "/", name]);
        true
    }

    /// Notes that the page has ended.
    pub(crate) fn end(&self) {
        self.change(|state| state.ended = true);
    }

    /// Whether the page is to end.
    pub(crate) fn has_ended(&self) -> bool {
        self.state().ended
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waiting = {
            let mut state = self.state();
            change(&mut state);
            state.waiting.take()
        };
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    /// The next namespace to list. One that the page may yet come to waits for its end.
    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<Left>> {
        let mut state = self.state();
        let place = match &state.left {
            None => None,
            Some(left) => match left.last() {
                None => return Poll::Ready(None),
                Some(next) => Some(by_key(next, state.reached())),
            },
        };
        let after = match place {
            Some(Ordering::Greater) => String::new(),
            Some(Ordering::Equal) if state.ended => state.last.clone(),
            Some(Ordering::Less) if state.ended => return Poll::Ready(None),
            _ => {
                state.waiting = Some(cx.waker().clone());
                return Poll::Pending;
            }
        };
        let next = state.left.as_mut().and_then(Vec::pop);
        state.taken.clone_from(&next);
        Poll::Ready(next.map(|namespace| Left { namespace, after }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The namespace of the last pod that the page has yielded.
    fn reached(&self) -> &str {
        self.last.split('/').next().unwrap_or_default()
    }
}

/// How the server orders the pods of two namespaces: `a-b/…` before `a/…`.
fn by_key(one: &str, other: &str) -> Ordering {
    one.bytes().chain(once(b'/')).cmp(other.bytes().chain(once(b'/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All namespaces to be listed, but for what a page has yielded up to a pod.
    fn frontier(last: &str) -> Frontier {
        let (frontier, names) = (Frontier::default(), ["a", "c", "b", "a-b", "d"]);
        if let Some((namespace, name)) = last.split_once('/') {
            assert!(frontier.admits(namespace, name));
        }
        assert_eq!(next(&frontier), Poll::Pending, "nothing is known");
        frontier.open(names.map(str::to_owned).to_vec());
        frontier
    }

    fn next(frontier: &Frontier) -> Poll<Option<String>> {
        let next = frontier.poll_next(&Context::from_waker(Waker::noop()));
        next.map(|left| left.map(|Left { namespace, after }| format!("{namespace}>{after}")))
    }

    fn found(text: &str) -> Poll<Option<String>> {
        Poll::Ready(Some(text.to_owned()))
    }

    #[test]
    fn the_page_has_them_from_the_front_and_lists_from_the_back() {
        let frontier = frontier("a-b/1");
        assert_eq!(next(&frontier), found("d>"));
        assert!(frontier.admits("a-b", "2") && frontier.admits("a", "1"));
        assert_eq!(next(&frontier), found("c>"));
        assert_eq!(next(&frontier), found("b>"));
        assert_eq!(next(&frontier), Poll::Pending, "the page may tell all of it");
        assert!(frontier.admits("a", "2"));
        frontier.end();
        assert_eq!(next(&frontier), found("a>a/2"), "the page broke off in it");
        assert_eq!(next(&frontier), Poll::Ready(None), "the page had the rest");
    }

    #[test]
    fn a_namespace_that_a_list_has_is_not_told_by_the_page() {
        let frontier = frontier("a/1");
        for expected in ["d>", "c>", "b>"] {
            assert_eq!(next(&frontier), found(expected));
        }
        assert!(frontier.admits("a", "2"));
        assert!(!frontier.admits("b", "1"));
        assert!(!frontier.admits("c", "1"));
        assert_eq!(next(&frontier), found("a>a/2"));
        assert_eq!(next(&frontier), Poll::Ready(None));
    }

    #[test]
    fn without_a_page_all_are_listed() {
        let frontier = frontier("");
        frontier.end();
        for expected in ["d>", "c>", "b>", "a>", "a-b>"] {
            assert_eq!(next(&frontier), found(expected));
        }
        assert_eq!(next(&frontier), Poll::Ready(None));
    }

    #[test]
    fn what_the_page_has_not_passed_is_counted_as_the_server_orders_it() {
        let frontier = frontier("a/1");
        let names = ["a", "a-b", "a.b", "b"].map(str::to_owned);
        assert_eq!(frontier.count_ahead(&names), 2, "`a-b/` comes before `a/`, `a.b/` too");
        assert_eq!(Frontier::default().count_ahead(&names), 4);
    }

    #[test]
    fn one_that_the_page_has_passed_or_that_is_new_is_not_listed() {
        let frontier = frontier("bb/1");
        frontier.end();
        assert_eq!(next(&frontier), found("d>"));
        assert_eq!(next(&frontier), found("c>"));
        assert_eq!(next(&frontier), Poll::Ready(None));
    }

    #[test]
    fn who_waits_is_woken_by_the_end_of_the_page() {
        struct Woken(std::sync::atomic::AtomicBool);
        impl std::task::Wake for Woken {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        }
        let woken = std::sync::Arc::new(Woken(false.into()));
        let frontier = frontier("d/1");
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        assert_eq!(frontier.poll_next(&Context::from_waker(&waker)), Poll::Pending);
        frontier.end();
        assert!(woken.0.load(std::sync::atomic::Ordering::Relaxed));
    }
}
