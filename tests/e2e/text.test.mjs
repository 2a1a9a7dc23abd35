// What people write into templates, and what must not be seen of it: against the real binary.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from './support/fleethook.mjs';
import { join } from './support/team.mjs';

const password = 'correct horse battery';
let fleethook, receiver, product, stream;
const answers = new Map();
let count = 0;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => answers.get(request.url.split('?')[0]) ?? { status: 200 });
  product = (await fleethook.organization('text', 1)).products[0];
  await fleethook.ok('POST', '/v1/orgs/text/secrets', { name: 'KEY', value: 'aZ/9+kQ==' });
  stream = await Stream.open(fleethook, `/v1/products/${product.slug}/events`);
});
after(async () => {
  stream?.close();
  await receiver?.close();
  await fleethook?.close();
});

const hooks = `/v1/orgs/text/integrations`;
const create = (settings) =>
  fleethook.ok('POST', hooks, { integration_type: 'Webhook', product_ids: [product.id], noDefaults: true, ...settings });
// Makes an integration on an event of its own, publishes, and gives the request that arrives.
async function sent(settings, data = '', name = `case${String(++count).padStart(3, '0')}`) {
  await create({ event: name, url: `${receiver.url}/${name}`, ...settings });
  const before_ = receiver.requests.length;
  await fleethook.publish(product.slug, name, data);
  return (await receiver.received(before_ + 1))[before_];
}

describe('templates', () => {
  test('a token with / and = in it goes into a header as it is', async () => {
    const { headers } = await sent({ headers: { Authorization: 'Token {{KEY}}' }, secrets: ['KEY'] });
    assert.equal(headers.authorization, 'Token aZ/9+kQ==');
  });

  test('an event name goes into a path as it is', async () => {
    const request = await sent({ url: `${receiver.url}/write/{{PARTICLE_EVENT_NAME}}` }, '1', 'data/room');
    assert.equal(`${request.method} ${request.url}`, 'POST /write/data/room');
  });

  test('data in a path begins neither a query nor a fragment', async () => {
    const settings = (name) => ({ url: `${receiver.url}/p/{{{v}}}`, event: name });
    const cases = [
      ['a#b?c', '/p/a%23b%3Fc'],
      ['two words/é\r\n', '/p/two%20words/%C3%A9%0D%0A'],
      ['100%', '/p/100%25'],
    ];
    for (const [v, url] of cases) assert.equal((await sent(settings(`path${++count}-`), JSON.stringify({ v }), `path${count}-`)).url, url);
    const query = await sent({ url: `${receiver.url}/q?v={{{v}}}&w=1` }, JSON.stringify({ v: 'a#b' }));
    assert.equal(query.url, '/q?v=a%23b&w=1');
  });

  test('data that would climb up the path ends the delivery in error, with a reason', async () => {
    const { id } = await create({ event: 'climb', url: `${receiver.url}/p/{{{v}}}` });
    await fleethook.publish(product.slug, 'climb', JSON.stringify({ v: '../admin' }));
    const { errors } = await until('the error', async () => {
      const { integration } = await fleethook.ok('GET', `${hooks}/${id}`);
      return integration.errors.length > 0 && integration;
    });
    assert.match(errors[0].error, /segment .* is '\.\.'/);
  });

  test('predefined names work in a response template, as text and in an object', async () => {
    answers.set('/answer', { headers: { 'content-type': 'application/json' }, body: '{"v":1,"PARTICLE_EVENT_NAME":"of the answer"}' });
    const common = { url: `${receiver.url}/answer`, unchunked: true };
    await sent({ ...common, responseTopic: 'text-answer', responseTemplate: '{{PARTICLE_PUBLISHED_AT}} {{v}} {{PARTICLE_EVENT_NAME}}' }, '', 'answer-text');
    assert.match((await stream.named('text-answer')).data, /^\d{4}-\d\d-\d\dT[\d:.]+Z 1 answer-text$/);
    await sent({ ...common, responseTopic: 'object-answer', responseTemplate: { at: '{{PARTICLE_PUBLISHED_AT}}', of: '{{PRODUCT_ID}}', v: '{{v}}' } }, '', 'answer-object');
    const { at, ...rest } = JSON.parse((await stream.named('object-answer')).data);
    assert.ok(Date.parse(at) > 0);
    assert.deepEqual(rest, { of: String(product.id), v: '1' });
  });
});

