// A copy of the data folder without the key file shows no literal credential of an integration, however it came there: in a configuration, an older version, an
// override, a version that is tried, a copy, the audit log; and neither does one that an earlier version left, once it was opened.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, run, until } from '../support/fleethook.mjs';

const word = 'cr3dential';
const org = '/v1/orgs/acme';
let fleethook, receiver, products, id;

const filesWith = (text) => fs.readdirSync(fleethook.data).filter((file) => fs.readFileSync(path.join(fleethook.data, file)).includes(text));

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start();
  products = (await fleethook.organization('acme', 3)).products;
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

describe('a literal credential of an integration', () => {
  test('is in no file of the data folder, while the server runs and after it', async () => {
    const settings = { integration_type: 'Webhook', event: 'temp', url: `${receiver.url}/in`, product_ids: products.map((one) => one.id) };
    ({ id } = await fleethook.ok('POST', `${org}/integrations`, { ...settings, headers: { 'X-Api-Key': `${word}-of-before` } }));
    const at = `${org}/integrations/${id}`;
    await fleethook.ok('PATCH', at, { headers: { 'X-Api-Key': `${word}-of-now` }, auth: { username: 'someone', password: `${word}-password` }, query: { token: `${word}-token` } });
    await fleethook.ok('PUT', `${at}/products/${products[0].id}/override`, { auth: { bearer: `${word}-of-one` } });
    await fleethook.ok('POST', `/v1/products/${products[2].id}/integrations/${id}/separate`, { headers: { 'X-Api-Key': `${word}-of-a-copy` } });
    await fleethook.ok('POST', `${at}/stage`, { settings: { body: `{"key": "${word}-that-is-tried"}` }, product_ids: [products[1].id] });
    await fleethook.publish(products[0].slug, 'temp', '{}');
    await until('a delivery in the log', async () => (await fleethook.ok('GET', at)).integration.logs.length > 0);
    assert.equal(receiver.requests[0].headers.authorization, `Bearer ${word}-of-one`);
    assert.notDeepEqual(filesWith('acme product 1'), [], 'the files are looked at while they are there');
    assert.deepEqual(filesWith(word), []);
    await fleethook.restart();
    assert.deepEqual(filesWith(word), []);
    const kept = JSON.stringify([await fleethook.ok('GET', at), await fleethook.ok('GET', `${at}/versions`), await fleethook.ok('GET', `${at}/versions/1`), await fleethook.ok('GET', `${org}/audit`)]);
    for (const one of ['of-before', 'of-now', 'password', 'token', 'of-one', 'of-a-copy', 'that-is-tried']) assert.ok(kept.includes(`${word}-${one}`), one);
  });

  test('opens after a rotation with the new key only, and without a key file nothing starts', async () => {
    const key = path.join(fleethook.data, 'master.key');
    assert.equal(await fleethook.kill('SIGTERM'), 0);
    const old = fs.readFileSync(key);
    const rotated = run(['rotate-key', '--data', fleethook.data]);
    assert.deepEqual([rotated.status, rotated.stderr], [0, '']);
    assert.match(rotated.stdout, /0 secrets sealed again, and [1-9]\d* rows of configurations and changes/);
    const fresh = fs.readFileSync(key);
    fs.writeFileSync(key, old);
    const wrong = run(['serve', '--data', fleethook.data, '--listen', '127.0.0.1:0']);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /cannot be opened.*belongs to this data/);
    fs.rmSync(key);
    const missing = run(['serve', '--data', fleethook.data, '--listen', '127.0.0.1:0']);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /configurations of integrations are sealed with it.*--master-key-file/);
    assert.equal(fs.existsSync(key), false);
    fs.writeFileSync(key, fresh);
    await fleethook.spawn();
    assert.ok(JSON.stringify(await fleethook.ok('GET', `${org}/integrations/${id}`)).includes(`${word}-of-now`));
    assert.deepEqual(filesWith(word), []);
  });
});
