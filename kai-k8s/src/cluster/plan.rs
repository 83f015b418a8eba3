//! Chooses how the rest of the pods is listed, from the first responses.

use std::fmt;

use crate::cluster::settings::Split;

/// How many lists of one namespace, side by side, are worth one further page. A page is the longer
/// wait by far: one comes after the other, and a server that has no snapshot of its memory reads
/// each of them from etcd. A list is the greater load where nothing is in it: about half a
/// millisecond. `BENCHMARKS.md` has the measurements.
const LISTS_FOR_A_PAGE: u64 = 2;

/// What the first answers say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// How many pods come after the first page; `None` where the server doesn't say it.
    pub(crate) pods: Option<u64>,
    /// How many pods a page holds; 0: all of them.
    pub(crate) page_size: u32,
    /// How many of the selected namespaces the first page has not passed yet: at the most as many
    /// as are left, since it may be read only in part.
    pub(crate) namespaces: usize,
    /// How many requests are in flight: at the most, or at first where that adapts.
    pub(crate) in_flight: usize,
}

/// How the rest is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// By further pages of the list of all namespaces, one after another.
    Pages,
    /// By a list for each namespace that is wanted, side by side.
    Namespaces,
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pages => "further pages",
            Self::Namespaces => "namespaces",
        })
    }
}

/// Chooses how the rest is listed.
pub(crate) fn choose(split: Split, known: Known) -> Rest {
    match split {
        Split::Pages => Rest::Pages,
        Split::Namespaces => Rest::Namespaces,
        Split::Cheapest => cheapest(known),
    }
}

fn cheapest(known: Known) -> Rest {
    let (Some(pods), 1..) = (known.pods, known.page_size) else { return Rest::Pages };
    let pages = pods.div_ceil(known.page_size.into());
    let worth = pages.saturating_mul(LISTS_FOR_A_PAGE).saturating_mul(known.in_flight as u64);
    if known.namespaces as u64 <= worth { Rest::Namespaces } else { Rest::Pages }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_listed_by_what_is_cheapest() {
        // Pods left, page size, namespaces left, requests in flight.
        let rows = [
            ("a big cluster", Some(49_500), 500, 500, 8, Rest::Namespaces),
            ("a middling one", Some(9_500), 500, 200, 8, Rest::Namespaces),
            ("one namespace with everything", Some(49_500), 500, 1, 8, Rest::Namespaces),
            ("thousands of nearly empty namespaces", Some(2_500), 500, 4_900, 8, Rest::Pages),
            ("many namespaces, many pods", Some(99_500), 500, 4_900, 8, Rest::Pages),
            ("as many, more pods", Some(199_500), 500, 4_900, 8, Rest::Namespaces),
            ("a little more than a page", Some(1), 500, 40, 8, Rest::Pages),
            ("all but a few namespaces are excluded", Some(49_500), 500, 3, 8, Rest::Namespaces),
            ("all namespaces that are left are excluded", Some(100), 500, 0, 8, Rest::Namespaces),
            ("one request at a time", Some(9_500), 500, 200, 1, Rest::Pages),
            ("one at a time, few namespaces", Some(9_500), 500, 30, 1, Rest::Namespaces),
            ("small pages", Some(9_500), 100, 1_500, 8, Rest::Namespaces),
            ("at the edge", Some(501), 500, 32, 8, Rest::Namespaces),
            ("beyond the edge", Some(501), 500, 33, 8, Rest::Pages),
            ("a server that does not count", None, 500, 10, 8, Rest::Pages),
            ("a server that turns pages unasked", Some(9_500), 0, 10, 8, Rest::Pages),
            ("a server that cannot count", Some(u64::MAX), 1, usize::MAX, 32, Rest::Namespaces),
        ];
        for (what, pods, page_size, namespaces, in_flight, expected) in rows {
            let known = Known { pods, page_size, namespaces, in_flight };
            assert_eq!(choose(Split::Cheapest, known), expected, "{what}");
            assert_eq!(choose(Split::Pages, known), Rest::Pages, "{what}");
            assert_eq!(choose(Split::Namespaces, known), Rest::Namespaces, "{what}");
        }
    }
}
