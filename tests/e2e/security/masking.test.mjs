// A receiver that sends a secret back, however it writes it, tells it to nobody: not in the log, not on streams, not in a test.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from '../support/fleethook.mjs';

const secret = 'Sesame/Open "0123"';
const hex = (text) => Buffer.from(text).toString('hex');
const base64 = (text) => Buffer.from(text).toString('base64');
const percent = (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const entities = (text) => [...text].map((c) => `&#${c.charCodeAt(0)};`).join('');
const unicode = (text) => [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const json = (text) => JSON.stringify(text).slice(1, -1);

const forms = {
  'as it is': secret,
  'in capitals': secret.toUpperCase(),
  'in hex': hex(secret),
  'in hex, in capitals': hex(secret).toUpperCase(),
  'in bytes of C': [...Buffer.from(secret)].map((byte) => `\\x${byte.toString(16)}`).join(''),
  'percent-encoded': percent(secret),
  'percent-encoded three times': encodeURIComponent(encodeURIComponent(percent(secret))),
  'as a form': new URLSearchParams({ k: secret }).toString(),
  'as JSON in JSON in JSON': json(json(json(secret))),
  'as JSON, all escaped, percent-encoded': percent(unicode(secret)),
  'as entities': entities(secret),
  'as entities in JSON, percent-encoded': encodeURIComponent(json(entities(secret))),
  'in Base64': base64(secret),
  'in Base64, between others': base64(`a user:${secret}!`),
  'in Base64 for URLs': Buffer.from(`>>>???${secret}`).toString('base64url'),
  'in Base64 of Base64': base64(`x=${base64(secret)}`),
  'in Base64 of hex': base64(hex(secret)),
  'in Base64 of JSON': base64(JSON.stringify({ k: secret })),
  'as Basic, percent-encoded': encodeURIComponent(`Basic ${base64(`:${secret}`)}`),
};

let fleethook, receiver, product, stream;
const answers = new Map();
before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => answers.get(request.url) ?? { status: 200 });
  product = (await fleethook.organization('masks', 1)).products[0];
  await fleethook.ok('POST', '/v1/orgs/masks/secrets', { name: 'KEY', value: secret });
  await fleethook.ok('POST', '/v1/orgs/masks/secrets', { name: 'LETTER', value: 'a' });
  stream = await Stream.open(fleethook, `/v1/products/${product.id}/events`);
});
after(async () => {
  stream?.close();
  await receiver?.close();
  await fleethook?.close();
});

const at = '/v1/orgs/masks/integrations';
const hook = (path, more = {}) =>
  fleethook.ok('POST', at, {
    integration_type: 'Webhook',
    product_ids: [product.id],
    event: path,
    url: `${receiver.url}/${path}`,
    headers: { 'X-Key': '{{{KEY}}}' },
    secrets: ['KEY'],
    responseTopic: `answer-${path}`,
    unchunked: true,
    ...more,
  });
describe('a secret that a receiver sends back', () => {
  let index = 0;
  for (const [how, text] of Object.entries(forms)) {
    test(`${how} is hidden`, async () => {
      const path = `echo-${index++}-`;
      answers.set(`/${path}`, { headers: { 'content-type': 'text/plain' }, body: `before (${text}) behind` });
      const { id } = await hook(path);
      const tried = await fleethook.ok('POST', `${at}/${id}/test`, {});
      await fleethook.publish(product.id, path, 'x');
      const told = await stream.named(`answer-${path}`);
      const shown = [tried.data, told.data];
      for (const one of shown) {
        assert.match(one, /^before \(.*\[\[SENSITIVE\]\].*\) behind$/s);
        assert.ok(!one.includes(text), one);
        assert.ok(one.replaceAll('[[SENSITIVE]]', '').length <= 'before () behind'.length + 8, one);
      }
      const { integration } = await until('the log', async () => {
        const detail = await fleethook.ok('GET', `${at}/${id}`);
        return detail.integration.logs.length > 0 && detail;
      });
      assert.ok(!JSON.stringify(integration.logs).includes(JSON.stringify(text).slice(1, -1)), JSON.stringify(integration.logs[0]));
    });
  }

  test('has no part in what is left of a text that is full of it', async () => {
    answers.set('/full-', { headers: { 'content-type': 'text/plain' }, body: 'ab'.repeat(500_000) });
    const { id } = await hook('full-', { headers: { 'X-Key': '{{{LETTER}}}' }, secrets: ['LETTER'] });
    const began = performance.now();
    const tried = await fleethook.ok('POST', `${at}/${id}/test`, {});
    assert.equal(tried.data, '[[SENSITIVE]]');
    assert.ok(performance.now() - began < 5000);
  });

  test('is not looked for in pictures: they are not kept, and the log says so', async () => {
    answers.set('/picture-', { headers: { 'content-type': 'image/png' }, body: Buffer.from([0x89, 0x50, 0xff, 0xfe, ...Buffer.from(secret)]) });
    const { id } = await hook('picture-', { responseTopic: 'picture' });
    const tried = await fleethook.ok('POST', `${at}/${id}/test`, {});
    const why = 'the body of the answer is not kept: it is not text, so that secrets in it could not be found';
    assert.deepEqual([tried.pass, tried.data, tried.notes], [true, null, [why]]);
    const { integration } = await until('the log', async () => {
      const detail = await fleethook.ok('GET', `${at}/${id}`);
      return detail.integration.logs.length > 0 && detail;
    });
    assert.ok(JSON.stringify(integration.logs[0]).includes(why), JSON.stringify(integration.logs[0]));
    assert.ok(!JSON.stringify(integration.logs[0]).includes('Sesame'));
  });
});
