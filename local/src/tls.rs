//! The local AWS over TLS, as the real one is reached: a door before it with a certificate of its own.

use std::{
    fs::File,
    io::{self, Write},
    sync::Arc,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::NamedTempFile;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::{
    aws::Aws,
    error::{Doing, Error, Result},
};

const HOST: &str = "localhost";
/// Where systems keep the roots that they trust.
const SYSTEM_ROOTS: [&str; 2] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];

/// A door that is open as long as this is kept.
pub(crate) struct TlsDoor {
    url: String,
    /// The system's roots and ours.
    roots: NamedTempFile,
    serving: JoinHandle<()>,
}

impl TlsDoor {
    /// Opens a door to the local AWS at `aws`.
    ///
    /// # Errors
    /// When no certificate can be made or no port had.
    pub(crate) async fn to(aws: &Aws) -> Result<Self> {
        let doing = "opening a TLS door to the local AWS";
        let failed = |cause: &dyn std::error::Error| Error::failed(doing, cause.to_string());
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([HOST.to_owned()]).map_err(|cause| failed(&cause))?;
        let mut roots = NamedTempFile::new().doing(doing)?;
        if let Some(mut system) = SYSTEM_ROOTS.iter().find_map(|path| File::open(path).ok()) {
            io::copy(&mut system, &mut roots).doing(doing)?;
        }
        roots.write_all(cert.pem().as_bytes()).doing(doing)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .map_err(|cause| failed(&cause))?;
        let listener = TcpListener::bind((HOST, 0)).await.doing(doing)?;
        let url = format!(
            "https://{HOST}:{}",
            listener.local_addr().doing(doing)?.port()
        );
        let behind = aws.base().rsplit('/').next().unwrap_or_default().to_owned();
        let serving = tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), behind));
        Ok(Self {
            url,
            roots,
            serving,
        })
    }

    /// The variables with which a function goes through this door.
    pub(crate) fn environment(&self) -> [(String, String); 2] {
        let roots = self.roots.path().to_string_lossy().into_owned();
        [
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("SSL_CERT_FILE", roots),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }
}

impl Drop for TlsDoor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, behind: String) {
    while let Ok((caller, _)) = listener.accept().await {
        let (acceptor, behind) = (acceptor.clone(), behind.clone());
        // A call that breaks here fails where it is made.
        tokio::spawn(async move { pass(caller, &acceptor, &behind).await.ok() });
    }
}

/// Passes on what goes to and fro, at once.
async fn pass(caller: TcpStream, acceptor: &TlsAcceptor, behind: &str) -> io::Result<()> {
    caller.set_nodelay(true)?;
    let mut caller = acceptor.accept(caller).await?;
    let mut aws = TcpStream::connect(behind).await?;
    aws.set_nodelay(true)?;
    copy_bidirectional(&mut caller, &mut aws).await?;
    Ok(())
}
