use crate::support::{kai, run};

#[test]
fn the_flag_shows_name_and_version() {
    let ended = run(["--version"]);
    assert_eq!(ended.stdout, concat!("kai ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_subcommand_shows_what_it_was_built_of() {
    let ended = run(["version"]);
    let rows: Vec<_> = ended
        .stdout
        .lines()
        .map(|line| line.split_once(':').map(|(row, value)| (row, value.trim())).unwrap())
        .collect();
    let names: Vec<_> = rows.iter().map(|(row, _)| *row).collect();
    assert_eq!(
        names,
        [
            "Application",
            "Version",
            "BuildDate",
            "GitCommit",
            "GitTreeState",
            "Platform",
            "RustVersion",
            "Fips"
        ]
    );
    assert_eq!(rows[0].1, "kai");
    assert_eq!(rows[1].1, env!("CARGO_PKG_VERSION"));
    assert_eq!(rows[7].1, cfg!(feature = "fips").to_string());
    assert!(rows.iter().all(|(_, value)| !value.is_empty()), "{rows:?}");
    assert_eq!(ended.code, Some(0));
}

#[test]
fn json_has_the_same_facts_in_camel_case() {
    let text = run(["version"]);
    let json = run(["version", "-o", "json"]);
    let facts: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    for line in text.stdout.lines() {
        let (row, value) = line.split_once(':').unwrap();
        let (first, rest) = row.split_at(1);
        assert_eq!(facts[first.to_lowercase() + rest], value.trim(), "{row}");
    }
    assert_eq!(facts.as_object().unwrap().len(), text.stdout.lines().count());
}

#[test]
fn the_version_never_reads_configuration() {
    let mut command = kai(["version"]);
    command.env("KAI_OUTPUT", "yml").env("KAI_QUIET", "maybe").env("KUBECONFIG", "/nonexistent");
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}
