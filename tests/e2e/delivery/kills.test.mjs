// A server that is killed again and again while events are published, integrations edited, separated, merged, paused and deleted, and receivers partly fail: what
// was answered with 200 arrives, what comes twice was under way, and the counters add up. FLEETHOOK_KILLS=200 does it two hundred times (docs/HACKING.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fleethook, until } from '../support/fleethook.mjs';
import { Ledger } from '../support/ledger.mjs';
import { Storm } from '../support/storm.mjs';

const ROUNDS = Number(process.env.FLEETHOOK_KILLS ?? 20);
const SEED = Number(process.env.FLEETHOOK_KILLS_SEED ?? Date.now() % 1e9);
const REST_MS = 60_000 + 1000 * ROUNDS; // for all that waits at the end

async function stormy(rounds, seed, check, options) {
  const fleethook = await Fleethook.start({ args: ['--allow-egress', '127.0.0.0/8'] });
  const storm = await Storm.start(fleethook, seed, options);
  try {
    for (let round = 0; round < rounds; ++round) {
      await storm.round(100 + storm.plan.below(1400), 3000, storm.plan.next() < 0.2 ? storm.plan.below(150) : undefined);
      await storm.addsUp();
    }
    await check(storm, await storm.rest(REST_MS));
  } finally {
    storm.close();
    await fleethook.close();
  }
}

test(`kill -9 in the middle of everything, ${ROUNDS} times: nothing is lost, twice comes what was under way, counters add up`, async (t) => {
  await stormy(ROUNDS, SEED, async (storm, all) => {
    const { ledger } = storm;
    const alive = new Set(all.map((one) => one.name));
    const of = (name) => ledger.book(name).of.size;
    const most = ledger.deaths.reduce((one, other) => (other.again > one.again ? other : one));
    t.diagnostic(`seed ${SEED}: ${ledger.owed.size} events accepted, ${ledger.doubtful} in doubt; ${ledger.answers} requests taken, ${ledger.again} of them again in ${ledger.deaths.length} kills; `
      + `most after one kill ${most.again}, of at most ${most.under_way} under way, the oldest taken ${ledger.deaths.reduce((all, one) => Math.max(all, one.oldest), 0)} ms before; ${storm.commands.done} changes, ${storm.commands.broken} broken off`);
    assert.deepEqual(ledger.verdict((name) => name.startsWith('dying-') && !alive.has(name)), [], `seed ${SEED}`);
    assert.ok(ledger.owed.size >= 100 * ROUNDS && storm.commands.done >= 2 * ROUNDS && ledger.deaths.length >= ROUNDS, 'and it was a storm');
    if (ROUNDS >= 20) {
      assert.ok(storm.family.size > 1 && storm.deleted.some((one) => one.gone), 'with separations and deletions');
      assert.ok(of('skipped') < ledger.book('edited').of.size, 'and something was skipped');
    }

    // Every event fires one of these two, and both of the others.
    const created = of('keyed') + of('plain');
    assert.equal(of('keyed'), ledger.keys.size, 'a key that was sent again made no second event');
    const exact = (success, sleep = 0) => ({ success, error: 0, sleep, cancelled: 0, waiting: 0 });
    // Each of them: one may be recorded a moment after another.
    const ends = [[[storm.ids.keyed], of('keyed')], [[storm.ids.plain], of('plain')], [storm.family, created], [[storm.ids.skipped], of('skipped')]];
    for (const [ids, successes] of ends) await until('the last outcomes', async () => (await storm.said(...ids)).success >= successes);
    assert.deepEqual(await storm.said(storm.ids.keyed), exact(of('keyed')));
    assert.deepEqual(await storm.said(storm.ids.plain), exact(of('plain')));
    assert.equal(of('edited'), created, 'an event fired the shared one or the separated one, never both and never none');
    assert.deepEqual(await storm.said(...storm.family), exact(created));
    assert.deepEqual(await storm.said(storm.ids.skipped), exact(of('skipped'), created - of('skipped')), 'what was skipped was not sent');
    await storm.addsUp();
  });
});

