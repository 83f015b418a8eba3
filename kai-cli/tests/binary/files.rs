//! Configuration files where they lie.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Ended, examples, kai};

/// A working directory, a home and folders of XDG, all in one.
fn folders() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["work", "home", "xdg", "system-a", "system-b"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    folder
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// `kai` in these folders.
fn at(folder: &TempDir, args: &[&str]) -> std::process::Command {
    let path = |name: &str| folder.path().join(name);
    let mut command = kai(args);
    command
        .current_dir(path("work"))
        .env("HOME", path("home"))
        .env("XDG_CONFIG_HOME", path("xdg"))
        .env(
            "XDG_CONFIG_DIRS",
            std::env::join_paths([path("system-a"), path("system-b")]).unwrap(),
        );
    command
}

/// What is told of each run, without the folder.
fn told(folder: &TempDir, ended: Ended) -> String {
    ended.with(folder.path(), "[folder]").to_string()
}

/// The name in `kai config`, and the comment that says where it is from.
fn name(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(0), "{ended}");
    ended.stdout.lines().find(|line| line.starts_with("cluster-name: ")).unwrap()
}

const PLACES: [(&str, &str); 8] = [
    ("work/given.yaml", "given.yaml"),
    ("work/.kai.yaml", "./.kai.yaml"),
    ("work/kai.yaml", "./kai.yaml"),
    ("work/.kai/config.yaml", "./.kai/config.yaml"),
    ("home/.kai.yaml", "[folder]/home/.kai.yaml"),
    ("xdg/kai/config.yaml", "[folder]/xdg/kai/config.yaml"),
    ("system-a/kai/config.yaml", "[folder]/system-a/kai/config.yaml"),
    ("system-b/kai/config.yaml", "[folder]/system-b/kai/config.yaml"),
];

#[test]
fn the_first_file_that_exists_is_read_and_named_and_no_other() {
    let folder = folders();
    for (n, (path, _)) in PLACES.iter().enumerate() {
        write(&folder, path, &format!("# {n}\ncluster-name: c{n}\n"));
    }
    for (n, (path, shown)) in PLACES.iter().enumerate() {
        println!("{path}");
        let args: &[&str] = if n == 0 { &["config", "-c", "given.yaml"] } else { &["config"] };
        let ended = Ended::of(&mut at(&folder, args)).with(folder.path(), "[folder]");
        assert_eq!(name(&ended), format!("cluster-name: c{n}  # {shown}, line 2"));
        assert_eq!(ended.stderr, format!("info: configuration from `{shown}`\n"));
        fs::remove_file(folder.path().join(path)).unwrap();
    }
    let ended = Ended::of(&mut at(&folder, &["config"]));
    assert_eq!((name(&ended), ended.stderr.as_str()), ("cluster-name: \"\"  # default", ""));
}

#[test]
fn without_xdg_variables_the_home_folder_s_config_is_read() {
    let folder = folders();
    write(&folder, "home/.config/kai/config.yaml", "cluster-name: eks\n");
    for value in ["", "relative"] {
        let mut command = at(&folder, &["config"]);
        let ended = Ended::of(command.env("XDG_CONFIG_HOME", value));
        assert!(name(&ended).starts_with("cluster-name: eks  # "), "{ended}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_code_2() {
    let folder = folders();
    write(&folder, "work/malformed.yaml", "log:\n  level: info\n level: debug\n");
    write(&folder, "work/binary.yaml", "a: b\nc: ");
    fs::write(folder.path().join("work/binary.yaml"), b"a: b\nc: \xff\n").unwrap();
    write(&folder, "work/value.yaml", "# a\nlog:\n  level: loud\n");
    let args: [&[&str]; 7] = [
        &["-c", "none.yaml"],
        &["-c", "malformed.yaml"],
        &["-c", "binary.yaml"],
        &["-c", "value.yaml"],
        &["-c", "."],
        &["-c", "/dev/zero"],
        &["-c", ""],
    ];
    let refused = args.map(|args| {
        let ended = Ended::of(&mut at(&folder, args));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}: {ended}");
        format!("$ kai {}\n{}", args.join(" "), told(&folder, ended))
    });
    insta::assert_snapshot!(refused.join("\n\n"));
}

#[test]
fn a_file_of_the_usual_places_that_cannot_be_used_is_refused_too() {
    for (path, shown) in &PLACES[1..] {
        println!("{path}");
        let folder = folders();
        write(&folder, path, "a: b: c\n");
        let ended = Ended::of(&mut at(&folder, &[])).with(folder.path(), "[folder]");
        assert_eq!(ended.code, Some(2), "{ended}");
        let place = "mapping values are not allowed in this context at line 1, column 5";
        assert_eq!(
            ended.stderr,
            format!("error: the configuration file `{shown}` is not valid: {place}\n")
        );
    }
}

#[test]
fn a_file_that_may_not_be_read_is_refused() {
    let folder = folders();
    write(&folder, "work/.kai.yaml", "output: table\n");
    let path = folder.path().join("work/.kai.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        // Root may read everything.
        return;
    }
    for args in [&[][..], &["-c", ".kai.yaml"]] {
        let ended = Ended::of(&mut at(&folder, args));
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.contains("Permission denied"), "{ended}");
    }
}

