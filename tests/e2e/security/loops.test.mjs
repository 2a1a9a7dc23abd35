// Webhooks that publish what fires them: each loop comes to an end by itself, its size is known, and its owner is told.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from '../support/fleethook.mjs';

let fleethook, organization;
let made = 0;
before(async () => {
  fleethook = await Fleethook.start();
  organization = (await fleethook.organization('loops', 12)).products;
});
after(() => fleethook?.close());

// A product of its own for each test, so that no loop fires the hooks of another.
const product = () => `/v1/products/${organization[made++].id}`;
const hook = (at, event, url, more = {}) =>
  fleethook.ok('POST', `${at}/integrations`, {
    integration_type: 'Webhook',
    event,
    url,
    requestType: 'POST',
    headers: { Authorization: `Bearer ${fleethook.token}`, ...more.headers },
    body: JSON.stringify({ name: event }),
    ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'headers')),
  });
const metric = (name) => fleethook.metric(name).then((value) => value ?? 0);
const accepted = () => metric('fleethook_events_accepted_total');
const ended = async () => (await metric('fleethook_deliveries_total{outcome="success"}')) + (await metric('fleethook_deliveries_total{outcome="error"}'));
const refused = () => metric('fleethook_events_refused_total{reason="hops"}');

// What one publication came to when nothing is under way any more: events and deliveries.
async function outcome(publish) {
  const before = { events: await accepted(), created: await metric('fleethook_deliveries_created_total'), ended: await ended(), refused: await refused() };
  const answer = await publish();
  await until('the end of the loop', async () => {
    const created = (await metric('fleethook_deliveries_created_total')) - before.created;
    return created > 0 && (await ended()) - before.ended === created && created === (await metric('fleethook_deliveries_created_total')) - before.created;
  });
  return { answer, events: (await accepted()) - before.events, deliveries: (await ended()) - before.ended, refused: (await refused()) - before.refused };
}

describe('a loop', () => {
  // Without a count, one event made 337,641 in 12 seconds.
  test('two webhooks that fire each other end, and say why', async () => {
    const at = product();
    const url = `${fleethook.url}${at}/events`;
    const { id } = await hook(at, 'boom', url, { name: 'first' });
    await hook(at, 'boom', url, { name: 'second' });
    const stream = await Stream.open(fleethook, `${at}/events/api/hook-error`);
    try {
      // Hops 0, then 1 that counts 2 since it fires two, 3, 5, 7: 1 + 2 + 4 + 8 + 16 events. The 32 that would have 9 are refused.
      const { events, deliveries, refused } = await outcome(() => fleethook.ok('POST', `${at}/events`, { name: 'boom' }));
      assert.deepEqual({ events, deliveries, refused }, { events: 31, deliveries: 62, refused: 32 });
      const told = await stream.named('api/hook-error/boom/0');
      const why = 'error status 508 from 127.0.0.1: a loop was cut; what this webhook publishes leads to what fires it';
      assert.equal(told.data, why);
      let integration;  // the end of a delivery is in the metrics a moment before it is on disk
      await until('the last outcome to be recorded', async () => {
        ({ integration } = await fleethook.ok('GET', `${at}/integrations/${id}`));
        return integration.todayCounters.success + integration.todayCounters.error === 31;
      });
      assert.equal(integration.errors[0].error, why);
      assert.match(JSON.stringify(integration.errors[0]), /fleethook-hops: a loop: 9 hops from delivery to delivery led to this, and at most 8 may/);
      assert.equal(integration.todayCounters.error, 16);
      assert.equal(integration.todayCounters.success, 15);
      assert.equal(fleethook.log.filter((line) => line.includes('ingest.loop_cut')).length >= 1, true);
      assert.ok(fleethook.log.filter((line) => line.includes('ingest.loop_cut')).length <= 8, 'a line of each loop of the process');
    } finally {
      stream.close();
    }
  });

  test('ends soon under the policy particle, too', async () => {
    const at = product();
    await hook(at, 'boom', `${fleethook.url}${at}/events`, { policy: 'particle' });
    // Hops 0 to 8.
    const { events, deliveries, refused } = await outcome(() => fleethook.ok('POST', `${at}/events`, { name: 'boom' }));
    assert.deepEqual({ events, deliveries, refused }, { events: 9, deliveries: 9, refused: 1 });
  });

  test('over two products and a sandbox is one loop', async () => {
    const [one, two] = [product(), product()];
    await hook(one, 'round', `${fleethook.url}${two}/events`);
    await hook(two, 'round', `${fleethook.url}/v1/devices/events`);
    await hook('/v1', 'round', `${fleethook.url}${one}/events`);
    const { events, refused } = await outcome(() => fleethook.ok('POST', `${one}/events`, { name: 'round' }));
    assert.deepEqual({ events, refused }, { events: 9, refused: 1 });
  });

  test('a batch and a test count like events', async () => {
    const batches = product();
    const many = (count) => JSON.stringify(Array.from({ length: count }, () => ({ name: 'many' })));
    const { id } = await hook(batches, 'many', `${fleethook.url}${batches}/events/batch`, { body: many(1000) });
    // A thousand for each of a thousand: the first batch counts 1 and 10.
    assert.equal((await outcome(() => fleethook.ok('POST', `${batches}/events`, { name: 'many' }))).events, 1);
    await fleethook.ok('PUT', `${batches}/integrations/${id}`, {
      integration_type: 'Webhook', event: 'many', url: `${fleethook.url}${batches}/events/batch`, requestType: 'POST', body: many(100), headers: { Authorization: `Bearer ${fleethook.token}` },
    });
    const hundred = await outcome(() => fleethook.ok('POST', `${batches}/events`, { name: 'many' }));
    assert.deepEqual([hundred.events, hundred.refused], [101, 100]);

    const tests = product();
    const second = await hook(tests, 'none', `${fleethook.url}${tests}/events`, { body: JSON.stringify({ name: 'tried' }) });
    await hook(tests, 'tried', `${fleethook.url}${tests}/integrations/${second.id}/test`, { body: '{}' });
    // Hops 0, 2, 4, 6, 8.
    const before = { events: await accepted(), refused: await refused() };
    await fleethook.ok('POST', `${tests}/events`, { name: 'tried' });
    await until('the end of the loop', async () => (await refused()) - before.refused === 1);
    assert.equal((await accepted()) - before.events, 5);
  });

  test('an integration cannot set the header, by a template neither', async () => {
    const at = product();
    await hook(at, 'boom', `${fleethook.url}${at}/events`, { headers: { 'Fleethook-Hops': '0', '{{{none}}}fleethook-hops': '0' } });
    assert.equal((await outcome(() => fleethook.ok('POST', `${at}/events`, { name: 'boom' }))).events, 9);
  });

  test('leaves the server to others meanwhile', async () => {
    const at = product();
    for (let i = 0; i < 8; i++) await hook(at, 'boom', `${fleethook.url}${at}/events`, { name: `hook ${i}` });
    let slowest = 0;
    let over = false;
    const asking = (async () => {
      while (!over) {
        const began = performance.now();
        assert.equal((await fetch(`${fleethook.url}/healthz`)).status, 200);
        slowest = Math.max(slowest, performance.now() - began);
      }
    })();
    // 1 + 8 at hops 1 that count 4 with eight to fire, + 64 at 5 that count 8; 512 are refused.
    const { events, refused } = await outcome(() => fleethook.ok('POST', `${at}/events`, { name: 'boom' }));
    over = true;
    await asking;
    assert.deepEqual([events, refused], [73, 512]);
    assert.ok(slowest < 2000, `${slowest} ms`);
  });
});

