// A secret goes where those say who may: a Developer of one product does not get the organization's by an own URL, an override, a copy or a variable, and one
// that is tied to a host is sent to no other, whatever an event or a redirect says.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';
import { join } from '../support/team.mjs';
import { person } from '../support/tenants.mjs';

const value = 'q7zW-Kb91';
const org = '/v1/orgs/acme';
let fleethook, ours, thief, products, developer, robot;

// Nobody may ever see it there.
const stolen = () => thief.requests.filter((request) => JSON.stringify(request).includes(value));
const hook = (more = {}) => ({
  integration_type: 'Webhook', name: crypto.randomUUID(), event: 'temp', url: `${ours.url}/in`, headers: { 'X-Key': '{{{API_KEY}}}' }, secrets: ['API_KEY'], ...more,
});
const shared = async (more = {}) => (await fleethook.ok('POST', `${org}/integrations`, hook({ product_ids: products.map((one) => one.id), ...more }))).id;
const limits = (more) => fleethook.ok('PUT', `${org}/secrets/API_KEY`, { products: null, hosts: null, ...more });
const at = (product, rest = '') => `/v1/products/${product.id}/integrations${rest}`;
const host = (receiver) => new URL(receiver.url).host;

before(async () => {
  fleethook = await Fleethook.start();
  ours = await Receiver.start(({ url }) => (url.startsWith('/away') ? { status: Number(url.slice(6, 9)), headers: { location: `${thief.url}/redirected` } } : { body: 'fine' }));
  thief = await Receiver.start(() => ({ body: 'thanks' }));
  products = (await fleethook.organization('acme', 2)).products;
  await fleethook.ok('POST', `${org}/secrets`, { name: 'API_KEY', value });
  developer = await person(fleethook, 'developer@example.com');
  await join(fleethook, `/v1/products/${products[0].id}`, developer.name, 'Developer', { token: developer.token });
  const { created } = await fleethook.ok('POST', `/v1/products/${products[0].id}/team`, { friendly_name: 'robot', scopes: ['integrations:create', 'integrations:update', 'integrations:get'] });
  robot = { name: 'robot', request: (method, target, body) => fleethook.request(method, target, body, { authorization: `Bearer ${created.token ?? created.tokens[0].token}` }) };
});
after(async () => {
  await ours?.close();
  await thief?.close();
  await fleethook?.close();
});

async function refused(who, method, target, body) {
  const answer = await who.request(method, target, body);
  assert.deepEqual([answer.status, answer.body.code], [403, 'secret_not_allowed'], `${method} ${target}: ${JSON.stringify(answer.body)}`);
  assert.match(answer.body.error_description ?? answer.body.error, /API_KEY/);
}

describe('who belongs to one product only, without a list,', () => {
  test('does not select the secret of the organization, with an own URL or any other, nor does an API user', async () => {
    for (const who of [developer, robot]) {
      await refused(who, 'POST', at(products[0]), hook({ url: thief.url }));
      await refused(who, 'POST', at(products[0]), hook());
      await refused(who, 'POST', at(products[0]), hook({ secrets: [], parameters: [{ key: 'API_KEY', secret: 'API_KEY' }] }));
    }
    const { id } = await developer.ok('POST', at(products[0]), hook({ secrets: [], headers: {}, url: thief.url }));
    await refused(developer, 'PATCH', at(products[0], `/${id}`), { secrets: ['API_KEY'], body: '{{{API_KEY}}}' });
    await refused(developer, 'POST', at(products[0], `/${id}/preview`), { settings: { secrets: ['API_KEY'] } });
    await fleethook.ok('DELETE', `${org}/integrations/${id}`);
  });

  test('does not lead elsewhere what uses it: by an override, a copy, an edit, an older version or a variable', async () => {
    const id = await shared();
    await refused(developer, 'PUT', at(products[0], `/${id}/override`), { url: thief.url });
    await refused(developer, 'PUT', at(products[0], `/${id}/override`), { headers: { Host: host(thief) } });
    await refused(developer, 'POST', at(products[0], `/${id}/separate`), { url: thief.url });
    const own = (await fleethook.ok('POST', at(products[0]), hook({ url: `${thief.url}/former` }))).id;
    await fleethook.ok('PATCH', at(products[0], `/${own}`), { url: `${ours.url}/in` });
    await refused(developer, 'PATCH', at(products[0], `/${own}`), { url: thief.url });
    await refused(developer, 'PUT', at(products[0], `/${own}`), hook({ url: thief.url }));
    await refused(developer, 'POST', at(products[0], `/${own}/rollback`), { to: 1 });
    await fleethook.ok('PUT', `${org}/variables`, { variables: { place: host(ours) } });
    const byVariable = await shared({ url: 'http://{{{product.vars.place}}}/in' });
    await refused(developer, 'PUT', `/v1/products/${products[0].id}/variables`, { variables: { place: host(thief) } });
    // It goes on for all, and what says nothing of where it goes may be changed.
    await developer.ok('PUT', at(products[0], `/${id}/override`), { disabled: true });
    await developer.ok('PUT', at(products[0], `/${id}/override`), {});
    await developer.ok('PATCH', at(products[0], `/${own}`), { name: 'called otherwise' });
    const before_ = ours.requests.length;
    await fleethook.publish(products[0].slug, 'temp', '{}');
    await ours.received(before_ + 3);
    assert.ok(ours.requests.slice(before_).every((request) => request.headers['x-key'] === value));
    for (const one of [id, own, byVariable]) await fleethook.ok('DELETE', `${org}/integrations/${one}`);
    assert.deepEqual(stolen(), []);
  });

  test('does not join what uses it by making the same', async () => {
    const id = await shared({ name: 'joined', product_ids: [products[1].id] });
    await fleethook.ok('PUT', org, { group_identical: 'auto' });
    await refused(developer, 'POST', at(products[0]), hook({ name: 'joined' }));
    await fleethook.ok('DELETE', `${org}/integrations/${id}`);
  });
});

