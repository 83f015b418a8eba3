#![cfg(unix)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;

/// A folder with a file in it, and another one outside of it with a secret.
fn folders() -> (TempDir, PathBuf, PathBuf) {
    let all = tempfile::tempdir().unwrap();
    let (inside, outside) = (all.path().join("in"), all.path().join("out"));
    for folder in [&inside, &outside] {
        fs::create_dir_all(folder.join("sub")).unwrap();
        fs::write(folder.join("file"), "text").unwrap();
    }
    (all, inside, outside)
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn what_is_within_a_folder_is_read_and_what_leads_out_is_not() {
    let (_all, inside, outside) = folders();
    symlink("file", inside.join("link-in")).unwrap();
    symlink("sub", inside.join("sub-link")).unwrap();
    symlink("../out/file", inside.join("link-out")).unwrap();
    symlink("../out", inside.join("out-link")).unwrap();
    symlink("sub/../../out", inside.join("out-by-sub")).unwrap();
    symlink(outside.join("file"), inside.join("absolute-link")).unwrap();
    symlink("out-link", inside.join("link-to-link")).unwrap();
    symlink("nothing", inside.join("dangling")).unwrap();
    symlink("../out/nothing", inside.join("dangling-out")).unwrap();
    symlink("loop", inside.join("loop")).unwrap();
    let absolute = |folder: &Path, name: &str| folder.join(name).display().to_string();
    let table = [
        ("file".to_owned(), Ok("file")),
        ("./file".to_owned(), Ok("file")),
        ("sub/new".to_owned(), Ok("sub/new")),
        ("new/new".to_owned(), Ok("new/new")),
        ("link-in".to_owned(), Ok("file")),
        ("sub-link/new".to_owned(), Ok("sub/new")),
        (absolute(&inside, "file"), Ok("file")),
        ("~/file".to_owned(), Ok("~/file")),
        (".".to_owned(), Ok("")),
        (absolute(&outside, "file"), Err("out of")),
        ("/".to_owned(), Err("out of")),
        ("/dev/zero".to_owned(), Err("out of")),
        ("..".to_owned(), Err("`..`")),
        ("../in/file".to_owned(), Err("`..`")),
        ("sub/../file".to_owned(), Err("`..`")),
        ("link-out".to_owned(), Err("out of")),
        ("out-link/file".to_owned(), Err("out of")),
        ("out-link/nothing/new".to_owned(), Err("out of")),
        ("out-by-sub/file".to_owned(), Err("out of")),
        ("absolute-link".to_owned(), Err("out of")),
        ("link-to-link/file".to_owned(), Err("out of")),
        ("dangling".to_owned(), Err("cannot be followed")),
        ("dangling/new".to_owned(), Err("cannot be followed")),
        ("dangling-out".to_owned(), Err("cannot be followed")),
        ("loop".to_owned(), Err("cannot be followed")),
        ("file/new".to_owned(), Ok("file/new")),
        ("a\0b".to_owned(), Err("cannot be followed")),
        ("x".repeat(300), Err("cannot be followed")),
    ];
    for (path, expected) in table {
        println!("{path}");
        let judged = FilePath::within(&inside, path.clone().into());
        match (judged, expected) {
            (Ok(file), Ok(place)) => {
                assert_eq!(file.into_place(), inside.canonicalize().unwrap().join(place));
            }
            (Err(astray), Err(words)) => assert!(astray.to_string().contains(words), "{astray}"),
            (judged, _) => panic!("{judged:?}"),
        }
    }
}

#[test]
fn a_link_that_is_put_there_later_leads_nowhere_either() {
    let (_all, inside, outside) = folders();
    let secret = "the secret";
    fs::write(outside.join("file"), secret).unwrap();
    let file = FilePath::within(&inside, "sub/file".into()).unwrap();
    fs::write(inside.join("sub/file"), "ours").unwrap();
    let read = file.clone().reader(100);
    assert_eq!(read().unwrap(), b"ours");

    // The file, and then the folder that it is in.
    fs::remove_file(inside.join("sub/file")).unwrap();
    symlink(outside.join("file"), inside.join("sub/file")).unwrap();
    assert!(read().unwrap_err().to_string().contains("leads out of"));
    assert!(file.append().is_err());
    fs::remove_dir_all(inside.join("sub")).unwrap();
    symlink(&outside, inside.join("sub")).unwrap();
    assert!(read().is_err() && file.append().is_err());
    assert_eq!(fs::read_to_string(outside.join("file")).unwrap(), secret);

    // Between the look and the opening: what is opened has no link on its way.
    let canonical = inside.canonicalize().unwrap();
    for path in ["sub/file", "sub/other"] {
        assert!(open::beneath(&canonical, Path::new(path), Purpose::Append).is_err());
        assert!(open::beneath(&canonical, Path::new(path), Purpose::Read).is_err());
    }
    assert!(!outside.join("other").exists());
}

#[test]
fn a_link_that_stays_is_followed_to_where_it_leads_by_now() {
    // As the kubelet renews a secret.
    let (_all, inside, _) = folders();
    for (folder, text) in [("one", "first"), ("two", "second")] {
        fs::create_dir(inside.join(folder)).unwrap();
        fs::write(inside.join(folder).join("password"), text).unwrap();
    }
    symlink("one", inside.join("..data")).unwrap();
    symlink("..data/password", inside.join("password")).unwrap();
    let read = FilePath::within(&inside, "password".into()).unwrap().reader(100);
    assert_eq!(read().unwrap(), b"first");
    symlink("two", inside.join("..new")).unwrap();
    fs::rename(inside.join("..new"), inside.join("..data")).unwrap();
    assert_eq!(read().unwrap(), b"second");
}

#[test]
fn what_has_no_end_or_no_writer_does_not_block() {
    let (all, inside, _) = folders();
    let fifo = all.path().join("fifo");
    pipe(&fifo);
    let start = Instant::now();
    let read = |path: &Path| FilePath::anywhere(path).reader(1000)();
    assert!(read(Path::new("/dev/zero")).unwrap_err().to_string().contains("larger than"));
    assert_eq!(read(Path::new("/dev/null")).unwrap(), b"");
    assert!(read(&inside).is_err());
    assert!(read(&fifo).unwrap_err().to_string().contains("no program writes"));
    let append = |path: &Path| FilePath::anywhere(path).append();
    assert!(append(&fifo).unwrap_err().to_string().contains("no program reads"));
    assert!(append(&inside).is_err());
    append(Path::new("/dev/null")).unwrap().write_all(b"x").unwrap();
    assert!(start.elapsed() < Duration::from_secs(10));

    pipe(&inside.join("fifo"));
    let within = FilePath::within(&inside, "fifo".into()).unwrap();
    assert!(within.clone().reader(10)().unwrap_err().to_string().contains("no regular file"));
    assert!(within.append().is_err());
}

#[test]
fn a_pipe_is_read_once_and_says_the_same_again() {
    let all = tempfile::tempdir().unwrap();
    let path = all.path().join("fifo");
    pipe(&path);
    let writer = thread::spawn({
        let path = path.clone();
        move || {
            thread::sleep(Duration::from_millis(300));
            let mut file = File::options().write(true).open(path).unwrap();
            file.write_all(b"pass").unwrap();
            thread::sleep(Duration::from_millis(300));
            file.write_all(b"word\n").unwrap();
        }
    });
    let read = FilePath::anywhere(&path).reader(100);
    for _ in 0..3 {
        assert_eq!(read().unwrap(), b"password\n");
    }
    writer.join().unwrap();
}

#[test]
fn a_log_in_a_pipe_waits_where_its_reader_does() {
    let all = tempfile::tempdir().unwrap();
    let path = all.path().join("fifo");
    pipe(&path);
    let _reader = open(&path).unwrap();
    let file = FilePath::anywhere(&path).append().unwrap();
    assert!(!rustix::fs::fcntl_getfl(&file).unwrap().contains(rustix::fs::OFlags::NONBLOCK));
}

#[test]
fn debug_shows_no_password_in_the_place_of_its_file() {
    assert_eq!(format!("{:?}", FilePath::anywhere("u:hunter2")), "\"u:<redacted>\"");
    assert_eq!(format!("{:?}", FilePath::anywhere("/a:b/c")), "\"/a:b/c\"");
}
