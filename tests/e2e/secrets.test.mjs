// Secrets: particle-cli unchanged, a delivery that carries one, the master key and its rotation.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, repository, run, temporaryFolder, until } from './support/fleethook.mjs';

const folder = temporaryFolder();
let fleethook, receiver, product;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => ({ body: `you sent ${request.headers['x-key']}` }));
  product = (await fleethook.organization('acme', 1)).products[0];
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

// Every file of the data folder that holds the text.
const filesWith = (text) => fs.readdirSync(fleethook.data).filter((file) => fs.readFileSync(path.join(fleethook.data, file)).includes(text));

describe('particle-cli', () => {
  const cli = path.join(repository, 'tests/e2e/node_modules/particle-cli/src/index.js');
  const { HTTPS_PROXY, https_proxy, home, ...clean } = process.env;
  before(() => {
    fs.mkdirSync(path.join(folder, '.particle'), { recursive: true });
    fs.writeFileSync(path.join(folder, '.particle/profile.json'), '{"name":"local"}');
    fs.writeFileSync(path.join(folder, '.particle/local.config.json'), JSON.stringify({ apiUrl: fleethook.url, access_token: fleethook.token, username: 'admin@example.com' }));
  });
  async function particle(...args) {
    const child = spawn(process.execPath, [cli, ...args], { env: { ...clean, HOME: folder, PARTICLE_DISABLE_UPDATE: 'true' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (said += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, said: said.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '') };   // without what the spinner draws
  }
  async function works(expected, ...args) {
    const { code, said } = await particle(...args);
    assert.equal(code, 0, said);
    assert.match(said, expected);
    assert.doesNotMatch(said, /pl4in/);
    return said;
  }

  for (const where of [[], ['--org', 'acme']]) {
    test(`secrets create, list, get, update, remove ${where.join(' ')}`, async () => {
      const base = where.length ? '/v1/orgs/acme/secrets' : '/v1/secrets';
      await works(/CLI_KEY/, 'secrets', 'create', '--name', 'CLI_KEY', '--value', 'pl4in-1', ...where);
      const again = await particle('secrets', 'create', '--name', 'CLI_KEY', '--value', 'pl4in-2', ...where);
      assert.match(again.said, /there is a secret CLI_KEY already/);
      const [{ name, usageCount }] = JSON.parse((await works(/CLI_KEY/, 'secrets', 'list', '--json', ...where)));
      assert.deepEqual([name, usageCount], ['CLI_KEY', 0]);
      await works(/CLI_KEY/, 'secrets', 'list', ...where);
      await works(/CLI_KEY/, 'secrets', 'get', '--name', 'CLI_KEY', ...where);
      const { secret: before_ } = await fleethook.ok('GET', `${base}/CLI_KEY`);
      await works(/CLI_KEY/, 'secrets', 'update', '--name', 'CLI_KEY', '--value', 'pl4in-3', ...where);
      const { secret } = await fleethook.ok('GET', `${base}/CLI_KEY`);
      assert.equal(secret.created_at, before_.created_at);
      assert.ok(secret.updated_at > before_.updated_at);
      await works(/CLI_KEY/, 'secrets', 'remove', '--name', 'CLI_KEY', ...where);
      assert.equal((await fleethook.request('GET', `${base}/CLI_KEY`)).status, 404);
    });
  }
});

test('a delivery carries the secret and the variable; nobody else sees the secret; the key can be replaced', async () => {
  const value = 'pl4in & sim/ple';
  await fleethook.ok('POST', '/v1/orgs/acme/secrets', { name: 'API_KEY', value });
  await fleethook.ok('PUT', '/v1/orgs/acme/variables', { variables: { path: 'in' } });
  const { id } = await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', event: 'temp', url: `${receiver.url}/{{{product.vars.path}}}`, headers: { 'X-Key': '{{{API_KEY}}}' },
    query: { k: '{{{API_KEY}}}' }, secrets: ['API_KEY'], product_ids: [product.id],
  });
  const delivered = async (expected) => {
    const before_ = receiver.requests.length;
    await fleethook.publish(product.slug, 'temp', JSON.stringify({ API_KEY: 'spoofed', product: { vars: { path: 'spoofed' } } }));
    await until('the request', () => receiver.requests.length > before_);
    const request = receiver.requests.at(-1);
    assert.equal(request.headers['x-key'], expected);
    assert.equal(new URL(request.url, receiver.url).searchParams.get('k'), expected);
    assert.equal(new URL(request.url, receiver.url).pathname, '/in');
  };
  await delivered(value);
  const view = await until('the log', async () => {
    const { integration } = await fleethook.ok('GET', `/v1/orgs/acme/integrations/${id}`);
    return integration.logs.length && integration;
  });
  assert.equal(view.logs[0].request.headers['X-Key'], '[[SENSITIVE]]');
  assert.match(view.logs[0].request.url, /k=\[\[SENSITIVE\]\]/);
  assert.equal(view.logs[0].response.body, 'you sent [[SENSITIVE]]');
  assert.doesNotMatch(JSON.stringify(view), /pl4in/);

  const refused = await fleethook.request('DELETE', '/v1/orgs/acme/secrets/API_KEY');
  assert.deepEqual([refused.status, refused.body.code, refused.body.integrations[0].id], [409, 'secret_in_use', id]);
  await fleethook.ok('PUT', '/v1/orgs/acme/secrets/API_KEY', { value: 'pl4in-2' });
  await delivered('pl4in-2');
  assert.notEqual((await fleethook.ok('GET', '/v1/orgs/acme/secrets/API_KEY')).secret.last_accessed_at, null);

  const key = path.join(fleethook.data, 'master.key');
  assert.equal(fs.statSync(key).mode & 0o777, 0o600);
  const old = fs.readFileSync(key);
  assert.match(run(['rotate-key', '--data', fleethook.data]).stderr, /another fleethook process/);
  assert.equal(await fleethook.kill('SIGTERM'), 0);
  assert.deepEqual(filesWith('pl4in'), []);
  const rotated = run(['rotate-key', '--data', fleethook.data]);
  assert.deepEqual([rotated.status, rotated.stderr], [0, '']);
  assert.match(rotated.stdout, /1 secrets sealed again/);
  const fresh = fs.readFileSync(key);
  assert.notDeepEqual(fresh, old);
  assert.match(run(['doctor', '--data', fleethook.data]).stdout, /ok +master key [0-9a-f]{16}: opens 1 secrets/);

  // The old key opens nothing any more, and no key at all is an error that says what to do.
  fs.writeFileSync(key, old);
  const wrong = run(['serve', '--data', fleethook.data, '--listen', '127.0.0.1:0']);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /API_KEY.*belongs to this data/);
  fs.rmSync(key);
  const missing = run(['serve', '--data', fleethook.data, '--listen', '127.0.0.1:0']);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /master\.key.*--master-key-file/);
  assert.equal(fs.existsSync(key), false);

  // Elsewhere, named by a key of the TOML file.
  const elsewhere = path.join(folder, 'elsewhere.key');
  fs.writeFileSync(elsewhere, fresh);
  fs.writeFileSync(path.join(folder, 'fleethook.toml'), `master_key_file = "${elsewhere}"\n`);
  fleethook.args.push('--config', path.join(folder, 'fleethook.toml'));
  await fleethook.spawn();
  await delivered('pl4in-2');
  for (const line of fleethook.log) assert.doesNotMatch(line, /pl4in/);
});
