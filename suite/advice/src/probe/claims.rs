//! Measures how a verifier judges `exp`, `nbf`, `iat` and `aud`.

use serde_json::{Value, json};

use super::ProbeRun;
use super::measurement::Measurement;
use super::question::{LEEWAYS, Question};
use super::search::Edge;
use super::session::{Presented, Session, claims, present_all};
use super::spans::{Edges, Inferred, Leeway, ToldSpan, infer_leeway, infer_timing};
use super::tried::remark_unmeasured;
use super::unmeasured::{NOT_MEASURED, Unmeasured, all_hold};
use jwtspec_engine::run::RunError;
use jwtspec_mint::context::MintContext;
use jwtspec_mint::recipe::Recipe;
use jwtspec_types::profile::{Profile, TokenKind};
use jwtspec_types::timing::Timing;

/// A claim that may be wrong by a day is not judged.
const DAY: i64 = 86_400;
/// The lifetime of the tokens, in seconds.
const LIFETIME: i64 = 300;

/// The leeway for each claim, and what to declare.
pub(super) async fn measure_leeways(
    run: &ProbeRun<'_>,
) -> Result<(Vec<Measurement>, Option<Timing>), RunError> {
    let [short, long] = LEEWAYS;
    let (first, second) = tokio::join!(measure_edges(run, short), measure_edges(run, long));
    let (first, second) = match (first?, second?) {
        (Ok(first), Ok(second)) => (first, second),
        (Err((told, why)), _) | (_, Err((told, why))) => {
            let seen = format!("told a leeway of {told} s: {why}");
            return Ok((vec![Measurement::unmeasured("leeway", seen, &why)], None));
        }
    };
    let steady = first.iter().chain(&second).flatten().all(|(_, steady)| *steady);
    let found = [infer_leeway(short, edges(&first)), infer_leeway(long, edges(&second))];
    let unknown = [0, 1, 2].map(|claim| {
        let why = |told, found: &[MeasuredEdge; 3]| Some((told, found[claim].clone().err()?));
        why(short, &first).or_else(|| why(long, &second))
    });
    Ok(describe_leeways(found, steady, run.declared.possible_leeway(), &unknown))
}

/// The edge of a claim, and true if it was the same when asked again.
type MeasuredEdge = Result<(Edge, bool), Unmeasured>;

/// The edges, as if a claim were not judged where that is not known.
fn edges(measured: &[MeasuredEdge; 3]) -> Edges {
    let [exp, nbf, iat] = measured
        .each_ref()
        .map(|measured| measured.as_ref().map_or(Edge::Never, |(edge, _)| *edge));
    Edges { exp, nbf, iat }
}

/// The edges of `exp`, `nbf` and `iat`.
///
/// The inner error is the leeway that cannot be told, and why.
async fn measure_edges(
    run: &ProbeRun<'_>,
    told: u64,
) -> Result<Result<[MeasuredEdge; 3], (u64, Unmeasured)>, RunError> {
    let mut session = match Session::open(run, Question::Leeway(told)).await? {
        Ok(session) => session,
        Err(why) => return Ok(Err((told, why))),
    };
    let exp = session.edge(DAY, past_expiry).await?;
    let nbf = session.edge(DAY, |now, ahead| ahead_of("nbf", now, ahead)).await?;
    let iat = session.edge(DAY, |now, ahead| ahead_of("iat", now, ahead)).await?;
    session.close().await;
    Ok(Ok([exp, nbf, iat]))
}

/// A token that expired so many seconds ago; it was issued before that.
fn past_expiry(now: u64, past: i64) -> Recipe {
    let exp = second(now, -past);
    claims([("exp", json!(exp)), ("iat", json!(exp - LIFETIME))])
}

/// A token of which a claim lies so many seconds ahead; it expires after that.
fn ahead_of(claim: &str, now: u64, ahead: i64) -> Recipe {
    let start = second(now, ahead);
    claims([(claim, json!(start)), ("exp", json!(start + LIFETIME))])
}

fn second(now: u64, offset: i64) -> i64 {
    i64::try_from(now).unwrap_or(i64::MAX).saturating_add(offset)
}

