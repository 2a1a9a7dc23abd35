// What no well-meaning client sends, and the edges of what one may: bytes on a socket, and JSON that is wrong in one place.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook, receiver, product, auth;
before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start();
  product = (await fleethook.organization('bad', 1)).products[0].id;
  auth = `Host: x\r\nAuthorization: Bearer ${fleethook.token}\r\n`;
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

// One connection of our own. `responses` are the answers so far; those to HEAD have no body.
class Raw {
  static async open({ head = false } = {}) {
    const self = new Raw();
    self.head = head;
    self.bytes = Buffer.alloc(0);
    self.closed = false;
    self.socket = net.connect(fleethook.port, '127.0.0.1');
    self.socket.setNoDelay(true);
    self.socket.on('data', (chunk) => (self.bytes = Buffer.concat([self.bytes, chunk])));
    self.socket.on('error', () => {});
    self.socket.on('close', () => (self.closed = true));
    await new Promise((resolve) => self.socket.once('connect', resolve));
    return self;
  }

  get responses() {
    const found = [];
    for (let at = 0; ; ) {
      const end = this.bytes.indexOf('\r\n\r\n', at);
      if (end < 0) return found;
      const [line, ...fields] = this.bytes.subarray(at, end).toString('latin1').split('\r\n');
      const headers = Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]));
      const status = Number(line.split(' ')[1]);
      const size = this.head || status === 100 || status === 204 ? 0 : Number(headers['content-length']);
      if (this.bytes.length < end + 4 + size) return found;
      const body = this.bytes.subarray(end + 4, end + 4 + size).toString('utf8');
      found.push({ line, status, headers, body });
      at = end + 4 + size;
    }
  }

  async answers(count) {
    await until(`${count} answers, have ${JSON.stringify(this.bytes.toString('latin1'))}`, () => this.responses.length >= count);
    return this.responses;
  }
  async answer() {
    return (await this.answers(1))[0];
  }
  end() {
    return until('the end of the connection', () => this.closed);
  }
  close() {
    this.socket.destroy();
  }
}

async function raw(bytes, options) {
  const connection = await Raw.open(options);
  try {
    connection.socket.write(bytes);
    return await connection.answer();
  } finally {
    connection.close();
  }
}

function isError(answer, code) {
  const body = typeof answer.body === 'string' ? JSON.parse(answer.body) : answer.body;
  assert.equal(body.ok, false);
  assert.equal(typeof body.error, 'string');
  assert.equal(body.error_description, body.error);
  if (code) assert.equal(body.code, code);
  assert.doesNotMatch(JSON.stringify(body), /access token/i);
  return body;
}

