// What an operator meets: starting, not starting, options, logs, health, numbers, and the commands beside serve.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, Stream, binary, init, repository, run, temporaryFolder, until } from './support/fleethook.mjs';

const parents = [];
const running = [];
// A data folder that does not exist yet, in a temporary one.
function newFolder() {
  parents.push(temporaryFolder());
  return path.join(parents.at(-1), 'data');
}
after(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const parent of parents) fs.rmSync(parent, { recursive: true, force: true });
});

// Starts what must end by itself with `status`; gives what it said.
function fails(status, args, options) {
  const ended = run(args, { timeout: 20000, ...options });
  assert.equal(ended.status, status, `${args.join(' ')}: ${ended.status} ${ended.signal} ${ended.stderr}${ended.stdout}`);
  const said = ended.stderr + ended.stdout;
  assert.doesNotMatch(said, /terminate called|Assertion|Segmentation/);
  return said;
}
const serve = (data, ...more) => ['serve', '--data', data, '--listen', '127.0.0.1:0', ...more];

describe('what cannot start says why and exits 1', () => {
  test('a port in use', async () => {
    const holder = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address();
    const data = newFolder();
    init(data);
    assert.match(fails(1, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`]), new RegExp(`127\\.0\\.0\\.1:${port}.*in use`, 'i'));
    holder.close();
  });

  test('an address that is none', () => {
    const data = newFolder();
    init(data);
    for (const listen of ['nonsense', '127.0.0.1', '127.0.0.1:99999', '127.0.0.1:port', '203.0.113.1:0']) {
      const status = run(['serve', '--data', data, '--listen', listen], { timeout: 20000 });
      assert.ok([1, 2].includes(status.status), `${listen}: ${status.status}`);
      assert.match(status.stderr, new RegExp(listen.replaceAll('.', '\\.')));
    }
  });

  test('no data folder, or one without data, tells how to make it', () => {
    assert.match(fails(1, ['serve']), /--data DIR/);
    const data = newFolder();
    assert.match(fails(1, serve(data)), /fleethook init --data/);
    assert.equal(fs.existsSync(data), false);
  });

  test('a data folder that cannot be made', () => {
    const inTheWay = path.join(path.dirname(newFolder()), 'file');
    fs.writeFileSync(inTheWay, '');
    assert.match(fails(1, ['init', '--data', `${inTheWay}/data`, '--admin', 'a@b.c']), /cannot create the data folder .*file\/data/);
  });

  test('a data folder that cannot be written', { skip: process.getuid() === 0 && 'root may write everywhere' }, () => {
    const data = newFolder();
    init(data);
    fs.rmSync(path.join(data, 'fleethook.lock'), { force: true });
    fs.chmodSync(data, 0o500);
    try {
      assert.match(fails(1, serve(data)), /cannot write in the data folder|permission denied/i);
    } finally {
      fs.chmodSync(data, 0o700);
    }
  });

  test('a database that is no database', () => {
    const data = newFolder();
    init(data);
    for (const file of fs.readdirSync(data)) if (file.startsWith('fleethook.db')) fs.rmSync(path.join(data, file));
    fs.writeFileSync(path.join(data, 'fleethook.db'), 'no database at all, '.repeat(500));
    assert.match(fails(1, serve(data)), /fleethook\.db|database/);
    assert.match(fails(1, ['doctor', '--data', data]), /BAD/);
  });

  test('a folder that another process uses', async () => {
    const fleethook = await Fleethook.start();
    try {
      assert.match(fails(1, serve(fleethook.data)), /another fleethook process/);
      assert.match(fails(1, ['init', '--data', fleethook.data, '--admin', 'b@example.com']), /another fleethook process/);
      assert.equal((await fleethook.request('GET', '/v1/user')).status, 200);
    } finally {
      await fleethook.close();
    }
  });

  const sqlite = spawnSync('sqlite3', ['--version']).status === 0;
  const python = spawnSync('python3', ['-c', 'import sqlite3']).status === 0;
  test('data of a newer version is not touched', { skip: !sqlite && !python && 'needs the sqlite3 command or python3' }, () => {
    const data = newFolder();
    init(data);
    const file = path.join(data, 'fleethook.db');
    const change = (sql) => {
      const done = sqlite ? spawnSync('sqlite3', [file, sql]) : spawnSync('python3', ['-c', `import sqlite3; c = sqlite3.connect(${JSON.stringify(file)}); c.execute(${JSON.stringify(sql)}); c.commit()`]);
      assert.equal(done.status, 0, String(done.stderr));
    };
    for (const part of ['store', 'queue']) {
      change(`UPDATE schema_version SET version = version + 1000 WHERE part = '${part}'`);
      assert.match(fails(1, serve(data)), new RegExp(`newer Fleethook.*${part} schema 10\\d\\d`));
      change(`UPDATE schema_version SET version = version - 1000 WHERE part = '${part}'`);
    }
    assert.equal(run(['doctor', '--data', data]).status, 0);
  });
});

describe('options', () => {
  test('wrong ones exit 2 and say what is wrong', () => {
    const wrong = [
      [[], /subcommand/i], [['fly'], /fly|subcommand/i], [['serve', '--unheard-of'], /unheard-of/], [['serve', '--loops', '65'], /loops/], [['serve', '--loops', 'many'], /loops/],
      [['serve', '--log-format', 'xml'], /log-format/], [['serve', '--log-level', 'loud'], /log-level/], [['serve', '--data'], /data/], [['init'], /required/], [['init', '--data', 'x'], /admin/],
      [['demo', '--for', 'ever'], /--for/], [['demo', '--for', '0s'], /--for/], [['demo', '--rate', '0'], /rate/], [['serve', '--keep-history-days', '0'], /keep-history-days/],
      [['serve', '--config', '/does/not/exist.toml'], /exist\.toml/],
    ];
    for (const [args, message] of wrong) assert.match(fails(2, args), message, args.join(' '));
  });

  test('what is well-formed but unusable exits 1 and names the option', () => {
    const data = newFolder();
    init(data);
    for (const [more, message] of [[['--allow-egress', 'everything'], /allow-egress|everything/], [['--ca-file', '/does/not/exist.pem'], /exist\.pem/]]) {
      const ended = run(serve(data, ...more), { timeout: 20000 });
      assert.ok([1, 2].includes(ended.status), `${more}: ${ended.status}`);
      assert.match(ended.stderr, message);
    }
  });

  test('--help and --version exit 0', () => {
    assert.match(run(['--version']).stdout, /^fleethook \d+\.\d+/);
    for (const args of [['--help'], ['serve', '--help'], ['init', '--help']]) assert.equal(run(args).status, 0);
  });

  // Starts serve with the environment and arguments alone; gives its address and its end.
  async function started(args, env = {}) {
    const child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    const lines = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    running.push(child);
    const line = await until(`the start, have ${lines}`, () => lines.find((one) => one.includes('server.started')) ?? (child.exitCode !== null && 'ended'));
    assert.notEqual(line, 'ended', lines.join('\n'));
    const address = /address"?[=:]"?([^\s",]+)/.exec(line)[1];
    return { address, lines, stop: () => (child.kill('SIGTERM'), ended) };
  }

  test('a TOML file sets them', async () => {
    const data = newFolder();
    const { access_token } = init(data);
    const file = path.join(path.dirname(data), 'fleethook.toml');
    fs.writeFileSync(file, `data = "${data}"\nlisten = "127.0.0.1:0"\nlog-format = "json"\nallow-egress = ["127.0.0.0/8", "::1"]\nopen-signup = false\nbase-url = "https://hooks.example.com"\n`);
    const receiver = await Receiver.start();
    const server = await started(['serve', '--config', file]);
    try {
      JSON.parse(server.lines[0]);
      const fleethook = Object.assign(new Fleethook(), { url: `http://${server.address}`, token: access_token });
      const made = await fleethook.ok('POST', '/v1/webhooks', { event: 'e', url: receiver.url });
      assert.equal(made.hookUrl, `https://hooks.example.com/v1/webhooks/${made.id}`);
      await fleethook.ok('POST', '/v1/devices/events', { name: 'e' });
      await receiver.received(1);
      assert.ok((await fleethook.request('POST', '/v1/users', { username: 'new@example.com', password: 'long enough' }, { authorization: '' })).status >= 400);
    } finally {
      assert.equal(await server.stop(), 0);
      await receiver.close();
    }
    // The environment wins over the file.
    const other = await started(['serve', '--config', file], { FLEETHOOK_LOG_FORMAT: 'text' });
    assert.throws(() => JSON.parse(other.lines[0]));
    assert.equal(await other.stop(), 0);
    assert.equal(run(['doctor', '--config', file]).status, 0);
    assert.equal(run(['render'], { input: '', env: { ...process.env, FLEETHOOK_CONFIG: '/does/not/exist.toml' } }).status, 0);
    fs.writeFileSync(file, `data = "${data}"\nloops = "many"\n`);
    assert.match(fails(2, ['serve', '--config', file]), /loops/);
    fs.writeFileSync(file, `data = "${data}"\nlisten = "127.0.0.1:0"\nlog-fromat = "json"\n`);
    assert.match(fails(2, ['serve', '--config', file]), /log-fromat/);
    fs.writeFileSync(file, 'data = [[[\n');
    assert.ok([1, 2].includes(run(['serve', '--config', file], { timeout: 20000 }).status));
  });

  test('FLEETHOOK_ variables set them, and the command line wins', async () => {
    const data = newFolder();
    init(data);
    const env = { FLEETHOOK_DATA: data, FLEETHOOK_LISTEN: '127.0.0.1:0', FLEETHOOK_LOG_FORMAT: 'json', FLEETHOOK_LOOPS: '1', FLEETHOOK_ALLOW_EGRESS: '127.0.0.0/8,::1', FLEETHOOK_OPEN_SIGNUP: 'true' };
    const server = await started(['serve'], env);
    JSON.parse(server.lines[0]);
    assert.equal((await fetch(`http://${server.address}/healthz`)).status, 200);
    assert.equal(await server.stop(), 0);
    const other = await started(['serve', '--log-format', 'text'], env);
    assert.throws(() => JSON.parse(other.lines[0]));
    assert.equal(await other.stop(), 0);
    assert.match(fails(2, ['serve'], { env: { ...process.env, ...env, FLEETHOOK_LOOPS: 'many' } }), /loops/i);
  });
});

describe('init', () => {
  test('a second one of the same name changes nothing', async () => {
    const data = newFolder();
    const first = init(data);
    assert.match(fails(1, ['init', '--data', data, '--admin', 'ADMIN@example.com']), /admin@example\.com|already/i);
    const fleethook = await Fleethook.start({ data, credentials: first });
    assert.equal((await fleethook.ok('GET', '/v1/user')).username, 'admin@example.com');
    const form = new URLSearchParams({ grant_type: 'password', username: first.username, password: first.password }).toString();
    await fleethook.ok('POST', '/oauth/token', form, { 'content-type': 'application/x-www-form-urlencoded' });
    await fleethook.close();
  });

  test('it checks what it is given and closes the folder to others', () => {
    assert.match(fails(1, ['init', '--data', newFolder(), '--admin', 'nobody']), /email/);
    assert.match(fails(1, ['init', '--data', newFolder(), '--admin', 'a@b.c', '--password', 'short']), /at least 8/);
    const data = newFolder();
    const shown = run(['init', '--data', data, '--admin', 'a@b.c', '--password', 'my own password']);
    assert.equal(shown.status, 0);
    assert.match(shown.stdout, /access token +[0-9a-f]{40}/);
    assert.equal(fs.statSync(data).mode & 0o077, 0);
  });
});

describe('a running server', () => {
  let fleethook, receiver;
  const secrets = ['hunter2 is long', 'receiver-password', 'header-secret', 'wrong password'];
  before(async () => {
    fleethook = await Fleethook.start({ args: ['--allow-egress', '127.0.0.0/8', '--log-format', 'json', '--log-level', 'debug'] });
    receiver = await Receiver.start((request) => ({ status: request.url === '/fail' ? 410 : 200, body: 'ok' }));
  });
  after(async () => {
    await receiver?.close();
    await fleethook?.close();
  });

  test('its log is lines of JSON, and names neither token nor password', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    await fleethook.ok('POST', '/v1/users', { username: 'ada@example.com', password: secrets[0] });
    const { access_token } = await fleethook.ok('POST', '/oauth/token', new URLSearchParams({ grant_type: 'password', username: 'ada@example.com', password: secrets[0] }).toString(), form);
    await fleethook.request('POST', '/oauth/token', new URLSearchParams({ grant_type: 'password', username: 'ada@example.com', password: secrets[3] }).toString(), form);
    const settings = { auth: { username: 'u', password: secrets[1] }, headers: { 'X-Key': secrets[2] } };
    for (const url of [`${receiver.url}/`, `${receiver.url}/fail`, 'http://127.0.0.1:1/']) await fleethook.ok('POST', '/v1/webhooks', { event: 'logged', url, ...settings });
    await fleethook.ok('POST', '/v1/devices/events', { name: 'logged' });
    await receiver.received(2);
    await fetch(`${fleethook.url}/v1/user?access_token=${access_token}`);
    await fetch(`${fleethook.url}/v1/access_tokens/${access_token}`, { method: 'DELETE' });
    await fleethook.kill('SIGTERM');
    assert.ok(fleethook.log.length >= 3);
    for (const line of fleethook.log) {
      const entry = JSON.parse(line);
      assert.equal(typeof entry, 'object');
      for (const member of ['time', 'level', 'event']) assert.equal(typeof entry[member], 'string', `${member} in ${line}`);
      for (const secret of [...secrets, access_token, fleethook.token, fleethook.credentials.password]) assert.ok(!line.includes(secret), line);
    }
    await fleethook.spawn();
    assert.equal((await fetch(`${fleethook.url}/v1/user?access_token=${access_token}`)).status, 401);
  });

  test('the data folder has no token and no password of a user in clear', () => {
    for (const file of fs.readdirSync(fleethook.data)) {
      const bytes = fs.readFileSync(path.join(fleethook.data, file));
      for (const secret of [fleethook.token, fleethook.credentials.password, secrets[0]]) assert.equal(bytes.includes(secret), false, file);
    }
  });

  test('/healthz and /readyz answer without a token', async () => {
    for (const target of ['/healthz', '/readyz']) {
      const response = await fetch(fleethook.url + target);
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { ok: true });
    }
  });

  test('/ is a page for people that loads nothing', async () => {
    const response = await fetch(`${fleethook.url}/`);
    assert.match(response.headers.get('content-type'), /^text\/html/);
    assert.match(response.headers.get('content-security-policy'), /default-src 'none'/);
    assert.match(await response.text(), /^<!doctype html>[\s\S]*<\/html>\s*$/i);
  });

  test('/metrics is well-formed: each sample belongs to a described family and stands once', async () => {
    await fleethook.request('GET', '/v1/user');
    const response = await fetch(`${fleethook.url}/metrics`);
    assert.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    assert.ok(text.endsWith('\n'));
    const types = new Map();
    const samples = new Set();
    const buckets = new Map();
    for (const line of text.trimEnd().split('\n')) {
      const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
      if (type) {
        assert.equal(types.has(type[1]), false, line);
        types.set(type[1], type[2]);
      }
      if (line.startsWith('#')) {
        assert.match(line, /^# (HELP \w+ \S.*|TYPE \w+ \w+)$/);
        continue;
      }
      const sample = /^(\w+)(\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})? (-?[0-9.e+-]+|\+Inf|NaN)$/.exec(line);
      assert.ok(sample, line);
      const family = types.has(sample[1]) ? sample[1] : sample[1].replace(/_(bucket|sum|count)$/, '');
      assert.ok(types.has(family), line);
      if (types.get(family) === 'counter') assert.match(family, /_total$/);
      assert.equal(samples.has(sample[1] + sample[2]), false, line);
      samples.add(sample[1] + sample[2]);
      if (sample[1].endsWith('_bucket')) {
        const series = sample[1] + sample[2].replace(/le="[^"]*"/, '');
        assert.ok(Number(sample[3]) >= (buckets.get(series) ?? 0), line);
        buckets.set(series, Number(sample[3]));
      }
    }
    assert.ok(types.size > 10);
  });

  test('/metrics passes promtool', { skip: !process.env.PROMTOOL && 'set PROMTOOL to the promtool binary' }, async () => {
    const text = await (await fetch(`${fleethook.url}/metrics`)).text();
    const checked = spawnSync(process.env.PROMTOOL, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stderr + checked.stdout);
  });

  test('/openapi.json describes routes that exist', async () => {
    const response = await fetch(`${fleethook.url}/openapi.json`);
    assert.match(response.headers.get('content-type'), /^application\/json/);
    const description = await response.json();
    assert.match(description.openapi, /^3\./);
    assert.equal(typeof description.info.title, 'string');
    assert.equal(typeof description.info.version, 'string');
    const ids = new Set();
    let operations = 0;
    for (const [template, item] of Object.entries(description.paths)) {
      assert.match(template, /^\/[^:*]*$/);
      for (const [method, operation] of Object.entries(item)) {
        if (method === 'parameters') continue;
        assert.match(method, /^(get|put|post|delete|patch)$/);
        operations++;
        const declared = [...(item.parameters ?? []), ...(operation.parameters ?? [])].filter((p) => p.in === 'path').map((p) => p.name);
        assert.deepEqual([...template.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort(), declared.sort(), template);
        assert.ok(Object.keys(operation.responses).length > 0, template);
        if (operation.operationId) {
          assert.equal(ids.has(operation.operationId), false, operation.operationId);
          ids.add(operation.operationId);
        }
        // Without a token: nothing is done, but the route must be known.
        const answer = await fetch(fleethook.url + template.replace(/\{\w+\}/g, 'x'), { method: method.toUpperCase() });
        assert.notEqual(answer.status, 405, `${method} ${template}`);
        if (answer.status === 404) assert.doesNotMatch((await answer.json()).error, /no route|no such route|path/i, `${method} ${template}`);
        else await answer.arrayBuffer();
      }
    }
    assert.ok(operations > 60, `${operations}`);
    const references = JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g);
    for (const [, reference] of references) assert.ok(reference.split('/').reduce((at, key) => at?.[key], description), reference);
  });

  test('SIGTERM ends it although streams and idle connections are open', async () => {
    const stream = await Stream.open(fleethook, '/v1/devices/events');
    const idle = net.connect(fleethook.port, '127.0.0.1');
    idle.on('error', () => {});
    await new Promise((resolve) => idle.once('connect', resolve));
    const begun = Date.now();
    assert.equal(await fleethook.kill('SIGTERM'), 0);
    assert.ok(Date.now() - begun < 5000);
    stream.close();
    idle.destroy();
    await fleethook.spawn();
  });
});

