// Two organizations on one server. Eleven principals that belong to one of them, or to none, try every route of /openapi.json against what is the
// other's. Nothing of the other comes back, nothing of it changes, and none of its events is seen or sent anywhere else.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from '../support/fleethook.mjs';
import { Principal, person, scopesOf, tenant } from '../support/tenants.mjs';

const word = 'zebra';   // in every name and value of the victim, and of nobody else
let fleethook, receiver, victim, own, routes, schemas, principals, agent;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start();
  agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  victim = await tenant(fleethook, word, receiver.url);
  own = await tenant(fleethook, 'otter', receiver.url);
  const { paths, components } = await (await fetch(`${fleethook.url}/openapi.json`)).json();
  schemas = components.schemas;
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).filter(([method]) => method !== 'parameters').map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

  principals = [new Principal(fleethook, 'anonymous', undefined), await person(fleethook, 'stranger@example.com')];
  const product = own.products[0].id;
  const places = { organization: `/v1/orgs/${own.organization.slug}/team`, product: `/v1/products/${product}/team` };
  for (const [where, role] of [['organization', 'View-only'], ['organization', 'Support'], ['organization', 'Developer'], ['organization', 'Administrator'], ['product', 'Developer'], ['product', 'Administrator']]) {
    const one = await person(fleethook, `${role.toLowerCase()}-on-${where}@example.com`);
    await own.owner.ok('POST', places[where], { username: one.name, role });
    principals.push(one);
  }
  const all = await scopesOf(fleethook);
  for (const [where, scopes] of [['organization', all], ['product', all], ['organization', ['events:get']]]) {
    const { created } = await own.owner.ok('POST', places[where], { friendly_name: 'robot', scopes });
    principals.push(new Principal(fleethook, `robot of the ${where} with ${scopes.length} scopes`, created.tokens[0].token));
  }
  assert.equal(principals.length, 11);
});
after(async () => {
  agent?.destroy();
  await fleethook?.close();
  await receiver?.close();
});

// --- what is asked

const inPath = (path) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

// The value of a path's parameter, of `whose` things. Product and organization are named by id or by slug.
function value(name, path, whose, by) {
  const found = {
    organization: () => whose.organization[by],
    product: () => (path.startsWith('/v1/orgs/') ? whose.products[1] : whose.products[0])[by],
    id: () => (path.includes('/by-id/') ? whose.tokenId : path.startsWith('/v1/orgs/') ? whose.shared : path.startsWith('/v1/products/') ? whose.ofProduct : whose.ofSandbox),
    device: () => (path.startsWith('/v1/devices/') ? whose.ownDevice : whose.device),
    username: () => whose[`${by === 'slug' ? 'member' : 'robot'}${path.startsWith('/v1/orgs/') ? '' : 'OfProduct'}`],
    name: () => whose.secret,
    group: () => whose.group,
    version: () => 1,
    prefix: () => whose.word,
    token: () => 'f'.repeat(40),   // who has the token itself may end it
  }[name];
  assert.ok(found, `${path}: this test does not know what {${name}} is`);
  return encodeURIComponent(found());
}

// Members of bodies and queries that name things; all others get a value of their type.
const namedThings = {
  product_ids: (whose) => whose.products.map((product) => product.id), product_id: (whose) => whose.products[0].id, product: (whose) => whose.products[0].id,
  organization: (whose) => whose.organization.id, username: (whose) => whose.member, claim_user: (whose) => whose.owner.name, with: (whose) => whose.ofProduct,
  device_id: (whose) => whose.device, as_device_id: (whose) => whose.device, deviceID: (whose) => whose.ownDevice, deviceId: (whose) => whose.device,
  devices: (whose) => [whose.device, whose.ownDevice], id: (whose) => whose.device, ids: (whose) => [whose.device],
  event_id: (whose) => whose.event, secrets: (whose) => [whose.secret], slug: (whose) => whose.products[0].slug, target: (whose) => whose.shared,
  event: (whose) => `${whose.word}/event`, groups: (whose) => [whose.group], url: () => `${receiver.url}/elsewhere`, deviceName: (whose) => `device-${whose.word}`,
  body: (whose) => `{{{${whose.secret}}}} {{{product.vars.place}}}`, password: () => 'not the right one',
};

