// What was answered with 2xx is delivered, whatever happens to the process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

test('kill -9 under load, five times: nothing accepted is lost, duplicates are at most those in flight, counters stay exact', async () => {
  const receiver = await Receiver.start();
  const fleethook = await Fleethook.start();
  const acknowledged = new Set();
  let stop = false;
  let publisher;
  try {
    const { products } = await fleethook.organization('kill', 1);
    const made = await fleethook.ok('POST', `/v1/products/${products[0].id}/webhooks`, { event: 'k', url: receiver.url, body: '{{{PARTICLE_EVENT_ID}}}' });
    // Sixteen publishers; an answer that never came is no acknowledgement.
    publisher = Promise.all(
      Array.from({ length: 16 }, async () => {
        while (!stop) {
          try {
            acknowledged.add((await fleethook.publish(products[0].id, 'k', 'x'.repeat(50))).id);
          } catch {
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        }
      }),
    );
    for (let round = 1; round <= 5; round++) {
      const target = acknowledged.size + 150;
      await until('more events', () => acknowledged.size >= target);
      await fleethook.restart();
    }
    stop = true;
    await publisher;
    const seen = () => new Set(receiver.requests.map((r) => r.text));
    await until('every acknowledged event', () => {
      const have = seen();
      return [...acknowledged].every((id) => have.has(id));
    });
    const unique = await until('exact counters', async () => {
      const { integration } = await fleethook.ok('GET', `/v1/products/${products[0].id}/webhooks/${made.id}`);
      return integration.todayCounters.success === seen().size && integration.todayCounters.error === 0 && seen().size;
    });
    const duplicates = receiver.requests.length - unique;
    // In flight when killed: 64 connections, and what was answered but not yet recorded (one group under way and one waiting).
    assert.ok(duplicates <= 5 * 3 * 64, `${duplicates} duplicates of ${unique}`);
    assert.ok(acknowledged.size >= 750);
  } finally {
    stop = true;
    await publisher?.catch(() => {});
    await receiver.close();
    await fleethook.close();
  }
});

test('a delivery waiting for its retry survives a restart', async () => {
  let refuse = true;
  const receiver = await Receiver.start(() => ({ status: refuse ? 500 : 200 }));
  const fleethook = await Fleethook.start();
  try {
    const { products } = await fleethook.organization('retry', 1);
    await fleethook.ok('POST', `/v1/products/${products[0].id}/webhooks`, { event: 'r', url: receiver.url });
    await fleethook.publish(products[0].id, 'r', '1');
    await receiver.received(1);
    await until('the retry on disk', async () => (await fleethook.metric('fleethook_queue_retry_deliveries')) === 1);
    await fleethook.restart();
    refuse = false;
    const requests = await until('the retry', () => receiver.requests.length >= 2 && receiver.requests);
    assert.equal(requests[0].headers['webhook-id'], requests.at(-1).headers['webhook-id']);
    assert.ok(Number(requests.at(-1).headers['fleethook-attempt']) >= 2);
  } finally {
    await receiver.close();
    await fleethook.close();
  }
});

test('what waits for a resumption survives kill -9, comes once, and keeps nobody else waiting', async () => {
  const receiver = await Receiver.start();
  const fleethook = await Fleethook.start();
  try {
    const { slug, products } = await fleethook.organization('pause', 2);
    const base = `/v1/orgs/${slug}/integrations`;
    const body = '{{{PARTICLE_EVENT_VALUE}}}';
    const hook = await fleethook.ok('POST', base, { event: 'p', url: receiver.url, body, product_ids: products.map((p) => p.id) });
    const paused = await fleethook.ok('POST', `${base}/${hook.id}/pause`, { product_ids: [products[0].id] });
    assert.equal(paused.paused[0].mode, 'hold');
    const wanted = Array.from({ length: 300 }, (_, n) => `held-${n}`);
    await Promise.all(wanted.map((data) => fleethook.publish(products[0].id, 'p', data)));
    await fleethook.publish(products[1].id, 'p', 'other');
    await receiver.received(1);
    assert.equal(await fleethook.metric('fleethook_queue_parked_deliveries'), 300);
    await fleethook.restart();
    assert.equal(await fleethook.metric('fleethook_queue_parked_deliveries'), 300);
    await fleethook.publish(products[1].id, 'p', 'another');
    await until('the other product', () => receiver.requests.some((r) => r.text === 'another'));
    assert.ok(!receiver.requests.some((r) => r.text.startsWith('held')));
    // The catalog says that it runs; the process dies before, while or after the queue is told.
    await fleethook.ok('POST', `/v1/products/${products[0].id}/integrations/${hook.id}/resume`);
    await fleethook.restart();
    await until('all that waited', () => new Set(receiver.requests.map((r) => r.text)).size === 302);
    await until('exact counters', async () => {
      const { integration } = await fleethook.ok('GET', `${base}/${hook.id}`);
      return integration.todayCounters.success === 302 && integration.todayCounters.error + integration.todayCounters.sleep === 0;
    });
    assert.equal(await fleethook.metric('fleethook_queue_parked_deliveries'), 0);
  } finally {
    await receiver.close();
    await fleethook.close();
  }
});

test('a delivery uses the version it was made for, though the integration was edited and the process restarted', async () => {
  let refuse = true;
  const receiver = await Receiver.start(() => ({ status: refuse ? 500 : 200 }));
  const fleethook = await Fleethook.start();
  try {
    const { products } = await fleethook.organization('version', 1);
    const hook = await fleethook.ok('POST', `/v1/products/${products[0].id}/webhooks`, { event: 'v', url: receiver.url, body: 'old' });
    await fleethook.publish(products[0].id, 'v', '1');
    await receiver.received(1);
    await until('the retry on disk', async () => (await fleethook.metric('fleethook_queue_retry_deliveries')) === 1);
    await fleethook.ok('PATCH', `/v1/products/${products[0].id}/webhooks/${hook.id}`, { body: 'new' });
    await fleethook.restart();
    refuse = false;
    await until('the retry', () => receiver.requests.length >= 2);
    assert.equal(receiver.requests.at(-1).text, 'old');
    await fleethook.publish(products[0].id, 'v', '2');
    await until('the new version', () => receiver.requests.at(-1).text === 'new');
  } finally {
    await receiver.close();
    await fleethook.close();
  }
});

test('SIGTERM lets deliveries under way finish and exits 0', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const receiver = await Receiver.start(() => ({ status: 200 }));
  receiver.server.removeAllListeners('request');
  receiver.server.on('request', async (request, response) => {
    request.resume();
    receiver.requests.push(request);
    await held;
    response.end();
  });
  const fleethook = await Fleethook.start();
  try {
    const { products } = await fleethook.organization('term', 1);
    await fleethook.ok('POST', `/v1/products/${products[0].id}/webhooks`, { event: 't', url: receiver.url });
    await fleethook.publish(products[0].id, 't', '1');
    await receiver.received(1);
    const ended = fleethook.kill('SIGTERM');
    await until('the stop', () => fleethook.log.some((line) => line.includes('server.stopping')));
    release();
    assert.equal(await ended, 0);
    await fleethook.spawn();
    assert.equal(await fleethook.metric('fleethook_queue_ready_deliveries'), 0);
    assert.equal(receiver.requests.length, 1);
  } finally {
    release();
    await receiver.close();
    await fleethook.close();
  }
});

