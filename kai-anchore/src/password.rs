//! The source of the password.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use kai_net::secrets;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use tokio::task::spawn_blocking;

use crate::file::{self, FileReader};

/// Maximum size of a password file, in bytes.
const LENGTH_MAX: u64 = 64 * 1024;

/// Where the password comes from.
///
/// ```
/// # use kai_anchore::Password;
/// let password = Password::given("foobar");
/// assert!(!format!("{password:?}").contains("foobar"));
/// let password = Password::File("/var/run/secrets/anchore/password".into());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Password {
    /// An inline value.
    Given(SecretString),
    /// A regular file, which is read again for each delivery. One trailing line break is dropped.
    File(PathBuf),
    /// A file that the application reads itself.
    Reader(FileReader),
}

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// It is empty.
    #[error("the password is empty")]
    Empty,
    /// The file can't be read.
    #[error("the file {}with the password cannot be read", named(path, source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file contains no password.
    #[error("the file `{}` holds no password: {why}", path.display())]
    NoPassword {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The name of an unreadable file, for messages. If it doesn't exist and doesn't look like a path,
/// it may be the password itself, put in the wrong setting.
fn named(path: &Path, error: &io::Error) -> String {
    let missing = [ErrorKind::NotFound, ErrorKind::InvalidFilename, ErrorKind::InvalidInput];
    if path.components().count() <= 1 && missing.contains(&error.kind()) {
        return "(its name is not shown, since it may be the password itself) ".to_owned();
    }
    format!("`{}` ", path.display())
}

impl Password {
    /// An inline password.
    #[must_use]
    pub fn given(password: impl Into<SecretString>) -> Self {
        Self::Given(password.into())
    }

    /// The current password.
    ///
    /// # Errors
    /// When it is empty, or its file can't be read or isn't text.
    pub fn read(&self) -> Result<SecretString, PasswordError> {
        match self {
            Self::Given(password) if password.expose_secret().is_empty() => {
                Err(PasswordError::Empty)
            }
            Self::Given(password) => Ok(password.clone()),
            Self::File(path) => read(path, || file::read(path, LENGTH_MAX)),
            Self::Reader(reader) => read(reader.path(), || reader.read()),
        }
    }

    /// Registers the password, alone and with its user, for redaction in untrusted text.
    pub(crate) fn register(user: &str, password: &SecretString) {
        secrets::register_login(user, password.expose_secret());
    }

    /// Reads the password without blocking the async threads: the file may be slow.
    pub(crate) async fn read_aside(&self) -> Result<SecretString, PasswordError> {
        let path = match self {
            Self::Given(_) => return self.read(),
            Self::File(path) => path.clone(),
            Self::Reader(reader) => reader.path().to_owned(),
        };
        let password = self.clone();
        let reading = spawn_blocking(move || password.read());
        reading.await.unwrap_or_else(|stopped| {
            Err(PasswordError::Unreadable { path, source: io::Error::other(stopped) })
        })
    }
}

fn read(
    path: &Path,
    bytes: impl FnOnce() -> io::Result<Vec<u8>>,
) -> Result<SecretString, PasswordError> {
    let none = |why| PasswordError::NoPassword { path: path.to_owned(), why };
    let mut bytes =
        bytes().map_err(|source| PasswordError::Unreadable { path: path.to_owned(), source })?;
    let password = if bytes.len() as u64 > LENGTH_MAX {
        Err(none("it is longer than 64 KiB"))
    } else {
        match str::from_utf8(&bytes).map(without_line_break) {
            Err(_) => Err(none("it is no text in UTF-8")),
            Ok("") => Err(none("it is empty")),
            Ok(password) => Ok(SecretString::from(password)),
        }
    };
    bytes.zeroize();
    password
}

fn without_line_break(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: impl AsRef<[u8]>) -> (tempfile::TempDir, Password) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, content).unwrap();
        (folder, Password::File(path))
    }

    #[test]
    fn one_line_break_at_the_end_of_the_file_is_dropped_and_nothing_else() {
        let table = [
            ("foobar", "foobar"),
            ("foobar\n", "foobar"),
            ("foobar\r\n", "foobar"),
            ("foobar\n\n", "foobar\n"),
            (" foo bar \n", " foo bar "),
            ("\nfoobar", "\nfoobar"),
        ];
        for (content, expected) in table {
            println!("{content:?}");
            let (_folder, password) = file(content);
            assert_eq!(password.read().unwrap().expose_secret(), expected);
        }
    }

    #[test]
    fn a_file_is_read_again_each_time() {
        let (folder, password) = file("old");
        assert_eq!(password.read().unwrap().expose_secret(), "old");
        std::fs::write(folder.path().join("password"), "new").unwrap();
        assert_eq!(password.read().unwrap().expose_secret(), "new");
    }

    #[test]
    fn a_file_without_a_password_is_an_error_that_says_why() {
        let long = "x".repeat(64 * 1024 + 1);
        let table: [(&[u8], &str); 4] = [
            (b"", "it is empty"),
            (b"\n", "it is empty"),
            (b"\xff\xfe", "it is no text in UTF-8"),
            (long.as_bytes(), "it is longer than 64 KiB"),
        ];
        for (content, expected) in table {
            println!("{expected}");
            let (folder, password) = file(content);
            let path = folder.path().join("password");
            let error = password.read().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the file `{}` holds no password: {expected}", path.display())
            );
        }
    }

    #[test]
    fn a_missing_file_is_an_error_that_names_it() {
        let error = Password::File("/nowhere/password".into()).read().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the file `/nowhere/password` with the password cannot be read"
        );
        assert!(matches!(Password::given("").read(), Err(PasswordError::Empty)));
    }

    #[test]
    fn a_password_in_the_place_of_its_file_is_not_quoted() {
        for text in ["hunter2", "u:hunter2", &"hunter2".repeat(50), "hunter2\0"] {
            let error = Password::File(text.into()).read().unwrap_err();
            assert_eq!(
                error.to_string(),
                "the file (its name is not shown, since it may be the password itself) with the \
                 password cannot be read"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_has_no_end_or_no_writer_is_no_file() {
        for path in ["/dev/zero", "/dev/null", "/"] {
            let error = Password::File(path.into()).read().unwrap_err();
            let PasswordError::Unreadable { source, .. } = error else { panic!("{error:?}") };
            assert_eq!(source.to_string(), "it is no regular file", "{path}");
        }
    }

    #[test]
    fn a_reader_is_asked_each_time_and_judged_as_a_file_is() {
        let long = "x".repeat(64 * 1024 + 1);
        for (content, expected) in [("foobar\n", Some("foobar")), ("", None), (&*long, None)] {
            let content = content.as_bytes().to_vec();
            let password = Password::Reader(FileReader::new("p", move || Ok(content.clone())));
            for _ in 0..2 {
                let read = password.read().ok();
                assert_eq!(read.as_ref().map(ExposeSecret::expose_secret), expected);
            }
        }
        let refusing = FileReader::new("/x/p", || Err(io::Error::other("it is elsewhere")));
        let error = Password::Reader(refusing).read().unwrap_err();
        assert_eq!(error.to_string(), "the file `/x/p` with the password cannot be read");
    }

    #[test]
    fn debug_shows_no_password() {
        let password = Password::given("recognisable");
        assert!(!format!("{password:?} {password:#?}").contains("recognisable"));
    }
}
