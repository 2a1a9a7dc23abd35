// Whose devices are, against those who would have them: whoever knows an id gets nothing of a fleet by it, whoever has a fleet gets nothing of
// a user by importing what is his, and whoever leaves takes nothing along. Streams are open while it happens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleethook, Receiver, Stream, until } from '../support/fleethook.mjs';
import { join } from '../support/team.mjs';

let fleethook, receiver, acme, other;
const users = {};
let devices = 0;

const freshDevice = () => `e00fce68${String(++devices).padStart(16, '0')}`;
const bearer = (user) => ({ authorization: `Bearer ${user.token}` });
const as = (user, method, target, body) => fleethook.request(method, target, body, bearer(user));
async function ok(user, method, target, body) {
  const answer = await as(user, method, target, body);
  assert.ok(answer.status < 300, `${method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
async function signUp(name) {
  const username = `${name}@example.com`;
  await fleethook.ok('POST', '/v1/users', { username, password: 'long enough' });
  const form = new URLSearchParams({ grant_type: 'password', username, password: 'long enough' }).toString();
  const { access_token } = await fleethook.ok('POST', '/oauth/token', form, { 'content-type': 'application/x-www-form-urlencoded' });
  users[name] = { username, url: fleethook.url, token: access_token };
  return users[name];
}
// `by` invites to the organization, `who` accepts.
const joins = (by, slug, who, role) => join(fleethook, `/v1/orgs/${slug}`, who.username, role, { by: by.token, token: who.token });
const publish = (user, product, name, device, data = 'x') => ok(user, 'POST', `/v1/products/${product.id}/events`, { name, data, as_device_id: device });
const importing = (user, product, body) => as(user, 'POST', `/v1/products/${product.id}/devices`, body);
const names = (stream) => stream.events.map((event) => event.name);

// A sandbox hook of the user that sends a secret of his, on every event that begins with `event`.
async function sandboxHook(user, event) {
  await ok(user, 'POST', '/v1/secrets', { name: 'MINE', value: `secret of ${user.username}` });
  await ok(user, 'POST', '/v1/webhooks', { event, url: `${receiver.url}/${event}`, body: '{{{MINE}}} {{{PARTICLE_EVENT_VALUE}}}', secrets: ['MINE'] });
}
const requests = (event) => receiver.requests.filter((request) => request.url === `/${event}`);

// Every stream on which a user may hope to see a device, opened as that user; those that are refused are none.
async function streamsOf(user, device) {
  return Promise.all(['/v1/devices/events', `/v1/devices/${device}/events`].map((path) => Stream.open(user, path)));
}
// `last` was published after all else and is seen by whoever owns the fleet: what is not there by then never comes.
async function sawNothing(streams, owners, product, name, device) {
  const control = `control-${name}`;
  const theirs = await Stream.open(owners, `/v1/products/${product.id}/events`);
  try {
    await publish(owners, product, control, device);
    await theirs.named(control);
    // The same loops serve these streams: an event of the caller's own goes the same way, behind it.
    for (const stream of streams) assert.deepEqual(names(stream).filter((one) => one.includes(name)), [], name);
  } finally {
    theirs.close();
  }
}

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start(() => ({ body: 'reply' }));
  for (const name of ['ann', 'eve', 'victim', 'bob', 'vic']) await signUp(name);
  const organization = async (user, slug) => {
    await ok(user, 'POST', '/v1/orgs', { name: slug, slug });
    const products = [];
    for (const n of [1, 2]) products.push((await ok(user, 'POST', `/v1/orgs/${slug}/products`, { product: { name: `${slug} ${n}`, platform_id: 13 } })).product);
    return { slug, products };
  };
  acme = await organization(users.ann, 'acme');
  other = await organization(users.eve, 'other');
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

test('who registers an id first sees nothing of the fleet it is imported into, and does not keep the fleet out', async () => {
  const { ann, eve } = users;
  const device = freshDevice();
  const [product] = acme.products;
  await ok(eve, 'POST', '/v1/devices', { id: device });
  await sandboxHook(eve, 'first');
  const streams = await streamsOf(eve, device);
  const { body: report } = await importing(ann, product, { id: device });
  assert.deepEqual([report.updatedDeviceIds, report.nonmemberDeviceIds], [[device], []]);
  await ok(ann, 'PUT', `/v1/products/${product.id}/devices/${device}`, { name: 'Cold room', groups: ['secret-group'], firmware_version: '7' });
  const { id } = await publish(ann, product, 'first/event', device);
  await sawNothing(streams, ann, product, 'first', device);
  assert.equal(requests('first').length, 0, 'her sandbox fires on nothing of it');
  for (const path of ['/v1/devices', `/v1/devices/${device}`]) {
    const seen = JSON.stringify(await ok(eve, 'GET', path));
    for (const word of ['Cold room', 'secret-group', String(product.id)]) assert.equal(seen.includes(word), false, `${path}: ${word}`);
  }
  const preview = await as(eve, 'POST', '/v1/integrations/preview', { event_id: id, settings: { integration_type: 'Webhook', event: 'first', url: `${receiver.url}/x` } });
  assert.equal(preview.status, 400, 'nor is a past event hers to look at');
  const facts = await as(eve, 'POST', '/v1/integrations/preview', { event: { name: 'first', device_id: device }, settings: { integration_type: 'Webhook', event: 'first', url: `${receiver.url}/x`, body: 'v{{{PRODUCT_VERSION}}}' } });
  assert.equal(JSON.stringify(facts.body).includes('v7'), false, 'nor what the fleet knows of the device');
  // Her own use of the id goes on, and is nothing to the fleet.
  const owners = await Stream.open(ann, `/v1/products/${product.id}/events`);
  await ok(eve, 'POST', '/v1/devices/events', { name: 'first/own', data: 'x', as_device_id: device });
  await streams[0].named('first/own');
  await streams[1].named('first/own');
  await until('her own hook', () => requests('first').length === 1);
  assert.equal(requests('first')[0].text, 'secret of eve@example.com x');
  await publish(ann, product, 'behind', device);
  await owners.named('behind');
  assert.deepEqual(names(owners).filter((name) => name.startsWith('first')), []);
  for (const stream of [...streams, owners]) stream.close();
});

test('a stranger cannot claim what is in a fleet', async () => {
  const { ann, eve } = users;
  const device = freshDevice();
  await importing(ann, acme.products[0], { id: device });
  const refused = await as(eve, 'POST', '/v1/devices', { id: device });
  assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden']);
  assert.match(refused.body.error_description, /belongs to a product that you are not a member of/);
  assert.deepEqual((await ok(eve, 'GET', '/v1/devices')).filter((one) => one.id === device), []);
});

test('importing for a victim is refused, whether the victim exists or not, and makes nothing', async () => {
  const { eve, victim } = users;
  const device = freshDevice();
  await sandboxHook(victim, 'forced');
  const [streams, [product]] = [await streamsOf(victim, device), other.products];
  for (const claim_user of [victim.username, 'nobody@example.com']) {
    const refused = await importing(eve, product, { id: device, claim_user });
    assert.equal(refused.status, 400);
    assert.match(refused.body.error_description, new RegExp(`claim_user: there is no user '${claim_user}' with the role Developer`));
    assert.equal((await as(eve, 'GET', `/v1/products/${product.id}/devices/${device}`)).status, 404, 'nothing is half done');
  }
  await importing(eve, product, { id: device });
  await publish(eve, product, 'forced/event', device);
  await sawNothing(streams, eve, product, 'forced', device);
  assert.equal(requests('forced').length, 0);
  for (const stream of streams) stream.close();
});

test('importing what a victim has claimed fires none of its hooks, shows none of its events, and cannot release it', async () => {
  const { eve, victim } = users;
  const device = freshDevice();
  const [product] = other.products;
  await ok(victim, 'POST', '/v1/devices', { id: device });
  await ok(victim, 'POST', '/v1/webhooks', { event: 'taken', url: `${receiver.url}/taken`, body: '{{{MINE}}}', secrets: ['MINE'] });
  const { id } = await ok(victim, 'POST', '/v1/devices/events', { name: 'before', data: 'x', as_device_id: device });
  await until('it was heard', async () => (await ok(victim, 'GET', `/v1/devices/${device}`)).last_heard !== null);
  const streams = await streamsOf(victim, device);
  assert.equal((await importing(eve, product, { id: device })).body.updated, 1);
  await publish(eve, product, 'taken/event', device);
  await sawNothing(streams, eve, product, 'taken', device);
  assert.equal(requests('taken').length, 0);
  const seen = await ok(eve, 'GET', `/v1/products/${product.id}/devices/${device}`);
  assert.equal(seen.owner, null, 'nor who has it');
  const told = await as(eve, 'POST', `/v1/products/${product.id}/explain`, { event_id: id });
  assert.equal(told.status, 400, 'nor what it did before');
  await ok(eve, 'DELETE', `/v1/products/${product.id}/devices/${device}/owner`);
  await ok(eve, 'DELETE', `/v1/products/${product.id}/devices/${device}`);
  assert.equal((await ok(victim, 'GET', `/v1/devices/${device}`)).owner, victim.username);
  const owners = await Stream.open(eve, `/v1/products/${product.id}/events`);
  await importing(eve, product, { id: device });
  await ok(victim, 'POST', '/v1/devices/events', { name: 'taken/own', data: 'x', as_device_id: device });
  await streams[0].named('taken/own');
  await until('its own hook', () => requests('taken').length === 1);
  await publish(eve, product, 'behind', device);
  await owners.named('behind');
  assert.deepEqual(names(owners), ['behind']);
  for (const stream of [...streams, owners]) stream.close();
});

test('a member who was put into a team and given a device gets nothing of it before he claims it himself', async () => {
  const { eve, victim } = users;
  const device = freshDevice();
  const [product] = other.products;
  await ok(victim, 'POST', '/v1/webhooks', { event: 'given', url: `${receiver.url}/given`, body: '{{{MINE}}} {{{PARTICLE_EVENT_VALUE}}}', secrets: ['MINE'] });
  await joins(eve, 'other', victim, 'Developer');
  const streams = await streamsOf(victim, device);
  assert.equal((await importing(eve, product, { id: device, claim_user: victim.username })).body.updated, 1);
  const meant = await ok(victim, 'GET', `/v1/devices/${device}`);
  assert.deepEqual([meant.owner, meant.claim_pending], [victim.username, true]);
  await publish(eve, product, 'given/1', device);
  await sawNothing(streams, eve, product, 'given', device);
  assert.equal(requests('given').length, 0);
  await ok(victim, 'POST', '/v1/devices', { id: device });
  assert.equal((await ok(victim, 'GET', `/v1/devices/${device}`)).claim_pending, false);
  await publish(eve, product, 'given/2', device, 'two');
  await streams[0].named('given/2');
  await until('the hook', () => requests('given').length === 1);
  assert.equal(requests('given')[0].text, `secret of ${victim.username} two`);
  await ok(eve, 'DELETE', `/v1/orgs/other/team/${victim.username}`);
  assert.deepEqual((await ok(victim, 'GET', '/v1/devices')).filter((one) => one.id === device), []);
  for (const stream of streams) stream.close();
});

// What ends a claim, and with it what streams that are open show, and hooks fire on.
const ends = {
  'leaving the team': (bob) => ok(bob, 'DELETE', `/v1/orgs/acme/team/${bob.username}`),
  'being removed from the team': (bob) => ok(users.ann, 'DELETE', `/v1/orgs/acme/team/${bob.username}`),
  'a lower role': (bob) => ok(users.ann, 'PUT', `/v1/orgs/acme/team/${bob.username}`, { role: 'View-only' }),
  'being released by the team': (_, device) => ok(users.ann, 'DELETE', `/v1/products/${acme.products[0].id}/devices/${device}/owner`),
  'the removal of the device': async (_, device) => {
    await ok(users.ann, 'DELETE', `/v1/products/${acme.products[0].id}/devices/${device}`);
    await importing(users.ann, acme.products[0], { id: device });
  },
};
for (const [what, end] of Object.entries(ends)) {
  test(`${what} ends what one sees of a fleet's device, at once and in streams that are open`, async () => {
    const { ann, bob } = users;
    const [product] = acme.products;
    const device = freshDevice();
    const name = `end${devices}`;
    await as(ann, 'DELETE', `/v1/orgs/acme/team/${bob.username}`);
    await joins(ann, 'acme', bob, 'Developer');
    await importing(ann, product, { id: device });
    await ok(bob, 'POST', '/v1/devices', { id: device });
    await as(bob, 'POST', '/v1/secrets', { name: 'MINE', value: 'x' });
    await ok(bob, 'POST', '/v1/webhooks', { event: name, url: `${receiver.url}/${name}` });
    const streams = await streamsOf(bob, device);
    const { id } = await publish(ann, product, `${name}/1`, device);
    for (const stream of streams) await stream.named(`${name}/1`);
    await until('his hook', () => requests(name).length === 1);
    await streams[0].named(`hook-sent/${name}/1`);
    await end(bob, device);
    const before = streams.map((stream) => stream.events.filter((event) => event.name === `${name}/2`).length);
    await publish(ann, product, `${name}/2`, device);
    await sawNothing([], ann, product, name, device);
    streams.forEach((stream, index) => assert.equal(stream.events.filter((event) => event.name === `${name}/2`).length, before[index], what));
    assert.equal(requests(name).length, 1, 'nor does his sandbox fire');
    assert.equal((await as(bob, 'GET', `/v1/devices/${device}`)).status, 404);
    const past = await as(bob, 'POST', '/v1/explain', { event_id: id });
    assert.equal(past.status, 400, 'nor is what it did before his to look at');
    assert.equal((await ok(ann, 'GET', `/v1/products/${product.id}/devices/${device}`)).owner, null);
    const { audit } = await ok(ann, 'GET', `/v1/products/${product.id}/audit`);
    assert.ok(audit.some((entry) => /^device\.(released|removed)$/.test(entry.action) && JSON.stringify(entry.changes).includes(bob.username)), 'the audit log names it');
    for (const stream of streams) stream.close();
  });
}

