// What must come of events that are published while a server is killed again and again. It is told what publishers were answered, what receivers took, and when
// a life of the server ended; it says what is wrong. It knows neither servers nor clocks.
//
// Words: a *book* is what one integration is to get. A delivery is *taken* when its receiver answers 200 to it. A *life* lasts from a start to a kill; the receivers
// are told of the next one only when no connection of the last is left, so each arrival belongs to one.
//
// How much may come twice: what was under way when a life ended. That is what was on the wire (`wire`: 64 requests for each lane), and what was taken but not yet
// acknowledged on disk. The latter takes two commits, each of which may have to wait for others; so what was taken more than `window` before the end, several times
// the longest that a publisher waited for a commit, and came again is counted as having been on the wire.
export class Ledger {
  constructor({ wire }) {
    this.wire = wire;
    this.life = 0;
    this.deaths = []; // by life: {at, window, under_way, again, again_late, oldest: ms before the end}
    this.owed = new Map(); // event -> books that are to get it
    this.keys = new Map(); // what a publisher repeats until it is answered -> event
    this.doubtful = 0; // events that were sent once, and never answered
    this.books = new Map(); // name -> {taken: delivery -> {event, life, at}, of: event -> delivery}
    this.recent = []; // when something was taken in this life
    this.faults = [];
    this.answers = 0;
  }

  fault(text) {
    if (this.faults.length < 50) this.faults.push(text);
  }

  book(name) {
    if (!this.books.has(name)) this.books.set(name, { taken: new Map(), of: new Map() });
    return this.books.get(name);
  }

  // `key`: of a publisher that comes again with the same one until it has an answer.
  accepted(event, books, key) {
    this.owed.set(event, books);
    if (key === undefined) return;
    const before = this.keys.get(key);
    if (before !== undefined && before !== event) this.fault(`${key} was accepted as ${before} and as ${event}`);
    this.keys.set(key, event);
  }

  // A receiver answers 200. `delivery` is the webhook-id, `key` what the event carries, if it is one of those.
  took(name, event, delivery, at, key) {
    ++this.answers;
    this.recent.push(at);
    const book = this.book(name);
    const before = book.taken.get(delivery);
    if (before === undefined) {
      const other = book.of.get(event);
      if (other !== undefined) this.fault(`${event} came to ${name} by two deliveries, ${other} and ${delivery}`);
      book.of.set(event, delivery);
      if (key !== undefined && this.keys.has(key) && this.keys.get(key) !== event) this.fault(`${key} was accepted as ${this.keys.get(key)}, and ${event} came of it`);
    } else if (before.life === this.life) {
      this.fault(`${event} came to ${name} twice in one life`);
    } else {
      const death = this.deaths[before.life];
      ++death.again;
      death.oldest = Math.max(death.oldest, death.at - before.at);
      if (before.at < death.at - death.window) ++death.again_late;
    }
    book.taken.set(delivery, { event, life: this.life, at });
  }

  // A life has ended, and all that was on the wire has arrived.
  died(at, window) {
    const taken = this.recent.filter((one) => one >= at - window).length;
    this.deaths.push({ at, window, under_way: this.wire + taken, again: 0, again_late: 0, oldest: 0 });
    this.recent = [];
    ++this.life;
  }

  // What became of deliveries, read at one moment: `said` is {success, error, sleep, cancelled, waiting, held}.
  addsUp(what, said, created) {
    const sum = said.success + said.error + said.sleep + said.cancelled + said.waiting + (said.held ?? 0);
    if (sum !== created) this.fault(`${what}: ${created} were created, and ${sum} are accounted for: ${JSON.stringify(said)}`);
  }

  missing(name) {
    const of = this.book(name).of;
    return [...this.owed].filter(([event, books]) => books.includes(name) && !of.has(event)).map(([event]) => event);
  }

  // When everything has come to rest: what is wrong; [] if nothing. Books of which `isVoid` is true are owed nothing any more.
  verdict(isVoid = () => false) {
    const wrong = [...this.faults];
    const names = new Set([...this.owed.values()].flat().filter((name) => !isVoid(name)));
    for (const name of names) {
      const missing = this.missing(name);
      if (missing.length > 0) wrong.push(`${missing.length} accepted events were lost on their way to ${name}: ${missing.slice(0, 5)}`);
    }
    this.deaths.forEach(({ under_way, again, again_late, window }, life) => {
      if (again > under_way) wrong.push(`${again} came again after life ${life}, and at most ${under_way} were under way`);
      if (again_late > this.wire) wrong.push(`${again_late} came again that had been taken ${window} ms before the end of life ${life}, and at most ${this.wire} were on the wire`);
    });
    const known = new Set(this.keys.values());
    const strangers = new Set([...this.books.values()].flatMap((book) => [...book.of.keys()]).filter((event) => !this.owed.has(event) && !known.has(event)));
    if (strangers.size > this.doubtful) wrong.push(`${strangers.size} events came that nobody was told of, and only ${this.doubtful} were in doubt`);
    return wrong;
  }

  get again() {
    return this.deaths.reduce((all, one) => all + one.again, 0);
  }
}
