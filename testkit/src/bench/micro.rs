//! What the micro benchmarks printed, by the layout of divan: a tree with a line for each
//! benchmark, and below it the allocations.

use super::contest::thousands;
use super::table::Table;

/// One benchmark: medians of a single call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Micro {
    /// `benchmark`, or `benchmark argument`.
    pub(super) name: String,
    pub(super) nanoseconds: f64,
    /// How often memory was taken, and how much.
    pub(super) allocations: f64,
    pub(super) allocated: String,
    /// How often memory was given back or changed its size before the call returned.
    pub(super) temporary: f64,
}

/// Which numbers follow.
#[derive(Clone, Copy, PartialEq)]
enum Block {
    Allocations,
    Allocated,
    Temporary,
    Other,
}

/// The benchmarks in a text; lines of another kind are passed over.
pub(super) fn parse(text: &str) -> Vec<Micro> {
    let mut found: Vec<Micro> = Vec::new();
    let mut group = "";
    let mut block = Block::Other;
    for line in text.lines() {
        if let Some((depth, name, median)) = benchmark(line) {
            block = Block::Other;
            match (depth, median) {
                (0, None) => group = name,
                (_, None) => {}
                (_, Some(nanoseconds)) => {
                    let name = if depth == 0 { name.to_owned() } else { format!("{group} {name}") };
                    found.push(Micro { name, nanoseconds, ..Micro::default() });
                }
            }
            continue;
        }
        let mut cells = line.trim_start_matches(['│', ' ']).split('│').map(str::trim);
        let (Some(first), Some(median)) = (cells.next(), cells.nth(1)) else { continue };
        let Some(micro) = found.last_mut() else { continue };
        block = match (first, block) {
            ("alloc:", _) => Block::Allocations,
            ("dealloc:" | "grow:" | "shrink:", _) => Block::Temporary,
            (_, Block::Allocations) => {
                micro.allocations = median.parse().unwrap_or(0.0);
                Block::Allocated
            }
            (_, Block::Allocated) => {
                median.clone_into(&mut micro.allocated);
                Block::Other
            }
            (_, Block::Temporary) => {
                micro.temporary += median.parse().unwrap_or(0.0);
                Block::Other
            }
            _ => Block::Other,
        };
    }
    found
}

/// The level in the tree, the name and the median of a line that begins a benchmark or a group.
fn benchmark(line: &str) -> Option<(usize, &str, Option<f64>)> {
    let marker = line.find("├─ ").or_else(|| line.find("╰─ "))?;
    let depth = line[..marker].chars().count() / 3;
    let (_, rest) = line[marker..].split_once(' ')?;
    let name = rest.split_ascii_whitespace().next()?;
    let median = rest.split('│').nth(2).and_then(nanoseconds);
    Some((depth, name, median))
}

/// A time as `299.1 ns`.
fn nanoseconds(text: &str) -> Option<f64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let factor = match unit {
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

pub(super) fn table(micros: &[Micro]) -> Table {
    let mut table = Table::new(&["", "median ns", "allocations", "of bytes", "freed or moved"]);
    for micro in micros {
        table.row(vec![
            micro.name.clone(),
            whole(micro.nanoseconds),
            whole(micro.allocations),
            if micro.allocated.is_empty() { "0 B".to_owned() } else { micro.allocated.clone() },
            whole(micro.temporary),
        ]);
    }
    table
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times and counts, not negative and far below the limit"
)]
fn whole(value: f64) -> String {
    thousands(value.round() as usize)
}

/// The greatest part of the other's time that a benchmark takes, over all arguments.
pub(super) fn worst_ratio(micros: &[Micro], ours: &str, theirs: &str) -> Option<f64> {
    let time = |name: &str| micros.iter().find(|micro| micro.name == name).map(|m| m.nanoseconds);
    let ratios = micros.iter().filter_map(|micro| {
        let argument = micro.name.strip_prefix(ours)?;
        Some(micro.nanoseconds / time(&format!("{theirs}{argument}"))?)
    });
    ratios.reduce(f64::max)
}