// A body that a schema describes, naming `whose` things: `all` members, or only those required.
function sample(schema, whose, all, depth = 0) {
  if (schema.$ref) return sample(schemas[schema.$ref.split('/').at(-1)], whose, all, depth);
  if (schema.allOf ?? schema.oneOf) return sample((schema.allOf ?? schema.oneOf)[0], whose, all, depth);
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case 'object': {
      const made = {};
      if (depth > 3) return made;
      for (const [name, member] of Object.entries(schema.properties ?? {})) {
        if (!all && !schema.required?.includes(name)) continue;
        const of = member.$ref ? schemas[member.$ref.split('/').at(-1)] : member;
        made[name] = namedThings[name] && of.type !== 'object' ? namedThings[name](whose) : sample(member, whose, all, depth + 1);
      }
      return made;
    }
    case 'array': return [sample(schema.items, whose, all, depth + 1)];
    case 'integer': case 'number': return 1;
    case 'boolean': return true;
    default: return 'x';
  }
}

// What one route is asked: {target, body, theirs: the path itself names something of the victim; says: it tells the server words of the victim, which
// may come back later as the caller's own}.
function* requests({ method, path, operation }) {
  const content = operation.requestBody?.content ?? {};
  const schema = Object.values(content)[0]?.schema;
  const type = Object.keys(content)[0];
  const ownName = /^\/v1\/secrets\/\{name\}/.test(path);   // not a thing of the victim, but one of the caller that is called the same
  const body = (whose, all) => {
    if (!schema) return method === 'GET' || method === 'DELETE' ? {} : { body: '{}', type: 'application/json' };
    const made = sample(schema, whose, all);
    return type === 'application/json' ? { body: JSON.stringify(made), type } : { body: new URLSearchParams(made).toString(), type };
  };
  const names = inPath(path);
  const fill = (whose, by) => path.replace(/\{(\w+)\}/g, (_, name) => value(name, path, whose(name), by));
  const things = names.filter((name) => !['prefix', 'version', 'token', 'name'].includes(name));
  const theirs = things.length > 0;
  yield { target: fill(() => victim, 'slug'), ...body(own, false), theirs, says: ownName };
  if (theirs) yield { target: fill(() => victim, 'id'), ...body(own, true), theirs };
  for (const thing of things.length > 1 ? things : []) yield { target: fill((name) => (name === thing ? victim : own), 'id'), ...body(own, false), theirs };
  // Everywhere, with what is theirs in the body or the query.
  if (schema) {
    for (const all of [false, true]) yield { target: fill(() => own, 'id'), ...body(victim, all), says: true };
    if (theirs) yield { target: fill(() => victim, 'id'), ...body(victim, true), theirs, says: true };
  }
  const query = (operation.parameters ?? []).filter((one) => one.in === 'query' && namedThings[one.name]);
  if (query.length > 0) {
    const asked = query.map((one) => `${one.name}=${encodeURIComponent(path.endsWith('/counters') ? victim.shared : namedThings[one.name](victim))}`).join('&');
    yield { target: `${fill(() => own, 'id')}?${asked}`, ...body(victim, false), says: true };
    yield { target: `${fill(() => victim, 'id')}?${asked}`, ...body(victim, false), theirs, says: true };
  }
}

// --- what comes back

const streams = [];   // those that opened, each {what, text}

