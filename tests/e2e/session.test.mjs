// Signing in as a browser does: the cookie, its proof, restarts, and streams that end with their session.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, run, until } from './support/fleethook.mjs';
import { join } from './support/team.mjs';

let fleethook;
before(async () => {
  fleethook = await Fleethook.start();
});
after(() => fleethook?.close());

// Keeps the cookie and the proof, as a page does.
class Browser {
  async send(method, target, body, headers = {}) {
    const response = await fetch(fleethook.url + target, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(this.csrf && method !== 'GET' ? { 'x-csrf-token': this.csrf } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const set = response.headers.get('set-cookie');
    if (set) this.cookie = set.split(';')[0];
    const answer = await response.json();
    if (set && answer.csrf) this.csrf = answer.csrf;
    return { status: response.status, headers: response.headers, body: answer };
  }

  signIn(password = fleethook.credentials.password) {
    return this.send('POST', '/v1/session', { username: fleethook.credentials.username, password });
  }
}

async function signedIn() {
  const browser = new Browser();
  const { status, body } = await browser.signIn();
  assert.equal(status, 200, JSON.stringify(body));
  return browser;
}

describe('a session', () => {
  test('is a cookie for our own pages, and works with its proof', async () => {
    const browser = new Browser();
    const { headers, body } = await browser.signIn();
    assert.match(headers.get('set-cookie'), /^fleethook_session=[0-9a-f]{40}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('access-control-allow-credentials'), null);
    assert.equal(body.user.username, 'admin@example.com');
    assert.equal(body.user.administrator, true);
    assert.ok(body.permissions.some((one) => one.name === 'integrations:update' && one.role === 'Developer'));
    assert.equal((await browser.send('POST', '/v1/orgs', { name: 'Acme', slug: 'acme' })).status, 201);
    assert.equal((await browser.send('GET', '/v1/session')).body.organizations[0].slug, 'acme');
    const other = Object.assign(new Browser(), { cookie: browser.cookie });
    const refused = await other.send('POST', '/v1/orgs', { name: 'Evil' });
    assert.deepEqual([refused.status, refused.body.code], [403, 'csrf']);
    const foreign = await browser.send('POST', '/v1/orgs', { name: 'Evil' }, { origin: 'https://evil.test' });
    assert.deepEqual([foreign.status, foreign.body.code], [403, 'csrf']);
    assert.equal((await browser.send('PUT', '/v1/user', {}, { origin: fleethook.url })).status, 200);
  });

  test('outlives a restart and a crash, and signing out ends it for good', async () => {
    const browser = await signedIn();
    await fleethook.restart();
    const { status, body } = await browser.send('GET', '/v1/session');
    assert.equal(status, 200);
    assert.equal(body.csrf, browser.csrf);
    const { cookie } = browser;
    assert.deepEqual((await browser.send('DELETE', '/v1/session')).body, { ok: true });
    assert.equal(browser.cookie, 'fleethook_session=');
    browser.cookie = cookie;
    assert.equal((await browser.send('GET', '/v1/session')).status, 401);
    await fleethook.restart();
    assert.equal((await browser.send('GET', '/v1/session')).status, 401);
  });

  test('is listed with its last use, which a stop keeps, and ended by its id', async () => {
    const browser = await signedIn();
    const other = await signedIn();
    await other.send('GET', '/v1/user');
    await fleethook.kill('SIGTERM');
    await fleethook.spawn();
    const { tokens } = (await browser.send('GET', '/v1/access_tokens')).body;
    const sessions = tokens.filter((one) => one.kind === 'session' && one.last_used_at);
    assert.ok(sessions.length >= 2, JSON.stringify(tokens));
    assert.equal(tokens.filter((one) => one.current).length, 1);
    const its = (await other.send('GET', '/v1/access_tokens')).body.tokens.find((one) => one.current);
    assert.equal((await browser.send('DELETE', `/v1/access_tokens/by-id/${its.id}`)).status, 200);
    assert.equal((await other.send('GET', '/v1/user')).status, 401);
  });

  test('its event stream closes when it ends', async () => {
    const browser = await signedIn();
    const stream = await fetch(`${fleethook.url}/v1/orgs/acme/events`, { headers: { cookie: browser.cookie } });
    assert.equal(stream.status, 200);
    const reader = stream.body.getReader();
    await reader.read();
    await until('the stream to be open', async () => (await fleethook.metric('fleethook_streams_open')) >= 1);
    await browser.send('DELETE', '/v1/session');
    for (let done = false; !done; ) ({ done } = await reader.read());
    await until('the place to be free', async () => (await fleethook.metric('fleethook_streams_open')) === 0);
  });

  test('an event stream closes when its listener leaves the team, before the next event', async () => {
    const { products } = await fleethook.organization('streams', 1);
    const name = 'leaver@example.com';
    await fleethook.ok('POST', '/v1/users', { username: name, password: 'long enough' });
    await join(fleethook, '/v1/orgs/streams', name, 'View-only', { password: 'long enough' });
    const leaver = new Browser();
    await leaver.send('POST', '/v1/session', { username: name, password: 'long enough' });
    const stream = await fetch(`${fleethook.url}/v1/orgs/streams/events`, { headers: { cookie: leaver.cookie } });
    const reader = stream.body.getReader();
    let text = '';
    const read = async () => {
      const { done, value } = await reader.read();
      text += value ? Buffer.from(value).toString() : '';
      return !done;
    };
    await read();
    await fleethook.publish(products[0].slug, 'seen', '1');
    while (!text.includes('event: seen')) assert.ok(await read());
    await fleethook.ok('DELETE', `/v1/orgs/streams/team/${name}`);
    await fleethook.publish(products[0].slug, 'unseen', '2');
    while (await read());
    assert.doesNotMatch(text, /unseen/);
    assert.equal((await leaver.send('GET', '/v1/session')).status, 200);
  });

  test('wrong passwords lock tokens and sessions together', async () => {
    const server = await Fleethook.start();
    try {
      const sent = { username: server.credentials.username, password: 'wrong' };
      for (let i = 0; i < 10; i++) assert.equal((await server.request('POST', '/v1/session', sent)).status, 400);
      const locked = await server.request('POST', '/v1/session', { ...sent, password: server.credentials.password });
      assert.equal(locked.status, 429);
      assert.ok(Number(locked.headers.get('retry-after')) > 1700);
      const form = `grant_type=password&username=${sent.username}&password=${server.credentials.password}`;
      const token = await server.request('POST', '/oauth/token', form, { 'content-type': 'application/x-www-form-urlencoded' });
      assert.equal(token.status, 429);
      const log = server.log.join('\n');
      assert.match(log, /sign_in\.refused/);
      assert.match(log, /sign_in\.locked/);
      assert.doesNotMatch(log, new RegExp(server.credentials.password));
    } finally {
      await server.close();
    }
  });

  test('no secret of it is on disk or in the log', async () => {
    const browser = await signedIn();
    const secret = browser.cookie.split('=')[1];
    await fleethook.kill('SIGTERM');
    for (const text of [secret, browser.csrf]) {
      assert.equal(run(['doctor', '--data', fleethook.data]).status, 0);
      assert.ok(!fleethook.log.join('\n').includes(text));
    }
    const { readFileSync, readdirSync } = await import('node:fs');
    for (const name of readdirSync(fleethook.data)) {
      const bytes = readFileSync(`${fleethook.data}/${name}`).toString('latin1');
      assert.ok(!bytes.includes(secret) && !bytes.includes(browser.csrf), name);
    }
    await fleethook.spawn();
    assert.equal((await browser.send('GET', '/v1/session')).status, 200);
  });
});

test('the administrator of the installation sees how it does', async () => {
  const { body } = await fleethook.request('GET', '/v1/instance');
  assert.equal(body.ready, true);
  assert.ok(body.connections >= 1);
  assert.ok(body.storage.some((file) => file.name === 'fleethook.db' && file.bytes > 0), JSON.stringify(body.storage));
  assert.ok(body.free_bytes > 0);
  assert.ok(Math.abs(Date.parse(body.started_at) - Date.now()) < 300_000);
  const users = (await fleethook.request('GET', '/v1/users')).body.users;
  const admin = users.find((one) => one.username === 'admin@example.com');
  assert.equal(admin.administrator, true);
  assert.equal(admin.organizations, 2);
});
