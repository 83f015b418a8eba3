//! What the page has to do, checked in a real browser. Each check opens the page anew.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::{Value, json};

use crate::webdriver::Browser;

/// Keys of the keyboard in `WebDriver`'s encoding.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const SPACE: &str = " ";

/// Functions for the scripts of the checks. They see only what a reader of the page sees.
const READ: &str = r"
    const all = (selector) => [...document.querySelectorAll(selector)];
    const texts = (selector) => all(selector).map((it) => it.textContent);
    const counts = () => Object.fromEntries(all('#counts div').map((it) => [...it.children].map((it) => it.textContent)));
    const column = (name, rows = 'tbody tr') => texts(`${rows} td[data-label=${name}]`);
";

fn read(browser: &Browser, expression: &str) -> Value {
    browser.run(&format!("{READ} return {expression};"), ())
}

/// Waits for what comes after a pause, as the address does.
fn wait_for(browser: &Browser, expression: &str) {
    let end = Instant::now() + Duration::from_secs(10);
    while read(browser, expression) != json!(true) {
        assert!(Instant::now() < end, "in vain: {expression}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().expect("an array").iter().map(|it| it.as_str().expect("a string")).collect()
}

fn type_into_search(browser: &Browser, text: &str) {
    browser.run("document.activeElement.blur()", ());
    browser.keys("/");
    assert_eq!(read(browser, "document.activeElement.id"), "search", "`/` focuses the search");
    browser.keys(text);
}

/// No script of the data runs, nothing breaks the policy, nothing is logged.
fn assert_quiet(browser: &Browser) {
    assert_eq!(browser.console(), Vec::<String>::new());
    assert_eq!(
        read(browser, "performance.getEntriesByType('resource').map((it) => it.name)"),
        json!([])
    );
}

pub(crate) fn search_narrows_by_every_word(browser: &Browser, url: &str) {
    browser.open(url);
    let before = read(browser, "counts()");
    type_into_search(browser, "ISTIO-proxy catalog");
    browser.run("document.querySelector('[value=none]').click()", ());
    let rows = read(browser, "texts('tbody tr')");
    assert!(!strings(&rows).is_empty());
    for row in strings(&rows) {
        assert!(row.contains("istio-proxy") && row.contains("catalog"), "{row}");
    }
    let counts = read(browser, "counts()");
    let of = format!("{} of {}", strings(&rows).len(), before["Uses"].as_str().unwrap());
    assert_eq!(counts["Uses"], of);
    wait_for(browser, "location.hash === '#search=ISTIO-proxy+catalog&group=none&sort='");

    browser.keys("/");
    browser.keys(ESCAPE);
    assert_eq!(read(browser, "counts()"), before, "Escape clears the search");

    type_into_search(browser, "no-such-thing");
    assert_eq!(
        read(browser, "texts('#empty')"),
        json!(["No use of an image matches “no-such-thing”."])
    );
    assert_eq!(read(browser, "getComputedStyle(table).display"), "none");
    assert_quiet(browser);
}

pub(crate) fn address_keeps_the_state(browser: &Browser, url: &str) {
    browser.open(&format!("{url}#search=api&group=namespace&sort=-pods"));
    let state = "[search.value, document.querySelector(':checked').value, \
                 document.querySelector('[aria-sort]').textContent, counts()]";
    let shown = read(browser, state);
    assert_eq!(shown[0], "api");
    assert_eq!(shown[1], "namespace");
    assert_eq!(shown[2], "Pods");
    browser.reload();
    assert_eq!(read(browser, state), shown);
    browser.run("location.hash = '#group=__proto__&sort=constructor&search=%E0'", ());
    wait_for(browser, "document.querySelector(':checked').value === 'image'");
    assert_quiet(browser);
}

pub(crate) fn every_column_sorts_both_ways(browser: &Browser, url: &str) {
    for group in ["none", "image", "namespace", "workload"] {
        browser.open(&format!("{url}#group={group}&search=catalog"));
        for heading in strings(&read(browser, "texts('th')")) {
            let click =
                format!("all('th button').find((it) => it.textContent === '{heading}').click()");
            let sort = format!(
                "all('th').map((it) => it.ariaSort).filter(Boolean).join() + ' ' + column('{heading}')[0]"
            );
            let first = read(browser, &format!("({click}, {sort})"));
            let second = read(browser, &format!("({click}, {sort})"));
            let orders =
                [&first, &second].map(|it| it.as_str().unwrap().split(' ').next().unwrap());
            assert!(
                orders.contains(&"ascending") && orders.contains(&"descending"),
                "{heading}: {orders:?}"
            );
        }
    }
    browser.open(&format!("{url}#group=none&sort=tag"));
    // Numbers within a text are compared as numbers, and what is unknown is last.
    let tags = read(browser, "(all('th button').length, [...new Set(lines.map((it) => it.tag))])");
    let tags = strings(&tags);
    let at = |tag| tags.iter().position(|it| *it == tag).unwrap();
    assert!(at("1.4.2") < at("1.4.10"), "{tags:?}");
    assert_eq!(tags.last(), Some(&""));
    browser.run(
        "[...document.querySelectorAll('th button')].find((it) => it.textContent === 'Pods').click()",
        (),
    );
    let pods = read(browser, "column('Pods').map(Number)");
    let pods: Vec<_> = pods.as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    assert!(pods.is_sorted_by(|a, b| a >= b), "the most pods come first: {pods:?}");
    assert_quiet(browser);
}

pub(crate) fn groups_sum_their_rows(browser: &Browser, url: &str) {
    for group in ["image", "namespace", "workload"] {
        browser.open(&format!("{url}#group={group}&search=catalog-batch"));
        let closed = read(browser, "column('Uses', '.group').map(Number)");
        assert_eq!(read(browser, "all('.use').length"), 0);
        browser.click("#all");
        let opened = read(browser, "all('.group').map((it) => {
            let uses = 0;
            for (let next = it.nextSibling; next?.className === 'use'; next = next.nextSibling) uses++;
            return uses;
        })");
        assert_eq!(opened, closed, "{group}");
        assert_eq!(
            read(browser, "all('[aria-expanded=true]').length"),
            closed.as_array().unwrap().len()
        );
        // A pod with two containers is one pod, though in two uses.
        let pods = read(
            browser,
            "all('.group').map((it) => {
            const cell = (line, name) => line.querySelector(`[data-label=${name}]`).textContent;
            const most = {};
            const sums = {};
            for (let next = it.nextSibling; next?.className === 'use'; next = next.nextSibling) {
                const workload = cell(next, 'Namespace') + cell(next, 'Workload');
                const container = workload + cell(next, 'Container');
                sums[container] = (sums[container] ?? 0) + Number(cell(next, 'Pods'));
                most[workload] = Math.max(most[workload] ?? 0, sums[container]);
            }
            return Object.values(most).reduce((a, b) => a + b, 0);
        })",
        );
        assert_eq!(read(browser, "column('Pods', '.group').map(Number)"), pods, "{group}");
        browser.click("#all");
        assert_eq!(read(browser, "all('.use').length"), 0);
    }
    assert_quiet(browser);
}

