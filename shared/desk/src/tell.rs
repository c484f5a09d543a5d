//! Telling the PSA.

use domain::{Tenant, Ticket, TicketName};
use kit::{App, Problem};
use ports::Note;

/// Writes a private note on the ticket in its PSA, once: the marker names the occasion. A ticket that is in no PSA needs
/// none. `fresh` says that no earlier call can have written it.
///
/// # Errors
/// When the PSA cannot be asked; repeating is safe.
pub async fn tell(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    marker: &str,
    text: &str,
    fresh: bool,
) -> Result<(), Problem> {
    let TicketName::Halo(number) = ticket.name else {
        return Ok(());
    };
    let psa = outside::psa(app, tenant).await?;
    let note = Note {
        marker: marker.to_owned(),
        text: text.to_owned(),
    };
    psa.note(number, &note, fresh).await?;
    Ok(())
}
