//! Which hosts may be asked.

use url::{Host, Url};

/// The hosts a vendor may be asked at: those of the configured URLs, and any host under a named domain.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    exact: Vec<(String, u16)>,
    domains: Vec<&'static str>,
}

impl Hosts {
    /// The hosts and ports of these URLs. A text that is no URL allows nothing.
    #[must_use]
    pub fn of<'a>(urls: impl IntoIterator<Item = &'a str>) -> Self {
        let exact = urls
            .into_iter()
            .filter_map(|url| place(&Url::parse(url).ok()?))
            .collect();
        Self {
            exact,
            domains: Vec::new(),
        }
    }

    /// Also every host below `domain`, on port 443.
    #[must_use]
    pub fn and_below(mut self, domain: &'static str) -> Self {
        self.domains.push(domain);
        self
    }

    /// Reads `text` as a URL that may be asked.
    pub(crate) fn check(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|_| "a configured URL cannot be read".to_owned())?;
        let (host, port) = place(&url).ok_or("a configured URL names no host")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!("the URL for {host} carries a credential"));
        }
        let loopback = is_loopback(&url);
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(format!("{host} must be asked over https"));
        }
        let below = |domain: &&str| {
            port == 443
                && host
                    .strip_suffix(*domain)
                    .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        };
        if self.exact.contains(&(host.clone(), port)) || self.domains.iter().any(below) {
            Ok(url)
        } else {
            Err(format!("{host} is not an allowed host"))
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Host and port; loopback's names are one.
fn place(url: &Url) -> Option<(String, u16)> {
    let port = url.port_or_known_default()?;
    let host = if is_loopback(url) {
        "localhost"
    } else {
        url.host_str()?
    };
    Some((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts::of(["https://mfa.example.com/base", "http://localhost:8090/mfa"])
            .and_below("windowsazure.com")
    }

    #[test]
    fn configured_hosts_and_hosts_below_a_named_domain_may_be_asked() {
        for good in [
            "https://mfa.example.com/other?dc=KRS",
            "https://MFA.example.com:443/",
            "http://localhost:8090/x",
            "http://127.0.0.1:8090/x",
            "https://adnotifications.windowsazure.com/x",
        ] {
            assert!(hosts().check(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn everything_else_may_not() {
        for bad in [
            "https://example.com/",
            "https://mfa.example.com:8443/",
            "http://mfa.example.com/",
            "http://localhost:9001/2018-06-01/runtime",
            "https://windowsazure.com/",
            "https://evilwindowsazure.com/",
            "https://.windowsazure.com/",
            "https://x.windowsazure.com:8443/",
            "https://x.windowsazure.com.example.com/",
            "https://x.windowsazure.com@example.com/",
            "https://user:pass@mfa.example.com/",
            "https://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "no url",
        ] {
            assert!(hosts().check(bad).is_err(), "{bad}");
        }
    }
}
