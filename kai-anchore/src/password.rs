//! Where the password comes from.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use tokio::task::spawn_blocking;

/// The longest password that is read from a file, in bytes.
const LENGTH_MAX: u64 = 64 * 1024;

/// Where the password is.
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
    /// Here.
    Given(SecretString),
    /// In a file, which is read again at each delivery. One line break at its end is dropped.
    File(PathBuf),
}

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// It is empty.
    #[error("the password is empty")]
    Empty,
    /// Its file can't be read.
    #[error("the file `{}` with the password cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its file holds no password.
    #[error("the file `{}` holds no password: {why}", path.display())]
    NoPassword {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Password {
    /// This password.
    #[must_use]
    pub fn given(password: impl Into<SecretString>) -> Self {
        Self::Given(password.into())
    }

    /// The password as it is now.
    ///
    /// # Errors
    /// When it is empty, or its file can't be read or holds no text.
    pub fn read(&self) -> Result<SecretString, PasswordError> {
        match self {
            Self::Given(password) if password.expose_secret().is_empty() => {
                Err(PasswordError::Empty)
            }
            Self::Given(password) => Ok(password.clone()),
            Self::File(path) => read(path),
        }
    }

    /// The same, without holding up others: a file may be slow to read.
    pub(crate) async fn read_aside(&self) -> Result<SecretString, PasswordError> {
        let Self::File(path) = self else { return self.read() };
        let path = path.clone();
        let reading = spawn_blocking({
            let path = path.clone();
            move || read(&path)
        });
        reading.await.unwrap_or_else(|stopped| {
            Err(PasswordError::Unreadable { path, source: io::Error::other(stopped) })
        })
    }
}

fn read(path: &Path) -> Result<SecretString, PasswordError> {
    let none = |why| PasswordError::NoPassword { path: path.to_owned(), why };
    let mut bytes = Vec::new();
    let whole = File::open(path).and_then(|file| file.take(LENGTH_MAX + 1).read_to_end(&mut bytes));
    let password = match whole {
        Err(source) => Err(PasswordError::Unreadable { path: path.to_owned(), source }),
        Ok(length) if length as u64 > LENGTH_MAX => Err(none("it is longer than 64 KiB")),
        Ok(_) => match str::from_utf8(&bytes).map(without_line_break) {
            Err(_) => Err(none("it is no text in UTF-8")),
            Ok("") => Err(none("it is empty")),
            Ok(password) => Ok(SecretString::from(password)),
        },
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
    fn debug_shows_no_password() {
        let password = Password::given("recognisable");
        assert!(!format!("{password:?} {password:#?}").contains("recognisable"));
    }
}
