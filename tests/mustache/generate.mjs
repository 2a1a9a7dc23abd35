// Random templates with data, and what mustache.js makes of them when its `escape` is set to the five characters of
// Particle's reference (its own adds / ` =): one JSON line per case,
//   {"template", "data", "expected"}  or  {"template", "data", "error": true}  when the template does not parse.
// Usage: node generate.mjs SEED COUNT. The same seed gives the same cases.
//
// Left out are the cases where Fleethook means to differ (see src/core/template.h): mustache.js throws while it renders
// (names inside a null), a value is half of a surrogate pair, or a name is one that every JavaScript object inherits.
import process from "node:process";
import { pathToFileURL } from "node:url";

import Mustache from "mustache";

// mulberry32: small, and the same everywhere.
function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    below,
    chance: (p) => next() < p,
    pick: (list) => list[below(list.length)],
  };
}

const KEYS = ["a", "b", "c", "d", "name", "list", "x y", "\u00e9", "0", "1", "length", "", "a.b", "#", "k\u2028"];
const STRINGS = ["", "x", "text", "two words", " ", "<b>&\"'`=/</b>", "\\", "\"quoted\"", "line\nbreak", "\ttab", "{{a}}", "{{{b}}}", "}}",
  "\u00fcml\u00e4ut", "\u65e5\u672c", "\ud83d\ude00!", "a\u00a0b", "0", "false", "null", "%20+&=?", "\u0001", "\u2028"];
const NUMBERS = [0, 1, -1, 2, 42, 3.14, -0.5, 1e21, 1e20, 123456789012, 1e-7, 0.000001, 1.5e300, 9007199254740991, 9007199254740994,
  1152921504606846976, -9223372036854775000, 0.1, 5e-324, 100, 1e5];
const DELIMITERS = [["<%", "%>"], ["|", "|"], ["[", "]"], ["((", "))"], ["$", "$"], ["{", "}"], ["^^", "^^"], [".", "."], ["*", "*"], ["\\", "/"],
  ["{{", "}}"], ["{{", "}}"], ["{{{", "}}}"], ["<", ">"], ["?", "+"], ["\u00ab", "\u00bb"], ["a", "b"], ["#", "/"], ["[[", "]"], ["-", "!"]];
const BLANKS = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\ufeff", "\v", "\u3000", " \n "];
const TEXTS = ["text", "Hello, ", ".", " ", "  ", "\t", "\n", "\n\n", "\r\n", "\u00a0", "\u2028", "\u3000", "<p>", "\"", "'", "\\", "}", "}}", "{", "=", "&", "\u00e9",
  "\ud83d\ude00", "{\"k\":\"", "\"}", "%", "\u0000", "\u200b", "\u1680"];
const SNIPPETS = ["{{", "}}", "{{#", "{{/", "{{^", "{{{", "}}}", "{{=", "=}}", "=", "}", "{", " ", "\n", "a", "{{a}}", "{{/a}}", "{{#a}}", "{{!", "{{>", "{{&", "{{}}", "{{.}}",
  "<%", "%>", "{{= =}}", "{{=| |=}}", "{{=x=}}", "{{#a}}{{/b}}", "{{ # a }}", "{{= a  b c =}}", "{{=a b= c}}"];

function makeData(random, depth) {
  const kind = random.below(depth <= 0 ? 6 : 10);
  if (kind <= 1) return random.pick(STRINGS);
  if (kind === 2) return random.pick(NUMBERS);
  if (kind === 3) return random.chance(0.5);
  if (kind === 4) return random.chance(0.5) ? null : random.below(1000);
  if (kind === 5) return random.pick(["word", "b"]);
  if (kind <= 7) return Array.from({ length: random.below(4) }, () => makeData(random, depth - 1));
  const object = {};
  for (let i = random.below(5); i > 0; --i) object[random.pick(KEYS)] = makeData(random, depth - 1);
  return object;
}

function makeRoot(random) {
  if (random.chance(0.08)) return makeData(random, 3);
  const object = {};
  for (let i = 1 + random.below(5); i > 0; --i) object[random.pick(KEYS)] = makeData(random, 3);
  return object;
}

// Every path that leads somewhere in `value`, so that most names mean something.
function pathsOf(value, prefix = [], paths = []) {
  if (prefix.length > 0) paths.push(prefix.join("."));
  if (typeof value === "string") {
    paths.push([...prefix, "length"].join("."), [...prefix, "0"].join("."));
  } else if (Array.isArray(value)) {
    paths.push([...prefix, "length"].join("."));
    value.forEach((item, i) => pathsOf(item, [...prefix, String(i)], paths));
  } else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) pathsOf(item, [...prefix, key], paths);
  }
  return paths;
}

