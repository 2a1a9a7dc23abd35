// Dead letters and replays on their screens: found, opened, delivered again, followed, paused and cancelled. A real browser on the real binary, and a receiver
// that fails until it is mended.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, makeUser, signIn } from './support/browser.mjs';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook, receiver, browser, page, products, alarms;
let status = 500;

const screen = '/orgs/acme/dead-letters';
const devices = ['e00fce680000000000000001', 'e00fce680000000000000002'];
const button = (name) => page.getByRole('button', { name, exact: true });
const link = (name) => page.getByRole('main').getByRole('link', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const heading = (name) => page.getByRole('heading', { name, level: 1 });
const state = (word) => page.getByRole('main').getByText(word, { exact: true });
const rows = (text) => page.getByRole('table', { name: 'Dead letters' }).getByRole('row').filter({ hasText: text });
const rowsAre = (count, text = 'alarm/') => until(`${count} rows`, async () => (await rows(text).count()) === count);
const letters = async (query = '') => (await fleethook.ok('GET', `/v1/orgs/acme/dead_letters${query}`)).dead_letters;
const replayOf = async (number) => (await fleethook.ok('GET', `/v1/orgs/acme/replays/${number}`)).replay;
// The number of the replay whose page is shown.
async function shownReplay() {
  await page.waitForURL(/\/dead-letters\/replays\/\d+$/);
  return Number(page.url().split('/').at(-1));
}

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(() => ({ status }));
  ({ products } = await fleethook.organization('acme', 2));
  for (const [index, device] of devices.entries()) await fleethook.ok('POST', `/v1/products/${products[index].id}/devices`, { id: device });
  alarms = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', name: 'Alarms to the desk', event: 'alarm/', url: `${receiver.url}/alarms`, finalStatuses: ['4xx', '5xx'],
    product_ids: products.map((one) => one.id),
  });
  await fleethook.publish(products[0].slug, 'alarm/door', '{"room":"cellar"}', { as_device_id: devices[0] });
  await fleethook.publish(products[1].slug, 'alarm/window', '{"room":"attic"}', { as_device_id: devices[1] });
  await fleethook.publish(products[1].slug, 'alarm/roof', 'by hand');
  await until('three letters', async () => (await letters()).length === 3);
  browser = await Browser.start();
  page = await browser.person(fleethook.url);
  await signIn(page, await makeUser(fleethook, 'dora', 'acme', 'Developer'));
});
after(async () => {
  await browser?.close();
  await receiver?.close();
  await fleethook?.close();
});

describe('the letters', () => {
  test('are led to from the navigation, and say what failed, where and why', async () => {
    await page.goto('/orgs/acme/integrations');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Dead letters' }).click();
    await heading('Dead letters').waitFor();
    await rowsAre(3);
    const text = await rows('alarm/door').innerText();
    for (const part of [devices[0], 'Alarms to the desk', products[0].name, '500']) assert.ok(text.includes(part), `${part} in ${text}`);
    await assertAccessible(page, 'dead letters');
  });

  test('are found by device, with the filter in the address', async () => {
    await button('More filters').click();
    await page.getByRole('textbox', { name: 'Device', exact: true }).fill(devices[0]);
    await rowsAre(1);
    await rows('alarm/door').waitFor();
    await page.waitForURL((url) => url.searchParams.get('device') === devices[0]);
    await page.reload();
    await button('More filters (1)').waitFor();
    await rowsAre(1);
    await assertAccessible(page, 'dead letters with their filters');
  });

  test('do not ask for a status that is still being typed', async () => {
    const field = page.getByLabel('Last status', { exact: true }).first();
    await field.fill('50');
    await page.getByText('A status such as 503, a class such as 5xx, or none').waitFor();
    await rowsAre(1);
    await field.fill('404');
    await page.getByText('No dead letter fits').waitFor();
    await button('Clear filters').first().click();
    await rowsAre(3);
  });

  test('open to the whole event, with the ways to what they are of', async () => {
    await rows('alarm/door').getByRole('button', { name: 'alarm/door' }).click();
    await dialog().getByText('Not yet', { exact: true }).waitFor();
    await page.waitForURL((url) => url.searchParams.has('letter'));
    assert.match(await dialog().getByRole('region', { name: 'Data' }).innerText(), /"room": "cellar"/);
    assert.match(await dialog().innerText(), /500/);
    const leads = {
      'Alarms to the desk': `/orgs/acme/integrations/${alarms.id}`,
      [products[0].name]: `/products/${products[0].slug}`,
      [devices[0]]: `/products/${products[0].slug}/devices?q=${devices[0]}`,
      'alarm/door': `/orgs/acme/events?${new URLSearchParams({ q: 'event:alarm/door' })}`,
    };
    for (const [name, to] of Object.entries(leads)) {
      assert.equal(await dialog().getByRole('link', { name, exact: true }).getAttribute('href'), to, name);
    }
    await assertAccessible(page, 'an opened letter');
    await page.reload();
    await dialog().getByText('Not yet', { exact: true }).waitFor();
    await dialog().getByRole('button', { name: 'Close' }).click();
    await dialog().waitFor({ state: 'detached' });
  });

  test('are led to from their integration', async () => {
    await page.goto(`/orgs/acme/integrations/${alarms.id}`);
    await link('Dead letters').click();
    await page.waitForURL((url) => url.pathname === screen && url.searchParams.get('integration') === alarms.id);
    await rowsAre(3);
  });

  test('of a product are its own, and of the sandbox none of an organization', async () => {
    await page.goto(`/products/${products[1].slug}/dead-letters`);
    await rowsAre(2);
    await page.goto('/sandbox/dead-letters');
    await page.getByText('Nothing is left to replay').waitFor();
  });

  test('are exported as the filter has them', async () => {
    await page.goto(`${screen}?event=alarm/d`);
    await rowsAre(1);
    const href = await link('Export').getAttribute('href');
    const exported = await page.request.get(href);
    assert.equal(exported.status(), 200);
    const lines = (await exported.text()).trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ event }) => [event.name, event.data]), [['alarm/door', '{"room":"cellar"}']]);
  });
});