/// How often a call of a benchmark gives memory back or moves it, at the most.
pub(super) fn most_temporary(micros: &[Micro], name: &str) -> Option<f64> {
    let calls = micros.iter().filter(|micro| micro.name.starts_with(name));
    calls.map(|micro| micro.temporary).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
image              fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ parse_kai                     │               │               │               │         │
│  ├─ all          278.6 ns      │ 2.889 µs      │ 299.1 ns      │ 335.1 ns      │ 100     │ 100
│  │               max alloc:    │               │               │               │         │
│  │                 3           │ 3             │ 3             │ 3             │         │
│  │                 152 B       │ 152 B         │ 152 B         │ 152 B         │         │
│  │               alloc:        │               │               │               │         │
│  │                 3           │ 3             │ 3             │ 3             │         │
│  │                 152 B       │ 152 B         │ 152 B         │ 152 B         │         │
│  ╰─ short        74.45 ns      │ 988.4 ns      │ 79.28 ns      │ 88.52 ns      │ 100     │ 3200
╰─ parse_other                   │               │               │               │         │
   ├─ all          9.605 µs      │ 39.91 ms      │ 9.97 µs       │ 409 µs        │ 100     │ 100
   │               alloc:        │               │               │               │         │
   │                 5           │ 334737        │ 5             │ 3352          │         │
   │                 215 B       │ 16.27 MB      │ 215 B         │ 163 KB        │         │
   │               dealloc:      │               │               │               │         │
   │                 1           │ 301696        │ 1             │ 3017          │         │
   │                 64 B        │ 20.47 MB      │ 64 B          │ 204.8 KB      │         │
   │               grow:         │               │               │               │         │
   │                 2           │ 17145         │ 2             │ 171.4         │         │
   │                 8 B         │ 19.72 MB      │ 8 B           │ 197.2 KB      │         │
   ╰─ short        1.127 µs      │ 7.859 µs      │ 1.219 µs      │ 1.295 µs      │ 100     │ 100

inventory          fastest       │ slowest       │ median        │ mean          │ samples │ iters
╰─ a_big_one       15.23 ms      │ 16.56 ms      │ 16.5 ms       │ 16.05 ms      │ 20      │ 20
";

    #[test]
    fn medians_and_allocations_are_read_from_the_tree() {
        let micros = parse(PRINTED);
        let names: Vec<&str> = micros.iter().map(|micro| micro.name.as_str()).collect();
        let expected = [
            "parse_kai all",
            "parse_kai short",
            "parse_other all",
            "parse_other short",
            "a_big_one",
        ];
        assert_eq!(names, expected);
        let all = Micro {
            name: "parse_other all".to_owned(),
            nanoseconds: 9970.0,
            allocations: 5.0,
            allocated: "215 B".to_owned(),
            temporary: 3.0,
        };
        assert_eq!(micros[2], all);
        assert_eq!((micros[1].nanoseconds, micros[1].allocations), (79.28, 0.0));
        assert_eq!(micros[4], Micro { nanoseconds: 16_500_000.0, ..micros[4].clone() });
    }

    #[test]
    fn the_worst_of_all_arguments_counts() {
        let micros = parse(PRINTED);
        let worst = worst_ratio(&micros, "parse_kai", "parse_other").unwrap();
        assert!((worst - 79.28 / 1219.0).abs() < 1e-9, "{worst}");
        assert_eq!(worst_ratio(&micros, "parse_kai", "parse_nobody"), None);
        assert_eq!(most_temporary(&micros, "parse_other"), Some(3.0));
        assert_eq!(most_temporary(&micros, "parse_kai"), Some(0.0));
        assert_eq!(most_temporary(&micros, "parse_nobody"), None);
    }

    #[test]
    fn another_text_holds_no_benchmarks() {
        assert_eq!(parse("running 0 tests\n\ntest result: ok\n"), []);
    }
}
