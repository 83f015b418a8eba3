mod addresses;
mod health;
mod limits;
mod metrics;
mod routes;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use hyper::body::Bytes;
use kai_core::{
    Change, CollectOptions, Container, ContainerKind, LeftOutReason, Observed, Pod, PodPhase,
    Revision, Summary,
};

use super::clock::Clock;
use super::*;
use crate::periodic::{Figures, Live, Observer, Outcome, Shown};

/// How long a test waits for what has to come at once.
const PATIENCE: Duration = Duration::from_secs(20);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A clock that goes on when it is told to.
#[derive(Debug)]
struct Hands(Mutex<(Instant, SystemTime)>);

impl Hands {
    /// At the first second of 2026.
    fn new() -> Arc<Self> {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        Arc::new(Self(Mutex::new((Instant::now(), date))))
    }

    fn advance(&self, time: Duration) {
        let mut hands = self.0.lock().unwrap();
        hands.0 += time;
        hands.1 += time;
    }
}

impl Clock for Hands {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().0
    }

    fn date(&self) -> SystemTime {
        self.0.lock().unwrap().1
    }
}

/// A state, the clock that it goes by, and the endpoint that shows it.
struct Bench {
    state: Arc<State>,
    clock: Arc<Hands>,
    server: Server,
}

impl Bench {
    fn new() -> Self {
        Self::with(true, Limits::default())
    }

    fn with(show_inventory: bool, limits: Limits) -> Self {
        let clock = Hands::new();
        let state = State::with_clock(REQUEST_TIMEOUT, show_inventory, clock.clone());
        let state = Arc::new(state.of_watch());
        let listen = "127.0.0.1:0".parse().unwrap();
        let routes = Routes::new(Arc::clone(&state));
        let server = Server::bind_within(listen, routes, limits);
        Self { state, clock, server: server.unwrap() }
    }

    /// Stores the last report, as a line of JSON and as a page.
    fn remember(&self, inventory: impl Into<Bytes>, page: impl Into<Bytes>) {
        self.state.report(Shown { inventory: inventory.into(), page: page.into() });
    }

    fn connect(&self) -> TcpStream {
        connect(self.server.address)
    }

    /// Sends the head of a request without its end.
    fn send(&self, head: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(format!("{head}\r\nHost: kai\r\n\r\n").as_bytes()).unwrap();
        Answer::read(&mut stream)
    }

    fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1"))
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What comes until the server closes the connection.
#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    /// In lower case, each in a line.
    head: String,
    body: String,
}

impl Answer {
    fn read(stream: &mut TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        Self::parse(&text)
    }

    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// A cluster of which all is known: one pod that runs an image.
fn live() -> Arc<Live> {
    let live = Live::new(&CollectOptions::default(), false, Some("prod"));
    let container = Container::new(ContainerKind::Regular, "app", "nginx:1.27").running();
    let pod = Pod::new("shop", "web-0").with_phase(PodPhase::Running).with_container(container);
    for change in [
        Change::Began,
        Change::Observed(Observed::Pod(pod), Revision::new(1)),
        Change::Synced(Revision::new(1)),
    ] {
        live.apply(change, SystemTime::UNIX_EPOCH);
    }
    Arc::new(live)
}

/// The figures of an inventory.
fn figures() -> Figures {
    let mut summary = Summary::default();
    summary.pods = 20;
    summary.left_out = [(LeftOutReason::Phase, 4)].into();
    Figures { namespaces: 3, images: 7, summary, skipped: 0 }
}
