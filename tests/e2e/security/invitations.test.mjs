// Who gets a role, against those who would have it and those who would know who is there: whoever registers an address first, whoever asks for names by inviting
// them, and whoever puts others into teams. Sign-up is open here, so nobody's address is anybody's word.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Fleethook } from '../support/fleethook.mjs';
import { tokenOf } from '../support/team.mjs';
import { Principal, person } from '../support/tenants.mjs';

const password = 'long enough';
let fleethook, ann, product;

before(async () => {
  fleethook = await Fleethook.start();
  ann = await signUp('ann');
  await ann.ok('POST', '/v1/orgs', { name: 'Acme', slug: 'acme' });
  ({ product } = await ann.ok('POST', '/v1/orgs/acme/products', { product: { name: 'Pump', platform_id: 13 } }));
});
after(() => fleethook?.close());

// By themselves, with any address they like.
async function signUp(name) {
  const username = `${name}@example.com`;
  await fleethook.ok('POST', '/v1/users', { username, password }, { authorization: '' });
  return new Principal(fleethook, username, await tokenOf(fleethook, username, password));
}
const places = () => ['/v1/orgs/acme', `/v1/products/${product.slug}`];
const invite = async (by, place, name, role = 'Administrator') => (await by.ok('POST', `${place}/team`, { username: `${name}@example.com`, role })).invited;
const accept = (who, { id, code }) => who.request('POST', `/v1/user/invitations/${id}/accept`, code === undefined ? {} : { code });
const waiting = async (who) => (await who.ok('GET', '/v1/user/invitations')).invitations;
const nothingOf = async (who, place) => assert.equal((await who.request('GET', place)).status, 404, `${who.name} sees ${place}`);

describe('a stranger who registers an address', () => {
  for (const [when, first] of [['before the invitation', true], ['after the invitation', false]]) {
    test(`${when} sees it and gets no role by it`, async () => {
      for (const [index, place] of places().entries()) {
        const name = `boss-${when.split(' ')[0]}-${index}`;
        const early = first && (await signUp(name));
        const invitation = await invite(ann, place, name);
        const stranger = early || (await signUp(name));
        const [seen] = await waiting(stranger);
        assert.deepEqual([seen.id, seen.needs_code, seen.invited_by], [invitation.id, true, ann.name]);
        assert.ok(!JSON.stringify(seen).includes(invitation.code));
        for (const code of [undefined, '', invitation.id, 'f'.repeat(40), invitation.code.slice(0, 39)]) {
          const refused = await accept(stranger, { id: invitation.id, code });
          assert.deepEqual([refused.status, refused.body.code], [403, 'invitation_code'], `with ${code}`);
        }
        await nothingOf(stranger, place);
        // Who got the code from the inviter is the one who was meant.
        assert.equal((await accept(stranger, invitation)).status, 200);
        assert.equal((await stranger.request('GET', place)).status, 200);
      }
    });
  }

  test('by renaming an account that was vouched for gets none either', async () => {
    const vouched = await person(fleethook, 'vouched@example.com');
    const invitation = await invite(ann, '/v1/orgs/acme', 'chief');
    await vouched.ok('PUT', '/v1/user', { username: 'chief@example.com', current_password: 'quite long enough' });
    assert.equal((await accept(vouched, { id: invitation.id })).status, 403);
    const again = await ann.ok('POST', '/v1/orgs/acme/team/chief@example.com/invitation');
    assert.equal((await accept(vouched, { id: again.invited.id })).body.code, 'invitation_code', 'nor once it has the name');
    await nothingOf(vouched, '/v1/orgs/acme');
  });

  test('cannot use the code of another one\'s invitation, nor one that was renewed, withdrawn or used', async () => {
    const [joe, eve] = [await signUp('joe'), await signUp('eve')];
    const invitation = await invite(ann, '/v1/orgs/acme', 'joe', 'View-only');
    const own = await invite(ann, `/v1/products/${product.slug}`, 'eve', 'View-only');
    assert.equal((await accept(eve, invitation)).status, 404);
    assert.equal((await accept(eve, { id: own.id, code: invitation.code })).status, 403);
    const { invited: renewed } = await ann.ok('POST', '/v1/orgs/acme/team/joe@example.com/invitation');
    assert.equal((await accept(joe, invitation)).status, 403);
    await ann.ok('DELETE', '/v1/orgs/acme/team/joe@example.com');
    assert.equal((await accept(joe, renewed)).status, 404);
    const last = await invite(ann, '/v1/orgs/acme', 'joe', 'View-only');
    assert.equal((await accept(joe, last)).status, 200);
    await ann.ok('DELETE', '/v1/orgs/acme/team/joe@example.com');
    assert.equal((await accept(joe, last)).status, 404);
    await nothingOf(joe, '/v1/orgs/acme');
  });
});

