// orderPerDevice: the events of a device come one after the other, whatever fails, and no device waits for another.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';

let fleethook, product, receiver, answer, made;
const device = (n) => n.toString(16).padStart(24, 'd');

before(async () => {
  // Events come on several loops; what is retried waits for a second.
  fleethook = await Fleethook.start({ args: ['--allow-egress', '127.0.0.0/8', '--loops', '3'] });
  product = (await fleethook.organization('in-order', 1)).products[0].id;
  await fleethook.ok('POST', `/v1/products/${product}/devices`, { ids: [1, 2, 3, 4, 5].map(device) });
  receiver = await Receiver.start((request) => answer(JSON.parse(request.text)));
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

let events = 0;
beforeEach(async () => {
  receiver.requests.length = 0;
  answer = () => ({ status: 200 });
  made = await fleethook.ok('POST', `/v1/products/${product}/integrations`, {
    integration_type: 'Webhook', event: `order ${++events} `, url: receiver.url, requestType: 'POST', orderPerDevice: true,
    retryDelays: [1], noDefaults: true, json: { device: '{{{PARTICLE_DEVICE_ID}}}', n: '{{{PARTICLE_EVENT_VALUE}}}' },
  });
});

const last = new Map();
// The next `count` events of a device, in batches or one by one. -> the numbers of what was accepted
async function publish(of, count, inBatches = true) {
  const from = last.get(of) ?? 0;
  last.set(of, from + count);
  const all = Array.from({ length: count }, (_, i) => ({ name: `order ${events} x`, data: String(from + i + 1), as_device_id: device(of) }));
  for (let i = 0; i < all.length; i += inBatches ? 100 : 1) {
    if (inBatches) {
      await fleethook.ok('POST', `/v1/products/${product}/events/batch`, all.slice(i, i + 100));
    } else {
      await fleethook.ok('POST', `/v1/products/${product}/events`, all[i]);
    }
  }
}
const numbers = (of) => receiver.requests.map(({ text }) => JSON.parse(text)).filter(({ device: id }) => id === device(of)).map(({ n }) => Number(n));
const ended = async (kind) => (await fleethook.ok('GET', `/v1/products/${product}/integrations/${made.id}`)).integration.todayCounters[kind];
function assertInOrder(of, count, { again = true } = {}) {
  const came = numbers(of);
  const each = came.filter((n, i) => n !== came[i - 1]);
  assert.ok(again || each.length === came.length, 'none comes twice');
  const first = each[0];
  assert.deepEqual(each, Array.from({ length: count }, (_, i) => first + i), `device ${of}`);
}

describe('the events of a device', () => {
  test('come in their order, from batches and one by one, many devices at once', async () => {
    await Promise.all([publish(1, 300), publish(2, 300), publish(3, 60, false), publish(4, 60, false)]);
    await until('all to end', async () => (await ended('success')) === 720, 60000);
    for (const [of, count] of [[1, 300], [2, 300], [3, 60], [4, 60]]) assertInOrder(of, count, { again: false });
  });

  test('are never under way two at a time', async () => {
    const now = new Map();
    let most = 0, together = 0;
    receiver.server.removeAllListeners('request');
    receiver.server.on('request', async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      receiver.requests.push({ text });
      const { device: of } = JSON.parse(text);
      now.set(of, (now.get(of) ?? 0) + 1);
      most = Math.max(most, now.get(of));
      together = Math.max(together, [...now.values()].reduce((a, b) => a + b, 0));
      await new Promise((resolve) => setTimeout(resolve, 30));
      now.set(of, now.get(of) - 1);
      response.end();
    });
    await Promise.all([publish(1, 20), publish(2, 20), publish(3, 20)]);
    await until('all to end', async () => (await ended('success')) === 60, 60000);
    assert.equal(most, 1);
    assert.ok(together > 1, 'devices do not wait for each other');
    receiver.server.removeAllListeners('request');
    await receiver.close();
    receiver = await Receiver.start((request) => answer(JSON.parse(request.text)));
  });

  test('wait for the retry of one, and those of other devices do not', async () => {
    const bad = device(1);
    let refused = 0;
    answer = ({ device: of, n }) => {
      if (of !== bad || refused >= 6) return { status: 200 };
      refused++;
      return { status: 503 };
    };
    await publish(1, 500);
    await publish(2, 100);
    await until('the others', async () => numbers(2).length === 100);
    assert.equal(new Set(numbers(1)).size, 1, 'only the first of it was tried');
    await until('all to end', async () => (await ended('success')) === 600, 60000);
    assertInOrder(1, 500);
    assertInOrder(2, 100, { again: false });
    assert.equal(numbers(1).length, 506);
  });

  test('go on when one ends for good', async () => {
    answer = ({ n }) => ({ status: n % 5 === 0 ? 400 : 200 });
    await publish(1, 50);
    await until('all to end', async () => (await ended('error')) + (await ended('success')) === 50, 60000);
    assertInOrder(1, 50, { again: false });
  });

  test('keep their order through kill -9 and an outage', async () => {
    let up = true;
    answer = () => ({ status: up ? 200 : 500 });
    const publishing = publish(1, 400).then(() => publish(2, 400));
    await until('some to come', () => receiver.requests.length > 100);
    up = false;
    await publishing;
    await publish(3, 10);
    for (let i = 0; i < 3; i++) {
      await fleethook.restart();
      await until('a try', ((had) => () => receiver.requests.length > had)(receiver.requests.length));
    }
    up = true;
    await until('some more', ((had) => () => receiver.requests.length > had + 200)(receiver.requests.length), 60000);
    await fleethook.restart();
    await until('all to end', async () => (await ended('success')) === 810, 60000);
    // What was answered and not noted comes again, and nothing before it.
    for (const [of, count] of [[1, 400], [2, 400], [3, 10]]) assertInOrder(of, count);
  });

  test('keep their order through a pause and an edit', async () => {
    let up = false;
    answer = () => ({ status: up ? 200 : 500 });
    const path = `/v1/products/${product}/integrations/${made.id}`;
    await publish(1, 30);
    await fleethook.ok('POST', `${path}/pause`, { mode: 'hold' });
    await publish(1, 600);
    await publish(2, 600);
    await fleethook.ok('PUT', path, { integration_type: 'Webhook', event: `order ${events} `, url: receiver.url, requestType: 'POST', orderPerDevice: true,
      retryDelays: [1], noDefaults: true, json: { device: '{{{PARTICLE_DEVICE_ID}}}', n: '{{{PARTICLE_EVENT_VALUE}}}', edited: 'yes' } });
    up = true;
    await fleethook.ok('POST', `${path}/resume`);
    await publish(1, 30);
    await publish(2, 30);
    await until('all to end', async () => (await ended('success')) === 1290, 90000);
    assertInOrder(1, 660);
    assertInOrder(2, 630, { again: false });
  });
});

describe('the setting', () => {
  test('is true or false, and false by default', async () => {
    const path = `/v1/products/${product}/integrations`;
    const hook = { integration_type: 'Webhook', event: 'flag', url: receiver.url, requestType: 'POST' };
    const plain = await fleethook.ok('POST', path, hook);
    assert.equal((await fleethook.ok('GET', `${path}/${plain.id}`)).integration.orderPerDevice, false);
    const refused = await fleethook.request('POST', path, { ...hook, orderPerDevice: 'sometimes' });
    assert.equal(refused.status, 400);
    assert.match(JSON.stringify(refused.body), /orderPerDevice.*must be true or false/);
    assert.equal((await fleethook.ok('GET', `${path}/${made.id}`)).integration.orderPerDevice, true);
  });
});
