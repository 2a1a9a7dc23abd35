// One definition, many products: with particle-api-js as its users call it, under load, across kill -9, and what goes beyond.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import Particle from 'particle-api-js';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';
import { join } from './support/team.mjs';

const hook = (event, url, more = {}) => ({ integration_type: 'Webhook', event, url, ...more });
const refused = (statusCode, words, code) => (error) =>
  error.statusCode === statusCode && words.test(error.shortErrorDescription) && (code === undefined || error.body.code === code);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

describe('particle-api-js', () => {
  let fleethook, receiver, api, org, a, b, c;
  const find = async (where, id) => (await api.listIntegrations(where)).body.find((one) => one.id === id);

  before(async () => {
    fleethook = await Fleethook.start();
    receiver = await Receiver.start();
    ({ slug: org, products: [a, b, c] } = await fleethook.organization('acme', 3));
    api = new Particle({ baseUrl: fleethook.url, auth: fleethook.token });
  });
  after(async () => {
    await receiver?.close();
    await fleethook?.close();
  });

  test('an integration of an organization lives through everything that its clients can do', async () => {
    const settings = hook('alarm', `${receiver.url}/one`, { requestType: 'POST', body: '{{{PRODUCT_ID}}} {{{PARTICLE_EVENT_VALUE}}}', product_ids: [a.id, b.id] });
    const made = await api.createIntegration({ org, event: 'alarm', settings });
    assert.deepEqual([made.statusCode, made.body.shared, made.body.product_ids], [201, true, [a.id, b.id]]);
    const integrationId = made.body.id;

    // The same object on the path of each product.
    for (const product of [a, b]) {
      const there = await find({ product: product.slug }, integrationId);
      assert.deepEqual([there.event, there.shared, there.products.map((one) => one.slug)], ['alarm', true, [a.slug, b.slug]]);
    }
    assert.equal(await find({ product: c.slug }, integrationId), undefined);

    // Creating the same in a third product joins it.
    const { product_ids, ...same } = settings;
    const joined = await api.createIntegration({ product: c.slug, event: 'alarm', settings: same });
    assert.deepEqual([joined.statusCode, joined.body.id, joined.body.joined], [201, integrationId, true]);
    assert.deepEqual((await find({ org }, integrationId)).product_ids, [a.id, b.id, c.id]);

    // An edit reaches all of them; from a product it is refused, and the refusal says what to do.
    const edited = await api.editIntegration({ org, integrationId, event: 'alarm', settings: { ...settings, url: `${receiver.url}/two`, product_ids: [a.id, b.id, c.id] } });
    assert.deepEqual([edited.statusCode, edited.body.integration.url, edited.body.integration.version], [200, `${receiver.url}/two`, 3]);
    await assert.rejects(api.editIntegration({ product: a.slug, integrationId, event: 'alarm', settings: { url: `${receiver.url}/x` } }), (error) => {
      assert.deepEqual([error.statusCode, error.body.code, error.body.products.length], [409, 'shared_integration', 3]);
      assert.match(error.shortErrorDescription, new RegExp(`${b.slug}.*separate`, 's'));
      assert.equal(new URL(error.body.separate_url).pathname, `/v1/products/${a.id}/integrations/${integrationId}/separate`);
      return true;
    });

    // Separating needs a difference, and the name is one.
    const separate = (data) => api.post({ uri: `/v1/products/${a.slug}/integrations/${integrationId}/separate`, data });
    await assert.rejects(separate({}), refused(409, /at least one/, 'nothing_changed'));
    const own = await separate({ url: `${receiver.url}/own`, name: 'of the first' });
    assert.deepEqual([own.statusCode, own.body.separated_from, own.body.product_ids], [201, integrationId, [a.id]]);
    assert.deepEqual((await find({ org }, integrationId)).product_ids, [b.id, c.id]);
    await assert.rejects(separate({ name: 'again' }), refused(404, /not found/));

    for (const [at, product] of [a, b, c].entries()) await api.publishEvent({ product: product.slug, name: 'alarm/high', data: String(at) });
    const requests = await receiver.received(3);
    assert.deepEqual(requests.map((one) => `${one.url} ${one.text}`).sort(), [`/own ${a.id} 0`, `/two ${b.id} 1`, `/two ${c.id} 2`]);

    // Deleting on a product's path takes only that product out; the last one is not shared any more.
    await api.deleteIntegration({ product: c.slug, integrationId });
    assert.deepEqual((await find({ org }, integrationId)).product_ids, [b.id]);
    assert.equal(await find({ product: c.slug }, integrationId), undefined);
    await assert.rejects(api.editIntegration({ org, integrationId, event: 'alarm', settings: { ...settings, product_ids: [] } }), refused(400, /product/, 'last_product'));
    await api.deleteIntegration({ org, integrationId });
    await api.deleteIntegration({ product: a.slug, integrationId: own.body.id });
    assert.deepEqual((await api.listIntegrations({ org })).body, []);
  });

  test('who may only look looks at everything and changes nothing', async () => {
    const password = 'correct horse battery';
    await new Particle({ baseUrl: fleethook.url }).createUser({ username: 'sue@example.com', password });
    await join(fleethook, '/v1/orgs/acme', 'sue@example.com', 'Support', { password });
    const { body: login } = await new Particle({ baseUrl: fleethook.url }).login({ username: 'sue@example.com', password });
    const bot = (await fleethook.ok('POST', '/v1/orgs/acme/team', { friendly_name: 'Lister', scopes: ['integrations:list'] })).created.tokens[0].token;
    const { id } = await fleethook.ok('POST', '/v1/orgs/acme/integrations', hook('look', `${receiver.url}/look`, { product_ids: [a.id, b.id] }));
    const at = `/v1/orgs/acme/integrations/${id}`;
    const product = `/v1/products/${a.id}/integrations/${id}`;
    const looks = [
      ['GET', '/v1/orgs/acme/integrations'], ['GET', at], ['GET', `${at}/versions`], ['GET', `${at}/versions/1`], ['GET', `${at}/history`], ['GET', product],
      ['POST', `${at}/preview`, { event: { name: 'look' } }], ['POST', '/v1/orgs/acme/explain', { event: { name: 'look' }, product: a.id }],
    ];
    const changes = [
      ['PUT', at, hook('x', receiver.url)], ['PATCH', at, { name: 'x' }], ['DELETE', at], ['DELETE', product], ['POST', `${product}/separate`, { name: 'x' }],
      ['POST', `${at}/merge`, { with: id }], ['POST', `${at}/pause`, {}], ['POST', `${at}/resume`, {}], ['POST', `${at}/rollback`, { to: 1 }],
      ['POST', `${at}/stage`, { settings: { name: 'x' }, product_ids: [a.id] }], ['PUT', `${at}/products/${a.id}/override`, { url: receiver.url }],
      ['PUT', '/v1/orgs/acme/variables', { variables: {} }], ['POST', '/v1/orgs/acme/secrets', { name: 'S', value: 'v' }],
    ];
    const before = await fleethook.ok('GET', at);
    const listed = new Set(['/v1/orgs/acme/integrations', '/v1/orgs/acme/explain']);
    for (const [who, token, may] of [['sue', login.access_token, () => true], ['bot', bot, (target) => listed.has(target)]]) {
      const as = { authorization: `Bearer ${token}` };
      for (const [method, target, body] of looks) {
        assert.equal((await fleethook.request(method, target, body, as)).status, may(target) ? 200 : 403, `${who} ${method} ${target}`);
      }
      for (const [method, target, body] of changes) {
        const answer = await fleethook.request(method, target, body, as);
        assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'], `${who} ${method} ${target}`);
        assert.match(answer.body.error_description ?? answer.body.error, who === 'bot' ? /scope/ : /Developer/, `${who} ${method} ${target}`);
      }
    }
    assert.deepEqual(await fleethook.ok('GET', at), before);
    await fleethook.ok('DELETE', at);
  });
});

