// What the lines under `by-hand` in graveyard.toml need: keys, and tokens good and forged.
'use strict';
const crypto = require('node:crypto');

exports.load = (name) => require('node:module').createRequire(`${process.env.GRAVEYARD_INSTALLED}/`)(name);

const b64 = (data) => Buffer.from(data).toString('base64url');
exports.RSA = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
exports.SECP256K1 = crypto.generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
exports.pem = (pair, type = 'spki') => pair.publicKey.export({ format: 'pem', type });
exports.jwk = (pair) => pair.publicKey.export({ format: 'jwk' });

function signingInput(claims, header) {
  const now = Math.floor(Date.now() / 1000);
  return `${b64(JSON.stringify(header))}.${b64(JSON.stringify({ sub: 'forged', iss: 'good', exp: now + 300, ...claims }))}`;
}

/** HS256 keyed with this text. */
exports.mac = (secret, claims, header) => {
  const content = signingInput(claims, { alg: 'HS256', typ: 'JWT', ...header });
  return `${content}.${crypto.createHmac('sha256', secret).update(content).digest('base64url')}`;
};

/** RS256 or ES256 by this key pair, whatever the header says. */
exports.signed = (pair, claims, header) => {
  const alg = pair === exports.RSA ? 'RS256' : 'ES256';
  const content = signingInput(claims, { alg, typ: 'JWT', ...header });
  const key = { key: pair.privateKey, dsaEncoding: 'ieee-p1363' };
  return `${content}.${crypto.sign('sha256', Buffer.from(content), key).toString('base64url')}`;
};

/** A token without a signature. */
exports.unsigned = (claims, header) => `${signingInput(claims, { alg: 'none', typ: 'JWT', ...header })}.`;
