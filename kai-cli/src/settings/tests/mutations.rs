//! Configuration files of any bytes: settings or an error come of each, soon.

use std::path::Path;
use std::time::{Duration, Instant};

use super::*;
use crate::error::one_line;

/// What files are made of, for more than chance would find.
const PIECES: &[&str] = &[
    "\n",
    "\n  ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "\"",
    "'",
    "|\n ",
    ">-\n ",
    "&a ",
    "*a",
    "<<: ",
    "? ",
    "!!int ",
    "!<x> ",
    "%YAML 1.2\n",
    "---\n",
    "...\n",
    "#",
    "~",
    "null",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{0}",
    "\u{85}",
    "ü",
    "\u{1f600}",
    "0x10",
    "1e999",
    ".nan",
    "$KAI_X",
    "${",
    "<x>",
    "../",
    "~/x",
    "/dev/zero",
    "5m",
    "1h1h",
    "99999999999999999999",
    "-1",
    "u:p@h",
    "https://",
    "arn:aws:x",
];

/// Makes another text of a text.
fn mutate(text: &str, random: &mut fastrand::Rng) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..random.usize(1..6) {
        let at = random.usize(0..=text.len());
        let to = random.usize(at..=text.len().min(at + 40));
        match random.u8(0..5) {
            0 => drop(text.drain(at..to)),
            1 => {
                let key = random.choice(crate::keys::ALL).unwrap().name;
                text.splice(at..at, format!("\n{key}: ").chars());
            }
            2 => {
                let copied: Vec<char> = text[at..to].to_vec();
                let again = random.usize(0..=text.len());
                text.splice(again..again, copied);
            }
            _ => {
                let piece = random.choice(PIECES).unwrap();
                text.splice(at..at, piece.chars());
            }
        }
    }
    text.into_iter().take(1 << 16).collect()
}

/// Makes settings of a text as a file of each kind; the longest that it took.
fn read(text: &str) -> Duration {
    let start = Instant::now();
    for in_working_directory in [false, true] {
        for typed in [&[][..], &["-f", "-", "--deliver"], &["-m", "periodic"]] {
            if let Err(error) = of_file(typed, &[("KAI_X", "x")], text, in_working_directory) {
                assert!(!one_line(&error).is_empty());
            }
        }
    }
    start.elapsed()
}

fn run(iterations: impl Iterator<Item = u64>) -> (u64, Duration) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/configuration");
    let files = std::fs::read_dir(folder).unwrap();
    let mut corpus: Vec<_> =
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    corpus.sort();
    assert!(corpus.len() > 3);
    let mut longest = corpus.iter().map(|text| read(text)).max().unwrap();
    let mut count = 0;
    for seed in iterations {
        let mut random = fastrand::Rng::with_seed(seed);
        let text = mutate(random.choice(&corpus).unwrap(), &mut random);
        let text = if random.bool() { mutate(&text, &mut random) } else { text };
        longest = longest.max(read(&text));
        count += 1;
    }
    (count, longest)
}

#[test]
fn whatever_a_file_holds_comes_to_an_end() {
    let (_, longest) = run(0..1500);
    assert!(longest < Duration::from_secs(5), "{longest:?}");
}

#[test]
#[ignore = "takes ten minutes"]
fn whatever_a_file_holds_comes_to_an_end_for_ten_minutes() {
    let start = Instant::now();
    let seeds = (10_000..).take_while(|_| start.elapsed() < Duration::from_secs(600));
    let (count, longest) = run(seeds);
    println!("{count} files, {longest:?} at the most");
}

fn lines(numbers: std::ops::Range<usize>, each: &dyn Fn(usize) -> String) -> String {
    numbers.map(each).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn a_file_that_grows_when_it_is_read_is_refused_soon() {
    let laughs = |each: &dyn Fn(usize) -> String| -> String {
        lines(1..12, &|n| format!("a{n}: &a{n} {}", each(n - 1)))
    };
    let list = |n| format!("[{}]", vec![format!("*a{n}"); 9].join(", "));
    let map = |n| {
        let entries: Vec<_> = (0..9).map(|key| format!("k{key}: *a{n}")).collect();
        format!("{{{}}}", entries.join(", "))
    };
    let long = "x".repeat(500_000);
    let rows = [
        ("lists of lists", format!("a0: &a0 [x]\n{}", laughs(&list)), true),
        ("maps of maps", format!("a0: &a0 {{x: y}}\n{}", laughs(&map)), true),
        ("a long text often", format!("a: &a {long}\nb: [{}]", vec!["*a"; 9999].join(",")), true),
        ("deep lists", "[".repeat(500_000), true),
        ("deep lists that end", "[".repeat(300_000) + &"]".repeat(300_000), true),
        ("deep maps", "{a: ".repeat(250_000), true),
        ("deep blocks", "- ".repeat(500_000), true),
        ("keys of keys", "? ".repeat(500_000), true),
        ("unknown keys", lines(0..60_000, &|n| format!("key{n}: 1")), false),
        ("long keys", lines(0..800, &|n| format!("{}{n}: 1", "k".repeat(1000))), false),
        ("many names", format!("namespaces: [{}]", vec!["a"; 60_000].join(",")), false),
        (
            "many expressions",
            format!("namespace-selectors: {{exclude: [{}]}}", vec!["'^a.*'"; 60_000].join(",")),
            true,
        ),
        ("comments", "#\n".repeat(500_000), false),
    ];
    for (what, text, refused) in rows {
        let start = Instant::now();
        let result = with_file(&[], &[], &text);
        println!("{what}: {:?}", start.elapsed());
        assert_eq!(result.is_err(), refused, "{what}");
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
    }
}