describe('events', () => {
  const body = { url: undefined, body: '{{{PARTICLE_EVENT_NAME}}}|{{{PARTICLE_EVENT_VALUE}}}' };
  test('names and data arrive as they were sent', async () => {
    const names = ['two words/x', 'grün/käse', '温度/室内', 'door 🚪 open', '#?&=+%<>', `${'n'.repeat(60)}/end`];
    await create({ event: 'n', url: `${receiver.url}/{{{PARTICLE_EVENT_NAME}}}`, body: body.body, headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
    for (const rest of names) {
      const name = `n${rest}`.slice(0, 64);
      const before_ = receiver.requests.length;
      await fleethook.publish(product.slug, name, `data of ${name}`);
      const request = (await receiver.received(before_ + 1))[before_];
      assert.equal(request.text, `${name}|data of ${name}`);
      assert.equal(decodeURIComponent(request.url), `/${name}`);
      assert.equal((await stream.named(name)).data, `data of ${name}`);
      await stream.named(`hook-sent/${name}`);
    }
  });

  test('16 KB of data arrive whole', async () => {
    const data = 'é'.repeat(8191) + 'zz';
    assert.equal(Buffer.byteLength(data), 16384);
    assert.equal((await sent({ body: '{{{PARTICLE_EVENT_VALUE}}}' }, data)).text, data);
  });

  test('names with characters that are not seen are refused, in events and elsewhere', async () => {
    for (const name of ['a\u2028b', 'a\u202eb', 'a\u200bb', 'a\u0085b', 'a\nb']) {
      const requests = [
        ['POST', `/v1/products/${product.slug}/events`, { name }],
        ['POST', '/v1/orgs', { name }],
        ['POST', '/v1/orgs/text/products', { product: { name, platform_id: 6 } }],
        ['POST', hooks, { integration_type: 'Webhook', product_ids: [product.id], event: 'x', url: receiver.url, name }],
        ['POST', hooks, { integration_type: 'Webhook', product_ids: [product.id], event: name, url: receiver.url }],
        ['POST', '/v1/orgs/text/team', { friendly_name: name, scopes: ['integrations:list'] }],
        ['PUT', '/v1/user', { account_info: { first_name: name } }],
      ];
      for (const [method, path, sent_] of requests) {
        const { status, body: answer } = await fleethook.request(method, path, sent_);
        assert.equal(status, 400, `${path} ${JSON.stringify(sent_)} ${JSON.stringify(answer)}`);
        assert.match(JSON.stringify(answer), /must not have control characters/);
      }
    }
  });
});

describe('secrets on streams', () => {
  const seen = (prefix) => stream.events.filter((event) => event.name.startsWith(prefix)).map((event) => event.data).join('');
  test('are masked when a receiver echoes them, over the borders of chunks too', async () => {
    await fleethook.ok('POST', '/v1/orgs/text/secrets', { name: 'ECHO', value: 'sesame-open-0123' });
    for (const before_ of [0, 500, 505]) {
      const topic = `echo-${before_}`;
      answers.set(`/${topic}`, { body: `${'x'.repeat(before_)}sesame-open-0123 ${Buffer.from('me:sesame-open-0123').toString('base64')}${' '.repeat(700)}end` });
      await sent({ url: `${receiver.url}/${topic}`, responseTopic: topic, headers: { 'X-Key': '{{{ECHO}}}' }, secrets: ['ECHO'] }, '', topic);
      const whole = await until('the last chunk', () => seen(`${topic}/`).endsWith('end') && seen(`${topic}/`));
      assert.equal(whole.trim().replace(/ +/g, ' '), `${'x'.repeat(before_)}[[SENSITIVE]] [[SENSITIVE]] end`);
    }
    assert.doesNotMatch(stream.bytes, /sesame|bWU6c2/);
  });

  test('are masked in topics and response templates, in data URLs and in errors', async () => {
    answers.set('/masked', { headers: { 'content-type': 'application/json' }, body: '{"v":"aZ\\/9+kQ=="}' });
    const common = { url: `${receiver.url}/masked`, secrets: ['KEY'], unchunked: true };
    await sent({ ...common, responseTopic: 'topic-{{KEY}}', responseTemplate: '{{{v}}} {{{KEY}}}' }, '', 'masked-topic');
    assert.equal((await stream.named('topic-[[SENSITIVE]]')).data, '[[SENSITIVE]] [[SENSITIVE]]');
    await sent({ ...common, responseTopic: 'as-data-url', dataUrlResponseEvent: true }, '', 'masked-url');
    const url = (await stream.named('as-data-url')).data;
    assert.equal(Buffer.from(url.split(',')[1], 'base64').toString(), '{"v":"[[SENSITIVE]]"}');
    answers.set('/fails', { status: 400, body: 'no' });
    await sent({ url: `${receiver.url}/fails`, secrets: ['KEY'], errorResponseTopic: 'error-{{KEY}}' }, '', 'masked-error');
    await stream.named('error-[[SENSITIVE]]/0');
    assert.ok(!stream.bytes.includes('aZ/9+kQ=='));
  });

  test('so is the Base64 of literal Basic credentials, in streams and logs', async () => {
    answers.set('/basic', { body: 'you sent dXNlcjpwYXNzd29yZA==' });
    const { id } = await create({ event: 'basic', url: `${receiver.url}/basic`, auth: { username: 'user', password: 'password' }, responseTopic: 'basic-answer' });
    await fleethook.publish(product.slug, 'basic', 'x');
    assert.equal((await stream.named('basic-answer/0')).data, 'you sent [[SENSITIVE]]');
    const { logs } = await until('the log', async () => {
      const { integration } = await fleethook.ok('GET', `${hooks}/${id}`);
      return integration.logs.length > 0 && integration;
    });
    assert.equal(logs[0].response.body, 'you sent [[SENSITIVE]]');
    assert.doesNotMatch(JSON.stringify(logs), /dXNlcjpwYXNzd29yZA/);
  });
});

describe('literal credentials in a configuration', () => {
  const settings = { url: 'https://u:urlpassword@h.example/?sig=urlsignature', auth: { username: 'authuser', password: 'authpassword' }, headers: { 'X-Api-Key': 'headerkey' } };
  const literals = /urlpassword|urlsignature|authuser|authpassword|headerkey/;
  const as = async (token, work) => {
    const admin = fleethook.token;
    fleethook.token = token;
    try {
      return await work();
    } finally {
      fleethook.token = admin;
    }
  };
  const tokenOf = async (name, role) => {
    const username = `${name}@example.com`;
    await fleethook.ok('POST', '/v1/users', { username, password });
    return join(fleethook, '/v1/orgs/text', username, role, { password });
  };
  let id;
  const seen = () =>
    Promise.all([
      fleethook.ok('GET', hooks),
      fleethook.ok('GET', `${hooks}/${id}`),
      fleethook.ok('GET', `/v1/products/${product.slug}/integrations/${id}`),
      fleethook.ok('GET', `${hooks}/${id}/versions`),
      fleethook.ok('GET', `${hooks}/${id}/versions/1`),
      fleethook.ok('POST', `${hooks}/${id}/preview`, { event: { data: 'x' } }),
    ]).then((answers_) => answers_.map((one) => JSON.stringify(one)));

  before(async () => {
    ({ id } = await create({ event: 'literal', name: 'Literal', ...settings }));
    await fleethook.ok('PATCH', `${hooks}/${id}`, { headers: { 'X-Api-Key': 'headerkey-2' } });
  });

  for (const [role, sees] of [['Administrator', true], ['Developer', true], ['Support', false], ['View-only', false]]) {
    test(`are ${sees ? 'shown to' : 'masked for'} ${role}`, async () => {
      const token = await tokenOf(role.toLowerCase(), role);
      for (const text of await as(token, seen)) {
        if (!sees) assert.doesNotMatch(text, literals);
        assert.equal(literals.test(text), sees, text);
      }
    });
  }

  test('are masked for an API user without integrations:update', async () => {
    const bot = async (scopes) => (await fleethook.ok('POST', '/v1/orgs/text/team', { friendly_name: 'bot', scopes })).created.tokens[0].token;
    const get = () => fleethook.ok('GET', `${hooks}/${id}`).then(JSON.stringify);
    assert.doesNotMatch(await as(await bot(['integrations:get']), get), literals);
    assert.match(await as(await bot(['integrations:get', 'integrations:update']), get), literals);
  });

  test('come back unmasked, and the mask itself is refused by field', async () => {
    const { integration } = await fleethook.ok('GET', `${hooks}/${id}`);
    await fleethook.ok('PUT', `${hooks}/${id}`, integration);
    const { status, body } = await fleethook.request('PATCH', `${hooks}/${id}`, { auth: { username: 'u', password: '[[SENSITIVE]]' } });
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /"field":"auth.password"/);
  });
});