// Publishes numbered events to each product until stop(). The receiver gets product and number as the body. `accepted` has the numbers that
// were answered; an answer that never came is counted in `unknown`, and that event may have been accepted or not.
class Publishers {
  constructor(fleethook, products, most = 1500) {
    this.accepted = new Map();   // product -> numbers, in the order of their answers
    this.unknown = 0;
    this.stopped = false;
    this.done = Promise.all(
      products.flatMap((product) => {
        this.accepted.set(product.id, []);
        let next = 0;
        return [0, 1, 2].map(async () => {
          while (!this.stopped && next < most) {
            const number = next++;
            try {
              await fleethook.publish(product.id, 'load', String(number));
              this.accepted.get(product.id).push(number);
            } catch {
              this.unknown++;
              await sleep(5);
            }
            await sleep(2);
          }
        });
      }),
    );
  }
  // Waits until each product had some more events.
  async more(count = 12) {
    const goals = [...this.accepted].map(([product, numbers]) => [product, numbers.length + count]);
    await until('more events', () => goals.every(([product, goal]) => this.accepted.get(product).length >= goal));
  }
  async stop() {
    this.stopped = true;
    await this.done;
  }
}

// -> Map of "product number" to the places that got it: the first segment of each URL.
const places = (receiver) => {
  const got = new Map();
  for (const request of receiver.requests) {
    if (!got.has(request.text)) got.set(request.text, []);
    got.get(request.text).push(request.url.slice(1));
  }
  return got;
};

