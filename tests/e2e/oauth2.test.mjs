// Tokens of OAuth 2: a real authorization server gives them, and a receiver asks it about each that comes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import Provider from 'oidc-provider';
import { Fleethook, Receiver, Stream, until } from './support/fleethook.mjs';

const kSecrets = { SECRET: 'p%s+w & d:=of the client/1', BODY_SECRET: 'of-the-client-2-in-the-body' };

// `requests`: what the token endpoint was asked, and the status that it answered.
class AuthorizationServer {
  static async start() {
    const self = new AuthorizationServer();
    self.requests = [];
    self.lifetime = 600;
    self.server = http.createServer().listen(0, '127.0.0.1');
    await once(self.server, 'listening');
    self.url = `http://127.0.0.1:${self.server.address().port}`;
    const client = (client_id, client_secret, token_endpoint_auth_method) => ({
      client_id, client_secret, token_endpoint_auth_method, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'events other',
    });
    self.provider = new Provider(self.url, {
      clients: [client('fleet & co', kSecrets.SECRET, 'client_secret_basic'), client('in-the-body', kSecrets.BODY_SECRET, 'client_secret_post')],
      scopes: ['events', 'other'],
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      ttl: { ClientCredentials: () => self.lifetime },
    });
    self.provider.use(async (context, next) => {
      await next();
      if (context.path === '/token') self.requests.push({ status: context.status, body: context.oidc?.params });
    });
    self.server.on('request', (request, response) => (self.broken ? response.writeHead(self.broken).end() : self.provider.callback()(request, response)));
    return self;
  }
  get tokenUrl() {
    return `${this.url}/token`;
  }
  // What it knows of a token; undefined when it has ended or was never given.
  async known(authorization = '') {
    return this.provider.ClientCredentials.find(authorization.replace(/^Bearer /, ''));
  }
  async takeBack(authorization) {
    await (await this.known(authorization)).destroy();
  }
  close() {
    this.server.closeAllConnections?.();
    this.server.close();
  }
}

// Takes what has a token that the authorization server knows.
async function api(authorizationServer) {
  const self = { requests: [], refused: 0 };
  self.server = http.createServer(async (request, response) => {
    const token = await authorizationServer.known(request.headers.authorization);
    if (token === undefined) self.refused++;
    else self.requests.push({ url: request.url, authorization: request.headers.authorization, client: token.clientId, scope: token.scope });
    response.writeHead(token === undefined ? 401 : 200).end(JSON.stringify({ heard: request.headers.authorization ?? null }));
  });
  self.server.listen(0, '127.0.0.1');
  await once(self.server, 'listening');
  self.url = `http://127.0.0.1:${self.server.address().port}`;
  self.close = () => {
    self.server.closeAllConnections?.();
    self.server.close();
  };
  return self;
}

let fleethook, authorizationServer, receiver, products;
before(async () => {
  fleethook = await Fleethook.start();
  authorizationServer = await AuthorizationServer.start();
  receiver = await api(authorizationServer);
  ({ products } = await fleethook.organization('acme', 2));
  for (const [name, value] of Object.entries(kSecrets)) await fleethook.ok('PUT', `/v1/orgs/acme/secrets/${name}`, { value });
});
after(async () => {
  receiver?.close();
  authorizationServer?.close();
  await fleethook?.close();
});

const at = '/v1/orgs/acme/integrations';
const oauth2 = (more = {}) => ({ oauth2: { token_url: authorizationServer.tokenUrl, client_id: 'fleet & co', client_secret: 'SECRET', ...more } });
const hook = (event, auth = oauth2(), more = {}) =>
  fleethook.ok('POST', at, { event, url: `${receiver.url}/${event}`, auth, product_ids: products.map((one) => one.id), ...more });
// The requests that were taken of one event.
async function sent(event, count = 1, product = products[0]) {
  const before = receiver.requests.filter((one) => one.url === `/${event}`).length;
  for (let i = 0; i < count; i++) await fleethook.publish(product.slug, event, String(i));
  return until(`${count} requests of ${event}`, () => {
    const taken = receiver.requests.filter((one) => one.url === `/${event}`).slice(before);
    return taken.length >= count && taken;
  });
}
const entriesOf = (id) => until('the log', async () => {
  const { integration } = await fleethook.ok('GET', `${at}/${id}`);
  const entries = [...integration.errors, ...integration.logs];
  return entries.length > 0 && entries;
});

