//! Ways to present a token.

use proptest::prelude::*;
use proptest::sample::select;

use jwtspec_engine::scenario::{Method, RequestSpec};
use jwtspec_mint::placeholder::{Position, RequestText, Template};

/// Ways to present a token: the scheme in other letters, more spaces, by HEAD, twice, elsewhere.
/// The verdict on each is that of [`jwtspec_oracle`].
pub fn requests() -> BoxedStrategy<RequestSpec> {
    let lines = select(vec![
        vec!["Bearer @token"],
        vec!["bearer @token"],
        vec!["BEARER @token"],
        vec!["Bearer  @token"],
        vec!["Bearer    @token"],
        vec!["Bearer @token @token"],
        vec!["Bearer @token,"],
        vec!["Bearer \"@token\""],
        vec!["Token @token"],
        vec!["Basic @token"],
        vec!["@token"],
        vec!["Bearer"],
        vec!["Bearer "],
        vec![""],
        vec![],
        vec!["Bearer @token", "Bearer @token"],
        vec!["Bearer @token", "Bearer x"],
    ]);
    let authorization = lines.prop_map(|lines| RequestSpec {
        authorization: Some(lines.into_iter().filter_map(text).collect()),
        ..RequestSpec::default()
    });
    let head = Just(RequestSpec { method: Some(Method::Head), ..RequestSpec::default() });
    let query = Just(RequestSpec { query: text("access_token=@token"), ..RequestSpec::default() });
    prop_oneof![10 => authorization, 1 => head, 1 => query].boxed()
}

fn text(text: &str) -> Option<RequestText> {
    Template::parse(text, Position::Request).ok().map(RequestText)
}
