// What the console says before something stops, and what it lets one set of deliveries: a real browser on the real binary.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, makeUser, signIn } from './support/browser.mjs';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook, receiver, browser, page, products;
let fails = true;

const integrations = '/v1/orgs/acme/integrations';
const field = (name) => page.getByRole('textbox', { name, exact: true });
const tags = (name) => page.getByRole('combobox', { name, exact: true }).or(field(name)).first();
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const settingsOf = async (id) => (await fleethook.ok('GET', `${integrations}/${id}`)).integration;
async function make(name, more = {}) {
  return fleethook.ok('POST', integrations, {
    integration_type: 'Webhook', name, event: `${name}/`, url: `${receiver.url}/${name}`, product_ids: products.map((one) => one.id), ...more,
  });
}
async function view(one, rest = '') {
  await page.goto(`/orgs/acme/integrations/${one.id}${rest}`);
}

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(() => ({ status: fails ? 503 : 200 }));
  ({ products } = await fleethook.organization('acme', 2));
  browser = await Browser.start();
  page = await browser.person(fleethook.url);
  await signIn(page, await makeUser(fleethook, 'dora', 'acme', 'Developer'));
});
after(async () => {
  await browser?.close();
  await receiver?.close();
  await fleethook?.close();
});

describe('settings of deliveries', () => {
  let made;

  test('are typed as people write them, refused at their field, and saved as the API has them', async () => {
    made = await make('levels');
    await view(made, '/edit');
    await page.getByRole('button', { name: /^Extra settings/ }).click();
    assert.equal(await field('Time-out').getAttribute('placeholder'), '20 s');
    assert.equal(await field('Retried for').getAttribute('placeholder'), '72 h');
    await field('Time-out').fill('2 min');
    await page.getByText('must be 1 to 60 seconds').waitFor();
    await field('Time-out').fill('5');
    await field('Retried for').fill('1 h');
    for (const wait of ['30 s', '30 s', '5 min']) {
      await tags('Waits between attempts').fill(wait);
      await page.keyboard.press('Enter');
    }
    await tags('Final statuses').fill('404');
    await page.keyboard.press('Enter');
    await tags('Final statuses').fill('5xx');
    await page.keyboard.press('Enter');
    await field('Requests at once').fill('2');
    await field('Requests per second').fill('0.5');
    await page.getByRole('switch', { name: /^Order of each device/ }).check();
    await page.getByRole('radio', { name: /^Take as the answer/ }).check();
    await page.getByText('Bearer', { exact: true }).click();
    await page.getByLabel('Token', { exact: true }).fill('{{{LEVELS_TOKEN}}}');
    await assertAccessible(page, 'the settings of deliveries');
    await button('Save').click();
    await until('the second version', async () => (await settingsOf(made.id)).version === 2);
    const { timeout, redirects, retryDelays, retryFor, finalStatuses, concurrency, rate, orderPerDevice, auth } = await settingsOf(made.id);
    assert.deepEqual(
      { timeout, redirects, retryDelays, retryFor, finalStatuses, concurrency, rate, orderPerDevice, auth },
      {
        timeout: 5, redirects: 'error', retryDelays: [30, 30, 300], retryFor: 3600, finalStatuses: ['5xx', 404], concurrency: 2, rate: 0.5,
        orderPerDevice: true, auth: { bearer: '{{{LEVELS_TOKEN}}}' },
      },
    );
  });

  test('are shown as they are set, and go back to their default when the field is empty', async () => {
    await view(made, '?tab=configuration');
    const shown = await page.getByRole('table', { name: 'Settings' }).innerText();
    for (const text of ['5 s', '1 h', '30 s, 30 s, 5 min', '5xx, 404', '0.5 per second', 'Kept', 'Not followed']) {
      assert.ok(shown.includes(text), `${text} in ${shown}`);
    }
    await view(made, '/edit');
    await field('Time-out').fill('');
    await field('Retried for').fill('');
    await button('Save').click();
    await until('the third version', async () => (await settingsOf(made.id)).version === 3);
    const { timeout, retryFor, rate } = await settingsOf(made.id);
    assert.deepEqual({ timeout, retryFor, rate }, { timeout: 20, retryFor: 259200, rate: 0.5 });
  });
});