async function everythingArrived(receiver, publishers) {
  await until('every accepted event', () => {
    const got = places(receiver);
    return [...publishers.accepted].every(([product, numbers]) => numbers.every((number) => got.has(`${product} ${number}`)));
  }, 30000);
}

const body = '{{{PRODUCT_ID}}} {{{PARTICLE_EVENT_VALUE}}}';

test('edits, separation, merge, rollback and pauses under load: each event fires once, at a place that was right', async () => {
  const receiver = await Receiver.start();
  const fleethook = await Fleethook.start();
  let publishers;
  try {
    const { slug, products: [a, b] } = await fleethook.organization('load', 2);
    const base = `/v1/orgs/${slug}/integrations`;
    const { id } = await fleethook.ok('POST', base, hook('load', `${receiver.url}/v1`, { body, product_ids: [a.id, b.id] }));
    publishers = new Publishers(fleethook, [a, b]);
    const at = `${base}/${id}`;
    const versionOf = async () => (await fleethook.ok('GET', at)).integration.version;
    // What is published after a command was answered goes where the command says, at once.
    const expected = new Map();
    const mark = async (place_a, place_b) => {
      for (const [product, place] of [[a, place_a], [b, place_b]]) {
        const number = `m${expected.size}`;
        await fleethook.publish(product.id, 'load', number);
        expected.set(`${product.id} ${number}`, place);
      }
    };

    await publishers.more();
    await fleethook.ok('PATCH', at, { url: `${receiver.url}/v2` });
    await mark('v2', 'v2');
    await publishers.more();
    for (let round = 0; round < 3; round++) {
      const own = await fleethook.ok('POST', `/v1/products/${a.id}/integrations/${id}/separate`, { url: `${receiver.url}/own` });
      await mark('own', round === 0 ? 'v2' : 'shared-4');
      await publishers.more();
      for (let edit = 0; edit < 5; edit++) await fleethook.ok('PATCH', at, { url: `${receiver.url}/shared-${edit}` });
      await mark('own', 'shared-4');
      // Equal again, then one: at no moment both, at no moment none.
      await fleethook.ok('PATCH', `/v1/products/${a.id}/integrations/${own.id}`, { url: `${receiver.url}/shared-4` });
      assert.deepEqual((await fleethook.ok('GET', at)).integration.identical_to, [own.id]);
      await publishers.more();
      const merged = await fleethook.ok('POST', `${at}/merge`, { with: own.id });
      assert.deepEqual([merged.merged, merged.integration.product_ids], [own.id, [a.id, b.id]]);
      await publishers.more();
      const before = await versionOf();
      await fleethook.ok('PATCH', at, { url: `${receiver.url}/mistake` });
      await fleethook.ok('POST', `${at}/rollback`, { to: before });
      assert.equal((await fleethook.ok('GET', at)).integration.url, `${receiver.url}/shared-4`);
      await mark('shared-4', 'shared-4');
      await publishers.more();
    }

    // Held: what is published meanwhile waits, and the other product's goes on.
    await fleethook.ok('POST', `${at}/pause`, { product_ids: [a.id] });
    const heldFrom = publishers.accepted.get(a.id).length;
    await publishers.more(20);
    const held = publishers.accepted.get(a.id).slice(heldFrom + 6);
    assert.ok(held.length > 3);
    const goesOn = publishers.accepted.get(b.id).at(-1);
    await until('the other product', () => places(receiver).has(`${b.id} ${goesOn}`));
    assert.deepEqual(held.filter((number) => places(receiver).has(`${a.id} ${number}`)), []);
    await fleethook.ok('POST', `${at}/resume`, { product_ids: [a.id] });
    await publishers.more();
    await publishers.stop();
    await everythingArrived(receiver, publishers);
    await until('the marks', () => [...expected.keys()].every((event) => places(receiver).has(event)));

    const count = receiver.requests.length;
    const got = places(receiver);
    const total = [...publishers.accepted.values()].reduce((sum, numbers) => sum + numbers.length, expected.size);
    assert.equal(publishers.unknown, 0);
    assert.deepEqual([...got].filter(([, where]) => where.length !== 1), []);
    assert.deepEqual([got.size, count], [total, total]);
    const wrong = [...got].filter(([event, [where]]) => where === 'own' && !event.startsWith(`${a.id} `));
    assert.deepEqual(wrong, [], 'the other product never ran what was separated');
    for (const [event, place] of expected) assert.deepEqual(got.get(event), [place], event);

    // Added back while its own is there: the one time that two are meant to fire.
    const own = await fleethook.ok('POST', `/v1/products/${a.id}/integrations/${id}/separate`, { url: `${receiver.url}/own-2` });
    await fleethook.ok('PATCH', at, { product_ids: [a.id, b.id], url: `${receiver.url}/both` });
    for (const product of [a, b]) await fleethook.publish(product.id, 'load', 'last');
    await until('three requests', () => receiver.requests.length >= count + 3);
    assert.deepEqual([places(receiver).get(`${a.id} last`).sort(), places(receiver).get(`${b.id} last`)], [['both', 'own-2'], ['both']]);

    // The sum of the counters is what arrived, and each product's is its own, over all that ever ran on it.
    const counted = async (product) => {
      const list = await fleethook.ok('GET', `/v1/products/${product.id}/metrics/integration`);
      return list.integrations.reduce((sum, bucket) => sum + (bucket.success ?? 0), 0);
    };
    for (const [product, more] of [[a, 2], [b, 1]]) {
      const sum = publishers.accepted.get(product.id).length + expected.size / 2 + more;
      await until('exact counters', async () => (await counted(product)) === sum);
    }
    const { integration } = await fleethook.ok('GET', at);
    assert.equal(integration.todayCounters.success, integration.products.reduce((sum, one) => sum + one.todayCounters.success, 0));
    assert.equal((await fleethook.ok('GET', `/v1/products/${a.id}/integrations/${own.id}`)).integration.todayCounters.success, 1);
    // Every version once, newest first, page by page.
    const versions = [];
    for (let before = ''; before !== undefined; ) {
      const page = await fleethook.ok('GET', `${at}/versions?limit=7${before}`);
      versions.push(...page.versions.map((one) => one.version));
      before = page.next_before === undefined ? undefined : `&before=${page.next_before}`;
    }
    assert.deepEqual(versions, Array.from({ length: await versionOf() }, (_, index) => versions.length - index));
  } finally {
    await publishers?.stop();
    await receiver.close();
    await fleethook.close();
  }
});

