// Line ends and NUL in every text that somebody may set or send: refused with 4xx, or the receiver gets one clean request and streams get whole events.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Stream, until } from '../support/fleethook.mjs';
import { RawReceiver, answer } from '../support/raw_receiver.mjs';

const evils = {
  'a header': '\r\nX-Injected: 1',
  'a header after a bare LF': '\nX-Injected: 1',
  'a header after a bare CR': '\rX-Injected: 1',
  'a request': ' HTTP/1.1\r\nHost: x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n',
  'an event': '\nevent: forged\ndata: {}\n\n',
  'a NUL': 'a\0b',
};

let fleethook, receiver, product, stream, schemas;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await RawReceiver.start(() => answer(200, 'fine'));
  product = (await fleethook.organization('clean', 1)).products[0];
  stream = await Stream.open(fleethook, `/v1/products/${product.id}/events`);
  schemas = (await (await fetch(`${fleethook.url}/openapi.json`)).json()).components.schemas;
});
after(async () => {
  stream?.close();
  await fleethook?.close();
  await receiver?.close();
});

const at = () => `/v1/products/${product.id}`;
const base = (more) => ({ integration_type: 'Webhook', event: 'go', url: `${receiver.url}/in`, retryFor: 0, noDefaults: true, ...more });

// Nothing that any receiver got, or any stream showed, was written by somebody who put line ends into a text.
function clean(what) {
  for (const { method, url, headers } of receiver.requests.splice(0)) {
    const head = JSON.stringify([method, url, headers]);
    assert.ok(['GET', 'POST', 'PUT', 'DELETE'].includes(method) && url.startsWith('/') && !url.startsWith('/smuggled'), `${what}: ${head}`);
    for (const [name, value] of Object.entries(headers)) {
      assert.ok(/^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/[\r\n\0]/.test(value), `${what}: ${head}`);
      assert.notEqual(name, 'x-injected', `${what}: ${head}`);
    }
  }
  const blocks = stream.bytes.split('\n\n');
  stream.bytes = `:ok\n\n${blocks.pop()}`;
  for (const block of blocks) {
    const [name, ...rest] = block.split('\n');
    assert.ok(name.startsWith(':') ? rest.length === 0 : name.startsWith('event: ') && rest.length === 1 && rest[0].startsWith('data: {'), `${what}: ${JSON.stringify(block)}`);
    assert.notEqual(name, 'event: forged', what);
  }
}

// Creates what `all` ([what, settings]) describes. What is taken is tested, and fires for one event; then it is deleted. Gives how many were taken.
async function tried(all, data = 'x') {
  const taken = [];
  for (const [what, settings] of all) {
    const made = await fleethook.request('POST', `${at()}/integrations`, settings);
    assert.ok(made.status === 201 || (made.status >= 400 && made.status < 500), `${what}: ${made.status} ${JSON.stringify(made.body)}`);
    if (made.status === 201) taken.push({ what, id: made.body.id });
  }
  for (const { what, id } of taken) {
    const tested = await fleethook.request('POST', `${at()}/integrations/${id}/test`, { data });
    assert.ok(tested.status < 500, `${what}: ${tested.status} ${JSON.stringify(tested.body)}`);
  }
  await fleethook.publish(product.id, 'go', data);
  await fleethook.publish(product.id, `end/${++ends}`, '');
  await until(`what came of ${all[0][0]}`, async () => {
    const metrics = await (await fetch(`${fleethook.url}/metrics`)).text();
    const sum = (name) => [...metrics.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gm'))].reduce((all, [, count]) => all + Number(count), 0);
    return sum('fleethook_queue_ready_deliveries') + sum('fleethook_queue_retry_deliveries') === 0 && stream.bytes.includes(`end/${ends}\n`);
  }, 60000);
  for (const { id } of taken) await fleethook.ok('DELETE', `${at()}/integrations/${id}`);
  clean(all[0][0]);
  return taken.length;
}
let ends = 0;

// Where an integration has text, as the schema of it says: functions that put one there.
function* texts(schema, path = []) {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const of = member.$ref ? schemas[member.$ref.split('/').at(-1)] : member;
    const here = [...path, name];
    const put = (value) => here.reduceRight((inner, key) => ({ [key]: inner }), value);
    const kinds = of.oneOf ?? [of];
    for (const kind of kinds) {
      if (kind.type === 'string') yield [here.join('.'), (text) => put(text)];
      if (kind.type === 'array') yield [`${here.join('.')}[]`, (text) => put([text])];
      if (kind.type !== 'object') continue;
      if (kind.additionalProperties) {
        yield [`${here.join('.')}: a value`, (text) => put({ 'X-Name': text })];
        yield [`${here.join('.')}: a name`, (text) => put({ [`X-Name${text}`]: 'value' })];
      }
      yield* texts(kind, here);
    }
  }
}

