//! The mail that asks a manager.

use crate::plan::moment;
use domain::Approval;

/// Characters of a plan's hash that people compare.
pub(crate) const SHORT: usize = 12;

/// The mail's subject. It is logged where no mail is sent, so it names a ticket and nobody.
pub(crate) fn subject(ticket: &str) -> String {
    format!("Your approval is asked for {ticket}")
}

/// The mail's text.
pub(crate) fn text(base: &str, ticket: &str, approval: &Approval, token: &str) -> String {
    let lines: Vec<String> = approval
        .shown
        .iter()
        .map(|line| format!("  - {line}\n"))
        .collect();
    let lines = lines.concat();
    let until = moment(approval.expires_at);
    let hash = short(approval);
    let asked_by = &approval.asked_by;
    format!(
        "You are asked, as a manager, to approve or deny this for ticket {ticket}:\n\n\
         {lines}\n\
         Asked by: {asked_by}\n\
         Answer until: {until}\n\
         Plan: {hash}\n\n\
         To answer, open this page and press a button:\n\n\
         {base}/approvals?token={token}\n\n\
         Opening the page decides nothing. Do not pass this mail on: whoever has the link can answer for you.\n\
         If you expected no such question, deny it.\n"
    )
}

/// The beginning of the plan's hash.
pub(crate) fn short(approval: &Approval) -> String {
    approval.plan_hash().chars().take(SHORT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent_page::tests::asked;

    #[test]
    fn a_mail_has_the_plan_its_hash_its_end_and_a_link_alone_on_its_line() {
        let text = text("https://desk.example.com", "HLP-7", &asked(), "t0k-en");
        let has = |line: &str| text.lines().any(|found| found == line);
        assert!(
            has("https://desk.example.com/approvals?token=t0k-en"),
            "{text}"
        );
        assert!(has("  - Give access to <John>: grp-1"), "{text}");
        assert!(has("Answer until: 2026-11-22 08:00 UTC"), "{text}");
        assert!(
            has(&format!("Plan: {}", &asked().plan_hash()[..12])),
            "{text}"
        );
        assert!(text.contains("ticket HLP-7"), "{text}");
    }
}
