// The console as different people meet it: each role, somebody whose session has ended, two who edit at once, somebody from another
// organization, and what comes from devices and receivers with markup in it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, makeUser, password, signIn } from './support/browser.mjs';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook, receiver, browser, products, integration, literal;
const people = {};
const markup = '<img src=x onerror="document.title=\'broken\'"><b>bold</b>';

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => (request.url === '/fails' ? { status: 500, body: markup } : { status: 200, body: markup }));
  ({ products } = await fleethook.organization('acme', 2));
  for (const [name, role] of Object.entries({ anna: 'Administrator', dora: 'Developer', sam: 'Support', vera: 'View-only' })) {
    people[role] = await makeUser(fleethook, name, 'acme', role);
  }
  people.stranger = await makeUser(fleethook, 'otto');
  integration = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', name: 'Alarms', event: 'alarm/', url: `${receiver.url}/alarms`, product_ids: products.map((one) => one.id),
  });
  literal = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', name: 'Desk', event: 'desk/', url: `${receiver.url}/desk`, product_ids: [products[0].id],
    headers: { Authorization: 'Bearer of-the-desk' },
  });
  await fleethook.publish(products[0].slug, 'alarm/high', '{"room":"cellar"}');
  await receiver.received(1);
  browser = await Browser.start();
});
after(async () => {
  await browser?.close();
  await receiver?.close();
  await fleethook?.close();
});

const closed = async (page) => page.context().close();
const button = (page, name) =>
  page.getByRole('button', { name, exact: true }).or(page.getByRole('link', { name, exact: true })).first();
const isOff = async (locator) => (await locator.getAttribute('aria-disabled')) === 'true' || (await locator.isDisabled());

describe('signing in', () => {
  test('leads to the address that was asked for first, and wrong passwords are refused in words', async () => {
    const page = await browser.person(fleethook.url);
    await page.goto('/orgs/acme/team');
    await page.waitForURL('**/login**');
    await page.getByRole('textbox', { name: 'Email' }).fill(people.Developer);
    await page.getByLabel('Password', { exact: true }).fill('wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').first().waitFor();
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/orgs/acme/team');
    await page.getByRole('heading', { name: 'Team', level: 1 }).waitFor();
    await closed(page);
  });

  test('keeps no token where scripts can read it', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, people.Developer);
    const [cookie] = (await page.context().cookies()).filter((one) => one.name === 'fleethook_session');
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.ok(!kept.includes(cookie.value));
    await closed(page);
  });

  test('never leads to another host', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, people.Developer, password, '/login?next=https://elsewhere.example/');
    assert.equal(new URL(page.url()).origin, fleethook.url);
    await page.goto('/login?next=//elsewhere.example/');
    await page.waitForURL((url) => url.pathname !== '/login');
    assert.equal(new URL(page.url()).origin, fleethook.url);
    await closed(page);
  });
});

describe('a role', () => {
  for (const [role, may] of [['View-only', false], ['Support', false], ['Developer', true], ['Administrator', true]]) {
    test(`${role} ${may ? 'may change integrations' : 'sees everything, and what it may not do is off, with the reason'}`, async () => {
      const page = await browser.person(fleethook.url);
      await signIn(page, people[role], password, `/orgs/acme/integrations/${integration.id}`);
      await page.getByRole('heading', { name: 'Alarms', level: 1 }).waitFor();
      for (const name of ['Edit', 'Test', 'Pause', 'Delete']) {
        assert.equal(await isOff(button(page, name)), !may, `${name} for ${role}`);
      }
      if (!may) {
        await button(page, 'Edit').hover();
        await page.getByRole('tooltip').filter({ hasText: 'Developer' }).first().waitFor();
      }
      await page.goto('/orgs/acme/integrations');
      await page.getByRole('row').filter({ hasText: 'Alarms' }).waitFor();
      assert.equal(await isOff(button(page, 'New integration')), !may, `New integration for ${role}`);
      await page.goto('/orgs/acme/team');
      await page.getByRole('cell', { name: people[role] }).first().waitFor();
      assert.equal(await isOff(button(page, 'Invite')), role !== 'Administrator', `Invite for ${role}`);
      assert.deepEqual(page.problems, []);
      await closed(page);
    });
  }

  for (const [role, sees] of [['View-only', false], ['Developer', true]]) {
    test(`${role} ${sees ? 'sees' : 'does not see'} a token that stands in a configuration, and gets a form ${sees ? 'to write' : 'to read'}`, async () => {
      const page = await browser.person(fleethook.url);
      await signIn(page, people[role], password, `/orgs/acme/integrations/${literal.id}?tab=configuration`);
      const table = page.getByRole('table', { name: 'Settings' });
      await table.waitFor();
      assert.equal((await table.innerText()).includes('Bearer of-the-desk'), sees);
      assert.equal((await table.innerText()).includes('[[SENSITIVE]]'), !sees);
      await page.goto(`/orgs/acme/integrations/${literal.id}/edit`);
      const url = page.getByRole('textbox', { name: 'URL', exact: true });
      await url.waitFor();
      assert.equal(await url.isEditable(), sees);
      // What is saved can be looked at without sending it back.
      assert.equal(await page.getByTestId('preview-url').innerText(), `${receiver.url}/desk`);
      assert.equal(await page.getByText('stands in the place of a password').count(), sees ? 0 : 1);
      assert.deepEqual(page.problems, []);
      await closed(page);
    });
  }

  test('somebody of another organization sees nothing of it', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, people.stranger);
    for (const path of ['/orgs/acme/integrations', `/orgs/acme/integrations/${integration.id}`, `/products/${products[0].slug}`, '/orgs/acme/audit']) {
      await page.goto(path);
      await page.getByText(/there is no (organization|product)/i).first().waitFor();
      assert.ok(!(await page.locator('body').innerText()).includes('Alarms'), path);
    }
    await page.goto('/instance');
    await page.getByText(/administrators of this installation/i).first().waitFor();
    await closed(page);
  });

  test('a person without any organization is led to make one, or to the sandbox', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, await makeUser(fleethook, 'nina'));
    await page.goto('/');
    await page.getByText(/organization/i).first().waitFor();
    await page.getByRole('link', { name: /sandbox/i }).first().waitFor();
    await closed(page);
  });
});

