// Starts the real binary on a free port in a temporary folder, and talks to it. Everything started here is ended by close().
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const binary = process.env.FLEETHOOK ?? path.join(root, 'build/release/fleethook');
export const repository = root;

export const temporaryFolder = () => fs.mkdtempSync(path.join(os.tmpdir(), 'fleethook-e2e-'));

// Waits until `probe` gives something true; fails with `what` after `ms`. Polls, since what it waits for happens in another process.
export async function until(what, probe, ms = 15000) {
  const end = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

export function run(args, options = {}) {
  return spawnSync(binary, args, { encoding: 'utf8', timeout: 60000, ...options });
}

export function init(data) {
  const made = run(['init', '--data', data, '--admin', 'admin@example.com', '--json']);
  if (made.status !== 0) throw new Error(`init: ${made.stderr}`);
  return JSON.parse(made.stdout);
}

// One running server. `options`: data (an initialised folder), credentials, args.
export class Fleethook {
  static async start(options = {}) {
    const self = new Fleethook();
    self.data = options.data ?? path.join(temporaryFolder(), 'data');
    self.credentials = options.credentials ?? init(self.data);
    self.token = self.credentials.access_token;
    self.args = options.args ?? ['--allow-egress', '127.0.0.0/8', '--allow-egress', '::1'];
    await self.spawn();
    return self;
  }

  async spawn(program = binary) {
    this.log = [];
    this.process = spawn(program, ['serve', '--data', this.data, '--listen', this.listen ?? '127.0.0.1:0', ...this.args], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.exited = once(this.process, 'exit');
    const lines = readline.createInterface({ input: this.process.stderr });
    const started = new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        this.log.push(line);
        const address = /server\.started.*?address"?[=:]"?([^\s",]+)/.exec(line);
        if (address) resolve(address[1]);
      });
      this.exited.then(([code]) => reject(new Error(`fleethook ended with ${code}: ${this.log.join('\n')}`)));
    });
    this.address = await started;
    this.url = `http://${this.address}`;
    this.port = Number(this.address.split(':').pop());
  }

  async kill(signal = 'SIGKILL') {
    this.process.kill(signal);
    const [code] = await this.exited;
    return code;
  }

  async restart() {
    await this.kill('SIGKILL');
    await this.spawn();
  }

  async close() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill('SIGKILL');
    fs.rmSync(path.dirname(this.data), { recursive: true, force: true });
  }

  // -> {status, headers, body}; body is parsed when it is JSON.
  async request(method, target, body, headers = {}) {
    const raw = typeof body === 'string';
    const response = await fetch(this.url + target, {
      method,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body !== undefined && !raw ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
    });
    const text = await response.text();
    let parsed = text;
    try {
      parsed = JSON.parse(text);
    } catch {}
    return { status: response.status, headers: response.headers, body: parsed };
  }

  async ok(method, target, body, headers) {
    const answer = await this.request(method, target, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  // An organization with products; gives {org, products: [{id, slug}]}.
  async organization(slug, count = 2) {
    await this.ok('POST', '/v1/orgs', { name: slug, slug });
    const products = [];
    for (let i = 1; i <= count; i++) {
      const made = await this.ok('POST', `/v1/orgs/${slug}/products`, { product: { name: `${slug} product ${i}`, platform_id: 13 } });
      products.push(made.product);
    }
    return { slug, products };
  }

  publish(product, name, data, more = {}) {
    return this.ok('POST', `/v1/products/${product}/events`, { name, data, private: true, ...more });
  }

  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((l) => l.startsWith(`${name} `));
    return line ? Number(line.split(' ')[1]) : undefined;
  }

  // All of one name that differ in one label: {value of the label: number}.
  async metrics(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Object.fromEntries([...text.matchAll(new RegExp(`^${name}\\{\\w+="([^"]*)"\\} (\\S+)$`, 'gm'))].map(([, label, number]) => [label, Number(number)]));
  }
}

// A receiver of webhooks. `answer(request, index)` gives {status, headers, body}, or 'hang', 'close' or 'reset'.
export class Receiver {
  static async start(answer = () => ({ status: 200 }), { server, host = '127.0.0.1' } = {}) {
    const self = new Receiver();
    self.requests = [];
    self.answer = answer;
    self.server = server ?? http.createServer();
    self.server.on('request', (request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const seen = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString('latin1') };
        seen.text = Buffer.concat(chunks).toString('utf8');
        self.requests.push(seen);
        const reply = self.answer(seen, self.requests.length - 1) ?? { status: 200 };
        if (reply === 'hang') return;
        if (reply === 'close') return request.socket.destroy();
        if (reply === 'reset') return request.socket.resetAndDestroy?.() ?? request.socket.destroy();
        response.writeHead(reply.status ?? 200, reply.headers ?? {});
        response.end(reply.body ?? '');
      });
    });
    self.server.keepAliveTimeout = 60000;
    self.server.listen(0, host);
    await once(self.server, 'listening');
    self.port = self.server.address().port;
    self.url = `http://${host.includes(':') ? `[${host}]` : host}:${self.port}`;
    return self;
  }

  received(count, ms) {
    return until(`${count} requests (have ${this.requests.length})`, () => this.requests.length >= count && this.requests, ms);
  }

  async close() {
    this.server.closeAllConnections?.();
    this.server.close();
  }
}

// Reads server-sent events: events is a list of {name, ...data}.
export class Stream {
  static async open(fleethook, target) {
    const self = new Stream();
    self.events = [];
    self.bytes = '';
    self.chunks = [];
    self.request = http.get(fleethook.url + target, { headers: { authorization: `Bearer ${fleethook.token}` } });
    const [response] = await once(self.request, 'response');
    self.status = response.statusCode;
    self.headers = response.headers;
    response.setEncoding('utf8');
    let rest = '';
    response.on('data', (text) => {
      self.chunks.push({ at: Date.now(), text });
      self.bytes += text;
      rest += text;
      for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
        const block = rest.slice(0, end).split('\n');
        const name = block.find((l) => l.startsWith('event: '))?.slice(7);
        const data = block.find((l) => l.startsWith('data: '))?.slice(6);
        if (name) self.events.push({ name, ...JSON.parse(data) });
      }
    });
    response.on('error', () => {});
    self.request.on('error', () => {});
    await until('the greeting', () => self.bytes.startsWith(':ok\n\n') || self.status !== 200);
    return self;
  }

  named(name, ms) {
    return until(`event ${name}, have ${this.events.map((e) => e.name)}`, () => this.events.find((e) => e.name === name), ms);
  }

  close() {
    this.request.destroy();
  }
}
