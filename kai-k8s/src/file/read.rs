//! Reads an input to its end: which encoding it has, whether it is JSON or YAML, and what is in it.

use std::io;
use std::sync::Arc;

use async_stream::try_stream;
use futures_util::stream::Stream;
use kai_core::{Observed, PodFields};
use memchr::memchr;
use tokio::runtime::Handle;

use super::documents::Documents;
use super::encoding::Decoder;
use super::error::ReadError;
use super::input::{CHUNK, Input};
use super::looks::Look;
use super::yaml;
use crate::wire::WireError;
use crate::wire::json::{BYTE_ORDER_MARK, FILE_ITEM_MAX};

/// How many bytes determine the encoding, or a format that is no text.
const MAGIC: usize = 16;
/// How many bytes of a text that is no JSON determine what it is.
const HEAD: usize = 1024;

/// How many bytes are read of what has to be in memory whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Of a YAML input.
    pub(super) yaml: usize,
    /// Of one item of a list, and of a run of blanks.
    pub(super) item: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { yaml: 1024 * 1024 * 1024, item: FILE_ITEM_MAX }
    }
}

/// Reads an input to its end, with these fields of its pods.
pub(super) fn read(
    input: Result<Input, ReadError>,
    limits: Limits,
    fields: Arc<PodFields>,
) -> impl Stream<Item = Result<Observed, ReadError>> {
    try_stream! {
        let mut text = Text::begin(input?).await?;
        let mut documents = Documents::new(limits.item, fields);
        documents.skip(text.begin_text(limits.item).await?);
        if text.begins_json() {
            loop {
                documents.feed(&text.ready);
                while let Some(fact) = documents.next().map_err(|error| text.place(error))? {
                    yield fact;
                }
                text.ready.clear();
                if !text.more().await? {
                    break;
                }
            }
            documents.finish().map_err(|error| text.place(error))?;
        } else {
            let message = text.begins_yaml()?;
            text.read_whole(limits.yaml).await?;
            let whole = text.ready;
            let read = move || yaml::read(&whole, &mut documents).map(|facts| (facts, documents));
            // It takes a while, and dropping the stream must not wait for it.
            let read = match Handle::try_current() {
                Ok(runtime) if !cfg!(target_family = "wasm") => runtime.spawn_blocking(read).await.map_err(io::Error::other)?,
                _ => read(),
            };
            // What kubectl wrote to stderr may still be YAML.
            let read = read.map_err(|error| message.clone().map_or(error, ReadError::Looks));
            let facts;
            (facts, documents) = read?;
            for fact in facts {
                yield fact;
            }
            if let Some(message) = message
                && documents.judge().is_err()
            {
                Err(ReadError::Looks(message))?;
            }
        }
        documents.judge()?;
    }
}

/// An input as UTF-8.
struct Text {
    input: Input,
    decoder: Decoder,
    chunk: Vec<u8>,
    /// What was read and decoded, and is needed yet.
    ready: Vec<u8>,
    /// How many bytes were decoded.
    decoded: u64,
    ended: bool,
}

impl Text {
    /// Reads the first bytes, which determine the encoding.
    async fn begin(mut input: Input) -> Result<Self, ReadError> {
        let mut chunk = vec![0; CHUNK];
        let (mut filled, mut ended) = (0, false);
        while filled < MAGIC && !ended {
            let read = input.read(&mut chunk[filled..]).await?;
            filled += read;
            ended = read == 0;
        }
        let head = &chunk[..filled];
        if let Some(look) = Look::of_bytes(head) {
            Err(ReadError::Looks(look))?;
        }
        let (mut decoder, mark) = Decoder::of(head).map_err(ReadError::Looks)?;
        let mut ready = Vec::new();
        decoder.decode(&head[mark..], &mut ready)?;
        if ended {
            decoder.finish()?;
        }
        // Bytes count from the input's beginning, where they are the input's own.
        let skipped = if decoder.is_utf16() { 0 } else { mark as u64 };
        Ok(Self { input, decoder, chunk, decoded: skipped + ready.len() as u64, ready, ended })
    }

    /// Reads on until it is clear what begins after the blanks; how many were dropped before them.
    async fn begin_text(&mut self, max: usize) -> Result<u64, ReadError> {
        loop {
            self.ready.drain(..blanks(&self.ready));
            let dropped = self.decoded - self.ready.len() as u64;
            if dropped > max as u64 {
                return Err(WireError::blanks(0, max).into());
            }
            // What is JSON is read on while it arrives.
            if self.begins_json() || self.ready.len() >= HEAD || !self.more().await? {
                break;
            }
        }
        if self.ready.is_empty() {
            return Err(ReadError::Empty);
        }
        let dropped = self.decoded - self.ready.len() as u64;
        self.refuse_nul(0)?;
        Ok(dropped)
    }

    fn begins_json(&self) -> bool {
        matches!(self.ready.first(), Some(b'{' | b'['))
    }

    /// Reads on; whether the input goes on.
    async fn more(&mut self) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        let read = self.input.read(&mut self.chunk).await?;
        let before = self.ready.len();
        self.decoder.decode(&self.chunk[..read], &mut self.ready)?;
        self.decoded += (self.ready.len() - before) as u64;
        self.ended = read == 0;
        if self.ended {
            self.decoder.finish()?;
        }
        Ok(!self.ended)
    }

    /// Judges by its beginning what is no JSON: a message that may stand before YAML, or an error
    /// where it is none.
    fn begins_yaml(&self) -> Result<Option<Look>, ReadError> {
        let head = String::from_utf8_lossy(&self.ready);
        let look = Look::of_text(&head);
        let begins_json = |line: &str| line.starts_with(['{', '[']);
        match look {
            Some(Look::Message(_)) if !head.lines().any(begins_json) => Ok(look),
            Some(look) => Err(ReadError::Looks(look)),
            None if self.ended => Ok(None),
            // What has no end need not be read to it.
            None => yaml::begin(&head).map(|()| None),
        }
    }

    async fn read_whole(&mut self, max: usize) -> Result<(), ReadError> {
        let mut looked = self.ready.len();
        while self.more().await? {
            self.refuse_nul(looked)?;
            looked = self.ready.len();
            if looked > max {
                return Err(ReadError::TooLong { max });
            }
        }
        Ok(())
    }

    /// No text has a NUL, and what a device yields has little else.
    fn refuse_nul(&self, from: usize) -> Result<(), ReadError> {
        match memchr(0, &self.ready[from..]) {
            None => Ok(()),
            Some(_) => Err(ReadError::Looks(Look::Binary("binary data (it has NUL bytes)"))),
        }
    }

    /// Says where an error is, as far as that is known.
    fn place(&self, error: ReadError) -> ReadError {
        if self.decoder.is_utf16() { error.decoded() } else { error }
    }
}

/// How many bytes at the beginning are blank, or byte order marks.
fn blanks(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    loop {
        rest = match rest {
            [byte, after @ ..] if byte.is_ascii_whitespace() => after,
            _ => match rest.strip_prefix(BYTE_ORDER_MARK) {
                Some(after) => after,
                None => return bytes.len() - rest.len(),
            },
        };
    }
}
