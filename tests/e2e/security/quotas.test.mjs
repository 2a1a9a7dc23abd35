// One user, one owner, one address: each has a share, and is told which when it is used up. Nothing is dropped in silence.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Fleethook, until } from '../support/fleethook.mjs';
import { Raw, mostResident } from '../support/raw.mjs';

let fleethook;
const open = [];
before(async () => {
  fleethook = await Fleethook.start({ args: ['--allow-egress', '127.0.0.0/8', '--integrations-per-owner', '400'] });
});
afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});
after(() => fleethook?.close());

async function connect(options = {}) {
  const connection = await Raw.open(options.server ?? fleethook, options);
  open.push(connection);
  return connection;
}

async function person(name) {
  const username = `${name}@example.com`;
  await fleethook.ok('POST', '/v1/users', { username, password: 'a long password' });
  const body = new URLSearchParams({ grant_type: 'password', client_id: 'a', client_secret: 'b', username, password: 'a long password' });
  const login = await fetch(`${fleethook.url}/oauth/token`, { method: 'POST', body });
  return { authorization: `Bearer ${(await login.json()).access_token}` };
}
const hook = (event, more = {}) => ({ integration_type: 'Webhook', event, url: 'http://127.0.0.1:9/x', requestType: 'POST', ...more });

async function inTurns(count, work) {
  const left = Array.from({ length: count }, (_, i) => i);
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let next; (next = left.shift()) !== undefined; ) await work(next);
    }),
  );
}

describe('integrations', () => {
  test('one event fires 200, and the next one is refused when it is saved', async () => {
    const headers = await person('many');
    await inTurns(200, (i) => fleethook.ok('POST', '/v1/integrations', hook('alarm', { name: `hook ${i}` }), headers));
    for (const event of ['alarm', 'a', 'alarm/fire']) {
      const refused = await fleethook.request('POST', '/v1/integrations', hook(event), headers);
      assert.equal(refused.status, 400);
      assert.equal(refused.body.code, 'quota');
      assert.match(refused.body.error, /one event fires at most 200 integrations/);
    }
    await fleethook.ok('POST', '/v1/integrations', hook('other'), headers);
  });

  test('a user has so many as --integrations-per-owner says', async () => {
    const headers = await person('collector');
    await inTurns(400, (i) => fleethook.ok('POST', '/v1/integrations', hook(`event ${i}/`), headers));
    const refused = await fleethook.request('POST', '/v1/integrations', hook('one more'), headers);
    assert.equal(refused.status, 400);
    assert.match(refused.body.error, /at most 400 integrations/);
  });

  test('a user owns 20 organizations', async () => {
    const headers = await person('founder');
    for (let i = 0; i < 20; i++) await fleethook.ok('POST', '/v1/orgs', { name: `of founder ${i}` }, headers);
    const refused = await fleethook.request('POST', '/v1/orgs', { name: 'one more' }, headers);
    assert.equal(refused.status, 400);
    assert.match(refused.body.error, /at most 20 organizations/);
  });
});

describe('answers that nobody takes', () => {
  // 20 of them took 1.4 GiB, with a list of 72 MB.
  test('of a large list wait for a few readers of an address, not for all', async () => {
    const headers = await person('lists');
    const text = 'x'.repeat(200 * 1024);
    const add = (from, count) => inTurns(count, (i) => fleethook.ok('POST', '/v1/integrations', hook(`e${from + i}/`, { body: text }), headers));
    await add(0, 100);
    const slow = await Promise.all(Array.from({ length: 20 }, () => connect({ reads: false })));
    const head = Raw.head('GET', '/v1/integrations', { Authorization: headers.authorization });
    for (const connection of slow) await connection.write(head);
    await until('refusals', async () => (await fleethook.metric('fleethook_answers_refused_total')) >= 10, 120000);
    const waiting = await fleethook.metric('fleethook_answer_bytes_waiting');
    assert.ok(waiting > 0 && waiting <= 64 * 1024 * 1024, `${waiting} bytes`);
    assert.ok(mostResident(fleethook) < 700, `${mostResident(fleethook)} MiB`);
    const refused = await fleethook.request('GET', '/v1/integrations', undefined, headers);
    assert.equal(refused.status, 429);
    assert.match(refused.body.error, /answers to this address that nobody has read/);
    for (const connection of slow) connection.close();
    await until('room', async () => (await fleethook.metric('fleethook_answer_bytes_waiting')) === 0);
    assert.equal((await fleethook.ok('GET', '/v1/integrations', undefined, headers)).length, 100);

    await add(100, 70);
    const long = await fleethook.request('GET', '/v1/integrations', undefined, headers);
    assert.equal(long.status, 413);
    assert.equal(long.body.code, 'list_too_long');
    const page = await fleethook.request('GET', '/v1/integrations?page=2&per_page=50', undefined, headers);
    assert.equal(page.body.length, 50);
    assert.equal(page.headers.get('x-total-count'), '170');
  });
});

describe('connections and streams', () => {
  test('a user has 200 streams, and another one still gets theirs', async () => {
    const [ann, bob] = [await person('ann'), await person('bob')];
    const stream = async ({ authorization }) => {
      const connection = await connect();
      await connection.write(Raw.head('GET', '/v1/events/x', { Authorization: authorization }));
      await connection.answer();
      return connection;
    };
    const streams = await Promise.all(Array.from({ length: 200 }, () => stream(ann)));
    assert.ok(streams.every((one) => one.status === 200));
    const refused = await stream(ann);
    assert.equal(refused.status, 429);
    assert.match(refused.text, /this user has as many event streams open as it may \(200\)/);
    assert.equal((await stream(bob)).status, 200);
    streams[0].close();
    await until('room for one more', async () => (await stream(ann)).status === 200);
  });

  test('an address has 2,000 connections, and another one is served', async () => {
    const connections = [];
    for (let i = 0; i < 20; i++) connections.push(...(await Promise.all(Array.from({ length: 105 }, () => connect({ from: '127.0.0.3' })))));
    await until('the ones too many to be closed', () => connections.filter((one) => one.closed).length >= 100, 60000);
    assert.equal(connections.filter((one) => one.closed).length, 100);
    assert.ok((await fleethook.metric('fleethook_connections_refused_total')) >= 100);
    const other = await connect({ from: '127.0.0.4' });
    await other.write(Raw.head('GET', '/healthz'));
    assert.equal(await other.answer(), 200);
  });

  test('a trusted proxy has as many as there are', async () => {
    const server = await Fleethook.start({ args: ['--trusted-proxy', '127.0.0.1'] });
    try {
      const connections = [];
      for (let i = 0; i < 21; i++) connections.push(...(await Promise.all(Array.from({ length: 100 }, () => connect({ server })))));
      for (const connection of connections) await connection.write(Raw.head('GET', '/healthz'));
      await until('all answers', () => connections.every((one) => one.status === 200), 60000);
    } finally {
      for (const connection of open.splice(0)) connection.close();
      await server.close();
    }
  });
});
