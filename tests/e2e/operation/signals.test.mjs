// What signals do to a running server, and what a stop leaves behind.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';

let fleethook, receiver, answers;
const loopback = ['--allow-egress', '127.0.0.0/8'];
const logged = (word) => until(`${word} in the log`, () => fleethook.log.find((line) => line.includes(word)));

// A server with a webhook whose receiver answers when the test says so.
async function begin(args = []) {
  fleethook = await Fleethook.start({ args: [...loopback, ...args] });
  const { products } = await fleethook.organization('acme', 1);
  const product = products[0].id;
  await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'held', url: receiver.url });
  await fleethook.publish(product, 'held', '1');
  await receiver.received(1);
  return product;
}

beforeEach(async () => {
  answers = [];
  receiver = await Receiver.start();
  receiver.server.removeAllListeners('request');
  receiver.server.on('request', (request, response) => {
    request.resume();
    receiver.requests.push(request);
    answers.push(() => response.end('taken'));
  });
});
afterEach(async () => {
  await receiver?.close();
  await fleethook?.close();
});

test('SIGHUP without a certificate does nothing, and says so', async () => {
  fleethook = await Fleethook.start();
  for (let i = 0; i < 2; i++) {
    fleethook.process.kill('SIGHUP');
    await until('the line', () => fleethook.log.filter((line) => line.includes('server.nothing_to_reload')).length > i);
  }
  assert.equal((await fetch(`${fleethook.url}/readyz`)).status, 200);
});

for (const [signal, code] of [['SIGTERM', 143], ['SIGINT', 130]]) {
  test(`a second ${signal} ends at once, and what was under way is delivered after the next start`, async () => {
    await begin(['--stop-seconds', '600']);
    fleethook.process.kill('SIGTERM');
    await logged('server.stopping');
    fleethook.process.kill('SIGHUP');
    assert.equal(await Promise.race([fleethook.exited, new Promise((resolve) => setTimeout(resolve, 1000, 'runs'))]), 'runs', 'it waits for the receiver');
    const asked = Date.now();
    assert.equal(await fleethook.kill(signal), code);
    assert.ok(Date.now() - asked < 2000);
    await logged('server.ended_at_once');
    await fleethook.spawn();
    await receiver.received(2);
  });
}

test('a stop that could not record what deliveries came to says so, in the log and by its exit code', { skip: spawnSync('prlimit', ['--version']).status !== 0 && 'needs prlimit' }, async () => {
  await begin(['--stop-seconds', '2']);
  // As on a full disk: no file may grow from now on.
  assert.equal(spawnSync('prlimit', ['--pid', String(fleethook.process.pid), '--fsize=1:1']).status, 0);
  answers[0]();
  await logged('delivery.record_failed');
  assert.equal(await fleethook.kill('SIGTERM'), 1);
  assert.match(await logged('server.stopped_unrecorded'), /what 1 deliveries came to .*sent again after the next start/);
  await fleethook.spawn();
  await receiver.received(2);
  answers[1]();
  assert.equal(await fleethook.kill('SIGTERM'), 0);
});

test('a clean stop leaves one database file, without a log beside it', async () => {
  const product = await begin();
  answers[0]();
  const [{ id }] = await fleethook.ok('GET', `/v1/products/${product}/webhooks`);
  // Read from the history: on connections that stay open.
  await until('its log entry', async () => (await fleethook.ok('GET', `/v1/products/${product}/webhooks/${id}`)).integration?.todayCounters?.success === 1);
  await fleethook.ok('GET', '/v1/audit');
  assert.ok(fs.existsSync(`${fleethook.data}/fleethook.db-wal`));
  assert.equal(await fleethook.kill('SIGTERM'), 0);
  assert.deepEqual(fs.readdirSync(fleethook.data).sort(), ['fleethook.db', 'fleethook.lock', 'master.key']);
  await logged('server.stopped');
});
