use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;

/// Longer than any test.
const AGES: Duration = Duration::from_secs(3600);

#[test]
fn a_request_that_never_ends_its_head_is_dropped() {
    let head = Duration::from_millis(100);
    let bench = Bench::with(true, Limits { connections: 1, head, whole: AGES });
    let (mut silent, mut endless) = (bench.connect(), bench.connect());
    endless.write_all(b"GET /healthz HTTP/1.1\r\nHost: kai\r\nX: ").unwrap();
    // Only one of them is served at once.
    assert_eq!(bench.get("/healthz").status, 200);
    let mut answer = String::new();
    // They may be told by a reset.
    let _ = silent.read_to_string(&mut answer);
    let _ = endless.read_to_string(&mut answer);
    assert!(!answer.contains("200"), "{answer}");
}

#[test]
fn clients_that_say_nothing_delay_no_probe() {
    let bench = Bench::new();
    let idle: Vec<_> = (0..200).map(|_| bench.connect()).collect();
    let asked = Instant::now();
    assert_eq!(bench.get("/healthz").status, 200);
    // A probe that sets no time of its own waits for a second.
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    drop(idle);
}

/// As many as a process may have files, and as the issue of a probe that failed had clients.
#[cfg(unix)]
#[test]
fn thousands_of_clients_that_say_nothing_or_little_delay_no_probe() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    let _ = setrlimit(Resource::Nofile, files);
    // Each connection has two ends here.
    let most = files.current.map_or(5000, |most| usize::try_from(most / 3).unwrap_or(5000));
    let count = most.min(5000);
    let bench = Bench::new();
    let clients: Vec<_> = (0..count)
        .map(|nth| {
            let mut client = bench.connect();
            if nth % 2 == 0 {
                let _ = client.write_all(b"GET /healthz HT");
            }
            client
        })
        .collect();
    for _ in 0..5 {
        let asked = Instant::now();
        assert_eq!(bench.get("/healthz").status, 200);
        assert!(asked.elapsed() < Duration::from_secs(1), "{count}: {:?}", asked.elapsed());
    }
    drop(clients);
}

#[test]
fn clients_that_do_not_read_give_way_where_all_places_are_taken() {
    let head = Duration::from_millis(100);
    let bench = Bench::with(true, Limits { connections: 4, head, whole: AGES });
    bench.remember("x".repeat(64 * 1024 * 1024), "");
    let lazy: Vec<_> = (0..4)
        .map(|_| {
            let mut client = bench.connect();
            client.write_all(b"GET /inventory HTTP/1.1\r\nHost: kai\r\n\r\n").unwrap();
            client
        })
        .collect();
    let asked = Instant::now();
    assert_eq!(bench.get("/healthz").status, 200);
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    drop(lazy);
}

#[test]
fn a_client_that_never_reads_is_dropped() {
    let whole = Duration::from_millis(200);
    let bench = Bench::with(true, Limits { connections: 1, head: AGES, whole });
    let report = "x".repeat(64 * 1024 * 1024);
    bench.remember(report.clone(), "");
    let mut lazy = bench.connect();
    lazy.write_all(b"GET /inventory HTTP/1.1\r\nHost: kai\r\n\r\n").unwrap();
    assert_eq!(bench.get("/healthz").status, 200);
    let mut rest = Vec::new();
    let end = lazy.read_to_end(&mut rest);
    assert!(rest.len() < report.len(), "{} bytes, {end:?}", rest.len());
}

#[test]
fn a_long_report_comes_whole() {
    let bench = Bench::new();
    let report = "0123456789abcdef".repeat(1024 * 1024);
    bench.remember(report.clone(), "");
    let answer = bench.get("/inventory");
    assert_eq!(answer.header("content-length"), Some("16777216"));
    assert!(answer.body == report);
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let bench = Bench::new();
    let long = "x".repeat(9000);
    assert_eq!(bench.send(&format!("GET /healthz HTTP/1.1\r\nX: {long}")).status, 431);
    assert_eq!(bench.send("nonsense").status, 400);
}

/// As often as there is time, each time over a connection of its own; counts the answers.
async fn ask(address: SocketAddr, path: &str, body: &str, until: Instant) -> usize {
    let request = format!("GET {path} HTTP/1.1\r\nHost: kai\r\n\r\n");
    let mut answers = 0;
    while Instant::now() < until {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let answer = Answer::parse(&text);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.ends_with(body), "{path}: {}", answer.body);
        answers += 1;
    }
    answers
}

#[test]
fn two_hundred_at_once_are_all_answered() {
    const AT_ONCE: usize = 200;
    let bench = Bench::new();
    bench.remember("{}\n", "");
    let address = bench.server.address;
    let until = Instant::now() + Duration::from_secs(3);
    let all = async {
        let paths = [("/healthz", "ok\n"), ("/metrics", "_seconds 0\n"), ("/inventory", "{}\n")];
        let clients = (0..AT_ONCE).map(|nth| paths[nth % paths.len()]);
        clients
            .map(|(path, body)| ask(address, path, body, until))
            .collect::<JoinSet<_>>()
            .join_all()
            .await
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let answers = runtime.block_on(async { timeout(PATIENCE, all).await.unwrap() });
    println!("{} answers in 3 s", answers.iter().sum::<usize>());
    assert_eq!(answers.len(), AT_ONCE);
    assert!(answers.iter().all(|count| *count > 0), "{answers:?}");
}