fn describe_leeways(
    found: [Leeway; 2],
    steady: bool,
    declared: Timing,
    unknown: &[Option<(u64, Unmeasured)>; 3],
) -> (Vec<Measurement>, Option<Timing>) {
    let span = |of: fn(&Leeway) -> Option<u64>, seen: fn(&Leeway) -> String| {
        let heeded = |place: usize| ToldSpan { told: LEEWAYS[place], has: of(&found[place]) };
        let parts =
            [0, 1].map(|place| format!("told {} s: {}", LEEWAYS[place], seen(&found[place])));
        let (value, timing) = match infer_timing(heeded(0), heeded(1), u64::MAX) {
            Inferred::Timing(timing) => (timing.to_string(), Some(timing)),
            Inferred::Unseen => ("not judged".to_owned(), None),
            Inferred::Unclear => ("unclear".to_owned(), None),
        };
        (value, timing, parts.join("; "))
    };
    let (exp_value, exp, exp_seen) = span(|leeway| leeway.exp, past);
    let (nbf_value, nbf, nbf_seen) = span(|leeway| leeway.nbf, |it| ahead(it.nbf, it.slow));
    let (iat_value, iat, iat_seen) = span(|leeway| leeway.iat, |it| ahead(it.iat, false));
    // What is declared is one leeway for all: that of `exp`, which is always judged.
    let exp_is_known = unknown[0].is_none();
    let measured = exp.or(nbf).filter(|_| exp_is_known);
    let mut exp_line = Measurement::new("leeway of exp", exp_value, exp_seen);
    exp_line = exp_line.against_timing("leeway", Some(declared), measured, None);
    if found.iter().any(|leeway| leeway.late) {
        exp_line = exp_line.remark(
            "a token is still accepted in the second of `exp` plus leeway, where RFC 7519 section \
             4.1.4 ends it",
        );
    }
    if !steady {
        exp_line = exp_line.remark(
            "an edge was elsewhere when asked again: the verifier goes by fractions of a second, \
             or was slow",
        );
    }
    let other = |name, member: &str, value, seen, timing: Option<Timing>| {
        let line = Measurement::new(name, value, seen);
        match exp_is_known && timing.is_some() && timing != exp {
            true => line.remark(format!("`{member}` has another leeway than `exp`")),
            false => line,
        }
    };
    let mut nbf_line = other("leeway of nbf", "nbf", nbf_value, nbf_seen, nbf);
    if found.iter().any(|leeway| leeway.slow) {
        nbf_line = nbf_line.remark(
            "a token is refused in the second of `nbf` less leeway, where RFC 7519 section 4.1.5 \
             begins it",
        );
    }
    let iat_line = other("leeway of iat", "iat", iat_value, iat_seen, iat);
    let known = |(line, unknown): (Measurement, &Option<(u64, Unmeasured)>)| match unknown {
        Some((told, why)) => {
            Measurement::unmeasured(line.name, format!("told {told} s: {why}"), why)
        }
        None => line,
    };
    ([exp_line, nbf_line, iat_line].into_iter().zip(unknown).map(known).collect(), measured)
}

fn past(leeway: &Leeway) -> String {
    match (leeway.exp, leeway.late) {
        (None, _) => "accepted up to a day past it".to_owned(),
        (Some(seconds), false) => format!("refused {seconds} s past it"),
        (Some(seconds), true) => format!("refused more than {seconds} s past it"),
    }
}

fn ahead(leeway: Option<u64>, slow: bool) -> String {
    match (leeway, slow) {
        (None, _) => "accepted up to a day ahead of it".to_owned(),
        (Some(seconds), false) => format!("accepted up to {seconds} s ahead of it"),
        (Some(seconds), true) => format!("accepted less than {seconds} s ahead of it"),
    }
}

/// One form of `aud`; `right` if it may pass (RFC 7519 section 4.1.3, RFC 8725 section 3.9).
struct AudienceForm {
    name: &'static str,
    value: Option<Value>,
    right: bool,
}