test('a member with a role that may only look claims nothing', async () => {
  const { ann, vic } = users;
  const device = freshDevice();
  await joins(ann, 'acme', vic, 'View-only');
  await importing(ann, acme.products[0], { id: device });
  const refused = await as(vic, 'POST', '/v1/devices', { id: device });
  assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden']);
  assert.match(refused.body.error_description, /needs the role Developer or higher; yours is View-only/);
  await ok(ann, 'DELETE', `/v1/orgs/acme/team/${vic.username}`);
  assert.equal((await as(vic, 'POST', '/v1/devices', { id: device })).status, 403);
});

test('a product that moves takes the claims of those who stay behind off its devices', async () => {
  const { ann, eve, bob } = users;
  const device = freshDevice();
  await as(ann, 'DELETE', `/v1/orgs/acme/team/${bob.username}`);
  await joins(ann, 'acme', bob, 'Developer');
  await joins(eve, 'other', ann, 'Administrator');
  const product = acme.products[1];
  await importing(ann, product, { id: device });
  await ok(bob, 'POST', '/v1/devices', { id: device });
  const [stream] = await streamsOf(bob, device);
  await publish(ann, product, 'moves/1', device);
  await stream.named('moves/1');
  await ok(ann, 'POST', `/v1/products/${product.id}/move`, { organization: 'other' });
  await publish(eve, product, 'moves/2', device);
  await sawNothing([], eve, product, 'moves', device);
  assert.deepEqual(names(stream).filter((name) => name.startsWith('moves/')), ['moves/1']);
  assert.equal((await as(bob, 'GET', `/v1/devices/${device}`)).status, 404);
  stream.close();
});