pub(crate) fn keyboard_reaches_everything(browser: &Browser, url: &str) {
    browser.open(&format!("{url}#search=kube-system"));
    let mut reached = Vec::new();
    for _ in 0..25 {
        browser.keys(TAB);
        let focus = read(
            browser,
            "[document.activeElement.id || document.activeElement.value || \
            document.activeElement.closest('tr')?.className || 'other', \
            getComputedStyle(document.activeElement.closest('label') ?? document.activeElement).outlineStyle]",
        );
        if focus[0] == "other" {
            break;
        }
        assert_eq!(focus[1], "solid", "the focus on {} is visible", focus[0]);
        reached.push(focus[0].as_str().unwrap().to_owned());
        if focus[0] == "group" {
            break;
        }
    }
    for wanted in ["search", "image", "all", "copy", "digest", "since", "group"] {
        assert!(reached.iter().any(|it| it == wanted), "{wanted}: {reached:?}");
    }
    let state = "[document.activeElement.ariaExpanded, all('.use').length > 0]";
    assert_eq!(read(browser, state), json!(["false", false]));
    browser.keys(ENTER);
    assert_eq!(read(browser, state), json!(["true", true]));
    browser.keys(SPACE);
    assert_eq!(read(browser, state), json!(["false", false]));
    // The focus stays on the heading that sorts.
    browser.run("document.querySelector('th button').focus()", ());
    browser.keys(ENTER);
    assert_eq!(read(browser, "document.activeElement.parentElement.ariaSort"), "descending");
    // A radio button's arrows change the grouping.
    browser.run("document.querySelector(':checked').focus()", ());
    browser.keys("\u{e014}");
    assert_eq!(read(browser, "texts('th')[0]"), "Namespace");
    assert_quiet(browser);
}

