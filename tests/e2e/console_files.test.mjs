// The web console as the binary carries it: every file that was built, byte for byte, in each encoding, with what browsers need to know.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test, { after, before } from 'node:test';
import zlib from 'node:zlib';
import { Fleethook, repository } from './support/fleethook.mjs';

const dist = path.join(repository, 'build/console/dist');
const unpack = { identity: (b) => b, gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync };
let fleethook;

before(async () => (fleethook = await Fleethook.start()));
after(() => fleethook.close());

function filesOf(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? filesOf(name) : [name];
  });
}

// Without fetch, which unpacks and asks for encodings by itself.
function ask(target, headers = {}, method = 'GET') {
  return new Promise((resolve, reject) => {
    const request = http.request(fleethook.url + target, { method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on('error', reject);
    request.end();
  });
}

const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('every file of the console is served as it was built, in every encoding', async () => {
  const files = filesOf(dist);
  assert.ok(files.length > 2, 'the console was built');
  for (const file of files) {
    const target = `/${path.relative(dist, file)}`;
    const etags = new Set();
    for (const encoding of ['identity', 'gzip', 'br']) {
      const answer = await ask(target, { 'accept-encoding': encoding });
      const used = answer.headers['content-encoding'] ?? 'identity';
      assert.equal(answer.status, 200, target);
      assert.ok(used === encoding || used === 'identity', `${target}: ${used} for ${encoding}`);
      assert.equal(Number(answer.headers['content-length']), answer.body.length);
      assert.ok(unpack[used](answer.body).equals(fs.readFileSync(file)), `${target} as ${used}`);
      assert.equal(answer.headers.vary, 'Accept-Encoding');
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.equal(answer.headers['access-control-allow-origin'], undefined, target);
      assert.equal(answer.headers['cache-control'], target.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
      etags.add(`${used} ${answer.headers.etag}`);
      const again = await ask(target, { 'accept-encoding': encoding, 'if-none-match': answer.headers.etag });
      assert.equal(again.status, 304, target);
      assert.equal(again.body.length, 0);
      assert.equal(again.headers.etag, answer.headers.etag);
    }
    assert.equal(new Set([...etags].map((text) => text.split(' ')[1])).size, etags.size, `${target}: a tag for each encoding`);
  }
});

test('scripts and styles are sent compressed to a browser', async () => {
  const files = filesOf(path.join(dist, 'assets')).filter((file) => /\.(js|css)$/.test(file) && fs.statSync(file).size > 4096);
  assert.ok(files.length > 0);
  for (const file of files) {
    const answer = await ask(`/${path.relative(dist, file)}`, { 'accept-encoding': 'gzip, deflate, br, zstd' });
    assert.equal(answer.headers['content-encoding'], 'br', file);
    assert.ok(answer.body.length < fs.statSync(file).size / 2, file);
  }
});

test('every address of the console answers with its page', async () => {
  const index = fs.readFileSync(path.join(dist, 'index.html'));
  for (const target of ['/', '/index.html', '/login', '/orgs/acme/integrations', '/products/7/integrations/x?tab=history', '/no/such/screen/']) {
    const answer = await ask(target, page);
    assert.equal(answer.status, 200, target);
    assert.ok(answer.body.equals(index), target);
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
    const head = await ask(target, page, 'HEAD');
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    assert.equal(Number(head.headers['content-length']), index.length);
    assert.equal(head.headers.etag, answer.headers.etag);
  }
});

test('the page lets in no script but its own and no other host, and is not framed', async () => {
  const { headers } = await ask('/', page);
  const policy = Object.fromEntries(headers['content-security-policy'].split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));
  assert.deepEqual(policy, {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
  });
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['referrer-policy'], 'same-origin');
  assert.match(headers['permissions-policy'], /camera=\(\)/);
});

test('the page keeps to that: no inline script, nothing from another host', () => {
  const html = fs.readFileSync(path.join(dist, 'index.html'), 'utf8');
  for (const [, attributes, code] of html.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)) {
    assert.match(attributes, /\ssrc="\//);
    assert.equal(code.trim(), '');
  }
  assert.doesNotMatch(html, /(src|href)="(https?:)?\/\//);
  assert.doesNotMatch(html, /\son[a-z]+="/);
});

test('what is the API\'s, or a hashed file of another version, is never the page', async () => {
  for (const target of ['/v1', '/v1/nothing', '/v1/orgs/acme/nothing/there', '/oauth/nothing', '/healthz/x', '/metrics/x', '/openapi.json/x', '/assets', '/assets/index-00000000.js']) {
    const answer = await ask(target, page);
    assert.ok([401, 404].includes(answer.status), `${target}: ${answer.status}`);
    assert.equal(JSON.parse(answer.body).ok, false, target);
  }
  assert.equal((await ask('/assets/index-00000000.js', page)).status, 404);
  const program = await ask('/orgs/acme/integrations', { accept: 'application/json' });
  assert.equal(program.status, 404);
  assert.equal((await ask('/orgs/acme/integrations', page, 'POST')).status, 404);
});
