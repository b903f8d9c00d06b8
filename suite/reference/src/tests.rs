//! Each check, by tokens that differ from a valid one in one point.

pub(crate) mod loopback;

use serde_json::{Value, json};

use super::*;
use jwtspec_driver::Refusal;
use jwtspec_fixtures::Key;
use jwtspec_format::{Document, Source};
use jwtspec_mint::context::MintContext;
use jwtspec_mint::mint;
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::trust::{CachePolicy, KeySource, Provider};
use jwtspec_types::words::Reason;

/// Keys that the issuer publishes; `rs256-x` is the attacker's.
const KEYS: [&str; 17] = [
    "rs256-a",
    "rs384-a",
    "rs512-a",
    "ps256-a",
    "ps384-a",
    "ps512-a",
    "es256-a",
    "es384-a",
    "es512-a",
    "es256k-a",
    "eddsa-a",
    "hs256-a",
    "hs384-a",
    "hs512-a",
    "rs256-1024",
    "hs256-short",
    "rs256-b",
];

fn trust() -> Trust {
    let keys: Vec<_> = KEYS.iter().map(|name| Key::named(name).unwrap().public_jwk()).collect();
    let Value::Object(jwks) = json!({ "keys": keys }) else { unreachable!() };
    Trust {
        providers: vec![Provider {
            issuer: MintContext::example().issuers[MintContext::MAIN].identifier.clone(),
            audiences: vec![MintContext::AUDIENCE.to_owned()],
            keys: KeySource::Jwks(jwks),
            algorithms: crypto::supported().collect(),
            typ: None,
            required_claims: vec![],
            key_text: None,
        }],
        profile: jwtspec_types::profile::Profile::default(),
        leeway_seconds: 30,
        cache: CachePolicy::default(),
        decryption_keys: Vec::new(),
        ca_pem: None,
    }
}

fn token(toml: &str) -> String {
    let source = Source::new("test", toml);
    let (recipe, problems) = Document::parse(&source).read::<Recipe>();
    let recipe = recipe.unwrap_or_else(|| panic!("{problems:?}"));
    mint(&recipe, &MintContext::example()).unwrap().token
}

fn reference() -> Reference {
    Reference::default().with_clock(|| Duration::from_secs(MintContext::example().now))
}

async fn verdict(trust: &Trust, toml: &str) -> Result<Value, Refusal> {
    reference().configured(trust).unwrap().verify(&token(toml)).await
}

/// Reason and a part of the message.
async fn refused(trust: &Trust, toml: &str, reason: Reason, part: &str) {
    let refusal = verdict(trust, toml).await.expect_err(toml);
    assert_eq!(refusal.reason, Some(reason), "{toml}: {}", refusal.message);
    assert!(refusal.message.contains(part), "{toml}: {}", refusal.message);
}

#[tokio::test]
async fn valid_tokens_are_accepted() {
    let trust = trust();
    for algorithm in crypto::supported() {
        let toml = format!("key = '{}-a'", algorithm.as_str().to_lowercase());
        assert!(verdict(&trust, &toml).await.is_ok(), "{toml}");
    }
    for toml in [
        "",
        "header.typ = 'odd'",
        "header-without = ['typ']",
        "header.x = 1",
        "claims.aud = ['x', '@audience']",
        "without = ['exp']",
        "claims.exp = '@now+0.5s'",
        "claims.exp = '@now-29s'",
        "claims.nbf = '@now+30s'",
        "claims.iat = '@now+1h'",
        "claims.exp = 18446744073709551616.0",
        "header.b64 = true",
        "claims-json = ' { @claims , \"\" : {\"a\":1,\"a\":2} } '",
        r#"header-json = '{"\u0061lg":"RS\u003256","kid":"rs256-\u0061"}'"#,
        "key = 'es256-a'\nsignature = 'negate-s'",
        "key = 'es256-a'\nsignature = 'leading-zero'",
        "key = 'es512-a'\nsignature = 'leading-zero'",
        "key = 'es384-a'\nheader-without = ['kid']",
        "header-without = ['kid']",
    ] {
        let verdict = verdict(&trust, toml).await;
        assert!(verdict.is_ok(), "{toml}: {verdict:?}");
    }
    assert_eq!(verdict(&trust, "").await.unwrap()["sub"], "user-1");
}