pub(crate) fn further_rows_come_by_button_and_by_scrolling(browser: &Browser, url: &str) {
    browser.open(&format!("{url}#group=none"));
    let rows = read(browser, "all('tbody tr').length").as_u64().unwrap();
    assert!((40..=200).contains(&rows), "{rows} rows at first");
    browser.run("more.focus()", ());
    thread::sleep(Duration::from_millis(200));
    let rows = read(browser, "all('tbody tr').length").as_u64().unwrap();
    browser.keys(ENTER);
    assert_eq!(
        read(browser, "document.activeElement.sectionRowIndex"),
        rows,
        "the focus is on the first new row"
    );
    let more = read(browser, "all('tbody tr').length").as_u64().unwrap();
    assert!(more > rows);
    browser.run("document.activeElement.blur(); scrollTo(0, 1e9)", ());
    wait_for(browser, &format!("all('tbody tr').length > {more}"));
    // Sorting goes back to the start.
    browser.run("document.querySelector('th button').click()", ());
    assert_eq!(read(browser, "Math.round(table.getBoundingClientRect().top)"), 0);
    assert_quiet(browser);
}

/// Copies, and reads what was copied with the clipboard's API replaced, or from the old command.
fn copied(browser: &Browser) -> String {
    browser.run(
        "window.copied = undefined;
         if (navigator.clipboard) navigator.clipboard.writeText = async (text) => { window.copied = text; };
         document.addEventListener('copy', (event) => { window.copied = event.target.value; });",
        (),
    );
    browser.click("#copy");
    wait_for(browser, "window.copied !== undefined && status.textContent.startsWith('Copied')");
    browser.run("return window.copied", ()).as_str().unwrap().to_owned()
}

/// The records of a CSV as RFC 4180 has it.
fn records(csv: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) =
        (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = csv.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            _ => field.push(character),
        }
    }
    assert!(
        !quoted && field.is_empty() && record.is_empty(),
        "the last record ends with a line feed"
    );
    records
}

pub(crate) fn copy_is_csv_of_what_is_shown(browser: &Browser, url: &str, secure: bool) {
    browser.open(&format!("{url}#group=image&search=istio"));
    assert_eq!(read(browser, "isSecureContext"), secure);
    let csv = records(&copied(browser));
    assert_eq!(csv[0].join(","), read(browser, "columns.join()").as_str().unwrap());
    assert_eq!(json!(csv.len() - 1), read(browser, "found.length"));
    let digest = csv[0].iter().position(|it| it == "digest").unwrap();
    assert!(csv[1..].iter().all(|it| matches!(it[digest].len(), 0 | 71)), "digests are full");
    assert!(csv.iter().all(|it| it.len() == csv[0].len()));
    let told = format!("Copied {} uses as CSV", csv.len() - 1);
    assert_eq!(read(browser, "status.textContent"), told);
    assert_eq!(
        read(browser, "[status.role ?? status.getAttribute('role'), document.activeElement.id]")[1],
        "copy"
    );
    assert_quiet(browser);
}

