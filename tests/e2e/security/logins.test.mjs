// Guessing passwords: at one user from many addresses, between logins of one's own, at every door; and the owner meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Stream } from '../support/fleethook.mjs';
import { askFrom, sessionFrom, tokenFrom } from '../support/peers.mjs';

const password = 'correct horse battery';
let fleethook;
before(async () => {
  fleethook = await Fleethook.start();
  for (const name of ['victim', 'robbed', 'owner', 'eve', 'other']) await fleethook.ok('POST', '/v1/users', { username: `${name}@example.com`, password });
});
after(() => fleethook?.close());

// 180 guesses, nine from each of 20 addresses of 127.1.`net`.0/24; how many of them got a look at the password.
async function lookedAt(net, guess) {
  const statuses = [];
  for (let from = 1; from <= 20; from += 1) {
    for (let i = 0; i < 9; i += 1) statuses.push((await guess(`127.1.${net}.${from}`, i)).status);
  }
  assert.deepEqual(statuses.filter((status) => status !== 400 && status !== 429), []);
  return statuses.filter((status) => status === 400).length;
}
const guess = (username) => (address, i) => (i % 2 === 0 ? tokenFrom : sessionFrom)(address, fleethook, username, 'wrong');

describe('guessing', () => {
  test('at one user from 20 addresses is locked, for tokens and sessions', async () => {
    assert.equal(await lookedAt(1, guess('victim@example.com')), 20);
    for (const sign of [tokenFrom, sessionFrom]) {
      const refused = await sign('127.1.1.100', fleethook, 'victim@example.com', password);
      assert.equal(refused.status, 429);
      assert.match(refused.body.error, /too many wrong passwords for this name/);
      assert.ok(Number(refused.headers['retry-after']) > 1000, refused.headers['retry-after']);
    }
    assert.equal((await tokenFrom('127.1.1.100', fleethook, 'other@example.com', password)).status, 200);
    assert.ok(fleethook.log.some((line) => line.includes('sign_in.name_locked')));
  });

  test('with a token that was stolen is locked too, where one\'s own password is asked for', async () => {
    const { body: { access_token } } = await tokenFrom('127.1.2.200', fleethook, 'robbed@example.com', password);
    assert.equal(await lookedAt(2, (address, i) => (i % 2 === 0
      ? askFrom(address, fleethook, 'PUT', '/v1/user', { password: 'quite as long', current_password: 'wrong' }, access_token)
      : askFrom(address, fleethook, 'DELETE', '/v1/user', { password: 'wrong' }, access_token))), 20);
    assert.equal((await askFrom('127.1.2.100', fleethook, 'DELETE', '/v1/user', { password }, access_token)).status, 429);
    assert.equal((await tokenFrom('127.1.2.100', fleethook, 'robbed@example.com', password)).status, 429);
    assert.equal((await askFrom('127.1.2.100', fleethook, 'GET', '/v1/user', undefined, access_token)).status, 200);
  });

  test('is not forgiven by a login of one\'s own now and then', async () => {
    const statuses = [];
    for (let i = 1; i <= 27; i += 1) {
      const own = i % 9 === 0;
      const { status } = await tokenFrom('127.1.3.1', fleethook, own ? 'eve@example.com' : 'other@example.com', own ? password : 'wrong');
      if (!own) statuses.push(status);
    }
    assert.equal(statuses.filter((status) => status === 400).length, 10);
    assert.equal((await tokenFrom('127.1.3.1', fleethook, 'eve@example.com', password)).status, 429);
  });

  test('does not lock the owner out, nor end what is open', async () => {
    const username = 'owner@example.com';
    const { body: { access_token } } = await tokenFrom('127.1.4.200', fleethook, username, password);
    const stream = await Stream.open({ url: fleethook.url, token: access_token }, '/v1/devices/events');
    try {
      assert.equal(await lookedAt(4, guess(username)), 20);
      assert.equal((await tokenFrom('127.1.4.100', fleethook, username, password)).status, 429);
      assert.equal((await tokenFrom('127.1.4.200', fleethook, username, password)).status, 200);
      assert.equal((await sessionFrom('127.1.4.200', fleethook, username, password)).status, 200);
      assert.equal((await askFrom('127.1.4.100', fleethook, 'POST', '/v1/devices/events', { name: 'goes-on' }, access_token)).status, 200);
      await stream.named('goes-on');
    } finally {
      stream.close();
    }
  });

  test('at a name that nobody has looks the same', async () => {
    assert.equal(await lookedAt(5, guess('nobody@example.com')), 20);
    const words = ({ status, body }) => [status, body.error.replace(/\d+ seconds/, 'n seconds'), body.code];
    const nobody = await tokenFrom('127.1.5.100', fleethook, 'nobody@example.com', password);
    const victim = await tokenFrom('127.1.5.100', fleethook, 'victim@example.com', password);
    assert.deepEqual(words(nobody), words(victim));
    assert.equal(nobody.status, 429);
  });
});
