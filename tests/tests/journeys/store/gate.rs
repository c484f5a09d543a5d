//! The gate: one conditional update that knows, counts and refuses.

use super::{at, entry, tenant};
use domain::Tenant;
use futures::future::join_all;
use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::Instant,
};
use store::{
    Begun, Kept, Limits, Pass, Repeatable, Rotation, SessionRow, SignInRow, Store, UserRow,
};

/// Of many requests at once, as many pass as the window takes; the next window takes as many again.
pub(crate) async fn a_window_takes_its_limit_and_no_more(store: &Store) {
    let tenant = tenant();
    for window in [0, 60] {
        let tries = (0..60).map(|_| store.pass_tenant(&tenant, "executor", at(window), 25));
        let passed = join_all(tries)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect::<Vec<_>>();
        let ins: Vec<u64> = passed
            .iter()
            .filter_map(|pass| match pass {
                Pass::In(_, count) => Some(count.used),
                Pass::Full(count) => {
                    assert_eq!((count.limit, count.used), (25, 25));
                    None
                }
                Pass::Unknown => panic!("nobody is suspended"),
            })
            .collect();
        let mut each = ins.clone();
        each.sort_unstable();
        assert_eq!(
            each,
            (1..=25).collect::<Vec<_>>(),
            "each number is given once"
        );
    }
    // A clock that is behind counts in the window that stands.
    let late = store
        .pass_tenant(&tenant, "executor", at(0), 25)
        .await
        .unwrap();
    assert!(matches!(late, Pass::Full(_)), "{late:?}");
}

/// Of a thousand requests that are under way at once, as many pass as the window takes, none of them twice, and no other
/// ends but in a plain refusal.
pub(crate) async fn of_a_thousand_at_once_the_window_takes_its_hundred(store: &Store) {
    const ALL: usize = 1_000;
    const LIMIT: u64 = 100;
    let tenant = tenant();
    let begun = Instant::now();
    let tries = (0..ALL).map(|_| store.pass_tenant(&tenant, "executor", at(0), LIMIT));
    let passed = join_all(tries).await;
    let took = begun.elapsed();
    let mut numbers = BTreeSet::new();
    let mut refused = 0;
    for pass in passed {
        match pass.unwrap() {
            Pass::In(_, count) => assert!(numbers.insert(count.used), "{count:?} twice"),
            Pass::Full(count) => {
                assert_eq!((count.limit, count.used), (LIMIT, LIMIT));
                refused += 1;
            }
            Pass::Unknown => panic!("nobody is suspended"),
        }
    }
    let _ = writeln!(
        io::stderr(),
        "of {ALL} requests at once {} passed, {refused} were refused, in {took:?}",
        numbers.len()
    );
    assert_eq!(numbers, (1..=LIMIT).collect());
    assert_eq!(numbers.len() + refused, ALL);
}

/// A key that does not exist makes no row, and is refused however often it is tried.
pub(crate) async fn an_unknown_key_leaves_nothing_behind(store: &Store) {
    let limits = Limits {
        user: 10,
        admin: 20,
    };
    let hash = tenant().as_str().to_owned();
    for _ in 0..3 {
        let pass = store.pass_key(&hash, at(0), limits).await.unwrap();
        assert_eq!(pass, Pass::Unknown);
    }
    assert_eq!(store.key_rows(&[&hash]).await.unwrap(), []);
}

/// A session lets in until it is closed or the user may no more, whichever window it is.
pub(crate) async fn a_session_that_is_over_lets_nobody_in(store: &Store) {
    let tenant = tenant();
    let user = signed_in(store, &tenant, "sid-1").await;
    let pass =
        |sid: &'static str, second| store.pass_session(&tenant, 1, sid, at(second), 100, None);
    assert!(matches!(pass("sid-1", 1).await.unwrap(), Pass::In(..)));
    assert_eq!(pass("sid-2", 1).await.unwrap(), Pass::Unknown);
    assert_eq!(
        pass("sid-1", 3_601).await.unwrap(),
        Pass::Unknown,
        "it has ended"
    );
    let write = store
        .write(&tenant, "test")
        .user(Some(&user), &user, vec![entry("closed")]);
    write.close_session(1, "sid-1").commit().await.unwrap();
    assert_eq!(pass("sid-1", 2).await.unwrap(), Pass::Unknown);
    assert_eq!(
        pass("sid-1", 7_200).await.unwrap(),
        Pass::Unknown,
        "nor in another window"
    );
}

