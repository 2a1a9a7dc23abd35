// docs/webhooks.md, held to its word: every spelling, default, variable, template, setting, refusal and warning in its tables is read from
// the page and tried against the real binary, so that page and behaviour cannot drift apart.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { Fleethook, Receiver, repository, until } from './support/fleethook.mjs';

const source = (file) => fs.readFileSync(path.join(repository, file), 'utf8');
const page = source('docs/webhooks.md');

// The cells of a row; a bar within backquotes is none.
function cellsOf(line) {
  return line
    .slice(1, -1)
    .split(/\|(?=(?:[^`]*`[^`]*`)*[^`]*$)/)
    .map((cell) => cell.trim());
}

// The rows of all tables with these columns, as {column: cell}.
function rows(...columns) {
  const found = [];
  const lines = page.split('\n');
  lines.forEach((line, at) => {
    if (!line.startsWith('|') || JSON.stringify(cellsOf(line)) !== JSON.stringify(columns)) return;
    for (let next = at + 2; lines[next].startsWith('|'); next++) {
      const cells = cellsOf(lines[next]);
      assert.equal(cells.length, columns.length, `a row with too many or too few cells: ${lines[next]}`);
      found.push(Object.fromEntries(columns.map((column, i) => [column, cells[i]])));
    }
  });
  assert.ok(found.length > 0, `the page has no table with the columns ${columns}`);
  return found;
}

// What stands in backquotes.
const codes = (cell) => [...cell.matchAll(/`([^`]*)`/g)].map((match) => match[1]);
const code = (cell) => codes(cell)[0];

let fleethook, receiver, product, org;
const answers = new Map(); // path -> what the receiver answers there
const here = (text) => text.replaceAll('http://127.0.0.1:9000', receiver.url).replaceAll('127.0.0.1:9000', `127.0.0.1:${receiver.port}`);
const settingsOf = (cell) => JSON.parse(here(`{${code(cell)}}`));
const hooks = () => `/v1/products/${product.id}/webhooks`;

before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => answers.get(request.url.split('?')[0]) ?? { status: 200 });
  org = await fleethook.organization('acme', 2);
  product = org.products[0];
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

// Each test begins without webhooks.
afterEach(async () => {
  for (const at of ['/v1/webhooks', '/v1/orgs/acme/webhooks']) {
    for (const one of await fleethook.ok('GET', at)) await fleethook.ok('DELETE', `${at}/${one.id}`);
  }
});

const make = (settings, at = hooks()) => fleethook.ok('POST', at, { event: 'row/', url: `${receiver.url}/`, noDefaults: true, ...settings });
const shown = async (id, at = hooks()) => (await fleethook.ok('GET', `${at}/${id}`)).integration;

// What a webhook with these settings sends for an event with this data.
async function requestOf(settings, data) {
  const before = receiver.requests.length;
  await make(settings);
  await fleethook.publish(product.id, 'row/', data);
  await until(`the request of ${JSON.stringify(settings)}`, () => receiver.requests.length > before);
  return receiver.requests[before];
}

// A request line, a header, or else the whole body.
function assertSent(request, expected) {
  if (/^[A-Z]+ \//.test(expected)) return assert.equal(`${request.method} ${request.url}`, expected);
  const header = /^([A-Za-z-]+): (.*)$/.exec(expected);
  if (header) return assert.equal(request.headers[header[1].toLowerCase()], header[2]);
  assert.equal(request.text, expected);
}

describe('fields', () => {
  const fields = rows('field', 'also written', 'value', 'default', 'templates');
  // A value that is not the default, and how it is answered where that differs.
  const samples = {
    event: ['alias/'],
    deviceID: ['0123456789abcdef01234567'],
    product_ids: [['acme-product-2']],
    disabled: [true],
    url: ['http://127.0.0.1:9000/other'],
    requestType: ['put', 'PUT'],
    json: [{ a: '{{{b}}}' }],
    form: [{ a: 1 }, { a: '1' }],
    body: ['text'],
    query: [{ a: true }, { a: 'true' }],
    headers: [{ 'X-A': '1' }],
    auth: [{ username: 'u', password: '{{{p}}}' }],
    signing: [{ secrets: ['A_KEY'] }],
    noDefaults: ['true', true],
    rejectUnauthorized: ['false', false],
    responseTopic: ['a/{{{b}}}'],
    errorResponseTopic: [''],
    responseTemplate: ['{{{a}}}'],
    unchunked: [true],
    dataUrlResponseEvent: ['true', true],
    policy: ['particle'],
    timeout: [60],
    redirects: ['error'],
    retryDelays: [[1, 86400]],
    retryFor: [0],
    finalStatuses: [['4xx', 500]],
    concurrency: [64],
    rate: [0.01],
    orderPerDevice: ['true', true],
    name: ['A name'],
    secrets: [['A_SECRET']],
    parameters: [[{ key: 'a', value: '1' }]],
    template: ['a-template'],
    integration_type: ['Webhook'],
  };

  before(async () => {
    await fleethook.ok('POST', '/v1/secrets', { name: 'A_SECRET', value: 's3cret' });
    await fleethook.ok('POST', '/v1/secrets', { name: 'A_KEY', value: `whsec_${'A'.repeat(32)}` });
  });

  test('the page has exactly the fields of the API', async () => {
    const api = await (await fetch(`${fleethook.url}/openapi.json`)).json();
    const members = Object.keys(api.components.schemas.IntegrationSettings.properties).filter((name) => name !== 'version');
    assert.deepEqual(fields.map((row) => code(row.field)).sort(), members.sort());
  });

  for (const row of fields) {
    const field = code(row.field);
    for (const spelling of [field, ...codes(row['also written'])]) {
      test(`${field}, written ${spelling}`, async () => {
        assert.ok(field in samples, 'a new field needs a sample here');
        const [sent, answered = sent] = samples[field];
        const at = field === 'product_ids' ? '/v1/orgs/acme/webhooks' : '/v1/webhooks';
        const made = await fleethook.ok('POST', at, { ...(field === 'event' ? {} : { event: 'fields/' }), ...(field === 'url' ? {} : { url: receiver.url }), [spelling]: sent });
        assert.deepEqual((made.warnings ?? []).filter((one) => one.code === 'unknown_member'), []);
        assert.deepEqual((await shown(made.id, at))[field], field === 'product_ids' ? [org.products[1].id] : answered);
      });
    }
  }

  test('the defaults are those of the page', async () => {
    const made = await make({ noDefaults: undefined });
    for (const row of fields) {
      const stated = code(row.default);
      const is = made[code(row.field)];
      if (row.default === 'none' || row.default === 'any device' || row.default.startsWith('the answer')) assert.ok(is === undefined || is === null, row.field);
      if (stated === undefined || stated.includes('EVENT')) continue;
      assert.deepEqual(is, /^(\d+|true|false|null)$/.test(stated) ? JSON.parse(stated) : stated, row.field);
    }
    assert.equal(made.name, 'row/ for 127.0.0.1');
    const final = /The final statuses, unless you say others: ([^.]*)\./.exec(page)[1];
    assert.deepEqual(made.finalStatuses.map(String), final.replaceAll('`', '').split(', '));
  });

  test('the topics of each scope are those of the page', async () => {
    const at = { sandbox: '/v1/webhooks', product: null, organization: '/v1/orgs/acme/webhooks' };
    const own = await fleethook.ok('POST', '/v1/products', { product: { name: 'own', platform_id: 13 } });
    at.product = `/v1/products/${own.product.id}/webhooks`;
    for (const row of rows('scope', 'responseTopic', 'errorResponseTopic')) {
      const made = await make(row.scope === 'organization' ? { product_ids: [product.id] } : {}, at[row.scope]);
      assert.equal(made.responseTopic, code(row.responseTopic));
      assert.equal(made.errorResponseTopic, code(row.errorResponseTopic));
    }
  });
});

describe('what is sent', () => {
  for (const row of rows('settings', 'data', 'sent')) {
    test(`${row.settings} with ${row.data || 'no data'}`, async () => {
      const request = await requestOf(settingsOf(row.settings), row.data ? here(code(row.data)) : undefined);
      for (const expected of codes(row.sent)) assertSent(request, expected);
    });
  }

  const keys = (text) => [...new URLSearchParams(text).keys()];
  for (const row of rows('settings', 'in the query', 'in the body')) {
    test(`default data: ${row.settings}`, async () => {
      const request = await requestOf({ noDefaults: false, ...settingsOf(row.settings) }, '1');
      const list = (cell) => (cell === '' ? [] : cell.split(', '));
      assert.deepEqual(keys(request.url.split('?')[1] ?? ''), list(row['in the query']));
      assert.deepEqual(request.text.startsWith('{') ? Object.keys(JSON.parse(request.text)) : keys(request.text), list(row['in the body']));
    });
  }

  for (const row of rows('settings', 'data', 'error')) {
    test(`${row.settings} with ${row.data} is an error`, async () => {
      const before = receiver.requests.length;
      const { id } = await make(settingsOf(row.settings));
      await fleethook.publish(product.id, 'row/', code(row.data));
      const entry = await until('the error', async () => (await shown(id)).errors[0]);
      assert.ok(entry.error.includes(code(row.error)), entry.error);
      assert.equal(receiver.requests.length, before);
    });
  }

  test('the headers that are added', async () => {
    await fleethook.ok('PUT', '/v1/orgs/acme/secrets/A_KEY', { value: `whsec_${'A'.repeat(32)}` });
    const request = await requestOf({ json: {}, auth: { bearer: 'b' }, signing: { secrets: ['A_KEY'] } }, '1');
    for (const row of rows('header', 'value')) assert.ok(request.headers[code(row.header).toLowerCase()], row.header);
    assert.match(request.headers['user-agent'], /^Fleethook\/\d/);
    assert.match(request.headers['webhook-timestamp'], /^\d{10}$/);
  });

  test('headers that are Fleethook\'s own are left out', async () => {
    const [, names] = /So are (`Transfer-Encoding`[^:]*): they\s+are left out/.exec(page);
    const request = await requestOf({ headers: { ...Object.fromEntries(codes(names).map((name) => [name, 'mine'])), 'X-Empty{{{nothing}}}': '1', '{{{nothing}}}': '2' } }, '1');
    assert.ok(codes(names).length >= 8);
    assert.ok(!Object.values(request.headers).includes('mine'), JSON.stringify(request.headers));
    assert.ok(!Object.values(request.headers).includes('2'));
  });
});

describe('templates', () => {
  const data = /With the data\s+`([^`]*)`/.exec(page)[1];
  for (const row of rows('template', 'gives', '')) {
    test(`${row.template} gives ${row.gives}`, async () => {
      assert.equal((await requestOf({ body: code(row.template) }, data)).text, code(row.gives));
    });
  }

  test('the page has exactly the predefined names, and each works', async () => {
    const variables = rows('name', 'also', 'what it is');
    const names = variables.flatMap((row) => [code(row.name), ...codes(row.also)]);
    assert.deepEqual([...names].sort(), [...source('src/core/event_variables.h').matchAll(/"((?:PARTICLE|PRODUCT|SPARK)_[A-Z0-9_]+)"/g)].map((match) => match[1]).sort());
    const request = await requestOf({ json: Object.fromEntries(names.map((name) => [name, `{{{${name}}}}`])) }, '{"PARTICLE_DEVICE_ID": "spoofed"}');
    const values = JSON.parse(request.text);
    for (const row of variables) {
      for (const also of codes(row.also)) assert.equal(values[also], values[code(row.name)]);
      if (!/^(PRODUCT_USER_ID|PRODUCT_VERSION)$/.test(code(row.name))) assert.notEqual(values[code(row.name)], '', row.name);
    }
    assert.equal(values.PARTICLE_DEVICE_ID, 'api');
    assert.match(values.PARTICLE_PUBLISHED_AT, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const whole = JSON.parse(values.PARTICLE_EVENT_JSON);
    const [, members] = /all of it as JSON: ([^|]*) \|/.exec(page);
    assert.deepEqual(Object.keys(whole), members.split(', ').filter((name) => name !== 'product_version'));
    assert.equal(Buffer.from(values.PARTICLE_EVENT_BASE64, 'base64').toString(), values.PARTICLE_EVENT_JSON);
  });

  test('the order in which names are looked for', async () => {
    await fleethook.ok('POST', '/v1/orgs/acme/secrets', { name: 'PRODUCT_ID', value: 'secret' });
    await fleethook.ok('POST', '/v1/orgs/acme/secrets', { name: 'BOTH', value: 'secret' });
    await fleethook.ok('PUT', '/v1/orgs/acme/variables', { variables: { site: 'north' } });
    const request = await requestOf(
      {
        secrets: ['BOTH', 'PRODUCT_ID'],
        parameters: [{ key: 'BOTH', value: 'parameter' }, { key: 'p', value: 'parameter' }, { key: 'q', secret: 'BOTH' }],
        body: '{{{PRODUCT_ID}}} {{{BOTH}}} {{{p}}} {{{q}}} {{{product.vars.site}}} {{{d}}}',
      },
      '{"PRODUCT_ID": "data", "BOTH": "data", "p": "data", "q": "data", "product": {"vars": {"site": "data"}}, "d": "data"}',
    );
    assert.equal(request.text, `${product.id} secret parameter secret north data`);
  });
});

describe('publishing', () => {
  for (const row of rows('field', 'also written', 'value', 'default')) {
    const field = code(row.field);
    for (const spelling of [field, ...codes(row['also written'])]) {
      test(`an event's ${field}, written ${spelling}`, async () => {
        const device = '0123456789abcdef01234567';
        await fleethook.request('POST', `/v1/products/${product.id}/devices`, { ids: [device] });
        const sent = { name: 'row/x', data: { a: 1 }, ttl: 7, private: false, as_device_id: device };
        await make({ body: '{{{PARTICLE_EVENT_JSON}}}' });
        const before = receiver.requests.length;
        const answer = await fleethook.ok('POST', `/v1/products/${product.id}/events`, { name: 'row/', [spelling]: sent[field] });
        assert.equal(answer.warnings, undefined);
        await receiver.received(before + 1);
        const event = JSON.parse(receiver.requests[before].text);
        const seen = { name: event.event, data: JSON.parse(event.data), ttl: event.ttl, private: !event.public, as_device_id: event.coreid };
        assert.deepEqual(seen[field], sent[field]);
      });
    }
  }
});

