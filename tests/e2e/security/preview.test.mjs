// Who may only look at integrations gets no secret out of them: not letter by letter, not by guessing, not by the host it stands in.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from '../support/fleethook.mjs';
import { join } from '../support/team.mjs';

const mask = '[[SENSITIVE]]';
const value = 'q7zW-Kb91';
const letters = '{{#API_KEY}}{{0.0}}|{{1.0}}|{{2.0}}|{{3.0}}|{{4.0}}|{{5.0}}|{{6.0}}|{{7.0}}|{{8.0}}|{{9.0}}{{/API_KEY}}';
let fleethook, receiver, products, id, viewer, member, apiUser, developer;

// The same server, as somebody else.
async function as(token, work) {
  const own = fleethook.token;
  fleethook.token = token;
  try {
    return await work();
  } finally {
    fleethook.token = own;
  }
}
const asked = (token, method, target, body) => as(token, () => fleethook.request(method, target, body));
async function person(name, at, role) {
  await fleethook.ok('POST', '/v1/users', { username: `${name}@example.com`, password: `password-of-${name}` });
  return join(fleethook, at, `${name}@example.com`, role, { password: `password-of-${name}` });
}

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(() => ({ body: 'fine' }));
  products = (await fleethook.organization('acme', 2)).products;
  await fleethook.ok('POST', '/v1/orgs/acme/secrets', { name: 'API_KEY', value });
  ({ id } = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', event: 'temp', url: `${receiver.url}/in`, noDefaults: true, headers: { 'X-Key': '{{{API_KEY}}}' }, secrets: ['API_KEY'], product_ids: products.map((one) => one.id),
  }));
  viewer = await person('viewer', '/v1/orgs/acme', 'View-only');
  developer = await person('developer', '/v1/orgs/acme', 'Developer');
  member = await person('member', `/v1/products/${products[0].id}`, 'View-only');
  const made = await fleethook.ok('POST', '/v1/orgs/acme/team', { friendly_name: 'reader', scopes: ['integrations:get'] });
  apiUser = (made.created?.tokens ?? made.created?.token ?? made.tokens)[0]?.token ?? made.created.token;
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

const preview = () => `/v1/orgs/acme/integrations/${id}/preview`;

test('whoever may only look may not preview settings of their own', async () => {
  const here = `/v1/products/${products[0].id}/integrations`;
  const settings = { settings: { body: letters } };
  const fresh = { settings: { event: 'temp', url: 'https://example.com', body: letters, secrets: ['API_KEY'] } };
  for (const [token, target, body] of [
    [viewer, preview(), settings], [apiUser, preview(), settings], [member, `${here}/${id}/preview`, settings],
    [viewer, '/v1/orgs/acme/integrations/preview', { ...fresh, product_ids: [products[0].id] }], [apiUser, '/v1/orgs/acme/integrations/preview', { ...fresh, product_ids: [products[0].id] }], [member, `${here}/preview`, fresh],
  ]) {
    const answer = await asked(token, 'POST', target, body);
    assert.equal(answer.status, 403, `${target} ${JSON.stringify(answer.body)}`);
  }
  for (const [token, target] of [[viewer, preview()], [apiUser, preview()], [member, `${here}/${id}/preview`]]) {
    const answer = await asked(token, 'POST', target, { event: { name: 'temp' } });
    assert.deepEqual([answer.status, answer.body.previews[0].request.headers['X-Key']], [200, mask]);
  }
});

test('the letters that a template takes out of a secret are those of the mask', async () => {
  const { body } = await asked(developer, 'POST', preview(), { settings: { body: letters } });
  assert.equal(body.previews[0].request.body, '[|[|S|E|N|S|I|T|I|V');
});

test('the audit says who selected a secret, tried it in a preview and sent it in a test', async () => {
  await asked(developer, 'POST', preview(), { settings: { body: letters } });
  await asked(developer, 'POST', `/v1/orgs/acme/integrations/${id}/test`, {});
  const { audit } = await fleethook.ok('GET', '/v1/orgs/acme/audit?target=API_KEY&limit=100');
  const of = (action) => audit.filter((entry) => entry.action === action && entry.changes.integration?.to === id).map((entry) => entry.by.username);
  assert.deepEqual(of('secret.selected'), ['admin@example.com']);
  assert.deepEqual(of('secret.tested'), ['developer@example.com']);
  assert.deepEqual(of('secret.previewed'), ['developer@example.com'], 'one entry for many previews of one form');
});

