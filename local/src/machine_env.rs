//! The environments our child processes get. Nothing else is passed on: the local AWS hands its own environment to every function.

use std::{collections::BTreeMap, env, path::Path};

use crate::aws::{ACCOUNT, REGION};

type Env = BTreeMap<String, String>;

/// For the local AWS on `port`, which keeps its files under `home`.
///
/// `seen_by_functions` is where the functions' SDK calls go: the local AWS itself, or a fault proxy before it.
#[must_use]
pub(crate) fn for_local_aws(port: u16, home: &Path, seen_by_functions: &str) -> Env {
    let place = |name: &str| home.join(name).to_string_lossy().into_owned();
    let mut env = credentials(seen_by_functions);
    env.extend(
        [
            ("BIND_HOST", "127.0.0.1".to_owned()),
            ("GATEWAY_PORT", port.to_string()),
            ("IOT_MTLS_ENABLED", "0".to_owned()),
            ("LAMBDA_EXECUTOR", "local".to_owned()),
            // How long a function that nobody calls is kept; the first of each stays.
            ("LAMBDA_WARM_TTL_SECONDS", "30".to_owned()),
            ("PERSIST_STATE", "1".to_owned()),
            ("S3_PERSIST", "1".to_owned()),
            ("STATE_DIR", place("state")),
            ("S3_DATA_DIR", place("s3")),
            ("TMPDIR", place("tmp")),
            ("HOME", place("home")),
            ("PYTHONPATH", place("python")),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    env
}

/// For `sam` and Python programs that talk to the local AWS at `aws`.
#[must_use]
pub(crate) fn for_aws_tools(aws: &str, home: &Path) -> Env {
    let mut env = credentials(aws);
    env.extend(
        [
            ("HOME", home.to_string_lossy().into_owned()),
            ("SAM_CLI_TELEMETRY", "0".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    env
}

/// For the vendor sandbox.
#[must_use]
pub(crate) fn for_sandbox() -> Env {
    base()
}

/// For a function that is started by hand and calls the local AWS at `aws`; the template's variables come on top.
#[must_use]
pub(crate) fn for_function(aws: &str) -> Env {
    credentials(aws)
}

fn credentials(aws: &str) -> Env {
    let mut env = base();
    env.extend(
        [
            ("AWS_ENDPOINT_URL", aws),
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCOUNT),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    env
}

fn base() -> Env {
    let path = env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    BTreeMap::from([
        ("PATH".to_owned(), path.to_string_lossy().into_owned()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_aws_gets_nothing_of_the_callers_environment_but_its_path() {
        let env = for_local_aws(4566, Path::new("/place"), "http://127.0.0.1:4566");
        assert!(!env.contains_key("USER") && !env.contains_key("CARGO_MANIFEST_DIR"));
        assert_eq!(env["HOME"], "/place/home");
        assert_eq!(env["BIND_HOST"], "127.0.0.1");
    }

    #[test]
    fn functions_call_the_local_aws_and_never_the_real_one() {
        let env = for_local_aws(4566, Path::new("/place"), "http://127.0.0.1:4566");
        assert_eq!(env["AWS_ENDPOINT_URL"], "http://127.0.0.1:4566");
    }
}