#[tokio::test]
async fn form() {
    let cases = [
        ("literal = ''", "three segments"),
        ("text = 'two-segments'", "but has 2"),
        ("text = 'append(.x)'", "but has 4"),
        ("text = 'five-segments'", "encrypted (JWE)"),
        ("text = 'json-flattened'", "JSON serialization"),
        ("text = 'json-polyglot'", "JSON serialization"),
        ("text = 'empty-header'", "header is empty"),
        ("text = 'empty-claims'", "payload is empty"),
        ("base64.header = 'padded'", "header segment ends in `=`"),
        ("base64.claims = 'standard'", "payload segment uses the standard"),
        ("base64.signature = 'trailing-bits'", "signature segment ends in unused bits"),
        ("base64.claims = 'space'", "outside the base64url alphabet"),
        ("base64.claims = 'non-ascii'", "outside the base64url alphabet"),
        ("text = 'append(aaaa)'\nsignature = 'strip'\nliteral = 'a.b.c'", "has a length"),
        ("encoding.header = 'utf-16le'", "the header is not JSON"),
        ("encoding.claims = 'latin-1'\nclaims.x = 'é'", "payload is not UTF-8"),
        ("header-json = '[]'", "header is not a JSON object"),
        ("header-json = '{@header,\"kid\":\"x\"}'", "header has the member `kid` twice"),
        ("claims-json = '{@claims,\"\\u0065xp\":1}'", "payload has the member `exp` twice"),
        ("claims-json = '{@claims} {}'", "trailing characters"),
        ("claims-json = '{@claims,\"x\":1e400}'", "beyond what a double can hold"),
        ("claims-json = '{@claims,\"x\":@nested(9999)}'", "levels, the most that are read"),
        ("claims.x = '@filler(200000)'", "more than the 131072"),
    ];
    for (toml, part) in cases {
        refused(&trust(), toml, Reason::Malformed, part).await;
    }
}

#[tokio::test]
async fn header() {
    use Reason::{AlgorithmNotAllowed, CriticalHeader, Malformed, TypeMismatch};
    let cases = [
        ("header-without = ['alg']", AlgorithmNotAllowed, "has no `alg`"),
        ("header.alg = 1", AlgorithmNotAllowed, "`alg` should be a string, but is a number"),
        ("alg = 'none'", AlgorithmNotAllowed, "is unsigned"),
        ("header.alg = 'nOnE'", AlgorithmNotAllowed, "no supported algorithm"),
        ("header.alg = 'rs256'", AlgorithmNotAllowed, "write `RS256`"),
        ("header.enc = 'A128GCM'", Malformed, "has `enc`"),
        ("header.crit = ['x']\nheader.x = 1", CriticalHeader, "demands `x`, which this verifier"),
        ("header.crit = ['x']", CriticalHeader, "the header does not contain"),
        ("header.crit = []", CriticalHeader, "is empty"),
        ("header.crit = 'x'", CriticalHeader, "but is a string"),
        ("header.crit = [1]", CriticalHeader, "but holds a number"),
        ("header.b64 = false", CriticalHeader, "must be encoded"),
        ("header.cty = 'application/JWT'", TypeMismatch, "another JWT"),
        ("header.kid = 7", Malformed, "`kid` should be a string"),
    ];
    for (toml, reason, part) in cases {
        refused(&trust(), toml, reason, part).await;
    }
}

#[tokio::test]
async fn issuer() {
    use Reason::{AlgorithmNotAllowed, ClaimInvalid, IssuerMissing, IssuerUnknown};
    let cases = [
        ("without = ['iss']", IssuerMissing, "no `iss`"),
        ("claims.iss = ['@issuer']", ClaimInvalid, "`iss` should be a string, but is an array"),
        ("claims.iss = 'https://a.example'", IssuerUnknown, "which is not a configured issuer"),
        ("claims.iss = '@issuer/'", IssuerUnknown, "only in a trailing slash"),
        ("claims.iss = '@upper(issuer)'", IssuerUnknown, "only in upper and lower case"),
        ("claims.iss = ' @issuer'", IssuerUnknown, "surrounding white space"),
        ("claims.iss = '@replace(issuer,http,https)'", IssuerUnknown, "only in its scheme"),
    ];
    for (toml, reason, part) in cases {
        refused(&trust(), toml, reason, part).await;
    }
    let mut trust = trust();
    trust.providers[0].algorithms = vec![Algorithm::Es256];
    refused(&trust, "", AlgorithmNotAllowed, "not among the algorithms allowed").await;
}