const event = (name, data = 'x') => JSON.stringify({ name, data });
const post = (body, more = '') => `POST /v1/products/${product}/events HTTP/1.1\r\n${auth}Content-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

// Side by side: after a refusal the server waits a second for the client to read it.
describe('bytes that are no HTTP', { concurrency: 16 }, () => {
  const broken = {
    'a line of rubbish': 'rubbish\r\n\r\n',
    'a version that does not exist': 'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
    'a space in the target': 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
    'a control character in a header': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\x01c\r\n\r\n',
    'a space before the colon': 'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
    'a header without a colon': 'GET / HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n',
    'a TLS greeting': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
    'both Content-Length and Transfer-Encoding': 'POST /v1/devices/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two different lengths': 'POST /v1/devices/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345',
    'a length with a sign': 'POST /v1/devices/events HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n12345',
    'a negative length': 'POST /v1/devices/events HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n12345',
    'a chunk size that is no number': 'POST /v1/devices/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'an unknown transfer encoding': 'POST /v1/devices/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n',
    'a nul in a header': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(broken)) {
    test(`${what}: 400, JSON, and the connection ends`, async () => {
      const connection = await Raw.open();
      connection.socket.write(Buffer.from(bytes, 'latin1'));
      const answer = await connection.answer();
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.connection, 'close');
      assert.match(answer.headers['content-type'], /^application\/json/);
      isError(answer);
      await connection.end();
      assert.equal(connection.responses.length, 1);
    });
  }

  test('a request smuggled behind a refused one is not looked at', async () => {
    const connection = await Raw.open();
    const inner = post(event('smuggled'));
    connection.socket.write(`POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`);
    await connection.end();
    assert.equal(connection.responses.length, 1);
    assert.equal(connection.responses[0].status, 400);
  });
});

describe('more than we take', { concurrency: 16 }, () => {
  const cases = [
    ['headers of 20 KB', 431, () => `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['101 headers', 431, () => `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(101)}\r\n`],
    ['a target of 9,000 bytes', 414, () => `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a body said to be too long', 413, () => `POST /v1/devices/events HTTP/1.1\r\n${auth}Content-Length: 99999999\r\n\r\n`],
    ['a length beyond all numbers', 413, () => `POST /v1/devices/events HTTP/1.1\r\n${auth}Content-Length: 18446744073709551615\r\n\r\n`],
    ['a chunked body that turns out too long', 413, () => `POST /v1/devices/events HTTP/1.1\r\n${auth}Transfer-Encoding: chunked\r\n\r\n${'10000\r\n' + 'a'.repeat(65536) + '\r\n'}`.concat(('10000\r\n' + 'a'.repeat(65536) + '\r\n').repeat(16))],
  ];
  for (const [what, status, bytes] of cases) {
    test(`${what}: ${status}`, async () => {
      const connection = await Raw.open();
      connection.socket.write(bytes());
      const answer = await connection.answer();
      assert.equal(answer.status, status);
      isError(answer);
      await connection.end();
    });
  }

  test('what is at the limits is taken', async () => {
    const target = `/healthz?${'a'.repeat(8192 - '/healthz?'.length)}`;
    assert.equal((await raw(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)).status, 200);
    assert.equal((await raw(`GET ${target}a HTTP/1.1\r\nHost: x\r\n\r\n`)).status, 414);
    assert.equal((await raw(`GET /healthz HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(99)}\r\n`)).status, 200);
    const name = 'n'.repeat(64);
    const data = 'd'.repeat(16384);
    assert.equal((await fleethook.request('POST', `/v1/products/${product}/events`, { name, data })).status, 200);
  });

  test('a name of 65 bytes is 400, data of 16,385 bytes is 413, and each names its field', async () => {
    const name = await fleethook.request('POST', `/v1/products/${product}/events`, { name: 'n'.repeat(65) });
    assert.equal(name.status, 400);
    assert.equal(isError(name, 'invalid_request').violations[0].field, 'name');
    const data = await fleethook.request('POST', `/v1/products/${product}/events`, { name: 'n', data: 'd'.repeat(16385) });
    assert.equal(data.status, 413);
    assert.equal(isError(data).violations[0].field, 'data');
  });

  test('an integration has limits too', async () => {
    const create = (more) => fleethook.request('POST', `/v1/products/${product}/webhooks`, { event: 'e', url: 'https://example.com/', ...more });
    for (const [field, settings] of [
      ['event', { event: 'e'.repeat(65) }],
      ['url', { url: `https://example.com/${'a'.repeat(8192)}` }],
      ['name', { name: 'n'.repeat(129) }],
      ['body', { body: '{{#a}}'.repeat(33) + '{{/a}}'.repeat(33) }],
    ]) {
      const answer = await create(settings);
      assert.equal(answer.status, 400, field);
      assert.deepEqual(isError(answer, 'invalid_request').violations.map((v) => v.field), [field]);
    }
    const large = await create({ body: 'b'.repeat(256 * 1024 + 1) });
    assert.ok([400, 413].includes(large.status), `${large.status}`);
    isError(large);
    assert.equal((await create({ body: 'b'.repeat(200 * 1024) })).status, 201);
  });
});

