//! Three loopback ports in a row of tens: front door N, vendor sandbox N+10, local AWS N+20.

use std::net::{Ipv4Addr, TcpListener};

use crate::error::{Doing, Error, Result};

/// The ports of one deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Where people and programs come in.
    pub front_door: u16,
    /// Where the vendors are played.
    pub sandbox: u16,
    /// Where the local AWS answers.
    pub aws: u16,
}

impl Ports {
    /// The block that begins at `base`.
    ///
    /// # Errors
    /// When the block does not fit under 65,536.
    pub fn from_base(base: u16) -> Result<Self> {
        let beyond = |by: u16| {
            base.checked_add(by).ok_or_else(|| {
                Error::Machine(format!(
                    "--port {base} leaves no room for {by} above it; use 65515 or less"
                ))
            })
        };
        Ok(Self {
            front_door: base,
            sandbox: beyond(10)?,
            aws: beyond(20)?,
        })
    }

    /// A block nobody uses at this moment.
    ///
    /// # Errors
    /// When twenty tries found none.
    pub fn free() -> Result<Self> {
        for _ in 0..20 {
            let first =
                TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing("looking for a free port")?;
            let base = first.local_addr().doing("looking for a free port")?.port();
            drop(first);
            if let Ok(block) = Self::from_base(base)
                && block.taken().is_none()
            {
                return Ok(block);
            }
        }
        Err(Error::Machine(
            "no three free ports were found in twenty tries; give one with --port".to_owned(),
        ))
    }

    /// The first port of the block that somebody else listens on.
    #[must_use]
    pub fn taken(&self) -> Option<u16> {
        [self.front_door, self.sandbox, self.aws]
            .into_iter()
            .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_err())
    }

    /// Refuses a block that somebody else listens on.
    ///
    /// # Errors
    /// Names the port and its use.
    pub fn must_be_free(&self) -> Result<()> {
        let Some(port) = self.taken() else {
            return Ok(());
        };
        let wanted_for = match port {
            port if port == self.front_door => "the front door",
            port if port == self.sandbox => "the vendor sandbox",
            _ => "the local AWS",
        };
        Err(Error::Machine(format!(
            "port {port} is wanted for {wanted_for} and another program listens on it; stop that program or choose \
             another block with --port N (N, N+10 and N+20 are used)"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_three_ports_ten_apart() {
        let ports = Ports::from_base(8080).unwrap();
        assert_eq!((ports.sandbox, ports.aws), (8090, 8100));
    }

    #[test]
    fn a_block_that_does_not_fit_is_refused() {
        assert_eq!(Ports::from_base(65530).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn a_taken_port_is_named_with_its_use() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = other.local_addr().unwrap().port();
        let ports = Ports {
            sandbox: port,
            ..Ports::free().unwrap()
        };
        let said = ports.must_be_free().unwrap_err().to_string();
        assert!(
            said.contains(&format!("port {port} is wanted for the vendor sandbox")),
            "{said}"
        );
    }
}
