use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::atomic::{AtomicUsize, Ordering};

use kai_anchore::encode;
use kai_core::{Body, ClusterReport, ContainerTableBuilder, InventoryBuilder, ReportError, Retry};
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
        age_max: INTERVAL * 2,
        _lock: None,
    }
}

fn inventory() -> Inventory {
    InventoryBuilder::default().finish(taken_at()).with_cluster_name("prod")
}

/// A report in both forms.
fn payload() -> Payload {
    let report = ClusterReport::new(inventory());
    encode(&Arc::new(report.with_containers(ContainerTableBuilder::default().finish()))).unwrap()
}

fn read(payload: &Payload, form: &str) -> Vec<u8> {
    payload.body(form).and_then(Body::read).unwrap()
}

/// Keeps a report; what of it is sent from there.
fn keep(spool: &Spool, payload: &Payload) -> Option<Payload> {
    let namespaces = [("a".to_owned(), Some("uid".to_owned()))].into();
    let label = spool.label(&inventory(), namespaces).unwrap();
    spool.write(payload, label).unwrap()
}

/// A spool in which a report is kept.
fn filled(folder: &TempDir) -> Spool {
    let spool = spool(folder);
    keep(&spool, &payload()).unwrap();
    spool
}

fn file(spool: &Spool) -> PathBuf {
    spool.folder.join("undelivered")
}

#[test]
fn what_was_kept_is_read_back_for_each_api() {
    let folder = tempfile::tempdir().unwrap();
    let kept = filled(&folder).read("prod", taken_at()).unwrap();
    for form in ["v1", "v2"] {
        assert_eq!(read(&kept.payload, form), read(&payload(), form));
        let body = kept.payload.body(form).unwrap();
        assert_eq!(body.length().unwrap(), read(&payload(), form).len() as u64);
    }
    assert_eq!(kept.namespaces["a"].as_deref(), Some("uid"));
}

#[test]
fn what_was_kept_is_sent_from_the_file_in_pieces_also_when_another_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    let long = Payload::default().with_form("v1", || Ok(Body::whole(vec![b'1'; 200_000])));
    let kept = keep(&spool, &long).unwrap();
    let pieces = || kept.body("v1").unwrap().into_pieces().map(Result::unwrap);
    let mut under_way = pieces();
    assert_eq!(under_way.next().unwrap().len(), 64 * 1024);
    // One body does not disturb another.
    assert_eq!(pieces().map(|piece| piece.len()).sum::<usize>(), 200_000);
    keep(&spool, &payload()).unwrap();
    assert!(under_way.flatten().all(|byte| byte == b'1'));
    std::fs::remove_file(file(&spool)).unwrap();
    assert_eq!(read(&kept, "v1"), vec![b'1'; 200_000]);
}

#[test]
fn a_file_that_was_cut_meanwhile_is_an_error_and_no_shorter_body() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    let kept = keep(&spool, &payload()).unwrap();
    fs::File::options().write(true).open(file(&spool)).unwrap().set_len(10).unwrap();
    let error = kept.body("v1").and_then(Body::read).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.retry()),
        ("the spool cannot be read", Retry::Backoff)
    );
}

#[test]
fn each_report_is_encoded_once_where_there_is_a_spool() {
    let folder = tempfile::tempdir().unwrap();
    let encoded = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&encoded);
    let payload = Payload::default().with_form("v1", move || {
        count.fetch_add(1, Ordering::Relaxed);
        let measured = || panic!("its length is known once it is written");
        Ok(Body::measured_by(measured, Box::new([Ok(b"{}".to_vec())].into_iter())))
    });
    let kept = keep(&spool(&folder), &payload).unwrap();
    assert_eq!(kept.body("v1").unwrap().length().unwrap(), 2);
    assert_eq!((read(&kept, "v1"), read(&kept, "v1")), (b"{}".to_vec(), b"{}".to_vec()));
    assert_eq!(encoded.load(Ordering::Relaxed), 1);
}

#[test]
fn a_report_that_no_api_takes_leaves_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let spool = filled(&folder);
    let none = Payload::default()
        .with_form("v2", || Err(ReportError::new("no namespace has a uid", Retry::Never)));
    assert!(keep(&spool, &none).is_none());
    assert!(spool.read("prod", taken_at()).unwrap().payload.has("v2"));
    assert!(keep(&spool, &payload()).is_some());
}

#[test]
fn only_the_forms_that_may_be_sent_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    for (form, expected) in [("v1", [true, false]), ("v2", [false, true])] {
        let spool = spool(&folder);
        keep(&spool, &payload().only(form)).unwrap();
        let kept = spool.read("prod", taken_at()).unwrap().payload;
        assert_eq!(["v1", "v2"].map(|form| kept.has(form)), expected);
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
    assert!(file::open(&spool.folder).unwrap_err().to_string().ends_with("is larger than 512 MiB"));
    fs::remove_file(file(&spool)).unwrap();
    let made = std::process::Command::new("mkfifo").arg(file(&spool)).status().unwrap();
    assert!(made.success());
    assert!(file::open(&spool.folder).is_err());
}

/// While one thread swaps the file for a link to somebody else's, and others write it, nobody ever
/// reads anything but what was written whole.
#[test]
fn a_file_that_is_swapped_while_it_is_read_is_never_another_s_and_never_torn() {
    use std::sync::atomic::AtomicBool;

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
            match file::open(&spool.folder) {
                Ok(Some(mut file)) => {
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).unwrap();
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
