//! The page in a real browser: search, sort, groups, copy, the keyboard, hostile names, and that it
//! requests nothing. Where chromedriver is not installed, nothing is checked, and that is said.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod checks;
mod pods;
mod webdriver;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use checks::Server;
use webdriver::Browser;

/// The most that a page of 5,000 rows may have, in bytes.
const PAGE_MAX: u64 = 1024 * 1024;
/// How long a keystroke may take, in milliseconds.
const KEYSTROKE_MAX: f64 = 50.0;

type Check = fn(&Browser, &str);

/// Writes the page of these pods into a folder, under a name.
fn page(folder: &Path, name: &str, pods: &[Value], cluster: &str) -> PathBuf {
    let (list, page) = (folder.join(format!("{name}.json")), folder.join(format!("{name}.html")));
    fs::write(&list, pods::list(pods)).unwrap();
    let kai = Command::new(env!("CARGO_BIN_EXE_kai"))
        .args(["-q", "-o", "html", "--cluster-name", cluster, "-f"])
        .arg(&list)
        .env_clear()
        .output()
        .unwrap();
    assert!(kai.status.success(), "{}", String::from_utf8_lossy(&kai.stderr));
    fs::write(&page, kai.stdout).unwrap();
    page
}

#[test]
fn the_page_does_in_a_browser_what_it_is_for() {
    let Some(browser) = Browser::start() else {
        println!("skipped, since chromedriver is not installed (hint: Debian has chromium-driver)");
        return;
    };
    let browser = &browser;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let url = |page: &Path| format!("file://{}", page.display());
    let (usual, suffixes) = (pods::usual(1500, &["", "-staging", "-batch"]), "prod-eu-central-1");
    let pods_page = page(folder, "pods", &usual, suffixes);
    let hostile = page(
        folder,
        "hostile",
        &pods::hostile(),
        "</title><script>document.title='owned'</script>",
    );
    let empty = page(folder, "empty", &[], "prod");
    browser.show(1280, 800, false);

    let checks: [(&str, Check); 9] = [
        ("search", checks::search_narrows_by_every_word),
        ("address", checks::address_keeps_the_state),
        ("sort", checks::every_column_sorts_both_ways),
        ("groups", checks::groups_sum_their_rows),
        ("keyboard", checks::keyboard_reaches_everything),
        ("further rows", checks::further_rows_come_by_button_and_by_scrolling),
        ("cards", checks::cards_are_still_a_table),
        ("without JavaScript", checks::without_javascript_it_says_so),
        ("contrast", checks::contrast_is_enough),
    ];
    for (name, check) in checks {
        println!("{name}");
        check(browser, &url(&pods_page));
    }
    println!("width");
    checks::every_width_is_readable(browser, &url(&pods_page), 300);
    checks::every_width_is_readable(browser, &url(&hostile), 4000);
    println!("no rows");
    checks::no_rows_say_so(browser, &url(&empty));
    println!("hostile names");
    checks::hostile_names_are_only_text(browser, &url(&hostile), &pods::HOSTILE);
    println!("copy");
    let server = Server::start(&pods_page);
    checks::copy_is_csv_of_what_is_shown(browser, &url(&pods_page), true);
    // Over plain HTTP from another host, a browser gives a page less.
    let elsewhere = format!("http://kai.test:{}/ui", server.port);
    checks::copy_is_csv_of_what_is_shown(browser, &elsewhere, false);
    println!("requests");
    checks::nothing_else_is_requested(browser, &server);

    println!("5,000 rows");
    let many = pods::usual(11_500, &["-eu", "-us", "-ap", "-eu-staging", "-us-staging"]);
    let many = page(folder, "rows", &many, "prod");
    assert!(fs::metadata(&many).unwrap().len() < PAGE_MAX);
    for group in ["image", "namespace", "workload", "none"] {
        let took = checks::keystrokes(browser, &url(&many), group);
        println!("{group}: {took:.1?} ms");
        assert!(took[took.len() / 2] < KEYSTROKE_MAX, "{group}: {took:?}");
    }
    // For eyes: KAI_SCREENSHOTS=FOLDER cargo test --test page
    if let Some(pictures) = std::env::var_os("KAI_SCREENSHOTS").map(PathBuf::from) {
        for (name, width, dark) in
            [("1280", 1280, false), ("400", 400, false), ("dark", 1280, true)]
        {
            browser.show(width, 900, dark);
            browser.open(&url(&pods_page));
            browser.run("document.querySelectorAll('.group button')[2].click()", ());
            browser.screenshot(&pictures.join(format!("{name}.png")));
        }
    }
}
