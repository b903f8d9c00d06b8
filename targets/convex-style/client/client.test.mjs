// The `convex` client of npm, unmodified, signs in, refreshes and signs out.
//
// Nothing here depends on how fast things go: it waits for what must happen, up to a limit that is
// far away.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, test } from 'node:test';

import { ConvexClient } from 'convex/browser';
import { makeFunctionReference } from 'convex/server';

import { Issuer, startBackend } from './backend.mjs';

const whoami = makeFunctionReference('whoami');
const LIMIT = { timeout: 90_000 };

const issuer = new Issuer();
let backend;

before(async () => {
  await issuer.token();
  backend = await startBackend(issuer);
});

after(async () => {
  await backend?.stop();
  await issuer.stop();
});

/** A client that notes what happens to it. */
class Watched extends EventEmitter {
  /** What `whoami` said, in order. */
  identities = [];
  /** Whether it counted as signed in, each time that this changed. */
  changes = [];
  /** What its log calls errors. */
  errors = [];
  /** The `forceRefreshToken` of each call of the source. */
  fetches = [];

  /** Where `signal` aborts, as the time is up, nothing waits any longer. */
  constructor(options, signal) {
    super();
    this.signal = signal;
    this.client = new ConvexClient(backend.url, { logger: this.#logger(), ...options });
    this.client.onUpdate(whoami, {}, (identity) => this.#note(this.identities, identity));
  }

  #logger() {
    const ignore = () => {};
    return {
      logVerbose: ignore,
      log: ignore,
      warn: ignore,
      error: (...words) => this.#note(this.errors, words.join(' ')),
    };
  }

  #note(list, value) {
    list.push(value);
    this.emit('note');
  }

  setAuth(source) {
    const fetchToken = async ({ forceRefreshToken }) => {
      const token = await source(forceRefreshToken);
      this.#note(this.fetches, forceRefreshToken);
      return token;
    };
    this.client.setAuth(fetchToken, (signedIn) => this.#note(this.changes, signedIn));
  }

  async until(condition) {
    while (!condition(this)) await once(this, 'note', { signal: this.signal });
  }

  get subject() {
    return this.identities.at(-1)?.subject;
  }
}

/** Runs `use` with a client, and closes it. */
async function withClient(options, signal, use) {
  const watched = new Watched(options, signal);
  try {
    await use(watched);
  } finally {
    await watched.client.close();
  }
}

test('signs in, is known to a query, and signs out', LIMIT, ({ signal }) =>
  withClient({}, signal, async (watched) => {
    await watched.until(() => watched.identities.length > 0);
    assert.equal(watched.identities[0], null, 'nobody is signed in yet');

    watched.setAuth(() => issuer.token());
    await watched.until(() => watched.subject === 'user-1' && watched.changes.length > 0);
    assert.equal(watched.changes[0], true);
    const identity = watched.identities.at(-1);
    assert.equal(identity.issuer, issuer.identifier);
    assert.equal(identity.tokenIdentifier, `${issuer.identifier}|user-1`);
    // A token that may be from a cache is followed by one that is surely fresh.
    await watched.until(() => watched.fetches.length >= 2);
    assert.deepEqual(watched.fetches.slice(0, 2), [false, true]);

    // What the React client's own clearAuth() calls.
    watched.client.client.clearAuth();
    await watched.until(() => watched.identities.at(-1) === null);
    assert.ok(!watched.client.client.hasAuth());
    assert.deepEqual(watched.errors, []);
  }));

test('refreshes before a token ends, and stays signed in', LIMIT, ({ signal }) =>
  // Of a token's twenty seconds the client leaves seventeen unused: a slow machine has these.
  withClient({ authRefreshTokenLeewaySeconds: 17 }, signal, async (watched) => {
    watched.setAuth(() => issuer.token('claims.exp = "@now+20s"'));
    // One that may be from a cache, one fresh, and two that the client asks for by its schedule.
    const counts = () => new Set(watched.identities.map((it) => it?.count).filter(Boolean));
    await watched.until(() => counts().size >= 4);
    assert.deepEqual(watched.fetches.slice(0, 4), [false, true, true, true]);
    assert.ok(watched.changes.every((signedIn) => signedIn), 'it was signed out meanwhile');
    assert.deepEqual(watched.errors, []);
  }));

test('a source that has no fresh token signs out', LIMIT, ({ signal }) =>
  withClient({}, signal, async (watched) => {
    watched.setAuth((forced) => (forced ? null : issuer.token()));
    await watched.until(() => watched.changes.includes(false));
    await watched.until(() => watched.identities.at(-1) === null);
    assert.deepEqual(watched.fetches, [false, true]);
    assert.deepEqual(watched.errors, []);
  }));

test('another identity takes over an open connection', LIMIT, ({ signal }) =>
  withClient({}, signal, async (watched) => {
    watched.setAuth(() => issuer.token('claims.sub = "ada"'));
    await watched.until(() => watched.subject === 'ada');
    watched.setAuth(() => issuer.token('claims.sub = "bob"'));
    await watched.until(() => watched.subject === 'bob');
    assert.equal(watched.client.client.connectionState().connectionCount, 1);
  }));

test('a refused token is followed by a fresh one that is taken', LIMIT, ({ signal }) =>
  withClient({}, signal, async (watched) => {
    const expired = 'claims.iat = "@now-10m"\nclaims.exp = "@now-5m"';
    watched.setAuth((forced) => issuer.token(forced ? '' : expired));
    await watched.until(() => watched.subject === 'user-1' && watched.changes.length > 0);
    assert.deepEqual(watched.fetches.slice(0, 2), [false, true]);
    assert.ok(watched.changes.every((signedIn) => signedIn));
    assert.deepEqual(watched.errors, []);
  }));

test('a source that ignores forceRefreshToken is signed out after a refused token', LIMIT, ({ signal }) =>
  withClient({}, signal, async (watched) => {
    const refused = await issuer.token('signature = ["flip(-9)"]');
    watched.setAuth(async () => refused);
    await watched.until(() => watched.changes.length > 0);
    assert.deepEqual(watched.changes, [false]);
    // The same token again counts as none, and it does not ask a third time.
    assert.deepEqual(watched.fetches, [false, true]);
    assert.ok(!watched.client.client.hasAuth());
  }));

test('a source that ignores forceRefreshToken is signed out when its token ends', LIMIT, ({ signal }) =>
  withClient({}, signal, async (watched) => {
    const kept = await issuer.token('claims.exp = "@now+12s"');
    watched.setAuth(async () => kept);
    await watched.until(() => watched.changes.includes(false));
    assert.deepEqual(watched.changes, [true, false]);
    assert.ok(watched.fetches.slice(1).every((forced) => forced));
    await watched.until(() => watched.identities.at(-1) === null);
  }));

test('fresh tokens that are refused again and again end with the sign-out message', LIMIT, ({ signal }) =>
  withClient({}, signal, async (watched) => {
    watched.setAuth(() => issuer.token('claims.aud = "another-app"'));
    await watched.until(() => watched.changes.length > 0);
    assert.deepEqual(watched.changes, [false]);
    const [said] = watched.errors.slice(-1);
    assert.match(said, /^Failed to authenticate: "No auth provider found matching the given token/);
    assert.match(said, /, check your server auth config$/);
  }));
