// The products and hosts of a secret on its screen: set, seen in the list, refused at their field, taken away, and the value left alone. And keys that sign, made in
// the form of an integration. A real browser on the real binary.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, makeUser, signIn } from './support/browser.mjs';
import { Fleethook, until } from './support/fleethook.mjs';

let fleethook, browser, page, products;

const secrets = '/v1/orgs/acme/secrets';
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const box = (name) => dialog().getByRole('combobox', { name }).or(dialog().getByRole('textbox', { name })).first();
const row = (name) => page.getByRole('row').filter({ hasText: name });
const secretOf = async (name) => (await fleethook.ok('GET', `${secrets}/${name}`)).secret;
async function change(name) {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Change' }).click();
}

before(async () => {
  fleethook = await Fleethook.start();
  ({ products } = await fleethook.organization('acme', 2));
  browser = await Browser.start();
  page = await browser.person(fleethook.url);
  await signIn(page, await makeUser(fleethook, 'dora', 'acme', 'Developer'));
  await page.goto('/orgs/acme/secrets');
});
after(async () => {
  await browser?.close();
  await fleethook?.close();
});

describe('the products and hosts of a secret', () => {
  test('are chosen with its value, and stand in the list', async () => {
    await button('New secret').first().click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('DESK_TOKEN');
    await dialog().getByLabel('Value', { exact: true }).fill('a-token-of-the-desk');
    await box('Products').click();
    await page.getByRole('option', { name: products[0].name }).click();
    for (const host of ['API.example.com', '*.desk.example:8443']) {
      await box('Hosts').fill(host);
      await page.keyboard.press('Enter');
    }
    await assertAccessible(page, 'the form of a secret');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().waitFor({ state: 'detached' });
    const { products: limited, hosts } = await secretOf('DESK_TOKEN');
    assert.deepEqual([limited, hosts], [[products[0].id], ['api.example.com', '*.desk.example:8443']]);
    const text = await row('DESK_TOKEN').innerText();
    for (const part of [products[0].name, 'api.example.com, *.desk.example:8443']) assert.ok(text.includes(part), `${part} in ${text}`);
  });

  test('leave the toast with a way to close it that has a name', async () => {
    await change('DESK_TOKEN');
    await dialog().getByLabel('New value', { exact: true }).fill('another token of the desk');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'DESK_TOKEN is changed' }).getByRole('button', { name: 'Close' }).waitFor();
    await assertAccessible(page, 'the toast after saving');
  });

  test('that are narrower than what runs are saved, and it is said what is kept from the secret', async () => {
    await fleethook.ok('PUT', `${secrets}/SHARED_KEY`, { value: 'of-all' });
    await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
      integration_type: 'Webhook', name: 'Alarms', event: 'alarm/', url: 'https://api.example.com/', secrets: ['SHARED_KEY'], product_ids: [products[0].id],
    });
    await page.reload();
    await change('SHARED_KEY');
    await box('Hosts').fill('other.example');
    await page.keyboard.press('Enter');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByText(/\(Alarms\) sends the secret to api\.example\.com, which the list does not name/).waitFor();
    await assertAccessible(page, 'the warning after saving');
    assert.deepEqual((await secretOf('SHARED_KEY')).hosts, ['other.example'], 'it is saved');
    await dialog().getByRole('button', { name: 'Understood' }).click();
    await dialog().waitFor({ state: 'detached' });
  });

  test('are refused at their field, in the words of the server', async () => {
    await change('DESK_TOKEN');
    await box('Hosts').fill('https://nowhere.example/');
    await page.keyboard.press('Enter');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByText(/expected a host such as/).waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    assert.equal((await secretOf('DESK_TOKEN')).hosts.length, 2);
  });

  test('are changed and taken away without the value', async () => {
    const before_ = await secretOf('DESK_TOKEN');
    await change('DESK_TOKEN');
    await box('Products').focus();
    await page.keyboard.press('Backspace');
    await box('Hosts').focus();
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Backspace');
    await dialog().getByRole('button', { name: 'Save' }).click();
    const now = await until('no limits', async () => {
      const secret = await secretOf('DESK_TOKEN');
      return secret.hosts === null && secret.products === null && secret;
    });
    assert.ok(now.updated_at > before_.updated_at);
    await row('organization only').getByText('any').waitFor();
    assert.deepEqual(page.problems, []);
  });
});

