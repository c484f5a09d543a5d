//! The one command line that NinjaOne takes for all parameters.

use domain::Parameters;

/// `-Name "value"` for each, in their order. It is safe because of what a [`domain::Parameter`] can hold: inside double
/// quotes none of it ends the quotes or is expanded, and none reads as an option where the quotes are taken away.
pub(crate) fn line(parameters: &Parameters) -> String {
    let mut line = String::new();
    for parameter in parameters.iter() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push('-');
        line.push_str(parameter.name());
        line.push_str(" \"");
        line.push_str(parameter.value());
        line.push('"');
    }
    line
}
