// Particle's own clients, unchanged: particle-api-js 12 and particle-cli 3.43.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import Particle from 'particle-api-js';
import { Fleethook, Receiver, repository, temporaryFolder, until } from './support/fleethook.mjs';

const device = 'e00fce68000000000000000a';
let fleethook, receiver, product, api;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(() => ({ body: 'reply' }));
  product = (await fleethook.organization('acme', 1)).products[0];
  api = new Particle({ baseUrl: fleethook.url, auth: fleethook.token });
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

const login = (options = {}) => new Particle({ baseUrl: fleethook.url }).login({ username: 'admin@example.com', password: fleethook.credentials.password, ...options });

describe('particle-api-js', () => {
  test('login: a wrong password and a right one', async () => {
    await assert.rejects(login({ password: 'wrong' }), (error) => {
      assert.equal(error.statusCode, 400);
      assert.equal(error.shortErrorDescription, 'User credentials are invalid');
      assert.equal(error.body.error, 'invalid_grant');
      return true;
    });
    const { statusCode, body } = await login();
    assert.equal(statusCode, 200);
    assert.match(body.access_token, /^[0-9a-f]{40}$/);
    assert.deepEqual([body.token_type, body.expires_in], ['bearer', 7776000]);
    assert.equal((await new Particle({ baseUrl: fleethook.url, auth: body.access_token }).getUserInfo({})).body.username, 'admin@example.com');
  });

  test('a token that has expired is an error with the words that clients show', async () => {
    const { body } = await login({ tokenDuration: 1 });
    const short = new Particle({ baseUrl: fleethook.url, auth: body.access_token });
    const error = await until('the end of the token', () => short.getUserInfo({}).then(() => undefined, (refused) => refused));
    assert.equal(error.statusCode, 401);
    assert.equal(error.errorDescription.includes('The access token provided is invalid.'), true);
    assert.equal(error.body.error, 'invalid_token');
  });

  test('deleteAccessToken needs the token alone', async () => {
    const { body } = await login();
    const bare = new Particle({ baseUrl: fleethook.url });
    assert.equal((await bare.deleteAccessToken({ token: body.access_token })).body.ok, true);
    await assert.rejects(bare.getUserInfo({ auth: body.access_token }), { statusCode: 401 });
  });

  for (const scope of ['user', 'product']) {
    test(`webhooks of a ${scope}`, async () => {
      const where = scope === 'user' ? {} : { product: product.slug };
      const made = await api.createWebhook({
        ...where, event: `${scope}-hook`, url: `${receiver.url}/${scope}`, noDefaults: true, rejectUnauthorized: false,
        hook: { method: 'PUT', auth: { username: 'u', password: 'p' }, headers: { 'X-A': '1' }, query: { q: '{{{PARTICLE_EVENT_VALUE}}}' }, json: { v: '{{{t}}}' }, responseEvent: `${scope}-reply` },
      });
      assert.deepEqual([made.statusCode, made.body.ok, made.body.event], [201, true, `${scope}-hook`]);
      const { body: list } = await api.listWebhooks(where);
      const item = list.find((one) => one.id === made.body.id);
      assert.deepEqual([item.integration_type, item.requestType, item.responseTopic], ['Webhook', 'PUT', `${scope}-reply`]);
      assert.equal((await api.publishEvent({ ...where, name: `${scope}-hook`, data: '{"t":"21"}', isPrivate: true })).body.ok, true);
      const request = await until('the request', () => receiver.requests.find((one) => one.url.startsWith(`/${scope}`)));
      assert.deepEqual([request.method, request.text, request.headers['x-a'], request.headers.authorization], ['PUT', '{"v":"21"}', '1', 'Basic dTpw']);
      assert.equal((await api.deleteWebhook({ ...where, hookId: made.body.id })).body.ok, true);
      assert.equal((await api.listWebhooks(where)).body.some((one) => one.id === made.body.id), false);
      await assert.rejects(api.deleteWebhook({ ...where, hookId: made.body.id }), (error) => error.statusCode === 404 && /not found/i.test(error.shortErrorDescription));
    });
  }

  test('a device filter comes as deviceId', async () => {
    const { body } = await api.createWebhook({ event: 'filtered', url: receiver.url, device });
    assert.equal(body.deviceID, device);
    await api.deleteWebhook({ hookId: body.id });
  });

  test('integrations of an organization', async () => {
    const made = await api.createIntegration({ org: 'acme', event: 'shared', settings: { integration_type: 'Webhook', url: receiver.url, requestType: 'POST', product_ids: [product.id] } });
    assert.equal(made.statusCode, 201);
    const integrationId = made.body.id;
    const edited = await api.editIntegration({ org: 'acme', integrationId, event: 'shared2', settings: { url: `${receiver.url}/edited` } });
    assert.deepEqual([edited.statusCode, edited.body.integration.event, edited.body.integration.url], [200, 'shared2', `${receiver.url}/edited`]);
    const { body: list } = await api.listIntegrations({ org: 'acme' });
    assert.deepEqual(list.filter((one) => one.id === integrationId).map((one) => [one.event, one.product_ids]), [['shared2', [product.id]]]);
    assert.equal((await api.deleteIntegration({ org: 'acme', integrationId })).body.ok, true);
    await assert.rejects(api.createIntegration({ org: 'acme', event: 'shared', settings: { url: receiver.url } }), (error) => error.statusCode === 400 && /product/i.test(error.shortErrorDescription));
  });

  const streams = { user: [{ deviceId: 'mine' }, {}], product: [{ product: 'acme-product-1' }, { product: 'acme-product-1' }], organization: [{ org: 'acme' }, { product: 'acme-product-1' }] };
  for (const [whose, [options, target]] of Object.entries(streams)) {
    test(`the stream of a ${whose} has what is published right after connecting`, async () => {
      const name = `stream/${whose} x`;
      const stream = await api.getEventStream({ ...options, name });
      try {
        const events = [];
        stream.on('event', (event) => events.push(event));
        await api.publishEvent({ ...target, name: `${name}/1`, data: 'é' });
        await api.publishEvent({ ...target, name: `other/${whose}`, data: 'x' });
        await api.publishEvent({ ...target, name: `${name}/2` });
        await until('both events', () => events.length >= 2);
        assert.deepEqual(events.map((event) => [event.name, event.data, event.coreid]), [[`${name}/1`, 'é', 'api'], [`${name}/2`, null, 'api']]);
      } finally {
        stream.abort();
      }
    });
  }

  test('a stream that is refused says why', async () => {
    await assert.rejects(api.getEventStream({ product: 'nobody-has-this' }), (error) => error.statusCode === 404 && /nobody-has-this/.test(error.errorDescription));
    await assert.rejects(api.getEventStream({ deviceId: 'mine', auth: 'nonsense' }), (error) => error.statusCode === 401);
  });

  test('products and their devices', async () => {
    const { body } = await api.listProducts({});
    assert.deepEqual(body.products.map((one) => [one.id, one.slug]), [[product.id, product.slug]]);
    assert.equal((await api.getProduct({ product: product.slug })).body.product.id, product.id);
    const one = await api.addDeviceToProduct({ product: product.slug, deviceId: device });
    assert.deepEqual([one.body.updated, one.body.updatedDeviceIds], [1, [device]]);
    const file = path.join(folder, 'devices.txt');
    fs.writeFileSync(file, 'e00fce68000000000000000b\r\ne00fce68000000000000000c\nno id\n');
    const several = await api.addDeviceToProduct({ product: product.slug, file });
    assert.deepEqual([several.body.updated, several.body.invalidDeviceIds], [2, ['no id']]);
    const list = await api.listDevices({ product: product.slug, perPage: 2, page: 2 });
    assert.deepEqual([list.body.devices.length, list.body.meta.total_pages], [1, 2]);
    assert.deepEqual((await api.listDevices({ product: product.slug, deviceId: device })).body.devices.map((item) => item.id), [device]);
    assert.equal((await api.removeDevice({ product: product.slug, deviceId: device })).statusCode, 204);
    assert.equal((await api.listDevices({ product: product.slug })).body.devices.length, 2);
    assert.deepEqual((await api.listDevices({})).body, []);
  });
});

