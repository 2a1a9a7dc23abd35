// Teams and API users, with particle-api-js as its users call it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Particle from 'particle-api-js';
import { Fleethook } from './support/fleethook.mjs';
import { join, tokenOf } from './support/team.mjs';

let fleethook, products, api;
const password = 'correct horse battery';

before(async () => {
  fleethook = await Fleethook.start();
  products = (await fleethook.organization('acme', 2)).products;
  api = new Particle({ baseUrl: fleethook.url, auth: fleethook.token });
  for (const name of ['jane', 'joe']) {
    await new Particle({ baseUrl: fleethook.url }).createUser({ username: `${name}@example.com`, password });
  }
});
after(() => fleethook?.close());

const clientOf = async (name) => {
  const { body } = await new Particle({ baseUrl: fleethook.url }).login({ username: `${name}@example.com`, password });
  return new Particle({ baseUrl: fleethook.url, auth: body.access_token });
};
const accept = async (name, { id, code }) =>
  fleethook.ok('POST', `/v1/user/invitations/${id}/accept`, { code }, { authorization: `Bearer ${await tokenOf(fleethook, `${name}@example.com`, password)}` });
const team = async (client, product) => (await client.listTeamMembers({ product })).body.team.map((one) => one.username);
const refused = (statusCode, words) => (error) => error.statusCode === statusCode && words.test(error.shortErrorDescription);

describe('a team', () => {
  test('of one product: invited without a role, listed, removed', async () => {
    const product = products[0].slug;
    const { body } = await api.inviteTeamMember({ product, username: 'jane@example.com' });
    assert.deepEqual([body.ok, body.invited.username, body.invited.role.name], [true, 'jane@example.com', 'Developer']);
    assert.deepEqual((await api.listTeamMembers({ product })).body.team.map((one) => [one.username, one.invite_pending]), [['jane@example.com', true]]);
    const jane = await clientOf('jane');
    await assert.rejects(jane.getProduct({ product }), refused(404, /there is no product/));
    await accept('jane', body.invited);
    const { body: list } = await jane.listTeamMembers({ product });
    assert.deepEqual([list.ok, list.team.map((one) => [one.username, one.role.name])], [true, [['jane@example.com', 'Developer']]]);
    assert.match(list.team[0].role.id, /^[0-9a-f]{24}$/);
    assert.deepEqual((await jane.listProducts({})).body.products.map((one) => one.slug), [product]);
    await assert.rejects(jane.getProduct({ product: products[1].slug }), refused(404, /there is no product/));
    await assert.rejects(jane.inviteTeamMember({ product, username: 'joe@example.com' }), refused(403, /Administrator/));
    assert.deepEqual((await api.removeTeamMember({ product, username: 'jane@example.com' })).body, { ok: true });
    assert.deepEqual(await team(api, product), []);
    await assert.rejects(jane.getProduct({ product }), refused(404, /there is no product/));
  });

  test('of an organization holds in all its products', async () => {
    await join(fleethook, '/v1/orgs/acme', 'joe@example.com', 'View-only', { password });
    const joe = await clientOf('joe');
    assert.equal((await joe.listProducts({})).body.products.length, 2);
    await assert.rejects(joe.publishEvent({ product: products[1].slug, name: 'x' }), refused(403, /Developer/));
    assert.equal((await fleethook.request('PUT', '/v1/orgs/acme/team/joe@example.com', { role: 'Developer' })).status, 200);
    assert.equal((await joe.publishEvent({ product: products[1].slug, name: 'x' })).body.ok, true);
  });

  test('an invitation is withdrawn as a member is removed', async () => {
    const product = products[0].slug;
    const { body } = await api.inviteTeamMember({ product, username: 'new@example.com' });
    await assert.rejects(api.inviteTeamMember({ product, username: 'new@example.com' }), refused(409, /is invited .* already/));
    assert.deepEqual((await api.removeTeamMember({ product, username: 'new@example.com' })).body, { ok: true });
    assert.deepEqual(await team(api, product), []);
    await new Particle({ baseUrl: fleethook.url }).createUser({ username: 'new@example.com', password });
    await assert.rejects(accept('new', body.invited), /no such invitation/);
  });
});

describe('an API user', () => {
  const create = async (path, scopes) => {
    const { status, body } = await fleethook.request('POST', path, { friendly_name: 'Cold Chain', scopes });
    assert.equal(status, 200);
    return { username: body.created.username, token: body.created.tokens[0].token };
  };

  test('does what its scopes name, in its place, also after a restart', async () => {
    const bot = await create('/v1/orgs/acme/team', ['events:send', 'integrations:list']);
    assert.match(bot.username, /^cold-chain\+[0-9a-z]{10}@api\.particle\.io$/);
    for (let round = 0; round < 2; round += 1) {
      const client = new Particle({ baseUrl: fleethook.url, auth: bot.token });
      assert.equal((await client.publishEvent({ product: products[0].slug, name: 'temp', data: '1' })).body.ok, true);
      assert.deepEqual((await client.listIntegrations({ org: 'acme' })).body, []);
      await assert.rejects(client.createIntegration({ org: 'acme', event: 'x', settings: {} }), refused(403, /integrations:create/));
      await assert.rejects(client.listDevices({}), (error) => error.statusCode === 400 && error.body.error === 'unauthorized');
      if (round === 0) await fleethook.restart();
      api = new Particle({ baseUrl: fleethook.url, auth: fleethook.token });
    }
  });

  test('of a product is removed through the client, its name as it is in the path', async () => {
    const product = products[0].slug;
    const bot = await create(`/v1/products/${product}/team`, ['products:get']);
    const client = new Particle({ baseUrl: fleethook.url, auth: bot.token });
    assert.equal((await client.getProduct({ product })).body.product.slug, product);
    await assert.rejects(client.getProduct({ product: products[1].slug }), refused(404, /there is no product/));
    const renewed = await fleethook.request('PUT', `/v1/products/${product}/team/${bot.username}/token`);
    await assert.rejects(client.getProduct({ product }), (error) => error.statusCode === 401);
    client.setDefaultAuth(renewed.body.updated.tokens[0].token);
    assert.equal((await client.getProduct({ product })).statusCode, 200);
    assert.equal((await api.removeTeamMember({ product, username: bot.username })).body.ok, true);
    await assert.rejects(client.getProduct({ product }), (error) => error.statusCode === 401);
  });
});
