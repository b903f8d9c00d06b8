// The jwtspec driver of jose, contract version 1.
//
// It is the application that jose's documentation describes, and no more: each
// token goes to jwtVerify, and what jose says goes into the answer. README.md
// lists the few things that the driver has to decide itself.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import {
  compactDecrypt, createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, importJWK, jwtVerify,
} from 'jose';

const CAPABILITIES = {
  contract: 1,
  name: 'jose',
  version: createRequire(import.meta.url)('jose/package.json').version,
  capabilities: {
    keys: ['discovery', 'jwks-uri', 'inline'],
    // jose also knows ML-DSA, which Node has only since 24.7: left out.
    algorithms: [
      'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
      'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'HS256', 'HS384', 'HS512',
    ],
    decrypts: ['RSA-OAEP-256', 'ECDH-ES'],
    large_headers: true, // see maxHeaderSize below
    providers: 'many',
    driver_answers: true, // jose knows no HTTP
    typ: true,
    required_claims: true,
    clock: true,
    tls: true, // by NODE_EXTRA_CA_CERTS, which Node reads when it starts
    cache_age: 'configurable',
    cooldown: 'configurable',
  },
};

/** How long an issuer may take: less than jose's 5 seconds, so that the caller sees the answer. */
const ISSUER_TIMEOUT = 3000;

/** How long a discovery document may be, in octets. */
const MAX_DOCUMENT = 1024 * 1024;

// ------------------------------------------------------------------- the clock

/**
 * The time that a request wants it to be, in milliseconds. Where jose lets it
 * be told, it is told (`currentDate`); createRemoteJWKSet takes the age of its
 * keys from Date.now(), so that has to be told here. Each request and all that
 * it awaits has a time of its own; outside requests it is the system's.
 */
const timeOfRequest = new AsyncLocalStorage();
const systemTime = Date.now;
Date.now = () => timeOfRequest.getStore() ?? systemTime();

// ---------------------------------------------------------------- the verifier

/** A complaint of the driver's own, told from jose's by its prefix. */
class DriverError extends Error {
  name = 'driver';
}

/** From a trust to `async (token) => claims`. What it throws becomes a 422. */
function createVerifier({ decryption_keys: keys = [], ...trust }) {
  const verify = createSignatureVerifier(trust);
  return keys.length ? createDecrypter(keys, verify) : verify;
}

/**
 * jose verifies and decrypts, and leaves it to the application to do both: a
 * token of five segments is decrypted, and what comes out is verified.
 */
function createDecrypter(keys, verify) {
  const keyManagementAlgorithms = keys.map(({ alg }) => alg);
  return async (token) => {
    if (token.split('.').length !== 5) return verify(token);
    const { kid, alg } = decodeProtectedHeader(token); // only chooses the key
    const key = keys.find((one) => one.kid === kid && one.alg === alg);
    if (!key) throw new DriverError('no key decrypts the token');
    const { plaintext } = await compactDecrypt(token, await importJWK(key), { keyManagementAlgorithms });
    return verify(new TextDecoder().decode(plaintext));
  };
}

function createSignatureVerifier({ providers, leeway_seconds, cache }) {
  const verifiers = new Map();
  for (const provider of providers) {
    if (verifiers.has(provider.issuer)) throw new DriverError('several providers with the same issuer');
    const keys = createKeySource(provider, cache);
    const options = {
      issuer: provider.issuer,
      audience: provider.audiences?.length ? provider.audiences : undefined,
      algorithms: provider.algorithms ?? undefined,
      clockTolerance: leeway_seconds ?? undefined,
      typ: provider.typ ?? undefined,
      requiredClaims: provider.required_claims ?? undefined,
    };
    verifiers.set(provider.issuer, async (token) => {
      const time = timeOfRequest.getStore();
      const currentDate = time === undefined ? undefined : new Date(time);
      return (await jwtVerify(token, keys, { ...options, currentDate })).payload;
    });
  }

  // With one provider there is nothing to choose: jose judges `iss` itself.
  if (verifiers.size === 1) return verifiers.values().next().value;

  return async (token) => {
    const { iss } = decodeJwt(token); // not verified yet: it only chooses who verifies
    if (iss === undefined) throw new DriverError('the token has no issuer to choose a provider by');
    const verify = verifiers.get(iss);
    if (!verify) throw new DriverError('no provider has the issuer of the token');
    return verify(token);
  };
}

