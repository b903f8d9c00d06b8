//! `jwtspec issuer` and `jwtspec reference`: the two sides, for use by hand.

use std::io::Write;
use std::sync::Arc;

use super::args::{IssuerArgs, ReferenceArgs};
use super::exit::{BAD_USAGE, CLEAN};
use super::fail::Fail;
use super::fixed_spans::FixedSpans;
use jwtspec_driver::serve_on;
use jwtspec_engine::issuer::{Documents, EndpointSpec, IssuerServer};
use jwtspec_fixtures::Key;
use jwtspec_format::{Source, read};
use jwtspec_mint::context::{IssuerFacts, MintContext, PublishedKey};
use jwtspec_mint::mint;
use jwtspec_mint::recipe::Recipe;
use jwtspec_reference::Reference;
use jwtspec_types::trust::{KeySource, Provider, Trust};

pub(super) async fn issuer(args: IssuerArgs) -> Result<u8, Fail> {
    let recipe: Recipe = read(&Source::new("--recipe", args.recipe.as_str()))?;
    let mut keys = Vec::new();
    for name in &args.key {
        let key = Key::named(name).map_err(|unknown| Fail::library(BAD_USAGE, unknown))?;
        keys.push(PublishedKey::plain(key));
    }
    let server = IssuerServer::start_on(args.port)?;
    let place = server.reserve(EndpointSpec::default())?;
    let mut facts = IssuerFacts::on(&place.origin, place.number, "");
    facts.keys = keys;
    server.open(place.number, Documents::honest(&facts))?;

    let mut mint_context =
        MintContext::for_issuers([(MintContext::MAIN.to_owned(), facts.clone())]);
    mint_context.now = jwtspec_engine::run::now();
    mint_context.serial = format!("by-hand@{}", mint_context.now);
    if let Some(audience) = args.audience {
        mint_context.audience = audience;
    }
    let minted = mint(&recipe, &mint_context)?;
    let trust = Trust {
        providers: vec![Provider {
            issuer: facts.identifier.clone(),
            audiences: vec![mint_context.audience.clone()],
            keys: KeySource::JwksUri(facts.jwks_uri.clone()),
            algorithms: facts.keys.iter().map(|key| key.key.algorithm()).collect(),
            typ: None,
            required_claims: Vec::new(),
            key_text: None,
        }],
        ..Trust::default()
    };
    let trust = serde_json::to_string(&trust).map_err(|e| Fail::system("write the trust", e))?;
    let _ = writeln!(
        anstream::stdout(),
        "issuer     {}\ndiscovery  {}\nkey set    {}\naudience   {}\ntrust      {trust}\n\ntoken, valid for five minutes unless the recipe says otherwise:\n{}\n\nCtrl-C ends it.",
        facts.identifier,
        facts.discovery_uri,
        facts.jwks_uri,
        mint_context.audience,
        minted.token
    );
    std::future::pending::<()>().await;
    Ok(CLEAN)
}

pub(super) async fn reference(args: ReferenceArgs) -> Result<u8, Fail> {
    let address = ([127, 0, 0, 1], args.port).into();
    let driver = FixedSpans::new(Arc::new(Reference::default()), &args);
    let served = serve_on(address, Arc::new(driver)).await.map_err(|error| {
        Fail::usage(format!("failed to listen on {address}: {error}"))
            .advise("is the port taken? leave --port out to let the system choose")
    })?;
    let _ = writeln!(
        anstream::stdout(),
        "the reference verifier speaks the driver contract at {}\ntry: jwtspec run --target {}\n\nCtrl-C ends it.",
        served.url(),
        served.url()
    );
    served.wait().await;
    Ok(CLEAN)
}
