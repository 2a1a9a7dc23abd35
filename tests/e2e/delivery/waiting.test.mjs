// What people see of deliveries that wait and of receivers that fail, and what they do about it: over the API, with real receivers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';

let fleethook, organization, one, receiver, mood, hook;
const at = (path = '') => `/v1/orgs/${organization.slug}${path}`;
const ofHook = (path) => at(`/integrations/${hook.id}${path}`);
const health = async () => (await fleethook.ok('GET', ofHook('/health'))).placements[0];
const publish = (data) => fleethook.publish(one.id, 'alarm', data);
const bodies = () => receiver.requests.map((request) => request.body);

before(async () => {
  fleethook = await Fleethook.start();
  organization = await fleethook.organization('waiting', 1);
  [one] = organization.products;
  mood = () => ({ status: 200 });
  receiver = await Receiver.start((request) => mood(request));
  hook = await fleethook.ok('POST', at('/integrations'), {
    integration_type: 'Webhook', name: 'Desk', event: 'alarm', url: `${receiver.url}/in`, product_ids: [one.id], body: '{{{PARTICLE_EVENT_VALUE}}}',
  });
});
after(async () => {
  await fleethook?.close();
  await receiver?.close();
});

describe('a receiver that fails', () => {
  let waiting;
  test('is told of: in health, as an outage that lasts, in the log and in metrics', async () => {
    mood = () => ({ status: 500 });
    waiting = [await publish('1'), await publish('2'), await publish('3')];
    await until('the outage', async () => (await health()).outages.length > 0, 90_000);
    const placement = await health();
    assert.equal(placement.health, 'failing');
    assert.equal(placement.waiting, 3);
    assert.equal(placement.outages[0].destination, receiver.url);
    assert.equal(placement.outages[0].status, 500);
    assert.equal(placement.outages[0].ended_at, null);
    const { outages } = await fleethook.ok('GET', at('/outages?lasting=true'));
    assert.equal(outages[0].integration.id, hook.id);
    const list = await fleethook.ok('GET', at('/integrations'));
    assert.equal((list.integrations ?? list).find((each) => each.id === hook.id).health, 'failing', 'though no delivery has ended yet');
    assert.match(fleethook.log.join('\n'), /delivery\.receiver_failing/);
    assert.equal(await fleethook.metric('fleethook_outages_total'), 1);
  });

  test('gets one delivery at once when somebody asks for it, and the others when it is back', async () => {
    mood = () => ({ status: 200 });
    receiver.requests.length = 0;
    const counted = await fleethook.ok('POST', at(`/event_log/${waiting[1].id}/try_now`), { integration: hook.id });
    assert.equal(counted.deliveries, 1);
    await until('all three', async () => new Set(bodies()).size === 3, 30_000);
    assert.equal(bodies()[0], '2');
    await until('the end of the outage', async () => (await health()).outages.length === 0, 30_000);
    const { outages } = await fleethook.ok('GET', at(`/outages?integration=${hook.id}`));
    assert.ok(Date.parse(outages[0].ended_at) >= Date.parse(outages[0].began_at));
    assert.match(fleethook.log.join('\n'), /delivery\.receiver_recovered/);
  });
});

describe('what waits', () => {
  test('is tried now, whatever its back-off, and is only counted with dry_run', async () => {
    mood = () => ({ status: 503, headers: { 'Retry-After': '3000' } });
    await publish('4');
    await until('the refusal', async () => bodies().includes('4'), 30_000);
    mood = () => ({ status: 200 });
    receiver.requests.length = 0;
    assert.equal((await fleethook.ok('POST', ofHook('/waiting/try_now'), { dry_run: true })).deliveries, 1);
    const destination = (await fleethook.ok('GET', at('/destinations'))).destinations.find((each) => each.destination === receiver.url);
    assert.equal(destination.placements[0].breaker.state, 'open');
    await fleethook.ok('POST', at(`/destinations/${destination.id}/try_now`), {});
    await until('it', async () => bodies().includes('4'), 30_000);
  });

  test('goes by the version that runs now: a typo in a URL does not condemn it', async () => {
    await fleethook.ok('PATCH', ofHook(''), { url: 'http://127.0.0.1:9/typo' });
    for (let i = 0; i < 20; ++i) await publish(`typo-${i}`);
    await fleethook.ok('PATCH', ofHook(''), { url: `${receiver.url}/mended` });
    receiver.requests.length = 0;
    assert.equal((await health()).waiting, 20);
    assert.equal((await fleethook.ok('POST', ofHook('/waiting/move'), {})).deliveries, 20);
    await until('all of it', async () => new Set(bodies()).size === 20, 30_000);
    assert.ok(receiver.requests.every((request) => request.url === '/mended'));
    await until('nothing to wait', async () => (await health()).waiting === 0, 30_000);
  });

  test('is cancelled: one delivery, or all of it; each leaves a dead letter', async () => {
    mood = () => ({ status: 500 });
    const first = await publish('c1');
    await publish('c2');
    await publish('c3');
    assert.equal((await fleethook.ok('POST', at(`/event_log/${first.id}/cancel`), { integration: hook.id })).deliveries, 1);
    await until('its end', async () => (await health()).waiting === 2, 30_000);
    const again = await fleethook.request('POST', at(`/event_log/${first.id}/cancel`), { integration: hook.id });
    assert.equal(again.status, 409);
    assert.equal((await fleethook.ok('POST', ofHook('/waiting/cancel'), {})).deliveries, 2);
    await until('nothing to wait', async () => (await health()).waiting === 0, 30_000);
    const { dead_letters: letters } = await fleethook.ok('GET', at(`/dead_letters?integration=${hook.id}`));
    assert.equal(letters.length, 3);
  });
});
