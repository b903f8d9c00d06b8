//! When an issuer is asked, and how often.

use futures::future::join_all;
use wiremock::{Request, ResponseTemplate};

use crate::tests::loopback::{Issuer, at, finds, has};
#[tokio::test]
async fn known_keys_are_fetched_once_by_all_together() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 1);
    let all = join_all((0..50).map(|_| finds(&keys, 0, "rs256-a"))).await;
    assert!(all.into_iter().all(|found| found));
    assert_eq!(issuer.asked().await, 1);
}

#[tokio::test]
async fn who_waits_shares_what_may_not_be_kept() {
    // The first asks for itself; all that came while its fetch was under way share another.
    let issuer = Issuer::start().await;
    let answer = Issuer::answer(&["rs256-a"]);
    issuer.answers(answer.insert_header("cache-control", "no-store")).await;
    let keys = issuer.by_uri(300, 1);
    let all = join_all((0..50).map(|_| finds(&keys, 0, "rs256-a"))).await;
    assert!(all.into_iter().all(|found| found));
    assert_eq!(issuer.asked().await, 2);
    assert!(finds(&keys, 0, "rs256-a").await);
    assert_eq!(issuer.asked().await, 3, "it was not kept");
}

#[tokio::test]
async fn who_waits_shares_a_failure() {
    let issuer = Issuer::start().await;
    issuer.answers(ResponseTemplate::new(500)).await;
    let keys = issuer.by_uri(300, 0);
    let all = join_all((0..50).map(|_| finds(&keys, 0, "rs256-a"))).await;
    assert!(all.into_iter().all(|found| !found));
    assert_eq!(issuer.asked().await, 2);
}

#[tokio::test]
async fn an_unknown_key_causes_one_fetch_per_cooldown() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 60);
    assert!(finds(&keys, 0, "rs256-a").await);
    issuer.publishes(&["rs256-b"]).await;
    assert!(finds(&keys, 1, "rs256-b").await);
    for bogus in 0..20 {
        assert!(!finds(&keys, 60, &format!("bogus-{bogus}")).await);
    }
    assert!(!finds(&keys, 60, "rs256-a").await);
    assert!(finds(&keys, 60, "rs256-b").await);
    assert_eq!(issuer.asked().await, 1, "since the rotation");
    assert!(!finds(&keys, 61, "rs256-a").await);
    assert_eq!(issuer.asked().await, 2, "the cool-down is over");
}

#[tokio::test]
async fn a_new_key_is_waited_for_while_it_is_on_its_way() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 60);
    assert!(finds(&keys, 0, "rs256-a").await);
    issuer.publishes(&["rs256-a", "rs256-b"]).await;
    let all = join_all((0..10).map(|_| finds(&keys, 0, "rs256-b"))).await;
    assert!(all.into_iter().all(|found| found));
    assert_eq!(issuer.asked().await, 1);
}

#[tokio::test]
async fn callers_who_go_away_cause_no_more_fetches_than_others() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 60);
    assert!(finds(&keys, 0, "rs256-a").await);
    for bogus in 0..20 {
        let kid = format!("bogus-{bogus}");
        // Asked once, and given up at the first wait.
        assert!(futures::FutureExt::now_or_never(finds(&keys, 1, &kid)).is_none_or(|found| !found));
    }
    assert!(!finds(&keys, 1, "bogus").await);
    assert!(finds(&keys, 1, "rs256-a").await);
    assert!(issuer.asked().await <= 2);
}

#[tokio::test]
async fn a_set_is_kept_for_its_age_and_no_longer() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 60);
    assert!(finds(&keys, 0, "rs256-a").await);
    issuer.publishes(&["rs256-b"]).await;
    assert!(finds(&keys, 299, "rs256-a").await);
    assert_eq!(issuer.asked().await, 0);
    assert!(!finds(&keys, 300, "rs256-a").await, "removed, and the age is over");
    assert_eq!(issuer.asked().await, 1);
}

#[tokio::test]
async fn the_issuers_own_lifetime_shortens_the_age() {
    let issuer = Issuer::start().await;
    // 1_800_000_000 is Fri, 15 Jan 2027 08:00:00 GMT.
    let cases = [
        (("cache-control", "max-age=10"), 10),
        (("cache-control", "max-age=9999"), 300),
        (("cache-control", "no-cache"), 0),
        (("cache-control", "no-store"), 0),
        (("expires", "Fri, 15 Jan 2027 08:00:10 GMT"), 10),
        (("expires", "Fri, 15 Jan 2027 07:59:59 GMT"), 0),
    ];
    for ((name, value), age) in cases {
        let answer = Issuer::answer(&["rs256-a"]).insert_header(name, value);
        let dated = answer.insert_header("date", "Fri, 15 Jan 2027 08:00:00 GMT");
        issuer.answers(dated).await;
        let keys = issuer.by_uri(300, 60);
        assert!(finds(&keys, 0, "rs256-a").await);
        if age > 0 {
            assert!(finds(&keys, age - 1, "rs256-a").await);
        }
        assert_eq!(issuer.asked().await, 1, "{value}");
        assert!(finds(&keys, age, "rs256-a").await);
        assert_eq!(issuer.asked().await, 2, "{value}");
    }
}