test('kill -9 between and during commands: what was answered is in force, what was accepted arrives', async () => {
  const receiver = await Receiver.start();
  const fleethook = await Fleethook.start();
  let publishers;
  try {
    const { slug, products: [a, b] } = await fleethook.organization('crash', 2);
    const { id } = await fleethook.ok('POST', `/v1/orgs/${slug}/integrations`, hook('load', `${receiver.url}/0`, { body, product_ids: [a.id, b.id] }));
    const at = `/v1/orgs/${slug}/integrations/${id}`;
    const at_a = `/v1/products/${a.id}/integrations/${id}`;
    publishers = new Publishers(fleethook, [a, b], 4000);
    const url = (name) => `${receiver.url}/${name}`;
    let own;
    // Each: a command, and what must be seen after it.
    const steps = [
      ['edit', () => fleethook.ok('PATCH', at, { url: url('1') }), (view) => view.url === url('1')],
      ['separate', async () => (own = await fleethook.ok('POST', `${at_a}/separate`, { url: url('own') })).id, (view) => view.product_ids.join() === `${b.id}`],
      ['pause', () => fleethook.ok('POST', `${at}/pause`, { product_ids: [b.id] }), (view) => view.products.find((one) => one.id === b.id).paused.mode === 'hold'],
      ['resume', () => fleethook.ok('POST', `${at}/resume`, {}), (view) => view.products.every((one) => one.paused === undefined)],
      ['make equal', () => fleethook.ok('PATCH', `/v1/products/${a.id}/integrations/${own.id}`, { url: url('1') }), (view) => view.identical_to.join() === own.id],
      ['merge', () => fleethook.ok('POST', `${at}/merge`, { with: own.id }), (view) => view.product_ids.join() === `${a.id},${b.id}`],
      ['override', () => fleethook.ok('PUT', `${at}/products/${b.id}/override`, { url: url('over') }), (view) => view.products.find((one) => one.id === b.id).effective.configuration.url === url('over')],
      ['roll back', () => fleethook.ok('POST', `${at}/rollback`, { to: 1 }), (view) => view.url === url('0')],
    ];
    for (const [what, command, seen] of steps) {
      await publishers.more(5);
      await command();
      await fleethook.kill();
      await fleethook.spawn();
      assert.ok(seen((await fleethook.ok('GET', at)).integration), what);
    }
    // In the middle of a command: it happened whole or not at all.
    for (let round = 0; round < 5; round++) {
      await publishers.more(5);
      const asked = fleethook.request('POST', `${at_a}/separate`, { url: url('own') }).catch(() => undefined);
      await sleep(Math.random() * 6);
      await fleethook.kill();
      const answer = await asked;
      await fleethook.spawn();
      const list = await fleethook.ok('GET', `/v1/products/${a.id}/integrations`);
      assert.equal(list.length, 1, 'one of the two, never both and never none');
      const separated = list[0].id !== id;
      if (answer !== undefined) assert.deepEqual([answer.status, separated], [201, true]);
      assert.deepEqual((await fleethook.ok('GET', at)).integration.product_ids, separated ? [b.id] : [a.id, b.id]);
      if (!separated) continue;
      await fleethook.ok('PATCH', `/v1/products/${a.id}/integrations/${list[0].id}`, { url: url('0') });
      await fleethook.ok('POST', `${at}/merge`, { with: list[0].id });
    }
    await publishers.stop();
    await everythingArrived(receiver, publishers);
    // A delivery may be made again after a crash, but always at the same place.
    const strays = [...places(receiver)].filter(([event, where]) => new Set(where).size > 1 || (where[0] === 'own' && event.startsWith(`${b.id} `)) || (where[0] === 'over' && event.startsWith(`${a.id} `)));
    assert.deepEqual(strays, []);
  } finally {
    await publishers?.stop();
    await receiver.close();
    await fleethook.close();
  }
});