/// Of many who use one refresh token at once, one gets the next; it is a sign that somebody has a copy.
pub(crate) async fn a_refresh_token_is_used_once(store: &Store) {
    let tenant = tenant();
    signed_in(store, &tenant, "sid-1").await;
    let next: Vec<String> = (0..8).map(|n| format!("r-{n}")).collect();
    let tries = next
        .iter()
        .map(|next| store.rotate(&tenant, 1, "sid-1", "first", next));
    let ended: Vec<_> = join_all(tries)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let count = |wanted| ended.iter().filter(|end| **end == wanted).count();
    assert_eq!((count(Rotation::Rotated), count(Rotation::Reused)), (1, 7));
    let over = store
        .rotate(&tenant, 1, "sid-2", "first", "x")
        .await
        .unwrap();
    assert_eq!(over, Rotation::Ended);
}

/// Of many calls with one key at once, one is made; its answer is everybody's from then on.
pub(crate) async fn a_call_with_a_key_is_made_once(store: &Store) {
    let tenant = tenant();
    let call = |claim: usize, fingerprint: &str| Repeatable {
        who: "user-1".into(),
        key_hash: "k".into(),
        fingerprint: fingerprint.into(),
        claim: claim.to_string(),
    };
    let calls: Vec<_> = (0..8).map(|claim| call(claim, "f")).collect();
    let tries = calls
        .iter()
        .map(|call| store.begin_idempotent(&tenant, call, at(0)));
    let begun: Vec<_> = join_all(tries)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let first = begun
        .iter()
        .position(|begun| *begun == Begun::First)
        .unwrap();
    let waiting = begun
        .iter()
        .filter(|begun| matches!(begun, Begun::UnderWay(_)))
        .count();
    assert_eq!(waiting, 7, "{begun:?}");
    let kept = Kept {
        status: 201,
        headers: Vec::new(),
        body: "e30=".into(),
    };
    store
        .keep_idempotent(&tenant, &calls[first], kept.clone(), at(1))
        .await
        .unwrap();
    let again = store
        .begin_idempotent(&tenant, &call(9, "f"), at(2))
        .await
        .unwrap();
    assert_eq!(again, Begun::Again(kept));
    let other = store
        .begin_idempotent(&tenant, &call(10, "g"), at(2))
        .await
        .unwrap();
    assert_eq!(other, Begun::Another);
    let next_day = store
        .begin_idempotent(&tenant, &call(11, "g"), at(90_000))
        .await
        .unwrap();
    assert_eq!(next_day, Begun::First);
    // One that died is taken over by the same call, once its time is over.
    let early = store
        .begin_idempotent(&tenant, &call(12, "g"), at(90_001))
        .await
        .unwrap();
    assert!(matches!(early, Begun::UnderWay(_)), "{early:?}");
    let late = store
        .begin_idempotent(&tenant, &call(13, "g"), at(90_041))
        .await
        .unwrap();
    assert_eq!(late, Begun::First);
}

/// A user with one session, whose refresh token is `first`.
async fn signed_in(store: &Store, tenant: &Tenant, sid: &str) -> UserRow {
    let user = UserRow {
        id: 1,
        username: "jane".into(),
        email: "jane@example.com".into(),
        email_verified: true,
        self_registered: false,
        pending_email: None,
        first_name: String::new(),
        last_name: String::new(),
        is_active: true,
        roles: Vec::new(),
        date_joined: at(0),
        deleted_at: None,
        chain: domain::ChainHead::default(),
        rev: 0,
    };
    let row = SignInRow::new(true, vec!["viewer".into()]);
    let write = store
        .write(tenant, "test")
        .user(None, &user, vec![entry("made")]);
    let user = write
        .new_sign_in(1, &row)
        .commit_returning()
        .await
        .unwrap()
        .user
        .unwrap();
    let ends = u64::try_from(at(3_600).as_second()).unwrap();
    let session = SessionRow {
        x: ends,
        r: Some("first".into()),
    };
    let write = store
        .write(tenant, "test")
        .user(Some(&user), &user, vec![entry("opened")]);
    let write = write.open_session(1, &row, sid, &session, at(0));
    write.commit_returning().await.unwrap().user.unwrap()
}
