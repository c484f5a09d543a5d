//! Lab.
use classifier_train::{dataset::*, fit::*, learn::*, measure::*};
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let lists = Lists::read(std::path::Path::new(&args[1])).unwrap();
    let get = |name: &str, or: f32| -> f32 {
        args.iter()
            .find_map(|a| a.strip_prefix(&format!("{name}=")))
            .map_or(or, |v| v.parse().unwrap())
    };
    let settings = Settings {
        seen_in: get("seen", 2.0) as u32,
        cost: get("cost", 1.0),
        own_cost: get("own", 4.0),
        rounds: get("rounds", 12.0) as usize,
        seed: get("seed", 1.0) as u64,
    };
    let begun = Instant::now();
    let (labels, background) = lists.labels();
    let mut train = examples(&lists.train, &labels);
    train.extend(examples(&lists.oos_train, &labels));
    println!("read {:?}", begun.elapsed());
    let unseen = if get("cv", 1.0) > 0.0 {
        unseen(&labels, background, &train, &settings, None)
    } else {
        Vec::new()
    };
    println!("folds {:?}", begun.elapsed());
    if !unseen.is_empty() {
        let inside: Vec<_> = unseen
            .iter()
            .filter(|u| Some(u.label) != background)
            .collect();
        let right = inside.iter().filter(|u| u.label == u.verdict.label).count();
        println!(
            "oof plain {:.2}",
            100.0 * right as f64 / inside.len() as f64
        );
    }
    let model = fit(&labels, background, &train, &settings, &unseen);
    println!(
        "features {} bytes {} {:?}",
        model.vocabulary.len(),
        model.weights.len(),
        begun.elapsed()
    );
    let val = examples(&lists.val, &labels);
    let oos: Vec<_> = lists.oos_val.iter().map(|(t, _)| words(t)).collect();
    let begun = Instant::now();
    let inside: Vec<_> = val
        .iter()
        .map(|e| (model.verdict(&e.words), e.label))
        .collect();
    println!("per ticket {:?}", begun.elapsed() / 3000);
    let outside: Vec<_> = oos.iter().map(|w| model.verdict(w)).collect();
    let plain = inside.iter().filter(|(v, l)| v.label == *l).count();
    println!(
        "val plain {:.2}",
        100.0 * plain as f64 / inside.len() as f64
    );
    report("conf", &inside, &outside, |v| v.confidence);
    report("best", &inside, &outside, |v| v.evidence.0[0]);
    report("share", &inside, &outside, |v| v.evidence.0[3]);
    report("lead", &inside, &outside, |v| v.evidence.0[1]);
    println!("{:?}", model.confidence.weights);
    if let Some(path) = args.iter().find_map(|a| a.strip_prefix("dump=")) {
        let mut out = String::new();
        let mut line = |set: &str, v: &classifier::Verdict, kind: i32| {
            out += &format!("{set}\t{kind}");
            for p in v.evidence.0 {
                out += &format!("\t{p}");
            }
            out += "\n";
        };
        for u in &unseen {
            line(
                "oof",
                &u.verdict,
                if Some(u.label) == background {
                    -1
                } else {
                    i32::from(u.label == u.verdict.label)
                },
            );
        }
        for (v, l) in &inside {
            line("val", v, i32::from(v.label == *l));
        }
        for v in &outside {
            line("val", v, -1);
        }
        std::fs::write(path, out).unwrap();
    }
}

fn report(
    name: &str,
    inside: &[(classifier::Verdict, usize)],
    outside: &[classifier::Verdict],
    of: impl Fn(&classifier::Verdict) -> f32,
) {
    let ins: Vec<f32> = inside.iter().map(|(v, _)| of(v)).collect();
    let outs: Vec<f32> = outside.iter().map(&of).collect();
    let mut marks: Vec<f32> = ins.iter().chain(&outs).copied().collect();
    marks.sort_by(f32::total_cmp);
    let (mut best, mut at) = (0, 0.0);
    for mark in marks {
        let right = inside
            .iter()
            .filter(|(v, l)| v.label == *l && of(v) >= mark)
            .count()
            + outs.iter().filter(|o| **o < mark).count();
        if right > best {
            (best, at) = (right, mark);
        }
    }
    let right = inside
        .iter()
        .filter(|(v, l)| v.label == *l && of(v) >= at)
        .count();
    let out = outs.iter().filter(|o| **o < at).count();
    println!(
        "{name:6} in-scope {:.2} oos-recall {:.2} auroc {:.4} at {at}",
        100.0 * right as f64 / ins.len() as f64,
        100.0 * out as f64 / outs.len() as f64,
        auroc(&ins, &outs)
    );
}
