//! What was measured, as a table.

use std::{fs, path::Path, process::Stdio, time::Duration};

use tokio::process::Command;

use crate::{
    error::{Doing, Error, Result},
    warm::aws_calls,
};

/// The size of a file, deflated as a zip has it.
const DEFLATED: &str = "import sys, zlib
pack = zlib.compressobj(6, wbits=-15)
print(len(pack.compress(open(sys.argv[1], 'rb').read()) + pack.flush()))";

/// One function.
pub(super) struct Row {
    name: &'static str,
    times: Vec<Duration>,
    /// Calls of AWS that the last run made.
    aws_calls: Option<u32>,
    peak_memory_kb: u64,
    binary_bytes: u64,
    zipped_bytes: u64,
}

impl Row {
    /// The function `name`, whose binary is `program`; nothing measured yet.
    pub(super) async fn new(name: &'static str, program: &Path) -> Result<Self> {
        let doing = format!("weighing {}", program.display());
        let asked = Command::new("python3")
            .args(["-c", DEFLATED])
            .arg(program)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .doing(doing.clone())?;
        if !asked.status.success() {
            return Err(Error::failed(doing, String::from_utf8_lossy(&asked.stderr)));
        }
        let told = String::from_utf8_lossy(&asked.stdout);
        Ok(Self {
            name,
            times: Vec::new(),
            aws_calls: None,
            peak_memory_kb: 0,
            binary_bytes: fs::metadata(program).doing(doing.clone())?.len(),
            zipped_bytes: told.trim().parse().doing(doing)?,
        })
    }

    /// Counts a run.
    pub(super) fn count(&mut self, run: &runtime_api::Run) {
        self.times.push(run.took);
        self.aws_calls = aws_calls(&run.log);
        self.peak_memory_kb = self.peak_memory_kb.max(run.peak_memory_kb);
    }
}

/// The middle of `times`; of an even number, between the two in the middle.
pub(super) fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let middle = times.len() / 2;
    match times.len() {
        0 => Duration::ZERO,
        odd if odd % 2 == 1 => times[middle],
        _ => (times[middle - 1] + times[middle]) / 2,
    }
}

pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// Prints `rows`; the ratios are to the first.
pub(super) fn print(rows: &[Row]) {
    println!(
        "{:<24}{:>11}{:>11}{:>11}{:>9}{:>11}{:>13}{:>11}{:>11}",
        "", "median", "min", "max", "× hello", "AWS calls", "peak memory", "binary", "zipped"
    );
    let first = rows.first().map(|row| median(&row.times));
    for row in rows {
        let middle = median(&row.times);
        let edge = |time: Option<&Duration>| milliseconds(time.copied().unwrap_or_default());
        let ratio = middle.as_secs_f64() / first.unwrap_or(middle).as_secs_f64();
        println!(
            "{:<24}{:>11}{:>11}{:>11}{ratio:>9.1}{:>11}{:>13}{:>11}{:>11}",
            row.name,
            milliseconds(middle),
            edge(row.times.iter().min()),
            edge(row.times.iter().max()),
            row.aws_calls
                .map_or("-".to_owned(), |calls| calls.to_string()),
            mebibytes(row.peak_memory_kb * 1024),
            mebibytes(row.binary_bytes),
            mebibytes(row.zipped_bytes),
        );
    }
}

/// In MiB with one decimal, rounded down.
fn mebibytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_in_any_order() {
        let times = |ms: &[u64]| -> Vec<Duration> {
            ms.iter().map(|ms| Duration::from_millis(*ms)).collect()
        };
        assert_eq!(median(&times(&[9, 1, 5])), Duration::from_millis(5));
        assert_eq!(median(&times(&[8, 1, 4, 100])), Duration::from_millis(6));
    }

    #[test]
    fn sizes_are_told_in_mebibytes() {
        assert_eq!(mebibytes(5 * 1024 * 1024 + 600 * 1024), "5.5 MiB");
    }

    #[tokio::test]
    async fn a_file_of_one_letter_zips_to_nearly_nothing() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("bootstrap");
        fs::write(&file, vec![b'a'; 1 << 20]).unwrap();
        let row = Row::new("a", &file).await.unwrap();
        assert_eq!(row.binary_bytes, 1 << 20);
        assert!(row.zipped_bytes < 4096, "{}", row.zipped_bytes);
    }
}
