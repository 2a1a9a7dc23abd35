// Publishers, receivers that partly fail, and somebody who edits all the time, around one server that is killed. What is owed and what came is told to a Ledger.
import { once } from 'node:events';
import http from 'node:http';
import { Ledger } from './ledger.mjs';
import { until } from './fleethook.mjs';

const LANES = 2; // receivers
const WIRE = 64 * LANES; // requests that may be under way at once
const BATCH = 10;
const KEYED = 6; // publishers that come again with the same key until they are answered
const BEHIND_MAX = 10_000; // deliveries that wait and could be sent; above it the weather is good
const PLAIN = 6; // publishers that send each event once
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The weather and when the server is killed, which a seed repeats; what comes in between nobody can.
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return dice(next);
}

const dice = (next) => ({ next, below: (n) => Math.floor(next() * n), pick: (from) => from[Math.floor(next() * from.length)] });
const any = dice(Math.random);

// What a path does meanwhile. Nothing here ends a delivery but an answer of 200.
const WEATHER = {
  well: () => 'take',
  errors: () => any.pick([500, 500, 'reset', 'take', 'take', 'take', 'take']),
  busy: () => any.pick([503, 'take', 'take', 'take']), // with Retry-After: 1
  down: () => 'reset',
  silent: () => any.pick(['hang', 'take']), // until the weather changes
};
const LIKELY = ['well', 'well', 'well', 'errors', 'errors', 'busy', 'down', 'silent'];

