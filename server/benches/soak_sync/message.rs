//! One HTTP/1.1 message as bytes: enough of it is read to know where it ends.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    /// Where the body begins.
    body: usize,
}

impl Message {
    /// The next message; `None` when the connection ended before one began.
    pub(crate) async fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut bytes = Vec::with_capacity(4_096);
        loop {
            if let Some(message) = Self::whole(&mut bytes) {
                return Ok(Some(message));
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return if bytes.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    fn whole(bytes: &mut Vec<u8>) -> Option<Self> {
        let body = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&bytes[..body]).to_ascii_lowercase();
        let field = |name: &str| {
            head.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
        };
        let is_whole = if field("transfer-encoding:").is_some() {
            bytes.ends_with(b"0\r\n\r\n")
        } else {
            let length = field("content-length:").and_then(|it| it.parse().ok()).unwrap_or(0);
            bytes.len() >= body + length
        };
        is_whole.then(|| Self { bytes: std::mem::take(bytes), body })
    }

    pub(crate) fn first_line(&self) -> String {
        let line = self.bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    }

    /// Whether it carries a segment.
    pub(crate) fn is_segment(&self) -> bool {
        let line = self.first_line();
        line.starts_with("PUT ") && line.contains("/segments/")
    }

    /// Of an answer.
    pub(crate) fn is_success(&self) -> bool {
        self.first_line().split(' ').nth(1).is_some_and(|status| status.starts_with('2'))
    }

    pub(crate) fn body_mut(&mut self) -> &mut [u8] {
        let body = self.body;
        &mut self.bytes[body..]
    }
}

/// Sends a request on a connection of its own and returns the answer.
pub(crate) async fn exchange(server: &str, request: &[u8]) -> io::Result<Message> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(request).await?;
    answer(&mut stream).await
}

/// The answer on a connection on which a request was sent.
pub(crate) async fn answer(stream: &mut TcpStream) -> io::Result<Message> {
    Message::read(stream).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
