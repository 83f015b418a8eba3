use std::fmt::Write as _;
use std::path::Path;

use super::error::BenchError;

/// How many lists are fetched at the same time, as kai does at first.
pub(super) const PARALLEL: usize = 8;
/// How many where there is a distance.
pub(super) const MANY: usize = 32;

/// The settings with which curl fetches the pods of each namespace as one list of protobuf: what
/// a client may reach at best that reads nothing of what it gets.
pub(super) fn config(
    url: &str,
    ca_file: &Path,
    token: &str,
    namespaces: impl IntoIterator<Item = impl AsRef<str>>,
) -> String {
    let mut config = format!(
        "silent\n\
         show-error\n\
         fail\n\
         fail-early\n\
         http1.1\n\
         parallel\n\
         parallel-max = {PARALLEL}\n\
         cacert = {:?}\n\
         user-agent = \"testkit\"\n\
         header = \"Accept: application/vnd.kubernetes.protobuf\"\n\
         header = \"Authorization: Bearer {token}\"\n\
         write-out = \"%{{stderr}}%{{num_connects}}\\n\"\n",
        ca_file.display().to_string(),
    );
    for namespace in namespaces {
        let namespace = namespace.as_ref();
        let _ = writeln!(config, "url = \"{url}/api/v1/namespaces/{namespace}/pods\"");
        config.push_str("output = \"/dev/null\"\n");
    }
    config
}

/// Whether connections were used again. A curl that opens one for each list would be no match.
pub(super) fn check(stderr: &str, parallel: usize) -> Result<(), BenchError> {
    let opened: usize = stderr.lines().filter_map(|line| line.trim().parse::<usize>().ok()).sum();
    if (1..=parallel).contains(&opened) {
        return Ok(());
    }
    let reason = format!("it opened {opened} connections, and {parallel} suffice");
    Err(BenchError::unexpected("the run of curl", reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_namespace_is_one_list() {
        let config = config("https://127.0.0.1:6443", Path::new("/ca.crt"), "abc", ["a", "b"]);
        let urls: Vec<&str> = config.lines().filter(|line| line.starts_with("url")).collect();
        assert_eq!(
            urls,
            [
                r#"url = "https://127.0.0.1:6443/api/v1/namespaces/a/pods""#,
                r#"url = "https://127.0.0.1:6443/api/v1/namespaces/b/pods""#,
            ]
        );
        assert_eq!(config.matches("output = \"/dev/null\"").count(), 2);
    }

    #[test]
    fn a_connection_for_each_list_is_no_fair_run() {
        check("1\n1\n0\n0\n0\n", 8).unwrap();
        let error = check(&"1\n".repeat(9), 8).unwrap_err().to_string();
        assert!(error.contains("9 connections"), "{error}");
        check("", 8).unwrap_err();
    }
}
