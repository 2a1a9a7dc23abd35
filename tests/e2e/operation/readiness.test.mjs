// What /readyz, the answers to publishers and the log say when something is wrong with the data folder of a running server.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { binary, Fleethook, Receiver, run, until } from '../support/fleethook.mjs';

let fleethook, receiver, product;
const needsSqlite = { skip: spawnSync('sqlite3', ['--version']).status !== 0 && 'needs the sqlite3 command' };
const needsPrlimit = { skip: spawnSync('prlimit', ['--version']).status !== 0 && 'needs prlimit' };
const file = (name) => `${fleethook.data}/${name}`;
const sql = (text) => {
  const done = spawnSync('sqlite3', [file('fleethook.db'), '.timeout 5000', text], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim();
};
const ready = async () => {
  const response = await fetch(`${fleethook.url}/readyz`);
  return { status: response.status, ...(await response.json()) };
};
const publish = (name = 'e') => fleethook.request('POST', `/v1/products/${product}/events`, { name, data: '1', private: true });
const isReady = () => until('to be ready', async () => (await ready()).status === 200);
const logged = (part) => until(`${part} in the log`, () => fleethook.log.find((line) => line.includes(part)));

beforeEach(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start();
  product = (await fleethook.organization('acme', 1)).products[0].id;
});
afterEach(async () => {
  await receiver?.close();
  await fleethook?.close();
});

test('with a damaged table of logged requests outcomes are recorded, and it is said', needsSqlite, async () => {
  const { id } = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'e', url: receiver.url });
  sql('ALTER TABLE exchange RENAME TO lost');
  for (let i = 0; i < 20; i++) assert.equal((await publish()).status, 200);
  await receiver.received(20);
  const counters = async () => (await fleethook.ok('GET', `/v1/products/${product}/webhooks`)).find((one) => one.id === id).todayCounters.success;
  await until('twenty outcomes', async () => (await counters()) === 20);
  const { status, ok, troubles } = await ready();
  assert.deepEqual([status, ok, troubles], [200, true, ['requests are not logged: database: no such table: exchange']]);
  assert.equal(await fleethook.metric('fleethook_write_failing{work="logs"}'), 1);
  assert.ok((await fleethook.metric('fleethook_write_failures_total{work="logs"}')) >= 1);
  assert.equal(await fleethook.metric('fleethook_write_failures_total{work="outcomes"}'), 0);
  await logged('server.in_trouble');
  sql('ALTER TABLE lost RENAME TO exchange');
  // Of a webhook only the first few successes of a minute are logged: each time a new one.
  let number = 0;
  await until('logging to work again', async () => {
    const event = `logged/${++number}/`;
    await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event, url: receiver.url });
    await publish(event);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return (await ready()).troubles === undefined;
  }, 40000);
});

test('with a damaged table of outcomes it is not ready, and events are accepted all the same', needsSqlite, async () => {
  await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'e', url: receiver.url });
  sql('ALTER TABLE outcome RENAME TO lost');
  await publish();
  await receiver.received(1);
  const { troubles } = await until('to be not ready', async () => {
    const now = await ready();
    return now.status === 503 && now;
  });
  assert.match(troubles.join(), /what deliveries came to is not recorded: database: no such table/);
  for (let i = 0; i < 10; i++) assert.equal((await publish('other')).status, 200, 'what fails is apart by now');
  assert.equal((await ready()).status, 503, 'though other writing succeeds');
  sql('ALTER TABLE lost RENAME TO outcome');
  await isReady();
  assert.equal(await until('its outcome', async () => (await fleethook.metric('fleethook_queue_waiting_deliveries')) === 0 && 'recorded'), 'recorded');
});

for (const [what, break_, mend] of [
  ['removed', () => fs.renameSync(file('fleethook.db'), file('aside')), () => fs.renameSync(file('aside'), file('fleethook.db'))],
  ['replaced', () => (fs.renameSync(file('fleethook.db'), file('aside')), fs.copyFileSync(file('aside'), file('fleethook.db'))), () => fs.renameSync(file('aside'), file('fleethook.db'))],
]) {
  test(`a database that is ${what} under it takes no events, says what to do, and goes on when the file is back`, async () => {
    assert.equal((await publish()).status, 200);
    break_();
    for (let i = 0; i < 50; i++) assert.equal((await publish()).status, 503, 'into nothing');
    const { troubles } = await until('to be not ready', async () => {
      const now = await ready();
      return now.status === 503 && now;
    });
    assert.match(troubles.join(), new RegExp(`fleethook\\.db was ${what} while the server runs: .*restore a backup`));
    await logged(`was ${what} while the server runs`);
    assert.equal((await fleethook.request('POST', '/v1/orgs', { name: 'Lost' })).status, 503);
    mend();
    await isReady();
    assert.equal((await publish()).status, 200);
    await logged('server.out_of_trouble');
    await fleethook.restart();
    assert.equal((await publish()).status, 200, 'nothing was taken in between that does not fit');
  });
}

