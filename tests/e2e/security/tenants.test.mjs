// Two organizations on one server. Eleven principals that belong to one of them, or to none, try every route of /openapi.json against what is the
// other's. Nothing of the other comes back, nothing of it changes, and none of its events is seen or sent anywhere else.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from '../support/fleethook.mjs';
import { EveryRoute, filled, namesIn } from '../support/every_route.mjs';
import { Principal, answering, joined, person, scopesOf, tenant } from '../support/tenants.mjs';

const word = 'zebra';   // in every name and value of the victim, and of nobody else
let fleethook, receiver, victim, own, every, principals;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(answering);
  victim = await tenant(fleethook, word, receiver.url);
  own = await tenant(fleethook, 'otter', receiver.url);
  every = await EveryRoute.of(fleethook, `${receiver.url}/elsewhere`);

  principals = [new Principal(fleethook, 'anonymous', undefined), await person(fleethook, 'stranger@example.com')];
  const product = own.products[0].id;
  const places = { organization: `/v1/orgs/${own.organization.slug}`, product: `/v1/products/${product}` };
  for (const [where, role] of [['organization', 'View-only'], ['organization', 'Support'], ['organization', 'Developer'], ['organization', 'Administrator'], ['product', 'Developer'], ['product', 'Administrator']]) {
    const one = await person(fleethook, `${role.toLowerCase()}-on-${where}@example.com`);
    await joined(own.owner, places[where], one, role);
    principals.push(one);
  }
  const all = await scopesOf(fleethook);
  for (const [where, scopes] of [['organization', all], ['product', all], ['organization', ['events:get']]]) {
    const { created } = await own.owner.ok('POST', `${places[where]}/team`, { friendly_name: 'robot', scopes });
    principals.push(new Principal(fleethook, `robot of the ${where} with ${scopes.length} scopes`, created.tokens[0].token));
  }
  assert.equal(principals.length, 11);
});
after(async () => {
  every?.close();
  await fleethook?.close();
  await receiver?.close();
});

// What of the victim stands in an answer: an id, or a text with its word. What was asked may be repeated, and what was said before (`known`).
const ids = () => [victim.organization.id, victim.shared, victim.ofProduct, victim.ofSandbox, victim.device, victim.ownDevice, victim.event, victim.tokenId, victim.robot, victim.robotOfProduct, ...victim.invitations];
const said = () => [...ids(), victim.secret, victim.owner.name, victim.member, victim.memberOfProduct, victim.invited, victim.group, victim.organization.slug, ...victim.products.map((product) => product.slug), `${word}/event`, `device-${word}`];
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
  for (const { method, path } of every.routes) {
    if (method !== 'GET' || !path.startsWith('/v1/') || /events\/\{prefix\}$|\/(history|counters|metrics\/integrations?)$|^\/v1\/(instance|users)$/.test(path)) continue;
    const target = filled(path, () => victim, 'id');
    const { status, body } = await victim.owner.request('GET', target);
    assert.ok(status === 200 || (status === 403 && path === '/v1/users'), `${target}: ${status} ${JSON.stringify(body)}`);
    seen[target] = JSON.stringify(body, (name, member) => (drop.test(name) ? undefined : member));
  }
  return seen;
}

describe('two organizations on one server', () => {
  test('eleven principals get nothing of another organization by any route, and change nothing of it', async (t) => {
    const before = await digest();
    const requestsBefore = receiver.requests.length;
    assert.ok(Object.keys(before).length > 40, `${Object.keys(before).length} views`);
    for (const [target, body] of Object.entries(before)) {
      if (/orgs|products|integrations|secrets|devices/.test(target)) assert.ok(body.includes(word), `${target} shows nothing to tell it by: ${body}`);
    }
    const faults = [];
    let count = 0;
    const tried = await every.byAll(principals, victim, own, ({ route, target, body, theirs, principal, status, text, known }) => {
      ++count;
      const what = `${route.method} ${target} ${body ?? ''} as ${principal.name}: ${status} ${text.slice(0, 600)}`;
      if (status >= 500 && status !== 501) faults.push(`failed: ${what}`);
      if (theirs && status < 300 && text !== '') faults.push(`not refused: ${what}`);
      const mark = leaked(text, decodeURIComponent(target) + (body ?? ''), known);
      if (mark) faults.push(`shows ${mark}: ${what}`);
    });
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
    await watching.named(`${word}/last`, 60000);
    const late = () => receiver.requests.slice(from).filter((request) => request.text.includes(`later ${word}`) || request.text.includes(`later+${word}`) || request.text.includes(`later%20${word}`));
    await until('the three integrations to be told', () => late().length >= 3, 60000);
    watching.close();
    assert.deepEqual(late().map((request) => request.url).sort(), [`/product-${word}`, `/sandbox-${word}`, `/shared-${word}`]);
    assert.ok(every.streams.length > 0);
    for (const stream of every.streams) assert.ok(!stream.read().includes(word), `${stream.what} shows ${stream.read()}`);
  });

  // Or else all the refusals above would say nothing.
  test('the victim itself reaches everything that was tried', async () => {
    const faults = [];
    // Deletions last, those of parts before those of the whole; a webhook is an integration by another name.
    const rank = ({ method, path }) => (method !== 'DELETE' ? 0 : 100 - path.split('/').length);
    for (const { method, path } of [...every.routes].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? 1 : -1))) {
      if (namesIn(path).length === 0 || /\{(token|prefix)\}|by-id/.test(path) || (method === 'DELETE' && path.includes('/webhooks/'))) continue;
      const target = filled(path, () => victim, 'id');
      const { status, text } = await every.ask(victim.owner, method, target, method === 'GET' || method === 'DELETE' ? {} : { body: '{"version": 1000}', type: 'application/json' });
      if ([401, 403, 404].includes(status) || status >= 500) faults.push(`${method} ${target}: ${status} ${text.slice(0, 400)}`);
    }
    assert.deepEqual(faults, []);
  });
});
