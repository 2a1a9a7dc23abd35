// What receivers really answer: bytes on a socket, right and wrong, and what a delivery makes of them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { Fleethook, Stream, until } from './support/fleethook.mjs';
import { RawReceiver, answer } from './support/raw_receiver.mjs';

let fleethook, product, stream, receiver;
const answers = new Map(); // path -> what is answered there

before(async () => {
  fleethook = await Fleethook.start();
  product = (await fleethook.organization('wire', 1)).products[0].id;
  stream = await Stream.open(fleethook, `/v1/products/${product}/events`);
  receiver = await RawReceiver.start((request, index) => {
    const found = answers.get(request.url.split('?')[0]) ?? 'HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n';
    return typeof found === 'function' ? found(request, index) : found;
  });
});
after(async () => {
  stream?.close();
  await receiver?.close();
  await fleethook?.close();
});

let made = 0;
// A webhook on a path of its own, which is answered with `bytes`; gives how to publish to it, and what became of it.
async function hook(bytes, settings = {}) {
  const event = `wire${String(++made).padStart(3, '0')}`;
  const path = `/${event}`;
  if (bytes !== undefined) answers.set(path, bytes);
  const { id } = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event, url: receiver.url + path, ...settings });
  const detail = async () => (await fleethook.ok('GET', `/v1/products/${product}/webhooks/${id}`)).integration;
  return {
    event,
    path,
    id,
    detail,
    publish: (data = '1') => fleethook.publish(product, event, data),
    requests: () => receiver.to(path),
    ended: (kind, count = 1) =>
      until(`${count} ${kind} of ${event}`, async () => {
        const now = await detail();
        return now.todayCounters[kind] >= count && now;
      }),
    // Of its newest attempt, once there is one in the log.
    entry: () =>
      until(`an attempt of ${event}`, async () => {
        const now = await detail();
        return [...now.errors, ...now.logs][0];
      }),
    response: async (suffix = '/0') => (await stream.named(`api/hook-response/${event}${suffix}`)).data,
  };
}