/// `names` are the namespaces of the page's rows in order; other cells are the same texts.
pub(crate) fn hostile_names_are_only_text(browser: &Browser, url: &str, names: &[&str]) {
    for group in ["image", "namespace", "workload", "none"] {
        browser.open(&format!("{url}#group={group}"));
        let title = read(browser, "[document.title, title.textContent]");
        assert!(
            strings(&title).iter().all(|it| it.contains("</title><script>") && *it != "owned"),
            "{title}"
        );
        browser.run("if (!all.hidden) all.click()", ());
        let elements = read(
            browser,
            "[...new Set(all('body *').map((it) => it.localName))].filter((it) => ['img', 'b', 'iframe'].includes(it))",
        );
        assert_eq!(elements, json!([]));
        assert_eq!(read(browser, "all('script').length"), 2);
        let unfit = read(
            browser,
            r"all('tbody *, h1, #origin *').flatMap((it) => [it.textContent, it.title])
            .filter((it) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(it))",
        );
        assert_eq!(unfit, json!([]), "{group}");
        assert_quiet(browser);
    }
    let shown = read(browser, "column('Namespace')");
    assert!(strings(&shown).contains(&r"\u{202e}gnp.exe"), "{shown}");
    assert!(strings(&shown).contains(&r"line\nbreak\ttab\rreturn"), "{shown}");
    let csv = records(&copied(browser));
    let namespace = csv[0].iter().position(|it| it == "namespace").unwrap();
    let found: Vec<_> = csv[1..].iter().map(|it| it[namespace].as_str()).collect();
    for name in names {
        let safe = if name.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
            format!("'{name}")
        } else {
            (*name).to_owned()
        };
        assert!(found.contains(&safe.as_str()), "{safe:?}: {found:?}");
    }
    // A search for markup is text as well.
    type_into_search(browser, "<img src=zzz onerror=alert(1)>");
    assert!(read(browser, "empty.textContent").as_str().unwrap().contains("<img src=zzz"));
    assert_quiet(browser);
}

/// At any width it is a table to a screen reader.
pub(crate) fn cards_are_still_a_table(browser: &Browser, url: &str) {
    browser.show(400, 800, false);
    browser.open(url);
    let tree = browser.devtools("Accessibility.getFullAXTree", &json!({}));
    let roles: Vec<_> =
        tree["nodes"].as_array().unwrap().iter().map(|it| &it["role"]["value"]).collect();
    for role in ["table", "row", "columnheader", "cell", "searchbox", "radio", "status"] {
        assert!(roles.iter().any(|it| **it == role), "{role}");
    }
    browser.show(1280, 800, false);
}

pub(crate) fn without_javascript_it_says_so(browser: &Browser, url: &str) {
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    browser.open(url);
    let tree = browser.devtools("Accessibility.getFullAXTree", &json!({}));
    let texts =
        tree["nodes"].as_array().unwrap().iter().filter_map(|it| it["name"]["value"].as_str());
    let texts: Vec<_> = texts.filter(|it| !it.is_empty()).collect();
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": false }));
    assert!(texts.iter().any(|it| it.contains("needs JavaScript")), "{texts:?}");
    assert!(!texts.iter().any(|it| it.contains("Group by")), "{texts:?}");
}

pub(crate) fn no_rows_say_so(browser: &Browser, url: &str) {
    browser.open(url);
    assert_eq!(read(browser, "texts('#empty')"), json!(["No container uses an image."]));
    assert_eq!(
        read(browser, "counts()"),
        json!({ "Images": "0", "Uses": "0", "Namespaces": "0", "Workloads": "0" })
    );
    assert_quiet(browser);
}