describe('beyond one definition for all', () => {
  let fleethook, receiver, org, a, b;
  const fails = new Set();   // first segments of the URLs that answer 422

  before(async () => {
    fleethook = await Fleethook.start();
    receiver = await Receiver.start((request) => ({ status: fails.has(request.url.split('/')[1].split('?')[0]) ? 422 : 200 }));
    ({ slug: org, products: [a, b] } = await fleethook.organization('beyond', 2));
  });
  after(async () => {
    await receiver?.close();
    await fleethook?.close();
  });
  beforeEach(() => (receiver.requests.length = 0));

  const create = async (settings) => {
    const { id } = await fleethook.ok('POST', `/v1/orgs/${org}/integrations`, { integration_type: 'Webhook', product_ids: [a.id, b.id], ...settings });
    return `/v1/orgs/${org}/integrations/${id}`;
  };
  const view = async (at) => (await fleethook.ok('GET', at)).integration;
  const arrived = async (count) => (await receiver.received(count)).map((request) => `${request.url} ${request.text}`).sort();

  test('a version that fails where it is tried goes by itself, and the audit log says why', async () => {
    const at = await create({ event: 'stage', url: `${receiver.url}/good`, body });
    fails.add('bad');
    await fleethook.ok('POST', `${at}/stage`, { settings: { url: `${receiver.url}/bad` }, product_ids: [a.slug], error_percent_max: 50, outcomes_min: 3 });
    for (const product of [a, b]) for (const number of [1, 2, 3]) await fleethook.publish(product.id, 'stage', number.toString());
    assert.deepEqual(await arrived(6), [...[1, 2, 3].map((number) => `/bad ${a.id} ${number}`), ...[1, 2, 3].map((number) => `/good ${b.id} ${number}`)]);
    await until('the end of the trial', async () => (await view(at)).staged === undefined, 30000);
    const { versions } = await fleethook.ok('GET', `${at}/versions`);
    assert.deepEqual(versions.map((one) => [one.version, one.action, one.current, one.outcomes.success, one.outcomes.error]), [[2, 'staged', false, 0, 3], [1, 'created', true, 3, 0]]);
    const { audit } = await fleethook.ok('GET', `/v1/orgs/${org}/audit?target=${at.split('/').pop()}`);
    assert.equal(audit[0].action, 'integration.discarded');
    assert.match(JSON.stringify(audit[0]), /3 of 3 deliveries of version 2/);
    await fleethook.publish(a.id, 'stage', '4');
    await until('the old place', () => receiver.requests.some((request) => request.url === '/good' && request.text === `${a.id} 4`));
    await fleethook.ok('DELETE', at);
  });

  test('a version that does well is promoted, and while one is tried the integration is not edited', async () => {
    const at = await create({ event: 'promote', url: `${receiver.url}/old`, body });
    await fleethook.ok('POST', `${at}/stage`, { settings: { url: `${receiver.url}/new` }, product_ids: [b.slug] });
    const edit = await fleethook.request('PATCH', at, { name: 'x' });
    assert.deepEqual([edit.status, edit.body.code], [409, 'version_staged']);
    for (const product of [a, b]) await fleethook.publish(product.id, 'promote', '1');
    assert.deepEqual(await arrived(2), [`/new ${b.id} 1`, `/old ${a.id} 1`]);
    await until('its outcomes', async () => (await view(at)).staged.outcomes.staged.success === 1);
    await fleethook.ok('POST', `${at}/promote`);
    for (const product of [a, b]) await fleethook.publish(product.id, 'promote', '2');
    assert.deepEqual((await arrived(4)).filter((line) => line.endsWith(' 2')), [`/new ${a.id} 2`, `/new ${b.id} 2`]);
    await fleethook.ok('DELETE', at);
  });

  test('an override, variables and a secret: the preview is what arrives, and nobody else sees the secret', async () => {
    const secret = 'hush-hush 42';
    await fleethook.ok('POST', `/v1/orgs/${org}/secrets`, { name: 'KEY', value: secret });
    const settings = { event: 'show', url: `${receiver.url}/{{{product.vars.site}}}`, headers: { 'X-Key': '{{{KEY}}}' }, secrets: ['KEY'], body };
    const missing = await fleethook.request('POST', `/v1/orgs/${org}/integrations`, hook('show', settings.url, { ...settings, product_ids: [a.id, b.id] }));
    assert.equal(missing.status, 400);
    assert.match(missing.body.error, new RegExp(`^url: product\\.vars\\.site has no value on ${a.slug}, ${b.slug}; `));
    await fleethook.ok('PUT', `/v1/orgs/${org}/variables`, { variables: { site: 'north' } });
    await fleethook.ok('PUT', `/v1/products/${b.id}/variables`, { variables: { site: 'south' } });
    const at = await create(settings);
    const override = await fleethook.ok('PUT', `${at}/products/${b.id}/override`, { headers: { 'X-Key': '{{{KEY}}}', 'X-Only': 'b' } });
    assert.equal(override.integration.products.find((one) => one.id === b.id).override.headers['X-Only'], 'b');

    const ids = [];
    for (const product of [a, b]) ids.push((await fleethook.publish(product.id, 'show', 'Grüße')).id);
    await receiver.received(2);
    for (const [index, product] of [a, b].entries()) {
      const request = receiver.requests.find((one) => one.url === `/${index === 0 ? 'north' : 'south'}`);
      assert.deepEqual([request.text, request.headers['x-key'], request.headers['x-only']], [`${product.id} Grüße`, secret, index === 0 ? undefined : 'b']);
      // By the event's id, and by its members: both are what came.
      for (const described of [{ event_id: ids[index] }, { event: { name: 'show', data: 'Grüße' } }]) {
        const { previews } = await fleethook.ok('POST', `${at}/preview`, described);
        const shown = previews.find((one) => one.product_id === product.id);
        assert.deepEqual([shown.fires, shown.error, shown.request.method], [true, null, request.method]);
        assert.equal(shown.request.url, receiver.url + request.url);
        assert.equal(shown.request.body, request.text);
        for (const [name, value] of Object.entries(shown.request.headers)) {
          if (/^(webhook-|fleethook-)/i.test(name)) continue;   // of one delivery and one moment
          assert.equal(value, name === 'X-Key' ? '[[SENSITIVE]]' : request.headers[name.toLowerCase()], name);
        }
      }
    }
    const logged = await until('both in the log', async () => {
      const one = await view(at);
      return one.logs.length === 2 && one;
    });
    assert.deepEqual(logged.logs.map((one) => one.request.headers['X-Key']), ['[[SENSITIVE]]', '[[SENSITIVE]]']);
    assert.deepEqual(logged.products.map((one) => [one.id, one.effective.from]), [[a.id, {}], [b.id, { 'headers.X-Only': 'override' }]]);
    const everything = [logged, await fleethook.ok('GET', `${at}/versions/1`), await fleethook.ok('GET', `/v1/orgs/${org}/audit`), await fleethook.ok('GET', `/v1/orgs/${org}/secrets`)];
    assert.doesNotMatch(JSON.stringify(everything) + fleethook.log.join(), /hush-hush/);
    await fleethook.ok('DELETE', at);
  });

  test('explain: which would fire, and why not the others', async () => {
    const runs = await create({ event: 'why', url: receiver.url });
    const off = await create({ event: 'why', url: receiver.url, name: 'off', disabled: true });
    const other = await create({ event: 'other', url: receiver.url });
    const only_b = await create({ event: 'why', url: receiver.url, name: 'b', product_ids: [b.id] });
    const held = await create({ event: 'why', url: receiver.url, name: 'held' });
    await fleethook.ok('POST', `${held}/pause`, { product_ids: [a.id] });
    const { fires, others } = await fleethook.ok('POST', `/v1/orgs/${org}/explain`, { event: { name: 'why/so' }, product: a.slug });
    const verdicts = Object.fromEntries([...fires, ...others].map((one) => [one.id, `${fires.includes(one)} ${one.verdict}: ${one.why}`]));
    const of = (at) => verdicts[at.split('/').pop()];
    assert.match(of(runs), /^true /);
    assert.match(of(off), /^false .*disabled/);
    assert.match(of(other), /^false .*(begin|prefix|name)/);
    assert.match(of(held), /(hold|held|paused|wait)/);
    assert.ok(of(only_b) === undefined || /^false .*product/.test(of(only_b)));
    for (const at of [runs, off, other, only_b, held]) await fleethook.ok('DELETE', at);
  });

  test('twenty ask at once: one separates; merges in both directions: one is left', async () => {
    const at = await create({ event: 'race', url: receiver.url });
    const id = at.split('/').pop();
    const separate = () => fleethook.request('POST', `/v1/products/${a.id}/integrations/${id}/separate`, { name: 'own' });
    const answers = await Promise.all(Array.from({ length: 20 }, separate));
    assert.deepEqual(answers.map((one) => one.status).sort(), [201, ...Array(19).fill(404)]);
    const own = answers.find((one) => one.status === 201).body.id;
    await fleethook.ok('PATCH', `/v1/products/${a.id}/integrations/${own}`, { name: null });
    const merges = await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 ? [id, own] : [own, id])).map(([to, from]) => fleethook.request('POST', `/v1/orgs/${org}/integrations/${to}/merge`, { with: from })));
    assert.equal(merges.filter((one) => one.status === 200).length, 1);
    assert.deepEqual([...new Set(merges.map((one) => one.status))].filter((status) => status >= 500), []);
    const list = (await fleethook.ok('GET', `/v1/orgs/${org}/integrations`)).filter((one) => one.event === 'race');
    assert.deepEqual(list.map((one) => one.product_ids), [[a.id, b.id]]);
    const [gone, kept] = list[0].id === id ? [own, id] : [id, own];
    const again = await fleethook.request('POST', `/v1/orgs/${org}/integrations/${kept}/merge`, { with: gone });
    assert.deepEqual([again.status, again.body.error], [400, `with: was merged into ${kept} already`]);
    const nowhere = await fleethook.request('POST', `/v1/orgs/${org}/integrations/${kept}/rollback`, { to: 99 });
    assert.match(nowhere.body.error, /^to: expected one of/);
    // Deleted while a version is tried, and again.
    const left = `/v1/orgs/${org}/integrations/${list[0].id}`;
    await fleethook.ok('POST', `${left}/stage`, { settings: { name: 'tried' }, product_ids: [a.id] });
    const removed = await Promise.all([1, 2, 3].map(() => fleethook.request('DELETE', left)));
    assert.deepEqual(removed.map((one) => one.status).sort(), [200, 404, 404]);
  });
});
