// Server-sent events: what a delivery tells about itself, and who sees it on which path.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Fleethook, Receiver, Stream, until } from './support/fleethook.mjs';
import { join } from './support/team.mjs';

const claimed = 'e00fce680000000000000001';
const unclaimed = 'e00fce680000000000000002';
let fleethook, receiver, a, b, mine, ofProduct, ofOrganization, idle;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => answers.get(request.url) ?? { status: 200 });
  [a, b] = (await fleethook.organization('streams', 2)).products;
  await fleethook.ok('POST', `/v1/products/${a.id}/devices`, { ids: [claimed], claim_user: 'admin@example.com' });
  await fleethook.ok('POST', `/v1/products/${a.id}/devices`, { id: unclaimed });
  mine = await Stream.open(fleethook, '/v1/devices/events');
  ofProduct = await Stream.open(fleethook, `/v1/products/${a.slug}/events`);
  ofOrganization = await Stream.open(fleethook, '/v1/orgs/streams/events');
  idle = await Stream.open(fleethook, '/v1/events/nothing-ever-has-this-name');
});
after(async () => {
  for (const stream of [mine, ofProduct, ofOrganization, idle]) stream?.close();
  await receiver?.close();
  await fleethook?.close();
});

const answers = new Map();
let count = 0;

// A webhook of product `a` (or of the sandbox) on an event of its own that answers `answer`. `settings` may be made from the event's name.
async function hook(answer, settings = {}, { sandbox = false } = {}) {
  const name = `case${String(++count).padStart(3, '0')}`;   // none begins another: triggers are prefixes
  answers.set(`/${name}`, answer);
  const more = typeof settings === 'function' ? settings(name) : settings;
  await fleethook.ok('POST', sandbox ? '/v1/webhooks' : `/v1/products/${a.id}/webhooks`, { event: name, url: `${receiver.url}/${name}`, ...more });
  return name;
}
const publish = (name, data = 'x', more = {}) => fleethook.publish(a.id, name, data, more);
const publishMine = (name, data = 'x') => fleethook.ok('POST', '/v1/devices/events', { name, data });
const beginning = (stream, prefix) => stream.events.filter((event) => event.name.startsWith(prefix));
// All events that begin with `prefix`, once `last` is among them and some time for surplus ones has passed.
async function all(stream, prefix, last) {
  await stream.named(last);
  await wait(60);
  return beginning(stream, prefix);
}

test('a stream begins with :ok alone, with the headers of an event stream', () => {
  assert.equal(mine.status, 200);
  assert.equal(mine.chunks[0].text, ':ok\n\n');
  assert.match(mine.headers['content-type'], /^text\/event-stream/);
  assert.equal(mine.headers['cache-control'], 'no-cache');
});

