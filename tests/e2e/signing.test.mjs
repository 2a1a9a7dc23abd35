// Signed requests, checked by the libraries that receivers use and by node's own cryptography, after the Standard Webhooks specification. And the page about them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { Fleethook, Receiver, repository, temporaryFolder, until } from './support/fleethook.mjs';

const secrets = '/v1/orgs/acme/secrets';
const newKey = () => `whsec_${crypto.randomBytes(32).toString('base64')}`;
const verify = (Library, key, { text, headers }) => new Library(key).verify(text, headers);
const refuses = (Library, key, request) => assert.throws(() => verify(Library, key, request), /No matching signature/);

let fleethook, receiver, products;
let status = 200;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(() => ({ status }));
  ({ products } = await fleethook.organization('acme', 2));
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

const put = (name, value) => fleethook.ok('PUT', `${secrets}/${name}`, { value });
const hook = (event, names, more = {}) =>
  fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', event, url: `${receiver.url}/${event}`, json: { text: '{{{text}}}' }, signing: { secrets: names }, product_ids: [products[0].id], ...more,
  });
// The requests that come of one event.
async function sent(event, count = 1, product = products[0], data = { text: 'größer als "das" €' }) {
  receiver.requests.length = 0;
  await fleethook.publish(product.slug, event, JSON.stringify(data));
  await receiver.received(count);
  return receiver.requests;
}

describe('HMAC', () => {
  const keys = { OLD: newKey(), NEW: newKey(), OTHER: newKey() };
  before(async () => {
    for (const [name, key] of Object.entries(keys)) await put(name, key);
  });

  for (const Library of [Webhook, SvixWebhook]) {
    test(`is verified by ${Library === Webhook ? 'standardwebhooks' : 'svix'}, and a changed body, id or time is not`, async () => {
      const event = `hmac${Library === Webhook ? 1 : 2}`;
      await hook(event, ['OLD']);
      const [request] = await sent(event);
      assert.equal(verify(Library, keys.OLD, request).text, 'größer als "das" €');
      refuses(Library, keys.NEW, request);
      refuses(Library, keys.OLD, { ...request, text: request.text.replace('das', 'dies') });
      refuses(Library, keys.OLD, { ...request, headers: { ...request.headers, 'webhook-id': 'another' } });
      const later = String(Number(request.headers['webhook-timestamp']) + 1);
      refuses(Library, keys.OLD, { ...request, headers: { ...request.headers, 'webhook-timestamp': later } });
    });
  }

  test('with two keys is verified with either, so that a key can be changed', async () => {
    const { id } = await hook('rotation', ['OLD']);
    const names = async (...chosen) => {
      await fleethook.ok('PATCH', `/v1/orgs/acme/integrations/${id}`, { signing: { secrets: chosen } });
      return (await sent('rotation'))[0];
    };
    const both = await names('NEW', 'OLD');
    assert.equal(both.headers['webhook-signature'].split(' ').length, 2);
    for (const Library of [Webhook, SvixWebhook]) {
      verify(Library, keys.NEW, both);
      verify(Library, keys.OLD, both);
      refuses(Library, keys.OTHER, both);
    }
    const after_ = await names('NEW');
    verify(Webhook, keys.NEW, after_);
    refuses(Webhook, keys.OLD, after_);
  });

  test('is made anew for each attempt, under one id', async () => {
    await hook('again', ['OLD'], { retryDelays: [1, 1] });
    status = 500;
    const attempts = await sent('again', 2);
    status = 200;
    await receiver.received(3);
    for (const request of attempts) verify(Webhook, keys.OLD, request);
    assert.equal(new Set(attempts.map(({ headers }) => headers['webhook-id'])).size, 1);
    assert.equal(new Set(attempts.map(({ headers }) => headers['webhook-signature'])).size, attempts.length);
  });

  test('stands on requests without a body, on tests, and with the key of one product', async () => {
    const { id } = await hook('ways', ['OLD'], { requestType: 'GET', json: undefined, product_ids: products.map((one) => one.id) });
    const [got] = await sent('ways');
    assert.equal(got.text, '');
    assert.equal(verify(Webhook, keys.OLD, got), undefined);
    await fleethook.ok('PUT', `/v1/orgs/acme/integrations/${id}/products/${products[1].id}/override`, { signing: { secrets: ['OTHER'] } });
    verify(Webhook, keys.OTHER, (await sent('ways', 1, products[1]))[0]);
    verify(Webhook, keys.OLD, (await sent('ways'))[0]);
    receiver.requests.length = 0;
    await fleethook.ok('POST', `/v1/orgs/acme/integrations/${id}/test`, { product: products[0].id });
    verify(Webhook, keys.OLD, (await receiver.received(1))[0]);
  });

  test('is shown as a mask in the preview and the log, and no answer has a key', async () => {
    const { id } = await hook('shown', ['NEW', 'OLD']);
    await sent('shown');
    const at = `/v1/orgs/acme/integrations/${id}`;
    const { previews } = await fleethook.ok('POST', `${at}/preview`, {});
    assert.equal(previews[0].request.headers['webhook-signature'], '[[SENSITIVE]] [[SENSITIVE]]');
    const { integration } = await until('the log', async () => {
      const view = await fleethook.ok('GET', at);
      return view.integration.logs.length > 0 && view;
    });
    const shown = JSON.stringify([integration, previews]);
    assert.match(JSON.stringify(integration.logs), /webhook-signature.*\[\[SENSITIVE\]\] \[\[SENSITIVE\]\]/);
    assert.deepEqual(integration.signing, { secrets: ['NEW', 'OLD'] });
    for (const key of Object.values(keys)) assert.ok(!shown.includes(key.slice(6, 20)));
  });
});

