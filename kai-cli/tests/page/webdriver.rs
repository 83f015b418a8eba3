//! A browser without a window, driven by chromedriver over `WebDriver`'s HTTP API.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// A browser; it ends when dropped. Whatever goes wrong with it is a panic that tells what.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts one, `None` where chromedriver isn't installed.
    pub(crate) fn start() -> Option<Self> {
        let mut driver = match Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
        {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            driver => driver.expect("chromedriver starts"),
        };
        let stdout = BufReader::new(driver.stdout.take().unwrap());
        let port = stdout
            .lines()
            .find_map(|line| {
                line.ok()?.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
            })
            .expect("chromedriver names its port");
        let mut browser = Self { driver, port, session: String::new() };
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--window-size=1280,800",
                // A host that isn't loopback: what it serves over plain HTTP isn't trusted.
                "--host-resolver-rules=MAP kai.test 127.0.0.1",
            ] },
        });
        let answer = browser.call(
            "POST",
            "/session",
            &json!({ "capabilities": { "alwaysMatch": capabilities } }),
        );
        answer["sessionId"].as_str().expect("a session").clone_into(&mut browser.session);
        Some(browser)
    }

    /// Opens a page, never only another fragment of the one that is open.
    pub(crate) fn open(&self, url: &str) {
        self.post("url", &json!({ "url": "about:blank" }));
        self.post("url", &json!({ "url": url }));
    }

    /// Loads the page again.
    pub(crate) fn reload(&self) {
        self.post("refresh", &json!({}));
    }

    /// Runs the body of a function in the page; `arguments[0]` is the argument. A promise is waited for.
    pub(crate) fn run(&self, body: &str, argument: impl Into<Value>) -> Value {
        self.post("execute/sync", &json!({ "script": body, "args": [argument.into()] }))
    }

    /// Types into what has the focus, a key after the other; [special keys] are characters, too.
    ///
    /// [special keys]: https://www.w3.org/TR/webdriver2/#keyboard-actions
    pub(crate) fn keys(&self, text: &str) {
        let actions: Vec<_> = text
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|what| json!({ "type": what, "value": key.to_string() }))
            })
            .collect();
        self.post(
            "actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }),
        );
    }

    /// Clicks the first element that a CSS selector selects, as a mouse would.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.post("element", &json!({ "using": "css selector", "value": selector }));
        let id =
            element.as_object().and_then(|it| it.values().next()?.as_str()).expect("an element");
        self.post(&format!("element/{id}/click"), &json!({}));
    }

    /// Calls the browser's own protocol.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Gives the page this size, in a light or dark scheme.
    pub(crate) fn show(&self, width: u16, height: u16, dark: bool) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Writes what is shown as a PNG.
    pub(crate) fn screenshot(&self, path: &Path) {
        let picture = self.call("GET", &self.path("screenshot"), &Value::Null);
        let picture = BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap();
        fs::write(path, picture).unwrap();
    }

    /// What was logged to the console since the last call, violations of the policy included.
    pub(crate) fn console(&self) -> Vec<String> {
        let entries = self.post("se/log", &json!({ "type": "browser" }));
        entries.as_array().unwrap().iter().map(|it| it["message"].to_string()).collect()
    }

    fn path(&self, rest: &str) -> String {
        format!("/session/{}/{rest}", self.session)
    }

    fn post(&self, what: &str, body: &Value) -> Value {
        self.call("POST", &self.path(what), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.exchange(method, path, body).expect("chromedriver answers");
        let mut answer: Value =
            serde_json::from_slice(&answer).expect("chromedriver answers in JSON");
        assert_eq!(status, 200, "{method} {path}: {}", answer["value"]["message"]);
        answer["value"].take()
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> io::Result<(u16, Vec<u8>)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|it| it.parse().ok())
            .ok_or(io::ErrorKind::InvalidData)?;
        let mut length = 0;
        while !line.trim_end().is_empty() {
            line.clear();
            reader.read_line(&mut line)?;
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        Ok((status, answer))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser, which would outlive chromedriver.
        if !self.session.is_empty() {
            let _ = self.exchange("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
