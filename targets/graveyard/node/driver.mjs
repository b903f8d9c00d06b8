// The graveyard's driver of Node libraries: driver.mjs LIBRARY VERSION KEY-FORM ALLOW-LIST
//
// GRAVEYARD_INSTALLED names the folder into which npm installed the version. A key form that ends in
// `-by-callback` is found by the function that the library asks for the key.

import { createRequire } from 'node:module';
import { FORMS, LIBRARIES } from './libraries.mjs';
import { serve } from './serve.mjs';

const [name, version, key, algorithms] = process.argv.slice(2);
const [form, lookup] = key.split('-by-');
const library = createRequire(`${process.env.GRAVEYARD_INSTALLED}/`)(name);

const { capabilities, isForeseen, create } = LIBRARIES[name](library, { form, lookup, algorithms }, version);
const common = { keys: ['inline'], key_forms: form in FORMS ? [form] : [], providers: 'one' };
const description = { contract: 1, name, version, capabilities: { ...common, ...capabilities } };
serve(description, (trust) => {
  if (trust.providers.length !== 1) throw new Error('one provider');
  return create(trust);
}, isForeseen);
