// The rules of organization integrations, O3 to O15, as a person meets them in the console: a real browser on the real binary, and a
// receiver that the deliveries reach.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Browser, makeUser, signIn } from './support/browser.mjs';
import { Fleethook, Receiver, until } from './support/fleethook.mjs';

let fleethook, receiver, browser, page, products, developer, shared;

const table = () => page.getByRole('table').first();
const row = (name) => table().getByRole('row').filter({ hasText: name });
// The numbers of a row, under the headers of the table.
async function numbersOf(name) {
  const headers = await table().getByRole('columnheader').allInnerTexts();
  const cells = await row(name).getByRole('cell').allInnerTexts();
  const value = (column) => Number(cells[headers.findIndex((text) => text.trim().startsWith(column))].replace(/[^0-9]/g, ''));
  return { success: value('Success'), error: value('Error'), skipped: value('Skipped') };
}
const published = (product, name = 'alarm/high', data = '{"room":"cellar"}') => fleethook.publish(product.slug, name, data);

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start();
  ({ products } = await fleethook.organization('acme', 3));
  developer = await makeUser(fleethook, 'dora', 'acme', 'Developer');
  shared = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', name: 'Alarms to the desk', event: 'alarm/', url: `${receiver.url}/alarms`,
    product_ids: [products[0].id, products[1].id],
  });
  await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', name: 'Doors', event: 'door/', url: `${receiver.url}/doors`, product_ids: [products[2].id],
  });
  await published(products[0]);
  await published(products[0]);
  await published(products[1]);
  await receiver.received(3);
  browser = await Browser.start();
  page = await browser.person(fleethook.url);
  await signIn(page, developer);
});
after(async () => {
  await browser?.close();
  await receiver?.close();
  await fleethook?.close();
});

describe('the list', () => {
  test('O3: the organization has its own list, over all its products', async () => {
    await page.goto('/orgs/acme/integrations');
    await row('Alarms to the desk').waitFor();
    await row('Doors').waitFor();
    const headers = await table().getByRole('columnheader').allInnerTexts();
    for (const name of ['Integration', 'Products', 'Success', 'Error', 'Skipped']) {
      assert.ok(headers.some((text) => text.trim().startsWith(name)), `${name} among ${headers}`);
    }
  });

  test('O4: each row says whether it runs on one product or on several', async () => {
    assert.match(await row('Alarms to the desk').innerText(), /2 products/);
    assert.match(await row('Doors').innerText(), /1 product(?!s)/);
  });

  test('O5: its numbers are the sums over its products, and follow what happens', async () => {
    await until('three successes', async () => (await numbersOf('Alarms to the desk')).success === 3);
    await published(products[1]);
    await until('the fourth', async () => (await numbersOf('Alarms to the desk')).success === 4);
    assert.deepEqual(await numbersOf('Alarms to the desk'), { success: 4, error: 0, skipped: 0 });
  });
});

describe('making one', () => {
  const field = (name) => page.getByRole('textbox', { name, exact: true });
  const chooser = () => page.getByLabel('Product(s) where the integration will execute').first();
  async function choose(name) {
    const box = page.getByRole('checkbox', { name });
    if ((await box.count()) > 0) return box.first().check();
    await chooser().click();
    await page.getByRole('option', { name }).click();
    await page.keyboard.press('Escape');
  }

  test('O6, O8: the form asks for the products one by one, without "all"; none is refused at the field', async () => {
    await page.goto('/orgs/acme/integrations');
    await page.getByRole('link', { name: 'New integration' }).or(page.getByRole('button', { name: 'New integration' })).first().click();
    await field('Name').fill('Levels');
    await field('Event name').fill('level/');
    await field('URL').fill(`${receiver.url}/levels`);
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByText(/product/i).filter({ hasText: /at least one|name the product|select|choose/i }).first().waitFor();
    const offered = await page.getByRole('option').or(page.getByRole('checkbox')).allInnerTexts();
    assert.ok(!offered.some((text) => /^(all|every|\*)/i.test(text.trim())), `${offered}`);
  });

  test('O7: one product is enough', async () => {
    await choose(products[2].name);
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.waitForURL(/\/orgs\/acme\/integrations\/[0-9a-f]{24}$/);
    await published(products[2], 'level/high');
    await until('the new receiver', () => receiver.requests.some((one) => one.url === '/levels'));
  });
});