describe('a token', () => {
  test('is asked for once, by the secret in the header, and serves all that ask alike', async () => {
    await hook('one', oauth2({ scope: 'events' }));
    await hook('two', oauth2({ scope: 'events' }));
    const taken = [...(await sent('one', 20)), ...(await sent('two', 20)), ...(await sent('one', 5, products[1]))];
    assert.equal(new Set(taken.map((one) => one.authorization)).size, 1);
    assert.deepEqual([taken[0].client, taken[0].scope], ['fleet & co', 'events']);
    assert.deepEqual(authorizationServer.requests.map((one) => one.status), [200]);
    assert.equal(authorizationServer.requests[0].body.grant_type, 'client_credentials');
    const counted = await fleethook.metrics('fleethook_oauth2_token_requests_total');
    assert.deepEqual(counted, { token: 1, failed: 0 });
  });

  test('is asked for by the secret in the body, and with an override by another client', async () => {
    const inBody = { client_id: 'in-the-body', client_secret: 'BODY_SECRET', client_auth: 'body' };
    const { id } = await hook('ways');
    await fleethook.ok('PUT', `${at}/${id}/products/${products[1].id}/override`, { auth: { oauth2: inBody } });
    assert.equal((await sent('ways'))[0].client, 'fleet & co');
    assert.equal((await sent('ways', 1, products[1]))[0].client, 'in-the-body');
  });

  test('that was taken back is replaced within the attempt', async () => {
    const { id } = await hook('again', oauth2({ scope: 'other' }), { retryFor: 0 });
    const [first] = await sent('again');
    await authorizationServer.takeBack(first.authorization);
    const refused = receiver.refused;
    const [second] = await sent('again');
    assert.equal(receiver.refused, refused + 1);
    assert.notEqual(second.authorization, first.authorization);
    const entries = await until('the second entry', async () => {
      const all = await entriesOf(id);
      return all.length === 2 && all;
    });
    assert.match(JSON.stringify(entries), /401: its token was thrown away, and another one asked for/);
  });

  test('is renewed before it ends', async () => {
    authorizationServer.lifetime = 4;
    const { id } = await hook('short', oauth2({ scope: 'other', audience: 'short' }));
    const refused = receiver.refused;
    const seen = new Set();
    await until('a third token', async () => {
      const [{ authorization }] = await sent('short');
      seen.add(authorization);
      return seen.size >= 3;
    }, 30000);
    authorizationServer.lifetime = 600;
    assert.equal(receiver.refused, refused, 'none was sent after its end');
    assert.equal((await fleethook.ok('GET', `${at}/${id}`)).integration.errors.length, 0);
  });

  test('is asked for in a test, and not in a preview', async () => {
    const { id } = await hook('tried', oauth2({ audience: 'tried' }));
    const asked = authorizationServer.requests.length;
    const { previews } = await fleethook.ok('POST', `${at}/${id}/preview`, {});
    assert.equal(previews[0].request.headers.Authorization, 'Bearer [[SENSITIVE]]');
    assert.equal(authorizationServer.requests.length, asked);
    const tested = await fleethook.ok('POST', `${at}/${id}/test`, { product: products[0].id });
    assert.equal(tested.pass, true);
    assert.equal(authorizationServer.requests.length, asked + 1);
  });

  test('is in no view, preview, log or event, and neither is the secret', async () => {
    const stream = await Stream.open(fleethook, `/v1/products/${products[0].id}/events`);
    const { id } = await hook('shown');
    const [{ authorization }] = await sent('shown');
    const told = await until('the answer on the stream', () => stream.events.find((one) => one.name.includes('hook-response/shown')));
    assert.match(told.data, /Bearer \[\[SENSITIVE\]\]/);
    const entries = await entriesOf(id);
    const view = await fleethook.ok('GET', `${at}/${id}`);
    const shown = JSON.stringify([entries, view, stream.bytes, fleethook.log]);
    assert.ok(!shown.includes(authorization.slice(7)));
    for (const value of Object.values(kSecrets)) assert.ok(!shown.includes(value));
    assert.deepEqual(view.integration.auth, { oauth2: { ...oauth2().oauth2, client_auth: 'basic' } });
    stream.close();
  });

  test('is never that of another organization', async () => {
    const other = await fleethook.organization('other', 1);
    await fleethook.ok('PUT', '/v1/orgs/other/secrets/SECRET', { value: kSecrets.SECRET });
    await hook('mine');
    const [mine] = await sent('mine');
    await fleethook.ok('POST', '/v1/orgs/other/integrations', { event: 'theirs', url: `${receiver.url}/theirs`, auth: oauth2(), product_ids: [other.products[0].id] });
    const [theirs] = await sent('theirs', 1, other.products[0]);
    assert.notEqual(theirs.authorization, mine.authorization);
  });
});

