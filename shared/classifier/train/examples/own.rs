//! Lab.
use classifier_train::{learn::Settings, own::*};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let get = |name: &str, or: f32| -> f32 {
        args.iter()
            .find_map(|a| a.strip_prefix(&format!("{name}=")))
            .map_or(or, |v| v.parse().unwrap())
    };
    let settings = Settings {
        seen_in: get("seen", 2.0) as u32,
        cost: get("cost", 1.0),
        own_cost: get("own", 4.0),
        rounds: get("rounds", 8.0) as usize,
        seed: get("seed", 1.0) as u64,
    };
    let places = Places::of(std::path::Path::new("."));
    match train_with(&places.train, &settings) {
        Ok(t) => {
            println!("{t}");
            if args.iter().any(|a| a == "write") {
                std::fs::write(places.model, t.bytes).unwrap();
            }
        }
        Err(e) => println!("{e}"),
    }
}
