// Whom deliveries talk to: certificates are verified, and private addresses are refused unless they were allowed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, temporaryFolder, until } from './support/fleethook.mjs';

const folder = temporaryFolder();
const openssl = (...args) => {
  const made = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(made.status, 0, `openssl ${args[0]}: ${made.error ?? made.stderr}`);
};
const file = (name) => path.join(folder, name);

// A certificate for `names`, signed by the authority.
function certificate(name, names, days = '2') {
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  fs.writeFileSync(file(`${name}.ext`), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', days, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
  return { key: fs.readFileSync(file(`${name}.key`)), cert: fs.readFileSync(file(`${name}.pem`)) };
}
const receive = (pair, options) => Receiver.start(() => ({ body: 'secret reply' }), { ...options, server: https.createServer(pair) });

let receiver, wrongName;
before(async () => {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test authority');
  receiver = await receive(certificate('right', 'IP:127.0.0.1,DNS:localhost,IP:::1'));
  wrongName = await receive(certificate('wrong', 'DNS:elsewhere.example'));
  for (const one of [receiver, wrongName]) one.url = one.url.replace('http:', 'https:');
});
after(async () => {
  for (const one of [receiver, wrongName]) await one?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

let made = 0;
// Makes a webhook of policy particle (which tells of its first failure), publishes, and gives the newest log entry and the event.
async function deliver(fleethook, stream, product, settings) {
  const event = `tls${String(++made).padStart(3, '0')}`;
  const { id } = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event, policy: 'particle', ...settings });
  await fleethook.publish(product, event, 'x');
  const told = await until(`an outcome of ${event}`, () => stream.events.find((e) => [`api/hook-response/${event}/0`, `api/hook-error/${event}/0`].includes(e.name)));
  const { integration } = await until('the log entry', async () => {
    const answer = await fleethook.ok('GET', `/v1/products/${product}/webhooks/${id}`);
    return answer.integration.logs.length + answer.integration.errors.length > 0 && answer;
  });
  return { told, integration, entry: [...integration.errors, ...integration.logs][0] };
}

function server(args) {
  const context = {};
  before(async () => {
    context.fleethook = await Fleethook.start({ args: args() });
    context.product = (await context.fleethook.organization('tls', 1)).products[0].id;
    context.stream = await Stream.open(context.fleethook, `/v1/products/${context.product}/events`);
    context.deliver = (settings) => deliver(context.fleethook, context.stream, context.product, settings);
  });
  after(async () => {
    context.stream?.close();
    await context.fleethook?.close();
  });
  return context;
}
const loopback = ['--allow-egress', '127.0.0.0/8', '--allow-egress', '::1'];

describe('with the authority in --ca-file', () => {
  const its = server(() => [...loopback, '--ca-file', file('ca.pem')]);

  test('a certificate that it signed is good, for an address and for a name', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const { told, entry } = await its.deliver({ url: `https://${host}:${receiver.port}/` });
      assert.equal(told.data, 'secret reply', host);
      assert.equal(entry.error, null);
      assert.equal(entry.response.statusCode, 200);
    }
    assert.equal(receiver.requests.at(-1).headers.host, `localhost:${receiver.port}`);
  });

  test('an IPv6 receiver is reached by its address', async () => {
    const six = await receive({ key: fs.readFileSync(file('right.key')), cert: fs.readFileSync(file('right.pem')) }, { host: '::1' });
    try {
      const { told } = await its.deliver({ url: `https://[::1]:${six.port}/six` });
      assert.equal(told.data, 'secret reply');
      assert.equal(six.requests[0].headers.host, `[::1]:${six.port}`);
    } finally {
      await six.close();
    }
  });

  test('a certificate for another name is refused, and nothing is sent', async () => {
    const { told, entry } = await its.deliver({ url: `https://127.0.0.1:${wrongName.port}/` });
    assert.match(told.name, /hook-error/);
    assert.match(told.data, /certificate|mismatch/i);
    assert.equal(entry.error, told.data);
    assert.equal(entry.response, null);
    assert.equal(wrongName.requests.length, 0);
  });

  test('rejectUnauthorized false takes it all the same, without an effect on others', async () => {
    const url = `https://127.0.0.1:${wrongName.port}/`;
    assert.equal((await its.deliver({ url, rejectUnauthorized: false })).told.data, 'secret reply');
    // The connection of the careless one is still open; a careful one must not use it.
    assert.match((await its.deliver({ url })).told.name, /hook-error/);
    assert.equal(wrongName.requests.length, 1);
  });

  test('a receiver that speaks no TLS is an error, not a crash', async () => {
    const plain = await Receiver.start();
    try {
      const { told } = await its.deliver({ url: `https://127.0.0.1:${plain.port}/` });
      assert.match(told.name, /hook-error/);
      assert.notEqual(told.data, '');
      assert.equal(plain.requests.length, 0);
    } finally {
      await plain.close();
    }
  });

  test('an expired certificate is refused', async () => {
    // Ended the day before it began: openssl makes it, nobody may believe it.
    const expired = await receive(certificate('expired', 'IP:127.0.0.1', '-1'));
    try {
      const { told } = await its.deliver({ url: `https://127.0.0.1:${expired.port}/` });
      assert.match(told.data, /expired/i);
      assert.equal(expired.requests.length, 0);
    } finally {
      await expired.close();
    }
  });
});

