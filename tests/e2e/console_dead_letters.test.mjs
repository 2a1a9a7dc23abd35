// What was given up, found and delivered again in the console: a real browser on the real binary.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, makeUser, signIn } from './support/browser.mjs';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook, receiver, browser, page, products, hook;
let status = 422;

const button = (name) => page.getByRole('button', { name, exact: true });
const link = (name) => page.getByRole('link', { name, exact: true });
const letters = async (query = '') => (await fleethook.ok('GET', `/v1/orgs/acme/dead_letters${query}`)).dead_letters;
const rows = (name) => page.getByRole('button', { name, exact: true });

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(() => ({ status }));
  ({ products } = await fleethook.organization('acme', 2));
  hook = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', name: 'Alarms', event: 'alarm', url: `${receiver.url}/alarms`, product_ids: products.map(({ id }) => id),
  });
  await fleethook.publish(products[0].id, 'alarm/door', '{"door": "front"}');
  await fleethook.publish(products[1].id, 'alarm/window', '{"window": 3}');
  await until('two letters', async () => (await letters()).length === 2);
  browser = await Browser.start();
  page = await browser.person(fleethook.url);
  await signIn(page, await makeUser(fleethook, 'dora', 'acme', 'Developer'));
});
after(async () => {
  await browser?.close();
  await receiver?.close();
  await fleethook?.close();
});

describe('dead letters', () => {
  test('are listed, narrowed in the address, and opened with data and ways to all that they are of', async () => {
    await page.goto('/orgs/acme/dead-letters');
    await rows('alarm/door').waitFor();
    await rows('alarm/window').waitFor();
    await assertAccessible(page, 'dead letters');
    await button('More filters').click();
    await page.getByRole('textbox', { name: 'Event', exact: true }).fill('alarm/d');
    await rows('alarm/window').waitFor({ state: 'detached' });
    assert.match(page.url(), /event=alarm%2Fd/);
    await rows('alarm/door').click();
    const drawer = page.getByRole('dialog', { name: 'Dead letter' });
    await drawer.getByText('error status 422 from 127.0.0.1').waitFor();
    await drawer.getByText('"front"').waitFor();
    await drawer.getByRole('link', { name: 'Alarms' }).waitFor();
    await drawer.getByText('Not yet').waitFor();
    await assertAccessible(page, 'one dead letter');
    await page.keyboard.press('Escape');
    await page.goto(`/orgs/acme/integrations/${hook.id}`);
    await page.getByRole('main').getByRole('link', { name: 'Dead letters', exact: true }).click();
    await rows('alarm/door').waitFor();
    assert.match(page.url(), new RegExp(`integration=${hook.id}`));
  });

  test('are replayed: one that is chosen, then all that match, and leave the list', async () => {
    status = 200;
    await page.goto('/orgs/acme/dead-letters?event=alarm/window');
    await rows('alarm/window').waitFor();
    await page.getByRole('checkbox', { name: /^Select letter/ }).check();
    await button('Replay 1 selected').click();
    await page.getByText('1 letter would be replayed').waitFor();
    await assertAccessible(page, 'starting a replay');
    await button('Start replay').click();
    await page.getByText('1 of 1 letter ended').waitFor();
    await page.getByText('1 success').waitFor();
    await page.getByText('done', { exact: true }).waitFor();
    await assertAccessible(page, 'a replay');
    await page.getByRole('main').getByRole('link', { name: 'Dead letters', exact: true }).click();
    await rows('alarm/door').waitFor();
    assert.equal(await rows('alarm/window').count(), 0, 'it was replayed');
    await button('Replay all that match').click();
    await page.getByText('1 letter would be replayed').waitFor();
    await button('Start replay').click();
    await page.getByText('1 success').waitFor();
    await page.goto('/orgs/acme/dead-letters');
    await page.getByText('Nothing is left to replay').waitFor();
    assert.deepEqual((await letters('?replayed=true')).length, 2);
  });

  test('of a slow replay wait while it is paused, and stay when it is cancelled', async () => {
    status = 422;
    await fleethook.ok('POST', `/v1/products/${products[0].id}/events/batch`, Array.from({ length: 40 }, (_, n) => ({ name: 'alarm/many', data: `${n}` })));
    await until('all to fail', async () => (await letters('?event=alarm/many&per_page=100')).length === 40);
    status = 200;
    const { replay } = await fleethook.ok('POST', '/v1/orgs/acme/replays', { filter: { event: 'alarm/many' }, rate: 2 });
    await page.goto('/orgs/acme/dead-letters/replays');
    await link(`Replay ${replay.number}`).waitFor();
    await button('Pause').click();
    await page.getByText('paused', { exact: true }).waitFor();
    await assertAccessible(page, 'replays');
    await button('Resume').click();
    await page.getByText('running', { exact: true }).waitFor();
    await button('Cancel').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel replay', exact: true }).click();
    await page.getByText('cancelled', { exact: true }).first().waitFor();
    assert.ok((await letters('?event=alarm/many&replayed=false&per_page=100')).length > 20);
  });
});