function ask(principal, method, target, { body, type }) {
  return new Promise((resolve, reject) => {
    const headers = { ...(principal.token ? { authorization: `Bearer ${principal.token}` } : {}), ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }) };
    const request = http.request({ host: '127.0.0.1', port: fleethook.port, method, path: target, headers, agent: /\/events\//.test(target) ? undefined : agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (more) => (text += more));
      response.on('error', () => {});
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        const stream = { what: `${method} ${target} as ${principal.name}`, read: () => text, request };
        streams.push(stream);
        resolve({ status: response.statusCode, text: '' });
        return;
      }
      response.on('end', () => resolve({ status: response.statusCode, text: JSON.stringify(response.headers) + text }));
    });
    request.on('error', (error) => (request.destroyed && error.message === 'aborted' ? undefined : reject(error)));
    request.end(body);
  });
}

// What of the victim stands in an answer: an id, or a text with its word. What was asked may be repeated, and what was said before (`known`).
const ids = () => [victim.organization.id, victim.shared, victim.ofProduct, victim.ofSandbox, victim.device, victim.ownDevice, victim.event, victim.tokenId, victim.robot, victim.robotOfProduct];
const said = () => [...ids(), victim.secret, victim.owner.name, victim.member, victim.memberOfProduct, victim.group, victim.organization.slug, ...victim.products.map((product) => product.slug), `${word}/event`, `device-${word}`];
function leaked(answer, asked, known) {
  let text = answer;
  for (const one of said()) if (known || asked.includes(one)) text = text.replaceAll(one, '');
  if (asked.includes(`/${word}`)) text = text.replaceAll(`'${word}'`, '');
  const found = [word, word.toUpperCase(), ...ids(), victim.owner.token].find((mark) => text.includes(mark));
  if (found) return found;
  return known ? undefined : victim.products.map((product) => String(product.id)).find((id) => !asked.includes(id) && new RegExp(`[:,\\[]"?${id}"?[,\\]}]`).test(text));
}

// What the victim sees of itself, without what passes of itself: times of use, and counters by hours and days.
async function digest() {
  const seen = {};
  const drop = /^(last_.*|.*counters|counters|history|hours|days|csrf|expires_in)$/i;
  for (const { method, path } of routes) {
    if (method !== 'GET' || !path.startsWith('/v1/') || /events\/\{prefix\}$|\/(history|counters|metrics\/integration)$|^\/v1\/(instance|users)$/.test(path)) continue;
    const target = path.replace(/\{(\w+)\}/g, (_, name) => value(name, path, victim, 'id'));
    const { status, body } = await victim.owner.request('GET', target);
    assert.ok(status === 200 || (status === 403 && path === '/v1/users'), `${target}: ${status} ${JSON.stringify(body)}`);
    seen[target] = JSON.stringify(body, (name, member) => (drop.test(name) ? undefined : member));
  }
  return seen;
}

// Those that end the token they come with go last.
const endsItself = ({ method, path }) => method === 'DELETE' && /^\/v1\/(user|session|access_tokens(\/current)?)$/.test(path);

