// How many times a second mustache.js renders the default JSON template on one core: renders per CPU second, one number.
// Usage: node render_bench.mjs [SECONDS]. Needs tests/mustache/node_modules (npm ci there). The counterpart of render_bench.cc.
import process from "node:process";
import { createRequire } from "node:module";

const Mustache = createRequire(new URL("../tests/mustache/package.json", import.meta.url))("mustache");

const template =
  '{"event":"{{{PARTICLE_EVENT_NAME}}}","data":"{{{PARTICLE_EVENT_VALUE}}}","coreid":"{{{PARTICLE_DEVICE_ID}}}",' +
  '"published_at":"{{{PARTICLE_PUBLISHED_AT}}}"}';
const view = {
  PARTICLE_EVENT_NAME: "plant/line7/temperature",
  PARTICLE_EVENT_VALUE: "23.875",
  PARTICLE_DEVICE_ID: "0123456789abcdef01234567",
  PARTICLE_PUBLISHED_AT: "2026-01-31T23:59:59.000Z",
};
Mustache.parse(template);   // kept in mustache.js's own cache

let total = 0;
function batch() {
  for (let i = 0; i < 10_000; ++i) total += Mustache.render(template, view).length;
  return 10_000;
}

// For `seconds` of wall time; gives renders per second of this process's CPU time.
function measure(seconds) {
  const end = performance.now() + seconds * 1000;
  const before = process.cpuUsage();
  let renders = 0;
  while (performance.now() < end) renders += batch();
  const used = process.cpuUsage(before);
  return renders / ((used.user + used.system) / 1e6);
}

measure(0.5);   // let the compiler see it first
const rate = measure(Number(process.argv[2] ?? "3"));
if (total === 0) process.exit(1);
console.log(Math.round(rate));