describe('what a preview answers is the same whatever the value is', () => {
  const values = [value, 'q', 'https://user:word@secret.example/path?a=b#c', 'secret.example', 'with#sign', 'with@sign', '8443', mask];
  // Without what differs from call to call: ids and times.
  const stable = (answer) => JSON.stringify(answer).replaceAll(/"webhook-(id|timestamp)":"[^"]*"/g, '');
  for (const [what, settings] of Object.entries({
    letters: { body: letters },
    'conditions and lengths': { body: '{{#API_KEY}}{{0}}{{8}}{{length}}{{/API_KEY}}{{^API_KEY}}none{{/API_KEY}}' },
    'guesses, one a line': { body: values.filter((one) => one !== mask).join('\n') },
    host: { url: 'https://{{{API_KEY}}}/x' },
    'part of a host': { url: 'https://{{{API_KEY}}}.example.com/x' },
    port: { url: 'https://example.com:{{{API_KEY}}}/x' },
    password: { url: 'https://me:{{{API_KEY}}}@example.com/x' },
    'the whole URL': { url: '{{{API_KEY}}}' },
    'path and query': { url: 'https://example.com/{{{API_KEY}}}?k={{{API_KEY}}}' },
    headers: { headers: { 'X-Key': letters, 'X-{{{API_KEY}}}': '1' } },
    auth: { auth: { username: 'me', password: '{{{API_KEY}}}' } },
  })) {
    test(what, async () => {
      const answers = new Set();
      for (const one of values) {
        await fleethook.ok('PUT', '/v1/orgs/acme/secrets/API_KEY', { value: one });
        const answer = await asked(developer, 'POST', preview(), { settings });
        assert.equal(answer.status, 200);
        answers.add(stable(answer.body));
      }
      await fleethook.ok('PUT', '/v1/orgs/acme/secrets/API_KEY', { value });
      assert.equal(answers.size, 1, [...answers].join('\n'));
    });
  }
});

test('logs, errors and streams show no letter and no host of a secret', async () => {
  await fleethook.ok('POST', '/v1/orgs/acme/secrets', { name: 'HOST', value: `LocalHost:${receiver.port}` });
  await fleethook.ok('POST', '/v1/orgs/acme/secrets', { name: 'DEAD', value: 'http://user:word@127.0.0.1:1/path#rest' });
  const stream = await Stream.open(fleethook, `/v1/products/${products[0].id}/events`);
  const hook = (event, url, more) => fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', event, url, secrets: ['API_KEY', 'HOST', 'DEAD'], policy: 'particle', product_ids: [products[0].id], ...more,
  });
  const fine = await hook('fine', 'http://{{{HOST}}}/in', { body: letters, responseTopic: 'answered/{{#API_KEY}}{{0.0}}{{1.0}}{{/API_KEY}}' });
  const dead = await hook('dead', '{{{DEAD}}}', { body: letters });
  const before_ = receiver.requests.length;
  await fleethook.publish(products[0].id, 'fine', 'x');
  await fleethook.publish(products[0].id, 'dead', 'x');
  await until('the request', () => receiver.requests.length > before_);
  assert.equal(receiver.requests.at(-1).body, [...value].join('|') + '|');
  await stream.named('answered/[[/0');
  const log = (made, list) => until(list, async () => {
    const { body } = await asked(viewer, 'GET', `/v1/orgs/acme/integrations/${made.id}`);
    return body.integration[list][0];
  });
  const success = await log(fine, 'logs');
  assert.deepEqual([success.request.url, success.request.body], [`http://${mask}/in`, '[|[|S|E|N|S|I|T|I|V']);
  const failure = await log(dead, 'errors');
  assert.deepEqual([failure.request.url, failure.error], [`https://${mask}/`, `cannot connect to ${mask}`]);
  assert.doesNotMatch(JSON.stringify([success, failure]) + stream.bytes, /localhost|127\.0\.0\.1:1|word|path#|q7zW|q\|7/i);
  const tested = await asked(developer, 'POST', `/v1/orgs/acme/integrations/${dead.id}/test`, {});
  assert.deepEqual([tested.body.pass, tested.body.error], [false, `cannot connect to ${mask}`]);
  stream.close();
});
