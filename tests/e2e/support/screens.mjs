// Every screen of the console with the demo's organization in it: its address, how one sees that it is there, and what it shows. Used by the
// tests of all screens and by the pictures of docs/console.md.

const heading = (name) => (page) => page.getByRole('heading', { name, level: 1 }).waitFor();
const text = (words) => (page) => page.getByText(words).first().waitFor();
const both = (...all) => async (page) => {
  for (const one of all) await one(page);
};

// `facts`: what `fleethook demo --json` prints.
export function screensOf(facts) {
  const org = `/orgs/${facts.organization}`;
  const names = Object.keys(facts.integrations);
  const [sharedName] = names;
  const shared = facts.integrations[sharedName];
  const product = `/products/${facts.products[0].slug}`;
  const id = (words) => facts.integrations[names.find((name) => words.test(name))];
  return [
    { name: 'integrations', path: `${org}/integrations`, ready: both(heading('Integrations'), text(sharedName)) },
    { name: 'integration', path: `${org}/integrations/${shared}`, ready: both(heading(sharedName), text('History per product')) },
    { name: 'integration-errors', path: `${org}/integrations/${id(/old warehouse/)}?tab=errors`, ready: heading(/old warehouse/) },
    { name: 'integration-products', path: `${org}/integrations/${shared}?tab=products`, ready: heading(sharedName) },
    { name: 'integration-versions', path: `${org}/integrations/${shared}?tab=versions`, ready: heading(sharedName) },
    { name: 'integration-configuration', path: `${org}/integrations/${shared}?tab=configuration`, ready: heading(sharedName) },
    {
      // Paused on a product: something is held.
      name: 'integration-delete', path: `${org}/integrations/${id(/warehouse log/)}`, ready: heading(/warehouse log/),
      then: async (page) => {
        await page.getByRole('button', { name: 'Delete', exact: true }).click();
        await page.getByRole('dialog').waitFor();
      },
    },
    { name: 'integration-new', path: `${org}/integrations/new`, ready: heading('New integration') },
    { name: 'integration-edit', path: `${org}/integrations/${shared}/edit`, ready: (page) => page.getByRole('button', { name: 'Save', exact: true }).waitFor() },
    {
      name: 'integration-delivery', path: `${org}/integrations/${shared}/edit`, ready: (page) => page.getByRole('button', { name: 'Save', exact: true }).waitFor(),
      then: async (page) => {
        const extra = page.getByRole('button', { name: /^Extra settings/ });
        if ((await extra.getAttribute('aria-expanded')) !== 'true') await extra.click();
        await page.getByRole('group', { name: 'Delivery' }).evaluate((element) => element.scrollIntoView({ block: 'start' }));
        await page.evaluate(() => window.scrollBy(0, -80));
      },
    },
    { name: 'events', path: `${org}/events`, ready: heading('Events') },
    { name: 'event-log', path: `${org}/event-log`, ready: both(heading('Event log'), (page) => page.getByRole('table', { name: 'Events' }).waitFor()) },
    {
      name: 'event', path: `${org}/event-log`, ready: both(heading('Event log'), (page) => page.getByRole('table', { name: 'Events' }).waitFor()),
      then: async (page) => {
        await page.getByRole('table', { name: 'Events' }).locator('a[href*="/event-log/"]').first().click();
        await page.getByRole('heading', { name: 'Event', exact: true }).waitFor();
      },
    },
    { name: 'dead-letters', path: `${org}/dead-letters?replayed=all`, ready: heading('Dead letters') },
    { name: 'replays', path: `${org}/dead-letters/replays`, ready: heading('Replays') },
    { name: 'products', path: `${org}/products`, ready: both(heading('Products'), text(facts.products[0].name)) },
    { name: 'secrets', path: `${org}/secrets`, ready: heading('Secrets') },
    { name: 'variables', path: `${org}/variables`, ready: heading('Variables') },
    { name: 'team', path: `${org}/team`, ready: heading('Team') },
    { name: 'api-users', path: `${org}/api-users`, ready: heading('API users') },
    { name: 'audit', path: `${org}/audit`, ready: heading('Audit') },
    { name: 'settings', path: `${org}/settings`, ready: heading('Settings') },
    { name: 'product', path: product, ready: heading(facts.products[0].name) },
    { name: 'product-integrations', path: `${product}/integrations`, ready: both(heading('Integrations'), text(sharedName)) },
    { name: 'product-integration', path: `${product}/integrations/${shared}`, ready: (page) => page.getByRole('region', { name: 'Shared integration' }).waitFor() },
    { name: 'separate', path: `${product}/integrations/${shared}/separate`, ready: heading(/Separate/) },
    { name: 'devices', path: `${product}/devices`, ready: heading('Devices') },
    { name: 'product-variables', path: `${product}/variables`, ready: heading('Variables') },
    { name: 'product-team', path: `${product}/team`, ready: heading('Team') },
    { name: 'product-settings', path: `${product}/settings`, ready: heading('Settings') },
    { name: 'sandbox', path: '/sandbox/integrations', ready: heading('Integrations') },
    { name: 'sandbox-devices', path: '/sandbox/devices', ready: heading('Devices') },
    { name: 'account', path: '/account', ready: heading('Account') },
    { name: 'instance', path: '/instance', ready: both(heading('Installation'), text('Accepting events')) },
  ];
}