describe('two organizations on one server', () => {
  test('eleven principals get nothing of another organization by any route, and change nothing of it', async (t) => {
    const before = await digest();
    const requestsBefore = receiver.requests.length;
    assert.ok(Object.keys(before).length > 40, `${Object.keys(before).length} views`);
    for (const [target, body] of Object.entries(before)) {
      if (/orgs|products|integrations|secrets|devices/.test(target)) assert.ok(body.includes(word), `${target} shows nothing to tell it by: ${body}`);
    }
    const faults = [];
    const tried = new Map(routes.map((route) => [`${route.method} ${route.path}`, 0]));
    let count = 0;
    // First what tells the server nothing of the victim, by everybody; then the rest; and last what ends the token that it comes with.
    const all = routes.flatMap((route) => [...requests(route)].map((request) => ({ route, ...request })));
    const rounds = [all.filter((one) => !one.says && !endsItself(one.route)), all.filter((one) => one.says && !endsItself(one.route)), all.filter((one) => endsItself(one.route))];
    for (const [round, principal] of rounds.flatMap((_, index) => principals.map((one) => [index, one]))) {
      const left = [...rounds[round]];
      const work = async () => {
        for (let one; (one = left.shift()); ) {
          const { route, target, theirs } = one;
          const { status, text } = await ask(principal, route.method, target, one);
          ++count;
          tried.set(`${route.method} ${route.path}`, tried.get(`${route.method} ${route.path}`) + 1);
          const what = `${route.method} ${target} ${one.body ?? ''} as ${principal.name}: ${status} ${text.slice(0, 600)}`;
          if (status >= 500 && status !== 501) faults.push(`failed: ${what}`);
          if (theirs && status < 300 && text !== '') faults.push(`not refused: ${what}`);
          const mark = leaked(text, decodeURIComponent(target) + (one.body ?? ''), round > 0);
          if (mark) faults.push(`shows ${mark}: ${what}`);
        }
      };
      await Promise.all(Array.from({ length: 6 }, work));
    }
    t.diagnostic(`${count} requests to ${tried.size} routes as ${principals.length} principals`);
    assert.deepEqual(faults.slice(0, 10), [], `${faults.length} in all`);
    const untried = [...tried].filter(([, times]) => times < principals.length).map(([route]) => route);
    assert.deepEqual(untried, []);

    for (const [target, body] of Object.entries(await digest())) assert.equal(body, before[target], `${target} has changed`);
    const stray = receiver.requests.slice(requestsBefore).filter((request) => JSON.stringify(request).includes(word));
    assert.deepEqual(stray, []);
  });

  test('what the victim publishes afterwards is seen by nobody else, and sent nowhere else', async () => {
    const from = receiver.requests.length;
    const watching = await Stream.open({ url: fleethook.url, token: victim.owner.token }, `/v1/orgs/${victim.organization.slug}/events`);
    const first = victim.products[0].id;
    await victim.owner.ok('POST', `/v1/products/${first}/events`, { name: `${word}/event`, data: `later ${word}`, as_device_id: victim.device });
    await victim.owner.ok('POST', '/v1/devices/events', { name: `${word}/event`, data: `later ${word}`, as_device_id: victim.ownDevice });
    await victim.owner.ok('POST', `/v1/products/${first}/events`, { name: `${word}/last`, data: '' });
    await watching.named(`${word}/last`);
    const late = () => receiver.requests.slice(from).filter((request) => request.text.includes(`later ${word}`) || request.text.includes(`later+${word}`) || request.text.includes(`later%20${word}`));
    await until('the three integrations to be told', () => late().length >= 3);
    watching.close();
    assert.deepEqual(late().map((request) => request.url).sort(), [`/product-${word}`, `/sandbox-${word}`, `/shared-${word}`]);
    assert.ok(streams.length > 0);
    for (const stream of streams) {
      assert.ok(!stream.read().includes(word), `${stream.what} shows ${stream.read()}`);
      stream.request.destroy();
    }
  });

  // Or else all the refusals above would say nothing.
  test('the victim itself reaches everything that was tried', async () => {
    const faults = [];
    // Deletions last, those of parts before those of the whole; a webhook is an integration by another name.
    const rank = ({ method, path }) => (method !== 'DELETE' ? 0 : 100 - path.split('/').length);
    for (const { method, path } of [...routes].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? 1 : -1))) {
      if (inPath(path).length === 0 || /\{(token|prefix)\}|by-id/.test(path) || (method === 'DELETE' && path.includes('/webhooks/'))) continue;
      const target = path.replace(/\{(\w+)\}/g, (_, name) => value(name, path, victim, 'id'));
      const { status, text } = await ask(victim.owner, method, target, method === 'GET' || method === 'DELETE' ? {} : { body: '{"version": 1000}', type: 'application/json' });
      if ([401, 403, 404].includes(status) || status >= 500) faults.push(`${method} ${target}: ${status} ${text.slice(0, 400)}`);
    }
    assert.deepEqual(faults, []);
  });
});
