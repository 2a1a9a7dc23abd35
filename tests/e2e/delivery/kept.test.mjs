// Receivers do not decide how much is kept: neither of their answers in memory, nor of attempts in the log.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from '../support/fleethook.mjs';
import { mostResident } from '../support/raw.mjs';

let fleethook, products, another;
before(async () => {
  fleethook = await Fleethook.start();
  products = (await fleethook.organization('kept', 3)).products.map(({ id }) => id);
  another = (await fleethook.organization('another', 1)).products[0].id;
});
after(() => fleethook?.close());

const hook = (product, url, more = {}) =>
  fleethook.ok('POST', `/v1/products/${product}/integrations`, { integration_type: 'Webhook', event: 'big', url, requestType: 'POST', ...more });
const batch = (product, count, data) =>
  fleethook.ok('POST', `/v1/products/${product}/events/batch`, Array.from({ length: count }, () => ({ name: 'big', data })));
const outcomes = async (kind) => (await fleethook.metric(`fleethook_deliveries_total{outcome="${kind}"}`)) ?? 0;

describe('a receiver that refuses everything', () => {
  // 50 events a second of 16 kB wrote 556 MB of log in a minute.
  test('fills the log with short rows, of which the first are whole', async () => {
    const receiver = await Receiver.start(() => ({ status: 400, body: 'x'.repeat(20000) }));
    try {
      const { id } = await hook(products[0], receiver.url);
      const before = await outcomes('error');
      for (let round = 0; round < 3; round++) await batch(products[0], 200, 'x'.repeat(10000));
      await until('all to end', async () => (await outcomes('error')) - before === 600, 60000);
      // The counters of the day follow when the ends are written.
      const integration = await until('the day to have counted all', async () => {
        const { integration } = await fleethook.ok('GET', `/v1/products/${products[0]}/integrations/${id}`);
        return integration.todayCounters.error === 600 && integration;
      });
      const [newest] = integration.errors;
      assert.match(newest.error, /error status 400/);
      assert.match(JSON.stringify(newest), /request and answer are not kept: in a minute at most 20 failures on a product are kept whole/);
      // 20 on each loop, with request and answer of 10 and 16 kB; the other rows say little more than when and why.
      const kept = await until('the next look', async () => (await fleethook.metric('fleethook_history_bytes{kind="log"}')) || undefined, 30000);
      assert.ok(kept < 4e6, `${kept} bytes of log`);
    } finally {
      await receiver.close();
    }
  });
});

describe('long answers', () => {
  // 70 events to receivers that stall after 1 MiB took 2.1 GB.
  const stalling = async () => {
    const stalled = { connections: 0 };
    stalled.server = http.createServer((request, response) => {
      stalled.connections++;
      request.resume();
      response.writeHead(200, { 'Content-Length': 2 ** 20 });
      response.write(Buffer.alloc(2 ** 20 - 1, 'x'));
    });
    stalled.server.listen(0, '127.0.0.1');
    await once(stalled.server, 'listening');
    stalled.url = `http://127.0.0.1:${stalled.server.address().port}`;
    stalled.close = () => {
      stalled.server.closeAllConnections();
      stalled.server.close();
    };
    return stalled;
  };

  // A webhook whose receiver has not answered yet has 8 requests under way: eight of them fill the lane.
  const eight = async (product, url) => {
    for (let n = 0; n < 8; n++) await hook(product, url, { name: `big ${n}` });
  };

  const arrivesWhole = async (product) => {
    const receiver = await Receiver.start(() => ({ status: 200, body: 'y'.repeat(50000) }));
    const stream = await Stream.open(fleethook, `/v1/products/${product}/events/api/hook-response`);
    try {
      await hook(product, receiver.url, { event: 'small' });
      await fleethook.publish(product, 'small', 'x');
      await until('the answer', () => stream.events.reduce((sum, { data }) => sum + data.length, 0) === 50000);
    } finally {
      stream.close();
      await receiver.close();
    }
  };

  test('that stall are kept as far as they are logged, and further only in the share of their owner; of others they arrive whole', async () => {
    const silent = await stalling();
    try {
      await eight(products[1], silent.url);
      const start = await mostResident(fleethook);
      await batch(products[1], 8, 'x');
      await until('all to be under way', () => silent.connections >= 60, 30000);
      assert.ok((await mostResident(fleethook)) - start < 40, 'nobody listens');
    } finally {
      silent.close();
    }
    const stream = await Stream.open(fleethook, `/v1/products/${products[2]}/events`);
    const heard = await stalling();
    try {
      await eight(products[2], heard.url);
      const start = await mostResident(fleethook);
      await batch(products[2], 8, 'x');
      await until('all to be under way', () => heard.connections >= 60, 30000);
      await until('answers to be cut', async () => ((await fleethook.metric('fleethook_answers_cut_total')) ?? 0) > 0, 30000);
      assert.ok((await fleethook.metric('fleethook_receiver_answer_bytes')) <= 16 * 2 ** 20, 'the share of one owner');
      assert.ok((await mostResident(fleethook)) - start < 80);
      await arrivesWhole(another);
    } finally {
      stream.close();
      heard.close();
    }
  });
});
