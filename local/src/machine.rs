//! What the machine must have before anything is tried.

use std::{path::Path, process::Command};

use nix::sys::statvfs::statvfs;

use crate::error::{Doing, Error, Result};

const NEEDED_GIB: u64 = 3;
const GIB: u64 = 1 << 30;

/// Refuses a disk with less than 3 GiB free at `place`.
///
/// # Errors
/// One sentence that says how much there is.
pub(crate) fn must_have_room(place: &Path) -> Result<()> {
    let disk = statvfs(place).doing(format!("asking for the free space at {}", place.display()))?;
    let free = disk.blocks_available() * disk.fragment_size();
    if free < NEEDED_GIB * GIB {
        return Err(Error::Machine(format!(
            "{} has {} MiB free and {NEEDED_GIB} GiB are needed for the build and the virtualenvs; make room, or point \
             DESKHAND_CACHE and CARGO_TARGET_DIR at another disk",
            place.display(),
            free >> 20,
        )));
    }
    Ok(())
}

/// Refuses a machine without a Python that can make virtualenvs.
///
/// # Errors
/// One sentence that says what to install.
pub(crate) fn must_have_python(python: &str) -> Result<()> {
    let can = |code: &str| {
        Command::new(python)
            .args(["-c", code])
            .output()
            .is_ok_and(|asked| asked.status.success())
    };
    if !can("") {
        return Err(Error::Machine(format!(
            "{python} was not found; the local AWS is a Python program, so install Python 3.10 or newer"
        )));
    }
    if !can("import sys; sys.exit(sys.version_info < (3, 10))") {
        return Err(Error::Machine(format!(
            "{python} is older than 3.10, which the local AWS needs; install a newer Python 3"
        )));
    }
    if !can("import venv, ensurepip") {
        return Err(Error::Machine(format!(
            "{python} has no venv module; install it (on Debian and Ubuntu: apt install python3-venv)"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_python_is_one_sentence_that_says_what_to_install() {
        let said = must_have_python("python-that-is-not-there").unwrap_err();
        assert_eq!(said.exit_code(), 2);
        assert!(said.to_string().contains("install Python"), "{said}");
    }
}
