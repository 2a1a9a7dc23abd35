// JSON text with places: where each value and key stands, and where and why a text is no JSON. JSON.parse says the
// latter differently in every browser and the former never. Pure.
import type { Json } from "../api/types";

export interface Span {
  from: number;
  to: number;
}
export interface JsonProblem extends Span {
  message: string;
}
export type Path = (string | number)[];
export interface Place extends Span {
  key?: Span; // of a member: its name
}
export interface JsonText {
  value: Json;
  // By pathKey(path).
  places: Map<string, Place>;
  // It is JSON, but not what was meant: a name that stands there twice, a number that is rounded.
  warnings: JsonProblem[];
}
export type JsonResult = { ok: true; json: JsonText } | { ok: false; problem: JsonProblem };

export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

const kDepthMax = 64;

class Refusal extends Error {
  readonly problem: JsonProblem;
  constructor(problem: JsonProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class Parser {
  readonly places = new Map<string, Place>();
  readonly warnings: JsonProblem[] = [];
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  whole(): Json {
    this.spaces();
    const value = this.value([], 0);
    this.spaces();
    if (this.at < this.text.length) this.refuse("nothing may follow the end of the JSON");
    return value;
  }

  private refuse(message: string, from = this.at, to = Math.min(this.text.length, from + 1)): never {
    throw new Refusal({ from: Math.min(from, this.text.length), to: Math.max(to, from), message });
  }
  private spaces() {
    while (/[ \t\r\n]/.test(this.text.charAt(this.at))) this.at += 1;
  }
  private found(): string {
    const next = this.text.charAt(this.at);
    return next === "" ? "the text ends" : `here is ${next === "\n" ? "the end of the line" : `'${next}'`}`;
  }

  private value(path: Path, depth: number): Json {
    if (depth > kDepthMax) this.refuse(`is nested more than ${kDepthMax} deep`);
    const from = this.at;
    const next = this.text.charAt(this.at);
    let value: Json;
    if (next === "{") value = this.object(path, depth);
    else if (next === "[") value = this.array(path, depth);
    else if (next === '"') value = this.string();
    else if (next === "-" || (next >= "0" && next <= "9")) value = this.number();
    else value = this.word();
    this.places.set(pathKey(path), { from, to: this.at });
    return value;
  }

  private object(path: Path, depth: number): Json {
    const open = this.at;
    this.at += 1;
    const members: [string, Json][] = [];
    const names = new Set<string>();
    this.spaces();
    if (this.text.charAt(this.at) === "}") {
      this.at += 1;
      return {};
    }
    for (;;) {
      this.spaces();
      const from = this.at;
      if (this.text.charAt(this.at) !== '"') {
        const trailing = this.text.charAt(this.at) === "}" ? ": a comma stands before it" : "";
        this.refuse(`expected a name in double quotes, but ${this.found()}${trailing}`);
      }
      const name = this.string();
      const key = { from, to: this.at };
      if (names.has(name)) this.warnings.push({ ...key, message: `"${name}" stands there twice: the last one counts` });
      names.add(name);
      this.spaces();
      if (this.text.charAt(this.at) !== ":") this.refuse(`expected ':' after the name, but ${this.found()}`);
      this.at += 1;
      this.spaces();
      const inner = [...path, name];
      members.push([name, this.value(inner, depth + 1)]);
      const place = this.places.get(pathKey(inner));
      if (place !== undefined) place.key = key;
      this.spaces();
      const next = this.text.charAt(this.at);
      if (next === ",") {
        this.at += 1;
      } else if (next === "}") {
        this.at += 1;
        return objectOf(members);
      } else if (next === "") {
        this.refuse("this '{' is never closed", open, open + 1);
      } else {
        this.refuse(`expected ',' or '}', but ${this.found()}`);
      }
    }
  }

  private array(path: Path, depth: number): Json {
    const open = this.at;
    this.at += 1;
    const items: Json[] = [];
    this.spaces();
    if (this.text.charAt(this.at) === "]") {
      this.at += 1;
      return items;
    }
    for (;;) {
      this.spaces();
      items.push(this.value([...path, items.length], depth + 1));
      this.spaces();
      const next = this.text.charAt(this.at);
      if (next === ",") {
        this.at += 1;
      } else if (next === "]") {
        this.at += 1;
        return items;
      } else if (next === "") {
        this.refuse("this '[' is never closed", open, open + 1);
      } else {
        this.refuse(`expected ',' or ']', but ${this.found()}`);
      }
    }
  }

  private string(): string {
    const from = this.at;
    let end = from + 1;
    for (; ; end += 1) {
      const next = this.text.charAt(end);
      if (next === "" || next === "\n") this.refuse("this text is never closed: '\"' is missing", from, end);
      if (next === '"') break;
      if (next < " ") this.refuse("a control character in a text is written \\t or \\u0000", end);
      if (next === "\\") end += 1;
    }
    this.at = end + 1;
    try {
      return JSON.parse(this.text.slice(from, this.at)) as string;
    } catch {
      const wrong = this.text.slice(from, this.at).search(/\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/);
      const at = from + Math.max(0, wrong);
      return this.refuse('this is no escape of JSON: \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX', at, at + 2);
    }
  }

  private number(): number {
    const from = this.at;
    const text = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.text.slice(from, from + 400))?.[0] ?? "";
    this.at += text.length;
    if (text === "" || /[\w.]/.test(this.text.charAt(this.at))) {
      this.refuse("this is no number of JSON", from, Math.max(this.at, from + 1));
    }
    const value = Number(text);
    if (/^-?\d+$/.test(text) && !Number.isSafeInteger(value)) {
      const message = `${text} has more digits than a number keeps here: it becomes ${value}. Write it as text.`;
      this.warnings.push({ from, to: this.at, message });
    }
    return value;
  }

  private word(): Json {
    const from = this.at;
    const text = /^[\w$]*/.exec(this.text.slice(from, from + 40))?.[0] ?? "";
    const known: Record<string, Json> = { true: true, false: false, null: null };
    const value = Object.hasOwn(known, text) ? known[text] : undefined;
    if (value === undefined)
      this.refuse(`expected a value, but ${this.found()}`, from, from + Math.max(1, text.length));
    this.at += text.length;
    return value as Json;
  }
}

// Also for the name "__proto__", which an assignment would take for something else.
export function objectOf(members: Iterable<[string, Json]>): { [name: string]: Json } {
  return Object.fromEntries(members);
}

export function parseJson(text: string): JsonResult {
  const parser = new Parser(text);
  try {
    const value = parser.whole();
    return { ok: true, json: { value, places: parser.places, warnings: parser.warnings } };
  } catch (problem) {
    if (problem instanceof Refusal) return { ok: false, problem: problem.problem };
    throw problem;
  }
}

export function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Equal as JSON: the order of members does not count.
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  );
}
// Equal with the order of members, as it goes on the wire.
export function sameText(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
// All members sorted, so that equal values have equal texts.
export function sortedText(value: Json): string {
  return JSON.stringify(value, (_, item: Json) =>
    isObject(item) ? objectOf(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}
