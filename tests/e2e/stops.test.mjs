// What stops, stops: deleting, disabling and pausing integrations while something waits for them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from './support/fleethook.mjs';

let fleethook;
before(async () => {
  fleethook = await Fleethook.start();
});
after(() => fleethook.close());

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const failing = () => Receiver.start(() => ({ status: 500, body: 'no' }));
const sqlite = spawnSync('sqlite3', ['--version']).status === 0;
const query = (sql) => spawnSync('sqlite3', ['-json', path.join(fleethook.data, 'fleethook.db'), sql], { encoding: 'utf8' }).stdout;
const waiting = () => fleethook.metric('fleethook_queue_waiting_deliveries');
let unique = 0;
const fresh = () => `stops-${++unique}`;

// Each gives where integrations are made, how an event is published that fires one, and what is to be sent along.
const scopes = {
  sandbox: async () => {
    const id = `e00fce68000000000000${String(++unique).padStart(4, '0')}`;
    await fleethook.ok('POST', '/v1/devices', { id });
    return { base: '/v1/integrations', publish: (name, data) => fleethook.ok('POST', '/v1/devices/events', { name, data, private: true }), more: {} };
  },
  product: async () => {
    const { products } = await fleethook.organization(fresh(), 1);
    return { base: `/v1/products/${products[0].id}/integrations`, publish: (name, data) => fleethook.publish(products[0].id, name, data), more: {} };
  },
  organization: async () => {
    const { slug, products } = await fleethook.organization(fresh(), 2);
    const ids = products.map((product) => product.id);
    return { base: `/v1/orgs/${slug}/integrations`, publish: (name, data) => fleethook.publish(ids[0], name, data), more: { product_ids: ids } };
  },
};

for (const [scope, make] of Object.entries(scopes)) {
  test(`deleting an integration that is being retried ends its requests at once, also after a restart: ${scope}`, async () => {
    const receiver = await failing();
    try {
      const { base, publish, more } = await make();
      const name = fresh();
      const made = await fleethook.ok('POST', base, { integration_type: 'Webhook', event: name, url: receiver.url, ...more });
      await publish(name, 'one');
      await receiver.received(2);
      const view = (await fleethook.ok('GET', `${base}/${made.id}`)).integration;
      assert.deepEqual([view.waiting, view.held], [1, 0]);
      const deleted = await fleethook.ok('DELETE', `${base}/${made.id}`);
      const sent = receiver.requests.length;
      assert.deepEqual(deleted, { ok: true, cancelled: 1 });
      await until('the end of what waited', async () => (await waiting()) === 0);
      await fleethook.restart();
      await rest(4500);
      assert.equal(receiver.requests.length, sent);
      assert.equal(await waiting(), 0);
    } finally {
      await receiver.close();
    }
  });

  test(`what waited for it ends after a restart that came before it could: ${scope}`, { skip: !sqlite && 'needs the sqlite3 command' }, async () => {
    const receiver = await failing();
    try {
      const { base, publish, more } = await make();
      const name = fresh();
      const made = await fleethook.ok('POST', base, { integration_type: 'Webhook', event: name, url: receiver.url, ...more });
      for (let i = 0; i < 20; ++i) await publish(name, `number ${i}`);
      await receiver.received(10); // then its breaker is open, and the others wait untried
      await fleethook.ok('DELETE', `${base}/${made.id}`);
      const sent = receiver.requests.length;
      await fleethook.restart();
      await until('the end of what waited', async () => (await waiting()) === 0);
      assert.equal(receiver.requests.length, sent);
      const letters = JSON.parse(query(`SELECT reason, event_data FROM dead_letter WHERE event_name = '${name}'`));
      assert.deepEqual(new Set(letters.map((one) => one.event_data)), new Set(Array.from({ length: 20 }, (_, i) => `number ${i}`)));
      for (const { reason } of letters) assert.match(reason, /the integration was deleted$/);
      const kinds = JSON.parse(query(`SELECT kind, count(*) AS n FROM outcome o JOIN dead_letter d ON d.event_id = o.event AND d.integration = o.integration WHERE d.event_name = '${name}' GROUP BY kind`));
      assert.ok(kinds.every(({ kind }) => kind === 1 || kind === 3), JSON.stringify(kinds));
      assert.equal(kinds.reduce((sum, one) => sum + one.n, 0), 20);
    } finally {
      await receiver.close();
    }
  });
}

