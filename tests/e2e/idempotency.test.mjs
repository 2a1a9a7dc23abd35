// Requests with an Idempotency-Key that come again: after a time-out, at the same time, and after kill -9 between commit and answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from './support/fleethook.mjs';

let fleethook, receiver, product;
const keyed = (key) => ({ 'idempotency-key': key });

before(async () => {
  receiver = await Receiver.start();
  fleethook = await Fleethook.start();
  [product] = (await fleethook.organization('once', 1)).products;
  await fleethook.ok('POST', `/v1/products/${product.id}/webhooks`, { event: 'once/', url: receiver.url, body: '{{{PARTICLE_EVENT_NAME}}}' });
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

test('sent again, an event is the first one: on the wire, on streams, in the answer', async () => {
  const stream = await Stream.open(fleethook, `/v1/products/${product.id}/events/once/again`);
  try {
    const send = () => fleethook.request('POST', `/v1/products/${product.id}/events`, { name: 'once/again', data: '1' }, keyed('again'));
    const first = await send();
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    for (let i = 0; i < 3; i++) {
      const again = await send();
      assert.equal(again.status, 200);
      assert.deepEqual(again.body, first.body);
      assert.equal(again.headers.get('idempotency-replayed'), 'true');
    }
    await stream.named('once/again');
    await fleethook.restart();
    assert.deepEqual((await send()).body, first.body);
    const last = await fleethook.publish(product.id, 'once/last', '1');
    await until('the last one', () => receiver.requests.some((request) => request.text === 'once/last'));
    assert.ok(last.id);
    assert.equal(new Set(receiver.requests.filter((request) => request.text === 'once/again').map((request) => request.headers['webhook-id'])).size, 1);
    assert.equal(stream.events.filter((event) => event.name === 'once/again').length, 1);
  } finally {
    stream.close();
  }
});

test('sent at the same time with one key, many requests are one event', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => fleethook.request('POST', `/v1/products/${product.id}/events`, { name: 'once/race' }, keyed('race'))));
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
  assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
  assert.equal(answers.filter((answer) => answer.headers.get('idempotency-replayed') === null).length, 1);
});

test('created at the same time with one key, an integration is one; who comes too early is told to wait', async () => {
  const hook = { integration_type: 'Webhook', event: 'race', url: receiver.url };
  const create = () => fleethook.request('POST', '/v1/integrations', hook, keyed('create-race'));
  const answers = await Promise.all(Array.from({ length: 20 }, create));
  for (const { status, headers, body } of answers) {
    assert.ok([201, 409].includes(status), `${status} ${JSON.stringify(body)}`);
    if (status === 409) assert.deepEqual([body.code, headers.get('retry-after')], ['idempotency_under_way', '1']);
  }
  assert.equal((await create()).headers.get('idempotency-replayed'), 'true');
  assert.equal((await fleethook.ok('GET', '/v1/integrations')).filter((one) => one.event === 'race').length, 1);
});

test('another request with a known key is refused, and so is a key that is none', async () => {
  const publish = (body, key) => fleethook.request('POST', '/v1/devices/events', body, keyed(key));
  assert.equal((await publish({ name: 'a' }, 'taken')).status, 200);
  const other = await publish({ name: 'b' }, 'taken');
  assert.deepEqual([other.status, other.body.code, other.body.violations[0].field], [422, 'idempotency_key_reused', 'Idempotency-Key']);
  assert.equal((await publish({ name: 'a' }, 'k'.repeat(256))).status, 400);
});

// Kills the server in the middle of `send`s, again and again; each is repeated with its key until it has an answer.
async function throughCrashes(count, send) {
  const answers = new Map();
  let rounds = 0, stop = false;
  const left = () => count - answers.size;
  const clients = Array.from({ length: 16 }, async (_, client) => {
    for (let i = client; i < count; i += 16) {
      while (!answers.has(i)) {
        try {
          const answer = await send(i);
          if (answer.status < 300) answers.set(i, answer);
          else if (answer.status !== 409 && answer.status !== 503) throw Object.assign(new Error(`${answer.status} ${JSON.stringify(answer.body)}`), { fatal: true });
          else if (answer.body.code === 'idempotency_answer_lost') answers.set(i, answer);
        } catch (error) {
          if (error.fatal) throw error;
        }
        if (!answers.has(i)) await new Promise((resolve) => setTimeout(resolve, 3));
      }
    }
  });
  const crashes = (async () => {
    while (!stop && left() > 0) {
      const target = answers.size + Math.max(1, Math.floor(count / 12));
      await until('some more answers', () => stop || answers.size >= target || left() === 0, 30000);
      if (left() === 0) break;
      await fleethook.restart();
      rounds++;
    }
  })();
  try {
    await Promise.all(clients);
  } finally {
    stop = true;
    await crashes;
  }
  assert.ok(rounds >= 3, `${rounds} crashes`);
  return answers;
}

test('kill -9 between commit and answer: repeated with its key an event is one event', async () => {
  const count = 800;
  const answers = await throughCrashes(count, (i) => fleethook.request('POST', `/v1/products/${product.id}/events`, { name: `once/crash/${i}` }, keyed(`crash ${i}`)));
  assert.equal(new Set([...answers.values()].map((answer) => answer.body.id)).size, count);
  const ids = () => {
    const found = new Map();   // of each event, the ids of its deliveries: two events have two
    for (const { text, headers } of receiver.requests) {
      if (text.startsWith('once/crash/')) found.set(text, (found.get(text) ?? new Set()).add(headers['webhook-id']));
    }
    return found;
  };
  await until('a delivery of each', () => ids().size === count, 30000);
  await until('nothing waits', async () => (await fleethook.metric('fleethook_queue_ready_deliveries')) === 0
    && (await fleethook.metric('fleethook_queue_retry_deliveries')) === 0, 30000);
  assert.deepEqual([...ids()].filter(([, deliveries]) => deliveries.size !== 1).map(([name]) => name), []);
});

test('kill -9 between commit and answer: repeated with its key a batch is one batch', async () => {
  const count = 120;
  await throughCrashes(count, (i) => fleethook.request('POST', `/v1/products/${product.id}/events/batch`,
    Array.from({ length: 5 }, (_, n) => ({ name: `once/batch/${i}/${n}` })), keyed(`batch ${i}`)));
  const names = () => receiver.requests.filter((request) => request.text.startsWith('once/batch/'));
  await until('all deliveries', () => new Set(names().map((request) => request.text)).size === 5 * count, 30000);
  await until('nothing waits', async () => (await fleethook.metric('fleethook_queue_ready_deliveries')) === 0
    && (await fleethook.metric('fleethook_queue_retry_deliveries')) === 0, 30000);
  assert.equal(new Set(names().map((request) => request.headers['webhook-id'])).size, 5 * count);
});

test('kill -9 between commit and answer: repeated with its key an integration is one', async () => {
  const count = 80;
  await throughCrashes(count, (i) => fleethook.request('POST', `/v1/products/${product.id}/integrations`,
    { integration_type: 'Webhook', event: `made/${i}/`, url: receiver.url }, keyed(`made ${i}`)));
  const made = (await fleethook.ok('GET', `/v1/products/${product.id}/integrations`)).map((one) => one.event).filter((event) => event.startsWith('made/'));
  assert.equal(made.length, count);
  assert.equal(new Set(made).size, count);
});
