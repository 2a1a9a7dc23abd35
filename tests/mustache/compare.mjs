// Renders random templates with `fleethook render` and with mustache.js and compares.
// Usage: node compare.mjs FLEETHOOK_BINARY [SEED [COUNT]]. Exits 1 and prints the first differences if there are any.
import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";

import { cases } from "./generate.mjs";

const [binary, seed = "1", count = "5000"] = process.argv.slice(2);
if (binary === undefined) {
  console.error("usage: node compare.mjs FLEETHOOK_BINARY [SEED [COUNT]]");
  process.exit(2);
}
const SHOWN_MAX = 10;

const child = spawn(binary, ["render"], { stdio: ["pipe", "pipe", "inherit"] });
child.stdin.on("error", () => {});   // a binary that ended early shows as missing answers
const asked = [];

async function ask() {
  for (const one of cases(Number(seed), Number(count))) {
    asked.push(one);
    const line = JSON.stringify({ template: one.template, data: one.data }) + "\n";
    if (!child.stdin.write(line)) await new Promise((resolve) => child.stdin.once("drain", resolve));
  }
  child.stdin.end();
}

function isSame(one, answer) {
  if (one.error) return typeof answer === "object" && answer !== null && "error" in answer && answer.line >= 1 && answer.column >= 1;
  return answer === one.expected;
}

async function compare() {
  let answered = 0;
  let different = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const one = asked[answered];
    ++answered;
    let answer;
    try {
      answer = JSON.parse(line);
    } catch {
      answer = { unreadable: line };
    }
    if (isSame(one, answer)) continue;
    if (++different <= SHOWN_MAX) console.log(JSON.stringify({ ...one, got: answer }));
  }
  return { answered, different };
}

const [{ answered, different }] = await Promise.all([compare(), ask()]);
const missing = asked.length - answered;
console.log(`seed ${seed}: ${asked.length} cases, ${different} different, ${missing} without an answer`);
process.exit(different + missing === 0 ? 0 : 1);
