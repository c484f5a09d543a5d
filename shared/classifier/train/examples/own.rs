//! Lab.
use classifier_train::own::*;
fn main() {
    let places = Places::of(std::path::Path::new("."));
    match train(&places.train) {
        Ok(t) => { println!("{t}"); std::fs::write(places.model, t.bytes).unwrap(); }
        Err(e) => println!("{e}"),
    }
}
