// Numbers and health of the integrations of a list: what a console asks for again and again.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook;
let receiver;
let one;
let two;
let id;
const path = '/v1/orgs/numbers/integrations';

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => ({ status: request.url === '/two' ? 410 : 200 }));
  const { products } = await fleethook.organization('numbers', 2);
  [one, two] = products.map((product) => product.id);
  const made = await fleethook.ok('POST', path, { integration_type: 'Webhook', event: 'n', url: `${receiver.url}/one`, product_ids: [one, two] });
  id = made.id;
  await fleethook.ok('PUT', `${path}/${id}/products/${two}/override`, { url: `${receiver.url}/two` });
});
after(async () => {
  await fleethook.close();
  await receiver.close();
});

const counters = async () => (await fleethook.ok('GET', `${path}/counters`)).counters;

test('a list says which integrations are failing, and a restart forgets none of it', async () => {
  assert.deepEqual(await counters(), {});
  await fleethook.publish(one, 'n', '1');
  await until('a success', async () => (await counters())[id]?.success === 1);
  assert.deepEqual((await counters())[id], { success: 1, error: 0, sleep: 0, cancelled: 0, health: 'healthy', last_error_at: null });
  await fleethook.publish(two, 'n', '2');
  await until('an error', async () => (await counters())[id].error === 1);
  const failing = (await counters())[id];
  assert.equal(failing.health, 'failing');
  assert.ok(Math.abs(Date.parse(failing.last_error_at) - Date.now()) < 60000);
  await fleethook.restart();
  assert.deepEqual((await counters())[id], failing);
  const [row] = await fleethook.ok('GET', path);
  assert.equal(row.health, 'failing');
  assert.deepEqual(row.products.map((product) => product.health), ['healthy', 'failing']);
  const { integration } = await fleethook.ok('GET', `/v1/products/${one}/integrations/${id}`);
  assert.equal(integration.health, 'healthy');
});

test('nothing is sent again while nothing happens', async () => {
  for (const target of [path, `${path}/counters`]) {
    const first = await fleethook.request('GET', target);
    const etag = first.headers.get('etag');
    assert.equal((await fleethook.request('GET', target, undefined, { 'if-none-match': etag })).status, 304);
    await fleethook.restart();
    assert.equal((await fleethook.request('GET', target, undefined, { 'if-none-match': etag })).status, 200, 'a tag is of one run of the server');
  }
});

test('the days of an integration are those of its counters', async () => {
  const { first_day: first, days } = await fleethook.ok('GET', `${path}/counters?ids=${id}&days=7`);
  assert.equal(days[id].length, 7);
  const { integration } = await fleethook.ok('GET', `${path}/${id}`);
  const last = integration.counters.slice(-7);
  assert.equal(last[0].date, first);
  assert.deepEqual(days[id], last.map((day) => [day.success, day.error, day.sleep, day.cancelled]));
});