/** The second argument of jwtVerify: how the keys of a provider are found. */
function createKeySource({ issuer, keys }, cache) {
  const options = { timeoutDuration: ISSUER_TIMEOUT };
  if (cache?.max_age_seconds != null) options.cacheMaxAge = cache.max_age_seconds * 1000;
  if (cache?.cooldown_seconds != null) options.cooldownDuration = cache.cooldown_seconds * 1000;

  if (keys.jwks) return createInlineKeys(keys.jwks);
  if (keys.jwks_uri) return createRemoteJWKSet(new URL(keys.jwks_uri), options);
  if (keys.discovery) return createDiscoveredKeys(issuer, options);
  throw new DriverError(`no such source of keys: ${Object.keys(keys)}`);
}

/**
 * A JWK Set holds public keys only, for jose: a shared secret is given to
 * jwtVerify as it is. So "oct" keys are chosen here, by the rule that
 * createLocalJWKSet has for the others.
 */
function createInlineKeys(jwks) {
  const isSecret = (key) => key?.kty === 'oct';
  if (!Array.isArray(jwks.keys) || !jwks.keys.some(isSecret)) return createLocalJWKSet(jwks);

  const secrets = jwks.keys.filter(isSecret);
  const publicKeys = createLocalJWKSet({ keys: jwks.keys.filter((key) => !isSecret(key)) });
  return (header, token) => {
    if (!header.alg.startsWith('HS')) return publicKeys(header, token);
    const matching = secrets.filter(
      ({ kid, alg = header.alg }) => alg === header.alg && (header.kid === undefined || kid === header.kid),
    );
    if (matching.length === 0) throw new errors.JWKSNoMatchingKey();
    if (matching.length > 1) throw new errors.JWKSMultipleMatchingKeys();
    return matching[0];
  };
}

/** Discovery is not jose's: the first token that needs a key makes the driver do it, once. */
function createDiscoveredKeys(issuer, options) {
  let remote;
  return async (header, token) => {
    remote ??= discoverJwksUri(issuer)
      .then((url) => createRemoteJWKSet(url, options))
      .catch((error) => {
        remote = undefined; // a failure is not remembered
        throw error;
      });
    return (await remote)(header, token);
  };
}

async function discoverJwksUri(issuer) {
  try {
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ISSUER_TIMEOUT),
    });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const document = await readJson(response);
    if (document?.issuer !== issuer) throw new Error('the document does not name this issuer');
    if (typeof document.jwks_uri !== 'string') throw new Error('no jwks_uri');
    const url = new URL(document.jwks_uri);
    // No data:, and no plain http for an issuer that has https.
    if (!['https:', new URL(issuer).protocol].includes(url.protocol) || url.username || url.password) {
      throw new Error('jwks_uri is not fit for use');
    }
    return url;
  } catch (error) {
    throw new DriverError(`discovery failed: ${error.message}`, { cause: error });
  }
}

async function readJson(response) {
  const chunks = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_DOCUMENT) throw new Error('the document is too long');
    chunks.push(chunk);
  }
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
}

// ------------------------------------------------------------------ the answers

/** jose's own name for what went wrong, its message, and the claim it names. */
function describe(error) {
  const name = error instanceof errors.JOSEError ? error.code : error.name;
  const claim = error.claim ? ` (${error.claim} ${error.reason})` : '';
  return `${name}: ${error.message}${claim}`;
}

/**
 * What an application must foresee: jose's errors, and what fetch() throws when
 * it reaches nobody, which createRemoteJWKSet passes on as it is. Anything else
 * is a surprise, and is shown as one: 500.
 */
function isForeseen(error) {
  return error instanceof errors.JOSEError
    || error instanceof DriverError
    || (error instanceof TypeError && error.message === 'fetch failed');
}

const json = (status, body, headers = {}) => ({ status, body, headers });

function refuse(status, error, error_description) {
  // RFC 6750, section 3, permits neither `"` nor `\` here. The body has the text
  // unchanged; a header grown by a token that names itself at length helps nobody.
  const text = error_description.replaceAll('"', "'").replace(/[^\x20-\x7e]|\\/g, '?').slice(0, 1000);
  const challenge = `Bearer error="${error}", error_description="${text}"`;
  return json(status, { error, error_description }, { 'WWW-Authenticate': challenge });
}