describe('without a token', () => {
  test('nothing is sent, and the error says what the endpoint said', async () => {
    const { id } = await hook('refused', oauth2({ client_secret: 'BODY_SECRET' }), { retryFor: 0 });
    await fleethook.publish(products[0].slug, 'refused', 'x');
    const [entry] = await entriesOf(id);
    assert.match(JSON.stringify(entry), /the token endpoint 127\.0\.0\.1 gave no token: it answered 401, invalid_client: client authentication failed/);
    assert.equal(receiver.requests.filter((one) => one.url === '/refused').length, 0);
    const { attempts } = await fleethook.ok('GET', `/v1/orgs/acme/attempts?integration=${id}`);
    assert.equal(attempts[0].error, '4xx');
  });

  test('deliveries wait for the endpoint to come back, and none is lost', async () => {
    authorizationServer.broken = 503;
    const { id } = await hook('back', oauth2({ audience: 'back' }));
    for (let i = 0; i < 30; i++) await fleethook.publish(products[0].slug, 'back', String(i));
    await entriesOf(id);
    assert.equal(receiver.requests.filter((one) => one.url === '/back').length, 0);
    authorizationServer.broken = undefined;
    await until('all of them', () => receiver.requests.filter((one) => one.url === '/back').length === 30, 60000);
  });

  test('with another value of the secret it goes on at once', async () => {
    await fleethook.ok('PUT', '/v1/orgs/acme/secrets/CHANGED', { value: 'wrong' });
    const { id } = await hook('changed', oauth2({ client_secret: 'CHANGED' }));
    await fleethook.publish(products[0].slug, 'changed', 'x');
    await entriesOf(id);
    await fleethook.ok('PUT', '/v1/orgs/acme/secrets/CHANGED', { value: kSecrets.SECRET });
    await until('the delivery', () => receiver.requests.some((one) => one.url === '/changed'));
  });

  test('behind the egress guard is not reached', async () => {
    const guarded = await Fleethook.start({ args: ['--allow-egress', '127.0.0.1/32'] });
    const inside = await Receiver.start(() => ({ body: '{"access_token":"t"}' }), { host: '127.0.0.2' });
    try {
      const { products: own } = await guarded.organization('acme', 1);
      await guarded.ok('PUT', '/v1/orgs/acme/secrets/SECRET', { value: 'x' });
      const made = await guarded.ok('POST', at, { event: 'guarded', url: `${receiver.url}/guarded`, retryFor: 0, auth: oauth2({ token_url: `${inside.url}/token` }), product_ids: [own[0].id] });
      assert.ok(made.warnings.some((one) => one.code === 'egress_refused' && one.field === 'auth.oauth2.token_url'), JSON.stringify(made.warnings));
      await guarded.publish(own[0].slug, 'guarded', 'x');
      const entry = await until('the log', async () => (await guarded.ok('GET', `${at}/${made.id}`)).integration.errors[0]);
      assert.match(JSON.stringify(entry), /the token endpoint 127\.0\.0\.2 gave no token: .*127\.0\.0\.2/);
      assert.equal(inside.requests.length, 0);
    } finally {
      await inside.close();
      await guarded.close();
    }
  });
});

test('what is wrong is named by its field when it is saved', async () => {
  const refused = async (auth, expected, more = {}) => {
    const answer = await fleethook.request('POST', at, { event: 'x', url: receiver.url, product_ids: [products[0].id], auth, ...more });
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body.violations), expected);
    assert.doesNotMatch(JSON.stringify(answer.body), /hunter2/);
  };
  await refused(oauth2({ client_secret: 'GONE' }), /auth\.oauth2\.client_secret.*there is no secret GONE/);
  await refused(oauth2({ client_secret: 'hunter2' }), /auth\.oauth2\.client_secret.*must be the name of a secret/);
  await refused(oauth2({ token_url: 'ftp://a' }), /auth\.oauth2\.token_url.*scheme/);
  await refused(oauth2({ token_url: 'https://{{{host}}}/' }), /auth\.oauth2\.token_url.*without tags/);
  await refused(oauth2(), /headers\.Authorization.*is set by auth\.oauth2/, { headers: { Authorization: 'x' } });
  await fleethook.ok('PUT', '/v1/orgs/acme/secrets/BOUND', { value: 'x', hosts: ['login.example.com'] });
  const elsewhere = await fleethook.request('POST', at, { event: 'x', url: receiver.url, product_ids: [products[0].id], auth: oauth2({ client_secret: 'BOUND' }) });
  assert.equal(elsewhere.body.code, 'secret_not_for_host');
  assert.match(elsewhere.body.error, /auth\.oauth2\.token_url: secret BOUND may not be sent to 127\.0\.0\.1/);
});
