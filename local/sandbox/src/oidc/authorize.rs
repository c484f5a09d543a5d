//! Where people sign in: a page with everybody's name, or at once with `login_hint` and `auto=1`.

use axum::{
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use url::{Host, Url, form_urlencoded::Serializer};

use super::state::Grant;
use crate::{OIDC_CLIENT_ID, clock, forms::Form, people::Person, world::World};

pub(super) async fn authorize(State(world): State<World>, Query(asked): Query<Form>) -> Response {
    let field = |name: &str| asked.get(name).map_or("", String::as_str);
    let back = match checked(&field) {
        Ok(back) => back,
        Err(why) => return (StatusCode::BAD_REQUEST, why).into_response(),
    };
    if field("auto") != "1" {
        return page(&world, &asked).into_response();
    }
    let code = world.with(|state| {
        let hint = field("login_hint");
        let person = state
            .people
            .by_key(hint)
            .or_else(|| state.people.by_mail(hint));
        let person = person.filter(|person| person.account_enabled)?.id.clone();
        Some(state.issuer.code(Grant {
            person,
            redirect_uri: field("redirect_uri").to_owned(),
            nonce: field("nonce").to_owned(),
            challenge: field("code_challenge").to_owned(),
            given_at: clock::now(),
        }))
    });
    let mut back = back;
    match &code {
        Some(code) => back.query_pairs_mut().append_pair("code", code),
        None => back.query_pairs_mut().append_pair("error", "access_denied"),
    };
    back.query_pairs_mut().append_pair("state", field("state"));
    match HeaderValue::from_str(back.as_str()) {
        Ok(back) => (StatusCode::FOUND, [(header::LOCATION, back)]).into_response(),
        Err(_) => (StatusCode::BAD_REQUEST, "redirect_uri").into_response(),
    }
}

/// Where the person goes back to, when everything is there that Deskhand has to send.
fn checked<'a>(field: &impl Fn(&str) -> &'a str) -> Result<Url, &'static str> {
    if field("client_id") != OIDC_CLIENT_ID {
        return Err("AADSTS700016: there is no application with this client_id");
    }
    if field("response_type") != "code" {
        return Err("AADSTS700054: response_type must be code");
    }
    if !field("scope").split(' ').any(|scope| scope == "openid") {
        return Err("AADSTS70011: scope must hold openid");
    }
    if field("code_challenge_method") != "S256" || field("code_challenge").len() != 43 {
        return Err("AADSTS9002325: a code challenge by S256 is required");
    }
    if field("nonce").is_empty() || field("state").is_empty() {
        return Err("AADSTS900144: state and nonce are required");
    }
    let back = Url::parse(field("redirect_uri")).map_err(|_| "AADSTS50011: redirect_uri")?;
    let here = match back.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        _ => false,
    };
    if here {
        Ok(back)
    } else {
        Err("AADSTS50011: the sandbox sends people back to this machine only")
    }
}

/// Everybody in the directory, to be clicked.
fn page(world: &World, asked: &Form) -> Html<String> {
    let link = |person: &Person| {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(
            asked
                .iter()
                .filter(|(name, _)| !["login_hint", "auto"].contains(&name.as_str())),
        );
        query.append_pair("login_hint", &person.user_principal_name);
        query.append_pair("auto", "1");
        let (query, name) = (escaped(&query.finish()), escaped(person.name()));
        let groups = escaped(&person.groups.join(", "));
        format!("<li><a href=\"?{query}\">{name}</a> {groups}</li>")
    };
    let people: String = world.with(|state| state.people.all().iter().map(link).collect());
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Company sign-in</title>\
         <style>body{{font:16px/1.6 system-ui,sans-serif;max-width:32rem;margin:10vh auto;padding:0 1rem}}</style>\
         <h1>Who are you?</h1><ul>{people}</ul></html>"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