const folder = temporaryFolder();
after(() => fs.rmSync(folder, { recursive: true, force: true }));

// Each call is a process that takes a second to load, so independent ones run side by side.
describe('particle-cli', { concurrency: 2 }, () => {
  const cli = path.join(repository, 'tests/e2e/node_modules/particle-cli/src/index.js');
  const { HTTPS_PROXY, https_proxy, home, ...clean } = process.env;
  const children = [];
  after(() => children.forEach((child) => child.kill('SIGKILL')));
  before(() => write(path.join(folder, 'home'), fleethook.token));

  function write(homeFolder, token) {
    fs.mkdirSync(path.join(homeFolder, '.particle'), { recursive: true });
    fs.writeFileSync(path.join(homeFolder, '.particle/profile.json'), '{"name":"local"}');
    fs.writeFileSync(path.join(homeFolder, '.particle/local.config.json'), JSON.stringify({ apiUrl: fleethook.url, access_token: token, username: 'admin@example.com' }));
  }
  function start(args, homeFolder = path.join(folder, 'home')) {
    const child = spawn(process.execPath, [cli, ...args], { env: { ...clean, HOME: homeFolder, PARTICLE_DISABLE_UPDATE: 'true' }, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const self = { child, said: '' };
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (self.said += text));
    self.ended = new Promise((resolve) => child.once('close', (code) => resolve({ code, said: self.said })));
    return self;
  }
  const particle = (...args) => start(args).ended;
  async function works(expected, ...args) {
    const { code, said } = await particle(...args);
    assert.equal(code, 0, said);
    assert.match(said, expected);
    return said;
  }

  test('webhook create, list, delete', async () => {
    const said = await works(/Successfully created webhook|webhook/i, 'webhook', 'create', 'cli-event', `${receiver.url}/cli`);
    const [id] = /[0-9a-f]{24}/.exec(said);
    await works(new RegExp(`${id}[\\s\\S]*cli-event`), 'webhook', 'list');
    await works(/success/i, 'webhook', 'delete', id);
    const again = await particle('webhook', 'delete', id);
    assert.notEqual(again.code, 0);
    assert.match(again.said, /Webhook not found/);
  });

  test('webhook create from a file, with what the templates of the CLI hold', async () => {
    const file = path.join(folder, 'hook.json');
    fs.writeFileSync(file, JSON.stringify({ eventName: 'cli-file', url: `${receiver.url}/file`, requestType: 'POST', json: { a: '{{{PARTICLE_EVENT_VALUE}}}' }, headers: null, mydevices: true, noDefaults: true, rejectUnauthorized: 'true', _: 'a note' }));
    const [id] = /[0-9a-f]{24}/.exec(await works(/webhook/i, 'webhook', 'create', file));
    const { integration } = await fleethook.ok('GET', `/v1/webhooks/${id}`);
    assert.deepEqual([integration.event, integration.noDefaults], ['cli-file', true]);
  });

  test('subscribe --max 1 sees what publish sends', async () => {
    const listening = start(['subscribe', 'cli-stream', '--max', '1']);
    await until('the stream', async () => ((await fleethook.metric('fleethook_streams_open')) ?? 0) >= 1, 30000);
    await works(/Published/i, 'publish', 'cli-stream', 'hello world');
    const { code, said } = await listening.ended;
    assert.equal(code, 0, said);
    assert.match(said, /"data":"hello world".*"name":"cli-stream"/);
  });

  test('whoami, and an invalid token', async () => {
    await works(/admin@example\.com/, 'whoami');
    const other = path.join(folder, 'other');
    write(other, 'nonsense');
    const { said } = await start(['webhook', 'list'], other).ended;
    assert.match(said, /Please login|access token/i);
  });

  test('token revoke', async () => {
    const { body } = await login();
    await works(/revoked|success|Deleted/i, 'token', 'revoke', body.access_token);
    assert.equal((await fleethook.request('GET', '/v1/user', undefined, { authorization: `Bearer ${body.access_token}` })).status, 401);
  });

  test('product device add, list, remove', async () => {
    const id = 'e00fce68000000000000000d';
    await works(/success/i, 'product', 'device', 'add', String(product.id), id);
    await works(new RegExp(id), 'product', 'device', 'list', String(product.id));
    await works(/success|removed/i, 'product', 'device', 'remove', String(product.id), id);
    assert.equal((await fleethook.request('GET', `/v1/products/${product.id}/devices/${id}`)).status, 404);
  });
});
