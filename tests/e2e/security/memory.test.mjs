// Who has no right to it makes the server neither read nor keep anything; who has one makes it keep so much and no more.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Fleethook, until } from '../support/fleethook.mjs';
import { Raw, mostResident } from '../support/raw.mjs';

const MB = 1024 * 1024;
const BATCH = 8 * MB;
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const JSON_BODY = { 'Content-Type': 'application/json' };

let fleethook, product, auth;
const open = [];
before(async () => {
  fleethook = await Fleethook.start();
  product = (await fleethook.organization('memory', 1)).products[0].id;
  auth = { Authorization: `Bearer ${fleethook.token}` };
});
afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});
after(() => fleethook?.close());

async function connect(options) {
  const connection = await Raw.open(options?.server ?? fleethook, options);
  open.push(connection);
  return connection;
}

// Many at once begin a request and pour its body. -> the statuses that they got.
async function pourAll(count, head, size) {
  const connections = await Promise.all(Array.from({ length: count }, () => connect()));
  await Promise.all(
    connections.map(async (connection) => {
      await connection.write(head);
      await connection.pour(size);
      await until('an answer, or the end', () => connection.status || connection.closed, 60000);
    }),
  );
  // Who goes on sending for longer than the server waits meets the end of the connection before the answer.
  const answered = connections.map((connection) => connection.status).filter((status) => status !== undefined);
  assert.ok(answered.length > 0);
  return new Set(answered);
}
const length = (bytes) => ({ 'Content-Length': bytes });
const batch = () => `/v1/products/${product}/events/batch`;
const held = () => fleethook.metric('fleethook_request_body_bytes');

describe('what the head decides is answered without the body', () => {
  // 300 of them took 2.4 GB. What a sender has under way lies in the kernel, not with us.
  for (const [what, target, headers, status] of [
    ['to no route', () => '/nothing/events/batch', JSON_BODY, 404],
    ['without a token', batch, JSON_BODY, 401],
    ['with a wrong token', batch, { ...JSON_BODY, Authorization: 'Bearer wrong' }, 401],
    ['in a form, where a short one could hold the token', batch, FORM, 413],
    ['with a method that is not served', () => '/v1/orgs', JSON_BODY, 405],
  ]) {
    test(`300 batches ${what} take next to no memory`, async () => {
      const method = status === 405 ? 'PATCH' : 'POST';
      const statuses = await pourAll(300, Raw.head(method, target(), { ...headers, ...length(BATCH) }), BATCH);
      assert.deepEqual(statuses, new Set([status]));
      assert.equal(await held(), 0);
      assert.ok(mostResident(fleethook) < 400, `${mostResident(fleethook)} MiB`);
    });
  }

  test('in chunks too, of which nobody knows how many come', async () => {
    const chunks = { 'Transfer-Encoding': 'chunked' };
    assert.deepEqual(await pourAll(20, Raw.head('POST', batch(), { ...JSON_BODY, ...chunks }), MB), new Set([401]));
  });

  test('who waits for "100 Continue" gets the refusal instead', async () => {
    const expect = { Expect: '100-continue', ...length(BATCH) };
    const refused = await connect();
    await refused.write(Raw.head('POST', batch(), { ...JSON_BODY, ...expect }));
    assert.equal(await refused.answer(), 401);
    assert.match(refused.text, /\r\nConnection: close\r\n/i);
    const welcome = await connect();
    await welcome.write(Raw.head('POST', batch(), { ...JSON_BODY, ...auth, ...expect }));
    assert.equal(await welcome.answer(), 100);
  });

  test('a member of another organization is refused before the body, too', async () => {
    await fleethook.ok('POST', '/v1/users', { username: 'stranger@example.com', password: 'a long password' });
    const login = await fetch(`${fleethook.url}/oauth/token`, {
      method: 'POST',
      headers: FORM,
      body: 'grant_type=password&client_id=a&client_secret=b&username=stranger%40example.com&password=a+long+password',
    });
    const token = (await login.json()).access_token;
    assert.equal(login.status, 200);
    const stranger = { ...JSON_BODY, Authorization: `Bearer ${token}`, ...length(BATCH) };
    assert.deepEqual(await pourAll(5, Raw.head('POST', batch(), stranger), BATCH), new Set([404]));
  });
});