#[tokio::test]
async fn key_and_signature() {
    use Reason::{KeyNotFound, KeyUnusable, SignatureInvalid};
    let cases = [
        ("header.kid = 'RS256-A'", KeyNotFound, "publishes no such key"),
        ("key = 'rs256-x'", KeyNotFound, "publishes no such key"),
        ("header.alg = 'RS384'", KeyUnusable, "is for `RS256`"),
        ("key = 'rs256-1024'", KeyUnusable, "1024 bits"),
        ("key = 'hs256-short'", KeyUnusable, "16 bytes"),
        (
            "secret = { public = 'rs256-a', form = 'spki-pem' }\nheader.kid = 'rs256-a'",
            KeyUnusable,
            "is for `RS256`",
        ),
        (
            "key = 'rs256-x'\nheader.kid = 'rs256-a'\nheader.jwk = '@jwk(rs256-x)'",
            SignatureInvalid,
            "under the key `rs256-a`",
        ),
        ("key = 'rs256-x'\nheader-without = ['kid']", SignatureInvalid, "any fitting key"),
        ("signature = 'strip'", SignatureInvalid, "is empty"),
        ("signature = 'flip(7)'", SignatureInvalid, "is not that of header and payload"),
        ("signature = 'append(00)'", SignatureInvalid, "has 257 bytes"),
        ("signature = 'add-modulus'", SignatureInvalid, "is not that"),
        ("digest = 'SHA-1'", SignatureInvalid, "is not that"),
        ("key = 'ps256-a'\npss.salt = 0", SignatureInvalid, "is not that"),
        ("key = 'es256-a'\nsignature = 'der'", SignatureInvalid, "looks like DER"),
        ("key = 'es256-a'\nsignature = 'zeros'", SignatureInvalid, "is not that"),
        ("key = 'es512-a'\nsignature = 'flip(9)'", SignatureInvalid, "is not that"),
        ("key = 'es256k-a'\nsignature = 'r-order'", SignatureInvalid, "is not that"),
        ("key = 'eddsa-a'\nsignature = 'add-order'", SignatureInvalid, "is not that"),
        ("key = 'hs256-a'\nsignature = 'truncate(16)'", SignatureInvalid, "has 16 bytes"),
    ];
    for (toml, reason, part) in cases {
        refused(&trust(), toml, reason, part).await;
    }
}

#[tokio::test]
async fn claims() {
    use Reason::{
        AudienceMismatch, AudienceMissing, ClaimInvalid, ClaimMissing, Expired, ExpiryMissing,
        NotYetValid, TypeMismatch,
    };
    let cases = [
        ("without = ['aud']", AudienceMissing, "answers to `https://api.jwtspec.example/orders`"),
        ("claims.aud = '@audience/'", AudienceMismatch, "orders/`, but this verifier answers to"),
        ("claims.aud = ['a', 'b']", AudienceMismatch, "`a` and `b`"),
        ("claims.aud = []", ClaimInvalid, "empty array"),
        ("claims.aud = ['@audience', 1]", ClaimInvalid, "holds a number"),
        ("claims.aud = '@null'", ClaimInvalid, "but is null"),
        ("claims.exp = '@now-30s'", Expired, "30 seconds ago"),
        ("claims.exp = '@now-1h'", Expired, "3600 seconds ago"),
        ("claims.exp = -1", Expired, "`exp` is -1"),
        ("claims.exp = '@string(now+60s)'", ClaimInvalid, "`exp` should be a number"),
        ("claims.nbf = '@now+31s'", NotYetValid, "31 seconds ahead"),
        ("claims.nbf = '@null'", ClaimInvalid, "`nbf` should be a number"),
        ("claims.iat = 'x'", ClaimInvalid, "`iat` should be a number"),
        ("claims.sub = 1", ClaimInvalid, "`sub` should be a string"),
        ("claims.jti = []", ClaimInvalid, "`jti` should be a string"),
    ];
    for (toml, reason, part) in cases {
        refused(&trust(), toml, reason, part).await;
    }

    let mut trust = trust();
    trust.providers[0].required_claims = ["exp", "client_id"].map(str::to_owned).to_vec();
    trust.providers[0].typ = Some("at+jwt".to_owned());
    let at = "header.typ = 'application/AT+jwt'\n";
    refused(&trust, &format!("{at}without = ['exp']"), ExpiryMissing, "no `exp`").await;
    refused(&trust, at, ClaimMissing, "no `client_id`").await;
    refused(&trust, &format!("{at}claims.client_id = '@null'"), ClaimInvalid, "is null").await;
    assert!(verdict(&trust, &format!("{at}claims.client_id = 'x'")).await.is_ok());
    refused(&trust, "", TypeMismatch, "`typ` `JWT`, but `at+jwt` is expected").await;
    refused(&trust, "header.typ = 1", TypeMismatch, "that is a number").await;
    refused(&trust, "header-without = ['typ']", TypeMismatch, "has no `typ`").await;
}