// A receiver that takes, refuses, resets or says nothing, by path.
class Taker {
  static async start(storm) {
    const self = new Taker();
    self.sockets = new Set();
    self.hanging = new Set();
    self.server = http.createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8');
      request.on('data', (part) => (text += part));
      request.on('end', () => self.answer(storm, request, response, text));
      request.on('error', () => {});
    });
    self.server.keepAliveTimeout = 600_000;
    self.server.on('connection', (socket) => {
      self.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        self.sockets.delete(socket);
        self.hanging.delete(socket);
      });
    });
    self.server.listen(0, '127.0.0.1');
    await once(self.server, 'listening');
    self.url = `http://127.0.0.1:${self.server.address().port}`;
    return self;
  }

  answer(storm, request, response, text) {
    const what = storm.weather(request.url)();
    if (what === 'hang') return this.hanging.add(request.socket);
    if (what === 'reset') return request.socket.resetAndDestroy();
    if (what !== 'take') {
      response.writeHead(what, what === 503 ? { 'retry-after': '1' } : {});
      return response.end('no');
    }
    const [event, key] = text.split(' ');
    storm.took(request.url, event, request.headers['webhook-id'], key);
    response.end();
  }

  endSilence() {
    for (const socket of this.hanging) socket.resetAndDestroy();
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

// One run. `fleethook`: a running server of its own.
export class Storm {
  // `forget(book, event)`: true when the receiver is to forget what it took; for a test of the ledger.
  static async start(fleethook, seed, { forget = () => false } = {}) {
    const self = new Storm();
    Object.assign(self, { fleethook, forget, plan: random(seed), ledger: new Ledger({ wire: WIRE }) });
    self.receivers = [await Taker.start(self), await Taker.start(self)];
    self.paths = new Map(); // path -> weather
    self.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    self.publishing = false;
    self.waits = new Map(); // publishes under way -> since when
    self.longest = 0; // that an answer took in this life
    self.unanswered = 0; // publishers that will come again
    self.behind = 0;
    self.numbers = 0;
    self.deleted = []; // generations of the one that is deleted: {number, id, gone, life: in which}
    self.commands = { done: 0, broken: 0 };
    const { slug, products } = await fleethook.organization('storm', 4);
    self.organization = `/v1/orgs/${slug}/integrations`;
    self.products = products.map((product) => product.id);
    const [one, other] = self.receivers;
    const make = (name, event, receiver) => self.make(name, event, `${receiver.url}/${name}`);
    self.ids = {
      keyed: (await make('keyed', 'k/keyed', one)).id, plain: (await make('plain', 'k/plain', other)).id,
      edited: (await make('edited', 'k/', other)).id, skipped: (await make('skipped', 'k/', one)).id,
    };
    self.family = new Set([self.ids.edited]); // and all that were ever separated from it
    self.dying = undefined; // the generation that publishers may rely on
    self.tasks = [...Array(KEYED).fill(() => self.publishKeyed()), ...Array(PLAIN).fill(() => self.publishPlain()), () => self.editAll()].map((task) => task());
    return self;
  }

  make(name, event, url) {
    return this.ok('POST', this.organization, { integration_type: 'Webhook', name, event, url, noDefaults: true, body: '{{{PARTICLE_EVENT_ID}}} {{{PARTICLE_EVENT_VALUE}}}', product_ids: this.products });
  }

  // --- to the server

  request(method, target, body, headers = {}) {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const request = http.request(this.fleethook.url + target, {
        agent: this.agent, method,
        headers: { authorization: `Bearer ${this.fleethook.token}`, ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }), ...headers },
      }, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (part) => (answer += part));
        response.on('error', reject);
        response.on('end', () => (response.complete ? resolve({ status: response.statusCode, body: answer === '' ? undefined : JSON.parse(answer) }) : reject(new Error('cut'))));
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  async ok(method, target, body) {
    const answer = await this.request(method, target, body);
    if (answer.status >= 300) throw Object.assign(new Error(`${method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`), { status: answer.status });
    return answer.body;
  }

  // --- publishing

  async publish(product, events, headers) {
    const since = Date.now();
    const wait = Symbol();
    this.waits.set(wait, since);
    try {
      return events.length === 1
        ? await this.request('POST', `/v1/products/${product}/events`, events[0], headers)
        : await this.request('POST', `/v1/products/${product}/events/batch`, events, headers);
    } finally {
      this.waits.delete(wait);
      this.longest = Math.max(this.longest, Date.now() - since);
    }
  }

  accepted(answer, events, books, keyed) {
    const ids = events.length === 1 ? [answer.body.id] : answer.body.results.map((one) => one.id);
    ids.forEach((id, at) => this.ledger.accepted(id, books, keyed ? events[at].data : undefined));
  }

  // Books of an event that is published from now on.
  books(name) {
    return [name, 'edited', ...(this.dying === undefined ? [] : [`dying-${this.dying}`])];
  }

  events(name) {
    const count = any.next() < 0.5 ? 1 : BATCH;
    return Array.from({ length: count }, () => ({ name: `k/${name}/x`, data: `${name}-${++this.numbers}`, private: true }));
  }

  async publishKeyed() {
    for (;;) {
      while (!this.publishing && !this.ended) await pause(5);
      if (this.ended) return;
      const [product, events, books] = [any.pick(this.products), this.events('keyed'), this.books('keyed')];
      const headers = { 'idempotency-key': events[0].data };
      ++this.unanswered;
      for (;;) {
        const answer = await this.publish(product, events, headers).catch(() => undefined);
        if (answer?.status === 200) {
          this.accepted(answer, events, books, true);
          --this.unanswered;
          break;
        }
        if (answer !== undefined && ![409, 429, 503].includes(answer.status)) this.ledger.fault(`a publisher was answered ${answer.status}`);
        await pause(5);
      }
    }
  }

  async publishPlain() {
    for (;;) {
      while (!this.publishing && !this.ended) await pause(5);
      if (this.ended) return;
      const [product, events, books] = [any.pick(this.products), this.events('plain'), this.books('plain')];
      let sent = true;
      const answer = await this.publish(product, events).catch((error) => void (sent = error.code !== 'ECONNREFUSED'));
      if (answer?.status === 200) this.accepted(answer, events, books, false);
      else if (answer === undefined) this.ledger.doubtful += sent ? events.length : 0;
      else if (![429, 503].includes(answer.status)) this.ledger.fault(`a publisher was answered ${answer.status}`);
      if (answer === undefined) await pause(5);
    }
  }

  // No event is under way, and each of a publisher that comes again has its answer.
  async hushed() {
    this.publishing = false;
    await until('the last answers', () => this.waits.size === 0 && this.unanswered === 0, 60_000);
  }

  // --- editing

  // One change after the other. A change that was not answered may have been made or not: what is there is read anew.
  async editAll() {
    let known;
    for (; !this.ended; await pause(10)) {
      if (!this.publishing) continue;
      try {
        known ??= await this.look();
        await this.change(known);
        ++this.commands.done;
      } catch (error) {
        if (error.status !== undefined && error.status !== 409) this.ledger.fault(`a change was refused: ${error.message}`);
        known = undefined;
        this.dying = undefined;
        ++this.commands.broken;
        await pause(5);
      }
    }
  }

  async look() {
    const all = await this.ok('GET', this.organization);
    const alive = all.filter((one) => one.merged_into === undefined);
    const main = alive.find((one) => one.id === this.ids.edited);
    const dying = alive.filter((one) => one.name.startsWith('dying-')).sort((one, other) => Number(one.name.slice(6)) - Number(other.name.slice(6)));
    // Of generations that were deleted without an answer.
    for (const one of this.deleted) {
      if (!one.gone && !dying.some((other) => other.id === one.id)) Object.assign(one, { gone: true, life: this.ledger.life });
    }
    this.generation(dying.at(-1));
    const copies = alive.filter((one) => one.separated_from === this.ids.edited);
    for (const one of copies) this.family.add(one.id);
    return {
      edit: main.headers?.['X-Edit'], on: main.product_ids, dying: dying.map((one) => one.id),
      copies: copies.map((one) => ({ id: one.id, product: one.product_ids[0] })),
    };
  }

  // From now on publishers may rely on this generation.
  generation(shown) {
    if (shown === undefined) return;
    const number = Number(shown.name.slice(6));
    if (!this.deleted.some((one) => one.id === shown.id)) this.deleted.push({ number, id: shown.id, gone: false });
    this.dying = number;
  }

  async change(known) {
    const product = any.pick(this.products);
    switch (any.below(8)) {
      case 0: case 1:
        known.edit = `${++this.numbers}`;
        return this.ok('PATCH', `${this.organization}/${this.ids.edited}`, { headers: { 'X-Edit': known.edit } });
      case 2:
        return this.separate(known);
      case 3:
        return this.mergeBack(known);
      case 4:
        return this.hold(known, product);
      case 5:
        return this.ok('POST', `/v1/products/${product}/integrations/${this.ids.skipped}/${any.next() < 0.4 ? 'pause' : 'resume'}`, { mode: 'skip' });
      case 6: {
        if (known.dying.length > 0 && any.next() < 0.5) return this.remove(known);
        if (known.dying.length > 1) return this.remove(known);
        const number = ++this.numbers;
        const made = await this.make(`dying-${number}`, 'k/', `${this.receivers[1].url}/dying-${number}`);
        known.dying.push(made.id);
        return this.generation({ name: `dying-${number}`, id: made.id });
      }
      default:
        return this.hold(known, product);
    }
  }

  async separate(known) {
    if (known.copies.length >= 2) return this.mergeBack(known);
    const product = any.pick(known.on);
    const made = await this.ok('POST', `/v1/products/${product}/integrations/${this.ids.edited}/separate`, { headers: { 'X-Own': `${++this.numbers}` } });
    known.on = known.on.filter((one) => one !== product);
    known.copies.push({ id: made.id, product });
    this.family.add(made.id);
  }

  async mergeBack(known) {
    const copy = known.copies.pop();
    if (copy === undefined) return;
    await this.ok('PATCH', `/v1/products/${copy.product}/integrations/${copy.id}`, { headers: { 'X-Own': null, 'X-Edit': known.edit ?? null } });
    await this.ok('POST', `${this.organization}/${this.ids.edited}/merge`, { with: copy.id });
    known.on.push(copy.product);
  }

  // Of the one that is edited, or of the copy that stands in for it.
  hold(known, product) {
    const id = known.copies.find((one) => one.product === product)?.id ?? this.ids.edited;
    return this.ok('POST', `/v1/products/${product}/integrations/${id}/${any.next() < 0.5 ? 'pause' : 'resume'}`, { mode: 'hold' });
  }

  async remove(known) {
    const id = known.dying.shift();
    if (this.deleted.find((one) => one.id === id)?.number === this.dying) this.dying = undefined;
    await this.ok('DELETE', `${this.organization}/${id}`);
    const one = this.deleted.find((other) => other.id === id);
    if (one !== undefined) Object.assign(one, { gone: true, life: this.ledger.life });
  }

  // --- receiving

  weather(path) {
    return WEATHER[this.paths.get(path.startsWith('/dying-') ? '/dying' : path) ?? 'well'];
  }

  took(path, event, delivery, key) {
    const name = path.slice(1);
    if (name.startsWith('dying-')) {
      const one = this.deleted.find((other) => other.number === Number(name.slice(6)));
      // What is on the wire when it is deleted ends; a later life sends nothing of it.
      if (one?.gone && one.life < this.ledger.life) this.ledger.fault(`${event} came to ${name} in life ${this.ledger.life}, which was deleted in life ${one.life}`);
    }
    if (!this.forget(name, event)) this.ledger.took(name, event, delivery, Date.now(), name === 'keyed' ? key : undefined);
  }

  newWeather() {
    for (const path of ['/keyed', '/plain', '/edited', '/skipped', '/dying']) this.paths.set(path, this.plan.pick(LIKELY));
    for (const receiver of this.receivers) receiver.endSilence();
  }

  calm() {
    this.paths.clear();
    for (const receiver of this.receivers) receiver.endSilence();
  }

  // --- the rounds

  // Publishes until `more` events are accepted or `ms` are over, and kills the server in the middle of it; starts the next life.
  async round(more, ms, early) {
    // What waits stays about as much, however many rounds there are.
    if (this.behind > BEHIND_MAX) this.calm();
    else this.newWeather();
    const target = this.ledger.owed.size + more;
    const end = Date.now() + ms;
    this.publishing = true;
    while (this.ledger.owed.size < target && Date.now() < end) await pause(2);
    await this.kill();
    // Sometimes it does not live to see its first event.
    if (early !== undefined) {
      const started = this.fleethook.spawn().catch(() => {});
      await pause(early);
      await this.kill();
      await started;
    }
    await this.fleethook.spawn();
  }

  async kill() {
    const at = Date.now();
    const wait = Math.max(this.longest, ...[...this.waits.values()].map((since) => at - since));
    await this.fleethook.kill('SIGKILL');
    await until('the end of all connections', () => this.receivers.every((one) => one.sockets.size === 0), 60_000);
    this.longest = 0;
    // What was answered is on disk with the next commit but one at the latest; a publisher waits as long.
    this.ledger.died(at, 4 * wait + 100);
  }

  // {success, error, sleep, cancelled, waiting} of integrations, over all days.
  async said(...ids) {
    const sum = { success: 0, error: 0, sleep: 0, cancelled: 0, waiting: 0 };
    for (const id of ids) {
      const { integration } = await this.ok('GET', `${this.organization}/${id}`);
      for (const day of integration.counters) for (const kind of ['success', 'error', 'sleep', 'cancelled']) sum[kind] += day[kind];
      for (const product of integration.products) sum.waiting += product.waiting;
    }
    return sum;
  }

  // Right after a start, and while what waits is being sent: all of one moment; and the one of which all events are known, when nothing of it moved between two looks.
  async addsUp() {
    await this.hushed();
    const { created, ...said } = await this.fleethook.metrics('fleethook_ledger_deliveries');
    this.ledger.addsUp('all', said, created);
    this.behind = said.waiting;
    for (let before, end = Date.now() + 3000; Date.now() < end;) {
      const keyed = await this.said(this.ids.keyed);
      if (JSON.stringify(keyed) === JSON.stringify(before)) return this.ledger.addsUp('keyed', keyed, this.ledger.keys.size);
      before = keyed;
    }
  }

  // Until nothing waits any more.
  async rest(ms) {
    await this.hushed();
    this.ended = true;
    await Promise.all(this.tasks);
    this.calm();
    const all = await this.ok('GET', this.organization);
    const paused = all.flatMap((one) => one.products.filter((product) => product.paused).map((product) => [one.id, product.id]));
    for (const [id, product] of paused) await this.ok('POST', `/v1/products/${product}/integrations/${id}/resume`);
    await until('the end of all that waits', async () => (await this.fleethook.metric('fleethook_queue_waiting_deliveries')) === 0, ms);
    return all;
  }

  close() {
    this.ended = true;
    this.publishing = false;
    this.agent.destroy();
    for (const receiver of this.receivers) receiver.close();
  }
}
