// Starts and ends what the test needs: an issuer of jwtspec, and the backend that trusts it.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const built = (name) => fileURLToPath(new URL(`../../../target/debug/${name}`, import.meta.url));
const JWTSPEC = process.env.JWTSPEC ?? built('jwtspec');
const CONVEX_STYLE = process.env.CONVEX_STYLE ?? built('convex-style');

/** What the application is called in `aud`. */
export const AUDIENCE = 'my-app';

/** A process whose output is read line by line until `wanted` finds what it looks for. */
async function start(program, args, wanted) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const stop = async () => {
    child.kill();
    await ended;
  };
  let errors = '';
  child.stderr.on('data', (data) => (errors += data));
  const found = new Promise((resolve, reject) => {
    child.on('error', reject);
    createInterface(child.stdout).on('line', (line) => {
      const value = wanted(line);
      if (value !== undefined) resolve(value);
    });
    ended.then((status) => reject(new Error(`${program} ended (${status}): ${errors}`)));
  });
  return { found: await found, stop };
}

/**
 * An issuer of jwtspec. It prints one token when it starts, so that each further token is of one
 * that starts anew, in the same place and with the same key.
 */
export class Issuer {
  #port = 0;
  #count = 0;
  #running;
  /** The call before: there is one place, so calls take turns. */
  #turn = Promise.resolve();
  /** Its identifier, once it has minted a token. */
  identifier;

  /** A token that no other call returns; `recipe` says what else is special about it. */
  token(recipe = '') {
    const minted = this.#turn.then(() => this.#mint(recipe));
    this.#turn = minted.catch(() => {});
    return minted;
  }

  async #mint(recipe) {
    await this.#running?.stop();
    this.#count += 1;
    const args = ['issuer', '--port', String(this.#port), '--audience', AUDIENCE];
    args.push('--recipe', `claims.count = ${this.#count}\n${recipe}`);
    this.#running = await start(JWTSPEC, args, (line) => {
      const [, identifier] = /^issuer +(\S+)$/.exec(line) ?? [];
      if (identifier) this.identifier = identifier;
      return /^eyJ\S+$/.test(line) ? line : undefined;
    });
    this.#port = Number(new URL(this.identifier).port);
    return this.#running.found;
  }

  async stop() {
    await this.#turn;
    await this.#running?.stop();
  }
}

/** A backend that trusts one issuer. */
export async function startBackend(issuer) {
  const folder = await mkdtemp(join(tmpdir(), 'convex-style-'));
  const config = join(folder, 'auth.config.json');
  const providers = [{ domain: issuer.identifier, applicationID: AUDIENCE }];
  await writeFile(config, JSON.stringify({ providers }));
  const args = ['--config', config, '--allow-loopback'];
  const url = (line) => /^listening on (\S+)$/.exec(line)?.[1];
  const { found, stop } = await start(CONVEX_STYLE, args, url);
  return {
    url: found,
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}
