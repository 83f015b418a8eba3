use std::path::Path;
use std::thread::available_parallelism;

use super::error::{self, BenchError};

/// What all this ran on, as far as it bears on the numbers.
pub(super) fn describe() -> Result<String, BenchError> {
    let read = |path: &str| error::read(Path::new(path));
    let cores = available_parallelism().map_or(1, usize::from);
    let (cpu, memory) = (read("/proc/cpuinfo")?, read("/proc/meminfo")?);
    let kernel = read("/proc/sys/kernel/osrelease")?;
    Ok(format!(
        "{}, {cores} {}, {:.0} GiB of memory, Linux {}",
        field(&cpu, "model name").unwrap_or("unknown CPU"),
        if cores == 1 { "core" } else { "cores" },
        field(&memory, "MemTotal").and_then(gibibytes).unwrap_or_default(),
        version(&kernel),
    ))
}

/// The first value of a key in a file of lines `key : value`.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(name, value)| (name.trim() == key).then(|| value.trim()))
}

fn gibibytes(text: &str) -> Option<f64> {
    let kibibytes: f64 = text.strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes / f64::from(1 << 20))
}

/// The first two numbers of a kernel's release; the rest says who built it.
fn version(release: &str) -> &str {
    let release = release.trim();
    release.match_indices('.').nth(1).map_or(release, |(end, _)| &release[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_of_a_key_is_found() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Some(R) CPU @ 2 GHz\nmodel name\t: Other\n";
        assert_eq!(field(cpuinfo, "model name"), Some("Some(R) CPU @ 2 GHz"));
        assert_eq!(field(cpuinfo, "model"), None);
    }

    #[test]
    fn memory_is_told_in_gib() {
        assert_eq!(gibibytes("25165824 kB"), Some(24.0));
        assert_eq!(gibibytes("24 GB"), None);
    }
}
