// Invitations in the console: one invites and gets a link, the other one follows it through signing in or up, and accepts or declines.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, Browser, makeUser, password, signIn } from './support/browser.mjs';
import { Fleethook, until } from './support/fleethook.mjs';

let fleethook, browser, anna;

before(async () => {
  fleethook = await Fleethook.start();
  await fleethook.organization('acme', 1);
  anna = await makeUser(fleethook, 'anna', 'acme', 'Administrator');
  browser = await Browser.start();
});
after(async () => {
  await browser?.close();
  await fleethook?.close();
});

const closed = async (page) => {
  assert.deepEqual([page.problems, page.elsewhere], [[], []]);
  await page.context().close();
};
const roleOf = async (username) => {
  const { team } = await fleethook.ok('GET', '/v1/orgs/acme/team');
  const found = team.find((one) => one.username === username);
  return found && (found.invite_pending ? 'invited' : found.role.name);
};
async function openTeam() {
  const page = await browser.person(fleethook.url);
  await signIn(page, anna, password, '/orgs/acme/team');
  await page.getByRole('heading', { name: 'Team', level: 1 }).waitFor();
  return page;
}
async function invite(page, username, role) {
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite to the team' });
  await dialog.getByRole('textbox', { name: 'Email' }).fill(username);
  if (role) {
    await dialog.getByRole('combobox', { name: 'Role' }).or(dialog.getByRole('textbox', { name: 'Role' })).first().click();
    await page.getByRole('option', { name: role }).click();
  }
  await dialog.getByRole('button', { name: 'Invite' }).click();
  return linkOf(page, username);
}
async function linkOf(page, username) {
  const dialog = page.getByRole('dialog', { name: `Invitation of ${username}` });
  const link = await dialog.getByTestId('invitation-link').innerText();
  await assertAccessible(page, 'the link');
  await dialog.getByRole('button', { name: 'Done' }).click();
  return link.trim();
}

test('a link leads a person without an account through signing up into the team', async () => {
  const page = await openTeam();
  const link = await invite(page, 'nora@example.com', 'Support');
  assert.match(link, /\/invitation\/[0-9a-f]{24}#[0-9a-f]{40}$/);
  const table = page.getByRole('table', { name: 'Invited' });
  await table.getByRole('cell', { name: 'nora@example.com', exact: true }).waitFor();
  assert.equal(await roleOf('nora@example.com'), 'invited');
  await closed(page);

  const nora = await browser.person(fleethook.url);
  const asked = [];
  nora.on('request', (request) => asked.push(request.url()));
  await nora.goto(link);
  await nora.getByRole('link', { name: 'Create one' }).click();
  await nora.getByRole('heading', { name: 'Create an account' }).waitFor();
  await nora.getByRole('textbox', { name: 'Email' }).fill('nora@example.com');
  await nora.getByLabel('Password', { exact: true }).fill(password);
  await nora.getByRole('button', { name: 'Create account' }).click();
  await nora.getByRole('heading', { name: 'Invitation', level: 1 }).waitFor();
  await nora.getByText(`${anna} invites you to the team of this organization`).waitFor();
  await assertAccessible(nora, 'the invitation');
  await nora.getByRole('button', { name: 'Accept' }).click();
  await nora.waitForURL('**/orgs/acme/**');
  await nora.getByRole('heading', { name: 'Integrations', level: 1 }).waitFor();
  assert.equal(await roleOf('nora@example.com'), 'Support');
  const code = link.split('#')[1];
  assert.ok(!asked.some((url) => new URL(url).search.includes(code) || new URL(url).pathname.includes(code)), 'the code stays behind #');
  await closed(nora);
});

test('who was vouched for sees a banner after signing in, and accepts without the link', async () => {
  const otto = await makeUser(fleethook, 'otto');
  const page = await openTeam();
  await invite(page, otto);
  await closed(page);
  const person = await browser.person(fleethook.url);
  await signIn(person, otto, password, '/sandbox/integrations');
  await person.getByRole('link', { name: 'Look at the invitation' }).click();
  await person.getByRole('heading', { name: 'Invitations', level: 1 }).waitFor();
  await person.getByRole('button', { name: 'Accept' }).click();
  await person.waitForURL('**/orgs/acme/**');
  assert.equal(await roleOf(otto), 'Developer');
  await person.getByRole('heading', { name: 'Integrations', level: 1 }).waitFor();
  assert.equal(await person.getByRole('link', { name: 'Look at the invitation' }).count(), 0);
  await closed(person);
});

test('who signed up alone is asked for the code, may paste the link, and may decline', async () => {
  const sign = async (name) => {
    await fleethook.ok('POST', '/v1/users', { username: `${name}@example.com`, password }, { authorization: '' });
    return `${name}@example.com`;
  };
  const [pia, rob] = [await sign('pia'), await sign('rob')];
  const page = await openTeam();
  const first = await invite(page, pia);
  await invite(page, rob);
  await page.getByRole('button', { name: `Actions for ${pia}` }).click();
  await page.getByRole('menuitem', { name: 'Renew with a new link' }).click();
  const second = await linkOf(page, pia);
  assert.notEqual(second, first);

  const person = await browser.person(fleethook.url);
  await signIn(person, pia, password, '/invitations');
  const accept = person.getByRole('button', { name: 'Accept' });
  await accept.waitFor();
  assert.ok(await accept.isDisabled());
  await person.getByRole('textbox', { name: 'Code' }).fill(first);
  await accept.click();
  await person.getByText('this is not the code of the invitation').waitFor();
  await person.getByRole('textbox', { name: 'Code' }).fill(second);
  await accept.click();
  await person.waitForURL('**/orgs/acme/**');
  assert.equal(await roleOf(pia), 'Developer');
  await closed(person);

  const other = await browser.person(fleethook.url);
  await signIn(other, rob, password, '/invitations');
  await other.getByRole('button', { name: 'Decline' }).click();
  await other.getByRole('heading', { name: 'No invitation waits for you' }).waitFor();
  await until('the end', async () => (await roleOf(rob)) === undefined);
  await closed(other);

  await invite(page, 'gone@example.com');
  await page.getByRole('button', { name: 'Actions for gone@example.com' }).click();
  await page.getByRole('menuitem', { name: 'Withdraw' }).click();
  await page.getByRole('dialog', { name: 'Withdraw invitation' }).getByRole('button', { name: 'Withdraw' }).click();
  await until('the end', async () => (await roleOf('gone@example.com')) === undefined);
  await closed(page);
});
