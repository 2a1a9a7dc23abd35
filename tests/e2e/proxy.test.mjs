// What stands between clients and the server: its own TLS, with certificates that are replaced; proxies that are believed, nginx with the lines
// of docs/deploying.md among them; the listener for metrics.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { Fleethook, init, repository, run, temporaryFolder, until } from './support/fleethook.mjs';

const folder = temporaryFolder();
const file = (name) => path.join(folder, name);
const openssl = (...args) => {
  const made = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  assert.equal(made.status, 0, `openssl ${args[0]}: ${made.error ?? made.stderr}`);
};
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
// A certificate for this machine, signed by the authority.
function certificate(name, days = '2') {
  openssl('req', '-new', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  fs.writeFileSync(file(`${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', days, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
  fs.chmodSync(file(`${name}.key`), 0o600);
}
const fingerprint = (name) => new X509Certificate(fs.readFileSync(file(`${name}.pem`))).fingerprint256;
// As certificates are renewed: the new file takes the old one's place in one step.
function put(from, as) {
  fs.copyFileSync(file(from), file(`${as}.new`));
  fs.renameSync(file(`${as}.new`), file(as));
}
let ca;
before(() => {
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test authority');
  ca = fs.readFileSync(file('ca.pem'));
  certificate('first');
  certificate('second');
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

// -> {status, headers, body, socket}; `options` as of http.request, with body.
async function ask(url, { body, ...options } = {}) {
  const request = (url.startsWith('https:') ? https : http).request(url, { ca, agent: false, ...options });
  request.end(body);
  const [response] = await once(request, 'response');
  const { socket } = response;
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString(), socket };
}
// Reads an event stream: `text` grows.
async function listen(url, token, options = {}) {
  const stream = { text: '' };
  const request = (url.startsWith('https:') ? https : http).get(url, { ca, agent: false, headers: { authorization: `Bearer ${token}` }, ...options });
  const [response] = await once(request, 'response');
  response.setEncoding('utf8');
  response.on('data', (text) => (stream.text += text));
  response.on('error', () => {});
  request.on('error', () => {});
  stream.status = response.statusCode;
  stream.close = () => request.destroy();
  await until('the greeting', () => stream.text.startsWith(':ok\n\n'));
  return stream;
}
const logged = (fleethook, word) => fleethook.log.filter((line) => line.includes(word));
const publish = (url, token, name, data) =>
  ask(`${url}/v1/products/net-product-1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, data }),
  });