test('the default topics of a product begin with the device, those of the sandbox do not', async () => {
  const shared = await hook({ body: 'reply' });
  await publish(shared, 'x', { as_device_id: unclaimed });
  const response = await ofProduct.named(`${unclaimed}/hook-response/${shared}/0`);
  assert.equal(response.data, 'reply');
  assert.equal(response.coreid, 'particle-internal');
  assert.equal(response.ttl, 60);
  assert.equal(response.productID, a.id);
  assert.match(response.published_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const sent = await ofProduct.named(`hook-sent/${shared}`);
  assert.deepEqual([sent.data, sent.coreid], ['undefined', 'particle-internal']);
  await ofOrganization.named(`${unclaimed}/hook-response/${shared}/0`);
  assert.deepEqual(beginning(mine, `hook-sent/${shared}`), []);

  const own = await hook({ body: 'reply' }, {}, { sandbox: true });
  await publishMine(`${own}/more`);
  assert.equal((await mine.named(`hook-response/${own}/more/0`)).data, 'reply');
  await mine.named(`hook-sent/${own}/more`);
  assert.equal((await mine.named(`${own}/more`)).coreid, 'api');
  await wait(60);
  assert.deepEqual(beginning(ofOrganization, `hook-sent/${own}`), []);
});

const chunks = [
  ['1300 bytes make chunks of 512, 512 and 276', 1300, [512, 512, 276]],
  ['512 bytes make one chunk', 512, [512]],
  ['513 bytes make two chunks', 513, [512, 1]],
];
for (const [what, size, sizes] of chunks) {
  test(what, async () => {
    const body = Array.from({ length: size }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
    const name = await hook({ body });
    await publish(name);
    const topic = `api/hook-response/${name}`;
    const events = await all(ofProduct, topic, `${topic}/${sizes.length - 1}`);
    assert.deepEqual(events.map((event) => event.name), sizes.map((_, i) => `${topic}/${i}`));
    assert.deepEqual(events.map((event) => event.data.length), sizes);
    assert.equal(events.map((event) => event.data).join(''), body);
  });
}

test('an empty answer makes no response event', async () => {
  const name = await hook({ status: 204 });
  await publish(name);
  await ofProduct.named(`hook-sent/${name}`);
  await wait(150);
  assert.deepEqual(beginning(ofProduct, `api/hook-response/${name}`), []);
  assert.deepEqual(beginning(ofProduct, `api/hook-error/${name}`), []);
});

test('of 150 KB the first 102,400 bytes are published, in 200 chunks', async () => {
  const body = 'abcdefghij'.repeat(15360);
  const name = await hook({ body });
  await publish(name);
  const topic = `api/hook-response/${name}`;
  const events = await all(ofProduct, topic, `${topic}/199`);
  assert.equal(events.length, 200);
  assert.equal(events.map((event) => event.data).join(''), body.slice(0, 102400));
});

test('chunks never cut a character', async () => {
  const body = 'a'.repeat(511) + '€'.repeat(10);
  const name = await hook({ body });
  await publish(name);
  const topic = `api/hook-response/${name}`;
  const events = await all(ofProduct, topic, `${topic}/1`);
  assert.deepEqual(events.map((event) => event.data), ['a'.repeat(511), '€'.repeat(10)]);
});

test('unchunked is one event without an index', async () => {
  const name = await hook({ body: 'y'.repeat(3000) }, { unchunked: true });
  await publish(name);
  const topic = `api/hook-response/${name}`;
  const events = await all(ofProduct, topic, topic);
  assert.deepEqual(events.map((event) => [event.name, event.data.length]), [[topic, 3000]]);
});

test('a data URL carries bytes that are no text', async () => {
  const body = Buffer.from([0, 255, 1, 254, 10, 13]);
  const name = await hook({ body, headers: { 'content-type': 'image/png' } }, { dataUrlResponseEvent: true });
  await publish(name);
  assert.equal((await ofProduct.named(`api/hook-response/${name}/0`)).data, `data:image/png;base64,${body.toString('base64')}`);
});

test('a long data URL stays within the limit and can be decoded', async () => {
  const body = Buffer.alloc(150_000, 7);
  const name = await hook({ body, headers: { 'content-type': 'image/png' } }, { dataUrlResponseEvent: true, unchunked: true });
  await publish(name);
  const { data } = await ofProduct.named(`api/hook-response/${name}`);
  const encoded = data.slice('data:image/png;base64,'.length);
  assert.ok(data.length <= 102400 && data.length > 102390, `${data.length}`);
  const decoded = Buffer.from(encoded, 'base64');
  assert.equal(decoded.toString('base64'), encoded);
  assert.ok(decoded.equals(body.subarray(0, decoded.length)));
});

const reply = JSON.stringify({ main: { temp: 21.5, place: 'a"b' }, list: [{ v: 1 }, { v: 2 }] });
const templates = [
  ['a text renders over the reply', '{{main.temp}}/{{#list}}{{v}},{{/list}}', '21.5/1,2,'],
  ['an object renders leaf by leaf', { t: '{{{main.temp}}}', p: '{{{main.place}}}' }, JSON.stringify({ t: '21.5', p: 'a"b' })],
  ['numeric path parts index lists', '{{{list.1.v}}}', '2'],
];
for (const [what, responseTemplate, expected] of templates) {
  test(`responseTemplate: ${what}`, async () => {
    const name = await hook({ body: reply }, { responseTemplate });
    await publish(name);
    assert.equal((await ofProduct.named(`api/hook-response/${name}/0`)).data, expected);
  });
}

test('responseTemplate: a reply that is no JSON is published as it came', async () => {
  const name = await hook({ body: 'plain <text>' }, { responseTemplate: '{{x}}' });
  await publish(name);
  assert.equal((await ofProduct.named(`api/hook-response/${name}/0`)).data, 'plain <text>');
});

test('custom topics are rendered, and an empty topic means no event', async () => {
  const topics = { responseTopic: 'got/{{PARTICLE_DEVICE_ID}}/{{k}}/{{{PARTICLE_EVENT_NAME}}}', errorResponseTopic: 'bad/{{{PARTICLE_EVENT_NAME}}}' };
  const good = await hook({ body: 'r' }, topics);
  await publish(good, '{"k":"v"}');
  assert.equal((await ofProduct.named(`got/api/v/${good}/0`)).data, 'r');
  const bad = await hook({ status: 422 }, topics);
  await publish(bad);
  assert.equal((await ofProduct.named(`bad/${bad}/0`)).data, 'error status 422 from 127.0.0.1');

  const silent = { responseTopic: '', errorResponseTopic: '' };
  const quiet = await hook({ body: 'r' }, silent);
  const quietError = await hook({ status: 422 }, silent);
  await publish(quiet);
  await publish(quietError);
  await ofProduct.named(`hook-sent/${quiet}`);
  await ofProduct.named(`hook-sent/${quietError}`);
  await wait(150);
  const seen = ofProduct.events.filter((event) => event.name.includes(quiet) || event.name.includes(quietError)).map((event) => event.name);
  assert.deepEqual(seen.sort(), [quiet, quietError, `hook-sent/${quiet}`, `hook-sent/${quietError}`].sort());
});

test('hook-error: policy particle tells of each attempt, in product, organization and sandbox', async () => {
  const missing = await hook({ status: 404 }, { policy: 'particle' });
  await publish(missing);
  assert.equal((await ofProduct.named(`api/hook-error/${missing}/0`)).data, 'error status 404 from 127.0.0.1');
  assert.equal((await ofOrganization.named(`api/hook-error/${missing}/0`)).coreid, 'particle-internal');
  const own = await hook({ status: 404 }, { policy: 'particle' }, { sandbox: true });
  await publishMine(own);
  assert.equal((await mine.named(`hook-error/${own}/0`)).data, 'error status 404 from 127.0.0.1');
});

test('hook-error: the system\'s word for a refused connection and for a reset one', async () => {
  const gone = await Receiver.start();
  await gone.close();
  const refused = await hook({}, { policy: 'particle', url: `${gone.url}/` });
  await publish(refused);
  assert.match((await ofProduct.named(`api/hook-error/${refused}/0`)).data, /ECONNREFUSED/);
  const reset = await hook('reset', { policy: 'particle' });
  await publish(reset);
  assert.match((await ofProduct.named(`api/hook-error/${reset}/0`)).data, /ECONNRESET/);
});

test('hook-error: policy durable tells of the first failure, and is silent while it retries', async () => {
  const name = await hook({ status: 503 });
  await publish(name);
  await until('the third attempt', () => receiver.requests.filter((request) => request.url === `/${name}`).length >= 3);
  assert.deepEqual(beginning(ofProduct, `api/hook-error/${name}`).map((event) => event.data), ['error status 503 from 127.0.0.1; it will be tried again']);
  assert.equal(beginning(ofProduct, `hook-sent/${name}`).length, 1);
  answers.set(`/${name}`, { body: 'at last' });
  assert.equal((await ofProduct.named(`api/hook-response/${name}/0`)).data, 'at last');
});

test('what a delivery makes never fires a webhook', async () => {
  answers.set('/loop', { body: 'again' });
  const everywhere = { url: `${receiver.url}/loop`, responseTopic: 'chain/{{PARTICLE_EVENT_NAME}}' };
  for (const event of ['hook-', 'api/hook-', 'chain']) {
    await fleethook.ok('POST', `/v1/products/${a.id}/webhooks`, { event, ...everywhere });
    await fleethook.ok('POST', '/v1/webhooks', { event, ...everywhere });
  }
  await publish('chain', 'start');
  await publishMine('chain', 'start');
  await ofProduct.named('chain/chain/0');
  await mine.named('chain/chain/0');
  await ofProduct.named('hook-sent/chain');
  const failing = await hook({ status: 422 });
  await publish(failing);
  await ofProduct.named(`api/hook-error/${failing}/0`);
  await wait(200);
  assert.equal(receiver.requests.filter((request) => request.url === '/loop').length, 2);
});

test('each of the ten path forms shows what belongs to it', async () => {
  const other = (await fleethook.organization('elsewhere', 1)).products[0];
  const forms = [
    ['/v1/events/where', ['sandbox', 'claimed']],
    ['/v1/devices/events/where', ['sandbox', 'claimed']],
    [`/v1/devices/${claimed}/events/where`, ['claimed']],
    [`/v1/products/${a.slug}/events/where`, ['a', 'claimed', 'unclaimed']],
    [`/v1/products/${a.id}/devices/${claimed}/events/where`, ['claimed']],
    [`/v1/products/${a.id}/devices/events/where`, ['claimed']],
    ['/v1/orgs/streams/events/where', ['a', 'b', 'claimed', 'unclaimed']],
    [`/v1/orgs/streams/devices/${unclaimed.toUpperCase()}/events/where`, ['unclaimed']],
    [`/v1/orgs/streams/products/${a.slug}/events/where`, ['a', 'claimed', 'unclaimed']],
    [`/v1/orgs/streams/products/${a.id}/devices/${claimed}/events/where`, ['claimed']],
  ];
  const streams = await Promise.all(forms.map(([path]) => Stream.open(fleethook, `${path}?nonce=921.7`)));
  // The same paths without a prefix, but for the first, which needs one.
  const bare = await Promise.all(forms.slice(1).map(([path]) => Stream.open(fleethook, path.replace(/\/where$/, ''))));
  try {
    assert.deepEqual([...streams, ...bare].map((stream) => stream.status), Array(19).fill(200));
    await publish('elsewhere', 'x', { as_device_id: claimed });
    await fleethook.publish(other.id, 'where/other', 'x');
    await publishMine('where/sandbox');
    await publish('where/a');
    await fleethook.publish(b.id, 'where/b', 'x');
    await publish('where/unclaimed', 'x', { as_device_id: unclaimed });
    await publish('where/claimed', 'x', { as_device_id: claimed });
    for (const list of [streams, bare]) {
      for (const [index, stream] of list.entries()) {
        const [path, expected] = forms[index + forms.length - list.length];
        const names = () => beginning(stream, 'where').map((event) => event.name.slice('where/'.length)).sort();
        await until(`${path} has ${expected}, has ${names()}`, () => names().length >= expected.length);
        await wait(5);
        assert.deepEqual(names(), [...expected].sort(), path);
        assert.equal(beginning(stream, 'elsewhere').length, list === bare && expected.includes('claimed') ? 1 : 0, path);
      }
    }
  } finally {
    for (const stream of [...streams, ...bare]) stream.close();
  }
});

test('the stream of a device shows what its own events made, and nothing of another device', async () => {
  const paths = [`/v1/devices/${claimed}/events`, `/v1/products/${a.id}/devices/${claimed}/events`,
    `/v1/orgs/streams/devices/${claimed}/events`, `/v1/orgs/streams/products/${a.id}/devices/${claimed}/events`];
  const streams = await Promise.all(paths.map((path) => Stream.open(fleethook, path)));
  const ofOther = await Stream.open(fleethook, `/v1/products/${a.id}/devices/${unclaimed}/events`);
  try {
    const good = await hook({ body: 'reply' });
    const bad = await hook({ status: 422 });
    await publish(good, 'x', { as_device_id: unclaimed });
    await publish(good);
    await publish(good, 'x', { as_device_id: claimed });
    await publish(bad, 'x', { as_device_id: claimed });
    for (const [index, stream] of streams.entries()) {
      await stream.named(`${claimed}/hook-error/${bad}/0`);
      await stream.named(`${claimed}/hook-response/${good}/0`);
      assert.deepEqual(stream.events.map((event) => event.name).filter((name) => !name.endsWith(bad) && !name.includes('hook-error')),
        [good, `hook-sent/${good}`, `${claimed}/hook-response/${good}/0`], paths[index]);
    }
    await ofOther.named(`${unclaimed}/hook-response/${good}/0`);
    assert.deepEqual(ofOther.events.map((event) => event.name), [good, `hook-sent/${good}`, `${unclaimed}/hook-response/${good}/0`]);
  } finally {
    for (const stream of [...streams, ofOther]) stream.close();
  }
});

// Publishing from several connections at once puts commits, lanes and streams on different loops.
async function inOrder(stream, names, send, device) {
  await Promise.all(Array.from({ length: 8 }, async (_, lane) => {
    for (let i = lane; i < names.length; i += 8) await send(names[i]);
  }));
  const response = (name) => `${device}hook-response/${name}/0`;
  await until(`all responses on ${stream.request.path}`, () => new Set(stream.events.map((event) => event.name)).size >= 3 * names.length
    && names.every((name) => stream.events.some((event) => event.name === response(name))), 30000);
  const at = new Map(stream.events.map((event, index) => [event.name, index]));
  const wrong = names.filter((name) => !(at.get(name) < at.get(`hook-sent/${name}`) && at.get(`hook-sent/${name}`) < at.get(response(name))));
  assert.deepEqual(wrong, []);
}
const named200 = (prefix) => Array.from({ length: 200 }, (_, i) => `${prefix}/${String(i).padStart(3, '0')}`);

for (const [what, path] of [['a product', () => `/v1/products/${a.id}/events`], ['an organization', () => '/v1/orgs/streams/events'],
  ['a device', () => `/v1/products/${a.id}/devices/${claimed}/events`]]) {
  test(`on the stream of ${what} an event comes before its hook-sent, and that before the response`, async () => {
    const name = await hook({ body: 'reply' });
    const stream = await Stream.open(fleethook, `${path()}/`);
    try {
      await inOrder(stream, named200(name), (one) => publish(one, 'x', { as_device_id: claimed }), `${claimed}/`);
    } finally {
      stream.close();
    }
  });
}

test('on the stream of the sandbox an event comes before its hook-sent, and that before the response', async () => {
  const name = await hook({ body: 'reply' }, {}, { sandbox: true });
  const stream = await Stream.open(fleethook, '/v1/devices/events');
  try {
    await inOrder(stream, named200(name), (one) => publishMine(one), '');
  } finally {
    stream.close();
  }
});

test('the order holds for what a lane reads back from the disk while more is published', async () => {
  // More at once than a lane keeps in memory, to a receiver that answers late.
  const name = await hook({ body: 'reply' });
  const stream = await Stream.open(fleethook, `/v1/products/${a.id}/events`);
  try {
    const names = Array.from({ length: 3000 }, (_, i) => `${name}/${i}`);
    for (let from = 0; from < names.length; from += 1000) {
      void fleethook.ok('POST', `/v1/products/${a.id}/events/batch`, names.slice(from, from + 1000).map((one) => ({ name: one, data: 'x' })));
    }
    await until('all were sent', () => new Set(stream.events.map((event) => event.name)).size >= 3 * names.length, 60000);
    const at = new Map(stream.events.map((event, index) => [event.name, index]));
    assert.deepEqual(names.filter((one) => at.get(one) > at.get(`hook-sent/${one}`)), []);
  } finally {
    stream.close();
  }
});

test('a prefix is one encoded segment or several raw ones', async () => {
  const streams = await Promise.all(['temp%2Fa%20b', 'temp/a%20b', 'temp/a%20b/'].map((prefix) => Stream.open(fleethook, `/v1/events/${prefix}`)));
  try {
    await publishMine('temp/a');
    await publishMine('Temp/a b');
    await publishMine('temp/a b/1');
    for (const stream of streams) {
      await stream.named('temp/a b/1');
      assert.deepEqual(stream.events.map((event) => event.name), ['temp/a b/1']);
    }
  } finally {
    for (const stream of streams) stream.close();
  }
});

test('all events of everybody are not for asking: /v1/events needs a prefix', async () => {
  for (const path of ['/v1/events', '/v1/events/', '/v1/events?nonce=1']) {
    const { status, body } = await fleethook.request('GET', path);
    assert.equal(status, 400, path);
    assert.equal(body.ok, false);
    assert.equal(body.error, 'event prefix filter is required');
    assert.equal(body.error_description, 'event prefix filter is required');
  }
});

test('streams are for those who may see them', async () => {
  await fleethook.ok('POST', '/v1/users', { username: 'stranger@example.com', password: 'long enough' });
  const form = new URLSearchParams({ grant_type: 'password', username: 'stranger@example.com', password: 'long enough' }).toString();
  const { access_token } = await fleethook.ok('POST', '/oauth/token', form, { 'content-type': 'application/x-www-form-urlencoded' });
  const stranger = { url: fleethook.url, token: access_token };
  for (const path of [`/v1/products/${a.id}/events`, '/v1/orgs/streams/events', `/v1/orgs/streams/products/${a.id}/events`]) {
    const refused = await fleethook.request('GET', path, undefined, { authorization: `Bearer ${access_token}` });
    assert.ok([403, 404].includes(refused.status), `${path}: ${refused.status}`);
    assert.equal((await fleethook.request('GET', path, undefined, { authorization: 'Bearer nonsense' })).status, 401);
  }
  const theirs = await Stream.open(stranger, `/v1/devices/${claimed}/events`);
  const all_ = await Stream.open(stranger, '/v1/devices/events');
  await publish('private-thing', 'x', { as_device_id: claimed });
  await mine.named('private-thing');
  await wait(100);
  assert.deepEqual([...theirs.events, ...all_.events], []);
  theirs.close();
  all_.close();
});

test('an event published right after the greeting is not lost, and each comes in one piece', async () => {
  const stream = await Stream.open(fleethook, '/v1/events/burst');
  try {
    await publishMine('burst/0', 'é'.repeat(5000));
    for (let i = 1; i < 20; i++) {
      await stream.named(`burst/${i - 1}`);
      await publishMine(`burst/${i}`, 'é'.repeat(100));
    }
    await stream.named('burst/19');
    for (const { text } of stream.chunks.slice(1)) assert.match(text, /^event: [^\n]+\ndata: \{[^\n]+\}\n\n$/);
    assert.equal(stream.chunks.length, 21);
  } finally {
    stream.close();
  }
});

test('many events at once come complete and in order', async () => {
  const stream = await Stream.open(fleethook, `/v1/products/${b.id}/events/many`);
  try {
    const events = Array.from({ length: 1000 }, (_, i) => ({ name: `many/${i}`, data: String(i) }));
    await fleethook.ok('POST', `/v1/products/${b.id}/events/batch`, events);
    await stream.named('many/999');
    assert.deepEqual(stream.events.map((event) => event.data), events.map((event) => event.data));
  } finally {
    stream.close();
  }
});

test('an idle stream shows a sign of life within 10 s', async () => {
  await until('a byte on the idle stream', () => idle.chunks.length >= 2, 12000);
  assert.ok(idle.chunks[1].at - idle.chunks[0].at <= 10000);
  assert.match(idle.chunks[1].text, /^:?\n+$/);
  assert.deepEqual(idle.events, []);
});

// --- the end of the right to listen

const form = { 'content-type': 'application/x-www-form-urlencoded' };
async function signUp(name) {
  const username = `${name}@example.com`;
  await fleethook.ok('POST', '/v1/users', { username, password: 'long enough' });
  return { username, ...(await signIn(username)) };
}
async function signIn(username, more = {}) {
  const body = new URLSearchParams({ grant_type: 'password', username, password: 'long enough', ...more }).toString();
  const { access_token } = await fleethook.ok('POST', '/oauth/token', body, form);
  return { url: fleethook.url, token: access_token };
}
const as = (user) => ({ authorization: `Bearer ${user.token}` });
const last = (stream) => stream.bytes.split('\n\n').at(-2);
// The stream of `open()` ends within a second after `end()`, and says `why`.
async function endsAfter(open, end, why) {
  const stream = await Stream.open(...(await open()));
  let closed = 0;
  stream.request.on('close', () => { closed = Date.now(); });
  try {
    await end();
    const from = Date.now();
    await until(`the end (${why}), the last line being ${last(stream)}`, () => closed, 5000);
    assert.ok(closed - from < 1000, `after ${closed - from} ms`);
    assert.match(last(stream), why);
  } finally {
    stream.close();
  }
}

test('a stream ends within a second after the right to listen', async () => {
  const product = `/v1/products/${a.id}`;
  const inTeam = async (name, place = '/v1/orgs/streams') => {
    const user = await signUp(name);
    await join(fleethook, place, user.username, 'View-only', { token: user.token });
    return user;
  };

  const revoked = await signUp('revoked');
  await endsAfter(() => [revoked, '/v1/devices/events'], () => fleethook.ok('DELETE', `/v1/access_tokens/${revoked.token}`), /the token has been ended/);

  const brief = await signIn(revoked.username, { expires_in: '2' });
  await endsAfter(() => [brief, '/v1/devices/events'],
    () => until('the token to expire', async () => (await fleethook.request('GET', '/v1/user', undefined, as(brief))).status === 401), /the token has expired/);

  const left = await inTeam('left');
  await endsAfter(() => [left, '/v1/orgs/streams/events'], () => fleethook.ok('DELETE', `/v1/orgs/streams/team/${left.username}`), /there is no organization/);

  const ofProductTeam = await inTeam('of-product-team', product);
  await endsAfter(() => [ofProductTeam, `${product}/events`], () => fleethook.ok('DELETE', `${product}/team/${ofProductTeam.username}`), /there is no product/);

  const careful = await signUp('careful');
  await endsAfter(() => [careful, '/v1/devices/events'],
    () => fleethook.ok('PUT', '/v1/user', { password: 'quite as long', current_password: 'long enough', invalidate_tokens: true }, as(careful)), /the token has been ended/);

  const deleted = await inTeam('deleted');
  await endsAfter(() => [deleted, `${product}/events`], () => fleethook.ok('DELETE', '/v1/user', { password: 'long enough' }, as(deleted)), /the token has been ended/);

  let robot;
  const robotStream = async () => {
    const { created } = await fleethook.ok('POST', '/v1/orgs/streams/team', { friendly_name: 'Robot', scopes: ['events:get'] });
    robot = created.username;
    return [{ url: fleethook.url, token: created.tokens[0].token }, `${product}/events`];
  };
  await endsAfter(robotStream, () => fleethook.ok('PUT', `/v1/orgs/streams/team/${robot}`, { scopes: ['devices:list'] }), /the token has been ended/);
  await endsAfter(robotStream, () => fleethook.ok('PUT', `/v1/orgs/streams/team/${robot}/token`), /the token has been ended/);
  await endsAfter(robotStream, () => fleethook.ok('DELETE', `/v1/orgs/streams/team/${robot}`), /the token has been ended/);

  const { products: [moving, doomed] } = await fleethook.organization('moving', 2);
  const mover = await inTeam('mover', '/v1/orgs/moving');
  await endsAfter(() => [mover, `/v1/products/${doomed.id}/events`], () => fleethook.ok('DELETE', `/v1/products/${doomed.id}`), /there is no product/);
  const whole = await Stream.open(mover, '/v1/orgs/moving/events');
  try {
    await fleethook.publish(moving.id, 'before', 'x');
    await whole.named('before');
    await endsAfter(() => [mover, `/v1/products/${moving.slug}/events`],
      () => fleethook.ok('POST', `/v1/products/${moving.id}/move`, { organization: 'streams' }), /there is no product/);
    await fleethook.publish(moving.id, 'after', 'x');
    await ofOrganization.named('after');
    assert.deepEqual(whole.events.map((event) => event.name), ['before']);
  } finally {
    whole.close();
  }
  assert.ok(fleethook.log.filter((line) => line.includes('stream.ended')).length >= 10);
});
