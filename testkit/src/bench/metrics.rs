/// How many requests a kube-apiserver has got, by its own count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Requests {
    /// Lists of any kind of object, whoever asked. The server's own come at its start.
    pub(super) lists: u64,
    /// All requests of the administrator, as whom all clients log in. (The server counts what it
    /// asks of itself under another name, and some paths, `/version` for one, in no other series.)
    pub(super) all: u64,
}

impl Requests {
    /// Reads the text of `/metrics`.
    pub(super) fn parse(metrics: &str) -> Self {
        let mut requests = Self::default();
        for line in metrics.lines() {
            if let Some((labels, count)) = series(line, "apiserver_request_total")
                && label(labels, "verb") == Some("LIST")
            {
                requests.lists += count;
            }
            if let Some((labels, count)) = series(line, "authenticated_user_requests")
                && label(labels, "username") == Some("admin")
            {
                requests.all += count;
            }
        }
        requests
    }

    /// What was asked since, without the second reading of `/metrics`, which counts itself.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            lists: self.lists.saturating_sub(before.lists),
            all: self.all.saturating_sub(before.all + 1),
        }
    }
}

/// Labels and value of a line `name{labels} value`, if that is its name.
fn series<'a>(line: &'a str, name: &str) -> Option<(&'a str, u64)> {
    let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.rsplit_once("} ")?;
    Some((labels, count(value.trim())?))
}

/// A counter is written as a number of Go, `1.234567e+06` from a million on.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a counter is a whole number"
)]
fn count(value: &str) -> Option<u64> {
    let value: f64 = value.parse().ok()?;
    (value >= 0.0).then_some(value as u64)
}

fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    labels
        .trim_end_matches('"')
        .split("\",")
        .filter_map(|pair| pair.split_once("=\""))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str = r#"# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="pods",scope="namespace",subresource="",verb="LIST",version="v1"} 204
apiserver_request_total{code="410",component="apiserver",dry_run="",group="",resource="pods",scope="cluster",subresource="",verb="LIST",version="v1"} 1
apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="namespaces",scope="cluster",subresource="",verb="LIST",version="v1"} 3
apiserver_request_total{code="200",component="",dry_run="",group="",resource="",scope="",subresource="openapi/v3",verb="GET",version=""} 40
apiserver_request_total{code="0",component="apiserver",dry_run="",group="",resource="pods",scope="cluster",subresource="",verb="WATCH",version="v1"} 9
apiserver_request_total_of_something_else{verb="LIST"} 1000
apiserver_longrunning_requests{verb="LIST"} 1000
authenticated_user_requests{username="admin"} 212
authenticated_user_requests{username="other"} 5000
"#;

    #[test]
    fn lists_and_the_administrators_requests_are_counted() {
        assert_eq!(Requests::parse(METRICS), Requests { lists: 208, all: 212 });
    }

    #[test]
    fn a_count_above_a_million_is_read() {
        let line = r#"apiserver_request_total{verb="LIST"} 1.234567e+06"#;
        assert_eq!(Requests::parse(line), Requests { lists: 1_234_567, all: 0 });
    }

    #[test]
    fn a_difference_leaves_out_the_reading_itself() {
        let (before, after) = (Requests { lists: 5, all: 9 }, Requests { lists: 8, all: 13 });
        assert_eq!(after.since(before), Requests { lists: 3, all: 3 });
    }
}
