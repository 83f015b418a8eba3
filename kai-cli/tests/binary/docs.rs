//! The documentation says what is true: its examples on the console are run, and its titles of errors
//! are texts of kai.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::shell::{is_here, with_kai};
use crate::support::{Ended, examples, repository};

/// What has one of these endings, below a folder.
fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, endings, found);
        } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            found.push(path);
        }
    }
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![repository().join("README.md")];
    files(&repository().join("docs"), &[".md"], &mut pages);
    pages.sort();
    pages
}

/// The commands of the blocks `console` of a page, each with what it prints.
fn console(page: &str) -> Vec<(String, String)> {
    let mut examples: Vec<(String, String)> = Vec::new();
    for block in page.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match (line.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push((command.to_owned(), String::new())),
                (None, Some((_, printed))) => {
                    printed.push_str(line);
                    printed.push('\n');
                }
                (None, None) => panic!("a block without a command: {line}"),
            }
        }
    }
    examples
}

/// Without what differs from run to run.
fn lasting(printed: &str) -> String {
    let mut text = String::new();
    for line in printed.lines() {
        let line = match (line.split_once("\"timestamp\": \""), line.rsplit_once(" in ")) {
            (Some((indent, _)), _) => format!("{indent}\"timestamp\": \"[now]\","),
            (None, Some((counts, _))) if counts.contains(" distinct image") => {
                format!("{counts} in [time]")
            }
            _ => line.to_owned(),
        };
        text += &line;
        text.push('\n');
    }
    text
}

#[test]
fn what_the_documentation_shows_of_the_console_is_what_is_printed() {
    let mut run = 0;
    for page in pages() {
        for (command, shown) in console(&fs::read_to_string(&page).unwrap()) {
            if command.contains("| jq ") && !is_here("jq") {
                println!("skipped, since jq is not installed: {command}");
                continue;
            }
            let folder = tempfile::tempdir().unwrap();
            symlink(examples().canonicalize().unwrap(), folder.path().join("examples")).unwrap();
            let both = format!("exec 2>&1; {command}");
            let mut shell = with_kai("sh");
            let printed = Ended::of(shell.args(["-c", &both]).current_dir(folder.path())).stdout;
            assert_eq!(lasting(&printed), lasting(&shown), "{}: {command}", page.display());
            run += 1;
        }
    }
    assert!(run >= 8, "{run}");
}

#[test]
fn each_entry_of_troubleshooting_is_a_text_of_kai() {
    let mut sources = vec![repository().join("install.sh")];
    for folder in [
        "kai-cli/src",
        "kai-cli/tests",
        "kai-core/src",
        "kai-net/src",
        "kai-k8s/src",
        "kai-anchore/src",
    ] {
        files(&repository().join(folder), &[".rs", ".snap"], &mut sources);
    }
    let mut texts = String::new();
    for source in sources {
        // A text that goes on in the next line goes on after its indentation.
        let mut lines = fs::read_to_string(source).unwrap().replace("\\\n", "\u{0}");
        lines.retain(|character| character != '`');
        for (at, piece) in lines.split('\u{0}').enumerate() {
            texts += if at == 0 { piece } else { piece.trim_start() };
        }
    }
    let page = fs::read_to_string(repository().join("docs/operate/troubleshooting.md")).unwrap();
    let titles: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert!(titles.len() > 60, "{}", titles.len());
    for title in titles {
        for part in title.split('…').map(|part| part.trim_matches([' ', ',', ':', '(', ')'])) {
            assert!(texts.contains(part), "`{title}`: nothing says `{part}`");
        }
    }
}

#[test]
fn links_of_the_documentation_that_lead_nowhere_are_found() {
    if !is_here("bash") {
        return;
    }
    let links = |folder: &Path| {
        let script = repository().join(".ci/docs-links");
        Ended::of(Command::new("bash").arg(script).arg(folder))
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for page in ["ARCHITECTURE", "BENCHMARKS", "CHANGELOG", "CONTRIBUTING", "SECURITY"] {
        write(&format!("{page}.md"), "# Some page\n");
    }
    write("charts/kai/README.md", "# Chart\n");
    write("docs/SUMMARY.md", "[A](start/a.md)\n");
    write("docs/start/a.md", "# A `-b`: …, c\n\n## Twice\n\n## Twice\n\n[itself](#twice-1)\n");
    let a = "[A](docs/start/a.md#a--b--c) [B](SECURITY.md) [C](https://nowhere.example/x)\n";
    write("README.md", &format!("{a}```\n[no link](none.md)\n```\n`[none](none.md)`\n"));
    let ended = links(folder.path());
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "docs-links: 4 links resolve\n"), "{ended}");

    let upstream = "https://github.com/anchore/kai/blob/main/";
    write("docs/start/b.md", &format!("[1](a.md#none) [2](../../README.md) [3]({upstream}none)\n"));
    write("README.md", "[4](docs/none.md)\n");
    let ended = links(folder.path());
    assert_eq!(ended.code, Some(1), "{ended}");
    for part in [
        "docs/start/b.md:1: a.md#none: docs/start/a.md has no heading of that anchor",
        "docs/start/b.md:1: ../../README.md leads out of docs/",
        "there is no none\n",
        "README.md:1: docs/none.md: there is no docs/none.md",
        "docs/SUMMARY.md lacks start/b.md",
    ] {
        assert!(ended.stderr.contains(part), "{part}: {ended}");
    }
}
