// Every screen of the console, in both themes and at the width of a phone, on the demo's organization: it shows what it should, has no
// serious finding of axe, does not scroll sideways on a phone, asks no other host and logs no fault.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, signIn } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { screensOf } from './support/screens.mjs';

let demo, facts, browser;

before(async () => {
  demo = await Demo.start();
  facts = demo.there;
  browser = await Browser.start();
});
after(async () => {
  await browser?.close();
  await demo?.close();
});

for (const colorScheme of ['light', 'dark']) {
  describe(`in the ${colorScheme} theme`, () => {
    let page;
    before(async () => {
      page = await browser.person(facts.url, { colorScheme });
    });
    test('signing in', async () => {
      await page.goto('/login');
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      await assertAccessible(page, '/login');
      await signIn(page, facts.username, facts.password);
    });
    test('every screen', async (t) => {
      for (const screen of screensOf(facts)) {
        await t.test(screen.name, async () => {
          await page.goto(screen.path);
          await screen.ready(page);
          await screen.then?.(page);
          await assertAccessible(page, screen.name);
        });
      }
    });
    test('no fault, no other host', () => {
      assert.deepEqual(page.problems, []);
      assert.deepEqual(page.elsewhere, []);
    });
  });
}

describe('at the width of a phone', () => {
  test('every screen fits', async (t) => {
    const page = await browser.person(facts.url, { viewport: { width: 390, height: 844 } });
    await signIn(page, facts.username, facts.password);
    for (const screen of screensOf(facts)) {
      await t.test(screen.name, async () => {
        await page.goto(screen.path);
        await screen.ready(page);
        await screen.then?.(page);
        const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        assert.ok(content <= window, `${content} px of content in ${window}`);
      });
    }
    assert.deepEqual(page.problems, []);
  });
});