test('the same storm shows when a receiver forgets one event that it took', async () => {
  let forgotten;
  const forget = (book, event) => {
    if (book === 'edited') forgotten ??= event;
    return book === 'edited' && event === forgotten;
  };
  await stormy(1, SEED + 1, async (storm, all) => {
    const wrong = storm.ledger.verdict((name) => name.startsWith('dying-') && !all.some((one) => one.name === name));
    assert.deepEqual(wrong, [`1 accepted events were lost on their way to edited: ${forgotten}`]);
  }, { forget });
});

// The ledger itself: each of its faults, planted.
const planted = {
  'nothing': [() => {}, []],
  'an event that never came': [(ledger) => ledger.accepted('e9', ['a']), [/^1 accepted events were lost on their way to a: e9$/]],
  'an event that nobody was told of': [(ledger) => ledger.took('a', 'stranger', 'ds', 5), [/^1 events came that nobody was told of, and only 0 were in doubt$/]],
  'an event that came twice in one life': [(ledger) => ledger.took('a', 'e1', 'd1', 5), [/^e1 came to a twice in one life$/]],
  'an event that fired two integrations of which it fires one': [(ledger) => ledger.took('a', 'e1', 'another', 5), [/^e1 came to a by two deliveries, d1 and another$/]],
  'a repeated request that was accepted as two events': [(ledger) => {
    ledger.accepted('e2', ['a'], 'key');
    ledger.took('a', 'e2', 'd2', 5);
  }, [/^key was accepted as e1 and as e2$/]],
  'an event of a repeated request that came beside the one of the answer': [(ledger) => {
    ledger.doubtful = 1;
    ledger.took('a', 'e2', 'd2', 5, 'key');
  }, [/^key was accepted as e1, and e2 came of it$/]],
  'more again than was under way': [(ledger) => {
    for (let i = 0; i < 9; ++i) {
      ledger.accepted(`m${i}`, ['a']);
      ledger.took('a', `m${i}`, `dm${i}`, i < 4 ? 1000 : 10);
    }
    ledger.died(1001, 100);
    for (let i = 0; i < 9; ++i) ledger.took('a', `m${i}`, `dm${i}`, 2000);
  }, [/^9 came again after life 0, and at most 6 were under way$/, /^5 came again that had been taken 100 ms before the end of life 0, and at most 2 were on the wire$/]],
  'something that was acknowledged too late': [(ledger) => {
    for (let i = 0; i < 6; ++i) {
      ledger.accepted(`m${i}`, ['a']);
      ledger.took('a', `m${i}`, `dm${i}`, i < 3 ? 10 : 1000);
    }
    ledger.died(1001, 100);
    for (let i = 0; i < 3; ++i) ledger.took('a', `m${i}`, `dm${i}`, 2000);
  }, [/^3 came again that had been taken 100 ms before the end of life 0, and at most 2 were on the wire$/]],
  'counters that miss one': [(ledger) => ledger.addsUp('a', { success: 3, error: 0, sleep: 0, cancelled: 0, waiting: 0 }, 4), [/^a: 4 were created, and 3 are accounted for/]],
  'counters that count one twice': [(ledger) => ledger.addsUp('a', { success: 1, error: 1, sleep: 1, cancelled: 1, waiting: 0, held: 1 }, 4), [/^a: 4 were created, and 5 are accounted for/]],
};
for (const [fault, [plant, expected]] of Object.entries(planted)) {
  test(`the ledger of this test finds ${fault}`, () => {
    const ledger = new Ledger({ wire: 2 });
    ledger.accepted('e1', ['a'], 'key');
    ledger.took('a', 'e1', 'd1', 1, 'key');
    plant(ledger);
    const wrong = ledger.verdict();
    assert.equal(wrong.length, expected.length, wrong.join('\n'));
    expected.forEach((pattern, at) => assert.match(wrong[at], pattern));
  });
}
