use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use kai_core::InventoryBuilder;
use tempfile::TempDir;

use super::*;

/// Makes another spool of one.
type Change = fn(&mut Spool);

const INTERVAL: Duration = Duration::from_secs(300);

fn taken_at() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn spool(folder: &TempDir) -> Spool {
    Spool {
        folder: folder.path().join("new").join("spool"),
        url: "https://anchore.example".to_owned(),
        account: "admin".to_owned(),
        apis: &[ApiVersion::V1, ApiVersion::V2],
        age_max: INTERVAL * 2,
        _lock: None,
    }
}

fn report() -> Report {
    let builder = kai_anchore::KubernetesInventoryBuilder::default();
    Report::new(InventoryBuilder::default().finish(taken_at()).with_cluster_name("prod"))
        .with_kubernetes(builder.finish())
}

/// A spool in which a report is kept.
fn filled(folder: &TempDir) -> Spool {
    let spool = spool(folder);
    spool.write(&report(), [("a".to_owned(), Some("uid".to_owned()))].into()).unwrap();
    spool
}

fn file(spool: &Spool) -> PathBuf {
    spool.folder.join("undelivered")
}

#[test]
fn what_was_kept_is_read_back_for_each_api() {
    let folder = tempfile::tempdir().unwrap();
    let kept = filled(&folder).read("prod", taken_at()).unwrap();
    for api in [ApiVersion::V1, ApiVersion::V2] {
        assert_eq!(kept.report.body(api).unwrap(), &report().body(api).unwrap());
    }
    assert_eq!(kept.namespaces["a"].as_deref(), Some("uid"));
}

#[test]
fn both_bodies_stay_in_the_memory_that_they_were_read_into() {
    let folder = tempfile::tempdir().unwrap();
    let report = filled(&folder).read("prod", taken_at()).unwrap().report;
    let [v1, v2] = [ApiVersion::V1, ApiVersion::V2].map(|api| report.body(api).unwrap());
    assert_eq!(v1.as_ptr_range().end, v2.as_ptr());
}

#[test]
fn a_report_that_no_api_takes_leaves_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool { apis: &[ApiVersion::V2], ..filled(&folder) };
    let none =
        Report::new(InventoryBuilder::default().finish(taken_at()).with_cluster_name("prod"));
    assert!(!spool.write(&none, BTreeMap::new()).unwrap());
    assert!(spool.read("prod", taken_at()).unwrap().report.body(ApiVersion::V2).is_some());
    assert!(spool.write(&report(), BTreeMap::new()).unwrap());
}

#[test]
fn only_the_forms_that_may_be_sent_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let rows: [(&[ApiVersion], _); 2] =
        [(&[ApiVersion::V1], [true, false]), (&[ApiVersion::V2], [false, true])];
    for (apis, expected) in rows {
        let spool = Spool { apis, ..spool(&folder) };
        spool.write(&report(), BTreeMap::new()).unwrap();
        let kept = spool.read("prod", taken_at()).unwrap().report;
        let found = [ApiVersion::V1, ApiVersion::V2].map(|api| kept.body(api).is_some());
        assert_eq!(found, expected);
    }
}

#[test]
fn file_and_folder_are_nobody_else_s_and_hold_no_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let spool = filled(&folder);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&spool.folder), mode(&file(&spool))), (0o700, 0o600));
    let names: Vec<_> =
        fs::read_dir(&spool.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["undelivered"]);
    let text = fs::read_to_string(file(&spool)).unwrap();
    let label = text.lines().last().unwrap();
    insta::assert_snapshot!(label, @r#"{"url":"https://anchore.example","account":"admin","cluster":"prod","taken_at":"2027-01-15T08:00:00Z","namespaces":{"a":"uid"},"v1":101,"v2":111}"#);
}

#[test]
fn another_one_or_one_that_is_too_old_is_removed_and_not_sent() {
    let second = Duration::from_secs(1);
    let changes: [(&str, Change); 2] = [
        ("another url", |spool| spool.url = "https://other.example".to_owned()),
        ("another account", |spool| spool.account = "other".to_owned()),
    ];
    for (what, change) in changes {
        println!("{what}");
        let folder = tempfile::tempdir().unwrap();
        let mut spool = filled(&folder);
        change(&mut spool);
        assert!(spool.read("prod", taken_at()).is_none());
        assert!(!file(&spool).exists());
    }
    let rows = [
        ("prod", taken_at() + INTERVAL * 2 - second, true),
        ("prod", taken_at() + INTERVAL * 2, false),
        ("prod", taken_at() - INTERVAL * 2, false),
        ("staging", taken_at(), false),
        ("", taken_at(), false),
    ];
    for (cluster, now, expected) in rows {
        println!("{cluster} {now:?}");
        let folder = tempfile::tempdir().unwrap();
        let spool = filled(&folder);
        assert_eq!(spool.read(cluster, now).is_some(), expected);
        assert_eq!(file(&spool).exists(), expected);
    }
}

