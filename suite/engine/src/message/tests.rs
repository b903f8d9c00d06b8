mod issuers;

use super::*;
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::trust::CachePolicy;

fn minted(recipe: &str, mint_context: &MintContext) -> String {
    let recipe: Recipe = toml::from_str(recipe).unwrap();
    jwtspec_mint::mint(&recipe, mint_context).unwrap().token
}

fn trust() -> Trust {
    Trust {
        providers: Vec::new(),
        profile: jwtspec_types::profile::Profile::default(),
        leeway_seconds: 0,
        cache: CachePolicy::default(),
        decryption_keys: Vec::new(),
        ca_pem: None,
    }
}

fn answer(kind: &str, body: &str) -> Answer {
    let headers = vec![("content-type".to_owned(), kind.to_owned())];
    Answer { status: 401, headers, body: body.to_owned() }
}

/// A request that presents a token where a driver looks for it.
fn request(token: &str) -> PreparedRequest {
    PreparedRequest {
        method: "GET",
        url: "http://127.0.0.1:9/var/orders".to_owned(),
        headers: vec![("authorization".to_owned(), format!("Bearer {token}").into_bytes())],
        body: None,
        messages: None,
    }
}

fn leaked(recipe: &str, kind: &str, body: impl Fn(&str) -> String) -> Option<String> {
    let mint_context = MintContext::example();
    let token = minted(recipe, &mint_context);
    let context = Context {
        token: &token,
        mint_context: &mint_context,
        trust: &trust(),
        tells_issuers: false,
        request: &request(&token),
        lines: &[],
        step: 0,
        bodiless: false,
    };
    find_leak(context, &answer(kind, &body(&token))).map(|leaked| crate::report::leaked(&leaked))
}

#[test]
fn secrets_in_an_answer_are_noticed() {
    let json = "application/json";
    let told = |body: fn(&str) -> String| leaked("", json, body).unwrap_or_default();
    assert_eq!(told(|token| format!("bad: {token}")), "the whole token");
    let signature = |token: &str| token.rsplit('.').next().unwrap_or_default().to_owned();
    assert_eq!(told(signature), "the token's signature");
    assert_eq!(
        told(|_| "Traceback (most recent call last):".to_owned()),
        "a stack trace (Traceback (most recent call last))"
    );
    assert!(told(|_| "at /usr/lib/node_modules/x/y.js".to_owned()).contains("a file path"));
    assert!(told(|_| "{\"file\":\"/srv/orders/auth.py\"}".to_owned()).contains("a file path"));
    assert!(told(|_| "Error\n    at verify (/app/src/x.js:10:3)".to_owned()).contains("a stack"));
    assert!(told(|_| "cannot reach 10.0.0.7:8080".to_owned()).contains("an internal address"));
    let private = |_: &str| {
        let key = jwtspec_fixtures::Key::named("es256-a").unwrap();
        key.private_jwk()["d"].as_str().unwrap().to_owned()
    };
    assert_eq!(told(private), "the private part of the key `es256-a`");
}

#[test]
fn what_the_token_says_itself_is_no_secret() {
    let discreet = |body: &str| leaked("", "application/json", |_| body.to_owned());
    assert_eq!(discreet("`iss` is http://127.0.0.1:1/issuer/0, which is not configured"), None);
    assert_eq!(discreet("Bearer realm=\"http://127.0.0.1:9/var/orders\""), None);
    assert_eq!(
        discreet("<link href=\"/lib/style.css\"><script src='/app/main.js'></script>"),
        None
    );
    assert_eq!(discreet("{\"path\":\"/app/orders\",\"status\":401}"), None);
    assert_eq!(discreet("{\"path\":\"/var/orders\",\"status\":401}"), None);
    assert_eq!(discreet("see /docs/tokens and /.well-known/jwks.json"), None);
    assert_eq!(discreet("Bearer error=\"invalid_token\""), None);
    let path = leaked("claims.sub = \"/etc/passwd\"", "application/json", |_| {
        "no user /etc/passwd".to_owned()
    });
    assert_eq!(path, None);
}

#[test]
fn hostile_text_is_noticed_where_it_does_harm() {
    let markup = "claims.iss = \"<script>alert(1)</script>\"";
    let echo = |_: &str| "unknown issuer <script>alert(1)</script>".to_owned();
    assert!(leaked(markup, "text/html", echo).unwrap().contains("markup"));
    assert_eq!(leaked(markup, "application/json", echo), None);
    let escape = "claims.iss = \"\\u001b[31mred\"";
    let red = |_: &str| "unknown issuer \u{1b}[31mred".to_owned();
    assert!(leaked(escape, "text/plain", red).unwrap().contains("control character"));
    assert_eq!(leaked(escape, "text/plain", |_| "unknown issuer \\u001b[31mred".to_owned()), None);
    let long = "claims.iss = \"@filler(20000)\"";
    let whole = |_: &str| format!("unknown issuer {}", "a".repeat(20_000));
    assert!(leaked(long, "text/plain", whole).unwrap().starts_with("20000 octets of the token"));
    let cut = |_: &str| format!("unknown issuer {}…", "a".repeat(200));
    assert_eq!(leaked(long, "text/plain", cut), None);
    // A long page that has nothing of the token is only a long page.
    assert_eq!(leaked("", "text/html", |_| "x".repeat(200_000)), None);
}
