// What bench/console runs. Each part starts a server of its own and ends it; times are those of the page's own clock.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
process.env.FLEETHOOK ??= path.join(root, process.env.FLEETHOOK_BENCH_BUILD ?? 'build/release', 'fleethook');
const { Browser, password, signIn } = await import(path.join(root, 'tests/e2e/support/browser.mjs'));
const { Fleethook, Receiver } = await import(path.join(root, 'tests/e2e/support/fleethook.mjs'));

const kIntegrations = 5000;
const kRate = 100; // events a second of the live stream
const kListSeconds = 60;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const say = (text) => process.stderr.write(`${text}\n`);

// CPU time of a process so far, in milliseconds.
function cpuOf(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function inParallel(count, width, work) {
  let next = 0;
  await Promise.all(Array.from({ length: width }, async () => {
    while (next < count) await work(next++);
  }));
}

// A server with an organization of `count` integrations over ten products, and traffic on some.
async function withServer(count, work) {
  const fleethook = await Fleethook.start();
  const receiver = await Receiver.start();
  const browser = await Browser.start();
  try {
    const { products } = await fleethook.organization('bench', 10);
    await inParallel(count, 16, (number) => fleethook.ok('POST', '/v1/orgs/bench/integrations', {
      integration_type: 'Webhook', name: `Integration ${number}`, event: `plant/${number}/pressure`, url: `${receiver.url}/in/${number}`,
      product_ids: [products[number % 10].id, products[(number * 7 + 3) % 10].id].filter((id, at, all) => all.indexOf(id) === at),
    }));
    return await work({ fleethook, browser, products, username: fleethook.credentials.username, secret: fleethook.credentials.password });
  } finally {
    await browser.close();
    await receiver.close();
    await fleethook.close();
  }
}

async function signedIn({ fleethook, browser, username, secret }) {
  const page = await browser.person(fleethook.url);
  await signIn(page, username, secret ?? password);
  return page;
}

const list = '/orgs/bench/integrations';
const firstRow = (page) => page.getByRole('link', { name: /^Integration \d/ }).first().waitFor({ timeout: 60000 });

// Bytes on the wire of everything that a first visit to the list loads, answers of the API apart.
async function size() {
  return withServer(20, async (world) => {
    const signed = await signedIn(world);
    const page = await signed.context().newPage();
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    const addresses = new Map();
    let bytes = 0;
    const files = [];
    session.on('Network.requestWillBeSent', ({ requestId, request }) => addresses.set(requestId, new URL(request.url).pathname));
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const name = addresses.get(requestId) ?? '';
      if (name.startsWith('/v1/')) return;
      bytes += encodedDataLength;
      files.push(`${name} ${encodedDataLength}`);
    });
    await page.goto(list);
    await firstRow(page);
    await page.waitForLoadState('networkidle');
    const editor = files.some((name) => /editor|codemirror/i.test(name));
    return { SIZE: { value: Math.round(bytes / 100) / 10, target: 300, unit: 'KB', detail: { files: files.length, editor_loaded: editor } } };
  });
}

// From the start of the navigation until a row of the list is there and the page answers, with an empty cache.
async function start() {
  return withServer(20, async (world) => {
    const signed = await signedIn(world);
    const times = [];
    for (let turn = 0; turn < 5; turn++) {
      const page = await signed.context().newPage();
      const session = await page.context().newCDPSession(page);
      await session.send('Network.setCacheDisabled', { cacheDisabled: true });
      await page.goto(list, { waitUntil: 'commit' });
      await firstRow(page);
      times.push(await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())))));
      await page.close();
    }
    return { START: { value: Math.round(median(times)), target: 1000, unit: 'ms', detail: { times: times.map(Math.round) } } };
  });
}