test('a request that is on the wire finishes, and its true outcome is recorded', async () => {
  const held = [];
  const receiver = await Receiver.start(() => 'hang');
  receiver.server.removeAllListeners('request');
  receiver.server.on('request', (request, response) => {
    receiver.requests.push(request);
    request.resume();
    held.push(response);
  });
  try {
    const { slug, products } = await fleethook.organization(fresh(), 1);
    const base = `/v1/orgs/${slug}/integrations`;
    const made = await fleethook.ok('POST', base, { event: 'w', url: receiver.url, product_ids: [products[0].id] });
    await fleethook.publish(products[0].id, 'w', '1');
    await receiver.received(1);
    const before = await fleethook.metric('fleethook_deliveries_total{outcome="success"}');
    await fleethook.ok('DELETE', `${base}/${made.id}`);
    await rest(1500);
    assert.equal(await waiting(), 1);
    held[0].end('taken');
    await until('its outcome', async () => (await waiting()) === 0);
    assert.equal(await fleethook.metric('fleethook_deliveries_total{outcome="success"}'), before + 1);
  } finally {
    await receiver.close();
  }
});

test('twenty thousand that wait end as cancelled while others are delivered', async () => {
  const slow = await Receiver.start(() => 'hang');
  const good = await Receiver.start();
  try {
    const { slug, products } = await fleethook.organization(fresh(), 1);
    const product = products[0].id;
    const base = `/v1/orgs/${slug}/integrations`;
    const make = (url) => fleethook.ok('POST', base, { event: 'many', url, product_ids: [product] });
    const made = await make(slow.url);
    const batch = (count, name) => fleethook.ok('POST', `/v1/products/${product}/events/batch`, Array.from({ length: count }, (_, i) => ({ name, data: `${i}`, private: true })));
    for (let i = 0; i < 20; ++i) await batch(1000, 'many');
    const view = (await fleethook.ok('GET', base)).find((one) => one.id === made.id);
    assert.equal(view.waiting, 20000);
    const total = () => fleethook.metric('fleethook_deliveries_total{outcome="cancelled"}');
    const before = await total();
    const deleted = await fleethook.ok('DELETE', `${base}/${made.id}`);
    assert.deepEqual(deleted, { ok: true, cancelled: 20000 });
    const other = await make(good.url);
    const begin = Date.now();
    await batch(100, 'many');
    await good.received(100);
    const took = Date.now() - begin;
    const sent = slow.requests.length;
    await until('the end of what waited', async () => (await total()) - before === 20000 - sent, 60000);
    assert.equal(slow.requests.length, sent);
    assert.ok(took < 10000, `the others waited ${took} ms`);
    assert.equal((await fleethook.ok('GET', `${base}/${other.id}`)).integration.todayCounters.success, 100);
  } finally {
    await slow.close();
    await good.close();
  }
});

test('a disabled integration holds what waits until it is enabled, on one product or on all', async () => {
  let status = 500;
  const receiver = await Receiver.start(() => ({ status }));
  try {
    const { slug, products } = await fleethook.organization(fresh(), 2);
    const ids = products.map((product) => product.id);
    const at = `/v1/orgs/${slug}/integrations`;
    const { id } = await fleethook.ok('POST', at, { event: 'd', url: receiver.url, product_ids: ids });
    for (const product of ids) await fleethook.publish(product, 'd', '1');
    await receiver.received(2);
    await fleethook.ok('PATCH', `${at}/${id}`, { disabled: true });
    await rest(100);
    const sent = receiver.requests.length;
    const view = async () => (await fleethook.ok('GET', `${at}/${id}`)).integration;
    const one = await view();
    assert.deepEqual([one.waiting, one.held, ...one.products.map((product) => product.held)], [2, 2, 1, 1]);
    await fleethook.restart();
    status = 200;
    await rest(4000);
    assert.equal(receiver.requests.length, sent);
    await fleethook.ok('PUT', `${at}/${id}/products/${ids[1]}/override`, { disabled: true }).catch(() => {});
    await fleethook.ok('PATCH', `${at}/${id}`, { disabled: false });
    await until('both', async () => (await view()).todayCounters.success >= 1);

    status = 500;
    const before = (await view()).todayCounters.success;
    await fleethook.ok('PUT', `${at}/${id}/products/${ids[1]}/override`, {});
    await until('the rest', async () => (await view()).waiting === 0);
    await fleethook.publish(ids[0], 'd', '2');
    await fleethook.publish(ids[1], 'd', '2');
    await until('two failures', async () => (await view()).waiting === 2);
    await rest(300);
    await fleethook.ok('PUT', `${at}/${id}/products/${ids[1]}/override`, { disabled: true });
    status = 200;
    await until('the other product', async () => (await view()).waiting === 1);
    const held = await view();
    assert.deepEqual(held.products.map((product) => product.held), [0, 1]);
    await fleethook.ok('PUT', `${at}/${id}/products/${ids[1]}/override`, {});
    await until('it, too', async () => (await view()).waiting === 0);
    assert.ok((await view()).todayCounters.success >= before + 2);
  } finally {
    await receiver.close();
  }
});