/// How long keystrokes take from the event to the layout of what changed, in milliseconds, sorted:
/// of each the best of three, for other processes have the processor at times.
pub(crate) fn keystrokes(browser: &Browser, url: &str, group: &str) -> Vec<f64> {
    let mut best = [f64::INFINITY; 22];
    for _ in 0..3 {
        browser.open(&format!("{url}#group={group}"));
        browser.run(
            "let start; window.took = [];
             addEventListener('input', () => { start = performance.now(); }, true);
             addEventListener('input', () => {
                 document.body.offsetHeight;
                 took.push(performance.now() - start);
             });",
            (),
        );
        type_into_search(browser, "istio");
        // Backspace.
        browser.keys(&"\u{e003}".repeat(5));
        browser.keys("payments 1.4");
        let took = browser.run("return took", ());
        let took: Vec<_> = took.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        assert_eq!(took.len(), best.len());
        for (best, took) in best.iter_mut().zip(took) {
            *best = best.min(took);
        }
    }
    best.sort_by(f64::total_cmp);
    best.to_vec()
}

/// The contrast of texts with what is behind them, as WCAG computes it: 4.5 is asked for.
pub(crate) fn contrast_is_enough(browser: &Browser, url: &str) {
    for dark in [false, true] {
        browser.show(1280, 800, dark);
        browser.open(&format!("{url}#search=catalog"));
        browser.run("all.click()", ());
        let low = read(browser, "all('body *').flatMap((it) => {
            if (![...it.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || !it.checkVisibility()) return [];
            const parse = (color) => color.match(/[\\d.]+/g).map(Number);
            const light = (color) => color.slice(0, 3).map((it) => it / 255)
                .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4)
                .reduce((sum, it, at) => sum + it * [0.2126, 0.7152, 0.0722][at], 0);
            let back = it;
            while (back && parse(getComputedStyle(back).backgroundColor)[3] === 0) back = back.parentElement;
            const [a, b] = [getComputedStyle(it).color, back ? getComputedStyle(back).backgroundColor : 'rgb(255, 255, 255)']
                .map((it) => light(parse(it))).sort((a, b) => b - a);
            const contrast = (a + 0.05) / (b + 0.05);
            return contrast < 4.5 ? [`${it.localName}.${it.className} ${it.textContent}: ${contrast}`] : [];
        })");
        assert_eq!(low, json!([]), "dark: {dark}");
    }
    browser.show(1280, 800, false);
}

/// No row is higher than `limit` pixels.
pub(crate) fn every_width_is_readable(browser: &Browser, url: &str, limit: u64) {
    for width in [320, 400, 768, 1024, 1161, 1280, 1920] {
        browser.show(width, 800, false);
        for group in ["image", "namespace", "workload", "none"] {
            browser.open(&format!("{url}#group={group}"));
            browser.run("if (!all.hidden) all.click()", ());
            let scrolls = read(
                browser,
                "document.documentElement.scrollWidth > document.documentElement.clientWidth",
            );
            assert_eq!(scrolls, false, "{width} {group}");
            let highest =
                read(browser, "Math.max(...all('tbody tr').map((it) => it.offsetHeight))");
            assert!(highest.as_u64() < Some(limit), "{width} {group}: a row is {highest} high");
        }
    }
    browser.show(1280, 800, false);
}

/// Serves a page over HTTP and keeps what is requested.
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(page: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let page = fs::read(page).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // The browser opens connections that it doesn't use.
                let (page, kept) = (page.clone(), Arc::clone(&kept));
                thread::spawn(move || answer(stream, &page, &kept));
            }
        });
        Self { port, requests }
    }
}

fn answer(mut stream: TcpStream, page: &[u8], kept: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    for _ in lines.take_while(|it| !it.is_empty()) {}
    kept.lock().unwrap().push(request);
    let length = page.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(page));
}

/// Also of the favicon, which a browser asks for by itself and of which no page hears.
pub(crate) fn nothing_else_is_requested(browser: &Browser, server: &Server) {
    server.requests.lock().unwrap().clear();
    browser.open(&format!("http://127.0.0.1:{}/ui", server.port));
    browser.run("document.querySelector('.group button').click()", ());
    thread::sleep(Duration::from_secs(1));
    assert_quiet(browser);
    assert_eq!(*server.requests.lock().unwrap(), ["GET /ui HTTP/1.1"]);
}