test('a deleted account leaves no claim behind', async () => {
  const { ann } = users;
  const gone = await signUp('gone');
  const [device, own] = [freshDevice(), freshDevice()];
  await joins(ann, 'acme', gone, 'Developer');
  await importing(ann, acme.products[0], { id: device });
  await ok(gone, 'POST', '/v1/devices', { id: device });
  await ok(gone, 'POST', '/v1/devices', { id: own });
  await ok(gone, 'DELETE', '/v1/user', { password: 'long enough' });
  assert.equal((await ok(ann, 'GET', `/v1/products/${acme.products[0].id}/devices/${device}`)).owner, null);
  await ok(users.bob, 'POST', '/v1/devices', { id: own });
});

test('what one has in the sandbox one takes along into a product of one\'s own, and has again when it leaves', async () => {
  const { eve } = users;
  const device = freshDevice();
  const [product] = other.products;
  await ok(eve, 'POST', '/v1/devices', { id: device });
  await importing(eve, product, { id: device });
  const mine = await ok(eve, 'GET', `/v1/devices/${device}`);
  assert.deepEqual([mine.owner, mine.product_id, mine.claim_pending], [eve.username, product.id, false]);
  const [stream] = await streamsOf(eve, device);
  await publish(eve, product, 'along', device);
  await stream.named('along');
  await ok(eve, 'PUT', `/v1/products/${product.id}/devices/${device}`, { name: 'fleet name' });
  await ok(eve, 'DELETE', `/v1/products/${product.id}/devices/${device}`);
  const again = await ok(eve, 'GET', `/v1/devices/${device}`);
  assert.deepEqual([again.product_id, again.name], [null, null]);
  stream.close();
});