test('from hold to skip what is held stays held, unless told to drop it', async () => {
  const receiver = await Receiver.start();
  try {
    const { slug, products } = await fleethook.organization(fresh(), 1);
    const product = products[0].id;
    const at = `/v1/orgs/${slug}/integrations`;
    const { id } = await fleethook.ok('POST', at, { event: 's', url: receiver.url, body: '{{{PARTICLE_EVENT_VALUE}}}', product_ids: [product] });
    const view = async () => (await fleethook.ok('GET', `${at}/${id}`)).integration;
    await fleethook.ok('POST', `${at}/${id}/pause`, { mode: 'hold' });
    for (let i = 0; i < 5; ++i) await fleethook.publish(product, 's', `held ${i}`);
    const skipping = await fleethook.ok('POST', `${at}/${id}/pause`, { mode: 'skip' });
    assert.equal(skipping.paused[0].waiting, 5);
    await fleethook.publish(product, 's', 'skipped');
    await until('the skipped one', async () => (await view()).todayCounters.sleep === 1);
    await fleethook.restart();
    // The outcome of the skipped one may have been recorded, and not yet acknowledged, when the process died.
    await until('what is held', async () => (await view()).waiting === 5 && (await view()).held === 5);
    await rest(1500);
    assert.deepEqual([(await view()).waiting, (await view()).held, receiver.requests.length], [5, 5, 0]);
    await fleethook.ok('POST', `${at}/${id}/resume`);
    await receiver.received(5);
    assert.deepEqual(receiver.requests.map((one) => one.text).sort(), Array.from({ length: 5 }, (_, i) => `held ${i}`));

    // What has ended waits until its end is acknowledged, some milliseconds after it was counted.
    await until('the end of all', async () => (await view()).todayCounters.success === 5 && (await view()).waiting === 0);
    await fleethook.ok('POST', `${at}/${id}/pause`, { mode: 'hold' });
    for (let i = 0; i < 3; ++i) await fleethook.publish(product, 's', `dropped ${i}`);
    const dropping = await fleethook.ok('POST', `${at}/${id}/pause`, { mode: 'skip', drop_held: true });
    assert.equal(dropping.dropped, 3);
    assert.equal(dropping.paused[0].waiting, 0);
    await fleethook.ok('POST', `${at}/${id}/resume`);
    await until('their end', async () => (await view()).todayCounters.cancelled === 3);
    await fleethook.publish(product, 's', 'after');
    await receiver.received(6);
    await until('its counter', async () => (await view()).todayCounters.success === 6);
    assert.deepEqual((await view()).todayCounters, { success: 6, error: 0, sleep: 1, cancelled: 3 });
    if (sqlite) assert.equal(JSON.parse(query("SELECT count(*) AS n FROM dead_letter WHERE reason = 'what waited was dropped'"))[0].n, 3);
    const bad = await fleethook.request('POST', `${at}/${id}/pause`, { mode: 'skip', drop_held: 'yes' });
    assert.equal(bad.status, 400);
  } finally {
    await receiver.close();
  }
});

