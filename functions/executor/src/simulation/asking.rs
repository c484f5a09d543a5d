//! What the steps of a scene ask of people, and what their yes allows.

use super::report::SimulatedQuestion;
use super::scene::{Scene, text};
use super::stage::{No, Stage, told};
use crate::needs::Wish;
use desk::sensitive_behind;
use domain::{ActionKind, Need, Person, UserId};
use kit::Problem;
use playbook::Step;
use serde_json::{Map, Value, json};

impl Scene<'_, '_> {
    /// Keeps what a person's yes allows.
    pub(super) fn answered_yes(&mut self, step: &Step, more: &Map<String, Value>) {
        let user = more.get("user_id").and_then(Value::as_str);
        if let Some(user) = user.and_then(|user| UserId::parse(user).ok()) {
            self.confirmed.push((user, false));
        }
        let asked = self.shown.asked.iter().rev();
        let mut asked = asked.filter(|question| question.step == step.id.as_str());
        let allows = asked.next().map(|question| question.allows.clone());
        self.allowed.extend(allows.unwrap_or_default());
    }

    pub(super) async fn ask_user(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let person = match self.stage.person(text(with, "user_id")).await? {
            Ok(person) => person,
            Err(no) => return Ok(Err(no)),
        };
        self.question(step, "user", &person, Vec::new());
        let user = json!(person.id);
        Ok(Ok(Map::from_iter([("user_id".to_owned(), user)])))
    }

    pub(super) async fn ask_manager(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
        context: &Value,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        if let Err(why) = sensitive_behind(self.version, step.id.as_str(), context) {
            return Ok(Err(No::flaw("not_approvable", why)));
        }
        let behind = self.version.each_step();
        let behind = behind.skip_while(|one| one.id != step.id);
        let sensitive = behind.skip(1).filter(|one| one.service.is_sensitive());
        let allows: Vec<String> = sensitive.map(|one| one.id.to_string()).collect();
        if allows.is_empty() {
            let why = "no sensitive step comes behind this one; put the approval before what it is to allow";
            return Ok(Err(No::flaw("nothing_to_approve", why)));
        }
        let requester = match self.requester().await? {
            Ok(requester) => requester,
            Err(no) => return Ok(Err(no)),
        };
        let named = with.get("user_id").and_then(Value::as_str);
        let subject = match named {
            Some(id) if id != requester.id.as_str() => match self.stage.person(id).await? {
                Ok(subject) => subject,
                Err(no) => return Ok(Err(no)),
            },
            _ => requester.clone(),
        };
        let concerned = [&subject, &requester];
        Ok(match self.stage.manager(&subject, &concerned).await? {
            Ok(manager) => {
                self.question(step, "manager", &manager, allows);
                Ok(Map::new())
            }
            Err(no) => Err(no),
        })
    }

    pub(super) async fn requester(&mut self) -> Result<Result<Person, No>, Problem> {
        let requester = self.case.subject.ticket.requester.clone();
        let known = requester.user_id.as_ref().map(UserId::as_str);
        let name = known.unwrap_or(requester.email.as_str());
        if name.is_empty() {
            let why = "the directory does not know who asks on this ticket";
            return Ok(Err(No::refused("unknown_requester", why)));
        }
        let stage: &mut Stage<'_> = self.stage;
        stage.person(name).await
    }

    /// Spends what the policy asks for: what was given on the way, else what stands on the ticket.
    pub(super) async fn proved(
        &mut self,
        step: &Step,
        wish: Wish<'_>,
        person: &Person,
    ) -> Result<Result<(), No>, Problem> {
        let mut missing = Vec::new();
        // Whose methods were taken away cannot confirm: the manager who allowed that and this stands in.
        let instead = wish.kind == ActionKind::ResetPassword && self.stripped.contains(&person.id);
        for need in self.stage.subject(person).needs(wish.kind) {
            let is_given = match need {
                Need::Mfa if instead => self.allowed.contains(step.id.as_str()),
                // Only the newest counts, as for the action itself.
                Need::Mfa => {
                    let mut theirs = self.confirmed.iter_mut().rev();
                    match theirs.find(|(user, _)| *user == person.id) {
                        Some((_, spent)) => !std::mem::replace(spent, true),
                        None => false,
                    }
                }
                Need::ManagerApproval => self.allowed.remove(step.id.as_str()),
            };
            if !is_given {
                missing.push(*need);
            }
        }
        let subject = &self.case.subject;
        if missing.is_empty()
            || (subject.is_live
                && self
                    .stage
                    .has_receipts(&subject.ticket, &missing, wish, person)
                    .await?)
        {
            return Ok(Ok(()));
        }
        let names: Vec<&str> = missing.iter().map(|need| need.capability()).collect();
        let why = format!(
            "this needs {} of its own before it, which nothing on this way gives",
            names.join(" and ")
        );
        Ok(Err(No::refused("verification_missing", why)))
    }

    pub(super) fn question(
        &mut self,
        step: &Step,
        role: &'static str,
        who: &Person,
        allows: Vec<String>,
    ) {
        let (user_id, name) = told(who);
        self.shown.asked.push(SimulatedQuestion {
            step: step.id.to_string(),
            role,
            user_id,
            name,
            allows,
        });
    }
}