describe('the other commands', () => {
  test('doctor: 0 for a good folder, 1 for none', () => {
    const data = newFolder();
    init(data);
    const good = run(['doctor', '--data', data]);
    assert.equal(good.status, 0, good.stdout);
    assert.match(good.stdout, /ok .*data folder/);
    assert.match(good.stdout, /ok .*database file: ok/);
    assert.match(fails(1, ['doctor']), /BAD .*--data/);
    assert.match(fails(1, ['doctor', '--data', newFolder()]), /BAD .*fleethook init/);
  });

  test('receive answers and prints what comes', async () => {
    const child = spawn(binary, ['receive', '--listen', '127.0.0.1:0', '--status', '202'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let shown = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (shown += text));
    try {
      const [, address] = await until('its address', () => /(127\.0\.0\.1:\d+)/.exec(shown));
      const answer = await fetch(`http://${address}/hook?x=1`, { method: 'POST', body: 'what came' });
      assert.equal(answer.status, 202);
      await until(`the request, have ${shown}`, () => shown.includes('what came') && shown.includes('POST /hook?x=1'));
    } finally {
      child.kill('SIGTERM');
    }
  });

  test('render does what mustache does, in 2,000 generated cases', async (t) => {
    let cases;
    try {
      ({ cases } = await import(path.join(repository, 'tests/mustache/generate.mjs')));
    } catch (error) {
      return t.skip(`npm ci in tests/mustache first: ${error.message}`);
    }
    const asked = [...cases(20260, 2000)];
    const input = asked.map(({ template, data }) => JSON.stringify({ template, data })).join('\n') + '\n';
    const rendered = run(['render'], { input, maxBuffer: 256 * 1024 * 1024 });
    assert.equal(rendered.status, 0, rendered.stderr);
    const lines = rendered.stdout.trimEnd().split('\n');
    assert.equal(lines.length, asked.length);
    for (const [index, one] of asked.entries()) {
      const answer = JSON.parse(lines[index]);
      if (one.error) assert.ok(answer.error && answer.line >= 1 && answer.column >= 1, JSON.stringify({ ...one, answer }));
      else assert.equal(answer, one.expected, JSON.stringify(one));
    }
  });

  test('render answers each line, also the wrong ones', () => {
    const rendered = run(['render'], { input: '{"template":"{{a}}","data":{"a":"<"}}\nnonsense\n{"template":"{{#a}}","data":{}}\n{}\n' });
    const lines = rendered.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.equal(lines[0], '&lt;');
    for (const answer of lines.slice(1)) assert.equal(typeof answer.error, 'string', JSON.stringify(answer));
    assert.equal(lines.length, 4);
  });
});

test('the files of a data folder are private, whatever the mask, and are made so again at a start', async () => {
  const mask = process.umask(0);
  const fleethook = await Fleethook.start().finally(() => process.umask(mask));
  const names = ['fleethook.db', 'fleethook.db-wal', 'fleethook.db-shm', 'fleethook.lock', 'master.key'];
  const modes = () => names.map((name) => (fs.statSync(path.join(fleethook.data, name)).mode & 0o7777).toString(8));
  try {
    assert.equal((fs.statSync(fleethook.data).mode & 0o7777).toString(8), '700');
    assert.deepEqual(modes(), names.map(() => '600'));
    assert.deepEqual(fleethook.log.filter((line) => line.includes('data.file')), []);
    await fleethook.kill('SIGKILL');
    for (const name of names) fs.chmodSync(path.join(fleethook.data, name), 0o644);
    await fleethook.spawn();
    assert.deepEqual(modes(), names.map(() => '600'));
    const told = fleethook.log.filter((line) => line.includes('data.file_made_private'));
    for (const name of names) assert.ok(told.some((line) => line.includes(name) && line.includes('0644')), name);
  } finally {
    await fleethook.close();
  }
});
