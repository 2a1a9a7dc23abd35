// Deliveries that were given up are found, and delivered again: each once, at a rate, through kills of the server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';

let fleethook, organization, one, two, receiver, mood, hook;
const at = (path = '') => `/v1/orgs/${organization.slug}${path}`;
const letters = async (query = '') => (await fleethook.ok('GET', at(`/dead_letters${query}`))).dead_letters;
const replayOf = async (number) => (await fleethook.ok('GET', at(`/replays/${number}`))).replay;
const ended = (number, seconds = 30) =>
  until(`replay ${number} to be done`, async () => {
    const replay = await replayOf(number);
    return replay.state === 'done' && replay;
  }, seconds * 1000);
const addsUp = async () => {
  const count = async (state) => (await fleethook.metric(`fleethook_ledger_deliveries{state="${state}"}`)) ?? 0;
  const [created, ...rest] = await Promise.all(['created', 'success', 'error', 'sleep', 'cancelled', 'waiting', 'held'].map(count));
  assert.equal(created, rest.reduce((a, b) => a + b), 'created is the sum of all others');
};
const bodies = () => receiver.requests.map(({ text }) => text);

before(async () => {
  fleethook = await Fleethook.start();
  organization = await fleethook.organization('replays', 2);
  [one, two] = organization.products;
  mood = () => ({ status: 500 });
  receiver = await Receiver.start((request) => mood(request));
  hook = await fleethook.ok('POST', at('/integrations'), {
    integration_type: 'Webhook', event: 'alarm', url: `${receiver.url}/in`, product_ids: [one.id, two.id], finalStatuses: ['4xx', '5xx'],
    body: '{{{PARTICLE_EVENT_VALUE}}}',
  });
});
after(async () => {
  await fleethook?.close();
  await receiver?.close();
});

describe('dead letters', () => {
  test('are found by device, status, text and product, opened and exported', async () => {
    await fleethook.publish(one.id, 'alarm/door', 'the front door');
    await fleethook.publish(two.id, 'alarm/window', 'the window');
    await until('two letters', async () => (await letters()).length === 2);
    const [found] = await letters('?text=FRONT&status=5xx&device=api');
    assert.equal(found.event.name, 'alarm/door');
    assert.equal(found.error, '5xx');
    assert.equal(found.product.id, one.id);
    assert.equal((await letters(`?product=${two.slug}`)).length, 1);
    const { dead_letter } = await fleethook.ok('GET', at(`/dead_letters/${found.id}`));
    assert.equal(dead_letter.event.data, 'the front door');
    const exported = await fleethook.request('GET', at('/dead_letters/export'));
    assert.equal(exported.headers.get('content-type'), 'application/x-ndjson');
    const lines = exported.body.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ event }) => event.data), ['the front door', 'the window']);
  });

  test('are replayed one by one, by the version that runs now, and marked', async () => {
    const [window] = await letters('?event=alarm/window');
    receiver.requests.length = 0;
    mood = () => ({ status: 200 });
    const { replay } = await fleethook.ok('POST', at('/replays'), { ids: [window.id] });
    assert.equal(replay.found, 1);
    const done = await ended(replay.number);
    assert.equal(done.success, 1);
    assert.deepEqual(bodies(), ['the window']);
    assert.deepEqual((await letters('?replayed=false')).map(({ event }) => event.name), ['alarm/door']);
    assert.equal((await letters('?replayed=true'))[0].replayed, replay.number);
    await addsUp();
  });

  test('that fail again are letters of the replay', async () => {
    mood = () => ({ status: 503 });
    const { replay } = await fleethook.ok('POST', at('/replays'), { filter: { event: 'alarm/door' } });
    const done = await ended(replay.number);
    assert.equal(done.error, 1);
    const again = await letters('?replayed=false');
    assert.deepEqual(again.map(({ replay, status }) => [replay, status]), [[done.number, 503]]);
    await addsUp();
  });
});

