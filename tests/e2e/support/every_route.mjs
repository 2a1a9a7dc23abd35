// Every route of /openapi.json, with paths, bodies and queries that name the things of one side or of the other: for the tests that try what somebody must not
// see or change. A side is what tenant() of tenants.mjs gives. A path with a name that is not known here is an error: nobody would have tried that route.
import assert from 'node:assert/strict';
import http from 'node:http';

export class EveryRoute {
  // `url` is where integrations that are made in passing would send to.
  static async of(fleethook, url) {
    const self = new EveryRoute();
    const { paths, components } = await (await fetch(`${fleethook.url}/openapi.json`)).json();
    self.fleethook = fleethook;
    self.url = url;
    self.schemas = components.schemas;
    self.agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    self.streams = [];   // those that were opened, each {what, read(), request}
    self.routes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).filter(([method]) => method !== 'parameters').map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    );
    return self;
  }

  close() {
    for (const { request } of this.streams) request.destroy();
    this.agent.destroy();
  }

  // A body that a schema describes, naming `whose` things: `all` members, or only those required.
  #sample(schema, whose, all, depth = 0) {
    if (schema.$ref) return this.#sample(this.schemas[schema.$ref.split('/').at(-1)], whose, all, depth);
    if (schema.allOf ?? schema.oneOf) return this.#sample((schema.allOf ?? schema.oneOf)[0], whose, all, depth);
    if (schema.enum) return schema.enum[0];
    switch (schema.type) {
      case 'object': {
        const made = {};
        if (depth > 3) return made;
        for (const [name, member] of Object.entries(schema.properties ?? {})) {
          if (!all && !schema.required?.includes(name)) continue;
          const of = member.$ref ? this.schemas[member.$ref.split('/').at(-1)] : member;
          made[name] = name === 'url' ? this.url : namedThings[name] && of.type !== 'object' ? namedThings[name](whose) : this.#sample(member, whose, all, depth + 1);
        }
        return made;
      }
      case 'array': return [this.#sample(schema.items, whose, all, depth + 1)];
      case 'integer': case 'number': return 1;
      case 'boolean': return true;
      default: return 'x';
    }
  }

  // What a route is asked by somebody of `own` about `victim`: {target, body, type, theirs: the path itself names something of the victim, says: it tells the
  // server words of the victim, which may come back later as the caller's own}.
  *requests({ method, path, operation }, victim, own) {
    const content = operation.requestBody?.content ?? {};
    const schema = Object.values(content)[0]?.schema;
    const type = Object.keys(content)[0];
    const ownName = /^\/v1\/secrets\/\{name\}/.test(path);   // not a thing of the victim, but one of the caller that is called the same
    const body = (whose, all) => {
      if (!schema) return method === 'GET' || method === 'DELETE' ? {} : { body: '{}', type: 'application/json' };
      const made = this.#sample(schema, whose, all);
      return type === 'application/json' ? { body: JSON.stringify(made), type } : { body: new URLSearchParams(made).toString(), type };
    };
    const things = namesIn(path).filter((name) => !['prefix', 'version', 'token', 'name'].includes(name));
    const theirs = things.length > 0;
    yield { target: filled(path, () => victim, 'slug'), ...body(own, false), theirs, says: ownName };
    if (theirs) yield { target: filled(path, () => victim, 'id'), ...body(own, true), theirs };
    for (const thing of things.length > 1 ? things : []) yield { target: filled(path, (name) => (name === thing ? victim : own), 'id'), ...body(own, false), theirs };
    // Everywhere, with what is theirs in the body or the query.
    if (schema) {
      for (const all of [false, true]) yield { target: filled(path, () => own, 'id'), ...body(victim, all), says: true };
      if (theirs) yield { target: filled(path, () => victim, 'id'), ...body(victim, true), theirs, says: true };
      for (const said of method === 'POST' && path.endsWith('/replays') ? replaysOf(victim, path) : []) yield { target: filled(path, () => own, 'id'), body: JSON.stringify(said), type, says: true };
    }
    const query = (operation.parameters ?? []).filter((one) => one.in === 'query' && namedThings[one.name]);
    if (query.length > 0) {
      const asked = query.map((one) => `${one.name}=${encodeURIComponent(path.endsWith('/counters') ? victim.shared : namedThings[one.name](victim))}`).join('&');
      yield { target: `${filled(path, () => own, 'id')}?${asked}`, ...body(victim, false), says: true };
      yield { target: `${filled(path, () => victim, 'id')}?${asked}`, ...body(victim, false), theirs, says: true };
    }
  }

  // -> {status, text}, the head of the answer in the text. A stream is kept open, with an empty text. Who is refused before his body was read may find the
  // connection closed; then it is asked once more on one of its own.
  async ask(principal, method, target, asked = {}) {
    for (let tries = 3; ; --tries) {
      try {
        return await this.#once(principal, method, target, asked, tries === 3 && !/\/events\//.test(target) ? this.agent : false);
      } catch (error) {
        if (tries === 1) throw new Error(`${method} ${target} as ${principal.name}: ${error.message}`);
      }
    }
  }

  #once(principal, method, target, { body, type }, agent) {
    return new Promise((resolve, reject) => {
      const headers = { ...(principal.token ? { authorization: `Bearer ${principal.token}` } : {}), ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }) };
      const request = http.request({ host: '127.0.0.1', port: this.fleethook.port, method, path: target, headers, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (more) => (text += more));
        response.on('error', () => {});
        if (response.headers['content-type']?.startsWith('text/event-stream')) {
          this.streams.push({ what: `${method} ${target} as ${principal.name}`, read: () => text, request });
          return resolve({ status: response.statusCode, text: '' });
        }
        response.on('end', () => resolve({ status: response.statusCode, text: JSON.stringify(response.headers) + text }));
        response.on('aborted', () => reject(new Error('the answer was cut')));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  // All of it, as each of `principals`, some at the same time: first what tells the server nothing of the victim, by everybody; then the rest; and last what ends
  // the token that it comes with. `seen({route, target, body, theirs, principal, status, text, known})` for each; `known`: the server was told words of the
  // victim before. Gives how often each route was tried, by "METHOD path".
  async byAll(principals, victim, own, seen) {
    const tried = new Map(this.routes.map((route) => [`${route.method} ${route.path}`, 0]));
    const all = this.routes.flatMap((route) => [...this.requests(route, victim, own)].map((request) => ({ route, ...request })));
    const endsItself = ({ route: { method, path } }) => method === 'DELETE' && /^\/v1\/(user|session|access_tokens(\/current)?)$/.test(path);
    const rounds = [all.filter((one) => !one.says && !endsItself(one)), all.filter((one) => one.says && !endsItself(one)), all.filter(endsItself)];
    for (const [round, requests] of rounds.entries()) {
      for (const principal of principals) {
        const left = [...requests];
        const work = async () => {
          for (let one; (one = left.shift()); ) {
            const { status, text } = await this.ask(principal, one.route.method, one.target, one);
            tried.set(`${one.route.method} ${one.route.path}`, tried.get(`${one.route.method} ${one.route.path}`) + 1);
            seen({ ...one, principal, status, text, known: round > 0 });
          }
        };
        await Promise.all(Array.from({ length: 6 }, work));
      }
    }
    return tried;
  }
}

