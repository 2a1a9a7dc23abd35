// A data folder outlives the binary that made it: opening it again, by another process, keeps everything, and so does opening one that an
// earlier version left (data/).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Fleethook, Receiver, repository, run, temporaryFolder, until } from './support/fleethook.mjs';

test('opening a data folder again keeps users, tokens, products, devices, integrations, counters, logs and what waits', async () => {
  let refuse = true;
  const receiver = await Receiver.start((request) => ({ status: request.url === '/later' && refuse ? 500 : 200, body: 'ok' }));
  const fleethook = await Fleethook.start();
  try {
    const { products } = await fleethook.organization('kept', 2);
    const ids = products.map((product) => product.id);
    const device = 'e00fce680000000000000001';
    await fleethook.ok('POST', `/v1/products/${ids[0]}/devices`, { ids: [device], claim_user: 'admin@example.com' });
    await fleethook.ok('POST', '/v1/users', { username: 'ada@example.com', password: 'long enough' });
    const settings = { event: 'kept', url: `${receiver.url}/now`, json: { a: '{{{x}}}', ü: [1, null, 1.5] }, headers: { 'X-A': '1' }, responseTopic: 'r', product_ids: ids, name: 'Näme' };
    const { id } = await fleethook.ok('POST', '/v1/orgs/kept/integrations', { integration_type: 'Webhook', ...settings });
    await fleethook.ok('POST', `/v1/products/${ids[1]}/webhooks`, { event: 'later', url: `${receiver.url}/later` });
    await fleethook.publish(ids[0], 'kept', '{"x":"1"}');
    await fleethook.publish(ids[1], 'later', '1');
    const target = `/v1/orgs/kept/integrations/${id}`;
    await until('the counter', async () => (await fleethook.ok('GET', target)).integration.todayCounters.success === 1);
    await until('the retry on disk', async () => (await fleethook.metric('fleethook_queue_retry_deliveries')) === 1);

    const paths = [target, '/v1/orgs', '/v1/orgs/kept', '/v1/orgs/kept/products', '/v1/orgs/kept/integrations', `/v1/products/${ids[0]}/devices`, '/v1/devices', '/v1/user'];
    // The address of the server is in some answers, and is another one each time.
    const everything = async () => JSON.parse(JSON.stringify(await Promise.all(paths.map((one) => fleethook.ok('GET', one)))).replaceAll(fleethook.url, 'URL'));
    // The integration whose delivery waits may meanwhile have tried again: its errors are not compared.
    const before = await everything();
    await fleethook.restart();
    assert.deepEqual(await everything(), before);
    assert.equal(await fleethook.kill('SIGTERM'), 0);
    const checked = run(['doctor', '--data', fleethook.data]);
    assert.equal(checked.status, 0, checked.stdout);
    await fleethook.spawn();
    assert.deepEqual(await everything(), before);

    refuse = false;
    await until('the waiting delivery', () => receiver.requests.filter((request) => request.url === '/later').length >= 2);
    await fleethook.publish(ids[1], 'kept', '{"x":"2"}');
    await until('both counted', async () => (await fleethook.ok('GET', target)).integration.todayCounters.success === 2);
    const form = new URLSearchParams({ grant_type: 'password', username: 'ada@example.com', password: 'long enough' }).toString();
    await fleethook.ok('POST', '/oauth/token', form, { 'content-type': 'application/x-www-form-urlencoded' });
  } finally {
    await receiver.close();
    await fleethook.close();
  }
});

const sqlite = spawnSync('sqlite3', ['--version']).status === 0;
test('the folder says which version wrote it, and opening it again does not raise the number', { skip: !sqlite && 'needs the sqlite3 command' }, async () => {
  const fleethook = await Fleethook.start();
  try {
    const versions = () => spawnSync('sqlite3', [path.join(fleethook.data, 'fleethook.db'), 'SELECT part, version FROM schema_version ORDER BY part'], { encoding: 'utf8' }).stdout;
    const before = versions();
    assert.match(before, /^idempotency\|[1-9]\d*\nqueue\|[1-9]\d*\nsealed\|1\nstore\|[1-9]\d*\n$/);
    await fleethook.restart();
    assert.equal(versions(), before);
  } finally {
    await fleethook.close();
  }
});

