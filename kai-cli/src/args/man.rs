//! The man page, generated from the same commands and texts as the help.
//!
//! A test generates it, so that the generator's library isn't linked into the binary: `make man`
//! sets the file to write.

use std::path::PathBuf;
use std::{env, fs};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::{command, help};

/// The page: clap's part, and the texts at the end of `--help`, each with a heading.
fn page() -> Vec<u8> {
    // The examples are a section of their own, at the end, as in other pages.
    let command = command().long_about(help::ABOUT).after_help("").after_long_help("");
    let commands = commands(&command);
    let man = Man::new(command);
    let mut page = Vec::new();
    man.render_title(&mut page).unwrap();
    man.render_name_section(&mut page).unwrap();
    man.render_synopsis_section(&mut page).unwrap();
    man.render_description_section(&mut page).unwrap();
    man.render_options_section(&mut page).unwrap();
    commands.to_writer(&mut page).unwrap();
    let mut more = Roff::new();
    let texts = format!("{}\n\n{}", help::after_long(), help::EXAMPLES);
    for paragraph in texts.split("\n\n") {
        // A line such as `Settings:` begins a section.
        let (heading, text) = match paragraph.split_once(":\n") {
            Some((heading, text)) if !heading.contains([' ', '\n']) || heading == "Exit codes" => {
                (Some(heading), text)
            }
            _ => (None, paragraph),
        };
        if let Some(heading) = heading {
            more.control("SH", [heading.to_uppercase().as_str()]);
        }
        more.control("nf", []);
        more.text([roman(text)]);
        more.control("fi", []);
    }
    more.to_writer(&mut page).unwrap();
    page
}

/// The subcommands as they are invoked; clap's own section refers to pages that don't exist.
fn commands(command: &Command) -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["COMMANDS"]);
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        section.control("TP", []);
        section.text([bold(format!("kai {}", command.get_name()))]);
        section.text([roman(command.get_about().unwrap().to_string())]);
    }
    section
}

#[test]
fn the_man_page_has_the_flags_the_settings_and_the_exit_codes() {
    let page = page();
    if let Some(path) = env::var_os("KAI_MAN_PAGE").map(PathBuf::from) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &page).unwrap();
    }
    let page = String::from_utf8(page).unwrap();
    for part in [
        ".TH kai 1",
        ".SH SETTINGS",
        ".SH \"EXIT CODES\"",
        ".SH EXAMPLES",
        "\\-\\-missing\\-tag\\-policy",
        "KAI_ANCHORE_URL",
        "\\fBkai config\\fR",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}
