// A member of one product sees a shared integration as it is there; what other products set differently, and which they are, stays theirs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleethook, until } from '../support/fleethook.mjs';
import { join } from '../support/team.mjs';

let fleethook, products, id, member, administrator, apiUser;

async function as(token, method, target, body) {
  const own = fleethook.token;
  fleethook.token = token;
  try {
    return await fleethook.request(method, target, body);
  } finally {
    fleethook.token = own;
  }
}
async function person(name, at, role) {
  await fleethook.ok('POST', '/v1/users', { username: `${name}@example.com`, password: `password-of-${name}` });
  return join(fleethook, at, `${name}@example.com`, role, { password: `password-of-${name}` });
}

before(async () => {
  fleethook = await Fleethook.start();
  products = (await fleethook.organization('acme', 3)).products;
  ({ id } = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', event: 'temp', url: 'https://shared.example/in', product_ids: products.map((one) => one.id),
  }));
  const at = `/v1/orgs/acme/integrations/${id}`;
  for (const round of [1, 2]) {
    await fleethook.ok('PUT', `${at}/products/${products[1].id}/override`, {
      url: `https://theirs-${round}.example`, auth: { username: 'theirs', password: `theirs-password-${round}` }, headers: { 'X-Theirs': `${round}` },
    });
  }
  await fleethook.ok('PUT', `${at}/products/${products[0].id}/override`, { url: 'https://ours.example' });
  await fleethook.ok('PUT', `${at}/products/${products[1].id}/variables`, { variables: { site: 'theirs-variable' } });
  await fleethook.ok('POST', `${at}/pause`, { product_ids: [products[2].id], mode: 'hold' });
  await fleethook.ok('POST', `${at}/stage`, { product_ids: [products[1].id], settings: { url: 'https://theirs-staged.example' } });
  const own = `/v1/products/${products[0].id}`;
  member = await person('member', own, 'View-only');
  administrator = await person('administrator', own, 'Administrator');
  const made = await fleethook.ok('POST', `${own}/team`, { friendly_name: 'reader', scopes: ['integrations:list', 'integrations:get', 'metrics.integrations:get'] });
  apiUser = made.created.tokens[0].token;
});
after(() => fleethook?.close());

test('no view, version, difference, number or audit entry shows what other products set', async () => {
  const here = `/v1/products/${products[0].id}`;
  const at = `${here}/integrations/${id}`;
  const views = [`${here}/integrations`, at, `${at}/versions`, ...[1, 2, 3, 4].map((n) => `${at}/versions/${n}`), `${at}/versions/4?against=1`, `${at}/history`, `${here}/integrations/counters`];
  for (const [who, token] of Object.entries({ member, administrator, apiUser })) {
    let seen = '';
    for (const view of who === 'administrator' ? [...views, `${here}/audit`] : views) {
      const answer = await as(token, 'GET', view);
      assert.equal(answer.status, 200, `${who} ${view} ${JSON.stringify(answer.body)}`);
      seen += `${view} ${JSON.stringify(answer.body)}\n`;
    }
    seen += JSON.stringify((await as(token, 'POST', `${at}/preview`, {})).body);
    assert.match(seen, /ours\.example/);
    assert.doesNotMatch(seen, /theirs/i, who);
    for (const other of products.slice(1)) assert.ok(!seen.includes(`"${other.slug}"`) && !seen.includes(`.${other.id}"`), `${who} sees ${other.slug}`);
    const { integration } = (await as(token, 'GET', at)).body;
    assert.deepEqual([integration.shared, integration.product_ids, integration.more_products], [true, [products[0].id], 2]);
  }
});

test('a refused edit names the products that one sees, and counts the others', async () => {
  const answer = await as(administrator, 'PATCH', `/v1/products/${products[0].id}/integrations/${id}`, { url: 'https://other.example' });
  assert.deepEqual([answer.status, answer.body.code, answer.body.products.map((one) => one.id), answer.body.more_products], [409, 'shared_integration', [products[0].id], 2]);
  assert.ok(!JSON.stringify(answer.body).includes(products[1].slug));
});

test('a role in the organization sees all products, on a product\'s path too', async () => {
  const viewer = await person('viewer', '/v1/orgs/acme', 'View-only');
  const { integration } = (await as(viewer, 'GET', `/v1/products/${products[0].id}/integrations/${id}`)).body;
  assert.deepEqual([integration.product_ids, integration.more_products], [products.map((one) => one.id), undefined]);
  // Who loses it sees one product again with the next request.
  await fleethook.ok('DELETE', '/v1/orgs/acme/team/viewer@example.com');
  await join(fleethook, `/v1/products/${products[0].id}`, 'viewer@example.com', 'View-only', { token: viewer });
  const after_ = await until('the view', async () => (await as(viewer, 'GET', `/v1/products/${products[0].id}/integrations/${id}`)).body.integration);
  assert.deepEqual(after_.product_ids, [products[0].id]);
});
