// Each library's documented call, and no more.
//
// An entry makes, from the library, a mode and a trust, a function from token to claims. A mode is
// the form of the key and what becomes of the allow-list: `told` (as the trust says), `mixed`
// (algorithms of shared secrets as well) or `omitted`.

import { createPublicKey } from 'node:crypto';
import { Refused } from './serve.mjs';

const SECRETS = ['HS256', 'HS384', 'HS512'];
const RSA = ['RS256', 'RS384', 'RS512'];
const EC = ['ES256', 'ES384', 'ES512'];
const PSS = ['PS256', 'PS384', 'PS512'];

export const FORMS = {
  'spki-pem': { format: 'pem', type: 'spki' },
  'pkcs1-pem': { format: 'pem', type: 'pkcs1' },
};

/** The key as an application hands it to the library: text, or octets of a shared secret. */
function inForm(jwk, form) {
  if (jwk.kty === 'oct') return Buffer.from(jwk.k, 'base64url');
  return createPublicKey({ key: jwk, format: 'jwk' }).export(FORMS[form]);
}

function allowList(mode, provider) {
  if (mode.algorithms === 'omitted') return undefined;
  if (mode.algorithms === 'told') return provider.algorithms;
  return [...new Set([...provider.algorithms, ...SECRETS])];
}

const headerOf = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url'));

/** From a token to a key in the form of the mode: the only one, or the one of its `kid`. */
function keyFinder(mode, provider) {
  if (provider.key_text) return () => provider.key_text.text; // the trust has the text already
  const keys = new Map(provider.keys.jwks.keys.map((jwk) => [jwk.kid, inForm(jwk, mode.form)]));
  if (keys.size === 1) {
    const [only] = keys.values();
    return () => only;
  }
  return (token) => {
    const key = keys.get(headerOf(token).kid);
    if (key === undefined) throw new Refused('no key has the kid of the token');
    return key;
  };
}

/** What an application checks itself where its library does not. */
function checkClaims(claims, provider) {
  if (claims?.iss !== provider.issuer) throw new Refused('another issuer');
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (provider.audiences?.length && !audiences.some((one) => provider.audiences.includes(one))) {
    throw new Refused('another audience');
  }
  return claims;
}

function checkTimes(claims, leeway) {
  const now = Date.now() / 1000;
  if (claims.exp !== undefined && !(claims.exp + leeway > now)) throw new Refused('expired');
  if (claims.nbf !== undefined && !(claims.nbf - leeway <= now)) throw new Refused('not yet valid');
  return claims;
}

// ------------------------------------------------------------------------ jsonwebtoken

function jsonwebtoken(library, mode, version) {
  const modern = Number(version.split('.')[0]) >= 8;
  return {
    capabilities: {
      algorithms: [...SECRETS, ...RSA, ...EC, ...(modern ? PSS : [])],
      leeway: modern ? 'configurable' : '0s',
    },
    // Old versions throw plain errors for what they cannot read.
    isForeseen: (error) => error instanceof library.JsonWebTokenError || error instanceof SyntaxError
      || error instanceof TypeError || error?.constructor === Error,
    create({ providers: [provider], leeway_seconds }) {
      const options = () => ({ // a fresh one each time: version 4 writes into it
        issuer: provider.issuer,
        audience: provider.audiences?.length ? provider.audiences : undefined,
        ...(allowList(mode, provider) && { algorithms: allowList(mode, provider) }),
        ...(modern && { clockTolerance: leeway_seconds ?? 0 }),
      });
      if (mode.lookup !== 'callback') {
        const find = keyFinder(mode, provider);
        return (token) => library.verify(token, find(token), options());
      }
      // The documented function that finds the key, here in a table: an unknown `kid` finds undefined.
      const keys = Object.fromEntries(provider.keys.jwks.keys.map((jwk) => [jwk.kid, inForm(jwk, mode.form)]));
      const getKey = (header, done) => done(null, provider.key_text?.text ?? keys[header.kid]);
      return (token) => new Promise((resolve, reject) => {
        library.verify(token, getKey, options(), (error, claims) => (error ? reject(error) : resolve(claims)));
      });
    },
  };
}

// -------------------------------------------------------------------------- jwt-simple

function jwtSimple(library, mode) {
  return {
    capabilities: { algorithms: [...SECRETS, 'RS256'], leeway: '0s' },
    isForeseen: (error) => error instanceof Error && !(error instanceof RangeError),
    create({ providers: [provider] }) {
      const find = keyFinder(mode, provider);
      // It takes one algorithm; told, it is the first of the list.
      const algorithm = mode.algorithms === 'omitted' ? [] : [false, provider.algorithms[0]];
      return (token) => checkClaims(library.decode(token, find(token), ...algorithm), provider);
    },
  };
}

// ---------------------------------------------------------------------------- fast-jwt

function fastJwt(library, mode) {
  return {
    capabilities: { algorithms: [...SECRETS, ...RSA, ...EC, ...PSS, 'EdDSA'], required_claims: true },
    isForeseen: (error) => error instanceof library.TokenError,
    create({ providers: [provider], leeway_seconds }) {
      const options = {
        allowedIss: provider.issuer,
        allowedAud: provider.audiences?.length ? provider.audiences : undefined,
        algorithms: allowList(mode, provider),
        clockTolerance: (leeway_seconds ?? 0) * 1000,
        requiredClaims: ['iss', ...(provider.audiences?.length ? ['aud'] : []), ...(provider.required_claims ?? [])],
      };
      const find = keyFinder(mode, provider);
      const verifiers = new Map();
      return (token) => {
        const key = find(token);
        if (!verifiers.has(key)) verifiers.set(key, library.createVerifier({ ...options, key }));
        return verifiers.get(key)(token);
      };
    },
  };
}

// --------------------------------------------------------------------------- node-jose

function nodeJose(library, mode) {
  return {
    capabilities: { algorithms: [...SECRETS, ...RSA, ...EC, ...PSS] },
    isForeseen: (error) => error instanceof Error && !(error instanceof RangeError),
    async create({ providers: [provider], leeway_seconds }) {
      const keystore = await library.JWK.asKeyStore(provider.keys.jwks);
      const algorithms = allowList(mode, provider);
      return async (token) => {
        const { payload } = await library.JWS.createVerify(keystore, algorithms && { algorithms }).verify(token);
        return checkTimes(checkClaims(JSON.parse(payload), provider), leeway_seconds ?? 0);
      };
    },
  };
}

export const LIBRARIES = {
  jsonwebtoken,
  'jwt-simple': jwtSimple,
  'fast-jwt': fastJwt,
  'node-jose': nodeJose,
};
