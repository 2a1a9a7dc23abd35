// An organization that has something of everything, for the tests that look from another one. Every text in it that could be told from others has
// `word` in it, names, addresses and values alike.
import { until } from './fleethook.mjs';
import { join } from './team.mjs';

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const password = 'quite long enough';

export const scopesOf = async (fleethook) => {
  const { components } = await (await fetch(`${fleethook.url}/openapi.json`)).json();
  return components.schemas.ApiScope.enum;
};

// Somebody who may ask: {name, token, request(method, target, body)}.
export class Principal {
  constructor(fleethook, name, token) {
    Object.assign(this, { fleethook, name, token });
  }
  request(method, target, body, headers = {}) {
    return this.fleethook.request(method, target, body, { authorization: `Bearer ${this.token}`, ...headers });
  }
  async ok(method, target, body) {
    const answer = await this.request(method, target, body);
    if (answer.status >= 300) throw new Error(`${method} ${target} as ${this.name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

// Made by the installation's administrator, who needs no open sign-up.
export async function person(fleethook, username) {
  await fleethook.ok('POST', '/v1/users', { username, password });
  const body = new URLSearchParams({ grant_type: 'password', username, password }).toString();
  const { access_token } = await fleethook.ok('POST', '/oauth/token', body, form);
  return new Principal(fleethook, username, access_token);
}

// What is sent to /refused is refused for good, and so becomes a dead letter.
export const answering = ({ url }) => ({ status: url.startsWith('/refused') ? 400 : 200 });

// The id of the letter of what `owner` publishes to `events`, as it is found at `at`.
export async function refused(owner, at, events, name, data) {
  await owner.ok('POST', events, { name, data });
  const [letter] = await until(`the letter of ${name}`, async () => {
    const { dead_letters: found } = await owner.ok('GET', `${at}/dead_letters?event=${name}&text=${encodeURIComponent(data)}`);
    return found.length > 0 && found;
  }, 60000);
  return letter.id;
}

// The id of the newest attempt at `at`.
export const attempted = async (owner, at) => (await owner.ok('GET', `${at}/attempts?per_page=1`)).attempts[0].id;

// An outage at `at` that lasts: its receiver refuses what is published there until it counts as failing.
const outage = (owner, at, events, name) => until(`an outage of ${at}`, async () => {
  if ((await owner.ok('GET', `${at}/outages`)).outages.length > 0) return true;
  await owner.ok('POST', events, { name, data: 'again' });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return false;
}, 60000);

// The number of a replay of it, which has come to its end: it was refused again.
export async function replayed(owner, at, letter) {
  const { number } = (await owner.ok('POST', `${at}/replays`, { ids: [letter] })).replay;
  await until(`replay ${number} to be done`, async () => (await owner.ok('GET', `${at}/replays/${number}`)).replay.error === 1, 60000);
  return number;
}

// `owner` invites `who`, who accepts.
export const joined = (owner, place, who, role) => join(owner.fleethook, place, who.name, role, { by: owner.token, token: who.token });

// `receiver` is the address of one that answers as in answering().
export async function tenant(fleethook, word, receiver) {
  const self = { word };
  const owner = await person(fleethook, `owner-${word}@example.com`);
  self.owner = owner;
  self.organization = (await owner.ok('POST', '/v1/orgs', { name: `Organization ${word}`, slug: `org-${word}` })).organization;
  const org = `/v1/orgs/${self.organization.slug}`;
  self.products = [];
  for (const name of ['first', 'second']) {
    self.products.push((await owner.ok('POST', `${org}/products`, { product: { name: `${name} ${word}`, slug: `${name}-${word}`, description: `about ${word}`, platform_id: 13 } })).product);
  }
  const [first, second] = self.products.map((product) => product.id);
  self.member = `member-${word}@example.com`;
  await joined(owner, org, await person(fleethook, self.member), 'Support');
  self.memberOfProduct = `helper-${word}@example.com`;
  await joined(owner, `/v1/products/${first}`, await person(fleethook, self.memberOfProduct), 'Developer');

  // Somebody who has not answered yet, and two invitations that wait for the owner.
  self.invited = `guest-${word}@example.com`;
  for (const place of [org, `/v1/products/${first}`]) await owner.ok('POST', `${place}/team`, { username: self.invited, role: 'Support' });
  const friend = await person(fleethook, `friend-${word}@example.com`);
  self.invitations = [];
  for (const name of ['accepted', 'declined']) {
    const { organization } = await friend.ok('POST', '/v1/orgs', { name: `${name} by ${word}` });
    self.invitations.push((await friend.ok('POST', `/v1/orgs/${organization.slug}/team`, { username: owner.name, role: 'View-only' })).invited.id);
  }

  self.secret = `SECRET_${word.toUpperCase()}`;
  await owner.ok('POST', `${org}/secrets`, { name: self.secret, value: `value-of-${word}` });
  await owner.ok('POST', '/v1/secrets', { name: self.secret, value: `value-at-home-of-${word}` });
  for (const at of [org, `/v1/products/${first}`]) await owner.ok('PUT', `${at}/variables`, { variables: { place: `place-${word}` } });

  const random = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  self.device = random();
  await owner.ok('POST', `/v1/products/${first}/devices`, { ids: [self.device, random()] });
  self.group = `group-${word}`;
  await owner.ok('PUT', `/v1/products/${first}/devices/${self.device}`, { name: `device-${word}`, groups: [self.group] });
  self.ownDevice = random();
  await owner.ok('POST', '/v1/devices', { id: self.ownDevice });

  const webhook = (path, more = {}) => ({
    integration_type: 'Webhook', name: `hook ${path} ${word}`, event: `${word}/event`, url: `${receiver}/${path}-${word}`, headers: { 'X-Key': `{{{${self.secret}}}}` },
    secrets: [self.secret], ...more,
  });
  self.shared = (await owner.ok('POST', `${org}/integrations`, webhook('shared', { product_ids: [first, second] }))).id;
  await owner.ok('PUT', `${org}/integrations/${self.shared}/products/${second}/override`, { headers: { 'X-Place': `override-${word}` } });
  self.ofProduct = (await owner.ok('POST', `/v1/products/${first}/integrations`, webhook('product'))).id;
  self.ofSandbox = (await owner.ok('POST', '/v1/integrations', webhook('sandbox'))).id;
  const { created } = await owner.ok('POST', `${org}/team`, { friendly_name: `Robot ${word}`, scopes: ['events:get'] });
  self.robot = created.username;
  self.robotOfProduct = (await owner.ok('POST', `/v1/products/${first}/team`, { friendly_name: `Robot of one ${word}`, scopes: ['events:get'] })).created.username;
  self.tokenId = (await owner.ok('GET', '/v1/access_tokens')).tokens[0].id;

  const published = await owner.ok('POST', `/v1/products/${first}/events`, { name: `${word}/event`, data: `data-${word}`, as_device_id: self.device });
  self.event = published.id;
  self.ownEvent = (await owner.ok('POST', '/v1/devices/events', { name: `${word}/event`, data: `data-at-home-${word}` })).id;
  const places = { [`${org}/integrations/${self.shared}`]: 'data-', [`/v1/products/${first}/integrations/${self.ofProduct}`]: 'data-', [`/v1/integrations/${self.ofSandbox}`]: 'data-at-home-' };
  for (const [place, data] of Object.entries(places)) {
    await until(`what was published to be in the log of ${place}`, async () => JSON.stringify(await owner.ok('GET', place)).includes(data + word), 60000);
  }

  // Deliveries that were given up, and replays of them, in each place.
  const refuses = { integration_type: 'Webhook', name: `refused ${word}`, event: `${word}/refused`, url: `${receiver}/refused-${word}`, finalStatuses: ['4xx'] };
  await owner.ok('POST', `${org}/integrations`, { ...refuses, product_ids: [first, second] });
  await owner.ok('POST', '/v1/integrations', refuses);
  self.letters = {};
  self.attempts = {};
  self.replays = {};
  for (const [place, at, to] of [['organization', org, `/v1/products/${first}`], ['product', `/v1/products/${first}`, `/v1/products/${first}`], ['sandbox', '/v1', '/v1/devices']]) {
    self.letters[place] = await refused(owner, at, `${to}/events`, `${word}/refused`, `of the ${place} of ${word}`);
    self.replays[place] = await replayed(owner, at, self.letters[place]);
    self.attempts[place] = await attempted(owner, at);
  }
  // Receivers that fail.
  await Promise.all([[org, `/v1/products/${first}`], [`/v1/products/${first}`, `/v1/products/${first}`], ['/v1', '/v1/devices']].map(([at, to]) => outage(owner, at, `${to}/events`, `${word}/refused`)));
  // Where deliveries went.
  self.destinations = {};
  for (const [place, at] of [['organization', org], ['sandbox', '/v1']]) self.destinations[place] = (await owner.ok('GET', `${at}/destinations`)).destinations[0].id;
  return self;
}
