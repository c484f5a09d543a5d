//! A vendor that says its lines in order and remembers what it was told.

use crate::Request;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One line of a vendor.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers.
    Answer {
        /// The status.
        status: u16,
        /// Headers beside `content-length`.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// Takes the request and breaks the connection: the answer is lost.
    Cut,
    /// Takes the request and never answers.
    Hang,
}

impl Reply {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::text(status, "application/json", body)
    }

    /// An XML answer.
    #[must_use]
    pub fn xml(body: impl Into<String>) -> Self {
        Self::text(200, "application/xml", body)
    }

    /// An answer of any content type.
    #[must_use]
    pub fn text(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type".into(), content_type.into())],
            body: body.into(),
        }
    }

    /// A token endpoint's answer.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self::json(
            200,
            format!(r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{token}"}}"#),
        )
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }
}

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    heard: Vec<Request>,
}

/// A server on loopback that answers the n-th request with the n-th reply, and 599 when it has no more. It takes one
/// request a connection. It stops when dropped.
pub struct Conversation {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl Conversation {
    /// Starts the server.
    ///
    /// # Panics
    /// When loopback has no free port.
    #[expect(
        clippy::expect_used,
        reason = "a double that cannot start fails its test"
    )]
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let script = Arc::new(Mutex::new(Script {
            replies: replies.into_iter().collect(),
            heard: Vec::new(),
        }));
        let task = tokio::spawn(serve(listener, Arc::clone(&script)));
        Self {
            address,
            script,
            task,
        }
    }

    /// `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds lines: those that name the server's own address can be written only once it is known.
    pub fn say(&self, replies: impl IntoIterator<Item = Reply>) {
        self.lock().replies.extend(replies);
    }

    /// Everything that was asked so far, in order.
    #[must_use]
    pub fn heard(&self) -> Vec<Request> {
        self.lock().heard.clone()
    }

    /// Method and target of everything that was asked so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.heard().iter().map(Request::line).collect()
    }

    /// How many lines were not asked for.
    #[must_use]
    pub fn unsaid(&self) -> usize {
        self.lock().replies.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&script)));
    }
}

async fn answer(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let Ok(request) = Request::read(&mut stream).await else {
        return;
    };
    let reply = {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        script.heard.push(request);
        script.replies.pop_front()
    };
    match reply.unwrap_or_else(|| Reply::text(599, "text/plain", "no more lines")) {
        Reply::Cut => {}
        Reply::Hang => std::future::pending().await,
        Reply::Answer {
            status,
            headers,
            body,
        } => {
            let mut head = format!(
                "HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n",
                body.len()
            );
            for (name, value) in headers {
                head = head + &name + ": " + &value + "\r\n";
            }
            // A client that has gone away is its own test's business.
            drop(
                stream
                    .write_all(format!("{head}\r\n{body}").as_bytes())
                    .await,
            );
            drop(stream.shutdown().await);
        }
    }
}
