//! HTTP/1.1 as a proxy between a function and what it calls needs it: requests and answers, whole.

use std::{fmt::Write as _, io};

use reqwest::{Client, Method};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const LARGEST_HEAD: usize = 64 * 1024;
/// Meant for one connection only.
const NOT_PASSED_ON: [&str; 3] = ["connection", "host", "transfer-encoding"];
/// Said anew about an answer's body, which may have been changed. A request's is passed on as it is, even where there is no body:
/// there are those who insist on it.
const LENGTH: &str = "content-length";

/// A request, whole.
pub(crate) struct Call {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer, whole.
pub(crate) struct Answer {
    status: reqwest::StatusCode,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// The next request on a connection; `None` when the caller has hung up.
    pub(crate) async fn next(caller: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut read = Vec::new();
        let head_ends = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            if read.len() > LARGEST_HEAD {
                return Err(io::Error::other("a head without an end"));
            }
            if caller.read_buf(&mut read).await? == 0 {
                return Ok(None);
            }
        };
        let mut body = read.split_off(head_ends + 4);
        let head = String::from_utf8(read).map_err(io::Error::other)?;
        let mut call = Self::of(&head)?;
        let length = call.header(LENGTH).unwrap_or("0");
        let length: usize = length.parse().map_err(io::Error::other)?;
        while body.len() < length {
            if caller.read_buf(&mut body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        call.body = body;
        Ok(Some(call))
    }

    fn of(head: &str) -> io::Result<Self> {
        let mut lines = head.trim_end().split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(path)) = (first.next(), first.next()) else {
            return Err(io::Error::other("no request line"));
        };
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Ok(Self {
            method: method.parse().map_err(io::Error::other)?,
            path: path.to_owned(),
            headers: headers.collect(),
            body: Vec::new(),
        })
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// What is asked of AWS: the last part of `X-Amz-Target`. Empty for anybody else.
    pub(crate) fn operation(&self) -> String {
        let target = self.header("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        operation.to_owned()
    }

    /// What is asked, in a word or two: `GetItem`, `POST /graph/v1.0/users`.
    pub(crate) fn name(&self) -> String {
        let operation = self.operation();
        if operation.is_empty() {
            format!("{} {}", self.method, self.path)
        } else {
            operation
        }
    }

    /// Makes the call at `upstream` (`http://host:port`).
    pub(crate) async fn made(self, http: &Client, upstream: &str) -> reqwest::Result<Answer> {
        let url = format!("{upstream}{}", self.path);
        let mut request = http.request(self.method, url).body(self.body);
        for (name, value) in &self.headers {
            if !NOT_PASSED_ON.contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await?;
        let passed_on = answer
            .headers()
            .iter()
            .filter(|(name, _)| *name != LENGTH && !NOT_PASSED_ON.contains(&name.as_str()));
        let headers = passed_on.filter_map(|(name, value)| {
            let value = value.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        });
        Ok(Answer {
            status: answer.status(),
            headers: headers.collect(),
            body: answer.bytes().await?.to_vec(),
        })
    }
}

impl Answer {
    /// Answers the caller.
    pub(crate) async fn told(self, caller: &mut TcpStream) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "content-length: {}\r\n\r\n", self.body.len());
        caller.write_all(head.as_bytes()).await?;
        caller.write_all(&self.body).await
    }
}
