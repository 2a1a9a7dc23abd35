// `fleethook backup`: a copy of one moment that ends while events come in without pause, and that a server can be started on.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { binary, Fleethook, Receiver, run, until } from '../support/fleethook.mjs';

let fleethook, receiver, apart, product, webhook;
const started = [];
const folder = (name) => path.join(path.dirname(fleethook.data), name);
const backup = (...args) => run(['backup', '--data', fleethook.data, ...args]);

// A server on a copy. Its integrations deliver to the same receiver.
async function startOn(data, args = []) {
  const self = new Fleethook();
  Object.assign(self, { data, credentials: fleethook.credentials, token: fleethook.token, args: [...fleethook.args, ...args] });
  started.push(self);
  await self.spawn();
  return self;
}

beforeEach(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start();
  apart = await Receiver.start();
  product = (await fleethook.organization('acme', 1)).products[0].id;
  await fleethook.ok('PUT', '/v1/orgs/acme/secrets/KEY', { value: 'of-the-desk' });
  webhook = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'e', url: receiver.url });
  await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'apart', url: apart.url, headers: { 'X-Key': '{{{KEY}}}' }, secrets: ['KEY'] });
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill('SIGKILL').catch(() => {});
  await receiver?.close();
  await apart?.close();
  await fleethook?.close();
});

test('it ends under load, and a server that is started on it goes on from that moment', async () => {
  let stop = false;
  let accepted = 0;
  const batch = Array.from({ length: 200 }, () => ({ name: 'e', data: 'x'.repeat(400), private: true }));
  const publishers = Array.from({ length: 4 }, async () => {
    while (!stop) {
      await fleethook.ok('POST', `/v1/products/${product}/events/batch`, batch);
      accepted += batch.length;
    }
  });
  try {
    await until('some data', () => accepted >= 20000, 60000);
    const before = accepted;
    const child = spawn(binary, ['backup', '--data', fleethook.data, folder('copy'), '--with-master-key'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (said += text));
    const [code] = await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, 30000, ['never']))]);
    const during = accepted - before;
    assert.equal(code, 0, said);
    assert.match(said, /copy\/fleethook\.db: [0-9.]+ MB in [0-9.]+ s/);
    assert.ok(during >= 0);
    stop = true;
    await Promise.all(publishers);
    assert.deepEqual(fs.readdirSync(folder('copy')).sort(), ['fleethook.db', 'master.key']);
    for (const file of ['fleethook.db', 'master.key']) assert.equal(fs.statSync(path.join(folder('copy'), file)).mode & 0o777, 0o600);
    const doctor = run(['doctor', '--data', folder('copy')]);
    assert.match(doctor.stdout, /ok .*database file: ok/);
    const copy = await startOn(folder('copy'));
    const shown = await copy.ok('GET', `/v1/products/${product}/webhooks/${webhook.id}`);
    assert.equal(shown.integration.event, 'e');
    const events = await copy.metric('fleethook_queue_events');
    assert.ok(events >= before && events <= accepted, `${before} <= ${events} <= ${accepted}`);
    await copy.publish(product, 'apart', 'from the copy');
    const [request] = await apart.received(1);
    assert.equal(request.headers['x-key'], 'of-the-desk');
  } finally {
    stop = true;
    await Promise.allSettled(publishers);
  }
});

test('the key stays out unless it is asked for, and the copy says so and needs it', async () => {
  const made = backup(folder('copy'));
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /The master key .*master\.key is not in it/);
  assert.deepEqual(fs.readdirSync(folder('copy')), ['fleethook.db']);
  const refused = run(['serve', '--data', folder('copy'), '--listen', '127.0.0.1:0']);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /there is no master key file/);
  await startOn(folder('copy'), ['--master-key-file', `${fleethook.data}/master.key`]);
});

test('a stopped server is copied too, and its folder is left as it was', async () => {
  await fleethook.publish(product, 'e', '1');
  await receiver.received(1);
  assert.equal(await fleethook.kill('SIGTERM'), 0);
  const before = fs.readdirSync(fleethook.data).sort();
  assert.equal(backup(folder('copy')).status, 0);
  assert.deepEqual(fs.readdirSync(fleethook.data).sort(), before);
});

test('what a killed server has left in its log is in the copy', async () => {
  for (let i = 0; i < 50; i++) await fleethook.publish(product, 'other', String(i));
  await fleethook.kill('SIGKILL');
  assert.equal(backup(folder('copy'), '--with-master-key').status, 0);
  const copy = await startOn(folder('copy'));
  assert.equal(await copy.metric('fleethook_queue_events'), 50);
});

test('what cannot be a copy is refused in words, and nothing is left that looks like one', async () => {
  fs.mkdirSync(folder('full'));
  fs.writeFileSync(path.join(folder('full'), 'something'), 'else');
  const refusals = [
    [backup(folder('full')), /is not empty: name a new folder for each copy/],
    [backup(fleethook.data), /is not empty/],
    [run(['backup', folder('copy'), '--data', folder('nowhere')]), /cannot read .*nowhere\/fleethook\.db: No such file/],
    [run(['backup', '--data', fleethook.data]), /folder is required/i],
    [backup('/proc/copy'), /cannot make \/proc\/copy/],
  ];
  for (const [{ status, stderr }, words] of refusals) {
    assert.notEqual(status, 0);
    assert.match(stderr, words);
  }
  const child = spawnSync('bash', ['-c', `trap '' XFSZ; ulimit -f 8; exec "$0" backup --data "$1" "$2"`, binary, fleethook.data, folder('small')], { encoding: 'utf8' });
  assert.equal(child.status, 1);
  assert.match(child.stderr, /small\/fleethook\.db\.part/);
  assert.deepEqual(fs.readdirSync(folder('small')), []);
  assert.equal(backup(folder('small')).status, 0, 'the folder may be used again');
});
