// README.md, docs/webhooks.md and docs/sharing.md, followed: their shell blocks run command by command in one bash against the real binary, and what they say
// that the receiver prints is what it prints.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { binary, repository, temporaryFolder, until } from './support/fleethook.mjs';

// Indented blocks of a page, from the heading `from` (or the start) to the next one of the same rank.
function blocks(page, from) {
  let text = fs.readFileSync(path.join(repository, page), 'utf8');
  if (from) text = text.slice(text.indexOf(`\n## ${from}\n`) + 1).replace(/^(## [^\n]*\n[^]*?)\n## [^]*$/, '$1');
  const found = [];
  for (const part of text.split(/\n\n(?=    \S)/).slice(1)) {
    const lines = [];
    for (const line of part.split('\n')) {
      if (line !== '' && !line.startsWith('    ')) break;
      lines.push(line.slice(4));
    }
    found.push(lines.join('\n').trim());
  }
  return found;
}

// The commands of a block, each with what the receiver prints after it (a list of lists of words).
function commands(block) {
  const found = [];
  let command = '';
  for (const line of block.split('\n')) {
    const printed = /^# -> (.*)/.exec(line);
    if (printed) {
      found.at(-1).prints.push(printed[1].split(/ {2,}/));
      continue;
    }
    command += `${line}\n`;
    if (spawnSync('bash', ['-n', '-c', command]).status !== 0) continue;
    if (command.trim() !== '') found.push({ command, prints: [] });
    command = '';
  }
  assert.equal(command, '', 'a command that does not end with its block');
  return found;
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// One bash, as a reader has it: commands go in one by one, and each must succeed.
class Shell {
  constructor(folder) {
    this.child = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.shown = '';
    for (const output of [this.child.stdout, this.child.stderr]) output.on('data', (text) => (this.shown += text));
    this.child.stdin.write('set -o pipefail\n');
    this.count = 0;
  }
  async run(command) {
    const from = this.shown.length;
    const marker = `--ended-${++this.count}-with-`;
    this.child.stdin.write(`${command}\necho "${marker}$?"\n`);
    const ended = await until(`the end of: ${command}${this.shown.slice(from)}`, () => new RegExp(`${marker}(\\d+)`).exec(this.shown.slice(from)), 30000);
    const said = this.shown.slice(from, from + ended.index);
    assert.equal(ended[1], '0', `${command}\nended with ${ended[1]}:\n${said}`);
    assert.doesNotMatch(said, /"ok":false|command not found|curl: \(/, `${command}\n${said}`);
  }
  end() {
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {}
  }
}

describe('the pages can be followed', () => {
  let folder, shell, ports;

  before(async () => {
    folder = temporaryFolder();
    ports = { 8080: await freePort(), 9000: await freePort() };
    // Where the pages have the binary; it keeps apart what the receiver prints.
    fs.mkdirSync(path.join(folder, 'build/release'), { recursive: true });
    const wrapper = `#!/bin/sh\nif [ "$1" = receive ]; then exec '${binary}' "$@" >received.txt; fi\nexec '${binary}' "$@"\n`;
    fs.writeFileSync(path.join(folder, 'build/release/fleethook'), wrapper, { mode: 0o755 });
    shell = new Shell(folder);
  });
  after(() => {
    shell?.end();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  // Every request that came, in the order of coming.
  function requests() {
    const file = path.join(folder, 'received.txt');
    if (!fs.existsSync(file)) return [];
    return fs.readFileSync(file, 'utf8').split(/\n(?=(?:GET|POST|PUT|DELETE) \/)/).slice(1);
  }
  const here = (text) => text.replace(/\b(8080|9000)\b/g, (port) => ports[port]);
  let expected = 0;

  async function follow(page, from) {
    const found = blocks(page, from);
    assert.ok(found.length > 5, `${page} has ${found.length} blocks`);
    for (const { command, prints } of found.flatMap(commands)) {
      await shell.run(here(command));
      for (const words of prints) {
        const request = await until(`the receiver to print ${words}, after\n${command}`, () => requests()[expected]);
        for (const word of words) assert.ok(request.includes(here(word)), `after\n${command}\nthe receiver was to print ${word} and printed\n${request}`);
        ++expected;
      }
    }
    assert.equal(requests().length, expected, `more than ${page} says: ${requests().slice(expected)}`);
  }

  test('README, "Your own webhook in five minutes"', () => follow('README.md', 'Your own webhook in five minutes'));
  test('docs/webhooks.md, in the same bash', () => follow('docs/webhooks.md'));
  test('docs/sharing.md, in the same bash', () => follow('docs/sharing.md'));
});

describe('what the pages say of the binary', () => {
  // Options of others that pages name: of cmake, docker and this repository's own scripts.
  const ofOthers = ['--build', '--preset', '--target', '--ulimit'];

  test('names no option that it has not', () => {
    const help = (...words) => spawnSync(binary, [...words, '--help'], { encoding: 'utf8' }).stdout;
    const subcommands = [...help().matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name);
    assert.ok(subcommands.includes('serve'));
    const known = new Set([...subcommands.map((name) => help(name)), help()].flatMap((text) => text.match(/--[a-z][a-z-]+/g) ?? []));
    const pages = ['README.md', ...fs.readdirSync(path.join(repository, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
    const unknown = pages.flatMap((page) =>
      [...fs.readFileSync(path.join(repository, page), 'utf8').matchAll(/`(--[a-z][a-z-]+)/g)].map(([, option]) => `${page}: ${option}`),
    ).filter((said) => !known.has(said.split(' ')[1]) && !ofOthers.includes(said.split(' ')[1]));
    assert.deepEqual(unknown, []);
  });
});