test('a folder from before products could be separated opens, keeps its numbers, and can do all that is new', { skip: !sqlite && 'needs the sqlite3 command' }, async () => {
  const receiver = await Receiver.start();
  const data = path.join(temporaryFolder(), 'data');
  fs.mkdirSync(data, { mode: 0o700 });
  const file = path.join(data, 'fleethook.db');
  // It was written on one day, and is opened on another: its counters are moved to today.
  const dump = fs.readFileSync(path.join(repository, 'tests/e2e/data/before_sharing.sql'), 'utf8').replaceAll('http://receiver.invalid', receiver.url);
  const made = spawnSync('sqlite3', [file], { input: `${dump}\nUPDATE counters SET day = ${Math.floor(Date.now() / 86400000)};`, encoding: 'utf8' });
  assert.deepEqual([made.status, made.stderr], [0, '']);
  const fleethook = await Fleethook.start({ data, credentials: { access_token: '7184cbf869227039aebe71844fcd27ddb74ca094' } });
  try {
    const [a, b] = [10001, 10002];
    const at = '/v1/orgs/acme/integrations/6b05b0146659ff35e73a5917';
    const view = async () => (await fleethook.ok('GET', at)).integration;
    const old = await view();
    assert.deepEqual([old.version, old.name, old.shared, old.product_ids, old.todayCounters], [1, 'Näme', true, [a, b], { success: 5, error: 0, sleep: 0, cancelled: 0 }]);
    assert.deepEqual(old.products.map((one) => [one.id, one.todayCounters.success, one.effective.version]), [[a, 3, 1], [b, 2, 1]]);
    const [versions] = (await fleethook.ok('GET', `${at}/versions`)).versions;
    assert.deepEqual([versions.version, versions.current, versions.created_by], [1, true, 'admin@example.com']);
    assert.equal((await fleethook.ok('GET', '/v1/webhooks')).length, 1);
    assert.equal((await fleethook.ok('GET', `/v1/products/${b}/integrations`)).find((one) => one.event === 'fails').todayCounters.error, 1);

    const own = await fleethook.ok('POST', `/v1/products/${a}/integrations/${old.id}/separate`, { url: `${receiver.url}/own` });
    for (const product of [a, b]) await fleethook.publish(product, 'old/1', 'x');
    await receiver.received(2);
    assert.deepEqual(receiver.requests.map((one) => `${one.url} ${one.text}`).sort(), [`/old ${b} x`, `/own ${a} x`]);
    await until('the counters', async () => (await view()).todayCounters.success === 6);
    const separated = await view();
    assert.deepEqual(separated.products.map((one) => [one.id, one.removed, one.todayCounters.success]), [[a, true, 3], [b, undefined, 3]]);
    assert.equal((await fleethook.ok('GET', `${at}/history`)).hours.at(-1).success, 1);
    await fleethook.ok('PATCH', `/v1/products/${a}/integrations/${own.id}`, { url: old.url });
    const merged = await fleethook.ok('POST', `${at}/merge`, { with: own.id });
    assert.deepEqual([merged.integration.product_ids, merged.integration.id], [[a, b], old.id]);
    const edited = await fleethook.ok('PATCH', at, { url: `${receiver.url}/new` });
    assert.equal((await fleethook.ok('POST', `${at}/rollback`, { to: 1, version: edited.integration.version })).integration.url, old.url);
    await fleethook.ok('POST', '/v1/orgs/acme/secrets', { name: 'NEW', value: 'v' });
    const before = await view();
    await fleethook.restart();
    assert.deepEqual(await view(), before);
    assert.equal(await fleethook.kill('SIGTERM'), 0);
    const checked = run(['doctor', '--data', data]);
    assert.equal(checked.status, 0, checked.stdout);
  } finally {
    await receiver.close();
    await fleethook.close();
  }
});