export const namesIn = (path) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

// The path with the things of `whose(name)` in it. Product and organization are named by id or by slug.
export const filled = (path, whose, by) => path.replace(/\{(\w+)\}/g, (_, name) => value(name, path, whose(name), by));

function value(name, path, whose, by) {
  const found = {
    organization: () => whose.organization[by],
    product: () => (path.startsWith('/v1/orgs/') ? whose.products[1] : whose.products[0])[by],
    id: () => (path.startsWith('/v1/user/invitations/') ? whose.invitations[path.endsWith('/accept') ? 0 : 1] : path.includes('/by-id/') ? whose.tokenId : path.startsWith('/v1/orgs/') ? whose.shared : path.startsWith('/v1/products/') ? whose.ofProduct : whose.ofSandbox),
    device: () => (path.startsWith('/v1/devices/') ? whose.ownDevice : whose.device),
    username: () => path.endsWith('/invitation') ? whose.invited : whose[`${by === 'slug' ? 'member' : 'robot'}${path.startsWith('/v1/orgs/') ? '' : 'OfProduct'}`],
    name: () => whose.secret,
    group: () => whose.group,
    event: () => (path.startsWith('/v1/event_log') ? whose.ownEvent : whose.event),
    attempt: () => placed(whose.attempts, path),
    letter: () => placed(whose.letters, path),
    number: () => placed(whose.replays, path),
    destination: () => placed(whose.destinations, path),
    version: () => 1,
    prefix: () => whose.word,
    token: () => 'f'.repeat(40),   // who has the token itself may end it
  }[name];
  assert.ok(found, `${path}: nobody knows what {${name}} is`);
  return encodeURIComponent(found());
}

const placed = ({ organization, product, sandbox }, path) => (path.startsWith('/v1/orgs/') ? organization : path.startsWith('/v1/products/') ? product : sandbox);

// Bodies that a schema does not give: of ids and filter a replay takes one.
const replaysOf = (whose, path) => [{ ids: [placed(whose.letters, path)] }, { filter: { product: whose.products[0].id } }, { filter: {}, integration: whose.shared }];

// Members of bodies and queries that name things; all others get a value of their type.
const namedThings = {
  product_ids: (whose) => whose.products.map((product) => product.id), products: (whose) => whose.products.map((product) => product.id), product_id: (whose) => whose.products[0].id, product: (whose) => whose.products[0].id,
  organization: (whose) => whose.organization.id, username: (whose) => whose.member, claim_user: (whose) => whose.owner.name, with: (whose) => whose.ofProduct,
  device_id: (whose) => whose.device, as_device_id: (whose) => whose.device, deviceID: (whose) => whose.ownDevice, deviceId: (whose) => whose.device,
  devices: (whose) => [whose.device, whose.ownDevice], id: (whose) => whose.device, ids: (whose) => [whose.device, whose.ownDevice],
  event_id: (whose) => whose.event, search: (whose) => whose.device, secrets: (whose) => [whose.secret], slug: (whose) => whose.products[0].slug, target: (whose) => whose.shared, integration: (whose) => whose.shared, device: (whose) => whose.device,
  event: (whose) => `${whose.word}/event`, groups: (whose) => [whose.group], deviceName: (whose) => `device-${whose.word}`,
  body: (whose) => `{{{${whose.secret}}}} {{{product.vars.place}}}`, password: () => 'not the right one',
};