describe('warnings', () => {
  const at = (path) => page.locator(`[data-warning-of="${path}"]`);
  const list = () => page.getByRole('note', { name: /^\d+ warnings?$/ });
  let made;

  before(async () => {
    await fleethook.ok('POST', '/v1/orgs/acme/secrets', { name: 'DESK_TOKEN', value: 'a-token-of-the-desk' });
  });

  test('stand at the field while one types: a secret that is there but not selected', async () => {
    made = await make('desk', { headers: { 'X-Room': 'none' } });
    await view(made, '/edit');
    await page.getByLabel('Header 1 value').fill('{{{DESK_TOKEN}}}');
    await at('headers.X-Room').waitFor();
    assert.match(await at('headers.X-Room').innerText(), /DESK_TOKEN is there but not selected/);
    await assertAccessible(page, 'a form with a warning');
  });

  test('are told after saving until they are read, and in the view as long as they hold', async () => {
    await button('Save').click();
    await dialog().getByText('Saved', { exact: true }).waitFor();
    assert.match(await dialog().innerText(), /HTTP headers › X-Room: .*DESK_TOKEN is there but not selected/);
    await dialog().getByRole('button', { name: 'View the integration' }).click();
    await page.waitForURL(new RegExp(`${made.id}$`));
    assert.match(await list().innerText(), /1 warning[^]*X-Room: .*DESK_TOKEN/);
    await fleethook.ok('PATCH', `${integrations}/${made.id}`, { secrets: ['DESK_TOKEN'] });
    await list().waitFor({ state: 'detached' });
  });

  test('name a member that no setting is, in the builder, in the JSON and after saving', async () => {
    await view(made, '/edit?tab=custom');
    const editor = page.getByRole('textbox', { name: 'Settings as JSON' });
    await editor.waitFor();
    await editor.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(JSON.stringify({ event: 'desk/', url: `${receiver.url}/desk`, headerz: { 'X-Site': '7' } }));
    await list().filter({ hasText: 'headerz: ' }).waitFor();
    await page.getByRole('tab', { name: 'Webhook builder' }).click();
    assert.match(await list().innerText(), /headerz: /);
    await button('Save').click();
    await dialog().getByText('Saved', { exact: true }).waitFor();
    assert.match(await dialog().innerText(), /headerz: /);
    await dialog().getByRole('button', { name: 'Stay here' }).click();
  });

  test('of a test are told with its result', async () => {
    const odd = await make('odd', { headers: { 'X-Room': '{{{rooom}}}' } });
    await view(odd);
    await button('Test').click();
    await dialog().getByLabel('Event data').fill('{"room":"cellar"}');
    await dialog().getByRole('button', { name: 'Test', exact: true }).click();
    await list().waitFor();
    assert.match(await list().innerText(), /X-Room: .*rooom/);
    await dialog().getByRole('button', { name: 'Close' }).click();
  });
});