describe('a session that ends', () => {
  test('leads to signing in, and back to where one was', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, people.Administrator, password, `/orgs/acme/integrations/${integration.id}`);
    await page.getByRole('heading', { name: 'Alarms', level: 1 }).waitFor();
    // Ended elsewhere, as "sign out everywhere" does.
    const { body } = await fleethook.request('POST', '/oauth/token', `grant_type=password&username=${encodeURIComponent(people.Administrator)}&password=${encodeURIComponent(password)}`, {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: '',
    });
    const ended = await fetch(`${fleethook.url}/v1/access_tokens`, { method: 'DELETE', headers: { authorization: `Bearer ${body.access_token}` } });
    assert.equal(ended.status, 200);
    await page.waitForURL('**/login?**', { timeout: 30000 });
    await page.getByText(/session/i).first().waitFor();
    await page.getByRole('textbox', { name: 'Email' }).fill(people.Administrator);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`**/orgs/acme/integrations/${integration.id}`);
    await closed(page);
  });

  test('by signing out leaves nothing behind', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, people.Developer, password, '/orgs/acme/integrations');
    await page.getByRole('row').filter({ hasText: 'Alarms' }).waitFor();
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL('**/login');
    await page.goBack();
    await page.waitForURL('**/login**');
    assert.equal((await page.context().cookies()).filter((one) => one.name === 'fleethook_session').length, 0);
    await closed(page);
  });
});

describe('a new password', () => {
  const token = async (username, secret) => {
    const form = `grant_type=password&username=${encodeURIComponent(username)}&password=${encodeURIComponent(secret)}`;
    return (await fleethook.request('POST', '/oauth/token', form, { 'content-type': 'application/x-www-form-urlencoded', authorization: '' })).body.access_token;
  };
  const works = async (one) => (await fetch(`${fleethook.url}/v1/user`, { headers: { authorization: `Bearer ${one}` } })).status === 200;

  test('ends tokens, or keeps them where the box says so, and other browsers are signed out all the same', async () => {
    const username = await makeUser(fleethook, 'kim');
    const elsewhere = await browser.person(fleethook.url);
    const page = await browser.person(fleethook.url);
    let current = password;
    for (const keep of [true, false]) {
      const program = await token(username, current);
      await signIn(elsewhere, username, current);
      if (keep) await signIn(page, username, current, '/account');
      const next = `${password} ${keep}`;
      await page.getByLabel('Current password', { exact: true }).fill(current);
      await page.getByLabel('New password', { exact: true }).fill(next);
      if (keep) await page.getByRole('checkbox', { name: 'Keep my tokens' }).check();
      await button(page, 'Change password').click();
      await page.getByText(keep ? /your tokens go on/ : /all your tokens have ended/).waitFor();
      assert.equal(await works(program), keep);
      assert.equal(await page.getByRole('checkbox', { name: 'Keep my tokens' }).isChecked(), false, 'it is asked for each time');
      await elsewhere.goto('/account');
      await elsewhere.waitForURL('**/login**');
      current = next;
    }
    await page.reload();
    await page.getByLabel('Current password', { exact: true }).waitFor();
    assert.deepEqual(page.problems, []);
    await closed(page);
    await closed(elsewhere);
  });
});

