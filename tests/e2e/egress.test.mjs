// What the egress guard refuses is the operator's business: it waits, it is told, and it goes on when the guard is opened.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Fleethook, temporaryFolder, until } from './support/fleethook.mjs';
import { RawReceiver, answer } from './support/raw_receiver.mjs';

const loopback = ['--allow-egress', '127.0.0.0/8'];

test('a restart without --allow-egress keeps what waits, says why, and the next one with it delivers', async () => {
  let down = true;
  const receiver = await RawReceiver.start(() => answer(down ? 503 : 200));
  const fleethook = await Fleethook.start({ args: loopback });
  try {
    const product = (await fleethook.organization('guard', 1)).products[0].id;
    const made = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'wait', url: `${receiver.url}/` });
    assert.equal(made.warnings, undefined);
    const count = 8; // of failures in a row a few more open the breaker
    for (let i = 0; i < count; i++) await fleethook.publish(product, 'wait', String(i));
    await until('a first attempt of each', () => new Set(receiver.requests.map((r) => r.headers['webhook-id'])).size === count);

    fleethook.args = [];
    await fleethook.restart();
    const refused = () => fleethook.metric('fleethook_attempts_total{result="egress"}');
    await until('attempts that the guard refuses', async () => (await refused()) >= count);
    const detail = async () => (await fleethook.ok('GET', `/v1/products/${product}/webhooks/${made.id}`)).integration;
    let now = await detail();
    assert.deepEqual([now.todayCounters.success, now.todayCounters.error], [0, 0]);
    assert.match(now.errors[0].error, /^address 127\.0\.0\.1 is refused by the egress guard; an administrator can allow it with --allow-egress 127\.0\.0\.0\/8$/);
    const told = fleethook.log.filter((line) => line.includes('delivery.egress_refused'));
    assert.equal(told.length, 1, 'one line a minute and lane');
    assert.match(told[0], /host="?127\.0\.0\.1.*--allow-egress 127\.0\.0\.0\/8/);

    down = false;
    fleethook.args = loopback;
    await fleethook.restart();
    now = await until('all of them', async () => {
      const later = await detail();
      return later.todayCounters.success === count && later;
    }, 60000);
    assert.equal(now.todayCounters.error, 0);
  } finally {
    await fleethook.close();
    await receiver.close();
  }
});

test('whoever saves a URL that the guard will refuse is warned', async () => {
  const fleethook = await Fleethook.start({ args: ['--allow-egress', '127.0.0.2'] });
  try {
    const product = (await fleethook.organization('warn', 1)).products[0].id;
    const hooks = `/v1/products/${product}/webhooks`;
    for (const [host, refused] of [['127.0.0.1', true], ['[::1]', true], ['localhost', true], ['10.1.2.3:8080', true], ['[2a00:1450::5efe:10.0.0.1]', true], ['[2620:4f:8000::1]', true], ['127.0.0.2', false], ['{{{PARTICLE_EVENT_VALUE}}}', false]]) {
      const made = await fleethook.ok('POST', hooks, { event: `warn${host.length}`, url: `http://${host}/` });
      const found = (made.warnings ?? []).filter((w) => w.code === 'egress_refused');
      assert.equal(found.length, refused ? 1 : 0, host);
      if (refused) {
        assert.equal(found[0].field, 'url');
        assert.match(found[0].message, /--allow-egress/);
      }
    }
    const { id } = await fleethook.ok('POST', hooks, { event: 'edited', url: 'http://127.0.0.2/' });
    const edited = await fleethook.ok('PATCH', `${hooks}/${id}`, { url: 'http://127.0.0.1/' });
    assert.ok((edited.warnings ?? edited.integration?.warnings).some((w) => w.code === 'egress_refused'), JSON.stringify(edited));
  } finally {
    await fleethook.close();
  }
});

test('each hop of a redirect passes the guard', async () => {
  const behind = await RawReceiver.start(() => answer(200), { host: '127.0.0.2' });
  const receiver = await RawReceiver.start(() => answer(302, '', { Location: `${behind.url}/metadata` }));
  const fleethook = await Fleethook.start({ args: ['--allow-egress', '127.0.0.1'] });
  try {
    const product = (await fleethook.organization('hops', 1)).products[0].id;
    const { id } = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: 'hop', url: `${receiver.url}/` });
    await fleethook.publish(product, 'hop', '1');
    const entry = await until('the attempt', async () => (await fleethook.ok('GET', `/v1/products/${product}/webhooks/${id}`)).integration.errors[0]);
    assert.match(entry.error, /^address 127\.0\.0\.2 is refused by the egress guard/);
    assert.deepEqual(entry.notes, [`302 to GET ${behind.url}/metadata`]);
    assert.equal(behind.sockets.length, 0, 'nobody connected');
  } finally {
    await fleethook.close();
    await receiver.close();
    await behind.close();
  }
});

test('a redirect never leads from https to http', async () => {
  const folder = temporaryFolder();
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=here', '-addext', 'subjectAltName=IP:127.0.0.1'], { cwd: folder, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const secure = { key: fs.readFileSync(path.join(folder, 'key.pem')), cert: fs.readFileSync(path.join(folder, 'cert.pem')) };
  const plain = await RawReceiver.start(() => answer(200));
  const receiver = await RawReceiver.start((request) => (request.url === '/there' ? answer(200) : answer(302, '', { Location: request.url === '/down' ? `${plain.url}/` : '/there' })), { secure });
  const fleethook = await Fleethook.start({ args: [...loopback, '--ca-file', path.join(folder, 'cert.pem')] });
  try {
    const product = (await fleethook.organization('tls', 1)).products[0].id;
    const outcome = async (url) => {
      const event = `tls${Math.random()}`;
      const { id } = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event, url });
      await fleethook.publish(product, event, '1');
      return until('the attempt', async () => {
        const { integration } = await fleethook.ok('GET', `/v1/products/${product}/webhooks/${id}`);
        return integration.errors[0] ?? integration.logs[0];
      });
    };
    assert.equal((await outcome(`${receiver.url}/down`)).error, 'error status 302 from 127.0.0.1: it redirects from https to http, which is not followed');
    assert.equal(plain.requests.length, 0);
    const stayed = await outcome(`${receiver.url}/stay`);
    assert.deepEqual([stayed.error, stayed.response.statusCode], [null, 200]);
    // Upwards it is followed.
    const up = await RawReceiver.start(() => answer(302, '', { Location: `${receiver.url}/there` }));
    const went = await outcome(`${up.url}/`);
    assert.deepEqual([went.error, went.response.statusCode], [null, 200]);
    await up.close();
  } finally {
    await fleethook.close();
    await receiver.close();
    await plain.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