function makeTemplate(random, data) {
  const paths = pathsOf(data);
  let [open, close] = ["{{", "}}"];
  const blank = () => (random.chance(0.2) ? random.pick(BLANKS) : "");
  const name = () => {
    if (random.chance(0.12)) return ".";
    if (paths.length > 0 && random.chance(0.7)) {
      const path = random.pick(paths);
      // Inside a section the tail of a path is what one writes.
      return random.chance(0.35) ? path.slice(path.indexOf(".") + 1) : path;
    }
    return random.pick([...KEYS, "missing", "a.missing", "missing.b", "a.b.c", "list.0", "list.9", "list.00", ".a", "..", "a.", "a..b", "length.length", "0.0"]);
  };
  const tag = (sign, text, end = "") => open + blank() + sign + blank() + text + blank() + end + close;
  const section = (depth) => {
    const text = name();
    // The section's name is written alike at both ends but for blanks.
    const begin = tag(random.chance(0.7) ? "#" : "^", text);
    const line = random.chance(0.4) ? random.pick(["\n", "\r\n", "  \n"]) : "";
    const indent = random.chance(0.3) ? random.pick([" ", "\t", "    "]) : "";
    const inside = body(depth - 1);
    return indent + begin + line + inside + (random.chance(0.3) ? indent : "") + tag("/", text) + line;
  };
  const piece = (depth) => {
    switch (random.below(depth > 0 ? 14 : 10)) {
      case 0: case 1: case 2: return random.pick(TEXTS);
      case 3: case 4: return tag("", name());
      case 5: return open + "{" + blank() + name() + blank() + "}" + close;
      case 6: return tag("&", name());
      case 7: return random.chance(0.5) ? tag("!", random.pick(["", "comment", "two\nlines", "a = b", "{{ {"])) : tag(">", random.pick(["partial", "a/b"]));
      case 8: return random.pick(["\n", "\r\n", "  \n", "\n  "]);
      case 9: {
        if (random.chance(0.6)) return tag("", name());
        const [nextOpen, nextClose] = random.pick(DELIMITERS);
        const text = open + blank() + "=" + blank() + nextOpen + random.pick([" ", "  ", "\n", "\t"]) + nextClose + blank() + "=" + close;
        [open, close] = [nextOpen, nextClose];
        return text;
      }
      default: return section(depth);
    }
  };
  const body = (depth) => {
    let text = "";
    for (let i = random.below(6); i > 0; --i) text += piece(depth);
    return text;
  };
  let template = body(4) + piece(4);
  if (random.chance(0.25)) {
    for (let i = 1 + random.below(3); i > 0; --i) template = mutate(random, template);
  }
  return template;
}

function mutate(random, template) {
  const at = random.below(template.length + 1);
  if (random.chance(0.4)) return template.slice(0, at) + template.slice(at + 1 + random.below(4));
  return template.slice(0, at) + random.pick(SNIPPETS) + template.slice(at);
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;" };
Mustache.escape = (value) => String(value).replace(/[&<>"']/g, (c) => ENTITIES[c]);

const INHERITED = new Set([
  ...Object.getOwnPropertyNames(Object.prototype), ...Object.getOwnPropertyNames(Array.prototype),
  ...Object.getOwnPropertyNames(String.prototype)].filter((name) => name !== "length"));
const LONE_SURROGATE = /\p{Surrogate}/u;

// `undefined` for a case that is left out.
function run(template, data) {
  let parsed;
  try {
    parsed = Mustache.parse(template);
  } catch {
    return { error: true };
  }
  let leftOut = LONE_SURROGATE.test(template);
  const check = (tokens) => {
    for (const token of tokens) {
      if (token[0] !== "text" && String(token[1]).split(".").some((part) => INHERITED.has(part))) leftOut = true;
      if (Array.isArray(token[4])) check(token[4]);
    }
  };
  check(parsed);
  class Watched extends Mustache.Context {
    lookup(name) {
      const value = super.lookup(name);
      if (typeof value === "string" && LONE_SURROGATE.test(value)) leftOut = true;
      return value;
    }
    push(view) {
      return new Watched(view, this);
    }
  }
  try {
    const expected = Mustache.render(template, new Watched(data));
    return leftOut ? undefined : { expected };
  } catch {
    return undefined;
  } finally {
    Mustache.clearCache();
  }
}

export function* cases(seed, count) {
  const random = generator(seed);
  for (let made = 0; made < count;) {
    const data = makeRoot(random);
    const template = makeTemplate(random, data);
    const result = run(template, data);
    if (result === undefined || LONE_SURROGATE.test(template)) continue;
    ++made;
    yield { template, data, ...result };
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [seed = "1", count = "1000"] = process.argv.slice(2);
  for (const one of cases(Number(seed), Number(count))) process.stdout.write(JSON.stringify(one) + "\n");
}
