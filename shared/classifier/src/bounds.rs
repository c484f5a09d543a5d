//! How sure a share is that was counted on few cases.

/// What is left to chance on the one side.
const ALPHA: f64 = 0.05;
/// Halvings of the interval: more than a double can tell apart.
const HALVINGS: u32 = 60;

/// The lower end of the one-sided 95 % Clopper–Pearson interval of `hits` in `trials`: the smallest share for which as many
/// hits still have a chance of 5 %. It is 0 where there is no hit. The same on any machine.
#[must_use]
pub fn at_least(hits: usize, trials: usize) -> f64 {
    if hits == 0 || trials == 0 || hits > trials {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if chance_of_at_least(hits, trials, middle) < ALPHA {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// The upper end of the same interval.
#[must_use]
pub fn at_most(hits: usize, trials: usize) -> f64 {
    1.0 - at_least(trials.saturating_sub(hits), trials)
}

/// The chance of `hits` or more in `trials` where each has the chance `share`: the sum over the misses, in logarithms, for the
/// first terms may be too small for a double.
#[expect(clippy::cast_precision_loss, reason = "counts of decisions")]
fn chance_of_at_least(hits: usize, trials: usize, share: f64) -> f64 {
    let odds = libm::log((1.0 - share) / share);
    let mut term = trials as f64 * libm::log(share);
    let mut sum = libm::exp(term);
    for misses in 0..trials - hits {
        term += libm::log((trials - misses) as f64 / (misses + 1) as f64) + odds;
        sum += libm::exp(term);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-5, "{found}, not {expected}");
    }

    /// Without a miss the bound is the `trials`th root of 5 %; the others are the Beta distribution's quantiles as R's
    /// `qbeta(0.05, hits, trials - hits + 1)` has them.
    #[test]
    fn the_bound_is_clopper_and_pearsons() {
        near(at_least(100, 100), 0.05_f64.powf(0.01));
        near(at_least(149, 149), 0.980_096);
        near(at_least(1, 1), 0.05);
        near(at_least(1, 2), 1.0 - 0.95_f64.sqrt());
        near(at_least(95, 100), 0.897_74);
        near(at_least(98, 100), 0.938_42);
        near(at_least(9, 10), 0.605_84);
        near(at_most(0, 149), 0.019_904);
    }

    #[test]
    fn nothing_is_known_from_nothing() {
        for (hits, trials) in [(0, 0), (0, 10), (3, 2)] {
            assert!(at_least(hits, trials).abs() < f64::EPSILON);
        }
        assert!((at_most(0, 0) - 1.0).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn the_bound_lies_below_the_share_and_rises_with_the_hits(trials in 1_usize..400, part in 0.0_f64..1.0) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
            let hits = (part * trials as f64) as usize;
            #[expect(clippy::cast_precision_loss, reason = "small counts")]
            let share = hits as f64 / trials as f64;
            prop_assert!(at_least(hits, trials) <= share);
            prop_assert!(at_most(hits, trials) >= share);
            prop_assert!(at_least(hits, trials) <= at_least(hits + 1, trials + 1));
        }
    }
}
