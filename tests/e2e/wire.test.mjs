// What receivers really answer: bytes on a socket, right and wrong, and what a delivery makes of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleethook, Stream, until } from './support/fleethook.mjs';
import { RawReceiver } from './support/raw_receiver.mjs';

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
  const its = await hook('HTTP/1.1 410 Gone\nContent-Length : 2\n\nno');
  await its.publish();
  const detail = await its.ended('error');
  assert.equal(its.requests().length, 1);
  assert.equal(detail.errors[0].response.statusCode, 410);
  assert.equal(detail.errors[0].error, 'error status 410 from 127.0.0.1');
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