// A login with a wrong password; gives the status.
const guess = async (url, options = {}) => {
  const { headers, ...more } = options;
  const answer = await ask(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: 'grant_type=password&username=admin@example.com&password=wrong',
    ...more,
  });
  return answer.status;
};
// The Set-Cookie of signing in from a browser.
const signedIn = async (url, { username, password }, { headers, ...more } = {}) => {
  const body = JSON.stringify({ username, password });
  const answer = await ask(`${url}/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, ...more });
  assert.equal(answer.status, 200, answer.body);
  return answer.headers['set-cookie'][0];
};

describe('a server that speaks TLS itself', () => {
  let fleethook, url, metrics;
  // The certificate that a new handshake shows.
  const shown = async () => {
    const socket = tls.connect({ host: '127.0.0.1', port: fleethook.port, ca });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const number = async (name) => Number((await ask(`${metrics}/metrics`)).body.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1]);

  before(async () => {
    put('first.pem', 'used.pem');
    put('first.key', 'used.key');
    const data = path.join(temporaryFolder(), 'data');
    const credentials = init(data);
    fs.writeFileSync(file('fleethook.toml'), `tls-cert = "${file('used.pem')}"\ntls_key = "${file('used.key')}"\nmetrics-listen = "127.0.0.1:0"\nlog-level = "debug"\n`);
    fleethook = await Fleethook.start({ data, credentials, args: ['--config', file('fleethook.toml')] });
    url = fleethook.url = `https://${fleethook.address}`;
    metrics = `http://${/address"?[=:]"?([^\s",]+)/.exec(logged(fleethook, 'metrics.listening')[0])[1]}`;
    for (const [target, body] of [['/v1/orgs', { name: 'net', slug: 'net' }], ['/v1/orgs/net/products', { product: { name: 'net product 1', platform_id: 13 } }]]) {
      const made = await ask(url + target, { method: 'POST', headers: { authorization: `Bearer ${fleethook.token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
      assert.ok(made.status < 300, made.body);
    }
  });
  after(() => fleethook?.close());

  test('answers over HTTPS, and says so in addresses and to browsers', async () => {
    const answer = await ask(`${url}/openapi.json`);
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.body).servers[0].url, url);
    assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
    for (const target of ['/healthz', '/nothing', '/v1/user']) {
      const { headers } = await ask(url + target);
      assert.equal(headers['x-content-type-options'], 'nosniff', target);
      assert.equal(headers['referrer-policy'], 'no-referrer', target);
    }
  });

  test('keeps the cookie of a session to HTTPS', async () => {
    assert.match(await signedIn(url, fleethook.credentials), /; Secure/);
  });

  test('speaks TLS 1.2 and 1.3 and nothing older', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const socket = tls.connect({ host: '127.0.0.1', port: fleethook.port, ca, minVersion: version, maxVersion: version, ALPNProtocols: ['h2', 'http/1.1'] });
      await once(socket, 'secureConnect');
      assert.equal(socket.getProtocol(), version);
      assert.equal(socket.alpnProtocol, 'http/1.1');
      socket.destroy();
    }
    const old = tls.connect({ host: '127.0.0.1', port: fleethook.port, ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    const [refused] = await once(old, 'error');
    assert.match(String(refused.code), /PROTOCOL_VERSION/);
  });

  test('disconnects who speaks plain HTTP, and counts it', async () => {
    const earlier = await number('fleethook_tls_handshake_failures_total');
    await assert.rejects(ask(`http://${fleethook.address}/healthz`));
    await until('the count', async () => (await number('fleethook_tls_handshake_failures_total')) > earlier);
    assert.match(logged(fleethook, 'tls.handshake_failed').at(-1), /http request/);
  });

  test('takes a new certificate without being told; open connections go on', async () => {
    assert.equal(await shown(), fingerprint('first'));
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    const first = await ask(`${url}/healthz`, { agent });
    const stream = await listen(`${url}/v1/orgs/net/events`, fleethook.token);
    put('second.pem', 'used.pem');
    put('second.key', 'used.key');
    await until('the new certificate', async () => (await shown()) === fingerprint('second'));
    assert.match(logged(fleethook, 'tls.reloaded').at(-1), /used\.pem.*until/);
    assert.equal(await number('fleethook_tls_reloads_total{result="ok"}'), 1);

    const later = await ask(`${url}/healthz`, { agent });
    assert.equal(later.socket, first.socket, 'the same connection');
    assert.equal(later.status, 200);
    await publish(url, fleethook.token, 'after', 'renewal');
    await until('the event on the old stream', () => stream.text.includes('event: after\n'));
    stream.close();
    agent.destroy();
  });

  test('keeps the old certificate while the new pair cannot be used; SIGHUP says so at once', async () => {
    fs.writeFileSync(file('used.key'), 'no key\n');
    fleethook.process.kill('SIGHUP');
    await until('the refusal', () => logged(fleethook, 'tls.reload_failed').length > 0);
    assert.match(logged(fleethook, 'tls.reload_failed').at(-1), /error.*the private key .*used\.key cannot be used/i);
    assert.equal(await shown(), fingerprint('second'));
    assert.equal((await ask(`${url}/readyz`)).status, 200);
    assert.equal(await number('fleethook_tls_reloads_total{result="failed"}'), 1);

    put('first.key', 'used.key');
    put('first.pem', 'used.pem');
    fleethook.process.kill('SIGHUP');
    await until('the first certificate', async () => (await shown()) === fingerprint('first'));
  });

  test('metrics and health are at their own listener, in plain HTTP; health is at both', async () => {
    for (const base of [metrics, url]) {
      for (const target of ['/healthz', '/readyz']) assert.equal((await ask(base + target)).status, 200, base + target);
    }
    const expires = await number('fleethook_tls_certificate_expiry_timestamp_seconds');
    assert.ok(Math.abs(expires - Date.now() / 1000 - 2 * 86400) < 3600, String(expires));
    const elsewhere = await ask(`${url}/metrics`);
    assert.equal(elsewhere.status, 404);
    assert.match(elsewhere.body, /listener of their own/);
    assert.equal((await ask(`${metrics}/v1/user`, { headers: { authorization: `Bearer ${fleethook.token}` } })).status, 404);
    assert.equal((await ask(`${metrics}/metrics`)).headers['strict-transport-security'], undefined);
  });

  test('ends in order with a client in the middle of a handshake', async () => {
    const silent = net.connect(fleethook.port, '127.0.0.1');
    silent.on('error', () => {}); // the end may come as a reset
    await once(silent, 'connect');
    await until('the handshake', async () => (await number('fleethook_connections_open')) > 0);
    assert.equal(await fleethook.kill('SIGTERM'), 0);
    silent.destroy();
  });
});

describe('the options of TLS', () => {
  let data;
  before(() => init((data = path.join(temporaryFolder(), 'data'))));
  after(() => fs.rmSync(path.dirname(data), { recursive: true, force: true }));
  const both = (name, key = name) => ['--tls-cert', file(`${name}.pem`), '--tls-key', file(`${key}.key`)];
  const doctor = (...args) => run(['doctor', '--data', data, ...args]);

  test('one without the other is an error that names the one that lacks', () => {
    for (const [given, lacks] of [['cert', 'key'], ['key', 'cert']]) {
      const ended = run(['serve', '--data', data, '--listen', '127.0.0.1:0'], { env: { ...process.env, [`FLEETHOOK_TLS_${given.toUpperCase()}`]: file('first.pem') } });
      assert.equal(ended.status, 1);
      assert.match(ended.stderr, new RegExp(`tls-${lacks}: expected together with tls-${given}`));
      assert.match(doctor(`--tls-${given}`, file('first.pem')).stdout, new RegExp(`BAD +tls-${lacks}: expected together`));
    }
  });

  test('files that do not belong together do not start', () => {
    const ended = run(['serve', '--data', data, '--listen', '127.0.0.1:0', ...both('first', 'second')]);
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /first\.pem.*key values mismatch/);
    assert.match(doctor(...both('first', 'second')).stdout, /BAD +certificate: .*key values mismatch/);
  });

  test('doctor says what a certificate is for, and until when', () => {
    const well = doctor(...both('first'));
    assert.match(well.stdout, /ok +certificate for 127\.0\.0\.1, localhost: expires at \d{4}-.*, in 1 days/);
    assert.match(well.stdout, /ok +private key of the certificate/);
    assert.equal(well.status, 0);
    certificate('past', '-1');
    const expired = doctor(...both('past'));
    assert.match(expired.stdout, /BAD +certificate for .*expired at/);
    assert.equal(expired.status, 1);
    fs.chmodSync(file('past.key'), 0o644);
    assert.match(doctor(...both('past')).stdout, /BAD +private key of the certificate: others can read/);
  });

  test('the listener for metrics needs an address of its own, and proxies need to be addresses', () => {
    const same = run(['serve', '--data', data, '--listen', '127.0.0.1:18080', '--metrics-listen', '127.0.0.1:18080']);
    assert.equal(same.status, 1);
    assert.match(same.stderr, /metrics-listen: expected another address/);
    const odd = run(['serve', '--data', data, '--listen', '127.0.0.1:0', '--trusted-proxy', 'nginx']);
    assert.equal(odd.status, 1);
    assert.match(odd.stderr, /trusted-proxy: 'nginx' is no address range/);
  });
});

const locksAfter = 10;

describe('what proxies say of their clients', () => {
  let fleethook;
  before(async () => (fleethook = await Fleethook.start({ args: ['--trusted-proxy', '127.0.0.1', '--trusted-proxy', '10.0.0.0/8'] })));
  after(() => fleethook?.close());
  const from = (client, name = 'x-forwarded-for') => guess(fleethook.url, { headers: { [name]: client } });

  test('each client of a trusted proxy has its own count of wrong passwords', async () => {
    for (let i = 0; i < locksAfter; i++) assert.equal(await from('192.0.2.1'), 400);
    assert.equal(await from('192.0.2.1'), 429);
    assert.equal(await from('192.0.2.1, 10.0.0.7'), 429, 'over two proxies');
    assert.equal(await from('for=192.0.2.1', 'forwarded'), 429);
    assert.equal(await from('203.0.113.9, 192.0.2.1'), 429, 'whatever it claims');
    assert.equal(await from('::ffff:192.0.2.1'), 429, 'however it is written');
    assert.equal(await from('192.0.2.2'), 400);
    assert.equal(await from('for="[2001:db8::1]:4711"', 'forwarded'), 400);
    assert.equal(await guess(fleethook.url), 400, 'the proxy itself');
  });

  test('a session is kept to HTTPS if that is how the client came to the proxy', async () => {
    const cookie = (options) => signedIn(fleethook.url, fleethook.credentials, options);
    assert.match(await cookie({ headers: { 'x-forwarded-proto': 'https' } }), /; Secure/);
    assert.match(await cookie({ headers: { forwarded: 'for=192.0.2.3;proto=https' } }), /; Secure/);
    assert.doesNotMatch(await cookie({ headers: { 'x-forwarded-proto': 'http' } }), /Secure/);
    assert.doesNotMatch(await cookie({ localAddress: '127.0.0.2', headers: { 'x-forwarded-proto': 'https' } }), /Secure/);
  });

  test('nobody else is believed', async () => {
    const options = (i) => ({ localAddress: '127.0.0.2', headers: { 'x-forwarded-for': `192.0.2.${100 + i}`, forwarded: `for=192.0.2.${100 + i}` } });
    for (let i = 0; i < locksAfter; i++) assert.equal(await guess(fleethook.url, options(i)), 400);
    assert.equal(await guess(fleethook.url, options(99)), 429);
  });
});

// The indented lines under a heading of docs/deploying.md.
function linesOf(heading) {
  const page = fs.readFileSync(path.join(repository, 'docs/deploying.md'), 'utf8');
  const section = page.slice(page.indexOf(`\n### ${heading}\n`)).split('\n').slice(2);
  const first = section.findIndex((line) => line.startsWith('    '));
  const behind = section.findIndex((line, at) => at > first && line !== '' && !line.startsWith('    '));
  assert.ok(first > 0 && behind > first, heading);
  return section.slice(first, behind).map((line) => line.slice(4)).join('\n');
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

describe('behind nginx, as docs/deploying.md has it', () => {
  let fleethook, nginx, url, port;
  const errors = [];
  before(async () => {
    fleethook = await Fleethook.start({ args: ['--trusted-proxy', '127.0.0.1'] });
    await fleethook.organization('net', 1);
    port = await freePort();
    url = `https://localhost:${port}`;
    let lines = linesOf('nginx');
    for (const [what, by] of [
      [/127\.0\.0\.1:8080/, fleethook.address],
      [/listen 443 /, `listen 127.0.0.1:${port} `],
      [/server_name \S+;/, 'server_name localhost;'],
      [/(ssl_certificate +)\S+;/, `$1${file('nginx/cert.pem')};`],
      [/(ssl_certificate_key +)\S+;/, `$1${file('nginx/key.pem')};`],
    ]) {
      assert.match(lines, what);
      lines = lines.replace(what, by);
    }
    fs.mkdirSync(file('nginx'));
    fs.copyFileSync(file('first.pem'), file('nginx/cert.pem'));
    fs.copyFileSync(file('first.key'), file('nginx/key.pem'));
    fs.writeFileSync(file('nginx/fleethook.conf'), lines);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${file(`nginx/${kind}`)};`);
    fs.writeFileSync(
      file('nginx/nginx.conf'),
      `daemon off; master_process off; pid ${file('nginx/pid')}; error_log stderr warn;
       events {} http { access_log off; ${temporary.join(' ')} include ${file('nginx/fleethook.conf')}; }`,
    );
    // It needs no rights, so it gets none.
    const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
    if (nobody.uid) {
      fs.chmodSync(folder, 0o711);
      for (const name of ['nginx', ...fs.readdirSync(file('nginx')).map((entry) => `nginx/${entry}`)]) fs.chownSync(file(name), nobody.uid, nobody.gid);
    }
    const binary = ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find((name) => fs.existsSync(name)) ?? 'nginx';
    nginx = spawn(binary, ['-c', file('nginx/nginx.conf'), '-p', file('nginx'), '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'], ...nobody });
    nginx.exited = once(nginx, 'exit');
    nginx.stderr.setEncoding('utf8');
    nginx.stderr.on('data', (text) => errors.push(text));
    await until('nginx', async () => {
      if (nginx.exitCode !== null) throw new Error(`nginx ended: ${errors.join('')}`);
      return ask(`${url}/healthz`).then((answer) => answer.status === 200, () => false);
    });
  });
  after(async () => {
    nginx?.kill('SIGTERM');
    await nginx?.exited;
    await fleethook?.close();
  });

  test('events reach a stream one by one, at once', async () => {
    const stream = await listen(`${url}/v1/orgs/net/events`, fleethook.token);
    for (const name of ['one', 'two', 'three']) {
      assert.equal((await publish(url, fleethook.token, name, 'x')).status, 200);
      await until(name, () => stream.text.includes(`event: ${name}\n`), 5000);
    }
    stream.close();
  });

  test('each client has its own count of wrong passwords, whatever it claims', async () => {
    const guesser = (headers) => guess(url, { localAddress: '127.0.0.2', headers });
    for (let i = 0; i < locksAfter; i++) assert.equal(await guesser({ 'x-forwarded-for': `192.0.2.${i}`, forwarded: `for=192.0.2.${i}` }), 400);
    assert.equal(await guesser({}), 429);
    assert.equal(await guesser({ forwarded: 'for=127.0.0.3', 'x-forwarded-for': '127.0.0.3' }), 429);
    assert.equal(await guess(url, { localAddress: '127.0.0.3' }), 400);
  });

  test('batches as large as Fleethook takes them go through, and refusals come from Fleethook', async () => {
    const batch = (bytes) => {
      const events = Array.from({ length: 1000 }, (_, i) => ({ name: `bulk/${i}`, data: 'x'.repeat(bytes) }));
      return ask(`${url}/v1/products/net-product-1/events/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${fleethook.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(events),
      });
    };
    const large = await batch(8000);
    assert.equal(JSON.parse(large.body).accepted, 1000, large.body.slice(0, 200));
    const refused = await ask(`${url}/v1/user`, { method: 'PUT', headers: { authorization: `Bearer ${fleethook.token}` }, body: 'x'.repeat(2 * 1024 * 1024) });
    assert.equal(refused.status, 413);
    assert.equal(JSON.parse(refused.body).ok, false);
    const long = await ask(`${url}/v1/user?x=${'y'.repeat(8100)}`, { headers: { authorization: `Bearer ${fleethook.token}` } });
    assert.equal(long.status, 200);
  });

  test('the cookie of a session is kept to HTTPS', async () => {
    assert.match(await signedIn(url, fleethook.credentials, { localAddress: '127.0.0.4' }), /; Secure/);
  });

  test('security headers stand once on every answer', async () => {
    const { headers } = await ask(`${url}/v1/user`);
    assert.equal(headers['strict-transport-security'], 'max-age=31536000');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  });
});
