// Writes tests/cases/mustache.jsonl, which src/core/template_mustache_test.cc reads. Data of cases that do not parse is left
// out, and so are very long cases: the file stays below 1 MB.
import { writeFileSync } from "node:fs";

import { cases } from "./generate.mjs";

const LINE_MAX = 320;
const lines = new Set();
for (const one of cases(20260131, 5500)) {
  const line = JSON.stringify(one.error ? { template: one.template, error: true } : one);
  if (line.length <= LINE_MAX) lines.add(line);
}
writeFileSync(new URL("../cases/mustache.jsonl", import.meta.url), [...lines].join("\n") + "\n");
console.log(`${lines.size} cases`);
