//! Lab.
fn main() {
    println!(
        "{}",
        classifier_train::evaluate::evaluate(std::path::Path::new(
            &std::env::args().nth(1).unwrap()
        ))
        .unwrap()
    );
}
