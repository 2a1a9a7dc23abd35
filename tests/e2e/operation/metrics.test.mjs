// What Prometheus gets of a running server: the files of deploy/ ask for nothing that is not there, and a real Prometheus takes them, the server's pages and all.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Fleethook, Receiver, repository, temporaryFolder, until } from '../support/fleethook.mjs';

const promtool = process.env.PROMTOOL;
const prometheus = promtool && path.join(path.dirname(promtool), 'prometheus');
const needsPromtool = { skip: !promtool && 'set PROMTOOL to the promtool binary' };
const needsPrometheus = { skip: !(prometheus && fs.existsSync(prometheus)) && 'needs prometheus beside the promtool of PROMTOOL' };
const rulesFile = path.join(repository, 'deploy/prometheus/fleethook.rules.yml');
const rulesText = fs.readFileSync(rulesFile, 'utf8');
const dashboard = JSON.parse(fs.readFileSync(path.join(repository, 'deploy/grafana/fleethook.json'), 'utf8'));
const dashboardExpressions = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ title: panel.title, expr })));
const awkward = 'say "hi" \\ twice, {a="b"} 1';   // the name of an integration

const folder = temporaryFolder();
let fleethook, secure, receiver, ids;
const metricsOf = (server) => `http://${/address"?[=:]"?([^\s",]+)/.exec(server.log.find((line) => line.includes('metrics.listening')))[1]}`;
const textOf = async (url, headers = {}) => {
  const response = await fetch(url, { headers });
  assert.equal(response.status, 200, url);
  return response.text();
};
const familiesIn = (text) => [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
const samplesIn = (text) => [...text.matchAll(/^(\w+)(?:\{| )/gm)].map(([, name]) => name);
const namesIn = (text) => [...new Set([...text.matchAll(/(?<![:\w])(?:fleethook|process)_\w+/g)].map(([name]) => name))];

// A server with TLS has metrics that others have not.
async function withTls() {
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=localhost'], { cwd: folder });
  assert.equal(made.status, 0);
  return Fleethook.start({ args: ['--metrics-listen', '127.0.0.1:0', '--tls-cert', path.join(folder, 'cert.pem'), '--tls-key', path.join(folder, 'key.pem')] });
}

before(async () => {
  receiver = await Receiver.start(({ url }) => ({ status: url === '/broken' ? 400 : 200 }));
  fleethook = await Fleethook.start({ args: ['--allow-egress', '127.0.0.0/8', '--metrics-listen', '127.0.0.1:0'] });
  secure = await withTls();
  const { products } = await fleethook.organization('acme', 2);
  const add = async (name, event, at) => (await fleethook.ok('POST', '/v1/orgs/acme/integrations', { integration_type: 'Webhook', name, event, url: `${receiver.url}/${at}`, product_ids: products.map(({ id }) => id) })).id;
  ids = { good: await add('good', 'good', 'good'), broken: await add(awkward, 'broken', 'broken') };
  for (const name of ['good', 'broken']) await fleethook.publish(products[0].id, name, '1');
  await fleethook.ok('POST', `/v1/orgs/acme/integrations/${ids.good}/pause`, { product_ids: [products[1].id], mode: 'hold' });
  await fleethook.publish(products[1].id, 'good', 'held');
  await until('both outcomes', async () => {
    const text = await textOf(`${metricsOf(fleethook)}/metrics/integrations`);
    return /^fleethook_integration_last_success_timestamp_seconds\{/m.test(text) && /^fleethook_integration_failing\{.*\} 1$/m.test(text);
  });
});
after(async () => {
  await fleethook?.close();
  await secure?.close();
  await receiver?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const served = async () => {
  const texts = [await textOf(`${metricsOf(fleethook)}/metrics`), await textOf(`${metricsOf(fleethook)}/metrics/integrations`), await textOf(`${metricsOf(secure)}/metrics`)];
  return { families: new Set(texts.flatMap(familiesIn)), samples: new Set(texts.flatMap(samplesIn)) };
};

describe('the pages', () => {
  test('process, disk and readiness have numbers that can be true', async () => {
    const text = await textOf(`${metricsOf(fleethook)}/metrics`);
    const number = (name) => Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
    assert.equal(number('fleethook_ready'), 1);
    assert.ok(number('process_cpu_seconds_total') > 0);
    assert.ok(number('process_resident_memory_bytes') > 1e6);
    assert.ok(number('process_open_fds') > 10 && number('process_open_fds') < number('process_max_fds'));
    assert.ok(Math.abs(number('process_start_time_seconds') - Date.now() / 1000) < 3600);
    assert.ok(number('fleethook_disk_free_bytes') > 0 && number('fleethook_disk_free_bytes') < number('fleethook_disk_size_bytes'));
    const size = (name) => fs.statSync(path.join(fleethook.data, name)).size;
    await until('the size of the database', async () => {
      const sizes = [...(await textOf(`${metricsOf(fleethook)}/metrics`)).matchAll(/^fleethook_database_bytes\{part="(\w+)"\} (\d+)$/gm)].map(([, part, bytes]) => `${part} ${bytes}`);
      return sizes.join() === `data ${size('fleethook.db')},log ${size('fleethook.db-wal')}`;
    });
  });

  test('attempts are counted by what came of them, and every result is there from the start', async () => {
    const text = await textOf(`${metricsOf(fleethook)}/metrics`);
    const attempts = Object.fromEntries([...text.matchAll(/^fleethook_attempts_total\{result="(\w+)"\} (\d+)$/gm)].map(([, result, count]) => [result, Number(count)]));
    assert.equal(attempts['4xx'], 1);
    assert.equal(attempts.success, 1);
    assert.equal(attempts.dns, 0);
    assert.equal(Object.keys(attempts).length, 14);
  });

  test('promtool finds nothing to say of them', needsPromtool, async () => {
    for (const page of ['/metrics', '/metrics/integrations']) {
      const checked = spawnSync(promtool, ['check', 'metrics'], { input: await textOf(metricsOf(fleethook) + page), encoding: 'utf8' });
      assert.equal(checked.status, 0, checked.stderr + checked.stdout);
    }
  });

  test('that of all integrations is for the administrator at the server\'s own address', async () => {
    const page = `${fleethook.url}/metrics/integrations`;
    assert.match(await textOf(page, { authorization: `Bearer ${fleethook.token}` }), new RegExp(`integration="${ids.good}"`));
    assert.equal((await fetch(page)).status, 401);
  });

  test('docs/metrics.md names every family, and none that is not there', async () => {
    const { families } = await served();
    const documented = new Set([...fs.readFileSync(path.join(repository, 'docs/metrics.md'), 'utf8').matchAll(/^\| `((?:fleethook|process)_\w+)`/gm)].map(([, name]) => name));
    assert.deepEqual([...families].filter((name) => !documented.has(name)), []);
    assert.deepEqual([...documented].filter((name) => !families.has(name)), []);
  });
});

describe('the files of deploy/', () => {
  test('rules and dashboard ask for no metric that is not served', async () => {
    const { samples } = await served();
    const expressions = [...rulesText.matchAll(/^ +expr: (?:([^|\s].*)|\|\n((?: {10,}\S.*\n)+))/gm)].map(([, one, several]) => one ?? several);
    assert.equal(expressions.length, [...rulesText.matchAll(/^ +- (?:alert|record): /gm)].length);
    for (const [what, texts] of [['rules', expressions], ['dashboard', dashboardExpressions.map(({ expr }) => expr)]]) {
      const asked = namesIn(texts.join('\n'));
      assert.ok(asked.length > 20, `${asked}`);
      assert.deepEqual(asked.filter((name) => !samples.has(name)), [], what);
    }
  });

  test('the rules do what their tests say', needsPromtool, () => {
    for (const args of [['check', 'rules', 'fleethook.rules.yml'], ['test', 'rules', 'fleethook.rules.test.yml']]) {
      const done = spawnSync(promtool, args, { cwd: path.dirname(rulesFile), encoding: 'utf8' });
      assert.equal(done.status, 0, done.stderr + done.stdout);
    }
  });

  test('every alert has a test in which it fires', () => {
    const tests = fs.readFileSync(path.join(path.dirname(rulesFile), 'fleethook.rules.test.yml'), 'utf8');
    const alerts = [...rulesText.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    assert.ok(alerts.length > 10);
    assert.deepEqual(alerts.filter((name) => !tests.includes(`alertname="${name}"`)), []);
  });

  test('the dashboard has panels that do not overlap, each with an id of its own', () => {
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Map();
    for (const { title, gridPos: { x, y, w, h } } of panels) {
      assert.ok(x + w <= 24, title);
      for (let column = x; column < x + w; ++column) {
        for (let line = y; line < y + h; ++line) {
          assert.equal(taken.get(`${column},${line}`), undefined, `${title} over ${taken.get(`${column},${line}`)}`);
          taken.set(`${column},${line}`, title);
        }
      }
    }
  });
});

// The server's pages, an organization's page with a token, rules and dashboard, as an operator has them.
describe('a real Prometheus', needsPrometheus, () => {
  let running, url;

  const query = async (expression) => {
    const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query: expression }) });
    const { status, data, error, warnings } = await response.json();
    assert.equal(status, 'success', `${expression}: ${error}`);
    assert.equal(warnings, undefined, `${expression}: ${warnings}`);
    return data.result;
  };

  before(async () => {
    const { created } = await fleethook.ok('POST', '/v1/orgs/acme/team', { friendly_name: 'prometheus', scopes: ['metrics.integrations:get'] });
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rulesFile],
      scrape_configs: [
        { job_name: 'fleethook', static_configs: [{ targets: [new URL(metricsOf(fleethook)).host] }] },
        { job_name: 'fleethook-integrations', metrics_path: '/metrics/integrations', static_configs: [{ targets: [new URL(metricsOf(fleethook)).host] }] },
        { job_name: 'acme', metrics_path: '/v1/orgs/acme/metrics/integrations', authorization: { credentials: created.tokens[0].token }, static_configs: [{ targets: [fleethook.address] }] },
      ],
    };
    fs.writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(config));   // JSON is YAML
    const free = net.createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address();
    free.close();
    await once(free, 'close');
    url = `http://127.0.0.1:${port}`;
    running = spawn(prometheus, [`--config.file=${path.join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${path.join(folder, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    running.stderr.on('data', (text) => (log += text));
    await until('prometheus to be ready', async () => {
      assert.equal(running.exitCode, null, log);
      return (await fetch(`${url}/-/ready`).catch(() => undefined))?.status === 200;
    }, 60000);
    await until('some scrapes of each page, and the rules', async () =>
      (await query('count_over_time(up[1m]) >= 5')).length === 3 && (await query('instance:fleethook_backlog:seconds')).length === 1, 60000);
  });
  after(async () => {
    if (running?.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  });

  test('reads all three pages', async () => {
    const { data } = await (await fetch(`${url}/api/v1/targets`)).json();
    assert.deepEqual(data.activeTargets.map(({ labels, health, lastError }) => `${labels.job} ${health} ${lastError}`).sort(), ['acme up ', 'fleethook up ', 'fleethook-integrations up ']);
  });

  test('reads a name with quotes and backslashes as it was given', async () => {
    const failing = await query('fleethook_integration_failing == 1');
    assert.deepEqual(failing.map(({ metric }) => [metric.job, metric.name, metric.integration, metric.organization, metric.product]).sort(),
      ['acme', 'fleethook-integrations'].map((job) => [job, awkward, ids.broken, 'acme', 'acme-product-1']));
    const held = await query('fleethook_integration_held_deliveries{job="acme"} > 0');
    assert.deepEqual(held.map(({ metric, value }) => [metric.name, metric.product, value[1]]), [['good', 'acme-product-2', '1']]);
  });

  test('evaluates every rule without an error', async () => {
    const groups = await until('all rules to have been evaluated', async () => {
      const { data } = await (await fetch(`${url}/api/v1/rules`)).json();
      return data.groups.every(({ rules }) => rules.every(({ health }) => health !== 'unknown')) && data.groups;
    }, 60000);
    const rules = groups.flatMap((group) => group.rules);
    assert.ok(rules.length > 20);
    assert.deepEqual(rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `${name}: ${lastError}`), []);
    const states = Object.fromEntries(rules.filter(({ type }) => type === 'alerting').map(({ name, state }) => [name, state]));
    assert.equal(states.FleethookIntegrationFails, 'pending');
    for (const name of ['FleethookDown', 'FleethookNotReady', 'FleethookCannotWrite', 'FleethookDeliveriesDoNotAddUp', 'FleethookBacklogOld']) assert.equal(states[name], 'inactive', name);
  });

  test('answers every panel of the dashboard', async () => {
    const empty = [];
    for (const { title, expr } of dashboardExpressions) {
      const found = await query(expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'));
      if (found.length === 0) empty.push(title);
    }
    // What has not happened here: nothing is to be seen of it.
    const mayBeEmpty = ['Errors of the worst ten', 'Deliveries of the busiest ten', 'Attempts that fail', 'Time that the backlog takes', 'Attempts that failed, by class of the error'];
    assert.deepEqual(empty.filter((title) => !mayBeEmpty.includes(title)), []);
  });
});
