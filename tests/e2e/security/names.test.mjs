// Names are what they look like: of users, and of events that saved integrations make on streams.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fleethook, Receiver, Stream, run, temporaryFolder } from '../support/fleethook.mjs';

let fleethook, receiver;
before(async () => {
  fleethook = await Fleethook.start();
  receiver = await Receiver.start((request) => ({ body: request.text }));
});
after(async () => {
  await receiver?.close();
  await fleethook?.close();
});

const hidden = { 'a line end': '\n', 'a carriage return': '\r', 'a tab': '\t', 'an escape': '\u001b', 'a delete': '\u007f', 'a C1 control': '\u0085', 'a line separator': '\u2028',
  'a mark of direction': '\u202e', 'a zero width space': '\u200b', 'a soft hyphen': '\u00ad', 'a byte order mark': '\ufeff' };

for (const [what, character] of Object.entries(hidden)) {
  test(`no user's name has ${what}, when signing up or later`, async () => {
    const username = `a${character}b@example.com`;
    const refused = await fleethook.request('POST', '/v1/users', { username, password: 'long enough' });
    assert.deepEqual([refused.status, refused.body.code], [400, 'invalid_request'], JSON.stringify(refused.body));
    assert.match(refused.body.error_description, /username/);
    const changed = await fleethook.request('PUT', '/v1/user', { username, current_password: fleethook.credentials.password });
    assert.equal(changed.status, 400);
    assert.match(changed.body.error_description, /username/);
    const info = await fleethook.request('PUT', '/v1/user', { account_info: { first_name: `a${character}b` } });
    assert.equal(info.status, 400);
    assert.equal((await fleethook.ok('GET', '/v1/user')).username, 'admin@example.com');
    const made = run(['init', '--data', `${temporaryFolder()}/data`, '--admin', username, '--json']);
    assert.notEqual(made.status, 0, 'nor that of the first administrator');
  });

  test(`no saved integration makes an event whose name has ${what}`, async () => {
    for (const path of ['/v1/webhooks', '/v1/integrations']) {
      for (const [field, settings] of Object.entries({
        event: { event: `n${character}x` },
        responseTopic: { event: 'n', responseTopic: `t${character}event: forged` },
        errorResponseTopic: { event: 'n', errorResponseTopic: `t${character}event: forged` },
      })) {
        const refused = await fleethook.request('POST', path, { integration_type: 'Webhook', url: receiver.url, ...settings });
        assert.equal(refused.status, 400, `${path} ${field}`);
        assert.match(refused.body.error_description, new RegExp(`${field}: must not have control characters`));
      }
    }
    assert.deepEqual(await fleethook.ok('GET', '/v1/integrations'), []);
  });
}

test('a topic that data puts lines into makes one event of one line', async () => {
  const { id } = await fleethook.ok('POST', '/v1/webhooks', { event: 'lines', url: receiver.url, body: 'x', responseTopic: 'made/{{{PARTICLE_EVENT_VALUE}}}' });
  const stream = await Stream.open(fleethook, '/v1/devices/events');
  try {
    const data = 'a\nevent: forged\ndata: {}\n\nevent: forged\r\u2028b';
    assert.equal((await fleethook.ok('POST', `/v1/integrations/${id}/test`, { data })).pass, true);
    const made = 'made/a_event: forged_data: {}__event: forged__b/0';
    await stream.named(made);
    await fleethook.ok('POST', '/v1/devices/events', { name: 'lines', data });
    await stream.named('lines');
    await stream.named('hook-sent/lines');
    assert.equal(stream.bytes.includes('\nevent: forged'), false);
    assert.deepEqual([...new Set(stream.events.map((event) => event.name))].filter((name) => !['lines', 'hook-sent/lines'].includes(name)), [made]);
  } finally {
    stream.close();
    await fleethook.ok('DELETE', `/v1/webhooks/${id}`);
  }
});