describe('inviting', () => {
  test('tells nobody who has an account, neither by the answer nor by the list nor by what can be done with it', async () => {
    await signUp('there');
    const shape = ({ status, body }) => JSON.stringify([status, body]).replaceAll(/there|nobdy/g, '#').replaceAll(/[0-9a-f]{40}|[0-9a-f]{24}/g, '#').replaceAll(/\d{4}-\d\d-\d\dT[^"]*/g, '#');
    for (const place of places()) {
      const answers = {};
      for (const name of ['there', 'nobdy']) {
        const at = `${place}/team/${name}@example.com`;
        const seen = (answers[name] = []);
        const ask = async (method, target, body) => seen.push(shape(await ann.request(method, target, body)));
        await ask('POST', `${place}/team`, { username: `${name}@example.com`, role: 'Support' });
        await ask('POST', `${place}/team`, { username: `${name}@example.com`, role: 'Support' });
        const { team } = await ann.ok('GET', `${place}/team`);
        seen.push(shape({ body: team.filter((one) => one.username === `${name}@example.com`) }));
        await ask('PUT', at, { role: 'Developer' });
        await ask('PUT', `${at}/token`);
        await ask('POST', `${at}/invitation`, { role: 'Developer' });
        const { audit } = await ann.ok('GET', `${place}/audit`);
        seen.push(shape({ body: audit.filter((one) => one.target_name === `${name}@example.com`).map(({ action, target, changes }) => ({ action, target: target.length, changes })) }));
        await ask('DELETE', at);
        await ask('DELETE', at);
      }
      assert.deepEqual(answers.there, answers.nobdy);
      assert.match(answers.there[0], /^\[200,/);
    }
  });

  test('puts nobody into a team: without his word nothing of it is his', async () => {
    const kim = await signUp('kim');
    const before = await kim.ok('GET', '/v1/session');
    for (const place of places()) await invite(ann, place, 'kim', 'Developer');
    const { organizations, products } = await kim.ok('GET', '/v1/session');
    assert.deepEqual([organizations, products], [before.organizations, before.products]);
    for (const place of places()) await nothingOf(kim, place);
    const device = 'e00fce680000000000000abc';
    const claimed = await ann.request('POST', `/v1/products/${product.slug}/devices`, { id: device, claim_user: kim.name });
    assert.equal(claimed.status, 400, 'nor is a device claimed for him');
    for (const { id } of await waiting(kim)) await kim.ok('POST', `/v1/user/invitations/${id}/decline`);
    assert.deepEqual(await waiting(kim), []);
    const { audit } = await ann.ok('GET', '/v1/orgs/acme/audit');
    assert.ok(audit.some((one) => one.action === 'team.invitation_declined' && one.by.username === kim.name));
  });

  test('gives nothing once the inviter may not give it, and no more than he may', async () => {
    const [adam, max] = [await signUp('adam'), await signUp('max')];
    assert.equal((await accept(adam, await invite(ann, '/v1/orgs/acme', 'adam'))).status, 200);
    assert.equal((await adam.request('POST', '/v1/orgs/acme/team', { username: max.name, role: 'Owner' })).status, 400);
    const [first, second] = [await invite(adam, places()[0], 'max'), await invite(adam, places()[1], 'max')];
    await ann.ok('PUT', '/v1/orgs/acme/team/adam@example.com', { role: 'Developer' });
    for (const invitation of [first, second]) assert.equal((await accept(max, invitation)).status, 404);
    assert.deepEqual(await waiting(max), []);
    assert.equal((await adam.request('POST', '/v1/orgs/acme/team', { username: max.name, role: 'View-only' })).status, 403);
    const { audit } = await ann.ok('GET', '/v1/orgs/acme/audit');
    assert.equal(audit.filter((one) => one.action === 'team.invitation_ended' && one.target_name === max.name).length, 2);
  });

  test('of a product that moves is void for its new owner\'s team', async () => {
    const lea = await signUp('lea');
    await ann.ok('POST', '/v1/orgs', { name: 'Other', slug: 'other' });
    const made = (await ann.ok('POST', '/v1/orgs/acme/products', { product: { name: 'Mover', platform_id: 13 } })).product;
    const invitation = await invite(ann, `/v1/products/${made.slug}`, 'lea', 'Developer');
    await ann.ok('POST', `/v1/products/${made.slug}/move`, { organization: 'other' });
    assert.equal((await accept(lea, invitation)).status, 404);
    await nothingOf(lea, `/v1/products/${made.slug}`);
  });

  test('is bounded for each team, and leaves no code on disk or in the log', async () => {
    const { invited } = await ann.ok('POST', '/v1/orgs/other/team', { username: 'guest0@example.com', role: 'Support' });
    let refused;
    for (let i = 1; !refused && i <= 200; i++) {
      const answer = await ann.request('POST', '/v1/orgs/other/team', { username: `guest${i}@example.com`, role: 'Support' });
      if (answer.status !== 200) refused = [i, answer.status, answer.body.code];
    }
    assert.deepEqual(refused, [200, 400, 'quota']);
    await fleethook.restart();
    const { team } = await ann.ok('GET', '/v1/orgs/other/team');
    assert.equal(team.filter((one) => one.invite_pending).length, 200, 'they are there after a restart');
    const files = readdirSync(fleethook.data, { withFileTypes: true }).filter((one) => one.isFile());
    for (const { name } of files) assert.ok(!readFileSync(`${fleethook.data}/${name}`).includes(invited.code), name);
    assert.ok(!fleethook.log.join('\n').includes(invited.code));
  });
});
