use super::*;

const PATHS: [&str; 5] = ["/healthz", "/readyz", "/metrics", "/inventory", "/ui"];
const PAGE: &str = "<!doctype html>\n";
const LINE: &str = "{\"timestamp\":\"2026-01-01T00:00:00Z\",\"results\":[]}\n";

/// One that has collected and may show it.
fn collected() -> Bench {
    let bench = Bench::new();
    bench.state.cycle_ended(Duration::from_secs(1), Some(&figures()));
    bench.remember(LINE, PAGE);
    bench
}

#[test]
fn each_path_answers_its_own() {
    let bench = collected();
    let table = [
        ("/healthz", "ok\n", "text/plain; charset=utf-8"),
        ("/readyz", "ok\n", "text/plain; charset=utf-8"),
        ("/inventory", LINE, "application/json"),
        ("/inventory?pretty", LINE, "application/json"),
        ("/ui", PAGE, "text/html; charset=utf-8"),
    ];
    for (path, body, content_type) in table {
        println!("{path}");
        let answer = bench.get(path);
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert_eq!(bench.get("/metrics").status, 200);
    let page = bench.get("/ui");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    assert_eq!(bench.get("/inventory").header("content-security-policy"), None);
}

#[test]
fn an_answer_to_head_is_that_to_get_without_its_body() {
    let bench = collected();
    for path in PATHS.into_iter().chain(["/nothing"]) {
        println!("{path}");
        let (get, head) = (bench.get(path), bench.send(&format!("HEAD {path} HTTP/1.1")));
        assert_eq!(head.status, get.status);
        assert_eq!(head.body, "");
        let length = get.body.len().to_string();
        assert_eq!(head.header("content-length"), Some(length.as_str()));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}

#[test]
fn other_methods_are_refused_and_told_which_are_not() {
    let bench = collected();
    for path in PATHS {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "SMURF"] {
            println!("{method} {path}");
            let answer = bench.send(&format!("{method} {path} HTTP/1.1"));
            assert_eq!(answer.status, 405);
            assert_eq!(answer.header("allow"), Some("get, head"));
        }
    }
    let with_body = bench.send("POST /metrics HTTP/1.1\r\nContent-Length: 1000000");
    assert_eq!(with_body.status, 405);
}

#[test]
fn other_paths_are_not_found_and_told_which_there_are() {
    let bench = collected();
    for path in ["/", "/healthz/", "/HEALTHZ", "//metrics", "/../metrics", "/%6detrics"] {
        println!("{path}");
        let answer = bench.get(path);
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body, "here are:\n/healthz\n/readyz\n/metrics\n/inventory\n/ui\n");
    }
}

#[test]
fn the_inventory_is_closed_unless_it_is_opened() {
    let bench = Bench::with(false, Limits::default());
    bench.remember(LINE, PAGE);
    let answer = bench.get("/inventory");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body, "here are:\n/healthz\n/readyz\n/metrics\n");
}

#[test]
fn the_inventory_is_the_last_one() {
    let bench = Bench::new();
    let before = bench.get("/inventory");
    assert_eq!((before.status, before.body.as_str()), (503, "there is no report yet\n"));
    for line in ["{\"a\":1}\n", "{\"b\":2}\n"] {
        bench.remember(line, "");
        let answer = bench.get("/inventory");
        assert_eq!((answer.status, answer.body.as_str()), (200, line));
    }
}

#[test]
fn it_is_ready_once_an_inventory_was_collected_whatever_comes_after() {
    let bench = Bench::new();
    let table = [
        (None, 503),
        (Some(None), 503),
        (Some(Some(Figures { skipped: 1, ..figures() })), 200),
        (Some(None), 200),
    ];
    for (outcome, status) in table {
        println!("{outcome:?}");
        if let Some(figures) = outcome {
            bench.state.cycle_ended(Duration::from_secs(1), figures.as_ref());
        }
        assert_eq!(bench.get("/readyz").status, status);
    }
}

#[test]
fn what_is_followed_is_shown_as_it_is_now() {
    let bench = collected();
    let live = live();
    bench.state.watching(Some(Arc::clone(&live)));
    bench.state.synced();
    assert_eq!(bench.get("/readyz").status, 200);
    let images = || {
        let answer: serde_json::Value =
            serde_json::from_str(&bench.get("/inventory").body).unwrap();
        assert_eq!(answer["cluster_name"], "prod");
        answer["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["images"].as_array().unwrap().len())
            .sum::<usize>()
    };
    assert_eq!(images(), 1);
    assert!(bench.get("/ui").body.contains("<!doctype html>"));
    let gone = kai_core::Pod::new("shop", "web-0");
    let gone = Change::Gone(Observed::Pod(gone), Revision::new(2));
    live.apply(gone, SystemTime::UNIX_EPOCH);
    // What took long to make may be shown again for as long as that took.
    let shows_it = (0..100).any(|_| images() == 0);
    assert!(shows_it);
    // Without it, the last report stands in.
    bench.state.watching(None);
    assert_eq!(bench.get("/inventory").body, LINE);
}

#[test]
fn a_quiet_watch_is_healthy() {
    let bench = Bench::new();
    bench.state.cycle_started();
    bench.state.synced();
    bench.clock.advance(Duration::from_secs(3600));
    bench.state.beat();
    assert_eq!(bench.get("/healthz").status, 200);
    assert_eq!(bench.get("/readyz").status, 200);
}
