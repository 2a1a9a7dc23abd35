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

// Kills the server in the middle of `send`s, `crashes` times; each is repeated with its key until it has an answer. Sends until the last crash is over, however quick
// the server is, and at least `each` between two.
async function throughCrashes(crashes, each, send) {
  const answers = [];
  let next = 0, over = false, failed = false;
  const client = async () => {
    while (!over) {
      const i = next++;
      while (answers[i] === undefined && !failed) {
        try {
          const answer = await send(i);
          if (answer.status < 300 || answer.body.code === 'idempotency_answer_lost') answers[i] = answer;
          else if (answer.status !== 409 && answer.status !== 503) throw Object.assign(new Error(`${answer.status} ${JSON.stringify(answer.body)}`), { fatal: true });
        } catch (error) {
          failed ||= error.fatal === true;
          if (error.fatal) throw error;
        }
        if (answers[i] === undefined) await new Promise((resolve) => setTimeout(resolve, 3));
      }
    }
  };
  const crash = async () => {
    try {
      for (let i = 0; i < crashes; i++) {
        const enough = answers.length + each;
        await until('some more answers', () => answers.length >= enough, 30000);
        await fleethook.restart();
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      over = true;
    }
  };
  const ended = await Promise.allSettled([crash(), ...Array.from({ length: 16 }, client)]);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return answers;
}

test('kill -9 between commit and answer: repeated with its key an event is one event', async () => {
  const answers = await throughCrashes(8, 60, (i) => fleethook.request('POST', `/v1/products/${product.id}/events`, { name: `once/crash/${i}` }, keyed(`crash ${i}`)));
  const count = answers.length;
  assert.equal(new Set(answers.map((answer) => answer.body.id)).size, count);
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
  const { length: count } = await throughCrashes(5, 20, (i) => fleethook.request('POST', `/v1/products/${product.id}/events/batch`,
    Array.from({ length: 5 }, (_, n) => ({ name: `once/batch/${i}/${n}` })), keyed(`batch ${i}`)));
  const names = () => receiver.requests.filter((request) => request.text.startsWith('once/batch/'));
  await until('all deliveries', () => new Set(names().map((request) => request.text)).size === 5 * count, 30000);
  await until('nothing waits', async () => (await fleethook.metric('fleethook_queue_ready_deliveries')) === 0
    && (await fleethook.metric('fleethook_queue_retry_deliveries')) === 0, 30000);
  assert.equal(new Set(names().map((request) => request.headers['webhook-id'])).size, 5 * count);
});

test('kill -9 between commit and answer: repeated with its key an integration is one', async () => {
  const { length: count } = await throughCrashes(5, 10, (i) => fleethook.request('POST', `/v1/products/${product.id}/integrations`,
    { integration_type: 'Webhook', event: `made/${i}/`, url: receiver.url }, keyed(`made ${i}`)));
  const made = (await fleethook.ok('GET', `/v1/products/${product.id}/integrations`)).map((one) => one.event).filter((event) => event.startsWith('made/'));
  assert.equal(made.length, count);
  assert.equal(new Set(made).size, count);
});