#[tokio::test]
async fn refusals_repeat_nothing_secret_or_dangerous() {
    for toml in ["signature = 'flip(7)'", "header.kid = '<b>\"\\r\\n'", "claims.iss = '\u{202e}x'"]
    {
        let refusal = verdict(&trust(), toml).await.unwrap_err();
        let token = token(toml);
        let secret = token.split('.').any(|segment| refusal.message.contains(segment));
        assert!(!secret && !refusal.message.contains(['<', '"', '\r', '\n', '\u{202e}']));
    }
}

#[tokio::test]
async fn an_examination_goes_on_to_the_end() {
    let verifier = reference().configured(&trust()).unwrap();
    let examined = verifier.examine(&token("claims.exp = 1\nsignature = 'flip(7)'")).await;
    let objects: Vec<_> = examined
        .checks
        .iter()
        .filter(|judged| judged.judgement != Judgement::Passed)
        .map(|judged| judged.name)
        .collect();
    assert_eq!(objects, ["signature", "expiry"]);
    assert!(examined.claims.is_some());

    let examined = verifier.examine("nonsense").await;
    assert!(matches!(examined.checks[1].judgement, Judgement::Refused(_)));
    assert!(examined.checks[2..].iter().all(|it| matches!(it.judgement, Judgement::Unasked(_))));
}

#[tokio::test]
async fn the_list_can_be_changed() {
    let token = token("claims.aud = 'elsewhere'");
    let lax = reference().without("audience").configured(&trust()).unwrap();
    assert!(lax.verify(&token).await.is_ok());
    let names: std::collections::HashSet<_> =
        Reference::default().checks().iter().map(|check| check.name).collect();
    assert_eq!(names.len(), Reference::default().checks().len(), "names are unique");
}

#[test]
fn a_trust_that_no_sound_verifier_takes_is_unsupported() {
    let unsupported = |change: fn(&mut Trust)| {
        let mut trust = trust();
        change(&mut trust);
        reference().configured(&trust).err().expect("refused").0
    };
    assert!(unsupported(|it| it.providers[0].algorithms.push(Algorithm::None)).contains("none"));
    assert!(unsupported(|it| it.providers.push(it.providers[0].clone())).contains("same issuer"));
    let discovery = unsupported(|it| {
        it.providers[0].issuer = "http://a.example".to_owned();
        it.providers[0].keys = KeySource::Discovery(true);
    });
    assert!(discovery.contains("is not https"));
    let authority = unsupported(|it| it.ca_pem = Some("certificate".to_owned()));
    assert_eq!(authority, "`ca_pem` holds no certificate");
}

#[tokio::test]
async fn a_time_that_comes_with_the_token_is_what_claims_are_judged_by() {
    let verifier = Reference::default().configured(&trust()).unwrap();
    let now = Duration::from_secs(MintContext::example().now);
    let token = token("claims.exp = '@now+60s'");
    let within = now + Duration::from_millis(89_999);
    assert!(verifier.verify_at(&token, within).await.is_ok());
    let refusal = verifier.verify_at(&token, now + Duration::from_secs(90)).await.unwrap_err();
    assert_eq!(refusal.reason, Some(Reason::Expired));
    assert!(verifier.verify_at(&token, Duration::ZERO).await.is_ok(), "`nbf` is not there");
    let far = verifier.verify_at(&token, Duration::new(u64::MAX, 0)).await;
    assert_eq!(far.unwrap_err().reason, Some(Reason::Expired));
}

#[tokio::test]
async fn key_sets_age_by_the_stated_time_and_else_by_the_monotonic_clock() {
    let issuer = loopback::Issuer::start().await;
    issuer.publishes(&["rs256-a"]).await;
    let mut trust = trust();
    trust.providers[0].keys = KeySource::JwksUri(format!("{}/jwks", issuer.server.uri()));
    trust.cache = CachePolicy { max_age_seconds: 300, cooldown_seconds: 60 };
    let token = token("without = ['exp']");

    let verifier = Reference::default().configured(&trust).unwrap();
    for (second, fetches) in [(0, 1), (299, 1), (300, 2)] {
        let now = Duration::from_secs(1_800_000_000 + second);
        assert!(verifier.verify_at(&token, now).await.is_ok());
        assert_eq!(issuer.asked().await, fetches, "after {second} seconds");
    }

    issuer.publishes(&["rs256-a"]).await;
    let hours = std::sync::atomic::AtomicU64::new(0);
    let hourly = move || {
        let hour = hours.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Duration::from_secs(1_800_000_000 + 3600 * hour)
    };
    let verifier = Reference::default().with_clock(hourly).configured(&trust).unwrap();
    for _ in 0..3 {
        assert!(verifier.verify(&token).await.is_ok());
    }
    assert_eq!(issuer.asked().await, 1);
}