describe('without it', () => {
  const its = server(() => loopback);

  test('an unknown authority is refused, with the reason in the log entry and in hook-error', async () => {
    const before_ = receiver.requests.length;
    const { told, entry } = await its.deliver({ url: `https://127.0.0.1:${receiver.port}/` });
    assert.match(told.name, /hook-error/);
    assert.match(told.data, /certificate|issuer/i);
    assert.equal(entry.error, told.data);
    assert.equal(receiver.requests.length, before_);
  });

  test('rejectUnauthorized false takes it', async () => {
    const { told, entry } = await its.deliver({ url: `https://127.0.0.1:${receiver.port}/`, rejectUnauthorized: false });
    assert.equal(told.data, 'secret reply');
    assert.equal(entry.error, null);
  });
});

describe('without --allow-egress', () => {
  const its = server(() => []);
  const hosts = ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '0.0.0.0', '[::ffff:127.0.0.1]', '[::]', '10.0.0.1', '192.168.1.1', '[64:ff9b::7f00:1]'];
  for (const host of hosts) {
    test(`${host} is refused, and the reason says how to allow it`, async () => {
      const plain = await Receiver.start();
      try {
        const url = `http://${host}:${plain.port}/`;
        const { told, entry, integration } = await its.deliver({ url });
        assert.match(told.data, /^address \S+ is refused by the egress guard; .*--allow-egress \S+$/);
        assert.equal(entry.error, told.data);
        assert.equal(entry.response, null);
        assert.deepEqual([entry.attempt, integration.todayCounters.error], [1, 0], 'an operator may allow it: it is tried again');
        assert.equal(plain.requests.length, 0);
      } finally {
        await plain.close();
      }
    });
  }

  test('a template cannot smuggle a private address in', async () => {
    const plain = await Receiver.start();
    try {
      const event = 'smuggled';
      await its.fleethook.ok('POST', `/v1/products/${its.product}/webhooks`, { event, url: 'http://{{{h}}}/', policy: 'particle' });
      await its.fleethook.publish(its.product, event, JSON.stringify({ h: `127.0.0.1:${plain.port}` }));
      assert.match((await its.stream.named(`api/hook-error/${event}/0`)).data, /egress guard/);
      await its.fleethook.publish(its.product, `${event}/2`, JSON.stringify({ h: `2130706433:${plain.port}` }));
      assert.notEqual((await its.stream.named(`api/hook-error/${event}/2/0`)).data, '');
      assert.equal(plain.requests.length, 0);
    } finally {
      await plain.close();
    }
  });

  test('a test request is refused too', async () => {
    const { id } = await its.fleethook.ok('POST', `/v1/products/${its.product}/webhooks`, { event: 'tested', url: 'http://127.0.0.1:1/' });
    const answer = await its.fleethook.ok('POST', `/v1/products/${its.product}/webhooks/${id}/test`, {});
    assert.equal(answer.pass, false);
    assert.match(answer.error, /egress guard/);
  });
});