describe('line ends and NUL', () => {
  test('in any text of an integration are refused, or stay within it', async (t) => {
    let taken = 0, count = 0;
    for (const [place, put] of texts(schemas.IntegrationNew)) {
      const all = Object.entries(evils).map(([what, evil]) => [`${what} in ${place}`, base(put(place === 'url' ? `${receiver.url}/in${evil}` : place === 'event' ? `go${evil}` : `x${evil}`))]);
      count += all.length;
      taken += await tried(all);
    }
    const refused = count - taken;
    t.diagnostic(`${taken} taken, ${refused} refused`);
    assert.ok(taken > 20 && refused > 20, `${taken} taken, ${refused} refused`);
  });

  test('in data, secrets and variables stay within the place where a template puts them', async () => {
    const places = {
      url: { url: `${receiver.url}/in/{{{bad}}}` }, query: { url: `${receiver.url}/in?x={{{bad}}}` }, parameter: { query: { bad: '{{{bad}}}' } }, name: { query: { '{{{bad}}}': 'x' } },
      header: { headers: { 'X-Bad': '{{{bad}}}' } }, 'content type': { headers: { 'Content-Type': '{{{bad}}}' }, body: 'x' }, auth: { auth: { username: '{{{bad}}}', password: '{{{bad}}}' } },
      bearer: { auth: { bearer: '{{{bad}}}' } }, form: { form: { bad: '{{{bad}}}' } }, body: { body: '{{{bad}}}' }, topic: { responseTopic: '{{{bad}}}' }, 'error topic': { errorResponseTopic: '{{{bad}}}', url: `${receiver.url}x` },
    };
    for (const [what, evil] of Object.entries(evils)) {
      await fleethook.ok('PUT', `${at()}/variables`, { variables: { BAD: `v${evil}` } });
      await fleethook.request('DELETE', '/v1/orgs/clean/secrets/BAD_SECRET');
      const secret = await fleethook.request('POST', '/v1/orgs/clean/secrets', { name: 'BAD_SECRET', value: `s${evil}` });
      assert.ok([201, 400].includes(secret.status), JSON.stringify(secret.body));
      const all = Object.entries(places).flatMap(([place, settings]) => {
        const other = (name, more) => base({ ...JSON.parse(JSON.stringify(settings).replaceAll('bad}}}', `${name}}}}`)), ...more });
        return [
          [`${what} in data in ${place}`, base(settings)],
          [`${what} in a variable in ${place}`, other('product.vars.BAD')],
          ...(secret.status === 201 ? [[`${what} in a secret in ${place}`, other('BAD_SECRET', { secrets: ['BAD_SECRET'] })]] : []),
        ];
      });
      assert.ok((await tried(all, JSON.stringify({ bad: `x${evil}` }))) >= all.length / 2);
    }
  });

  test('in names of organizations, products, devices, groups, people and events are refused', async () => {
    const device = 'd'.repeat(24);
    await fleethook.ok('POST', `${at()}/devices`, { id: device });
    for (const [what, evil] of Object.entries(evils)) {
      const name = `x${evil}`;
      for (const [method, target, body] of [
        ['POST', '/v1/orgs', { name }], ['POST', '/v1/orgs', { name: 'x', slug: name }], ['PUT', '/v1/orgs/clean', { name }],
        ['POST', '/v1/orgs/clean/products', { product: { name } }], ['POST', '/v1/orgs/clean/products', { product: { name: 'x', slug: name } }], ['PUT', at(), { name }],
        ['PUT', `${at()}/devices/${device}`, { name }], ['PUT', `${at()}/devices/${device}`, { groups: [name] }], ['PUT', `${at()}/devices/${device}`, { firmware_version: name }],
        ['PUT', `${at()}/devices`, { action: 'groups', devices: [device], metadata: { add: [name] } }],
        ['POST', '/v1/orgs/clean/team', { friendly_name: name, scopes: ['events:get'] }], ['POST', '/v1/users', { username: `${name}@example.com`, password: 'long enough' }],
        ['POST', '/v1/orgs/clean/secrets', { name, value: 'x' }], ['PUT', `${at()}/variables`, { variables: { [name]: 'x' } }],
        ['POST', `${at()}/events`, { name }], ['POST', '/v1/devices/events', { name }], ['POST', `${at()}/events`, { name: 'go', as_device_id: name }],
      ]) {
        const { status, body: said } = await fleethook.request(method, target, body);
        assert.ok(status >= 400 && status < 500, `${what}: ${method} ${target} ${JSON.stringify(body)}: ${status} ${JSON.stringify(said)}`);
        assert.equal(said.ok, false);
      }
      const { body } = await fleethook.request('POST', `${at()}/events/batch`, [{ name }, { name: 'ok' }]);
      assert.ok(body.accepted === undefined || body.accepted === 1, JSON.stringify(body));
    }
    await fleethook.publish(product.id, 'go', 'x', { as_device_id: device });
    clean('names');
  });
});
