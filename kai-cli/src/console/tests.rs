use std::num::NonZeroU16;

use super::*;

fn size(cells: u16) -> NonZeroU16 {
    NonZeroU16::new(cells).unwrap()
}

/// What a terminal of 40 columns shows of what was written to it.
fn shown(written: &[&[u8]]) -> String {
    let mut terminal = vt100::Parser::new(size(6), size(40), 0);
    for bytes in written {
        // As a terminal driver does.
        let text = String::from_utf8(bytes.to_vec()).unwrap().replace('\n', "\r\n");
        terminal.process(text.as_bytes());
    }
    terminal.screen().contents()
}

#[test]
fn a_line_of_progress_takes_the_place_of_the_last() {
    let mut screen = Screen { line: String::new() };
    let first = screen.show("12345 pods");
    let second = screen.show("9 pods");
    assert_eq!(shown(&[first.as_bytes(), second.as_bytes()]), "9 pods");
}

#[test]
fn a_line_that_is_shown_already_is_not_written_again() {
    let mut screen = Screen { line: String::new() };
    screen.show("1 pod");
    assert_eq!(screen.show("1 pod"), "");
}

#[test]
fn the_log_stands_above_the_progress_and_neither_cuts_the_other() {
    let mut screen = Screen { line: String::new() };
    let progress = screen.show("12345 pods, and more than the log has");
    let log = screen.above(b"info: one\ninfo: two\n");
    assert_eq!(
        shown(&[progress.as_bytes(), &log]),
        "info: one\ninfo: two\n12345 pods, and more than the log has"
    );
}

#[test]
fn no_line_leaves_no_trace() {
    let mut screen = Screen { line: String::new() };
    let progress = screen.show("12345 pods");
    let gone = screen.show("");
    let log = screen.above(b"info: done\n");
    assert_eq!(shown(&[progress.as_bytes(), gone.as_bytes(), &log]), "info: done");
    assert_eq!(log, b"info: done\n");
}

#[test]
fn without_progress_nothing_but_the_text_is_written() {
    let mut screen = Screen { line: String::new() };
    assert_eq!(screen.above(b"error: no\n"), b"error: no\n");
    assert_eq!(screen.show(""), "");
}