describe('a replay', () => {
  test('says how many it takes before it starts, and ends when all are delivered', async () => {
    status = 200;
    receiver.requests.length = 0;
    await page.goto(screen);
    await rowsAre(3);
    await button('Replay all that match').click();
    await dialog().getByText('3 letters would be replayed').waitFor();
    await assertAccessible(page, 'the dialog of a replay');
    assert.equal(receiver.requests.length, 0, 'counting sends nothing');
    await dialog().getByRole('button', { name: 'Start replay' }).click();
    const number = await shownReplay();
    await heading(`Replay ${number}`).waitFor();
    await state('Done').waitFor();
    await page.getByText('3 of 3 letters ended').waitFor();
    await page.getByText('3 success', { exact: true }).waitFor();
    await page.getByText(/^Dead letters, not replayed yet$/).waitFor();
    await assertAccessible(page, 'a replay');
    const replay = await replayOf(number);
    assert.deepEqual([replay.state, replay.found, replay.success, replay.by.username], ['done', 3, 3, 'dora@example.com']);
    assert.equal(receiver.requests.length, 3);
  });

  test('leaves nothing to replay, and each letter leads to it', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Dead letters' }).click();
    await page.getByText('Nothing is left to replay').waitFor();
    await button('Show all dead letters').click();
    await rowsAre(3);
    await rows('alarm/roof').getByRole('button', { name: 'alarm/roof' }).click();
    const [{ replayed }] = await letters('?event=alarm/roof');
    await dialog().getByRole('link', { name: `Replay ${replayed}` }).click();
    await heading(`Replay ${replayed}`).waitFor();
  });

  test('of letters that were chosen is paused, resumed and cancelled', async () => {
    status = 422; // of many 5xx the receiver would be spared
    await fleethook.ok('POST', `/v1/products/${products[1].id}/events/batch`, Array.from({ length: 60 }, (_, n) => ({ name: 'alarm/slow', data: `n${n}` })));
    await until('sixty letters', async () => (await letters('?event=alarm/slow&per_page=100')).length === 60, 30000);
    status = 200;
    await page.goto(`${screen}?event=alarm/slow`);
    await button('Load more').click();
    await button('Select these 60').click();
    await button('Replay 60 selected').click();
    await dialog().getByText('60 letters would be replayed').waitFor();
    await dialog().getByLabel('Letters per second').fill('1');
    await dialog().getByRole('button', { name: 'Start replay' }).click();
    const number = await shownReplay();
    await state('Running').waitFor();
    await button('Pause').click();
    await state('Paused').waitFor();
    assert.equal((await replayOf(number)).state, 'paused');
    await button('Resume').click();
    await state('Running').waitFor();
    await button('Cancel').click();
    await dialog().getByText(/It takes no more letters/).waitFor();
    await assertAccessible(page, 'the question before a replay is cancelled');
    await dialog().getByRole('button', { name: 'Cancel replay' }).click();
    await state('Cancelled').waitFor();
    const { state: now, placed, found } = await replayOf(number);
    assert.equal(now, 'cancelled');
    assert.ok(placed < found, `${placed} of ${found}`);
    await dialog().waitFor({ state: 'detached' }); // it has a button of that name too
    assert.equal(await button('Cancel').count(), 0);
  });

  test('stands in the list with what it takes', async () => {
    await page.goto(screen);
    await link('Replays').click();
    await heading('Replays').waitFor();
    const entries = page.getByRole('list', { name: 'Replays, newest first' }).getByRole('listitem');
    await until('two replays', async () => (await entries.count()) === 2);
    assert.match(await entries.nth(0).innerText(), /Cancelled[^]*dora@example\.com[^]*60 letters chosen one by one/);
    assert.match(await entries.nth(1).innerText(), /Done[^]*Dead letters, not replayed yet[^]*3 of 3 letters ended/);
    await assertAccessible(page, 'replays');
  });

  test('is not started by a role that changes nothing', async () => {
    const other = await browser.person(fleethook.url);
    await signIn(other, await makeUser(fleethook, 'vera', 'acme', 'View-only'));
    await other.goto(screen);
    const off = other.getByRole('button', { name: 'Replay all that match' });
    await off.waitFor();
    assert.equal(await off.getAttribute('aria-disabled'), 'true');
    await other.context().close();
  });
});

test('nothing of all this asked another host, and no page had a fault', () => {
  assert.deepEqual(page.elsewhere, []);
  assert.deepEqual(page.problems, []);
});