test('a product that leaves a shared integration, or is separated, carries on what was accepted, visibly', async () => {
  let status = 500;
  const receiver = await Receiver.start(() => ({ status }));
  try {
    const { slug, products } = await fleethook.organization(fresh(), 3);
    const ids = products.map((product) => product.id);
    const at = `/v1/orgs/${slug}/integrations`;
    const { id } = await fleethook.ok('POST', at, { event: 'c', url: receiver.url, product_ids: ids });
    for (const product of ids) await fleethook.publish(product, 'c', '1');
    await receiver.received(3);
    const left = await fleethook.ok('DELETE', `/v1/products/${ids[1]}/integrations/${id}`);
    assert.deepEqual(left, { ok: true, cancelled: 0 });
    await fleethook.ok('POST', `/v1/products/${ids[2]}/integrations/${id}/separate`, { name: 'own' });
    const view = async () => (await fleethook.ok('GET', `${at}/${id}`)).integration;
    const now = await view();
    assert.deepEqual(now.product_ids, [ids[0]]);
    assert.equal(now.waiting, 3);
    assert.deepEqual(now.products.map((one) => [one.id, one.removed, one.waiting]), [[ids[0], undefined, 1], [ids[1], true, 1], [ids[2], true, 1]]);
    await fleethook.restart();
    assert.equal((await view()).waiting, 3);
    status = 200;
    await until('all three', async () => (await view()).todayCounters.success === 3 && (await view()).waiting === 0);
    const after = await view();
    assert.deepEqual([after.waiting, ...after.products.map((one) => [one.removed, one.todayCounters.success])], [0, [undefined, 1], [true, 1], [true, 1]]);
  } finally {
    await receiver.close();
  }
});

test('deleting a product cancels what waits for the integrations that end with it, and carries on the rest', async () => {
  let status = 500;
  const receiver = await Receiver.start(() => ({ status }));
  try {
    const { slug, products } = await fleethook.organization(fresh(), 2);
    const ids = products.map((product) => product.id);
    const at = `/v1/orgs/${slug}/integrations`;
    const shared = await fleethook.ok('POST', at, { event: 'p', url: `${receiver.url}/shared`, product_ids: ids });
    await fleethook.ok('POST', `/v1/products/${ids[0]}/integrations`, { integration_type: 'Webhook', event: 'p', url: `${receiver.url}/own` });
    await fleethook.publish(ids[0], 'p', '1');
    await receiver.received(2);
    await until('both on disk', async () => (await fleethook.metric('fleethook_queue_retry_deliveries')) === 2);
    const deleted = await fleethook.ok('DELETE', `/v1/products/${ids[0]}`);
    const own = () => receiver.requests.filter((one) => one.url === '/own').length;
    const sent = own();
    assert.deepEqual(deleted, { ok: true, cancelled: 1 });
    status = 200;
    await until('the shared one', async () => (await fleethook.ok('GET', `${at}/${shared.id}`)).integration.todayCounters.success === 1);
    await until('nothing waits', async () => (await waiting()) === 0);
    await rest(2500);
    assert.equal(own(), sent);
  } finally {
    await receiver.close();
  }
});

test('hook-error comes at the first failed attempt, which says that it will be tried again, and at a failed end', async () => {
  const receiver = await Receiver.start((request, index) => ({ status: index < 2 ? 500 : 400 }));
  const stream = await Stream.open(fleethook, '/v1/events/');
  try {
    const { slug, products } = await fleethook.organization(fresh(), 1);
    const at = `/v1/orgs/${slug}/integrations`;
    await fleethook.ok('POST', at, { event: 'e', url: receiver.url, product_ids: [products[0].id] });
    const mine = await Stream.open(fleethook, `/v1/products/${products[0].id}/events/`);
    await fleethook.publish(products[0].id, 'e', '1');
    await receiver.received(3);
    const errors = () => mine.events.filter((one) => one.name.includes('hook-error/e'));
    await until('both', () => errors().length === 2);
    assert.deepEqual(errors().map((one) => one.data), ['error status 500 from 127.0.0.1; it will be tried again', 'error status 400 from 127.0.0.1']);
    mine.request.destroy();
  } finally {
    stream.request.destroy();
    await receiver.close();
  }
});