describe('claiming a device', () => {
  test('by its id makes it one\'s own; what is no id, or another one\'s, is refused in the dialog', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, people.Developer, password, '/sandbox/devices');
    const dialog = page.getByRole('dialog', { name: 'Claim a device' });
    const claim = async (id) => {
      await dialog.getByRole('textbox', { name: 'Device id' }).fill(id);
      await dialog.getByRole('button', { name: 'Claim', exact: true }).click();
    };
    const open = () => button(page, 'Claim a device').click();
    await open();
    await assertAccessible(page, 'the dialog that claims a device');
    await claim('nonsense');
    await dialog.getByText(/24 hex/).last().waitFor();
    assert.ok((await dialog.getByRole('textbox', { name: 'Device id' }).getAttribute('aria-invalid')) === 'true');
    const mine = 'e00fce68ffffffffffc00001';
    await claim(mine);
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('The device is yours').waitFor();
    await page.getByRole('row').filter({ hasText: mine }).waitFor();

    const other = await browser.person(fleethook.url);
    await signIn(other, people.Support, password, '/sandbox/devices?claim=1');
    const theirs = other.getByRole('dialog', { name: 'Claim a device' });
    await theirs.getByRole('textbox', { name: 'Device id' }).fill(mine);
    await theirs.getByRole('button', { name: 'Claim', exact: true }).click();
    await theirs.getByRole('alert').waitFor();
    assert.equal(await other.getByRole('row').filter({ hasText: mine }).count(), 0);
    assert.deepEqual([page.problems, other.problems], [[], []]);
    await closed(page);
    await closed(other);
  });
});

describe('two who edit at once', () => {
  test('the second one is shown both sides and loses nothing', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, people.Developer, password, `/orgs/acme/integrations/${integration.id}/edit`);
    const name = page.getByRole('textbox', { name: 'Name', exact: true });
    await name.fill('Alarms, mine');
    await fleethook.ok('PATCH', `/v1/orgs/acme/integrations/${integration.id}`, { name: 'Alarms, theirs' });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Alarms, theirs').first().waitFor();
    await page.getByText('Alarms, mine').first().waitFor();
    const { body } = await fleethook.request('GET', `/v1/orgs/acme/integrations/${integration.id}`);
    assert.equal(body.integration.name, 'Alarms, theirs', 'nothing is overwritten unasked');
    await closed(page);
    await fleethook.ok('PATCH', `/v1/orgs/acme/integrations/${integration.id}`, { name: 'Alarms' });
  });
});

describe('a server that goes away', () => {
  test('is said, what was there stays readable, and it goes on when the server is back', async () => {
    const page = await browser.person(fleethook.url);
    await signIn(page, people.Developer, password, '/orgs/acme/integrations');
    await page.getByRole('row').filter({ hasText: 'Alarms' }).waitFor();
    await fleethook.kill('SIGKILL');
    await page.getByText(/cannot be reached/i).first().waitFor({ timeout: 40000 });
    await page.getByRole('row').filter({ hasText: 'Alarms' }).waitFor();
    // The same address again: the session is on disk.
    fleethook.listen = fleethook.address;
    await fleethook.spawn();
    await until('the page to be well again', async () => (await page.getByText(/cannot be reached/i).count()) === 0, 40000);
    await fleethook.publish(products[0].slug, 'alarm/again', '{}');
    await closed(page);
  });
});

describe('text from outside', () => {
  test('is text wherever it appears: names, event data, requests, answers, errors', async () => {
    const made = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
      integration_type: 'Webhook', name: markup, event: 'markup/', url: `${receiver.url}/fails`, product_ids: [products[0].id], policy: 'particle',
      body: '{{{PARTICLE_EVENT_VALUE}}}',
    });
    const { product } = await fleethook.ok('POST', '/v1/orgs/acme/products', { product: { name: markup, slug: 'markup', platform_id: 13 } });
    await fleethook.ok('PUT', '/v1/orgs/acme/variables', { variables: { site: markup } });
    await fleethook.ok('POST', '/v1/orgs/acme/team', { friendly_name: markup, scopes: [] });
    const page = await browser.person(fleethook.url);
    await signIn(page, people.Administrator, password, '/orgs/acme/events');
    await page.getByText('Live', { exact: true }).waitFor();
    await fleethook.publish(products[0].slug, 'markup/x', markup);
    await page.getByText('markup/x').first().waitFor();
    const check = async (path) => {
      if (path !== undefined) await page.goto(path);
      await page.getByText('<b>bold</b>').first().waitFor();
      assert.equal(await page.locator('b', { hasText: /^bold$/ }).count(), 0, path);
      assert.equal(await page.locator('img[src="x"]').count(), 0, path);
      assert.doesNotMatch(await page.title(), /^broken/);
    };
    await check();
    await until('the error in the log', async () => (await fleethook.ok('GET', `/v1/orgs/acme/integrations/${made.id}`)).integration.errors.length > 0, 60000);
    await check('/orgs/acme/integrations');
    await check(`/orgs/acme/integrations/${made.id}`);
    await check('/orgs/acme/products');
    await check(`/products/${product.slug}`);
    await check('/orgs/acme/api-users');
    await check('/orgs/acme/audit');
    assert.deepEqual(page.problems, []);
    await closed(page);
  });
});
