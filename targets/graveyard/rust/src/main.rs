//! The documented call of `jsonwebtoken`, one JSON line a token: the driver in ../python asks.

use std::collections::HashSet;
use std::io::{self, BufRead, Write};

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{decode, Algorithm, DecodingKey, Validation};
use serde_json::{json, Value};

fn main() -> io::Result<()> {
    let mut output = io::stdout();
    for line in io::stdin().lock().lines() {
        let answer = match verify(&line?) {
            Ok(claims) => json!({ "claims": claims }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn verify(line: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let question: Value = serde_json::from_str(line)?;
    let texts = |name: &str| -> Vec<String> { serde_json::from_value(question[name].clone()).unwrap_or_default() };
    let jwk: Jwk = serde_json::from_value(question["jwk"].clone())?;

    let algorithms = texts("algorithms").iter().map(|name| name.parse()).collect::<Result<Vec<Algorithm>, _>>()?;
    let mut validation = Validation::new(*algorithms.first().ok_or("no algorithm is allowed")?);
    validation.algorithms = algorithms;
    validation.leeway = question["leeway"].as_u64().unwrap_or(0);
    validation.validate_nbf = true;
    validation.set_issuer(&[question["issuer"].as_str().ok_or("no issuer")?]);
    let audiences = texts("audiences");
    if audiences.is_empty() {
        validation.validate_aud = false;
    } else {
        validation.set_audience(&audiences);
    }
    validation.required_spec_claims.extend(texts("required").into_iter().collect::<HashSet<_>>());

    let token = question["token"].as_str().ok_or("no token")?;
    Ok(decode::<Value>(token, &DecodingKey::from_jwk(&jwk)?, &validation)?.claims)
}