describe('the header of a request', () => {
  const send = (at, value, more = {}) => fleethook.request('POST', `${at}/events`, { name: 'quiet' }, { 'fleethook-hops': value, ...more });

  test('that is no number of hops is the worst case', async () => {
    const at = product();
    const before = await accepted();
    for (const value of ['x', '-1', '9', '1.5', '1, 1', '0x1', '999999999999999999999999', '1 1', '+1', '']) {
      const answer = await send(at, value);
      assert.equal(answer.status, 508, value);
      assert.equal(answer.body.code, 'loop_detected');
      assert.match(answer.body.error, /^fleethook-hops: .*8/);
      assert.equal(answer.headers.get('fleethook-hops'), '8');
    }
    assert.equal(await accepted(), before);
    for (const value of ['0', '1', '8']) assert.equal((await send(at, value)).status, 200, value);
  });

  test('counts with an Idempotency-Key as without, and what is refused leaves the key free', async () => {
    const at = product();
    const key = { 'idempotency-key': 'again and again' };
    const before = await accepted();
    for (let i = 0; i < 2; i++) {
      const cut = await send(at, '9', key);
      assert.deepEqual([cut.status, cut.headers.get('fleethook-hops'), cut.headers.get('idempotency-replayed')], [508, '8', null]);
    }
    const first = await send(at, '8', key);
    const again = await send(at, '8', key);
    assert.deepEqual([first.status, again.status, again.headers.get('idempotency-replayed')], [200, 200, 'true']);
    assert.equal(again.body.id, first.body.id);
    assert.equal((await accepted()) - before, 1);
  });

  test('is passed on to receivers, one more each time', async () => {
    const receiver = await Receiver.start();
    try {
      const at = product();
      await hook(at, 'quiet', receiver.url);
      for (const [value, sent] of [['0', '1'], ['5', '6'], ['8', '9']]) {
        const seen = receiver.requests.length;
        await send(at, value);
        await receiver.received(seen + 1);
        assert.equal(receiver.requests.at(-1).headers['fleethook-hops'], sent);
      }
    } finally {
      await receiver.close();
    }
  });
});
