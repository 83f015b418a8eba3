//! A server of plain HTTP that answers by a script, in bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use socket2::SockRef;

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
    /// Writes these, and resets the connection.
    Reset(Vec<u8>),
}

/// What is done about the request for a path.
pub(crate) type Script = Arc<dyn Fn(&str) -> Act + Send + Sync>;

/// It ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    paths: Arc<Mutex<Vec<String>>>,
    ends: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (paths, ends) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(AtomicBool::new(false)));
        let (asked, ended) = (Arc::clone(&paths), Arc::clone(&ends));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (script, asked) = (Arc::clone(&script), Arc::clone(&asked));
                let ended = Arc::clone(&ended);
                std::thread::spawn(move || talk(stream, &script, &asked, &ended));
            }
        });
        Self { address, paths, ends }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked for, without queries.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.paths.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // So that it looks.
        let _ = TcpStream::connect(self.address);
    }
}

fn talk(mut stream: TcpStream, script: &Script, asked: &Mutex<Vec<String>>, ended: &AtomicBool) {
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
        let act = script(&path);
        asked.lock().unwrap().push(path);
        let go_on = match act {
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
            Act::Reset(bytes) => {
                let _ = stream.write_all(&bytes);
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                false
            }
        };
        if !go_on {
            return;
        }
    }
}
