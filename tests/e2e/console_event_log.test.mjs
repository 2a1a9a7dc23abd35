// A support person's morning: an alarm never came, for six different reasons. Each is found from the device's name, in the browser, within three clicks.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, makeUser, signIn } from './support/browser.mjs';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook, receiver, browser, page, product;
const ids = {};
const main = () => page.getByRole('main');
const heading = (name) => page.getByRole('heading', { name, level: 1 });
const shown = (words) => main().getByText(words).first().waitFor();

// Each device publishes events of its own kind, which an integration of its own is there for.
const cases = {
  paused: { name: 'Boiler of the school', event: 'paused/alarm' },
  disabled: { name: 'Boiler of the hall', event: 'disabled/alarm' },
  prefix: { name: 'Boiler of the mill', event: 'prefix/alarm', trigger: 'prefix/fire' },
  failing: { name: 'Boiler of the inn', event: 'failing/alarm' },
  template: { name: 'Boiler of the farm', event: 'template/alarm' },
  silent: { name: 'Boiler of the dam', event: 'silent/alarm' },
  fine: { name: 'Boiler of the shop', event: 'fine/alarm' },
};

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(({ url }) => ({ status: url.startsWith('/failing') ? 500 : 200, body: 'sorry' }));
  ({ products: [product] } = await fleethook.organization('acme', 1));
  const at = `/v1/products/${product.id}`;
  for (const [index, [kind, one]] of Object.entries(cases).entries()) {
    ids[kind] = `e00fce6800000000000000${index.toString().padStart(2, '0')}`;
    await fleethook.ok('POST', `${at}/devices`, { id: ids[kind] });
    await fleethook.ok('PUT', `${at}/devices/${ids[kind]}`, { name: one.name });
    const { id } = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
      integration_type: 'Webhook', name: `Desk for ${kind}`, event: one.trigger ?? one.event, product_ids: [product.id], disabled: kind === 'disabled',
      url: kind === 'template' ? 'http://{{{hots}}}/alarms' : `${receiver.url}/${kind}`,
    });
    if (kind === 'paused') await fleethook.ok('POST', `/v1/orgs/acme/integrations/${id}/pause`, { mode: 'hold' });
    one.integration = id;
    if (kind !== 'silent') one.id = (await fleethook.publish(product.slug, one.event, '{"host":"example.com"}', { as_device_id: ids[kind] })).id;
  }
  const trace = (kind) => fleethook.ok('GET', `/v1/orgs/acme/event_log/${cases[kind].id}`);
  await until('the failing one to have been tried', async () => (await trace('failing')).deliveries[0]?.tries.length > 0);
  await until('the one with the typo to have ended', async () => (await trace('template')).deliveries[0]?.ended_at);
  await until('the good one to have been delivered', async () => (await trace('fine')).deliveries[0]?.state === 'success');
  // Afterwards somebody tidies up: it tells nothing of what was then.
  await fleethook.ok('PUT', `/v1/orgs/acme/integrations/${cases.prefix.integration}`, {
    integration_type: 'Webhook', name: 'Desk for prefix', event: 'prefix/', product_ids: [product.id], url: `${receiver.url}/prefix`,
  });
  browser = await Browser.start();
  page = await browser.person(fleethook.url);
  await signIn(page, await makeUser(fleethook, 'dora', 'acme', 'Support'));
});
after(async () => {
  await browser?.close();
  await receiver?.close();
  await fleethook?.close();
});

// From the list of devices to the page of its event: two clicks.
async function openEventOf(kind) {
  await page.goto(`/products/${product.slug}/devices`);
  await page.getByRole('link', { name: cases[kind].name, exact: true }).click();
  await heading('Event log').waitFor();
  if (kind === 'silent') return;
  await page.getByRole('table', { name: 'Events' }).getByRole('link', { name: cases[kind].event, exact: true }).click();
  await heading(cases[kind].event).waitFor();
}
const delivery = (kind) => page.getByRole('region', { name: `Desk for ${kind}`, exact: true });
const notFired = (kind) => page.getByRole('table', { name: 'Not fired' }).getByRole('row').filter({ hasText: `Desk for ${kind}` });

