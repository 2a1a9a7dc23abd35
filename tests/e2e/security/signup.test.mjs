// Signing up without end: per address, and 400 at once while the server goes on with everything else.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Fleethook, until } from '../support/fleethook.mjs';
import { askFrom } from '../support/peers.mjs';

const password = 'correct horse battery';
let fleethook;
before(async () => {
  fleethook = await Fleethook.start();
});
after(() => fleethook?.close());

const signUp = (address, name) => askFrom(address, fleethook, 'POST', '/v1/users', { username: `${name}@example.com`, password });
const users = async () => (await fleethook.ok('GET', '/v1/users')).users.length;

describe('signing up', () => {
  test('is limited for an address, taken names and all, and says how long', async () => {
    for (let i = 0; i < 10; i += 1) {
      assert.equal((await signUp('127.2.0.1', `name${i}`)).status, 200);
      assert.equal((await signUp('127.2.0.1', 'admin')).status, 409);
    }
    const [refused, taken] = [await signUp('127.2.0.1', 'another'), await signUp('127.2.0.1', 'admin')];
    assert.equal(refused.status, 429);
    assert.match(refused.body.error, /too many sign-ups from this address/);
    assert.ok(Number(refused.headers['retry-after']) > 1800, refused.headers['retry-after']);
    assert.equal(taken.status, 429);
    assert.equal((await signUp('127.2.0.2', 'another')).status, 200);
    await fleethook.ok('POST', '/v1/users', { username: 'made@example.com', password });
  });

  test('by 400 at once leaves health, publishing and the API alone, and nothing half done', async () => {
    const { id } = (await fleethook.organization('busy', 1)).products[0];
    const before = await users();
    let madeSoFar = 0;
    const answers = Promise.all(Array.from({ length: 400 }, async (_, i) => {
      const answer = await signUp(`127.3.0.${1 + (i % 100)}`, `flood${i}`);
      if (answer.status === 200) madeSoFar += 1;
      return answer;
    }));
    await until('the first of them', () => madeSoFar > 0);   // the others wait in line behind it
    for (let i = 0; i < 5; i += 1) {
      assert.equal((await fleethook.request('GET', '/healthz')).status, 200);
      assert.equal((await fleethook.request('GET', '/readyz')).status, 200);
      await fleethook.publish(id, 'goes-on', String(i));
      assert.equal((await fleethook.request('GET', '/v1/user')).status, 200);
    }
    const madeMeanwhile = madeSoFar;
    const statuses = (await answers).map(({ status }) => status);
    assert.deepEqual(statuses.filter((status) => ![200, 429, 503].includes(status)), []);
    const made = statuses.filter((status) => status === 200).length;
    assert.ok(madeMeanwhile * 2 < made, `all of it was answered while ${madeMeanwhile} of ${made} accounts were made`);
    assert.ok(made < 400, `${made} of 400: the rest found the line full`);
    assert.equal((await users()) - before, made);
    const refused = (await answers).find(({ status }) => status === 503);
    if (refused) assert.match(refused.body.error, /nothing was done/);
  });
});