describe('a token in a form', () => {
  test('is found, also when the form comes after its head and in pieces', async () => {
    const form = `name=temp&data=1&access_token=${fleethook.token}`;
    const connection = await connect();
    await connection.write(Raw.head('POST', '/v1/devices/events', { ...FORM, ...length(form.length) }));
    for (const half of [form.slice(0, 20), form.slice(20)]) await connection.write(half);
    assert.equal(await connection.answer(), 200);
  });

  test('has to be in a form of at most 64 KiB', async () => {
    const form = `name=temp&data=${'a'.repeat(70_000)}&access_token=${fleethook.token}`;
    const connection = await connect();
    await connection.write(Raw.head('POST', '/v1/devices/events', { ...FORM, ...length(form.length) }));
    assert.equal(await connection.answer(), 413);
    assert.match(connection.text, /without a token in its head/);
  });

  test('is not looked for in a million fields', async () => {
    const fields = Buffer.from('a&'.repeat(500_000));
    const publish = (headers, body) => fetch(`${fleethook.url}/v1/devices/events`, { method: 'POST', headers: { ...FORM, ...headers }, body });
    assert.equal((await publish({ authorization: `Bearer ${fleethook.token}` }, fields)).status, 400);
    assert.equal((await publish({}, fields)).status, 413);
    const parts = Buffer.from('--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n'.repeat(1000) + '--b--');
    const multipart = { authorization: `Bearer ${fleethook.token}`, 'content-type': 'multipart/form-data; boundary=b' };
    const imported = await fetch(`${fleethook.url}/v1/products/${product}/devices`, { method: 'POST', headers: multipart, body: parts });
    assert.equal(imported.status, 400);
    assert.match(await imported.text(), /at most 100 parts/);
  });
});

describe('one budget for all bodies', () => {
  test('an address has its share, and gets it back', async () => {
    const before = mostResident(fleethook);
    const connections = await Promise.all(Array.from({ length: 60 }, () => connect()));
    await Promise.all(
      connections.map(async (connection) => {
        await connection.write(Raw.head('POST', batch(), { ...JSON_BODY, ...auth, ...length(BATCH) }));
        await connection.pour(BATCH - 1);
      }),
    );
    const refused = () => connections.filter((connection) => connection.status === 429);
    await until('refusals', () => refused().length > 30, 60000);
    assert.match(refused()[0].text, /requests from this address/);
    assert.match(refused()[0].text, /\r\nRetry-After: 1\r\n/);
    const bytes = await held();
    assert.ok(bytes > 0 && bytes <= 64 * MB, `${bytes} bytes held`);
    assert.ok((await fleethook.metric('fleethook_request_bodies_refused_total')) >= refused().length);
    // 60 of 8 MiB would be 480 MiB.
    assert.ok(mostResident(fleethook) < Math.max(before, 100) + 250, `${mostResident(fleethook)} MiB`);
    await fleethook.publish(product, 'small', '1');
    for (const connection of connections) connection.close();
    await until('the memory to be free', async () => (await held()) === 0);
    const events = Array.from({ length: 500 }, () => ({ name: 'large', data: 'a'.repeat(10_000) }));
    await fleethook.ok('POST', batch(), events);
  });

  test('those without a token share a small part of it, and leave the rest to the others', async () => {
    const connections = await Promise.all(Array.from({ length: 1000 }, () => connect()));
    await Promise.all(
      connections.map(async (connection) => {
        await connection.write(Raw.head('POST', '/v1/devices/events', { ...FORM, ...length(60_000) }));
        await connection.pour(59_999, Buffer.alloc(59_999, 'a'));
      }),
    );
    await until('refusals', () => connections.some((connection) => connection.status === 503), 60000);
    assert.ok((await held()) <= 32 * MB);
    await fleethook.ok('POST', batch(), [{ name: 'large', data: 'a'.repeat(16_000) }]);
  });

  test('behind a trusted proxy each client has its own share', async () => {
    const server = await Fleethook.start({ args: ['--trusted-proxy', '127.0.0.1'] });
    try {
      const id = (await server.organization('proxied', 1)).products[0].id;
      const begin = async (client) => {
        const connection = await connect({ server });
        const headers = { Authorization: `Bearer ${server.token}`, 'X-Forwarded-For': client, ...JSON_BODY, ...length(BATCH) };
        await connection.write(Raw.head('POST', `/v1/products/${id}/events/batch`, headers));
        await connection.pour(BATCH - 1);
        return connection;
      };
      const one = await Promise.all(Array.from({ length: 12 }, () => begin('192.0.2.1')));
      await until('a refusal', () => one.some((connection) => connection.status === 429), 60000);
      const other = await begin('192.0.2.2');
      await other.write('a');
      assert.notEqual(await other.answer(), 429);
    } finally {
      await server.close();
    }
  });
});
