//! `train`: makes the classifier's model from the tickets in the repository.

use classifier_train::own::{self, Places};

use crate::{
    error::{Doing, Error, Result},
    project::Project,
};

/// Trains, says what came of it and writes `shared/classifier/model.bin`. The same tickets give the same bytes.
///
/// # Errors
/// When the tickets cannot be read, contradict one another, or the model cannot be written.
pub async fn train(project: &Project) -> Result<()> {
    let places = Places::of(project.root());
    let tickets = places.train.clone();
    let trained = tokio::task::spawn_blocking(move || own::train(&tickets))
        .await
        .doing("training")?
        .map_err(|cause| Error::failed("training", cause.to_string()))?;
    let same = std::fs::read(&places.model).is_ok_and(|bytes| bytes == trained.bytes);
    if !same {
        std::fs::write(&places.model, &trained.bytes)
            .doing(format!("writing {}", places.model.display()))?;
    }
    println!("{trained}");
    println!(
        "{} {}",
        places.model.display(),
        if same {
            "is the same as before"
        } else {
            "is written"
        }
    );
    Ok(())
}
