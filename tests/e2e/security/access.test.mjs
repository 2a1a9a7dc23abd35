// Ways of losing access that streams.test.mjs does not try: a stream that is open then ends within a second.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Stream, until } from '../support/fleethook.mjs';
import { sessionFrom, tokenFrom } from '../support/peers.mjs';

const first = 'correct horse battery';
const second = 'another horse battery';
const here = '127.0.0.1';
let fleethook, anybody, count = 0;
before(async () => {
  fleethook = await Fleethook.start();
  anybody = Object.assign(new Fleethook(), { url: fleethook.url });   // sends the headers that it is given, and no token
});
after(() => fleethook?.close());

async function person() {
  count += 1;
  const username = `person${count}@example.com`;
  await fleethook.ok('POST', '/v1/users', { username, password: first });
  return username;
}
async function token(username, password = first) {
  const { status, body } = await tokenFrom(here, fleethook, username, password);
  assert.equal(status, 200, JSON.stringify(body));
  return { url: fleethook.url, token: body.access_token, authorization: `Bearer ${body.access_token}` };
}
async function session(username, password = first) {
  const { status, body, headers } = await sessionFrom(here, fleethook, username, password);
  assert.equal(status, 200, JSON.stringify(body));
  return { cookie: headers['set-cookie'][0].split(';')[0], 'x-csrf-token': body.csrf };
}
async function listen(by) {
  const stream = await Stream.open(by, '/v1/devices/events');
  assert.equal(stream.status, 200);
  stream.request.on('close', () => { stream.ended = true; });
  return stream;
}
const ends = async (stream) => {
  await until(`the end, after ${stream.bytes}`, () => stream.ended);
  assert.match(stream.bytes, /the token has been ended/);
};
const change = (headers, more = {}) => anybody.ok('PUT', '/v1/user', { password: second, current_password: first, ...more }, headers);
// Its stream still shows what is published.
async function goesOn(stream, by) {
  count += 1;
  await fleethook.ok('POST', '/v1/devices/events', { name: `still/${count}` }, { authorization: by.authorization });
  await stream.named(`still/${count}`);
  assert.ok(!stream.ended);
}

describe('a changed password', () => {
  test('ends the streams of all other tokens, also where a client says invalidate_tokens: false', async () => {
    for (const more of [{}, { invalidate_tokens: false }]) {
      const username = await person();
      const [own, other] = [await token(username), await token(username)];
      const streams = [await listen(own), await listen(other)];
      await change({ authorization: own.authorization }, more);
      await ends(streams[1]);
      await goesOn(streams[0], own);
      assert.equal((await anybody.request('GET', '/v1/user', undefined, { authorization: other.authorization })).status, 401);
      streams[0].close();
    }
  });

  test('in a browser ends tokens and other browsers, and leaves that one signed in', async () => {
    const username = await person();
    const [browser, elsewhere, program] = [await session(username), await session(username), await token(username)];
    const stream = await listen(program);
    const { csrf } = await change(browser);
    assert.ok(csrf && csrf !== browser['x-csrf-token']);
    await ends(stream);
    assert.equal((await anybody.request('GET', '/v1/user', undefined, elsewhere)).status, 401);
    assert.equal((await anybody.request('GET', '/v1/user', undefined, browser)).status, 401, 'the cookie was replaced too');
    const log = (await anybody.ok('GET', '/v1/audit', undefined, await session(username, second))).audit;
    const entry = log.find((one) => one.action === 'token.all_revoked');
    assert.deepEqual([entry?.changes.tokens.from, entry?.changes.tokens.to], [1, 0], JSON.stringify(log));
  });

  test('keeps tokens where that is asked for, and ends other browsers all the same', async () => {
    const username = await person();
    const [own, other, browser] = [await token(username), await token(username), await session(username)];
    const stream = await listen(other);
    await change({ authorization: own.authorization }, { keep_tokens: true });
    await goesOn(stream, other);
    assert.equal((await anybody.request('GET', '/v1/user', undefined, browser)).status, 401);
    stream.close();
    const both = await anybody.request('PUT', '/v1/user', { password: first, current_password: second, keep_tokens: true, invalidate_tokens: true }, { authorization: own.authorization });
    assert.equal(both.status, 400);
    assert.deepEqual(both.body.violations.map((one) => one.field), ['keep_tokens']);
  });
});

test('signing out everywhere, and ending one token by its id, end their streams', async () => {
  const username = await person();
  const [own, other, third] = [await token(username), await token(username), await token(username)];
  const streams = [await listen(own), await listen(other), await listen(third)];
  const mine = { authorization: own.authorization };
  const { tokens } = await fleethook.ok('GET', '/v1/access_tokens', undefined, { authorization: third.authorization });
  await fleethook.ok('DELETE', `/v1/access_tokens/by-id/${tokens.find((one) => one.current).id}`, undefined, mine);
  await ends(streams[2]);
  await goesOn(streams[0], own);
  await fleethook.ok('DELETE', '/v1/access_tokens', undefined, mine);
  await ends(streams[0]);
  await ends(streams[1]);
});