describe('Ed25519', () => {
  // By the rules of the specification alone.
  const verified = (publicKey, { text, headers }) => {
    const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`);
    const [version, signature] = headers['webhook-signature'].split(',');
    assert.equal(version, 'v1a');
    return crypto.verify(null, signed, publicKey, Buffer.from(signature, 'base64'));
  };

  test('is verified with the public key, whether the private one has it behind it or not', async () => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
    const { d, x } = privateKey.export({ format: 'jwk' });
    const [seed, half] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
    await put('SEED', `whsk_${seed.toString('base64')}`);
    await put('WHOLE', `whsk_${Buffer.concat([seed, half]).toString('base64')}`);
    const other = crypto.generateKeyPairSync('ed25519').publicKey;
    for (const name of ['SEED', 'WHOLE']) {
      await hook(`ed/${name}`, [name]);
      const [request] = await sent(`ed/${name}`);
      assert.ok(verified(publicKey, request));
      assert.ok(!verified(other, request));
      assert.ok(!verified(publicKey, { ...request, text: `${request.text} ` }));
    }
  });
});

test('what cannot sign is refused when it is saved, in words that have no part of it', async () => {
  await put('NO_KEY', 'hunter2-is-no-key');
  const refused = async (body, expected) => {
    const answer = await fleethook.request('POST', '/v1/orgs/acme/integrations', { event: 'x', url: receiver.url, product_ids: [products[0].id], ...body });
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body.violations), expected);
    assert.doesNotMatch(JSON.stringify(answer.body), /hunter2/);
  };
  await refused({ signing: { secrets: ['GONE'] } }, /signing\.secrets\.0.*there is no secret GONE/);
  await refused({ signing: { secrets: ['NO_KEY'] } }, /signing\.secrets\.0.*secret NO_KEY is no signing key/);
  await refused({ signing: { secrets: ['OLD'] }, headers: { 'Webhook-Id': '7' } }, /headers\.Webhook-Id.*is set by signing/);
  assert.equal((await fleethook.request('PUT', `${secrets}/OLD`, { value: 'hunter2' })).status, 400);
  assert.equal((await fleethook.request('DELETE', `${secrets}/OLD`)).body.code, 'secret_in_use');
});

test("the receiver of docs/webhooks.md takes what is signed by its key, and nothing else", async () => {
  const folder = temporaryFolder();
  const page = fs.readFileSync(path.join(repository, 'docs/webhooks.md'), 'utf8');
  fs.writeFileSync(path.join(folder, 'receiver.mjs'), /```js\n([^]*?)```/.exec(page)[1]);
  fs.symlinkSync(path.join(repository, 'tests/e2e/node_modules'), path.join(folder, 'node_modules'));
  const port = await new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
  const key = newKey();
  await put('OF_THE_PAGE', key);
  const child = spawn(process.execPath, ['receiver.mjs'], { cwd: folder, env: { ...process.env, SIGNING_KEY: key, PORT: port }, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (text) => (printed += text));
  try {
    await until('the receiver', () => fetch(`http://127.0.0.1:${port}`).then(({ status: refused }) => refused === 401, () => false));
    await hook('page', ['OF_THE_PAGE'], { url: `http://127.0.0.1:${port}/`, json: undefined, body: 'no JSON: {{{text}}}' });
    await fleethook.publish(products[0].slug, 'page', JSON.stringify({ text: 'ü' }));
    await until('what it prints', () => printed.includes('no JSON: ü'));
    assert.equal((await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'forged' })).status, 401);
    assert.ok(!printed.includes('forged'));
  } finally {
    child.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