#[test]
fn what_is_not_whole_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let spool = filled(&folder);
    let whole = fs::read(file(&spool)).unwrap();
    for length in [0, 10, whole.len() - 1] {
        fs::write(file(&spool), &whole[..length]).unwrap();
        assert!(spool.read("prod", taken_at()).is_none(), "{length}");
        assert!(!file(&spool).exists(), "{length}");
        filled(&folder);
    }
    assert!(spool.read("prod", taken_at()).is_some());
}

#[test]
fn a_file_that_others_may_have_written_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let spool = filled(&folder);
    for (mode, expected) in [(0o606, false), (0o622, false), (0o664, false), (0o660, true)] {
        fs::set_permissions(file(&spool), fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(spool.read("prod", taken_at()).is_some(), expected, "{mode:o}");
    }
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(file(&spool), &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&elsewhere, file(&spool)).unwrap();
    assert!(spool.read("prod", taken_at()).is_none());
    // It is replaced all the same, and not through the link.
    filled(&folder);
    assert!(spool.read("prod", taken_at()).is_some());
    assert!(fs::symlink_metadata(file(&spool)).unwrap().is_file());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_and_leaves_the_last_report() {
    let folder = tempfile::tempdir().unwrap();
    let spool = filled(&folder);
    let before = fs::read(file(&spool)).unwrap();
    let full = file::write(&spool.folder, |file| {
        file.write_all(b"half of it")?;
        Err(io::Error::other("the disk is full"))
    });
    assert!(full.is_err());
    assert_eq!(fs::read(file(&spool)).unwrap(), before);
    assert_eq!(fs::read_dir(&spool.folder).unwrap().count(), 1, "nothing is left unfinished");
}

#[test]
fn a_second_process_does_not_get_the_folder_and_what_was_left_unfinished_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let spool = filled(&folder);
    for name in ["undelivered.unfinished", "undelivered.unfinished.0123"] {
        fs::write(spool.folder.join(name), "half of it").unwrap();
    }
    let first = file::claim(&spool.folder).unwrap();
    assert!(first.is_some());
    assert!(file::claim(&spool.folder).unwrap().is_none());
    let mut names: Vec<_> =
        fs::read_dir(&spool.folder).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["lock", "undelivered"]);
    drop(first);
    assert!(file::claim(&spool.folder).unwrap().is_some());
}

#[test]
fn a_file_that_is_too_large_or_a_pipe_is_neither_read_nor_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let spool = filled(&folder);
    // Sparse: it takes no place.
    fs::File::options().write(true).open(file(&spool)).unwrap().set_len(6 << 30).unwrap();
    assert!(file::read(&spool.folder).unwrap_err().to_string().ends_with("is larger than 512 MiB"));
    fs::remove_file(file(&spool)).unwrap();
    let made = std::process::Command::new("mkfifo").arg(file(&spool)).status().unwrap();
    assert!(made.success());
    assert!(file::read(&spool.folder).is_err());
}

/// While one thread swaps the file for a link to somebody else's, and others write it, nobody ever
/// reads anything but what was written whole.
#[test]
fn a_file_that_is_swapped_while_it_is_read_is_never_another_s_and_never_torn() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let folder = tempfile::tempdir().unwrap();
    let spool = filled(&folder);
    let whole = fs::read(file(&spool)).unwrap();
    let foreign = folder.path().join("foreign");
    fs::write(&foreign, "somebody else's").unwrap();
    let stop = AtomicBool::new(false);
    let (mut read, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    file::write(&spool.folder, |file| {
                        // In pieces, as a report comes.
                        whole.chunks(100).try_for_each(|piece| file.write_all(piece))
                    })
                    .unwrap();
                }
            });
        }
        scope.spawn(|| {
            for nth in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let link = spool.folder.join(format!("link-{nth}"));
                std::os::unix::fs::symlink(&foreign, &link).unwrap();
                fs::rename(&link, file(&spool)).unwrap();
            }
        });
        for _ in 0..3000 {
            match file::read(&spool.folder) {
                Ok(Some(bytes)) => {
                    assert!(bytes == whole, "{}", String::from_utf8_lossy(&bytes));
                    read += 1;
                }
                Ok(None) => {}
                Err(_) => refused += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    println!("{read} times whole, {refused} times refused");
    assert!(read > 0 && refused > 0, "{read} {refused}");
}