describe('keys that sign', () => {
  const field = () => page.getByRole('combobox', { name: 'Signed by' }).or(page.getByRole('textbox', { name: 'Signed by' })).first();
  test('are made and chosen in the form of an integration, and the view says which sign', async () => {
    await fleethook.ok('PUT', `${secrets}/OLD_KEY`, { value: `whsec_${'A'.repeat(32)}` });
    const { id } = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
      integration_type: 'Webhook', name: 'Doors', event: 'door/', url: 'https://api.example.com/', product_ids: [products[0].id],
    });
    await page.goto(`/orgs/acme/integrations/${id}/edit`);
    await page.getByRole('button', { name: /^Extra settings/ }).click();
    await button('Make a signing key').click();
    await dialog().getByText(/^whsec_[A-Za-z0-9+/]{43}=$/).waitFor();
    await dialog().getByRole('textbox', { name: 'Secret name' }).fill('signing-key');
    await assertAccessible(page, 'the dialog that makes a key');
    await dialog().getByRole('button', { name: 'Create' }).click();
    await dialog().waitFor({ state: 'detached' });
    await field().click();
    await page.getByRole('option', { name: 'OLD_KEY' }).click();
    await assertAccessible(page, 'the form with keys');
    await button('Save').click();
    await until('the saved keys', async () => {
      const { integration } = await fleethook.ok('GET', `/v1/orgs/acme/integrations/${id}`);
      return JSON.stringify(integration.signing) === '{"secrets":["SIGNING_KEY","OLD_KEY"]}';
    });
    await page.goto(`/orgs/acme/integrations/${id}?tab=configuration`);
    await page.getByRole('row', { name: /^Signed by SIGNING_KEY, OLD_KEY/ }).waitFor();
    await page.goto('/orgs/acme/secrets');
  });
});

describe('tokens by OAuth 2', () => {
  const text = (name) => page.getByRole('textbox', { name, exact: true });
  const secretField = () => page.getByRole('combobox', { name: 'Client secret' }).or(page.getByRole('textbox', { name: 'Client secret' })).first();
  let id;
  const authOf = async () => (await fleethook.ok('GET', `/v1/orgs/acme/integrations/${id}`)).integration.auth;

  test('are set up in the form of an integration, and the view says how they are got', async () => {
    await fleethook.ok('PUT', `${secrets}/DESK_CLIENT`, { value: 'of the client' });
    ({ id } = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
      integration_type: 'Webhook', name: 'Tickets', event: 'ticket/', url: 'https://api.example.com/', product_ids: [products[0].id, products[1].id],
    }));
    await page.goto(`/orgs/acme/integrations/${id}/edit`);
    await page.getByRole('button', { name: /^Extra settings/ }).click();
    await page.getByText('OAuth 2', { exact: true }).click();
    await text('Token URL').fill('login');
    await text('Client ID').fill('fleet');
    await secretField().click();
    await page.getByRole('option', { name: 'DESK_CLIENT' }).click();
    await text('Scope').fill('tickets:write');
    await page.getByText('in the body', { exact: true }).click();
    await assertAccessible(page, 'the form with OAuth 2');
    await button('Save').click();
    await page.getByText(/has no scheme/).first().waitFor();
    await text('Token URL').fill('https://login.example.com/token');
    await button('Save').click();
    await until('the saved settings', async () => (await authOf())?.oauth2);
    assert.deepEqual(await authOf(), {
      oauth2: { token_url: 'https://login.example.com/token', client_id: 'fleet', client_secret: 'DESK_CLIENT', scope: 'tickets:write', client_auth: 'body' },
    });
    await page.goto(`/orgs/acme/integrations/${id}?tab=configuration`);
    await page.getByRole('row', { name: /^Authentication/ }).filter({ hasText: 'DESK_CLIENT' }).waitFor();
  });

  test('lose a scope that is taken out of the form', async () => {
    await page.goto(`/orgs/acme/integrations/${id}/edit`);
    await text('Scope').fill('');
    await button('Save').click();
    await until('the settings without a scope', async () => (await authOf()).oauth2.scope === undefined);
  });

  test('are asked for by another client on one product, which begins with what is shared', async () => {
    await page.goto(`/orgs/acme/integrations/${id}?tab=products`);
    const line = page.getByRole('row').filter({ hasText: products[1].name });
    await line.getByRole('button').first().click();
    await button('Set override').click();
    await dialog().getByRole('combobox', { name: 'Authentication' }).or(dialog().getByRole('textbox', { name: 'Authentication' })).first().click();
    await page.getByRole('option', { name: 'OAuth 2, as a client of its own' }).click();
    await dialog().getByRole('textbox', { name: 'Client ID', exact: true }).fill('pumps');
    await assertAccessible(page, 'the override with OAuth 2');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().waitFor({ state: 'detached' });
    const { integration } = await fleethook.ok('GET', `/v1/products/${products[1].id}/integrations/${id}`);
    assert.deepEqual(integration.effective.configuration.auth, { oauth2: { ...(await authOf()).oauth2, client_id: 'pumps' } });
  });
});
