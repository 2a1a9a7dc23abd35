// A data folder outlives the binary that made it. There is one schema version so far, so what is tested is that opening a folder again, by
// another process, keeps everything; the first version that changes the schema adds a folder made by its predecessor.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { Fleethook, Receiver, run, until } from './support/fleethook.mjs';

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
    assert.match(before, /^queue\|[1-9]\d*\nstore\|[1-9]\d*\n$/);
    await fleethook.restart();
    assert.equal(versions(), before);
  } finally {
    await fleethook.close();
  }
});
