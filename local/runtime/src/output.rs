//! What a function writes, read as it comes; only the end of it is kept.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Child,
    task::JoinHandle,
    time,
};

/// How much is kept of each of the two outputs.
const KEPT_BYTES: usize = 16 * 1024;
/// A process that the function started may hold its output open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The two outputs of a process.
pub(crate) struct Output([JoinHandle<Vec<u8>>; 2]);

impl Output {
    /// Begins to read what `child` writes.
    pub(crate) fn of(child: &mut Child) -> Self {
        Self([
            tokio::spawn(tail(child.stdout.take())),
            tokio::spawn(tail(child.stderr.take())),
        ])
    }

    /// What was written, once the process has ended.
    pub(crate) async fn end(self) -> String {
        let mut text = String::new();
        for mut reading in self.0 {
            match time::timeout(LAST_WORDS, &mut reading).await {
                Ok(Ok(bytes)) => text.push_str(&String::from_utf8_lossy(&bytes)),
                _ => reading.abort(),
            }
        }
        text
    }
}

async fn tail(output: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let (mut kept, mut chunk) = (Vec::new(), vec![0; KEPT_BYTES]);
    let Some(mut output) = output else {
        return kept;
    };
    while let Ok(read @ 1..) = output.read(&mut chunk).await {
        kept.extend_from_slice(&chunk[..read]);
        let before = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..before);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_end_is_kept() {
        let written = [vec![b'a'; KEPT_BYTES], vec![b'b'; KEPT_BYTES - 1]].concat();
        let kept = tail(Some(written.as_slice())).await;
        assert_eq!((kept.len(), kept[0], kept[1]), (KEPT_BYTES, b'a', b'b'));
    }
}