describe('the view', () => {
  before(() => page.goto(`/orgs/acme/integrations/${shared.id}`));

  test('O9: a banner says that it is shared, and with whom', async () => {
    const banner = page.getByRole('region', { name: 'Shared integration' });
    await banner.waitFor();
    const text = await banner.innerText();
    for (const product of [products[0], products[1]]) assert.ok(text.includes(product.name), text);
  });

  test('O10: it shows the history of all products and one for each', async () => {
    await page.getByRole('heading', { name: 'History', exact: true }).waitFor();
    await page.getByRole('heading', { name: 'History per product' }).waitFor();
  });

  test('O11: in the history per product, the name of the product is a link to the product', async () => {
    const section = page.getByRole('region', { name: 'History per product' });
    const link = section.getByRole('link', { name: products[0].name }).first();
    assert.equal(await link.getAttribute('href'), `/products/${products[0].slug}`);
    await link.click();
    await page.waitForURL(`**/products/${products[0].slug}`);
    await page.getByRole('heading', { name: products[0].name, level: 1 }).waitFor();
    await page.goBack();
  });
});

describe('editing', () => {
  test('O12: a change applies to every product, and the form says so before', async () => {
    await page.goto(`/orgs/acme/integrations/${shared.id}`);
    await page.getByRole('link', { name: 'Edit', exact: true }).or(page.getByRole('button', { name: 'Edit', exact: true })).first().click();
    await page.waitForURL('**/edit');
    await page.getByText(/2 products/).first().waitFor();
    await page.getByRole('textbox', { name: 'URL', exact: true }).fill(`${receiver.url}/changed`);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL(new RegExp(`${shared.id}$`));
    await published(products[0]);
    await published(products[1]);
    await until('both at the new address', () => receiver.requests.filter((one) => one.url === '/changed').length === 2);
  });

  test('O12: in the product it is read-only: the shared one is edited at the organization', async () => {
    await page.goto(`/products/${products[0].slug}/integrations/${shared.id}/edit`);
    const banner = page.getByRole('region', { name: 'Shared integration' });
    await banner.waitFor();
    assert.ok((await banner.innerText()).includes(products[1].name));
    assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).count(), 0);
  });
});

describe('separating', () => {
  const separate = () => page.getByRole('link', { name: 'Separate integration' }).or(page.getByRole('button', { name: 'Separate integration' }));

  test('O13, O14: it starts in the product: open it, open the integration, and the banner offers it', async () => {
    await page.goto(`/products/${products[1].slug}/integrations`);
    await page.getByRole('link', { name: 'Alarms to the desk' }).first().click();
    const banner = page.getByRole('region', { name: 'Shared integration' });
    await banner.waitFor();
    assert.ok((await banner.innerText()).includes(products[0].name));
    await banner.getByRole('link', { name: 'Separate integration' }).or(banner.getByRole('button', { name: 'Separate integration' })).click();
    await page.waitForURL('**/separate');
  });

  test('O15: it cannot be saved until something differs; the name alone is enough', async () => {
    const save = page.getByRole('button', { name: 'Separate integration' }).last();
    await save.waitFor();
    const blocked = async () => (await save.isDisabled()) || (await save.getAttribute('aria-disabled')) === 'true';
    assert.ok(await blocked(), 'nothing differs yet');
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Alarms of the second product');
    await until('the button', async () => !(await blocked()));
    await save.click();
    await page.waitForURL(new RegExp(`/products/${products[1].slug}/integrations/(?!${shared.id})[0-9a-f]{24}$`));
    await page.getByRole('heading', { name: 'Alarms of the second product', level: 1 }).waitFor();
    const { body } = await fleethook.request('GET', `/v1/orgs/acme/integrations/${shared.id}`);
    assert.deepEqual(body.integration.product_ids, [products[0].id]);
    const before = receiver.requests.length;
    await published(products[1]);
    await receiver.received(before + 1);
    assert.equal(receiver.requests.length, before + 1, 'exactly one of the two fired');
  });

  test('afterwards an edit of the shared one no longer reaches the product', async () => {
    await fleethook.ok('PATCH', `/v1/orgs/acme/integrations/${shared.id}`, { url: `${receiver.url}/later` });
    await page.goto(`/orgs/acme/integrations/${shared.id}`);
    await page.getByText(/removed|no longer/i).first().waitFor();
    await published(products[1]);
    await published(products[0]);
    await until('the shared one at the new address', () => receiver.requests.some((one) => one.url === '/later'));
    assert.equal(receiver.requests.filter((one) => one.url === '/later').length, 1);
  });
});

test('nothing of all this asked another host, and no page had a fault', () => {
  assert.deepEqual(page.elsewhere, []);
  assert.deepEqual(page.problems, []);
});
