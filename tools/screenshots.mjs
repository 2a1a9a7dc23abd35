// What tools/screenshots.sh runs: the demo, a browser, and a picture of every screen as WebP (a quarter of PNG's size).
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { Browser, signIn } = await import(path.join(root, 'tests/e2e/support/browser.mjs'));
const { Demo } = await import(path.join(root, 'tests/e2e/support/demo.mjs'));
const { screensOf } = await import(path.join(root, 'tests/e2e/support/screens.mjs'));

const kSettleSeconds = 20; // of events, so that charts and lists have something to show
const folder = process.env.SCREENSHOTS ?? path.join(root, 'docs/console');
const looks = [
  { name: 'light', options: { colorScheme: 'light', viewport: { width: 1280, height: 860 } } },
  { name: 'dark', options: { colorScheme: 'dark', viewport: { width: 1280, height: 860 } } },
  { name: 'phone', options: { colorScheme: 'light', viewport: { width: 390, height: 844 } } },
];

// Chromium itself encodes: a blank page of its own, since the console's pages allow no foreign data.
async function webp(encoder, png) {
  const data = await encoder.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d').drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.82 });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }, png.toString('base64'));
  return Buffer.from(data, 'base64');
}

const demo = await Demo.start();
const facts = demo.there;
const browser = await Browser.start();
try {
  await new Promise((resolve) => setTimeout(resolve, kSettleSeconds * 1000));
  fs.mkdirSync(folder, { recursive: true });
  const wanted = process.argv.slice(2);
  const screens = [
    { name: 'login', path: '/login', signedOut: true, ready: (page) => page.getByRole('button', { name: 'Sign in' }).waitFor() },
    ...screensOf(facts),
  ].filter((screen) => wanted.length === 0 || wanted.includes(screen.name));
  const encoder = await browser.person('about:blank');
  for (const look of looks) {
    const page = await browser.person(facts.url, look.options);
    const stranger = await browser.person(facts.url, look.options);
    await signIn(page, facts.username, facts.password);
    for (const screen of screens) {
      const shown = screen.signedOut ? stranger : page;
      await shown.goto(screen.path);
      await screen.ready(shown);
      if (screen.then !== undefined) await screen.then(shown);
      await shown.waitForTimeout(1200); // charts and editors come in parts of their own
      const picture = await webp(encoder, await shown.screenshot());
      fs.writeFileSync(path.join(folder, `${screen.name}-${look.name}.webp`), picture);
      if (process.env.SCREENSHOTS_PNG) await shown.screenshot({ path: path.join(process.env.SCREENSHOTS_PNG, `${screen.name}-${look.name}.png`) });
    }
    await page.context().close();
    await stranger.context().close();
  }
} finally {
  await browser.close();
  await demo.close();
}
