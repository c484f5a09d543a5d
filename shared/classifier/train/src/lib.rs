//! Trains the model that the classifier embeds, and measures it and others like it.
//!
//! Everything repeats: the same files give the same bytes, on any machine.

pub mod calibrate;
mod chance;
pub mod dataset;
pub mod evaluate;
pub mod fit;
pub mod learn;
pub mod measure;
pub mod own;

#[cfg(test)]
mod tests {
    use crate::own::{self, Places};
    use std::path::Path;

    #[test]
    fn the_committed_model_is_what_a_fresh_training_makes() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let places = Places::of(&root);
        let fresh = own::train(&places.train).unwrap();
        let committed = std::fs::read(&places.model).unwrap();
        assert!(
            fresh.bytes == committed,
            "the tickets or the training changed: make the model anew with `cargo run -- train`"
        );
    }

    #[test]
    fn no_ticket_that_tries_us_out_is_acted_on() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let model = classifier::embedded().unwrap();
        let (all, acted) = own::acted_on(model, &Places::of(&root).develop).unwrap();
        assert!(all >= 180, "{all}");
        assert!(acted.is_empty(), "{acted:?}");
    }

    #[test]
    fn a_ticket_that_is_no_ticket_is_named_by_its_line() {
        let directory = std::env::temp_dir().join(format!("tickets-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("none.jsonl"), "\n{\"summary\": 1}\n").unwrap();
        let error = own::train(&directory).map(|_| ()).unwrap_err().to_string();
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(error.contains("none.jsonl:2"), "{error}");
    }
}
