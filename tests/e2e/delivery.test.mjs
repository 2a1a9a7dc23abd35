// The main job: a publish in, the integration's request out, its outcome counted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook, receiver, org;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => {
    if (request.url.startsWith('/refuse-once')) return receiver.requests.filter((r) => r.url === request.url).length === 1 ? { status: 503 } : { status: 200 };
    return { status: 200 };
  });
  org = await fleethook.organization('acme', 2);
});
after(async () => {
  await receiver.close();
  await fleethook.close();
});

const requestsTo = (path) => receiver.requests.filter((r) => r.url.split('?')[0] === path);
const arrived = async (path, count = 1) => {
  await until(`${count} requests to ${path}`, () => requestsTo(path).length >= count);
  return requestsTo(path);
};

test('a shared integration fires in each of its products, once, and the organization sums the outcomes', async () => {
  const [a, b] = org.products;
  const made = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', event: 'shared/', url: `${receiver.url}/shared/{{{PRODUCT_ID}}}`, product_ids: [a.id, b.slug],
  });
  assert.equal(made.shared, true);
  assert.deepEqual(made.product_ids, [a.id, b.id]);
  const published = [];
  for (const product of [a, a, b]) published.push((await fleethook.publish(product.slug, 'shared/temp', '21.5')).id);
  assert.equal(new Set(published).size, 3);
  await arrived(`/shared/${a.id}`, 2);
  await arrived(`/shared/${b.id}`, 1);

  const detail = await until('the counters', async () => {
    const { integration } = await fleethook.ok('GET', `/v1/orgs/acme/integrations/${made.id}`);
    return integration.todayCounters.success === 3 && integration;
  });
  assert.deepEqual(detail.products.map((p) => p.todayCounters.success), [2, 1]);
  assert.equal(detail.counters.length, 30);
  assert.equal(detail.counters.at(-1).success, 3);
  assert.ok(detail.logs.length >= 1);
  assert.equal(detail.logs[0].response.statusCode, 200);
  const inProduct = await fleethook.ok('GET', `/v1/products/${b.id}/integrations/${made.id}`);
  assert.equal(inProduct.integration.todayCounters.success, 1);
  assert.equal(inProduct.integration.id, made.id);
});

test('without settings the request is a form with the four default fields in order', async () => {
  await fleethook.ok('POST', `/v1/products/${org.products[0].id}/webhooks`, { event: 'plain', url: `${receiver.url}/plain` });
  await fleethook.publish(org.products[0].id, 'plain', 'a b&c');
  const [request] = await arrived('/plain');
  assert.equal(request.method, 'POST');
  assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.deepEqual([...new URLSearchParams(request.text).keys()], ['event', 'data', 'published_at', 'coreid']);
  assert.equal(new URLSearchParams(request.text).get('data'), 'a b&c');
  assert.match(request.headers['user-agent'], /^Fleethook\//);
  assert.match(request.headers['webhook-id'], /^[0-9a-f-]{36}$/);
  assert.equal(request.headers['fleethook-attempt'], '1');
});

const table = [
  {
    name: 'GET carries defaults and query in the URL',
    settings: { requestType: 'GET', query: { q: '{{{t}}}' } },
    check: (r) => {
      const query = new URL(r.url, 'http://x').searchParams;
      assert.equal(r.method, 'GET');
      assert.equal(query.get('q'), '21');
      assert.equal(query.get('coreid'), 'api');
      assert.equal(r.body, '');
    },
  },
  {
    name: 'a json object renders leaf by leaf and stays valid whatever the data',
    settings: { json: { v: '{{{s}}}', n: { t: '{{{t}}}' } }, noDefaults: true },
    check: (r) => assert.deepEqual(JSON.parse(r.text), { v: 'say "hi"\\', n: { t: '21' } }),
  },
  {
    name: 'a json object gets the defaults merged in',
    settings: { json: { v: '{{{t}}}' } },
    check: (r) => assert.deepEqual(Object.keys(JSON.parse(r.text)).sort(), ['coreid', 'data', 'event', 'published_at', 'v']),
  },
  {
    name: 'a json string inserts numbers',
    settings: { json: '{"t":{{{t}}}}', noDefaults: true },
    check: (r) => {
      assert.deepEqual(JSON.parse(r.text), { t: 21 });
      assert.equal(r.headers['content-type'].split(';')[0], 'application/json');
    },
  },
  {
    name: 'a form is percent-encoded',
    settings: { form: { f: '{{{s}}}' }, noDefaults: true },
    check: (r) => assert.equal(new URLSearchParams(r.text).get('f'), 'say "hi"\\'),
  },
  {
    name: 'a custom body sets no content type of its own',
    settings: { body: 'value={{{t}}}' },
    check: (r) => {
      assert.equal(r.text, 'value=21');
      assert.equal(r.headers['content-type'], undefined);
    },
  },
  {
    name: 'headers and basic auth are rendered',
    settings: { headers: { 'X-Room': '{{{t}}}' }, auth: { username: 'u{{{t}}}', password: 'p' } },
    check: (r) => {
      assert.equal(r.headers['x-room'], '21');
      assert.equal(r.headers.authorization, `Basic ${Buffer.from('u21:p').toString('base64')}`);
    },
  },
  {
    name: 'DELETE sends a body like POST',
    settings: { requestType: 'DELETE' },
    check: (r) => {
      assert.equal(r.method, 'DELETE');
      assert.match(r.text, /^event=/);
    },
  },
  {
    name: 'double braces escape HTML, triple braces do not',
    settings: { body: '{{s}} {{{s}}}' },
    check: (r) => assert.equal(r.text, 'say &quot;hi&quot;\\ say "hi"\\'),
  },
];
for (const [index, row] of table.entries()) {
  test(row.name, async () => {
    const product = org.products[1].id;
    await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: `row${index}/`, url: `${receiver.url}/row${index}`, ...row.settings });
    await fleethook.publish(product, `row${index}/x`, JSON.stringify({ t: 21, s: 'say "hi"\\' }));
    row.check((await arrived(`/row${index}`))[0]);
  });
}

