//! Numbers that say how good a model is.

use std::time::Instant;

/// The share of pairs, one of each side, in which the inside one scores higher; equal ones count half.
#[must_use]
pub fn auroc(inside: &[f32], outside: &[f32]) -> f64 {
    let mut all: Vec<(f32, bool)> = inside.iter().map(|score| (*score, true)).collect();
    all.extend(outside.iter().map(|score| (*score, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0_usize, 0.0);
    for equal in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let in_here = equal.iter().filter(|(_, inside)| *inside).count();
        let out_here = equal.len() - in_here;
        won += count(in_here) * (count(below) + count(out_here) / 2.0);
        below += out_here;
    }
    won / (count(inside.len()) * count(outside.len())).max(1.0)
}

/// The least confidence from which on at least the share `aimed` is right, of cases with their confidence and whether they
/// were right. Above 1 when there is none.
#[must_use]
pub fn least_confidence(mut cases: Vec<(f32, bool)>, aimed: f64) -> f32 {
    cases.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut all, mut least) = (0_usize, 0_usize, 2.0);
    for equal in cases.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        right += equal.iter().filter(|(_, right)| *right).count();
        all += equal.len();
        if count(right) >= aimed * count(all) {
            least = equal[0].0;
        }
    }
    least
}

/// Microseconds that `each` takes for one of `items`: of every few the best of five passes, so that other programs on the
/// machine count little.
pub fn timed<T, R>(items: &[T], each: impl Fn(&T) -> R) -> f64 {
    let pass = |items: &[T]| {
        let begun = Instant::now();
        for item in items {
            std::hint::black_box(each(item));
        }
        begun.elapsed().as_secs_f64() * 1e6
    };
    let best = |items: &[T]| (0..5).map(|_| pass(items)).fold(f64::INFINITY, f64::min);
    items.chunks(20).map(best).sum::<f64>() / count(items.len().max(1))
}

/// A count as a real number.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub fn count(of: usize) -> f64 {
    of as f64
}

#[cfg(test)]
mod tests {
    use super::{auroc, least_confidence};

    #[test]
    fn auroc_counts_pairs() {
        assert!((auroc(&[0.9, 0.8], &[0.1]) - 1.0).abs() < 1e-12);
        assert!((auroc(&[0.9, 0.1], &[0.1]) - 0.75).abs() < 1e-12);
    }

    #[test]
    fn the_least_confidence_keeps_the_precision() {
        let cases = vec![
            (0.9, true),
            (0.8, true),
            (0.7, false),
            (0.6, true),
            (0.6, true),
        ];
        assert!((least_confidence(cases.clone(), 0.8) - 0.6).abs() < 1e-6);
        assert!((least_confidence(cases, 0.99) - 0.8).abs() < 1e-6);
        assert!(least_confidence(vec![(1.0, false)], 0.99) > 1.0);
    }
}
