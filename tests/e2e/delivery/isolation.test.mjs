// Placements of one destination do not keep each other waiting; an outage is over when it is over; a receiver that says
// when to come back, or never, is obeyed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleethook, Receiver, until } from '../support/fleethook.mjs';

let fleethook, receiver, org;
const answers = new Map(); // by path
const arrivals = []; // {path, at, sent}: when it came, and when its event was published

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => {
    const path = request.url.split('?')[0];
    arrivals.push({ path, at: Date.now(), sent: Number(request.text), attempt: request.headers['fleethook-attempt'] });
    return answers.get(path) ?? { status: 200 };
  });
  org = await fleethook.organization('acme', 2);
});
after(async () => {
  await receiver.close();
  await fleethook.close();
});

const [pause, first] = [(ms) => new Promise((resolve) => setTimeout(resolve, ms)), () => org.products[0]];
const hook = (path, more = {}) =>
  fleethook.ok('POST', `/v1/products/${first().id}/webhooks`, {
    event: `${path.slice(1)}/`, url: receiver.url + path, body: '{{{PARTICLE_EVENT_VALUE}}}', ...more,
  });
const to = (path) => arrivals.filter((one) => one.path === path);
const publish = (path, product = first()) => fleethook.publish(product.id, `${path.slice(1)}/x`, String(Date.now()));
// So many a second of each path, for `ms`.
async function publishFor(ms, rates) {
  const owed = new Map();
  const sent = [];
  for (const end = Date.now() + ms; Date.now() < end; await pause(50)) {
    for (const [path, rate] of Object.entries(rates)) {
      owed.set(path, (owed.get(path) ?? 0) + rate / 20);
      for (; owed.get(path) >= 1; owed.set(path, owed.get(path) - 1)) sent.push(publish(path).then(() => path));
    }
  }
  const all = await Promise.all(sent);
  return (path) => all.filter((one) => one === path).length;
}
const lane = async () => (await fleethook.ok('GET', '/v1/instance')).lanes.find((one) => one.port === receiver.port);
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const took = (path) => to(path).map((one) => one.at - one.sent);

test('a silent path does not keep the others of its host waiting', async () => {
  answers.set('/silent', 'hang');
  await hook('/silent');
  await hook('/good');
  const published = await publishFor(6000, { '/silent': 20, '/good': 20 });
  await until('the last of the good path', () => to('/good').length === published('/good'), 2000);
  const times = took('/good');
  assert.ok(median(times) < 100, `median ${median(times)} ms`);
  assert.ok(to('/silent').length <= 52, 'and something is left of the attempts');
});

test('a noisy product does not keep a quiet one waiting', async () => {
  const [noisy, quiet] = org.products;
  const path = '/shared';
  answers.set(path, { status: 200 });
  await fleethook.ok('POST', '/v1/orgs/acme/integrations', {
    integration_type: 'Webhook', event: 'shared/', url: receiver.url + path, body: '{{{PARTICLE_EVENT_VALUE}}}', product_ids: [noisy.id, quiet.id], rate: 200,
  });
  // Ten seconds of work for the noisy one.
  const batch = Array.from({ length: 1000 }, () => ({ name: 'shared/x', data: '0' }));
  for (let i = 0; i < 2; i++) await fleethook.ok('POST', `/v1/products/${noisy.id}/events/batch`, batch);
  await pause(300);
  for (let i = 0; i < 20; i++) {
    await publish(path, quiet);
    await pause(50);
  }
  const ofQuiet = () => to(path).filter((one) => one.sent > 0);
  await until('what the quiet one published', () => ofQuiet().length === 20, 3000);
  const times = ofQuiet().map((one) => one.at - one.sent);
  assert.ok(median(times) < 500, `median ${median(times)} ms`);
  assert.ok(to(path).length < 2000, 'the noisy one is still busy');
});

test('a receiver that fails is spared, says so, and gets what waited when it is back', async () => {
  answers.set('/down', 'close');
  const made = await hook('/down');
  const published = await publishFor(4000, { '/down': 40 });
  const seen = await until('the open breaker', async () => {
    const now = await lane();
    return now?.breakers.some((one) => one.integration_id === made.id) && now;
  });
  const breaker = seen.breakers.find((one) => one.integration_id === made.id);
  assert.equal(breaker.product_id, first().id);
  assert.match(breaker.reason, /ECONNRESET|hang up/);
  assert.ok(['open', 'half_open'].includes(breaker.state));
  assert.ok(Date.parse(breaker.next_try_at) - Date.now() <= 10_000);
  assert.ok(fleethook.log.some((line) => line.includes('delivery.breaker_opened')), 'the log says so');
  assert.ok(to('/down').length < 80, `${to('/down').length} attempts for ${published('/down')} events`);
  answers.delete('/down');
  const back = Date.now();
  await until('everything', async () => {
    const { integration } = await fleethook.ok('GET', `/v1/products/${first().id}/integrations/${made.id}`);
    return integration.todayCounters.success === published('/down');
  }, 25_000);
  const tried = to('/down').filter((one) => one.at > back);
  assert.ok(tried.at(-1).at - tried[0].at < 5000, 'the first success brought all the others');
  const fresh = tried.filter((one) => one.attempt === '1').map((one) => one.sent);
  // So many are under way at once and may overtake each other; on a busy machine by any time.
  const inOrder = [...fresh].sort((one, other) => one - other);
  const ahead = Math.max(...fresh.map((sent, i) => inOrder.indexOf(sent) - i));
  assert.ok(ahead <= 64, `the oldest first, but one was ${ahead} ahead of its place among ${fresh.length}`);
  assert.equal((await lane()).breakers.some((one) => one.integration_id === made.id), false);
});

test('Retry-After holds the placement that it was told to, and no other', async () => {
  answers.set('/busy', { status: 429, headers: { 'Retry-After': '5' } });
  await hook('/busy');
  await publish('/busy');
  await until('the first', () => to('/busy').length === 1);
  const before = to('/good').length;
  const published = await publishFor(3000, { '/busy': 50, '/good': 10 });
  assert.equal(to('/busy').length, 1);
  await until('the good path', () => to('/good').length === before + published('/good'), 2000);
  answers.delete('/busy');
  await until('the rest', () => to('/busy').length === published('/busy') + 2, 10_000);
  const [told, next] = to('/busy');
  assert.ok(next.at - told.at >= 4900, `${next.at - told.at} ms`);
});

test('410 pauses the integration on this product until somebody resumes it', async () => {
  answers.set('/gone', { status: 410 });
  const made = await hook('/gone');
  await publish('/gone');
  const detail = () => fleethook.ok('GET', `/v1/products/${first().id}/integrations/${made.id}`);
  const paused = await until('the pause', async () => (await detail()).integration.products[0].paused);
  assert.equal(paused.mode, 'hold');
  assert.equal(paused.reason, 'the receiver answered 410 Gone');
  await publish('/gone');
  await publish('/gone');
  await pause(500);
  assert.equal(to('/gone').length, 1);
  answers.delete('/gone');
  await fleethook.ok('POST', `/v1/products/${first().id}/integrations/${made.id}/resume`);
  await until('what was held', () => to('/gone').length === 3);
});