describe('before something stops', () => {
  const note = () => dialog().getByRole('note');
  const waiting = async (id) => (await settingsOf(id)).waiting;
  // `count` deliveries that the receiver refuses: they wait for another try, or are held.
  async function backlog(name, counts, more = {}) {
    const made = await make(name, more);
    for (const [index, count] of counts.entries()) {
      for (let i = 0; i < count; i++) await fleethook.publish(products[index].slug, `${name}/x`, '{}');
    }
    const sum = counts.reduce((a, b) => a + b, 0);
    await until(`${sum} that wait`, async () => (await waiting(made.id)) === sum);
    return made;
  }

  test('deleting says how many wait, of which product, and then how many were cancelled', async () => {
    const made = await backlog('gone', [3, 2], { retryDelays: [3600] });
    await view(made);
    await page.getByText('Waiting now').waitFor();
    await button('Delete').click();
    await note().waitFor();
    const asked = await note().innerText();
    assert.match(asked, /5 deliveries wait now[^]*cancelled/);
    assert.ok(asked.includes(`${products[0].name}: 3, ${products[1].name}: 2`), asked);
    await assertAccessible(page, 'the question before deleting');
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await page.getByText('gone is deleted: 5 cancelled.').waitFor();
    await page.waitForURL(/\/integrations$/);
  });

  test('disabling says that what waits is held, and cancels nothing', async () => {
    const made = await backlog('calm', [2], { retryDelays: [3600] });
    await view(made, '/edit');
    await page.getByText('Disabled', { exact: true }).click();
    await button('Save').click();
    await note().waitFor();
    assert.match(await note().innerText(), /2 deliveries wait now[^]*held until it is enabled/);
    await dialog().getByRole('button', { name: 'Disable' }).click();
    await until('the second version', async () => (await settingsOf(made.id)).disabled === true);
    await until('both held', async () => (await settingsOf(made.id)).held === 2);
  });

  test('removing a product says what still waits there, and shows it until it is delivered', async () => {
    const made = await backlog('left', [0, 2], { retryDelays: [3600] });
    await view(made, '/edit');
    await page.getByRole('checkbox', { name: products[1].name }).uncheck();
    await button('Save').click();
    await note().waitFor();
    assert.match(await note().innerText(), /2 deliveries wait now[^]*goes on being delivered/);
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await until('one product', async () => (await settingsOf(made.id)).product_ids.length === 1);
    await view(made, '?tab=products');
    const left = page.getByRole('row').filter({ hasText: products[1].name });
    await left.getByText('Removed').waitFor();
    assert.match(await left.innerText(), /\b2\b/);
  });

  test('from hold to skip what is held stays held, unless it is chosen to drop it', async () => {
    fails = false;
    const made = await make('paused');
    await fleethook.ok('POST', `${integrations}/${made.id}/pause`, { mode: 'hold' });
    for (let i = 0; i < 3; i++) await fleethook.publish(products[0].slug, 'paused/x', '{}');
    await until('three held', async () => (await settingsOf(made.id)).held === 3);
    const ask = async () => {
      await view(made);
      await button('Change pause').click();
      await dialog().getByRole('radio', { name: /^Skip/ }).check();
      await note().waitFor();
    };
    await ask();
    assert.match(await note().innerText(), /3 deliveries wait now[^]*stays held/);
    await dialog().getByRole('button', { name: 'Change' }).click();
    await dialog().waitFor({ state: 'detached' });
    await until('the other mode', async () => (await settingsOf(made.id)).products[0].paused?.mode === 'skip');
    assert.equal((await settingsOf(made.id)).held, 3);
    await ask();
    await dialog().getByRole('checkbox', { name: /^Drop what is held/ }).check();
    assert.match(await note().innerText(), /ends as cancelled/);
    await dialog().getByRole('button', { name: 'Change' }).click();
    await page.getByText(/3 cancelled\./).waitFor();
    await until('nothing waits', async () => (await waiting(made.id)) === 0);
    await until('three cancelled', async () => (await settingsOf(made.id)).todayCounters.cancelled === 3);
    assert.equal(receiver.requests.filter((one) => one.url === '/paused').length, 0);
  });
});

test('two clicks on "Create webhook" make one', async () => {
  await page.goto('/orgs/acme/integrations/new');
  await field('Name').fill('Once');
  await field('Event name').fill('once/');
  await field('URL').fill(`${receiver.url}/once`);
  await page.getByRole('checkbox', { name: products[0].name }).check();
  const sent = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/acme/integrations')) sent.push(request.headers()['idempotency-key']);
  });
  await button('Create webhook').evaluate((element) => {
    element.click();
    element.click();
  });
  await page.waitForURL(/\/integrations\/[0-9a-f]{24}$/);
  assert.ok(sent.length > 0 && new Set(sent).size === 1 && /^[0-9a-f]{32}$/.test(sent[0]), `${sent}`);
  const all = await fleethook.ok('GET', integrations);
  assert.equal(all.filter((one) => one.name === 'Once').length, 1);
});

test('nothing of all this asked another host, and no page had a fault', () => {
  assert.deepEqual(page.elsewhere, []);
  assert.deepEqual(page.problems, []);
});
