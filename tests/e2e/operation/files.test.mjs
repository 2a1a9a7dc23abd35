// A server that may open few files (ulimit -n): connections of clients and to receivers share what there is, and nothing that fails for want of one counts
// against a delivery.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { binary, Fleethook, Receiver, until } from '../support/fleethook.mjs';

const kFiles = 64;
let fleethook;
const receivers = [];
const sockets = [];

// `ulimit -n` for the server alone: a script that is taken for the binary.
class Limited extends Fleethook {
  static async start(files) {
    const made = await Fleethook.start();
    await made.kill('SIGTERM');
    const self = new Limited();
    Object.assign(self, { data: made.data, credentials: made.credentials, token: made.token, args: made.args });
    self.wrapper = path.join(path.dirname(made.data), 'limited');
    fs.writeFileSync(self.wrapper, `#!/bin/bash\nulimit -n ${files}\nexec "${binary}" "$@"\n`, { mode: 0o755 });
    await self.spawn(self.wrapper);
    return self;
  }
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const receiver of receivers.splice(0)) await receiver.close();
  await fleethook?.close();
});

async function begin(count) {
  fleethook = await Limited.start(kFiles);
  const { products } = await fleethook.organization('acme', 1);
  for (let i = 0; i < count; i++) {
    const receiver = await Receiver.start();
    receivers.push(receiver);
    await fleethook.ok('POST', `/v1/products/${products[0].id}/webhooks`, { event: 'e', url: receiver.url, policy: 'particle' });
  }
  return products[0].id;
}
const outcomes = async (kind) => (await fleethook.metric(`fleethook_deliveries_total{outcome="${kind}"}`)) ?? 0;

function idle(count, localAddress) {
  for (let i = 0; i < count; i++) {
    const socket = net.connect({ port: fleethook.port, host: '127.0.0.1', localAddress });
    socket.on('error', () => {});
    sockets.push(socket);
  }
}

test('idle connections of clients take nothing from deliveries', async () => {
  const product = await begin(3);
  idle(60, '127.0.0.2');
  await until('the limit', async () => (await fleethook.metric('fleethook_connections_refused_total')) > 40);
  for (let i = 0; i < 7; i++) await fleethook.publish(product, 'e', String(i));
  for (const receiver of receivers) await receiver.received(7);
  await until('21 of 21', async () => (await outcomes('success')) === 21);
  assert.equal(await outcomes('error'), 0);
  assert.equal((await fetch(`${fleethook.url}/readyz`)).status, 200);
});

test('more receivers than there are files are all served, by giving up connections that rest', async () => {
  const product = await begin(40);
  for (let i = 0; i < 3; i++) await fleethook.publish(product, 'e', String(i));
  await until('120 of 120', async () => (await outcomes('success')) === 120, 60000);
  assert.equal(await outcomes('error'), 0);
  for (const receiver of receivers) assert.equal(receiver.requests.length, 3, 'none twice');
  assert.ok((await fleethook.metric('fleethook_file_waits_total')) > 0);
  const open = await fleethook.metric('fleethook_receiver_connections_open');
  assert.ok(open <= (await fleethook.metric('fleethook_receiver_connections_max')), `${open}`);
  assert.ok(fleethook.log.some((line) => line.includes('server.few_files')));
  assert.ok(fleethook.log.some((line) => line.includes('server.short_of_files')));
  assert.ok(fs.readdirSync(`/proc/${fleethook.process.pid}/fd`).length < kFiles);
});

test('a receiver that never answers leaves files for those that do', async () => {
  const product = await begin(2);
  const [good, silent] = receivers;
  silent.answer = () => 'hang';
  for (let i = 0; i < 40; i++) await fleethook.publish(product, 'e', String(i));
  await good.received(40, 15000);
  await until('forty of them', async () => (await outcomes('success')) === 40);
  assert.equal(await outcomes('error'), 0);
  await until('the rest to wait', async () => (await fleethook.metric('fleethook_queue_waiting_deliveries')) === 40);
});
