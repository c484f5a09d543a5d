//! `sandbox --port 8090`: the vendor sandbox as a process of its own.

use std::{io, net::IpAddr, process::ExitCode};

use clap::Parser;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The vendor sandbox: HaloPSA, Microsoft Graph, Entra MFA, Twilio, an OIDC issuer, NinjaOne, Datto RMM and Amazon Bedrock on one port.
#[derive(Parser)]
struct Options {
    /// The port to answer on; 0 takes a free one.
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// The address to answer on.
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Options { port, bind } = Options::parse();
    let Err(cause) = run(bind, port).await else {
        return ExitCode::SUCCESS;
    };
    say(&json!({"message": "sandbox stopped", "error": cause.to_string()}));
    ExitCode::FAILURE
}

async fn run(bind: IpAddr, port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((bind, port)).await.map_err(|cause| {
        let why = format!("cannot listen on {bind}:{port} ({cause}); choose another --port");
        io::Error::new(cause.kind(), why)
    })?;
    let address = listener.local_addr()?.to_string();
    say(&json!({"message": "sandbox started", "address": address}));
    sandbox::serve(listener).await
}

fn say(line: &Value) {
    eprintln!("{line}");
}