#[tokio::test]
async fn an_outage_leaves_what_is_held_until_it_is_stale() {
    let issuer = Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let keys = issuer.by_uri(300, 10);
    assert!(finds(&keys, 0, "rs256-a").await);
    issuer.server.reset().await;
    let obtained = keys.obtain(at(1), has("rs256-b")).await.unwrap();
    assert!(obtained.trouble.unwrap().contains("status 404"));
    assert!(finds(&keys, 299, "rs256-a").await);
    let why = keys.obtain(at(300), has("rs256-a")).await.err().unwrap();
    assert!(why.contains("status 404"), "{why}");
    issuer.publishes(&["rs256-a"]).await;
    assert!(!finds(&keys, 309, "rs256-a").await, "the failure is remembered");
    assert!(finds(&keys, 310, "rs256-a").await);
    assert!(keys.obtain(at(311), |_| true).await.unwrap().trouble.is_none());
}

#[tokio::test]
async fn a_failure_is_remembered_for_the_cooldown() {
    let issuer = Issuer::start().await;
    let keys = issuer.by_uri(300, 60);
    assert!(!finds(&keys, 0, "rs256-a").await);
    issuer.publishes(&["rs256-a"]).await;
    assert!(!finds(&keys, 59, "rs256-a").await);
    assert_eq!(issuer.asked().await, 0);
    assert!(finds(&keys, 60, "rs256-a").await);
}

#[tokio::test]
async fn a_failure_is_remembered_for_as_long_as_the_issuer_asks() {
    let issuer = Issuer::start().await;
    for value in ["30", "Fri, 15 Jan 2027 08:00:30 GMT"] {
        let busy = ResponseTemplate::new(503).insert_header("retry-after", value);
        issuer.answers(busy).await;
        let keys = issuer.by_uri(300, 0);
        for _ in 0..5 {
            assert!(!finds(&keys, 0, "rs256-a").await);
        }
        assert_eq!(issuer.asked().await, 1);
        issuer.publishes(&["rs256-a"]).await;
        assert!(!finds(&keys, 29, "rs256-a").await);
        assert!(finds(&keys, 30, "rs256-a").await);
    }
}

#[tokio::test]
async fn a_held_set_is_confirmed_or_replaced() {
    let issuer = Issuer::start().await;
    let validating = |names: &'static [&'static str], etag: &'static str| {
        move |request: &Request| {
            let known = request.headers.get("if-none-match").is_some_and(|it| it == etag);
            let answer = if known { ResponseTemplate::new(304) } else { Issuer::answer(names) };
            answer.insert_header("etag", etag).insert_header("cache-control", "max-age=10")
        }
    };
    issuer.answers(validating(&["rs256-a"], "\"1\"")).await;
    let keys = issuer.by_uri(300, 60);
    for second in [0, 10, 20] {
        assert!(finds(&keys, second, "rs256-a").await);
        assert!(finds(&keys, second + 9, "rs256-a").await);
    }
    assert_eq!(issuer.asked().await, 3, "a confirmation makes it fresh again");
    issuer.answers(validating(&["rs256-b"], "\"2\"")).await;
    assert!(!finds(&keys, 30, "rs256-a").await);
    assert!(finds(&keys, 30, "rs256-b").await);
    issuer.answers(ResponseTemplate::new(304)).await;
    assert!(finds(&keys, 40, "rs256-b").await, "the lifetime of before holds on");
    assert!(finds(&keys, 49, "rs256-b").await);
    assert_eq!(issuer.asked().await, 1);

    let cold = issuer.by_uri(300, 0);
    let why = cold.obtain(at(0), |_| true).await.err().unwrap();
    assert!(why.contains("status 304"), "{why}");
}

#[tokio::test]
async fn what_may_not_be_stored_is_not_asked_for_conditionally() {
    let issuer = Issuer::start().await;
    let answer = Issuer::answer(&["rs256-a"]).insert_header("etag", "\"1\"");
    issuer.answers(answer.insert_header("cache-control", "no-store")).await;
    let keys = issuer.by_uri(300, 60);
    assert!(finds(&keys, 0, "rs256-a").await && finds(&keys, 0, "rs256-a").await);
    let requests = issuer.server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| !request.headers.contains_key("if-none-match")));
}