// Long tasks while 5,000 rows are scrolled through and searched; only what comes after the page has loaded.
async function longTasks(world) {
  const page = await signedIn(world);
  await page.goto(list);
  await firstRow(page);
  await page.waitForLoadState('networkidle');
  await sleep(2000);
  await page.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((entries) => {
      for (const entry of entries.getEntries()) globalThis.tasks.push(Math.round(entry.duration));
    }).observe({ type: 'longtask' });
  });
  await page.mouse.move(640, 600);
  for (let turn = 0; turn < 150; turn++) {
    await page.mouse.wheel(0, turn % 10 === 9 ? 12000 : 700);
    await sleep(30);
  }
  const scrolled = await page.evaluate(() => globalThis.tasks.splice(0));
  const box = page.getByRole('searchbox').or(page.getByRole('textbox', { name: /search/i })).first();
  await box.click();
  for (const word of ['Integration 4', 'plant/12', 'nothing like this', '']) {
    await box.fill('');
    await box.pressSequentially(word, { delay: 60 });
    await sleep(500);
  }
  const searched = await page.evaluate(() => globalThis.tasks.splice(0));
  await page.context().close();
  const longest = Math.max(0, ...scrolled, ...searched);
  return { ROWS: { value: longest, target: 50, unit: 'ms', detail: { integrations: kIntegrations, scrolled, searched } } };
}

// CPU time of the server while one console has the list open, in percent of a core, less what it takes by itself.
async function cost(world) {
  const { fleethook, products } = world;
  const pid = fleethook.process.pid;
  const busy = setInterval(() => fleethook.publish(products[0].slug, 'plant/0/pressure', '1').catch(() => {}), 500);
  const over = async (seconds) => {
    const before = cpuOf(pid);
    await sleep(seconds * 1000);
    return (cpuOf(pid) - before) / (seconds * 10);
  };
  try {
    const alone = await over(kListSeconds);
    const page = await signedIn(world);
    await page.goto(list);
    await firstRow(page);
    await sleep(3000);
    const open = await over(kListSeconds);
    await page.context().close();
    return { COST: { value: Math.round((open - alone) * 100) / 100, target: 1, unit: '% of a core', detail: { alone, open, seconds: kListSeconds } } };
  } finally {
    clearInterval(busy);
  }
}

// The page's memory over a live stream; its end against its second minute, when the buffer of events is full.
async function stream(minutes) {
  return withServer(0, async (world) => {
    const { fleethook, products } = world;
    const page = await signedIn(world);
    await page.goto('/orgs/bench/events');
    await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
    const session = await page.context().newCDPSession(page);
    const heap = async () => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6;
    };
    let sent = 0;
    const ticker = setInterval(() => {
      const batch = Array.from({ length: kRate / 5 }, () => ({ name: `plant/${sent++ % 50}/pressure`, data: `{"value":${sent}}` }));
      fleethook.request('POST', `/v1/products/${products[0].slug}/events/batch`, batch).catch(() => {});
    }, 200);
    try {
      const sizes = [];
      for (let minute = 0; minute < minutes; minute++) {
        await sleep(60_000);
        sizes.push(Math.round((await heap()) * 10) / 10);
        say(`minute ${minute + 1}: ${sizes.at(-1)} MB`);
      }
      const from = sizes[Math.min(1, sizes.length - 1)];
      return { STREAM: { value: Math.round((sizes.at(-1) / from) * 100) / 100, target: 1.1, unit: 'x', detail: { minutes, sent, megabytes: sizes } } };
    } finally {
      clearInterval(ticker);
    }
  });
}

const wanted = process.argv.slice(2);
const minutes = wanted.includes('--minutes') ? Number(wanted[wanted.indexOf('--minutes') + 1]) : 10;
const named = wanted.filter((word) => /^[A-Z]+$/.test(word));
const has = (name) => named.length === 0 || named.includes(name);
const results = {};
const part = async (name, work) => {
  if (!has(name)) return;
  say(`${name} ...`);
  Object.assign(results, await work());
};
await part('SIZE', size);
await part('START', start);
if (has('ROWS') || has('COST')) {
  await withServer(kIntegrations, async (world) => {
    await part('ROWS', () => longTasks(world));
    await part('COST', () => cost(world));
  });
}
await part('STREAM', () => stream(minutes));
if (wanted.includes('--json')) {
  console.log(JSON.stringify(results));
} else {
  for (const [name, { value, target, unit, detail }] of Object.entries(results)) {
    console.log(`${name.padEnd(7)} ${String(value).padStart(8)} ${unit.padEnd(12)} aim: at most ${target} ${value <= target ? 'met' : 'NOT met'}  ${JSON.stringify(detail)}`);
  }
}
process.exit(Object.values(results).every((one) => one.value <= one.target) ? 0 : 1);
