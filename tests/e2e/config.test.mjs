// What people write into a webhook: other spellings, credentials, filters, foreign members; and the settings of its deliveries. Each
// works, is refused, or is warned about.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleethook, until } from './support/fleethook.mjs';
import { RawReceiver, answer } from './support/raw_receiver.mjs';

let fleethook, product, receiver;
const answers = new Map(); // path -> what is answered there

before(async () => {
  fleethook = await Fleethook.start();
  product = (await fleethook.organization('config', 1)).products[0].id;
  receiver = await RawReceiver.start((request) => {
    const found = answers.get(request.url.split('?')[0]) ?? answer(200, 'ok');
    return typeof found === 'function' ? found(request) : found;
  });
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

let made = 0;
const fresh = () => {
  const event = `cfg${String(++made).padStart(3, '0')}`;
  return { event, path: `/${event}`, url: `${receiver.url}/${event}` };
};
const own = (method, rest, body, headers) => fleethook.request(method, `/v1/webhooks${rest}`, body, headers);
const codes = (answered) => (answered.warnings ?? []).map((one) => [one.code, one.field].filter(Boolean).join(' '));
async function inProduct(settings, at = fresh()) {
  const hook = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { event: at.event, url: at.url, ...settings });
  const detail = async () => (await fleethook.ok('GET', `/v1/products/${product}/webhooks/${hook.id}`)).integration;
  return {
    ...at,
    hook,
    detail,
    publish: (data = '1') => fleethook.publish(product, at.event, data),
    ended: (kind, count = 1) => until(`${count} ${kind}`, async () => (await detail()).todayCounters[kind] >= count && detail(), 30000),
  };
}
async function batch(name, count) {
  const lines = Array.from({ length: count }, (_, i) => JSON.stringify({ name, data: String(i) })).join('\n');
  await fleethook.ok('POST', `/v1/products/${product}/events/batch`, lines, { 'content-type': 'application/x-ndjson' });
}

test('credentials are sent as they are spelled in the field, or refused (F6, F10)', async (t) => {
  const basic = `Basic ${Buffer.from('u:p').toString('base64')}`;
  for (const [auth, header] of [
    [{ username: 'u', password: 'p' }, basic],
    [{ user: 'u', pass: 'p' }, basic],
    [{ bearer: 'tok/en==' }, 'Bearer tok/en=='],
  ]) {
    await t.test(JSON.stringify(auth), async () => {
      const at = await inProduct({ auth });
      await at.publish();
      assert.equal((await receiver.arrived(at.path))[0].headers.authorization, header);
    });
  }
  for (const more of [
    { auth: { username: 'u', bearer: 't' } },
    { auth: { user: 'u', token: 't' } },
    { azure_sas_token: { key_name: 'n', key: 'k' } },
    { username: 'u', password: 'p' },
    { apiKey: 'k' },
    { cert: 'x', key: 'y' },
  ]) {
    await t.test(`${JSON.stringify(more)} is refused`, async () => {
      const refused = await own('POST', '', { ...fresh(), ...more, path: undefined });
      assert.equal(refused.status, 400, JSON.stringify(refused.body));
    });
  }
});

test('a device filter under any spelling keeps other devices and the api away (F7)', async (t) => {
  for (const spelling of ['deviceID', 'deviceid', 'deviceId', 'device', 'coreid', 'coreID', 'core_id']) {
    await t.test(spelling, async () => {
      const at = fresh();
      const hook = await fleethook.ok('POST', '/v1/webhooks', { event: at.event, url: at.url, [spelling]: '0123456789abcdef01234567' });
      assert.equal(hook.deviceID, '0123456789abcdef01234567');
      const all = fresh();
      await fleethook.ok('POST', '/v1/webhooks', { event: at.event, url: all.url });
      await fleethook.ok('POST', '/v1/devices/events', { name: at.event, data: '1' });
      await receiver.arrived(all.path);
      assert.equal(receiver.to(at.path).length, 0);
    });
  }
  const named = await own('POST', '', { ...fresh(), path: undefined, deviceID: 'no such device' });
  assert.equal(named.status, 400);
  assert.match(named.body.error_description ?? named.body.error, /name of exactly one of your devices/);
  for (const filter of [{ groups: ['a'] }, { productId: 7 }, { product_ids: [1] }, { deviceIDs: ['0123456789abcdef01234567'] }]) {
    assert.equal((await own('POST', '', { ...fresh(), path: undefined, ...filter })).status, 400, JSON.stringify(filter));
  }
});

test('misspelt members are said, and the switches of published files are understood (F10, F18)', async () => {
  const at = fresh();
  const hook = await fleethook.ok('POST', '/v1/webhooks', { event: at.event, url: at.url, headerz: { X: '1' } });
  assert.deepEqual(codes(hook), ['unknown_member headerz']);
  assert.match(hook.warnings[0].message, /did you mean headers\?/);
  for (const spelling of ['data_url_response_event', 'dataUriResponseEvent', 'dataURLResponseEvent']) {
    const one = await fleethook.ok('POST', '/v1/webhooks', { ...fresh(), path: undefined, [spelling]: true });
    assert.equal(one.dataUrlResponseEvent, true, spelling);
  }
  const imported = await fleethook.ok('POST', '/v1/webhooks', {
    eventName: 'imported', url: `${receiver.url}/i`, deviceid: '0123456789abcdef01234567', mydevices: true, requestType: 'post', rejectUnauthorized: 'false',
  });
  assert.equal(imported.event, 'imported');
  assert.equal(imported.deviceID, '0123456789abcdef01234567');
  assert.equal(imported.requestType, 'POST');
  assert.equal(imported.rejectUnauthorized, false);
  assert.deepEqual(codes(imported), []);
});

test('an exported integration is imported without a word (F17)', async () => {
  const at = await inProduct({ headers: { 'X-A': '1' }, json: { a: '{{{v}}}' }, timeout: 7, retryDelays: [1, 2] });
  const exported = await at.detail();
  for (const member of ['todayCounters', 'counters', 'logs', 'errors', 'created_at', 'id']) assert.ok(member in exported, member);
  const { id, ...rest } = exported;
  const again = await fleethook.ok('POST', `/v1/products/${product}/webhooks`, { ...rest, id, url: `${at.url}/again` });
  assert.deepEqual(codes(again), []);
  assert.notEqual(again.id, id);
  assert.equal(again.timeout, 7);
  assert.deepEqual(again.retryDelays, [1, 2]);
  assert.deepEqual(again.json, exported.json);
});

test('odd things that are right stay right (F15)', async () => {
  const graphql = '{"query":"mutation { add(t: {v: {{{v}}} }) { id { n }}}"}';
  const at = await inProduct({ json: graphql, noDefaults: true, headers: { 'X.Dotted.Name': '{{{v}}}' }, query: null, form: null });
  await at.publish('{"v":5}');
  const [first] = await receiver.arrived(at.path);
  assert.equal(first.text, '{"query":"mutation { add(t: {v: 5 }) { id { n }}}"}');
  assert.equal(first.headers['x.dotted.name'], '5');

  const odata = fresh();
  const get = await inProduct({ url: `${odata.url}?$filter=name eq 'a b'`, requestType: 'GET', noDefaults: true }, odata);
  await get.publish();
  assert.match((await receiver.arrived(odata.path))[0].url, /\?\$filter=name%20eq%20('|%27)a%20b('|%27)$/);

  const numbers = await inProduct({ json: { a: '{{{0.x}}}', b: '{{{1}}}' }, noDefaults: true });
  await numbers.publish('[{"x":"zero"},"one"]');
  assert.equal((await receiver.arrived(numbers.path))[0].text, '{"a":"zero","b":"one"}');

  const mark = fresh();
  const question = await inProduct({ url: `${mark.url}?` }, mark);
  await question.publish();
  assert.equal((await receiver.arrived(mark.path)).length, 1);

  const twice = fresh();
  const text = `{"event":"${twice.event}","url":"${twice.url}","auth":{"username":"old","password":"x"},"auth":{"username":"u","password":"p"}}`;
  await fleethook.ok('POST', '/v1/webhooks', text, { 'content-type': 'application/json' });
  await fleethook.ok('POST', '/v1/devices/events', { name: twice.event, data: '1' });
  assert.equal((await receiver.arrived(twice.path))[0].headers.authorization, `Basic ${Buffer.from('u:p').toString('base64')}`);
});

test('a form creates one as JSON does (F16)', async () => {
  const at = fresh();
  const body = new URLSearchParams([
    ['event', at.event], ['url', at.url], ['auth[username]', 'u'], ['auth[password]', 'p'], ['json[gauges][0][name]', '{{{v}}}'], ['noDefaults', 'true'],
    ['timeout', '9'], ['retryDelays[]', '3'],
  ]).toString();
  const hook = await fleethook.ok('POST', '/v1/webhooks', body, { 'content-type': 'application/x-www-form-urlencoded' });
  assert.equal(hook.timeout, 9);
  assert.deepEqual(hook.retryDelays, [3]);
  await fleethook.ok('POST', '/v1/devices/events', { name: at.event, data: '{"v":"x"}' });
  const [request] = await receiver.arrived(at.path);
  assert.equal(request.headers.authorization, `Basic ${Buffer.from('u:p').toString('base64')}`);
  assert.deepEqual(JSON.parse(request.text), { gauges: [{ name: 'x' }] });
});

test('a template that the data makes empty is said, with what is near (F19)', async () => {
  const at = fresh();
  const { id } = await fleethook.ok('POST', '/v1/webhooks', { event: at.event, url: at.url, json: { t: '{{{temp}}}' } });
  const preview = await fleethook.ok('POST', `/v1/integrations/${id}/preview`, { event: { data: '{"Temp":1}' } });
  assert.deepEqual(codes(preview.previews[0]), ['unknown_name json.t']);
  for (const part of ["'temp'", "'Temp'"]) assert.ok(preview.previews[0].warnings[0].message.includes(part));
  const tested = await fleethook.ok('POST', `/v1/integrations/${id}/test`, { data: '{"Temp":1}' });
  assert.ok(tested.pass);
  assert.deepEqual(codes(tested), ['unknown_name json.t']);
});

test('the second of two that fire for one event at one address is warned about (F20)', async () => {
  const at = fresh();
  const settings = { event: at.event, url: at.url };
  assert.deepEqual(codes(await fleethook.ok('POST', '/v1/webhooks', settings)), []);
  assert.deepEqual(codes(await fleethook.ok('POST', '/v1/webhooks', settings)), ['double_firing']);
});

test('secrets that are not selected and literal credentials are warned about', async () => {
  await fleethook.ok('POST', '/v1/secrets', { name: 'CFG_KEY', value: 'aZ/9+kQ==' });
  const at = fresh();
  const hook = await fleethook.ok('POST', '/v1/webhooks', { event: at.event, url: at.url, headers: { 'X-Key': '{{{CFG_KEY}}}' } });
  assert.deepEqual(codes(hook), ['secret_not_selected headers.X-Key']);
  const literal = await fleethook.ok('POST', '/v1/webhooks', { ...fresh(), path: undefined, headers: { Authorization: 'Bearer abcdefgh12345678' } });
  assert.deepEqual(codes(literal), ['literal_credential headers.Authorization']);
});

test('PATCH goes into headers one by one, and a refusal tells all at once', async () => {
  const at = await inProduct({ headers: { 'X-One': '1', 'X-Two': '2' } });
  const edited = await fleethook.ok('PATCH', `/v1/products/${product}/webhooks/${at.hook.id}`, { headers: { 'x-one': null, 'X-New': '3' } });
  assert.deepEqual(edited.integration.headers, { 'X-Two': '2', 'X-New': '3' });
  const refused = await own('POST', '', { url: 'ftp://x', headers: { X: '{{#a}}' }, json: { a: '{{' }, timeout: 61, rate: 0, secrets: ['NOT_THERE'] });
  assert.equal(refused.status, 400);
  const fields = refused.body.violations.map((one) => one.field);
  for (const field of ['event', 'url', 'headers.X', 'json.a', 'timeout', 'rate', 'secrets.0']) assert.ok(fields.includes(field), `${field} in ${fields}`);
});

test('timeout: an attempt against a slow receiver ends with it', async () => {
  const at = fresh();
  answers.set(at.path, () => undefined); // never
  const hook = await inProduct({ timeout: 1, retryFor: 0 }, at);
  await hook.publish();
  const ended = await hook.ended('error');
  assert.match(ended.errors[0].error, /ESOCKETTIMEDOUT/);
  assert.ok(ended.errors[0].duration_ms >= 1000 && ended.errors[0].duration_ms < 3000, String(ended.errors[0].duration_ms));
  assert.equal(receiver.to(at.path).length, 1);
});

test('retryDelays, retryFor and finalStatuses: when it is tried again, and when not', async () => {
  const waits = fresh();
  answers.set(waits.path, answer(500));
  const times = [];
  answers.set(waits.path, () => {
    times.push(Date.now());
    return answer(500);
  });
  const hook = await inProduct({ retryDelays: [1, 2], retryFor: 4 }, waits);
  await hook.publish();
  await hook.ended('error');
  assert.equal(times.length, 4, 'at 0, 1, 3 and, at the end of the time, 4 s');
  for (const [i, second] of [0, 1, 3, 4].entries()) assert.ok(Math.abs(times[i] - times[0] - second * 1000) < 900, String(times.map((t) => t - times[0])));

  const final = fresh();
  answers.set(final.path, answer(404));
  const last = await inProduct({ finalStatuses: [404] }, final);
  await last.publish();
  await last.ended('error');
  assert.equal(receiver.to(final.path).length, 1);

  const none = fresh();
  let asked = 0;
  answers.set(none.path, () => answer(++asked === 1 ? 400 : 200));
  const kept = await inProduct({ finalStatuses: [], retryDelays: [1] }, none);
  await kept.publish();
  await kept.ended('success');
  assert.equal(asked, 2);
});

test('concurrency and rate hold at one destination, and others go on', async () => {
  const narrow = fresh();
  let now = 0, most = 0;
  answers.set(narrow.path, async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 100));
    --now;
    return answer(200);
  });
  const one = await inProduct({ concurrency: 1 }, narrow);
  const other = await inProduct({});
  await batch(one.event, 15);
  await batch(other.event, 15);
  await other.ended('success', 15);
  assert.ok(receiver.to(narrow.path).length < 15, 'they do not wait for the narrow one');
  await one.ended('success', 15);
  assert.equal(most, 1);

  const paced = fresh();
  const times = [];
  answers.set(paced.path, () => {
    times.push(Date.now());
    return answer(200);
  });
  const slow = await inProduct({ rate: 5 }, paced);
  await batch(slow.event, 11);
  await slow.ended('success', 11);
  const took = times.at(-1) - times[0];
  assert.ok(took >= 1900 && took < 6000, `11 requests at 5 a second took ${took} ms`);
  assert.ok((await fleethook.metric('fleethook_deliveries_waited_total')) > 0);
});
