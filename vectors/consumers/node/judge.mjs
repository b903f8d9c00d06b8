// Judges the vectors with jose. Exit status 1: something disagrees that known.json does not list, or no longer.

import { readFileSync, readdirSync } from 'node:fs';
import { createLocalJWKSet, decodeJwt, errors, jwtVerify } from 'jose';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url)));
const known = read('known.json');
const files = readdirSync(new URL('../..', import.meta.url)).filter((name) => name.endsWith('.json')).sort();
const CANNOT = ['key-text']; // a key as text is left to the application
const PROFILES = ['jwt', 'at-jwt']; // it has no rules for ID tokens
const ALGORITHMS = /^(RS|PS|HS)(256|384|512)$|^ES(256|384|512)$|^EdDSA$/;

// For jose a JWK Set holds public keys only: a shared secret is given to jwtVerify as it is.
function keysOf({ jwks }) {
  const secrets = [jwks.keys ?? []].flat().filter((key) => key?.kty === 'oct');
  const isOf = ({ alg, kid }) => (key) => (key.alg ?? alg) === alg && (kid === undefined || key.kid === kid);
  return (header, token) => {
    if (secrets.length === 0 || !header.alg.startsWith('HS')) return createLocalJWKSet(jwks)(header, token);
    const [secret, another] = secrets.filter(isOf(header));
    if (!secret) throw new errors.JWKSNoMatchingKey();
    if (another) throw new errors.JWKSMultipleMatchingKeys();
    return secret;
  };
}

async function verify(token, { providers, leeway_seconds }, clock) {
  // With several, not verified yet: `iss` only chooses who verifies.
  const provider = providers.length === 1 ? providers[0] : providers.find((it) => it.issuer === decodeJwt(token).iss);
  if (!provider) throw new errors.JWTClaimValidationFailed('no provider has the issuer of the token', {}, 'iss');
  await jwtVerify(token, keysOf(provider.keys), {
    issuer: provider.issuer,
    audience: provider.audiences.length ? provider.audiences : undefined,
    algorithms: provider.algorithms,
    typ: provider.typ ?? undefined,
    requiredClaims: provider.required_claims,
    clockTolerance: leeway_seconds,
    currentDate: new Date(clock * 1000),
  });
}

const verdict = (token, { trust, clock }) =>
  verify(token, trust, clock).then(() => 'accept', (error) => (error instanceof errors.JOSEError ? 'reject' : 'fault'));

const counts = {};
const found = new Set();
const count = (what, by = 1) => (counts[what] = (counts[what] ?? 0) + by);
for (const group of files.flatMap((name) => read(`../../${name}`).groups)) {
  const lacks = group.needs.some((it) => CANNOT.includes(it)) || !group.algorithms.every((it) => ALGORITHMS.test(it));
  if (lacks || !PROFILES.includes(group.trust.profile)) {
    count('skipped', group.vectors.length);
    continue;
  }
  const control = group.control && (await verdict(group.control, group));
  for (const { id, token, expectation, level, requirements, ...vector } of group.vectors) {
    const said = await verdict(token, group);
    let finding = said === 'fault' ? 'fault' : said !== expectation ? vector.finding : undefined;
    if (said === 'reject' && expectation === said && control !== 'accept') finding = 'control-refused'; // proves nothing
    if (!finding) {
      count(expectation === 'either' ? `choices: ${said}` : 'agree');
      continue;
    }
    found.add(id);
    const state = known[id]?.finding === finding ? 'known' : 'NEW';
    count(state);
    console.log(state.padEnd(5), finding.padEnd(18), level.padEnd(6), id, '', requirements[0]);
  }
}
const stale = Object.keys(known).filter((id) => !found.has(id));
for (const id of stale) console.log(`STALE ${id}: no longer disagrees`);
const { version } = read('node_modules/jose/package.json');
console.log(`jose ${version}: ${Object.keys(counts).sort().map((what) => `${counts[what]} ${what}`).join(', ')}`);
process.exit(stale.length || counts.NEW || !counts.agree ? 1 : 0);