#[test]
fn a_link_to_nowhere_is_a_file_and_refused() {
    let folder = folders();
    std::os::unix::fs::symlink("nowhere", folder.path().join("work/kai.yaml")).unwrap();
    assert_eq!(Ended::of(&mut at(&folder, &["config"])).code, Some(2));
}

#[test]
fn a_folder_in_the_place_of_a_file_is_refused_and_a_file_in_the_place_of_a_folder_is_passed_over() {
    let folder = folders();
    fs::create_dir(folder.path().join("work/kai.yaml")).unwrap();
    let ended = Ended::of(&mut at(&folder, &["config"]));
    assert_eq!(ended.code, Some(2), "{ended}");
    fs::remove_dir(folder.path().join("work/kai.yaml")).unwrap();
    write(&folder, "work/.kai", "");
    assert_eq!(Ended::of(&mut at(&folder, &["config"])).code, Some(0));
}

#[test]
fn a_folder_that_may_not_be_looked_into_is_passed_over() {
    let folder = folders();
    let home = folder.path().join("home");
    fs::set_permissions(&home, fs::Permissions::from_mode(0o000)).unwrap();
    let ended = Ended::of(&mut at(&folder, &["config"]));
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[test]
fn the_blocks_of_go_kai_s_readme_work_as_files() {
    let sample = examples().join("pods.json");
    let blocks = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/settings/tests/go_kai");
    for block in fs::read_dir(blocks).unwrap() {
        let block = block.unwrap();
        println!("{:?}", block.file_name());
        let folder = folders();
        let text = fs::read_to_string(block.path()).unwrap();
        write(&folder, "home/.kai.yaml", &text);
        let mut command = at(&folder, &["-f", sample.to_str().unwrap()]);
        let ended = Ended::of(command.env("KAI_ANCHORE_PASSWORD", "p"));
        let filled_in = !text.contains("<your");
        assert_eq!(ended.code, Some(if filled_in { 0 } else { 2 }), "{ended}");
        if !filled_in {
            assert!(ended.stderr.contains("`anchore.url`"), "{ended}");
        }
    }
}

#[test]
fn a_file_of_the_working_directory_says_where_it_leads() {
    let folder = folders();
    write(&folder, "work/kai.yaml", "kubeconfig:\n  path: ./evil\nanchore:\n  url:\n");
    insta::assert_snapshot!(told(&folder, Ended::of(&mut at(&folder, &[]))), @"
    [stderr]
    info: configuration from `./kai.yaml`
    warning: `kubeconfig.path` (./kai.yaml, line 2), a file in the working directory, leads to `./evil`
    error: the kubeconfig `./evil` cannot be used
      caused by: No such file or directory (os error 2)
    [exit code 2]
    ");
    let trusted = Ended::of(&mut at(&folder, &["-c", "kai.yaml"]));
    assert!(!trusted.stderr.contains("warning"), "{trusted}");
}

#[test]
fn a_misspelt_key_is_told_also_where_it_ends_the_run() {
    let folder = folders();
    let text = "anchore: {url: 'https://anchore.example', usr: me, password: p}\n";
    write(&folder, "home/.kai.yaml", text);
    insta::assert_snapshot!(told(&folder, Ended::of(&mut at(&folder, &[]))), @"
    [stderr]
    warning: `anchore.usr` ([folder]/home/.kai.yaml, line 1) is no key that kai knows: ignored (hint: `anchore.user` is one)
    error: `anchore.url` ([folder]/home/.kai.yaml, line 1) turns delivery on, which also needs `anchore.user`
    [exit code 2]
    ");
    let quiet = Ended::of(&mut at(&folder, &["-q"]));
    assert_eq!(quiet.stderr.lines().count(), 1, "{quiet}");
}

#[test]
fn the_version_and_the_help_read_no_file() {
    let folder = folders();
    write(&folder, "work/.kai.yaml", "a: b: c\n");
    for args in [&["version"][..], &["--version"], &["--help"], &["config", "--defaults"]] {
        assert_eq!(Ended::of(&mut at(&folder, args)).code, Some(0), "{args:?}");
    }
}

#[test]
fn a_configuration_file_is_read_in_utf_16_too() {
    let folder = folders();
    let utf16 = include_bytes!("../../src/settings/tests/inputs/utf16.yaml");
    let plain =
        char::decode_utf16(utf16[2..].chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])));
    let plain: String = plain.map(Result::unwrap).collect();
    let be = "\u{feff}cluster-name: b\u{e4}\n".encode_utf16().flat_map(u16::to_be_bytes);
    let path = folder.path().join("work/kai.yaml");
    let run = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        Ended::of(&mut at(&folder, &["config"]))
    };
    let (of_utf16, of_plain) = (run(utf16), run(plain.as_bytes()));
    assert_eq!(of_utf16.code, Some(0), "{of_utf16}");
    assert_eq!(of_utf16.to_string(), of_plain.to_string());
    let of_marked = run(format!("\u{feff}{plain}").as_bytes());
    assert_eq!(of_marked.to_string(), of_plain.to_string());
    assert_eq!(
        name(&run(&be.collect::<Vec<_>>())),
        "cluster-name: \"b\u{e4}\"  # ./kai.yaml, line 1"
    );
    let cut = run(&utf16[..utf16.len() - 1]);
    assert_eq!((cut.code, cut.stdout.as_str()), (Some(2), ""), "{cut}");
    assert!(cut.stderr.contains("is not valid: it is no UTF-16 at line "), "{cut}");
}