describe('a list of products', () => {
  test('lets its people use the secret there, and nobody on another product', async () => {
    await limits({ products: [products[0].slug] });
    assert.deepEqual((await fleethook.ok('GET', `${org}/secrets/API_KEY`)).secret.products, [products[0].id]);
    const { id } = await developer.ok('POST', at(products[0]), hook());
    const before_ = ours.requests.length;
    await fleethook.publish(products[0].slug, 'temp', '{}');
    await ours.received(before_ + 1);
    assert.equal(ours.requests.at(-1).headers['x-key'], value);
    const answer = await fleethook.request('POST', `${org}/integrations`, hook({ product_ids: products.map((one) => one.id) }));
    assert.deepEqual([answer.status, answer.body.code], [400, 'secret_not_for_product']);
    await fleethook.ok('DELETE', `${org}/integrations/${id}`);
  });

  test('that is shortened ends what fires elsewhere in an error, not in an empty text', async () => {
    await limits({});
    const id = await shared();
    await limits({ products: [products[0].id] });
    const before_ = ours.requests.length;
    await fleethook.publish(products[1].slug, 'temp', '{}');
    const log = await until('the error', async () => (await fleethook.ok('GET', at(products[1], `/${id}`))).integration.errors[0]);
    assert.match(JSON.stringify(log), /secret API_KEY may not be used on product/);
    const tested = await fleethook.ok('POST', at(products[1], `/${id}/test`), {});
    assert.deepEqual([tested.pass, /may not be used on product/.test(tested.error)], [false, true]);
    assert.equal(ours.requests.length, before_);
    await fleethook.ok('DELETE', `${org}/integrations/${id}`);
  });
});

describe('a secret that is tied to a host', () => {
  test('is not saved with another one, by anybody', async () => {
    await limits({ hosts: [host(ours)] });
    const answer = await fleethook.request('POST', at(products[0]), hook({ url: thief.url }));
    assert.deepEqual([answer.status, answer.body.code], [400, 'secret_not_for_host'], JSON.stringify(answer.body));
    const id = await shared();
    const override = await fleethook.request('PUT', `${org}/integrations/${id}/products/${products[0].id}/override`, { url: thief.url });
    assert.deepEqual([override.status, override.body.code], [400, 'secret_not_for_host']);
    await fleethook.ok('DELETE', `${org}/integrations/${id}`);
  });

  test('never arrives where the data of an event, a variable or a header Host points', async () => {
    await limits({ hosts: [host(ours)] });
    await fleethook.ok('PUT', `${org}/variables`, { variables: { place: host(thief) } });
    const ids = [];
    for (const more of [{ url: '{{{url}}}' }, { url: 'http://{{{host}}}/in' }, { url: 'http://{{{product.vars.place}}}/in' }, { headers: { 'X-Key': '{{{API_KEY}}}', Host: '{{{host}}}' } }]) {
      ids.push(await shared(more));
    }
    const before_ = ours.requests.length;
    const event = JSON.stringify({ url: `${thief.url}/data`, host: host(thief) });
    await fleethook.publish(products[0].slug, 'temp', event);
    for (const id of ids) {
      const log = await until('the error', async () => (await fleethook.ok('GET', at(products[0], `/${id}`))).integration.errors[0]);
      assert.match(JSON.stringify(log), /secret API_KEY may not be sent to/, id);
      const tested = await fleethook.ok('POST', at(products[0], `/${id}/test`), { data: event });
      assert.deepEqual([tested.pass, /may not be sent to/.test(tested.error)], [false, true], JSON.stringify(tested));
      const { previews } = await fleethook.ok('POST', at(products[0], `/${id}/preview`), { event: { data: event } });
      assert.match(previews[0].error, /may not be sent to/);
    }
    assert.equal(ours.requests.length, before_);
    assert.deepEqual(thief.requests, []);
    for (const id of ids) await fleethook.ok('DELETE', `${org}/integrations/${id}`);
  });

  test('is not carried along by a redirect, nor is the redirect followed', async () => {
    await limits({ hosts: [host(ours)] });
    for (const status of [302, 307, 308]) {
      const id = await shared({ url: `${ours.url}/away/${status}`, body: 'plain', finalStatuses: [418] });
      const before_ = ours.requests.length;
      await fleethook.publish(products[0].slug, 'temp', '{}');
      const log = await until('the error', async () => (await fleethook.ok('GET', at(products[0], `/${id}`))).integration.errors[0]);
      assert.match(JSON.stringify(log), /it redirects, and secret API_KEY may not be sent to/);
      assert.equal(ours.requests.length, before_ + 1);
      const waits = await fleethook.ok('GET', `${org}/integrations/${id}`);
      assert.doesNotMatch(JSON.stringify(waits.integration.waiting ?? null), /"(retrying|ready)":[1-9]/);
      await fleethook.ok('DELETE', `${org}/integrations/${id}`);
    }
    assert.deepEqual(thief.requests, []);
  });
});