test('when a device was last heard survives a stop, and whatever is changed about the device', async () => {
  const fleethook = await Fleethook.start();
  const device = 'e00fce68000000000000000a';
  try {
    const [{ id }] = (await fleethook.organization('heard', 1)).products;
    await fleethook.ok('POST', `/v1/products/${id}/devices`, { id: device, claim_user: 'admin@example.com' });
    const heard = async () => {
      const one = (await fleethook.ok('GET', `/v1/products/${id}/devices/${device}`)).last_heard;
      const listed = (await fleethook.ok('GET', `/v1/products/${id}/devices`)).devices[0].last_heard;
      const mine = (await fleethook.ok('GET', '/v1/devices'))[0].last_heard;
      assert.deepEqual([listed, mine], [one, one]);
      return one;
    };
    assert.equal(await heard(), null);
    const before = Date.now();
    await fleethook.publish(id, 'e', 'x', { as_device_id: device });
    const after = Date.now();
    const first = await heard();
    assert.ok(Date.parse(first) >= before - 1 && Date.parse(first) <= after + 1, first);
    await fleethook.publish(id, 'e', 'x');
    await fleethook.ok('PUT', `/v1/products/${id}/devices/${device}`, { name: 'freezer' });
    assert.equal(await heard(), first);
    assert.equal(await fleethook.kill('SIGTERM'), 0);
    await fleethook.spawn();
    assert.equal(await heard(), first);
    await fleethook.ok('POST', '/v1/devices/events', { name: 'e', deviceid: device });
    assert.ok(Date.parse(await heard()) > Date.parse(first));
  } finally {
    await fleethook.close();
  }
});