describe('what is said', () => {
  for (const row of rows('refused', 'says')) {
    test(`${row.refused} is refused`, async () => {
      const answer = await fleethook.request('POST', hooks(), { event: 'row/', url: receiver.url, ...settingsOf(row.refused) });
      assert.equal(answer.status, 400);
      const [, field, message] = /^`([^`]*)`: (.*)$/.exec(row.says);
      const violation = answer.body.violations.find((one) => one.field === field);
      assert.ok(violation?.message.includes(message), JSON.stringify(answer.body));
    });
  }

  for (const row of rows('settings', 'code', 'field')) {
    test(`${row.settings} is warned about`, async () => {
      await fleethook.ok('PUT', '/v1/orgs/acme/secrets/KEPT_KEY', { value: 's3cret' });
      const made = await make(settingsOf(row.settings));
      assert.deepEqual((made.warnings ?? []).map((one) => [one.code, one.field]), [[code(row.code), code(row.field)]]);
    });
  }

  const errors = {
    'error status 404 from 127.0.0.1': { url: '/missing' },
    'connect ECONNREFUSED 127.0.0.1:9': { url: 'http://127.0.0.1:9' },
    'getaddrinfo ENOTFOUND nowhere.invalid': null, // asks a DNS server
    ETIMEDOUT: null, // needs a host that drops packets
    ESOCKETTIMEDOUT: { url: '/hang', timeout: 1 },
    'socket hang up': { url: '/close' },
    'read ECONNRESET': { url: '/reset' },
    'error status 508 from 127.0.0.1: a loop was cut; what this webhook publishes leads to what fires it': { url: '/loop' },
    'error status 302 from 127.0.0.1: it redirects, which this integration takes for an error': { url: '/moved', redirects: 'error' },
    'address 10.0.0.1 is refused by the egress guard; an administrator can allow it with --allow-egress 10.0.0.0/8': { url: 'http://10.0.0.1' },
  };
  for (const row of rows('text of an error event', 'when')) {
    test(row['text of an error event'], async () => {
      answers.set('/missing', { status: 404 }).set('/hang', 'hang').set('/close', 'close').set('/reset', 'reset').set('/loop', { status: 508, headers: { 'Fleethook-Hops': '8' } }).set('/moved', { status: 302, headers: { location: '/' } });
      const text = code(row['text of an error event']);
      assert.ok(text in errors, 'a new text needs a cause here');
      if (errors[text] === null) return;
      const settings = errors[text];
      const { id } = await make({ ...settings, url: settings.url.startsWith('/') ? receiver.url + settings.url : settings.url });
      assert.deepEqual(await fleethook.ok('POST', `${hooks()}/${id}/test`, {}), { pass: false, error: text });
    });
  }

  test('the page has exactly the codes of warnings', () => {
    const known = [...source('src/core/warning.h').matchAll(/inline constexpr std::string_view k\w+ = "(\w+)"/g)].map((match) => match[1]);
    assert.deepEqual(rows('code', 'cause', 'remedy').map((row) => code(row.code)).sort(), known.sort());
  });

  const codesOf = (answer) => (answer.warnings ?? answer.integration?.warnings ?? []).map((one) => one.code);
  const limit = async (lists) => {
    await fleethook.ok('PUT', '/v1/orgs/acme/secrets/LIMITED_KEY', { value: 's3cret', products: null, hosts: null });
    await make({ secrets: ['LIMITED_KEY'] });
    return fleethook.ok('PUT', '/v1/orgs/acme/secrets/LIMITED_KEY', lists);
  };
  const causes = {
    unknown_member: () => make({ headerz: {} }),
    ignored_member: () => make({ responseTopic: 'a', responseEvent: 'b' }),
    secret_not_selected: async () => {
      await fleethook.request('POST', '/v1/orgs/acme/secrets', { name: 'API_KEY', value: 's3cret' });
      return make({ headers: { 'X-Key': '{{{API_KEY}}}' } });
    },
    unknown_name: async () => {
      const settings = { event: 'row/', url: receiver.url, body: '{{{temp}}}' };
      const answer = await fleethook.ok('POST', `/v1/products/${product.id}/integrations/preview`, { settings, event: { name: 'row/', data: '{"Temp":1}' } });
      return answer.previews[0];
    },
    double_firing: async () => {
      await make({ body: 'a' });
      return make({ body: 'b' });
    },
    identical: async () => {
      await fleethook.ok('PUT', '/v1/orgs/acme', { group_identical: 'off' });
      await make({ body: 'same' });
      return make({ body: 'same' });
    },
    egress_refused: () => make({ url: 'http://10.0.0.1/' }),
    secret_not_for_product: () => limit({ products: [org.products[1].id] }),
    secret_not_for_host: () => limit({ hosts: ['elsewhere.example'] }),
    literal_credential: () => make({ headers: { Authorization: 'Bearer abcdef0123456789' } }),
  };
  for (const row of rows('code', 'cause', 'remedy')) {
    test(`the warning ${row.code}`, async () => {
      assert.ok(code(row.code) in causes, 'a new code needs a cause here');
      const said = codesOf(await causes[code(row.code)]());
      assert.ok(said.includes(code(row.code)), JSON.stringify(said));
    });
  }
});
