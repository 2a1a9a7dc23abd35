// A configuration can hold thousands of templates, and each can go through the event's data again and again: it ends with a reason, and nobody else waits for it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';

const loop = '{{#a}}{{#a}}{{/a}}{{/a}}';
const tooMuch = /take more than 100000 steps|over 1048576 bytes/;
const data = { a: Array(900).fill(1) };
let fleethook, receiver, product;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(() => ({ body: 'fine' }));
  product = (await fleethook.organization('acme', 1)).products[0].id;
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

const make = (event, config) =>
  fleethook.ok('POST', `/v1/products/${product}/integrations`, { integration_type: 'Webhook', event, url: `${receiver.url}/${event}`, noDefaults: true, requestType: 'POST', ...config });
const at = ({ id }) => `/v1/products/${product}/integrations/${id}`;

// The longest that /healthz took while `work` ran, in milliseconds.
async function longestWait(work) {
  let over = false;
  let longest = 0;
  const probe = (async () => {
    while (!over) {
      const began = performance.now();
      assert.equal((await fetch(`${fleethook.url}/healthz`)).status, 200);
      longest = Math.max(longest, performance.now() - began);
    }
  })();
  await work().finally(() => (over = true));
  await probe;
  return longest;
}

// Each blocked a loop for 20 s: one rendering had a budget, and there could be 9,000 of them.
const configs = {
  'a list of 9,000 templates in a JSON body': { json: { k: Array(9000).fill(loop) } },
  'an object of 4,000 templates': { json: Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`k${i}`, loop])) },
  'a form of 4,000 fields': { form: Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`k${i}`, loop])) },
  'a query of 4,000 fields': { query: Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`k${i}`, loop])) },
  'one template that goes through the data four times in itself': { body: '{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}' },
  '9,000 variables of the whole data': { json: { k: Array(9000).fill({ $var: 'a' }) } },
};

describe('what takes too much work', () => {
  for (const [what, config] of Object.entries(configs)) {
    test(`${what}: a test and a preview say so, events end once, and /healthz answers meanwhile`, async () => {
      const hook = await make(`costly-${Object.keys(configs).indexOf(what)}`, config);
      const event = { name: hook.event, data: JSON.stringify(data) };
      const longest = await longestWait(async () => {
        const tested = await fleethook.ok('POST', `${at(hook)}/test`, event);
        assert.match(JSON.stringify(tested), tooMuch);
        const preview = await fleethook.request('POST', `${at(hook)}/preview`, { event });
        assert.match(JSON.stringify(preview.body), tooMuch);
        for (let i = 0; i < 20; i++) await fleethook.publish(product, hook.event, event.data);
        await until('20 errors', async () => (await fleethook.ok('GET', at(hook))).integration.todayCounters.error >= 20, 60000);
      });
      assert.ok(longest < 2000, `${longest} ms`);
      assert.equal(receiver.requests.filter((one) => one.url.includes(hook.event)).length, 0);
    });
  }
});

test('8,000 headers are refused when they are saved, and take no memory', async () => {
  const answer = await fleethook.request('POST', `/v1/products/${product}/integrations`, {
    integration_type: 'Webhook', event: 'headers', url: receiver.url, requestType: 'POST', headers: Object.fromEntries(Array.from({ length: 8000 }, (_, i) => [`X-${i}`, '{{{PARTICLE_EVENT_VALUE}}}'])),
  });
  assert.equal(answer.status, 400, JSON.stringify(answer.body).slice(0, 300));
  assert.match(JSON.stringify(answer.body), /headers.*at most 256/);
});

test('a URL that takes too much work to find its host ends once, and what others publish goes on', async () => {
  const hook = await make('by-host', { url: `http://{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}127.0.0.1:1/` });
  const plain = await make('plain', { body: 'x' });
  const longest = await longestWait(async () => {
    const events = Array.from({ length: 100 }, () => ({ name: 'by-host', data: JSON.stringify(data) }));
    await fleethook.ok('POST', `/v1/products/${product}/events/batch`, { events });
    for (let i = 0; i < 10; i++) await fleethook.publish(product, plain.event, 'y');
    await until('the plain ones', () => receiver.requests.filter((one) => one.url === '/plain').length === 10, 60000);
  });
  assert.ok(longest < 2000, `${longest} ms`);
  assert.ok(hook.id);
});

test('a costly template that is within its budget is delivered, at so many a second', async () => {
  const hook = await make('within', { body: `${loop}done` });
  const list = JSON.stringify({ a: Array(150).fill(1) }); // some 45,000 steps
  for (let i = 0; i < 10; i++) await fleethook.publish(product, hook.event, list);
  await until('all of them', () => receiver.requests.filter((one) => one.url === '/within').length === 10, 60000);
  assert.ok((await fleethook.metric('fleethook_delivery_template_waits_total')) > 0);
});