describe('an alarm that never came', () => {
  test('since its integration is paused', async () => {
    await openEventOf('paused');
    const text = await delivery('paused').innerText();
    assert.match(text, /Held/);
    assert.match(text, /Waits for its integration, which is paused/);
    await assertAccessible(page, 'an event');
  });

  test('since its integration was disabled', async () => {
    await openEventOf('disabled');
    assert.match(await notFired('disabled').innerText(), /Disabled\s+it is disabled/);
  });

  test('since it had another name, by what the integration was then', async () => {
    await openEventOf('prefix');
    assert.match(await notFired('prefix').innerText(), /Other event name\s+the name 'prefix\/alarm' does not begin with 'prefix\/fire' \(then, by version 1\)/);
  });

  test('since its receiver answers 500', async () => {
    await openEventOf('failing');
    const text = await delivery('failing').innerText();
    assert.match(text, /Waiting/);
    assert.match(text, /Waits for its next attempt, .*; \d+ attempts?, last status 500/);
    await delivery('failing').getByRole('button', { name: /Attempt 1/ }).click();   // the third
    await page.getByRole('region', { name: 'Answer', exact: true }).getByText('sorry').waitFor();
  });

  test('since its template has a typo', async () => {
    await openEventOf('template');
    const text = await delivery('template').innerText();
    assert.match(text, /Failed for good/);
    assert.match(text, /last error: Template/);
    await delivery('template').getByRole('link', { name: 'Dead letter', exact: true }).click();
    await page.getByRole('dialog', { name: 'Dead letter' }).waitFor();
  });

  test('since the device never published', async () => {
    await openEventOf('silent');
    await shown('This device has never published');
    await assertAccessible(page, 'the event log');
  });
});

describe('the event log', () => {
  test('finds a device by the name that one types, and an event by its id', async () => {
    await page.goto('/orgs/acme/event-log');
    const field = page.getByRole('searchbox', { name: 'Search the event log' });
    await field.fill('boiler of the SHOP');
    await shown('last heard');
    await until('one event', async () => (await page.getByRole('table', { name: 'Events' }).getByRole('row').filter({ hasText: '/alarm' }).count()) === 1);
    await field.fill(cases.fine.id);
    await page.getByRole('link', { name: 'Show what became of it' }).click();
    await heading('fine/alarm').waitFor();
    const text = await delivery('fine').innerText();
    assert.match(text, /Delivered/);
    assert.match(text, /after it was published; 1 attempt, last status 200/);
  });

  test('leads from an event to its device and its integration, and from there back', async () => {
    await page.goto(`/orgs/acme/event-log/${cases.fine.id}`);
    await delivery('fine').getByRole('link', { name: 'Integration', exact: true }).click();
    await heading('Desk for fine').waitFor();
    await page.getByRole('tab', { name: /Requests/ }).click();
    await main().getByRole('button', { name: /fine\/alarm/ }).first().click();
    await page.getByRole('link', { name: 'What became of this event' }).click();
    await heading('fine/alarm').waitFor();
    await main().getByRole('link', { name: cases.fine.name, exact: true }).click();
    await heading('Event log').waitFor();
    assert.ok(page.url().includes(ids.fine));
  });

  test('delivers the events of a time range again, for who may change integrations', async () => {
    await page.goto('/orgs/acme/event-log');
    assert.ok(await page.getByRole('button', { name: 'Deliver again', exact: true }).isDisabled());
    const theirs = await browser.person(fleethook.url);
    await signIn(theirs, await makeUser(fleethook, 'dev', 'acme', 'Developer'));
    await theirs.goto('/orgs/acme/event-log?event=fine');
    await theirs.getByRole('button', { name: 'Deliver again', exact: true }).click();
    const dialog = theirs.getByRole('dialog', { name: 'Deliver events again' });
    await dialog.waitFor();
    await dialog.getByLabel('Deliver by').click();
    await theirs.getByRole('option', { name: 'Desk for fine', exact: true }).click();
    await dialog.getByLabel('Accepted from').fill('2026-01-01T00:00');
    await dialog.getByText('1 event would be delivered').waitFor();
    await assertAccessible(theirs, 'delivering events again');
    const before = receiver.requests.filter(({ url }) => url === '/fine').length;
    await dialog.getByRole('button', { name: 'Start replay', exact: true }).click();
    await theirs.getByRole('heading', { name: /^Replay \d+$/, level: 1 }).waitFor();
    await theirs.getByRole('main').getByText(/^Events from .* beginning with “fine”/).waitFor();
    await until('it to come again', () => receiver.requests.filter(({ url }) => url === '/fine').length === before + 1);
    await theirs.context().close();
  });

  test('says that nothing fits, and what is not kept', async () => {
    await page.goto('/orgs/acme/event-log?search=xyzzy');
    await shown('No event fits');
    await page.goto('/orgs/acme/event-log/0198f3a0-0000-7000-8000-000000000000');
    await heading('No such event').waitFor();
  });
});
