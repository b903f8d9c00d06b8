// The HTTP half of the graveyard's Node driver: contract version 1 of docs/drivers.md.
//
// What follows `Bearer` is handed to the library whole, whatever characters it has, as most
// applications do: some published defects are reached only by tokens that RFC 6750 has no syntax for.

import { createServer } from 'node:http';

/** A refusal by the application: of claims that the library leaves to it, or for want of a key. */
export class Refused extends Error {
  name = 'Refused';
}

const json = (status, body, headers = {}) => ({ status, body, headers });

function refuse(status, error, error_description) {
  // RFC 6750, section 3, permits neither `"` nor `\` in the header.
  const text = error_description.replaceAll('"', "'").replace(/[^\x20-\x7e]|\\/g, '?').slice(0, 1000);
  const challenge = `Bearer error="${error}", error_description="${text}"`;
  return json(status, { error, error_description }, { 'WWW-Authenticate': challenge });
}

async function present(verify, isForeseen, request) {
  const lines = request.headersDistinct.authorization ?? [];
  if (lines.length > 1) return refuse(400, 'invalid_request', 'more than one Authorization header');
  const [, scheme, credentials] = /^([^ \t]*)(.*)$/.exec(lines[0] ?? '');
  if (scheme.toLowerCase() !== 'bearer') {
    return json(401, { error_description: 'no bearer token' }, { 'WWW-Authenticate': 'Bearer realm="jwtspec"' });
  }
  const token = /^ +([^ \t]+)$/.exec(credentials)?.[1];
  if (!token) return refuse(400, 'invalid_request', 'what follows Bearer is not one token');
  try {
    return json(200, await verify(token));
  } catch (error) {
    const description = `${error?.name}: ${error?.message}`;
    if (error instanceof Refused || isForeseen(error)) return refuse(401, 'invalid_token', description);
    return json(500, { error: 'server_error', error_description: description }); // evidence
  }
}

/** Serves the driver contract until standard input closes. */
export function serve(description, createVerifier, isForeseen) {
  const verifiers = new Map();
  let created = 0;

  async function configure(request) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    try {
      const verify = await createVerifier(JSON.parse(Buffer.concat(chunks)));
      const path = `/verifiers/${++created}`;
      verifiers.set(path, verify);
      return json(201, { path });
    } catch (error) {
      return json(422, { unsupported: `${error.name}: ${error.message}` });
    }
  }

  async function answer(request) {
    const [path] = request.url.split('?');
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (method === 'GET' && path === '/') return json(200, description);
    if (method === 'POST' && path === '/verifiers') return configure(request);
    if (method === 'GET' && verifiers.has(path)) return present(verifiers.get(path), isForeseen, request);
    if (method === 'DELETE' && verifiers.delete(path)) return { status: 204, headers: {} };
    return json(404, { error: 'not_found' });
  }

  const options = { maxHeaderSize: 4 * 1024 * 1024, keepAliveTimeout: 0 };
  const server = createServer(options, async (request, response) => {
    try {
      const { status, body, headers } = await answer(request);
      const text = body && (JSON.stringify(body) ?? '{}');
      const content = text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
      response.writeHead(status, { ...headers, ...content }).end(text);
    } catch (error) { // the caller went away: no reason to take the others down
      console.error('graveyard driver:', error);
      response.destroy();
    }
  });
  server.listen(Number(process.env.JWTSPEC_PORT), '127.0.0.1', 1024);
  process.stdin.on('close', () => process.exit(0)).resume();
  process.on('SIGTERM', () => process.exit(0));
}