async function present(verify, request) {
  const lines = request.headersDistinct.authorization ?? [];
  if (lines.length > 1) return refuse(400, 'invalid_request', 'more than one Authorization header');

  const [, scheme, credentials] = /^([^ \t]*)(.*)$/.exec(lines[0] ?? '');
  if (scheme.toLowerCase() !== 'bearer') {
    const error_description = 'no bearer token in the Authorization header';
    return json(401, { error_description }, { 'WWW-Authenticate': 'Bearer realm="jwtspec"' });
  }
  const token = /^ +([A-Za-z0-9\-._~+/]+=*)$/.exec(credentials)?.[1];
  if (!token) return refuse(400, 'invalid_request', 'what follows Bearer is not one token');

  const time = request.headers['jwtspec-time'];
  if (time !== undefined && !/^\d+(\.\d+)?$/.test(time)) {
    return json(500, { error: 'server_error', error_description: 'driver: Jwtspec-Time is not a number of seconds' });
  }
  const milliseconds = time === undefined ? undefined : Math.round(Number(time) * 1000);
  try {
    return json(200, await timeOfRequest.run(milliseconds, () => verify(token)));
  } catch (error) {
    if (isForeseen(error)) return refuse(401, 'invalid_token', describe(error));
    return json(500, { error: 'server_error', error_description: describe(error) });
  }
}

const verifiers = new Map();
let created = 0;

async function configure(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let trust;
  try {
    trust = JSON.parse(Buffer.concat(chunks));
  } catch (error) {
    return json(400, { error: 'invalid_request', error_description: `the trust is not JSON: ${error.message}` });
  }
  try {
    const verify = createVerifier(trust);
    const path = `/verifiers/${++created}`;
    verifiers.set(path, verify);
    return json(201, { path });
  } catch (error) {
    return json(422, { unsupported: describe(error) });
  }
}

async function answer(request) {
  const [path] = request.url.split('?'); // a token in the query is not taken
  const method = request.method === 'HEAD' ? 'GET' : request.method; // Node leaves out the body
  if (method === 'GET' && path === '/') return json(200, CAPABILITIES);
  if (method === 'POST' && path === '/verifiers') return configure(request);
  if (method === 'GET' && verifiers.has(path)) return present(verifiers.get(path), request);
  if (method === 'DELETE' && verifiers.delete(path)) return { status: 204, headers: {} };
  return json(404, { error: 'not_found', error_description: `nothing at ${request.method} ${path}` });
}

/** JSON that every reader takes, whatever claims a token holds. */
function stringify(body) {
  try {
    // JSON.stringify keeps half a surrogate pair as an escape, which strict readers refuse.
    return JSON.stringify(body).replace(/\\\\|\\ud[89a-f]../g, (escape) => (escape === '\\\\' ? escape : '\ufffd'));
  } catch (error) {
    if (error instanceof RangeError) return '{}'; // nested too deep to print: the verdict stands
    throw error;
  }
}

// ------------------------------------------------------------------- the server

const options = {
  maxHeaderSize: 4 * 1024 * 1024, // a huge token is jose's to judge, not Node's
  keepAliveTimeout: 0, // never close an idle connection: just then it may be used again
};
const server = createServer(options, async (request, response) => {
  try {
    const { status, body, headers } = await answer(request);
    const text = body && stringify(body);
    const content = text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
    response.writeHead(status, { ...headers, ...content }).end(text);
  } catch (error) { // the caller went away, or a mistake in this file: no reason to take the others down
    console.error('jose driver:', error);
    response.destroy();
  }
});

const port = Number(process.env.JWTSPEC_PORT);
server.on('error', (error) => {
  console.error(`jose driver: cannot listen on 127.0.0.1:${port}: ${error.message}`);
  process.exit(1);
});
if (!port) {
  console.error('jose driver: set JWTSPEC_PORT to the port to listen on');
  process.exit(1);
}
server.listen(port, '127.0.0.1', 1024);

// Standard input ends with the harness, however that ended: do not outlive it.
process.stdin.on('close', () => process.exit(0)).resume();
process.on('SIGTERM', () => process.exit(0));
