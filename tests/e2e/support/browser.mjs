// Debian's Chromium on the console of a running server. Everything opened here is closed by close().
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { join } from './team.mjs';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// Nothing of it talks to another host: no updates, no experiments, no QUIC.
const kArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-dev-shm-usage',
];

export const password = 'correct horse battery';

export class Browser {
  static async start() {
    const self = new Browser();
    self.chromium = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: kArguments });
    return self;
  }

  // A person with cookies of its own, in front of `url`. page.problems: what the page itself logs as an error; page.elsewhere:
  // requests to another host.
  async person(url, options = {}) {
    const context = await this.chromium.newContext({ baseURL: url, viewport: { width: 1280, height: 900 }, locale: 'en-US', ...options });
    context.setDefaultTimeout(30000);
    const page = await context.newPage();
    page.problems = [];
    page.elsewhere = [];
    page.on('pageerror', (error) => page.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) page.problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob|about):/.test(request.url())) page.elsewhere.push(request.url());
    });
    return page;
  }

  async close() {
    await this.chromium?.close();
  }
}

export async function signIn(page, username, secret = password, path = '/') {
  await page.goto(path);
  await page.getByRole('textbox', { name: 'Email' }).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
}

// Serious and critical findings of axe on what is shown now, as readable lines.
export async function findings(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    // What is still fading in has other colours than when it is there.
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const under = () => document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity && one.playState === 'running');
    for (let quiet = 0; quiet < 5; quiet++) {
      await frame();
      if (under().length > 0) {
        await Promise.allSettled(under().map((one) => one.finished));
        quiet = 0;
      }
    }
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return result.violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? node.all[0]?.message ?? ''})`).join(' | ')}`);
  });
}

export async function assertAccessible(page, what) {
  const found = await findings(page);
  assert.deepEqual(found, [], `${what}: ${found.join('\n')}`);
}

// A user of the installation, in the organization with the role if both are given.
export async function makeUser(fleethook, name, organization, role) {
  const username = `${name}@example.com`;
  await fleethook.ok('POST', '/v1/users', { username, password });
  if (organization) await join(fleethook, `/v1/orgs/${organization}`, username, role, { password });
  return username;
}