const line = 'HTTP/1.1 200 OK\r\n';
const chunked = `${line}Transfer-Encoding: chunked\r\n\r\n`;
const close = (bytes) => () => (socket) => socket.end(bytes, 'latin1');
const odd = [
  { name: 'bare LF', bytes: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', body: 'ok' },
  { name: 'a space before the colon', bytes: `${line}Content-Length : 2\r\n\r\nok`, body: 'ok' },
  { name: 'lines that are no headers', bytes: `${line}what?\r\n: x\r\n folded\r\nContent-Length: 2\r\n\r\nok`, body: 'ok' },
  { name: 'Transfer-Encoding: identity', bytes: `${line}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok`, body: 'ok' },
  { name: 'a coding that nobody knows', bytes: close(`${line}Transfer-Encoding: x-own\r\n\r\nok`), body: 'ok' },
  { name: 'a chunk that is too long', bytes: `${chunked}2\r\nok!\r\n0\r\n\r\n`, body: 'ok' },
  { name: 'a chunk size that is none', bytes: `${chunked}2\r\nok\r\nsize\r\n`, body: 'ok' },
  { name: 'two lengths', bytes: `${line}Content-Length: 1\r\nContent-Length: 2\r\n\r\nok`, body: 'ok' },
  { name: 'a length that is no number', bytes: `${line}Content-Length: two\r\n\r\nok`, body: 'ok' },
  { name: 'a body that is cut', bytes: close(`${line}Content-Length: 9\r\n\r\nok`), body: 'ok' },
  { name: 'a reset in its body', bytes: () => (socket) => socket.write(`${line}Content-Length: 9\r\n\r\nok`, () => setTimeout(() => socket.resetAndDestroy(), 50)), body: 'ok' },
  { name: 'a status line and nothing else', bytes: close('HTTP/1.1 200') },
  { name: 'headers without end', bytes: `${line}A: ${'a'.repeat(40000)}` },
];
for (const { name, bytes, body } of odd) {
  test(`who answers 200 has taken the event: ${name}`, async () => {
    const its = await hook(bytes);
    await its.publish();
    const detail = await its.ended('success');
    assert.equal(detail.todayCounters.error, 0);
    assert.equal(its.requests().length, 1);
    const [entry] = detail.logs;
    assert.equal(entry.response.statusCode, 200);
    assert.equal(entry.response.body, body ?? '');
    assert.match(entry.notes[0], /^the answer is (not proper HTTP|incomplete): /);
    if (body) assert.equal(await its.response(), body);
  });
}

test('who answers another status with something wrong behind it has answered that status', async () => {
  const its = await hook('HTTP/1.1 422 No\nContent-Length : 2\n\nno');
  await its.publish();
  const detail = await its.ended('error');
  assert.equal(its.requests().length, 1);
  assert.equal(detail.errors[0].response.statusCode, 422);
  assert.equal(detail.errors[0].error, 'error status 422 from 127.0.0.1');
});

test('a connection is not used again after an answer with something wrong, and what is right says nothing', async () => {
  const its = await hook((request) => (request.text.includes('odd') ? 'HTTP/1.1 200 OK\nContent-Length: 0\n\n' : `${line}Content-Length: 0\r\n\r\n`));
  for (const [count, data] of ['odd', 'right', 'right again'].entries()) {
    await its.publish(data);
    await its.ended('success', count + 1);
  }
  assert.deepEqual(its.requests().map((r) => r.nth), [1, 1, 2]);
  assert.deepEqual((await its.detail()).logs.map((entry) => Boolean(entry.notes)), [false, false, true]);
});

test('what is not HTTP at all is no answer, and comes again', async () => {
  const its = await hook((request) => (its.requests().length === 1 ? close('SSH-2.0-OpenSSH_9.2\r\n')() : `${line}Content-Length: 0\r\n\r\n`));
  await its.publish();
  const detail = await its.ended('success');
  assert.match(detail.errors[0].error, /not valid HTTP/);
  assert.equal(its.requests().length, 2);
});

const ok = answer(200, '');
const elsewhere = (to, status = 302) => () => answer(status, '', { Location: to });

test('a script host that answers each POST with 302 is followed, and the last answer counts', async () => {
  const other = await RawReceiver.start(() => answer(200, '{"status":"done"}', { 'Content-Type': 'application/json' }));
  try {
    const its = await hook(elsewhere(`${other.url}/echo?key=1`), { json: { v: '{{{PARTICLE_EVENT_VALUE}}}' }, responseTemplate: '{{{status}}}' });
    await its.publish('21');
    const detail = await its.ended('success');
    assert.deepEqual(detail.todayCounters, { success: 1, error: 0, sleep: 0, cancelled: 0 });
    assert.equal(await its.response(), 'done');
    assert.equal(its.requests().length, 1);
    assert.equal(other.requests.length, 1);
    const [got] = other.requests;
    assert.deepEqual([got.method, got.url, got.body, got.headers['content-type']], ['GET', '/echo?key=1', '', undefined]);
    assert.deepEqual(detail.logs[0].notes, [`302 to GET ${other.url}/echo?key=1`]);
    assert.equal(detail.logs[0].request.url, receiver.url + its.path);
    assert.equal(detail.logs[0].response.body, '{"status":"done"}');
    const tested = await fleethook.ok('POST', `/v1/products/${product}/webhooks/${its.id}/test`, { data: '1' });
    assert.equal(tested.pass, true);
    assert.deepEqual(tested.notes, [`302 to GET ${other.url}/echo?key=1`]);
  } finally {
    await other.close();
  }
});

test('301, 302 and 303 become a GET, 307 and 308 repeat the request', async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const its = await hook(elsewhere('next/..//./end?q', status), { body: 'x={{{PARTICLE_EVENT_VALUE}}}', headers: { 'Content-Type': 'text/plain' } });
    answers.set('//end', ok);
    await its.publish('7');
    await its.ended('success');
    const got = receiver.to('//end').at(-1);
    const repeated = status >= 307;
    assert.deepEqual([got.method, got.url, got.body, got.headers['content-type']], repeated ? ['POST', '//end?q', 'x=7', 'text/plain'] : ['GET', '//end?q', '', undefined], String(status));
    assert.equal(got.socket, its.requests()[0].socket, 'on the same connection');
  }
});

