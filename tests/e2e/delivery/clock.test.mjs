// The wall clock of the server is set while things wait: nothing comes late or ends because of it, and events are found all the same.
// A library that is compiled here stands between the server and the clock of the machine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Fleethook, Receiver, binary, init, repository, temporaryFolder, until } from '../support/fleethook.mjs';

const library = path.join(temporaryFolder(), 'wall_clock.so');
const source = path.join(repository, 'tests/e2e/support/wall_clock.cc');
const compiled = spawnSync('g++', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { encoding: 'utf8' });
const needs = { skip: compiled.error !== undefined && 'needs g++' };

// A server whose wall clock is set by `set(hours)`, relative to the machine's. Its steady clock is the machine's.
async function start() {
  assert.equal(compiled.status, 0, compiled.stderr);
  const data = path.join(temporaryFolder(), 'data');
  const credentials = init(data);
  const server = Object.assign(new Fleethook(), { data, credentials, token: credentials.access_token, args: ['--allow-egress', '127.0.0.0/8'] });
  const file = path.join(data, '..', 'clock');
  server.set = (hours) => {
    const seconds = Buffer.alloc(8);
    seconds.writeBigInt64LE(BigInt(hours * 3600));
    const open = fs.openSync(file, fs.existsSync(file) ? 'r+' : 'w');
    fs.writeSync(open, seconds, 0, 8, 0);  // in place: the server has it mapped
    fs.closeSync(open);
  };
  server.shows = async () => Math.round((Date.parse((await fetch(`${server.url}/healthz`)).headers.get('date')) - Date.now()) / 3600000);
  const program = path.join(data, '..', 'server');
  fs.writeFileSync(program, `#!/bin/sh\nexec env LD_PRELOAD=${library} WALL_CLOCK_FILE=${file} ${binary} "$@"\n`, { mode: 0o755 });
  server.spawnSet = () => server.spawn(program);
  server.set(0);
  await server.spawnSet();
  return server;
}

const waiting = async (server) => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return text.split('\n').filter((line) => /^fleethook_queue_(ready|retry)_deliveries /.test(line)).reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
};

test('what waits comes in time and none of it ends, though the clock is set back by a day and forward by four', needs, async () => {
  let well = false;
  const receiver = await Receiver.start(() => ({ status: well ? 200 : 500 }));
  const server = await start();
  try {
    const { products } = await server.organization('clock', 1);
    const product = products[0].id;
    await server.ok('POST', `/v1/products/${product}/webhooks`, { event: 'waits', url: `${receiver.url}/waits`, retryDelays: [2] });
    for (let i = 0; i < 100; i++) await server.publish(product, 'waits', String(i));
    await until('attempts', () => receiver.requests.length >= 10);
    assert.equal(await waiting(server), 100);
    for (const offset of [-24, 96, -24]) {
      server.set(offset);
      assert.equal(await server.shows(), offset);
      const before = receiver.requests.length;
      await until(`attempts at ${offset}`, () => receiver.requests.length > before, 30000);
      assert.equal(await waiting(server), 100, 'nothing has ended');
    }
    // Across a restart, killed and in good order: the server finds another clock than it left.
    for (const [offset, signal] of [[96, 'SIGKILL'], [-24, 'SIGTERM']]) {
      await server.kill(signal);
      server.set(offset);
      await server.spawnSet();
      const before = receiver.requests.length;
      await until(`attempts after a restart at ${offset}`, () => receiver.requests.length > before, 30000);
      assert.equal(await waiting(server), 100, 'nothing has ended');
    }
    well = true;
    await until('all of them', async () => (await waiting(server)) === 0, 60000);
    const bodies = new Set(receiver.requests.slice(-200).map((request) => request.text));
    assert.ok(bodies.size >= 100);
  } finally {
    await receiver.close();
    await server.close();
  }
});

test('events are found by their ids after the clock was set, at once and after a restart', needs, async () => {
  const server = await start();
  try {
    const { products } = await server.organization('clock', 1);
    const settings = { integration_type: 'Webhook', event: 'seen', url: 'http://127.0.0.1:9/', product_ids: [products[0].id] };
    const { id } = await server.ok('POST', '/v1/orgs/clock/integrations', settings);
    const ids = [];
    const findAll = async (when) => {
      for (const one of ids) {
        const { previews } = await server.ok('POST', `/v1/orgs/clock/integrations/${id}/preview`, { event_id: one });
        assert.equal(previews[0].error, null, when);
      }
    };
    for (const offset of [0, -24, 96, 1]) {
      server.set(offset);
      for (let i = 0; i < 3; i++) ids.push((await server.publish(products[0].id, 'other', String(i))).id);
      await findAll(`at once at ${offset}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2500));  // it has seen by now that the clock was set
    await findAll('later');
    await server.kill('SIGKILL');
    await server.spawnSet();
    await findAll('after a restart');
    const shown = await server.publish(products[0].id, 'other', 'now');
    ids.push(shown.id);
    await findAll('of after it');
  } finally {
    await server.close();
  }
});
