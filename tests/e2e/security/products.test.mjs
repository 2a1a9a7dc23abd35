// Two products of one organization that share an integration. People and an API user of the first one only try every route: nothing that is the second one's alone
// comes back, and nothing of it changes. That they share it, and with whom, is no secret.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';
import { EveryRoute, filled } from '../support/every_route.mjs';
import { Principal, answering, attempted, joined, person, refused, replayed, scopesOf, tenant } from '../support/tenants.mjs';

const word = 'lynx';   // in everything that is the second product's alone, and never sent by anybody who tries
let fleethook, receiver, own, victim, every, principals;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(answering);
  own = await tenant(fleethook, 'otter', receiver.url);
  every = await EveryRoute.of(fleethook, `${receiver.url}/elsewhere`);
  const { owner, organization } = own;
  const [first, second] = own.products.map((product) => product.id);
  const org = `/v1/orgs/${organization.slug}`;
  const at = `/v1/products/${second}`;

  // The second product as a side of its own.
  victim = { ...own, products: [own.products[1], own.products[1]], device: 'c0ffee'.repeat(4), ownDevice: own.ownDevice, group: 'theirs', word: 'theirs' };
  await owner.ok('POST', `${at}/devices`, { id: victim.device });
  await owner.ok('PUT', `${at}/devices/${victim.device}`, { name: `${word} device`, groups: [victim.group], firmware_version: `${word}-1` });
  await owner.ok('PUT', `${at}/variables`, { variables: { place: `${word} place`, LYNX_ONLY: 'x' } });
  await owner.ok('PUT', `${org}/integrations/${own.shared}/products/${second}/variables`, { variables: { place: `${word} place of one` } });
  await owner.ok('PUT', `${org}/integrations/${own.shared}/products/${second}/override`, {
    url: `${receiver.url}/${word}/override`, headers: { 'X-Lynx': `${word} header` }, auth: { username: `${word}-user`, password: `${word}-password` },
  });
  victim.ofProduct = (await owner.ok('POST', `${at}/integrations`, { integration_type: 'Webhook', name: `${word} hook`, event: `${word}/event`, url: `${receiver.url}/${word}` })).id;
  victim.robotOfProduct = (await owner.ok('POST', `${at}/team`, { friendly_name: `${word} robot`, scopes: ['events:get'] })).created.username;
  victim.memberOfProduct = `${word}@example.com`;
  await joined(owner, at, await person(fleethook, victim.memberOfProduct), 'Developer');
  // What the shared integration did for the second product, a failure among it.
  victim.event = (await owner.ok('POST', `${at}/events`, { name: 'otter/event', data: `${word} data`, as_device_id: victim.device })).id;
  await until('what was published to be in the log', async () => JSON.stringify(await owner.ok('GET', `${org}/integrations/${own.shared}`)).includes(`${word} data`), 60000);
  const letter = await refused(owner, at, `${at}/events`, 'otter/refused', `${word} refused`);
  victim.letters = { ...own.letters, organization: letter, product: letter };
  victim.attempts = { ...own.attempts, organization: await attempted(owner, at), product: await attempted(owner, at) };
  victim.replays = { ...own.replays, organization: await replayed(owner, org, letter), product: await replayed(owner, at, letter) };

  principals = [];
  for (const role of ['View-only', 'Support', 'Developer', 'Administrator']) {
    const one = await person(fleethook, `${role.toLowerCase()}@example.com`);
    await joined(owner, `/v1/products/${first}`, one, role);
    principals.push(one);
  }
  const { created } = await owner.ok('POST', `/v1/products/${first}/team`, { friendly_name: 'robot', scopes: await scopesOf(fleethook) });
  principals.push(new Principal(fleethook, 'robot', created.tokens[0].token));
});
after(async () => {
  every?.close();
  await fleethook?.close();
  await receiver?.close();
});

// What the owner sees of the second product.
async function digest() {
  const seen = {};
  const drop = /^(last_.*|.*counters|counters|history|hours|days|not_fired)$/i;   // the last tells of what was made since
  const paths = [...every.routes.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/products/{product}') && !/events\/\{prefix\}$|\/(history|counters|integration)$/.test(path)).map(({ path }) => path),
    '/v1/orgs/{organization}/integrations/{id}/products/{product}/variables'];
  for (const path of paths) {
    const target = filled(path, () => victim, 'id');
    seen[target] = JSON.stringify(await victim.owner.ok('GET', target), (name, member) => (drop.test(name) ? undefined : member));
  }
  return seen;
}

function shows(text, asked, marks) {
  for (const mark of marks) {
    const at = asked.includes(mark) ? -1 : text.replaceAll(victim.memberOfProduct, '').indexOf(mark);
    if (at >= 0) return text.slice(Math.max(0, at - 60), at + 60);
  }
}

describe('two products that share an integration', () => {
  test('inside one of them it shows nothing of the other one but its name', async () => {
    const faults = [];
    const through = { ...own, ofProduct: own.shared };
    for (const { method, path } of every.routes) {
      if (!/^\/v1\/products\/\{product\}.*\{id\}/.test(path) || method === 'DELETE' || path.endsWith('/separate')) continue;
      for (const version of ['1', '2', '3']) {
        const target = filled(path, () => through, 'id').replace(/versions\/1$/, `versions/${version}?against=1`);
        const bodies = method === 'GET' ? [{}] : [{}, { event: { name: 'otter/event', data: 'x' } }, { event_id: victim.event }, { data: 'x', product_id: victim.products[0].id }].map((body) => ({ body: JSON.stringify(body), type: 'application/json' }));
        for (const principal of principals) {
          for (const body of bodies) {
            const { status, text } = await every.ask(principal, method, target, body);
            const shown = shows(text, '', [word, word.toUpperCase(), victim.device]);
            if (shown || status >= 500) faults.push(`${method} ${target} ${body.body ?? ''} as ${principal.name}: ${status} shows ${shown}`);
          }
        }
        if (!path.includes('{version}')) break;
      }
    }
    assert.deepEqual(faults.slice(0, 30), [], `${faults.length} in all`);
  });

  test('whoever belongs to one of them gets nothing that is the other one\'s alone, and changes nothing of it', async (t) => {
    const before = await digest();
    const faults = [];
    let count = 0;
    const tried = await every.byAll(principals, victim, own, ({ route, target, body, principal, status, text, known }) => {
      ++count;
      const asked = decodeURIComponent(target) + (body ?? '');
      const what = `${route.method} ${target} ${body ?? ''} as ${principal.name}: ${status}`;
      if (status >= 500 && status !== 501) faults.push(`failed: ${what} ${text.slice(0, 300)}`);
      const shown = shows(text, asked, [word, word.toUpperCase(), ...(known ? [] : [victim.device, victim.ofProduct, victim.event])]);
      if (shown) faults.push(`shows ${shown}: ${what}`);
    });
    t.diagnostic(`${count} requests to ${tried.size} routes as ${principals.length} principals`);
    assert.deepEqual(faults.slice(0, 30), [], `${faults.length} in all`);
    for (const [target, body] of Object.entries(await digest())) assert.equal(body, before[target], `${target} has changed`);
    for (const stream of every.streams) assert.ok(!stream.read().includes(word), `${stream.what} shows ${stream.read()}`);
  });
});