test('credentials and headers with secrets stay in their origin', async () => {
  await fleethook.ok('POST', '/v1/orgs/wire/secrets', { name: 'KEY', value: 'aZ/9+kQ==' });
  const other = await RawReceiver.start(() => ok);
  try {
    const settings = { secrets: ['KEY'], auth: { username: 'u', password: '{{{KEY}}}' }, headers: { Cookie: 'a=b', 'X-Own': 'v {{{KEY}}}', 'X-Api-Key': 'literal', 'X-Room': 'cellar' }, body: 'x' };
    const away = await hook(elsewhere(`${other.url}/`, 307), settings);
    await away.publish();
    const detail = await away.ended('success');
    const [got] = other.requests;
    assert.equal(away.requests()[0].headers['x-own'], 'v aZ/9+kQ==');
    for (const name of ['authorization', 'cookie', 'x-own', 'x-api-key']) {
      assert.ok(away.requests()[0].headers[name], name);
      assert.equal(got.headers[name], undefined, name);
    }
    assert.equal(got.headers['x-room'], 'cellar');
    assert.equal(got.headers.host, new URL(other.url).host);
    assert.match(detail.logs[0].notes[0], /, without .*Authorization/);
    assert.match(detail.logs[0].notes[0], /X-Own/);

    const home = await hook(elsewhere('/home', 307), settings);
    answers.set('/home', ok);
    await home.publish();
    await home.ended('success');
    const there = receiver.to('/home')[0].headers;
    for (const name of ['authorization', 'cookie', 'x-own', 'x-api-key', 'x-room']) assert.equal(there[name], home.requests()[0].headers[name], name);

    const body = await hook(elsewhere(`${other.url}/`, 308), { secrets: ['KEY'], form: { key: '{{{KEY}}}' } });
    await body.publish();
    assert.match((await body.ended('error')).errors[0].error, /^error status 308 from 127\.0\.0\.1: .* the body has a secret/);
    assert.equal(other.requests.length, 1);
  } finally {
    await other.close();
  }
});

for (const [name, to, why] of [
  ['says not where', undefined, /it has no Location/],
  ['leads nowhere', 'gopher://x/', /its Location cannot be followed/],
  ['leads in a circle', (path) => path, /in a circle/],
  ['leads on and on', 'more/', /more than 5 times/],
]) {
  test(`a redirect that ${name} ends the delivery, and the error says so`, async () => {
    const its = await hook((request) => answer(302, '', to === undefined ? {} : { Location: typeof to === 'function' ? to(request.url) : to }));
    const before_ = receiver.requests.length;
    answers.set('/more/', elsewhere('more/'));
    for (let path = '/more/', i = 0; i < 6; i++, path += 'more/') answers.set(path, elsewhere('more/'));
    await its.publish();
    const detail = await its.ended('error');
    assert.match(detail.errors[0].error, /^error status 302 from 127\.0\.0\.1: /);
    assert.match(detail.errors[0].error, why);
    assert.equal(detail.errors[0].response.statusCode, 302);
    assert.ok(receiver.requests.length - before_ <= 6);
  });
}

test('redirects: "error" takes the 3xx for what it is', async () => {
  const its = await hook(elsewhere('/never'), { redirects: 'error' });
  await its.publish();
  assert.match((await its.ended('error')).errors[0].error, /^error status 302 from 127\.0\.0\.1: it redirects/);
  assert.equal(receiver.to('/never').length, 0);
});

test('a connection closed after the request was read counts as an attempt', async () => {
  const its = await hook((request) => (its.requests().length === 2 ? (socket) => socket.end() : ok));
  await its.publish('first');
  await its.ended('success');
  await its.publish('second');
  const detail = await its.ended('success', 2);
  const [first, closed, again] = its.requests();
  assert.equal(closed.socket, first.socket, 'on the kept connection');
  assert.deepEqual([closed, again].map((r) => r.headers['fleethook-attempt']), ['1', '2']);
  assert.equal(detail.errors[0].error, 'socket hang up');
  assert.equal(its.requests().length, 3);
});

