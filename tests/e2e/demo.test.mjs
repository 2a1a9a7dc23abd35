// The demo: what it prints, that its numbers add up, and that its organization has something for every screen.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Demo } from './support/demo.mjs';
import { run, temporaryFolder, until } from './support/fleethook.mjs';

test('it prints address and login first, adds up, cleans up and exits 0', () => {
  const parent = temporaryFolder();
  const shown = run(['demo', '--for', '3s', '--listen', '127.0.0.1:0'], { env: { ...process.env, TMPDIR: parent } });
  assert.equal(shown.status, 0, shown.stderr + shown.stdout);
  assert.match(shown.stdout, /^Open +http:\/\/127\.0\.0\.1:\d+\nSign in as +admin@polar-foods\.example\nPassword +demo-password\n/);
  for (const name of ['Cold Room Sensor', 'Tank Gauge', 'Greenhouse Node', 'all']) {
    const [, published, delivered, failed, skipped] = new RegExp(`^${name} +(\\d+) +(\\d+) +(\\d+) +(\\d+) +\\d+$`, 'm').exec(shown.stdout);
    assert.ok(Number(published) > 0);
    assert.deepEqual([delivered, failed, skipped], [published, '0', '0'], name);
  }
  assert.match(shown.stdout, /The numbers add up/);
  assert.equal(shown.stderr, '');
  assert.deepEqual(fs.readdirSync(parent), []);
  fs.rmSync(parent, { recursive: true });
});

test('it takes a free port when 8080 is taken', async () => {
  const holder = net.createServer();
  await new Promise((resolve) => holder.once('error', resolve).listen(8080, '127.0.0.1', resolve));   // somebody else may have it: as good
  const demo = await Demo.start([]);
  try {
    assert.notEqual(new URL(demo.there.url).port, '8080');
    assert.equal((await demo.get('/v1/user')).username, demo.there.username);
  } finally {
    await demo.close();
    holder.close();
  }
});

test('an address that is asked for and taken is an error', async () => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const ended = run(['demo', '--listen', `127.0.0.1:${holder.address().port}`]);
  holder.close();
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, /in use/);
});

