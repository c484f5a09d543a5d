//! A proxy before AWS and the vendors at which a function dies: a call of its is made, its answer never comes, and nothing it
//! asks for after that is made.
//!
//! What a dead process leaves behind is what its calls did. So to die right before a call is to die right behind the one
//! before it, and to die behind each call, the zeroth included, is to die before and behind every one.

use std::{
    future::pending,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use deskhand_local::loopback;
use reqwest::Client;
use tokio::{
    net::{TcpListener, TcpStream},
    spawn,
    sync::Notify,
    task::{JoinHandle, JoinSet},
};

use crate::wire::Call;

/// The only answer of AWS that says where the vendors are.
const TELLS_OF_VENDORS: &str = "GetSecretValue";

/// The proxy of one invocation; closed when dropped.
pub struct Brink {
    aws: SocketAddr,
    course: Arc<Course>,
    accepting: [JoinHandle<()>; 2],
}

/// What was called, and where it ends.
struct Course {
    /// The last call that is made; none for a function that lives.
    last: Option<usize>,
    calls: Mutex<Vec<String>>,
    over: Notify,
    /// Where the vendors are, and where they are said to be.
    vendors: (String, String),
}

impl Brink {
    /// Opens before AWS at `aws` and the vendors at `vendors` (`http://host:port`). The function dies behind its call number
    /// `last`, counted from 1; before its first for 0.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn before(aws: &str, vendors: &str, last: Option<usize>) -> io::Result<Self> {
        let own = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let (to_aws, to_vendors) = (own().await?, own().await?);
        let said = format!("http://{}", to_vendors.local_addr()?);
        let course = Arc::new(Course {
            last,
            calls: Mutex::default(),
            over: Notify::new(),
            vendors: (vendors.to_owned(), said),
        });
        let address = to_aws.local_addr()?;
        let http = loopback().map_err(io::Error::other)?;
        let accepting = [(to_aws, aws), (to_vendors, vendors)].map(|(listener, upstream)| {
            let (course, http) = (Arc::clone(&course), http.clone());
            let upstream = upstream.to_owned();
            spawn(async move {
                let mut lines = JoinSet::new();
                while let Ok((caller, _)) = listener.accept().await {
                    let course = Arc::clone(&course);
                    lines.spawn(course.serve(caller, http.clone(), upstream.clone()));
                }
            })
        });
        Ok(Self {
            aws: address,
            course,
            accepting,
        })
    }

    /// Where the function is told that AWS is.
    #[must_use]
    pub fn aws(&self) -> String {
        format!("http://{}", self.aws)
    }

    /// Comes when the function's last call has been made, or it asks for one more.
    pub async fn reached(&self) {
        self.course.over.notified().await;
    }

    /// What was called and made, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        let calls = self.course.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Brink {
    fn drop(&mut self) {
        for accepting in &self.accepting {
            accepting.abort();
        }
    }
}

impl Course {
    /// Counts a call; its number, when it is still made.
    fn enter(&self, name: String) -> Option<usize> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if self.last.is_some_and(|last| calls.len() >= last) {
            return None;
        }
        calls.push(name);
        Some(calls.len())
    }

    /// Passes calls on until the caller hangs up or its time has come.
    async fn serve(self: Arc<Self>, mut caller: TcpStream, http: Client, upstream: String) {
        while let Ok(Some(call)) = Call::next(&mut caller).await {
            let tells = call.operation() == TELLS_OF_VENDORS;
            let number = self.enter(call.name());
            let mut answer = None;
            if number.is_some() {
                let Ok(made) = call.made(&http, &upstream).await else {
                    return;
                };
                answer = Some(made);
            }
            let (Some(mut answer), false) = (answer, number == self.last) else {
                // One permit stays for whoever asks later.
                self.over.notify_one();
                return pending().await;
            };
            if tells {
                let (at, said) = &self.vendors;
                let text = String::from_utf8_lossy(&answer.body).replace(at, said);
                answer.body = text.into_bytes();
            }
            if answer.told(&mut caller).await.is_err() {
                return;
            }
        }
    }
}