describe('unusual but right HTTP', () => {
  test('pipelined requests are answered in order', async () => {
    const connection = await Raw.open();
    const paths = ['/healthz', '/nowhere', '/v1/user', '/healthz', '/v1/products/nope'];
    connection.socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\n${auth}\r\n`).join('') + post(event('piped')) + post('{') + `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.deepEqual((await connection.answers(8)).map((answer) => answer.status), [200, 404, 200, 200, 404, 200, 400, 200]);
    await connection.end();
  });

  test('a request that comes byte by byte is the same request', async () => {
    const connection = await Raw.open();
    for (const byte of Buffer.from(post(event('bytewise')))) {
      connection.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await connection.answer()).status, 200);
    connection.close();
  });

  test('HTTP/1.0 is answered and the connection ends, unless it asks otherwise', async () => {
    const connection = await Raw.open();
    connection.socket.write('GET /healthz HTTP/1.0\r\n\r\n');
    assert.equal((await connection.answer()).status, 200);
    await connection.end();
    const kept = await Raw.open();
    kept.socket.write('GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    assert.equal((await kept.answer()).headers.connection, 'keep-alive');
    kept.socket.write('GET /healthz HTTP/1.0\r\n\r\n');
    assert.equal((await kept.answers(2)).length, 2);
    await kept.end();
  });

  test('HEAD is answered like GET, without the body', async () => {
    const connection = await Raw.open({ head: true });
    connection.socket.write('HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const answer = await connection.answer();
    assert.equal(answer.status, 200);
    assert.equal(Number(answer.headers['content-length']), '{"ok":true}'.length);
    await connection.end();
    assert.ok(connection.bytes.toString().endsWith('\r\n\r\n'));
    const refused = await raw('HEAD /v1/user HTTP/1.1\r\nHost: x\r\n\r\n', { head: true });
    assert.equal(refused.status, 401);
  });

  test('Expect: 100-continue is answered before the body, and refused when the body would be too long', async () => {
    const body = event('expected');
    const connection = await Raw.open();
    connection.socket.write(`POST /v1/products/${product}/events HTTP/1.1\r\n${auth}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
    assert.equal((await connection.answer()).status, 100);
    connection.socket.write(body);
    assert.equal((await connection.answers(2))[1].status, 200);
    connection.close();
    assert.equal((await raw(`POST /v1/devices/events HTTP/1.1\r\n${auth}Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n`)).status, 413);
  });

  test('a chunked body with extensions and trailers is one body', async () => {
    await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'chunked', url: receiver.url, body: '{{{PARTICLE_EVENT_VALUE}}}' });
    const body = event('chunked', 'all of it');
    const chunks = [body.slice(0, 1), body.slice(1, 10), body.slice(10)].map((part) => `${part.length.toString(16).toUpperCase()};x=y\r\n${part}\r\n`).join('');
    const answer = await raw(`POST /v1/products/${product}/events HTTP/1.1\r\n${auth}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\nTrailer: t\r\n\r\n`);
    assert.equal(answer.status, 200);
    assert.equal((await receiver.received(1))[0].text, 'all of it');
  });

  test('a client that goes away in the middle harms nobody', async () => {
    for (const cut of [10, 60, 200]) {
      const connection = await Raw.open();
      connection.socket.write(post(event('cut', 'x'.repeat(500))).slice(0, cut));
      connection.socket.resetAndDestroy?.() ?? connection.close();
    }
    assert.equal((await fleethook.request('GET', '/healthz')).status, 200);
  });

  test('a preflight is answered on every path', async () => {
    for (const path of ['/v1/webhooks', '/v1/products/1/events', '/nowhere']) {
      const response = await fetch(fleethook.url + path, { method: 'OPTIONS', headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' } });
      assert.ok(response.status === 200 || response.status === 204, `${response.status}`);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) assert.match(response.headers.get('access-control-allow-methods'), new RegExp(method));
      for (const name of ['authorization', 'content-type', 'x-particle-tool', 'x-particle-project']) assert.match(response.headers.get('access-control-allow-headers').toLowerCase(), new RegExp(name));
    }
  });
});

describe('JSON that is wrong', () => {
  const refused = ['{', '[', '{"name":}', '{"name":"a"} x', '"text"', '[]', '{"name":"a",}', "{'name':'a'}", '{"name":"\\ud800"', '{"name":"a\u0001b"}', 'null', '\u0000', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`];
  for (const body of refused) {
    test(`${JSON.stringify(body).slice(0, 40)} is 400 on publishing and on creating`, async () => {
      for (const path of [`/v1/products/${product}/events`, `/v1/products/${product}/webhooks`]) {
        const answer = await fleethook.request('POST', path, body, { 'content-type': 'application/json' });
        assert.equal(answer.status, 400, path);
        isError(answer, 'invalid_request');
      }
    });
  }

  const wrongTypes = [
    ['event', 5], ['event', ''], ['event', []], ['name', 5], ['url', 5], ['url', {}], ['requestType', 'FETCH'], ['requestType', 5], ['disabled', 'maybe'], ['disabled', 1],
    ['headers', 'a'], ['headers', []], ['query', 5], ['form', 'a'], ['form', []], ['json', 5], ['body', {}], ['auth', 'a'], ['auth', { username: {} }], ['noDefaults', 'x'],
    ['rejectUnauthorized', 0], ['responseTopic', 5], ['errorResponseTopic', {}], ['responseTemplate', 5], ['unchunked', 'x'], ['dataUrlResponseEvent', 3], ['policy', 'sometimes'],
    ['secrets', 'A'], ['secrets', [5]], ['parameters', {}], ['headers', { 'a b': 'c' }], ['headers', { a: 'b\r\nc: d' }], ['integration_type', 'Carrier pigeon'], ['deviceID', 'e00fce680000000000000001'],
  ];
  for (const [field, value] of wrongTypes) {
    test(`${field}: ${JSON.stringify(value)} is 400 and names the field`, async () => {
      const answer = await fleethook.request('POST', `/v1/products/${product}/integrations`, { integration_type: 'Webhook', event: 'e', url: 'https://example.com/', [field]: value });
      assert.equal(answer.status, 400);
      const { violations } = isError(answer, 'invalid_request');
      assert.equal(violations.length, 1, JSON.stringify(violations));
      assert.equal(violations[0].field.split('.')[0], field);
      assert.ok(violations[0].message.length > 5);
    });
  }

  test('the body formats exclude each other', async () => {
    const answer = await fleethook.request('POST', `/v1/products/${product}/webhooks`, { event: 'e', url: 'https://example.com/', json: {}, form: {} });
    assert.equal(answer.status, 400);
    isError(answer, 'invalid_request');
  });

  test('several faults are told at once', async () => {
    const answer = await fleethook.request('POST', `/v1/products/${product}/webhooks`, { event: 5, url: 'ftp://example.com/', disabled: 'x' });
    assert.deepEqual(isError(answer).violations.map((violation) => violation.field).sort(), ['disabled', 'event', 'url']);
  });

  test('a template that does not parse is refused with its line and column', async () => {
    for (const [settings, field] of [
      [{ body: 'one\ntwo {{#open}}' }, 'body'],
      [{ json: { a: { b: 'one\ntwo {{#open}}' } } }, 'json.a.b'],
      [{ url: 'https://example.com/{{#open}}' }, 'url'],
      [{ headers: { 'X-A': '{{/closed}}' } }, 'headers.X-A'],
      [{ responseTopic: '{{' }, 'responseTopic'],
    ]) {
      const answer = await fleethook.request('POST', `/v1/products/${product}/webhooks`, { event: 'e', url: 'https://example.com/', ...settings });
      assert.equal(answer.status, 400, field);
      const [violation] = isError(answer).violations;
      assert.equal(violation.field, field);
      assert.match(violation.message, /line \d+.*column \d+/, violation.message);
      if (field === 'body') assert.match(violation.message, /line 2/);
    }
  });

  for (const url of ['ftp://example.com/', 'example.com', '//example.com/', 'javascript:alert(1)', 'file:///etc/passwd', 'http://', 'https:///path', 'http://exa mple.com/', 'http://example.com:99999/', '']) {
    test(`the URL ${JSON.stringify(url)} is refused`, async () => {
      const answer = await fleethook.request('POST', `/v1/products/${product}/webhooks`, { event: 'e', url });
      assert.equal(answer.status, 400);
      assert.equal(isError(answer, 'invalid_request').violations[0].field, 'url');
    });
  }

  test('unknown and read-only members, and null, are accepted', async () => {
    const made = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, {
      _: 'a note', eventName: 'via-alias', url: 'https://example.com/', mydevices: 'true', id: 'x', todayCounters: 5, unheard_of: { a: [] }, json: null, headers: null, rejectUnauthorized: 'true',
    });
    assert.equal(made.event, 'via-alias');
    assert.match(made.id, /^[0-9a-f]{24}$/);
    const { integration } = await fleethook.ok('GET', `/v1/products/${product}/webhooks/${made.id}`);
    assert.equal((await fleethook.request('PUT', `/v1/products/${product}/webhooks/${made.id}`, integration)).status, 200);
  });

  const publications = [
    ['name', {}], ['name', { name: '' }], ['name', { name: 5 }], ['name', { name: 'a\nb' }], ['name', { name: 'a\u2028b' }], ['ttl', { name: 'a', ttl: -1 }], ['ttl', { name: 'a', ttl: 'soon' }],
    ['ttl', { name: 'a', ttl: 1e300 }], ['private', { name: 'a', private: 'perhaps' }], ['as_device_id', { name: 'a', as_device_id: 'short' }], ['as_device_id', { name: 'a', as_device_id: 5 }],
  ];
  for (const [field, body] of publications) {
    test(`publishing ${JSON.stringify(body)} is 400 and names ${field}`, async () => {
      const answer = await fleethook.request('POST', `/v1/products/${product}/events`, body);
      assert.equal(answer.status, 400);
      assert.equal(isError(answer, 'invalid_request').violations[0].field, field);
    });
  }
});

describe('who and where', () => {
  const shape = { error: 'invalid_token', error_description: 'The access token provided is invalid.' };

  test('no token, a wrong one and a malformed one are 401 with exactly the words that clients look for', async () => {
    for (const authorization of [undefined, 'Bearer nonsense', 'Bearer ', 'Basic abc', `bearer${fleethook.token}`]) {
      for (const [method, path] of [['GET', '/v1/webhooks'], ['POST', `/v1/products/${product}/events`], ['GET', '/v1/events/a'], ['DELETE', `/v1/products/${product}/webhooks/x`]]) {
        const response = await fetch(fleethook.url + path, { method, headers: authorization ? { authorization } : {} });
        assert.equal(response.status, 401, `${method} ${path} ${authorization}`);
        const body = await response.json();
        assert.equal(body.error, shape.error);
        assert.equal(body.error_description, shape.error_description);
      }
    }
  });

  test('the token may come in the query of a GET or in a form, and nowhere else', async () => {
    const bare = async (method, path, body) => (await fetch(fleethook.url + path, { method, body })).status;
    assert.equal(await bare('GET', `/v1/user?access_token=${fleethook.token}`), 200);
    assert.equal(await bare('POST', `/v1/products/${product}/events`, new URLSearchParams({ name: 'in-form', access_token: fleethook.token })), 200);
    assert.equal(await bare('DELETE', `/v1/access_tokens/current?access_token=${fleethook.token}`), 401);
  });

  test('what does not exist is 404, a wrong method is 405 with the right ones', async () => {
    const missing = ['/v1', '/v1/nowhere', '/v1/products/none', '/v1/orgs/none', `/v1/products/${product}/webhooks/5f0000000000000000000000`, `/v1/products/${product}/webhooks/%ff`, '/v1/webhooks/..%2f..', '/v1/products/999999999999999999999/events'];
    for (const path of missing) {
      const answer = await fleethook.request('GET', path);
      assert.equal(answer.status, 404, path);
      isError(answer, 'not_found');
    }
    for (const [method, path] of [['PUT', '/v1/webhooks'], ['DELETE', '/healthz'], ['PATCH', '/v1/devices/events'], ['POST', '/v1/orgs/bad'], ['BREW', '/v1/webhooks']]) {
      const answer = await fleethook.request(method, path);
      assert.equal(answer.status, 405, `${method} ${path}`);
      isError(answer);
      assert.match(answer.headers.get('allow'), /GET|POST/);
    }
  });

  test('what is no address of the API is a page to a browser, and 404 to whoever wants JSON', async () => {
    const page = await fleethook.request('GET', '/nowhere', undefined, { accept: 'text/html' });
    assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
    const answer = await fleethook.request('GET', '/nowhere', undefined, { accept: 'application/json' });
    assert.equal(answer.status, 404);
    isError(answer, 'not_found');
  });

  test('no refusal but the one for tokens speaks of an access token', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answers = [
      await fleethook.request('POST', '/oauth/token', 'grant_type=password&username=admin%40example.com&password=wrong', form),
      await fleethook.request('POST', '/oauth/token', 'grant_type=magic', form),
      await fleethook.request('POST', '/oauth/token', '', form),
      await fleethook.request('POST', '/v1/users', { username: 'no address', password: 'x' }),
      await fleethook.request('PUT', '/v1/access_tokens'),
      await fleethook.request('POST', '/v1/orgs', {}),
    ];
    for (const answer of answers) {
      assert.ok(answer.status >= 400 && answer.status !== 401, `${answer.status} ${JSON.stringify(answer.body)}`);
      assert.doesNotMatch(JSON.stringify(answer.body), /access token/i);
      assert.equal(typeof answer.body.error_description, 'string');
    }
    assert.deepEqual([answers[0].status, answers[0].body.error, answers[0].body.error_description], [400, 'invalid_grant', 'User credentials are invalid']);
  });

  test('trailing slashes and plain characters in paths are taken', async () => {
    assert.equal((await fleethook.request('GET', '/v1/webhooks/')).status, 200);
    assert.equal((await fleethook.request('GET', '/v1/user/products/')).status, 200);
    assert.equal((await raw(`GET /v1/products/${product}/?nonce=1 HTTP/1.1\r\n${auth}\r\n`)).status, 200);
  });
});