fn audience_forms(profile: Profile) -> Vec<AudienceForm> {
    let own = MintContext::AUDIENCE;
    let other = "https://other.example";
    let form = |name, value, right| AudienceForm { name, value: Some(value), right };
    vec![
        form("equal", json!(own), true),
        // An ID token may have to be for no other client (OpenID Connect Core 1.0 section 3.1.3.7).
        match profile.tokens() {
            TokenKind::IdToken => form("an array of it", json!([own]), true),
            _ => form("an array with it", json!([other, own]), true),
        },
        form("an array of others", json!([other, "https://third.example"]), false),
        AudienceForm { name: "none", value: None, right: false },
        form("an empty string", json!(""), false),
        form("an empty array", json!([]), false),
        form("in capitals", json!(own.to_uppercase()), false),
        form("with a slash at the end", json!(format!("{own}/")), false),
        form("without its scheme", json!(own.trim_start_matches("https://")), false),
        form("its beginning", json!(&own[..own.len() - 1]), false),
        form("it and more", json!(format!("{own}-2")), false),
    ]
}

/// Measures which audiences it accepts.
pub(super) async fn measure_audience(run: &ProbeRun<'_>) -> Result<Vec<Measurement>, RunError> {
    let forms = audience_forms(run.profile);
    let without = || Recipe { without: vec!["aud".to_owned()], ..Recipe::default() };
    let recipe = |form: &AudienceForm| match &form.value {
        Some(value) => claims([("aud", value.clone())]),
        None => without(),
    };
    let tokens: Vec<Recipe> = forms.iter().map(recipe).collect();
    let told = present_all(run, Question::Audience { told: true }, &tokens).await?;
    let first = match told {
        Err(why) => Measurement::unmeasured("audience", why.to_string(), &why),
        Ok(presented) => {
            let names = |accepted: bool| {
                let fitting =
                    forms.iter().zip(&presented).filter(|(_, it)| it.accepted == Ok(accepted));
                let names: Vec<&str> = fitting.map(|(form, _)| form.name).collect();
                if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
            };
            let known = forms.iter().zip(&presented);
            let right = known.map(|(form, it)| it.accepted.clone().map(|it| it == form.right));
            let value = match all_hold(right) {
                Ok(true) => "one in the token is equal",
                Ok(false) => "departs from the specifications",
                Err(_) => NOT_MEASURED,
            };
            let seen = format!("accepted: {}; refused: {}", names(true), names(false));
            let mut line = Measurement::new("audience", value, seen);
            for (form, presented) in forms.iter().zip(&presented) {
                if presented.accepted == Ok(!form.right) {
                    let rule = match form.value {
                        Some(_) => "RFC 7519 section 4.1.3",
                        None => "RFC 8725 section 3.9",
                    };
                    let verdict = presented.verdict();
                    line = line.remark(format!("{}: {verdict}, contrary to {rule}", form.name));
                }
            }
            let unknown: Vec<(&str, &Unmeasured)> = forms
                .iter()
                .zip(&presented)
                .filter_map(|(form, it)| Some((form.name, it.accepted.as_ref().err()?)))
                .collect();
            remark_unmeasured(line, &unknown)
        }
    };
    let tokens = [claims([("aud", json!("https://other.example"))]), without()];
    let untold = present_all(run, Question::Audience { told: false }, &tokens).await?;
    let second = match untold {
        Err(why) => {
            let value = if why.shows_nothing() { NOT_MEASURED } else { "cannot be told none" };
            Measurement::new("no audience told", value, why.to_string()).lacking([&why])
        }
        Ok(presented) => {
            let accepted: Vec<_> = presented.iter().map(|it| it.accepted.as_ref()).collect();
            let value = match accepted.as_slice() {
                [Ok(true), Ok(true)] => "not checked",
                [Ok(true), Ok(false)] => "any will do, but one must be there",
                [Ok(false), Ok(true)] => "there must be none",
                [Ok(false), Ok(false)] => "every token refused that has one or none",
                _ => NOT_MEASURED,
            };
            let verdict =
                |(name, presented): (&str, &Presented)| format!("{name}: {}", presented.verdict());
            let seen: Vec<String> =
                ["another", "none"].into_iter().zip(&presented).map(verdict).collect();
            let line = Measurement::new("no audience told", value, seen.join("; "))
                .lacking(presented.iter().filter_map(|it| it.accepted.as_ref().err()));
            match accepted.as_slice() {
                [Ok(true), _] => line.means(
                    "where the operator tells no audience, a token that a user gave to another \
                     service is accepted here (RFC 8725 section 3.9)",
                ),
                _ => line,
            }
        }
    };
    Ok(vec![first, second])
}