test('data that is no valid UTF-8 reaches a custom body byte for byte', async () => {
  const product = org.products[0].id;
  await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'bytes', url: `${receiver.url}/bytes`, body: '{{{PARTICLE_EVENT_VALUE}}}' });
  await fleethook.ok('POST', `/v1/products/${product}/events`, 'name=bytes&data=a%ff%fez', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.equal((await arrived('/bytes'))[0].body, 'a\xff\xfez');
});

test('data with braces is never read as a template', async () => {
  const product = org.products[0].id;
  await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'braces', url: `${receiver.url}/braces`, body: '{{{PARTICLE_EVENT_VALUE}}}' });
  await fleethook.publish(product, 'braces', '{{{PARTICLE_DEVICE_ID}}}');
  assert.equal((await arrived('/braces'))[0].text, '{{{PARTICLE_DEVICE_ID}}}');
});

test('a refused delivery comes again under the same id, and counts once', async () => {
  const product = org.products[0].id;
  const made = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'again', url: `${receiver.url}/refuse-once` });
  await fleethook.publish(product, 'again', '1');
  const [first, second] = await arrived('/refuse-once', 2);
  assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
  assert.equal(second.headers['fleethook-attempt'], '2');
  const detail = await until('the outcome', async () => {
    const { integration } = await fleethook.ok('GET', `/v1/products/${product}/webhooks/${made.id}`);
    return integration.todayCounters.success === 1 && integration;
  });
  assert.deepEqual(detail.todayCounters, { success: 1, error: 0, sleep: 0, cancelled: 0 });
  assert.equal(detail.errors[0].response.statusCode, 503);
  assert.match(detail.errors[0].error, /error status 503 from 127\.0\.0\.1/);
});

test('a final status ends in error at once, and the log says why', async () => {
  const product = org.products[0].id;
  const made = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'gone', url: `${receiver.url}/gone` });
  receiver.answer = ((before_) => (r, i) => (r.url === '/gone' ? { status: 410 } : before_(r, i)))(receiver.answer);
  await fleethook.publish(product, 'gone', '1');
  const detail = await until('the error', async () => {
    const { integration } = await fleethook.ok('GET', `/v1/products/${product}/webhooks/${made.id}`);
    return integration.todayCounters.error === 1 && integration;
  });
  assert.equal(detail.errors[0].response.statusCode, 410);
  assert.equal(requestsTo('/gone').length, 1);
});

test('devices publish as themselves, and only those of the product may', async () => {
  const product = org.products[0].id;
  const device = 'e00fce681234567890abcdef';
  await fleethook.ok('POST', `/v1/products/${product}/devices`, { id: device });
  await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'who', url: `${receiver.url}/who`, body: '{{{PARTICLE_DEVICE_ID}}} {{{PRODUCT_ID}}}' });
  await fleethook.publish(product, 'who', '1', { as_device_id: device });
  assert.equal((await arrived('/who'))[0].text, `${device} ${product}`);
  const refused = await fleethook.request('POST', `/v1/products/${org.products[1].id}/events`, { name: 'who', as_device_id: device });
  assert.equal(refused.status, 400);
  assert.match(refused.body.error, /as_device_id/);
});

test('the sandbox fires on the events of its user', async () => {
  await fleethook.ok('POST', '/v1/webhooks', { event: 'mine', url: `${receiver.url}/mine` });
  await fleethook.ok('POST', '/v1/devices/events', { name: 'mine/x', data: '1' });
  await arrived('/mine');
});

test('a batch answers each event, and what is accepted is delivered', async () => {
  const product = org.products[1].id;
  await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'batch', url: `${receiver.url}/batch` });
  const lines = ['{"name":"batch/1","data":"1"}', '{"name":""}', 'no json', '{"name":"batch/2"}'].join('\n');
  const answer = await fleethook.ok('POST', `/v1/products/${product}/events/batch`, lines, { 'content-type': 'application/x-ndjson' });
  assert.deepEqual(answer.results.map((r) => r.ok), [true, false, false, true]);
  await arrived('/batch', 2);
  const array = await fleethook.ok('POST', `/v1/products/${product}/events/batch`, [{ name: 'batch/3' }, { name: 'batch/4', data: '4' }]);
  assert.equal(array.accepted, 2);
  await arrived('/batch', 4);
  const tooMany = await fleethook.request('POST', `/v1/products/${product}/events/batch`, Array(1001).fill({ name: 'batch' }));
  assert.equal(tooMany.status, 413);
});

test('a test request is one real attempt, counted for its product', async () => {
  const made = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    event: 'tested', url: `${receiver.url}/tested/{{{PRODUCT_ID}}}`, product_ids: org.products.map((p) => p.id),
  });
  const answer = await fleethook.ok('POST', `/v1/orgs/acme/integrations/${made.id}/test`, { product_id: org.products[1].slug, data: 'x' });
  assert.equal(answer.pass, true);
  await arrived(`/tested/${org.products[1].id}`);
});

test('a receiver that hangs does not delay a healthy one', async () => {
  const hanging = await Receiver.start(() => 'hang');
  const product = org.products[0].id;
  try {
    await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'slow', url: `${hanging.url}/` });
    await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'slow', url: `${receiver.url}/healthy` });
    for (let i = 0; i < 200; i++) await fleethook.publish(product, 'slow', String(i));
    await arrived('/healthy', 200);
  } finally {
    await hanging.close();
  }
});
