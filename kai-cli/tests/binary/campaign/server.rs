//! A server of plain HTTP that answers by a script, in bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What a server does about a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Writes these bytes, and goes on with the connection if they are a whole answer.
    Say(Vec<u8>),
    /// Writes these, and closes.
    SayAndClose(Vec<u8>),
    /// Writes the first, and then the second again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// Writes these a byte at a time.
    Drip(Vec<u8>),
    /// Says nothing.
    Silence,
    Close,
}

/// What is done about the request for a path, the nth one for it.
pub(crate) type Script = Arc<dyn Fn(&str, usize) -> Act + Send + Sync>;

/// It ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    ends: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counter, ended) = (Arc::clone(&requests), Arc::clone(&ends));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (script, counter) = (Arc::clone(&script), Arc::clone(&counter));
                let ended = Arc::clone(&ended);
                std::thread::spawn(move || talk(stream, &script, &counter, &ended));
            }
        });
        Self { address, requests, ends }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // So that it looks.
        let _ = TcpStream::connect(self.address);
    }
}

fn talk(mut stream: TcpStream, script: &Script, counter: &AtomicUsize, ended: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let _ = stream.set_write_timeout(Some(Duration::from_secs(20)));
    let mut head = Vec::new();
    let mut byte = [0];
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return,
            }
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        head.clear();
        let target = text.split(' ').nth(1).unwrap_or_default().to_owned();
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let nth = counter.fetch_add(1, Ordering::Relaxed);
        let go_on = match script(&path, nth) {
            Act::Say(bytes) => stream.write_all(&bytes).is_ok(),
            Act::SayAndClose(bytes) => {
                let _ = stream.write_all(&bytes);
                false
            }
            Act::Endless(first, again) => {
                let mut said = stream.write_all(&first).is_ok();
                while said && !ended.load(Ordering::Relaxed) {
                    said = stream.write_all(&again).is_ok();
                }
                false
            }
            Act::Drip(bytes) => {
                for byte in bytes {
                    if ended.load(Ordering::Relaxed) || stream.write_all(&[byte]).is_err() {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(50));
                }
                true
            }
            Act::Silence => {
                while !ended.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(50));
                }
                false
            }
            Act::Close => false,
        };
        if !go_on {
            return;
        }
    }
}