// By an answer that says nothing of the receiver: after many 5xx it would be spared, and the rest would wait.
describe('a replay', () => {
  test('of many goes on after kills, brings each letter, and none that was taken before', async () => {
    mood = () => ({ status: 422 });
    const many = 600;
    const data = (n) => ({ name: 'alarm', data: `n${n}` });
    await fleethook.ok('POST', `/v1/products/${one.id}/events/batch`, Array.from({ length: many }, (_, n) => data(n)));
    await until('all to fail', async () => {
      const { would_replay } = await fleethook.ok('POST', at('/replays'), { filter: { text: 'n', product: one.slug }, dry_run: true });
      return would_replay >= many;
    }, 60000);
    receiver.requests.length = 0;
    mood = () => ({ status: 200 });
    const { replay } = await fleethook.ok('POST', at('/replays'), { filter: { product: one.slug, event: 'alarm' }, rate: 200 });
    for (let kill = 0; kill < 3; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await fleethook.restart();
    }
    const done = await ended(replay.number, 60);
    assert.equal(done.placed, done.found);
    assert.equal(done.success, done.found, JSON.stringify(done));
    const seen = new Set(bodies());
    for (let n = 0; n < many; n++) assert.ok(seen.has(`n${n}`), `n${n} came`);
    await addsUp();
  });

  test('keeps its rate, waits while it is paused, and takes nothing more once it is cancelled', async () => {
    mood = () => ({ status: 422 });
    await fleethook.ok('POST', `/v1/products/${two.id}/events/batch`, Array.from({ length: 60 }, (_, n) => ({ name: 'alarm/slow', data: `s${n}` })));
    await until('all to fail', async () => (await letters('?event=alarm/slow&per_page=100')).length === 60, 30000);
    mood = () => ({ status: 200 });
    const { replay } = await fleethook.ok('POST', at('/replays'), { filter: { event: 'alarm/slow' }, rate: 5 });
    await until('some to be placed', async () => (await replayOf(replay.number)).placed > 2);
    const paused = (await fleethook.ok('POST', at(`/replays/${replay.number}/pause`))).replay;
    assert.equal(paused.state, 'paused');
    const { placed } = await until('it to rest', async () => {
      const now = await replayOf(replay.number);
      return now.waiting === 0 && now;
    });
    assert.ok(placed < 60, `${placed} placed at 5 a second`);
    const cancelled = (await fleethook.ok('POST', at(`/replays/${replay.number}/cancel`))).replay;
    assert.equal(cancelled.state, 'cancelled');
    const refused = await fleethook.request('POST', at(`/replays/${replay.number}/resume`));
    assert.equal(refused.status, 409);
    assert.ok((await letters('?event=alarm/slow&replayed=false&per_page=100')).length >= 40);
    await addsUp();
  });

  test('of what a deleted integration left goes to another one', async () => {
    mood = () => ({ status: 422 });
    const short = await fleethook.ok('POST', at('/integrations'), {
      integration_type: 'Webhook', event: 'gone', url: `${receiver.url}/old`, product_ids: [one.id], finalStatuses: ['4xx'],
    });
    await fleethook.publish(one.id, 'gone', 'kept');
    await until('the letter', async () => (await letters('?event=gone')).length === 1);
    await fleethook.ok('DELETE', at(`/integrations/${short.id}`));
    const [left] = await letters('?event=gone');
    assert.equal(left.integration.deleted, true);
    mood = () => ({ status: 200 });
    receiver.requests.length = 0;
    const own = await fleethook.ok('POST', at('/replays'), { ids: [left.id] });
    assert.equal((await ended(own.replay.number)).skipped, 1);
    const { replay } = await fleethook.ok('POST', at('/replays'), { ids: [left.id], integration: hook.id });
    assert.equal((await ended(replay.number)).success, 1);
    assert.deepEqual(receiver.requests.map(({ url }) => url), ['/in']);
    assert.deepEqual(bodies(), ['kept']);
  });
});

describe('events of a time range', () => {
  test('are delivered again by one integration, whatever came of them, each once through kills', async () => {
    mood = () => ({ status: 200 });
    const beats = await fleethook.ok('POST', at('/integrations'), {
      integration_type: 'Webhook', event: 'beat', url: `${receiver.url}/beats`, product_ids: [one.id], body: '{{{PARTICLE_EVENT_VALUE}}}',
    });
    const from = new Date().toISOString();
    receiver.requests.length = 0;
    const names = Array.from({ length: 40 }, (_, index) => `beat ${String(index).padStart(2, '0')}`);
    for (const name of names) await fleethook.publish(one.id, 'beat', name);
    await fleethook.publish(two.id, 'beat', 'of another product');
    await until('all of them', () => receiver.requests.length === names.length);
    receiver.requests.length = 0;
    const events = { from, event: 'beat' };
    const counted = await fleethook.ok('POST', at('/replays'), { events, integration: beats.id, dry_run: true });
    assert.equal(counted.would_replay, names.length);
    const { replay } = await fleethook.ok('POST', at('/replays'), { events, integration: beats.id, rate: 20 });
    await until('some of them again', () => receiver.requests.length >= 10);
    await fleethook.restart();
    const done = await ended(replay.number, 60);
    assert.equal(done.placed, names.length);
    assert.equal(done.success, names.length);
    assert.deepEqual([...new Set(bodies())].sort(), names);
    assert.ok(receiver.requests.length <= names.length + 16, `${receiver.requests.length}: twice comes only what was under way`);
    await addsUp();
    assert.equal((await fleethook.ok('POST', at('/replays'), { events, integration: beats.id, dry_run: true })).would_replay, names.length, 'what a replay brought is not counted');
  });
});
