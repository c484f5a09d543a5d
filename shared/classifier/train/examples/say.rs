//! Lab.
use classifier::{Model, judge, text::read};
use domain::Intake;
fn main() {
    let bytes: &'static [u8] = std::fs::read("shared/classifier/model.bin").unwrap().leak();
    let model = Model::parse(bytes).unwrap();
    println!("{} {}", model.version, model.threshold);
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    for line in text.lines() {
        let (subject, body) = line.split_once('|').unwrap_or((line, ""));
        let heard = read(&Intake {
            subject: subject.into(),
            body: body.replace("\\n", "\n"),
        });
        let said = judge(&model, &heard);
        println!(
            "{} {:.3} {:?} | {line}\n      {}",
            if said.acts { "ACTS" } else { "    " },
            said.confidence,
            said.playbook,
            said.reasons.join(" / ")
        );
    }
}