test('a removed lock file lets no second server in, and is made again', async () => {
  fs.rmSync(file('fleethook.lock'));
  const second = run(['serve', '--data', fleethook.data, '--listen', '127.0.0.1:0']);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /another fleethook process is using/);
  await until('the file', () => fs.existsSync(file('fleethook.lock')));
  await logged('data.lock_file_made_again');
  assert.equal((await publish()).status, 200);
  assert.equal((await ready()).status, 200);
});

test('another process with the lock: not ready, and publishers are told to come again', { skip: spawnSync('flock', ['--version']).status !== 0 && 'needs flock' }, async () => {
  fs.rmSync(file('fleethook.lock'));
  fs.writeFileSync(file('fleethook.lock'), '');
  const other = spawn('flock', ['-n', file('fleethook.lock'), 'sleep', '60'], { detached: true, stdio: 'ignore' });
  try {
    const { troubles } = await until('to be not ready', async () => {
      const now = await ready();
      return now.status === 503 && now;
    });
    assert.match(troubles.join(), /another process has locked it: two servers on one data folder lose events/);
    assert.equal((await publish()).status, 503);
  } finally {
    process.kill(-other.pid);
  }
  await isReady();
  assert.equal((await publish()).status, 200);
});

test('events whose numbers another process has taken are refused with 503, never 409', needsSqlite, async () => {
  await publish();
  sql('UPDATE event SET seq = seq + 1');
  const refused = await publish();
  assert.equal(refused.status, 503, JSON.stringify(refused.body));
  assert.equal((await ready()).status, 503);
});

test('no room on the disk: 503 while it lasts, and what was accepted is there', needsPrlimit, async () => {
  await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'e', url: receiver.url });
  const limit = (bytes) => assert.equal(spawnSync('prlimit', ['--pid', String(fleethook.process.pid), `--fsize=${bytes}:unlimited`]).status, 0);
  limit(1);
  assert.equal((await publish()).status, 503);
  assert.equal((await ready()).status, 503);
  limit('unlimited');
  assert.equal((await publish()).status, 200);
  await receiver.received(1);
  await isReady();
});

// --- at start

const refusedAtStart = async (args = []) => {
  const child = spawn(binary, ['serve', '--data', fleethook.data, '--listen', '127.0.0.1:0', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const [code] = await once(child, 'exit');
  assert.equal(code, 1, said);
  return said;
};

test('an empty database file is no empty server', async () => {
  await fleethook.kill('SIGTERM');
  fs.truncateSync(file('fleethook.db'));
  assert.match(await refusedAtStart(), /fleethook\.db is empty \(0 bytes\).*Restore a backup/);
  assert.equal(fs.statSync(file('fleethook.db')).size, 0);
  const doctor = run(['doctor', '--data', fleethook.data]);
  assert.match(doctor.stdout, /BAD .*is empty \(0 bytes\)/);
});

test('a damaged file is named, with what to do', async () => {
  await fleethook.kill('SIGTERM');
  const handle = fs.openSync(file('fleethook.db'), 'r+');
  fs.writeSync(handle, Buffer.alloc(256 * 1024, 'x'), 0, 256 * 1024, 4096);
  fs.closeSync(handle);
  assert.match(await refusedAtStart(), /the database .*fleethook\.db is damaged: .*Restore a backup/);
});

test('no room on the disk is said', needsPrlimit, async () => {
  await fleethook.kill('SIGTERM');
  const child = spawnSync('bash', ['-c', `trap '' XFSZ; ulimit -f 0; exec "$0" serve --data "$1" --listen 127.0.0.1:0`, binary, fleethook.data], { encoding: 'utf8', timeout: 20000 });
  assert.equal(child.status, 1, child.stderr);
  assert.match(child.stderr, /there is no room on the disk of .*KiB are free/);
});

test('too few files are said', async () => {
  await fleethook.kill('SIGTERM');
  const start = (files) => spawnSync('bash', ['-c', `ulimit -n ${files}; exec timeout 20 "$0" serve --data "$1" --listen 127.0.0.1:0`, binary, fleethook.data], { encoding: 'utf8' });
  for (const files of [12, 24, 40]) {
    const { status, stderr } = start(files);
    assert.equal(status, 1, `${files}: ${stderr}`);
    assert.match(stderr, /ulimit/, `${files}: ${stderr}`);
  }
});
