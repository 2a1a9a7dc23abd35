// What became of an event, as it is told by a server that is killed in between: attempts, ends, replays, and the way there from a device's name.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';

let fleethook, organization, one, receiver, mood, hook, event;
const device = 'e00fce680000000000000077';
const at = (path = '') => `/v1/orgs/${organization.slug}${path}`;
const trace = () => fleethook.ok('GET', at(`/event_log/${event}`));
const delivery = async (replay = null) => (await trace()).deliveries.find((each) => each.replay === replay);

before(async () => {
  fleethook = await Fleethook.start();
  organization = await fleethook.organization('trace', 1);
  [one] = organization.products;
  mood = () => ({ status: 503, body: 'not now' });
  receiver = await Receiver.start((request) => mood(request));
  hook = await fleethook.ok('POST', at('/integrations'), {
    integration_type: 'Webhook', name: 'Desk', event: 'alarm', url: `${receiver.url}/in`, product_ids: [one.id], finalStatuses: ['4xx'], retryDelays: [1, 1, 2],
  });
  await fleethook.ok('POST', `/v1/products/${one.id}/devices`, { id: device });
  await fleethook.ok('PUT', `/v1/products/${one.id}/devices/${device}`, { name: 'Boiler 7' });
  event = (await fleethook.publish(one.id, 'alarm/door', 'open', { as_device_id: device })).id;
});
after(async () => {
  await fleethook?.close();
  await receiver?.close();
});

describe('an event', () => {
  test('that waits tells what it was answered, and when it is tried next', async () => {
    await until('two attempts', async () => (await delivery())?.tries.length >= 2, 60000);
    const waiting = await delivery();
    assert.equal(waiting.state, 'waiting');
    assert.equal(waiting.waits_for, 'its next attempt');
    assert.equal(waiting.status, 503);
    assert.equal(waiting.error, '5xx');
    assert.ok(Date.parse(waiting.next_attempt_at) > Date.parse(waiting.tries[0].time));
    const { attempt } = await fleethook.ok('GET', at(`/attempts/${waiting.tries[0].id}`));
    assert.equal(attempt.response.body, 'not now');
    assert.equal(attempt.event.data, 'open');
  });

  test('is told of in the same way after kill -9, and by how it ended', async () => {
    mood = () => ({ status: 404 });
    await fleethook.restart();
    await until('the end', async () => (await delivery()).ended_at, 60000);
    const ended = await delivery();
    assert.equal(ended.state, 'error');
    assert.equal(ended.status, 404);
    assert.ok(ended.tries.length >= 3);
    assert.ok(ended.dead_letter !== null);
  });

  test('tells of what a replay made of it', async () => {
    mood = () => ({ status: 200 });
    const letter = (await delivery()).dead_letter;
    const { replay } = await fleethook.ok('POST', at('/replays'), { ids: [letter] });
    await until('the replay to be told of', async () => (await delivery(replay.number))?.state === 'success', 60000);
    assert.equal((await delivery()).state, 'error', 'the first one stays what it was');
    const { events } = await fleethook.ok('GET', at('/event_log?search=boiler%207'));
    assert.deepEqual(events.map((each) => each.replay), [replay.number, null]);
    assert.equal((await fleethook.ok('GET', at('/event_log?search=boiler%207&replays=false'))).events.length, 1);
  });

  test('is found again among many of others', async () => {
    const many = Array.from({ length: 200 }, (_, index) => index);
    for (let round = 0; round < 30; ++round) {
      await Promise.all(many.map((index) => fleethook.ok('POST', `/v1/products/${one.id}/events`, { name: 'noise', data: `${round}/${index}` })));
    }
    const found = await fleethook.ok('GET', at('/event_log?device=Boiler%207&per_page=10'));
    assert.equal(found.events.length, 2, 'in one request, past all of them');
    const text = await fleethook.ok('GET', at('/event_log?text=OPEN&per_page=10'));
    assert.ok(text.events.length === 2 || text.next_behind !== undefined);
  });
});
