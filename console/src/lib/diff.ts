// What differs: of two configurations field by field, as the server tells it, and of two texts line by line. Pure.
import type { Changes, Json } from "../api/types";
import { isObject, sameJson } from "./json-text";

export interface FieldChange {
  path: string; // "url", "headers.X-Site"
  from: Json; // null: not set
  to: Json;
}

// Objects on both sides are gone into, so that one changed header is one line and not all headers twice.
export function fieldChanges(changes: Changes): FieldChange[] {
  const found: FieldChange[] = [];
  const visit = (path: string, from: Json, to: Json) => {
    if (sameJson(from, to)) return;
    if (isObject(from) && isObject(to)) {
      for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
        visit(`${path}.${name}`, from[name] ?? null, to[name] ?? null);
      }
      return;
    }
    found.push({ path, from, to });
  };
  for (const [name, change] of Object.entries(changes)) visit(name, change.from, change.to);
  return found;
}

export interface Line {
  kind: "same" | "removed" | "added";
  text: string;
}

// A table of this many cells is the most that is filled; what is larger is shown as one text replaced by the other.
const kCellsMax = 4_000_000;

// The shortest way from one text to the other by removed and added lines.
export function lineDiff(from: string, to: string): Line[] {
  const a = from.split("\n");
  const b = to.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) {
    tail += 1;
  }
  const same = (text: string): Line => ({ kind: "same", text });
  return [
    ...a.slice(0, head).map(same),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ];
}

function middle(a: string[], b: string[]): Line[] {
  const removed = a.map((text): Line => ({ kind: "removed", text }));
  const added = b.map((text): Line => ({ kind: "added", text }));
  if (a.length === 0 || b.length === 0 || a.length * b.length > kCellsMax) return [...removed, ...added];
  // lengths[i * width + j]: of the longest common subsequence of a from i on and b from j on.
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] as number) + 1
          : Math.max(lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number);
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i] as string });
      i += 1;
      j += 1;
    } else if ((lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number)) {
      lines.push({ kind: "removed", text: a[i] as string });
      i += 1;
    } else {
      lines.push({ kind: "added", text: b[j] as string });
      j += 1;
    }
  }
  return [...lines, ...removed.slice(i), ...added.slice(j)];
}

export type Hunk = { kind: "lines"; lines: Line[] } | { kind: "skipped"; count: number };

// Long stretches without a change are left out, but for some lines around each change.
export function hunksOf(lines: Line[], context = 3): Hunk[] {
  const shown = lines.map(() => false);
  lines.forEach((line, index) => {
    if (line.kind === "same") return;
    for (let near = Math.max(0, index - context); near <= Math.min(lines.length - 1, index + context); near += 1) {
      shown[near] = true;
    }
  });
  const hunks: Hunk[] = [];
  lines.forEach((line, index) => {
    const last = hunks.at(-1);
    if (shown[index]) {
      if (last?.kind === "lines") last.lines.push(line);
      else hunks.push({ kind: "lines", lines: [line] });
    } else if (last?.kind === "skipped") last.count += 1;
    else hunks.push({ kind: "skipped", count: 1 });
  });
  return hunks;
}

// Two short texts with one differing middle: what is before it, it on both sides, and what is behind it.
export interface InlineDiff {
  before: string;
  from: string;
  to: string;
  after: string;
}
export function inlineDiff(from: string, to: string): InlineDiff {
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) head += 1;
  let tail = 0;
  const most = Math.min(from.length, to.length) - head;
  while (tail < most && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail += 1;
  return {
    before: from.slice(0, head),
    from: from.slice(head, from.length - tail),
    to: to.slice(head, to.length - tail),
    after: from.slice(from.length - tail),
  };
}

// A value as text to compare: text as it is, everything else as JSON.
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