// After every third request, sooner or later: before, at and after the moment of reuse.
let delay = 0;
const later = (end) => (delay++ % 2 ? setTimeout(end, delay % 7) : setImmediate(end));
for (const [name, end] of [
  ['closes with its answer', (socket) => socket.write('', () => socket.destroy())],
  ['closes', (socket) => later(() => socket.destroy())],
  ['resets', (socket) => later(() => socket.resetAndDestroy())],
]) {
  test(`a receiver that ${name} after some requests, or while idle, costs no attempt and gets nothing twice`, async () => {
    const its = await hook((request) => (socket) => {
      socket.write(ok);
      if (request.nth % 3 === 0) end(socket);
    });
    const count = 120;
    for (let i = 0; i < count; i++) {
      await its.publish(String(i));
      if (i % 4 === 0) await its.ended('success', i + 1);
    }
    const detail = await its.ended('success', count);
    assert.deepEqual(detail.errors, []);
    const ids = its.requests().map((r) => r.headers['webhook-id']);
    assert.equal(new Set(ids).size, count);
    assert.ok(its.requests().every((r) => r.headers['fleethook-attempt'] === '1'));
    assert.equal(ids.length, count, 'nothing came twice');
  });
}

test('an absurd Retry-After is the longest delay', async () => {
  for (const value of ['9999999999', '99999999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT']) {
    const its = await hook(() => answer(503, '', { 'Retry-After': value }));
    await its.publish();
    await its.entry();
    // Without it the next attempt comes within a second.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(its.requests().length, 1, value);
  }
});

const json = '{"v":42}';
const packed = [
  ['gzip', 'gzip', zlib.gzipSync(json)],
  ['zlib', 'deflate', zlib.deflateSync(json)],
  ['bare deflate', 'deflate', zlib.deflateRawSync(json)],
];
for (const [name, coding, body] of packed) {
  test(`an answer that comes compressed though nobody asked is decoded: ${name}`, async () => {
    const its = await hook(answer(200, body, { 'Content-Encoding': coding }), { responseTemplate: 'v={{v}}' });
    await its.publish();
    assert.equal(await its.response(), 'v=42');
    const detail = await its.ended('success');
    assert.equal(its.requests()[0].headers['accept-encoding'], undefined);
    assert.equal(detail.logs[0].response.headers['Content-Encoding'], coding);
    assert.equal(detail.logs[0].response.body, json);
    assert.equal(detail.logs[0].notes, undefined);
  });
}

test('an integration that asks for compression gets what it asked for', async () => {
  const its = await hook((request) => answer(200, zlib.gzipSync(request.headers['accept-encoding']), { 'Content-Encoding': 'gzip' }), { headers: { 'Accept-Encoding': 'gzip' } });
  await its.publish();
  assert.equal(await its.response(), 'gzip');
});

test('what a small answer unpacks to ends at the size of an answer', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(200 << 20));
  const its = await hook(answer(200, bomb, { 'Content-Encoding': 'gzip' }));
  await its.publish();
  await its.ended('success');
  assert.ok(bomb.length < 300000);
  const memory = fs.readFileSync(`/proc/${fleethook.process.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1];
  assert.ok(Number(memory) < 400 << 10, `${memory} KB at most`);
});

test('compressed data that is broken leaves what could be read, and the status decides', async () => {
  const text = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 1000).join('');
  const whole = zlib.gzipSync(text);
  const cut = await hook(answer(200, whole.subarray(0, whole.length / 2), { 'Content-Encoding': 'gzip' }), { unchunked: true });
  await cut.publish();
  const got = await cut.response('');
  assert.ok(got.length > 100 && text.startsWith(got));
  const plain = await hook(answer(200, json, { 'Content-Encoding': 'gzip' }), { responseTemplate: 'v={{v}}' });
  await plain.publish();
  assert.equal(await plain.response(), 'v=42');
  for (const its of [cut, plain]) assert.match((await its.ended('success')).logs[0].notes[0], /^the answer cannot be decoded: as gzip it is /);
});

test('a byte order mark before JSON is skipped', async () => {
  const its = await hook(answer(200, '\ufeff{"v":1}', { 'Content-Type': 'application/json' }), { responseTemplate: 'v={{v}}' });
  await its.publish();
  assert.equal(await its.response(), 'v=1');
});