describe('the organization', () => {
  let demo, there, of, org;
  const sum = (integration, what) => integration.products.reduce((all, product) => all + product.todayCounters[what], 0);

  before(async () => {
    demo = await Demo.start();
    there = demo.there;
    org = `/v1/orgs/${there.organization}`;
    of = async (name) => (await demo.get(`${org}/integrations/${there.integrations[name]}`)).integration;
  });
  after(() => demo?.close());

  test('has one integration shared by its three products, with an override on one of them', async () => {
    const shared = await of('Temperatures to the cold-chain desk');
    assert.deepEqual([shared.shared, shared.product_ids], [true, there.products.map(({ id }) => id)]);
    assert.deepEqual(shared.products.map(({ override }) => override ?? null).filter(Boolean), [{ headers: { 'X-Accuracy': '0.5' } }]);
  });

  test('has one that waits in one product, with what waits', async () => {
    const paused = await until('a door in another product', async () => {
      const one = await of('Doors to the warehouse log');
      return sum(one, 'success') > 0 && one;
    });
    assert.deepEqual(paused.products.map((product) => product.paused?.mode ?? 'runs'), ['runs', 'hold', 'runs']);
    assert.equal(paused.products[1].todayCounters.success, 0);
    const metrics = await (await fetch(`${there.url}/metrics`)).text();
    assert.ok(Number(/^fleethook_queue_parked_deliveries (\d+)/m.exec(metrics)[1]) > 0);
  });

  test('has one that tries an edit in one product, and it goes well there', async () => {
    const staged = await until('an outcome of the staged version', async () => {
      const one = await of('Batteries to the service plan');
      return JSON.stringify(one.staged.outcomes).includes('"success":1') && one;
    });
    assert.deepEqual(staged.staged.product_ids, [there.products[0].id]);
  });

  test('has one that was separated from a shared one', async () => {
    const own = await of('Greenhouse alarms to the gardener');
    assert.equal(own.separated_from, there.integrations['Alarms to the duty phone']);
    assert.deepEqual(own.product_ids, [there.products[2].id]);
  });

  test('has one that fails, and its last error says why', async () => {
    const failing = await until('an error', async () => {
      const one = await of('Stock to the old warehouse');
      return sum(one, 'error') > 0 && one;
    });
    assert.equal(sum(failing, 'success'), 0);
    assert.match(JSON.stringify(failing.errors), /422.*This interface was closed in May/s);
  });

  test('has one that is disabled and one in a single product', async () => {
    assert.equal((await of('Night report to the office')).disabled, true);
    const single = await until('its first success', async () => {
      const one = await of('Humidity to the irrigation');
      return sum(one, 'success') > 0 && one;
    });
    assert.deepEqual([single.shared, single.product_ids], [false, [there.products[2].id]]);
  });

  test('has a secret, and variables of all three owners, that an integration uses', async () => {
    const id = there.integrations['Alarms to the duty phone'];
    const { secret } = await demo.get(`${org}/secrets/DUTY_KEY`);
    assert.match(JSON.stringify(secret.integrations), new RegExp(id));
    const { effective } = await demo.get(`${org}/integrations/${id}/products/tank-gauge/variables`);
    assert.deepEqual(effective.site, { value: 'Oslo harbour, quay 3', from: 'placement' });
    assert.equal((await demo.get('/v1/products/greenhouse-node/variables')).effective.site.from, 'product');
    assert.equal((await demo.get('/v1/products/cold-room-sensor/variables')).effective.site.from, 'organization');
    const delivered = await until('an alarm that was delivered', async () => {
      const one = await of('Alarms to the duty phone');
      return sum(one, 'success') > 0 && one;
    });
    const log = JSON.stringify(delivered);
    assert.match(log, /SENSITIVE/);
    assert.doesNotMatch(log, /duty-phone-4711/);
  });

  test('has a team with every role, who can all sign in, and an API user', async () => {
    assert.deepEqual(there.users.map(({ role }) => role), ['Owner', 'Administrator', 'Developer', 'Support', 'View-only']);
    assert.deepEqual([there.users[0].username, there.users[0].password], [there.username, there.password]);
    const { team } = await demo.get(`${org}/team`);
    for (const { username, password, role } of there.users) {
      assert.equal(team.find((member) => member.username === username).role.name, role);
      const answer = await fetch(`${there.url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'password', username, password, client_id: 'particle', client_secret: 'particle' }) });
      assert.equal(answer.status, 200, `${username}: ${await answer.clone().text()}`);
      const orgs = JSON.stringify(await demo.get('/v1/orgs', (await answer.json()).access_token));
      assert.ok(orgs.includes(there.organization), `${username} sees ${orgs}`);
    }
    assert.deepEqual(team.filter((member) => member.is_programmatic).map((one) => one.friendly_name), ['Nightly export']);
  });

  test('has devices with names, versions and groups', async () => {
    for (const { slug, name, devices } of there.products) {
      const listed = (await demo.get(`/v1/products/${slug}/devices`)).devices;
      assert.deepEqual(listed.map((one) => one.id).sort(), [...devices].sort());
      assert.ok(listed.every((one) => one.name.startsWith(name) && one.firmware_version && one.system_firmware_version && one.groups.length > 0));
      const { groups } = await demo.get(`/v1/products/${slug}/groups`);
      assert.deepEqual(groups.map((group) => [group.name, group.device_count]), [['bergen', 4], ['canary', 2], ['oslo', 4]]);
    }
  });

  test('is not the only one: there are a second one and a sandbox, with traffic of their own', async () => {
    const [milk] = await demo.get(`/v1/orgs/${there.other_organization}/integrations`);
    assert.deepEqual([milk.name, milk.product_ids], ['Milk to the dairy', [there.other_product.id]]);
    const bench = await until('a success in the sandbox', async () => {
      const [one] = await demo.get('/v1/integrations');
      return one.todayCounters.success > 0 && one;
    });
    assert.equal(bench.id, there.sandbox_integration);
  });

  test('counts what it published when it ends, and leaves nothing', async () => {
    const { code, counted, left } = await demo.stop();
    assert.deepEqual([code, counted.adds_up, left], [0, true, []], JSON.stringify(counted) + demo.errors);
    assert.deepEqual(counted.products.map(({ name }) => name), there.products.map(({ name }) => name));
    for (const one of counted.products) assert.deepEqual([one.delivered, one.failed, one.skipped], [one.published, 0, 0]);
  });
});
