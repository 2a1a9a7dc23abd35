// Whoever belongs to an organization tries to become more than what he is there: by his own role, by other accounts, by API users, and by members of bodies that
// nobody documents.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver } from '../support/fleethook.mjs';
import { Principal, answering, joined, person, scopesOf, tenant } from '../support/tenants.mjs';

let fleethook, receiver, own, people, robots, org, product;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(answering);
  own = await tenant(fleethook, 'otter', receiver.url);
  org = `/v1/orgs/${own.organization.slug}`;
  product = `/v1/products/${own.products[0].id}`;
  people = [];
  for (const [team, role] of [[org, 'View-only'], [org, 'Support'], [org, 'Developer'], [org, 'Administrator'], [product, 'Developer'], [product, 'Administrator']]) {
    const one = await person(fleethook, `${role.toLowerCase()}${people.length}@example.com`);
    await joined(own.owner, team, one, role);
    people.push(Object.assign(one, { team, role }));
  }
  robots = [];
  for (const team of [org, product]) {
    const { created } = await own.owner.ok('POST', `${team}/team`, { friendly_name: 'robot', scopes: await scopesOf(fleethook) });
    robots.push(Object.assign(new Principal(fleethook, created.username, created.tokens[0].token), { team, role: 'API user' }));
  }
});
after(async () => {
  await fleethook?.close();
  await receiver?.close();
});

const teams = async () => ({ organization: (await own.owner.ok('GET', `${org}/team`)).team, product: (await own.owner.ok('GET', `${product}/team`)).team });
const refused = async (who, method, target, body) => {
  const { status, body: said } = await who.request(method, target, body);
  assert.ok(status >= 400 && status < 500, `${who.role} of ${who.team}: ${method} ${target} ${JSON.stringify(body)}: ${status} ${JSON.stringify(said)}`);
};

describe('nobody becomes more than he is', () => {
  test('by changing a team that one is in', async () => {
    const before = await teams();
    for (const who of [...people, ...robots]) {
      for (const team of [org, product]) {
        for (const role of ['Administrator', 'Owner']) {
          // An administrator is one already, and may say so where he is.
          const is = who.role === 'Administrator' && role === 'Administrator' && (who.team === team || who.team === org);
          if (!is) await refused(who, 'PUT', `${team}/team/${encodeURIComponent(who.name)}`, { role });
          if (!is) await refused(who, 'POST', `${team}/team`, { username: who.name, role });
        }
        await refused(who, 'PUT', `${team}/team/${encodeURIComponent(own.owner.name)}`, { role: 'View-only' });
        await refused(who, 'DELETE', `${team}/team/${encodeURIComponent(own.owner.name)}`);
        if (who.role === 'Administrator' && (who.team === team || who.team === org)) continue;
        await refused(who, 'POST', `${team}/team`, { friendly_name: 'more', scopes: ['secrets:create'] });
        const other = team === org ? own.robot : own.robotOfProduct;
        await refused(who, 'PUT', `${team}/team/${encodeURIComponent(other)}`, { scopes: ['secrets:create'] });
        await refused(who, 'PUT', `${team}/team/${encodeURIComponent(other)}/token`);
      }
    }
    assert.deepEqual(await teams(), before);
  });

  test('by what bodies have beside what is known', async () => {
    const more = { administrator: true, admin: true, is_administrator: true, role: 'Owner', scopes: ['*'], owner: people[0].name, organization: own.organization.id, user: 'x', plan: 'enterprise' };
    for (const who of people) {
      await who.request('PUT', '/v1/user', { account_info: { administrator: true }, ...more });
      await refused(who, 'GET', '/v1/instance');
      await refused(who, 'GET', '/v1/users');
      const { user } = await who.ok('GET', '/v1/session');
      assert.deepEqual([user.administrator, user.username], [false, who.name]);
    }
    await fleethook.request('POST', '/v1/users', { username: 'more@example.com', password: 'quite long enough', ...more });
    const { users } = await fleethook.ok('GET', '/v1/users');
    assert.deepEqual(users.filter((user) => user.administrator).map((user) => user.username), [fleethook.credentials.username]);
    const [, , developer] = people;
    const { product: made } = await developer.ok('POST', `${org}/products`, { product: { name: 'made', owner: people[0].name, user: people[0].name, organization: 'x' } });
    const { product: seen } = await own.owner.ok('GET', `/v1/products/${made.id}`);
    assert.ok(JSON.stringify(seen).includes(own.organization.id) || JSON.stringify(seen).includes(own.organization.slug), JSON.stringify(seen));
  });

  test('by taking what belongs to the organization elsewhere', async () => {
    for (const who of people) {
      const { organization } = await who.ok('POST', '/v1/orgs', { name: `home of ${who.name}` });
      // Only its administrators may give a product away.
      if (who.role === 'Administrator' && who.team === org) continue;
      await refused(who, 'POST', `${product}/move`, { organization: organization.id });
      await refused(who, 'POST', `${product}/move`, { organization: null });
      await refused(who, 'DELETE', product);
      await refused(who, 'POST', `/v1/orgs/${organization.slug}/integrations/${own.shared}/merge`, { with: own.ofProduct });
      await refused(who, 'PUT', org, { name: 'another', plan: 'free' });
      if (who.team === product) await refused(who, 'GET', `${org}/secrets`);
    }
    for (const who of robots) {
      await refused(who, 'POST', '/v1/orgs', { name: 'of a robot' });
      await refused(who, 'POST', `${product}/move`, { organization: null });
      await refused(who, 'PUT', org, { name: 'another' });
    }
    assert.deepEqual((await own.owner.ok('GET', `${org}/products`)).products.map((one) => one.slug).sort(), ['first-otter', 'made', 'second-otter']);
  });
});
