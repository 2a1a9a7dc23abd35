// The sample organization of `fleethook demo`, running. `demo.there` is what its first line says: url, username, password, access_token, users,
// organization, products, integrations ({name: id}), other_organization, other_product, sandbox_integration.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import readline from 'node:readline';
import { binary, temporaryFolder } from './fleethook.mjs';

export class Demo {
  static async start(args = ['--listen', '127.0.0.1:0']) {
    const self = new Demo();
    self.parent = temporaryFolder();
    self.process = spawn(binary, ['demo', '--json', ...args], { env: { ...process.env, TMPDIR: self.parent }, stdio: ['ignore', 'pipe', 'pipe'] });
    self.errors = '';
    self.process.stderr.on('data', (text) => (self.errors += text));
    self.exited = once(self.process, 'exit');
    self.lines = [];
    const reader = readline.createInterface({ input: self.process.stdout });
    self.closed = once(reader, 'close');
    const first = new Promise((resolve, reject) => {
      reader.on('line', (line) => {
        self.lines.push(line);
        resolve(line);
      });
      self.closed.then(() => reject(new Error(`fleethook demo ended: ${self.errors}`)));
    });
    self.there = JSON.parse(await first);
    self.token = self.there.access_token;
    return self;
  }

  // -> what is answered, parsed; anything but 2xx throws.
  async ok(method, target, body, token = this.token) {
    const response = await fetch(this.there.url + target, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
  get(target, token) {
    return this.ok('GET', target, undefined, token);
  }

  // Ends it as Ctrl-C does; gives its exit code and what it counted.
  async stop() {
    this.process.kill('SIGINT');
    const [code] = await this.exited;
    await this.closed;
    return { code, counted: this.lines.length > 1 ? JSON.parse(this.lines.at(-1)) : undefined, left: fs.readdirSync(this.parent) };
  }

  async close() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await this.exited;
    }
    fs.rmSync(this.parent, { recursive: true, force: true });
  }
}
