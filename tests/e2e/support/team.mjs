// Joining a team takes two: one who invites, and one who accepts.
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const as = (token) => (token ? { authorization: `Bearer ${token}` } : {});

export async function tokenOf(fleethook, username, password) {
  const body = new URLSearchParams({ grant_type: 'password', username, password }).toString();
  return (await fleethook.ok('POST', '/oauth/token', body, form)).access_token;
}

// `username` gets the role in the team of `place` ("/v1/orgs/acme"): invited by the token `by` (or the server's administrator), accepted with its own `token`, or with
// one that its `password` gives. Gives that token.
export async function join(fleethook, place, username, role, { by, token, password } = {}) {
  const { invited } = await fleethook.ok('POST', `${place}/team`, { username, role }, as(by));
  const own = token ?? (await tokenOf(fleethook, username, password));
  await fleethook.ok('POST', `/v1/user/invitations/${invited.id}/accept`, { code: invited.code }, as(own));
  return own;
}
