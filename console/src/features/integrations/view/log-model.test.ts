import { describe, expect, it } from "vitest";
import type { LogEntry } from "../../../api/types";
import { entryKey, isJson, shownLog } from "./log-model";

const entry = (second: number, attempt = 1): LogEntry => ({
  time: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  product_id: 1,
  event: { id: `event-${second}`, name: "e", data: null, published_at: "", coreid: "api" },
  request: { method: "POST", url: "", headers: {}, body: "" },
  response: null,
  error: null,
  attempt,
  version: 1,
  duration_ms: 1,
});

describe("shownLog", () => {
  it("follows the server while nothing is open", () => {
    expect(shownLog([entry(3), entry(2)], null)).toEqual({ entries: [entry(3), entry(2)], newer: 0 });
  });
  it("stays while an entry is open, and counts what came since", () => {
    const kept = [entry(2), entry(1)];
    expect(shownLog([entry(4), entry(3), entry(2)], kept)).toEqual({ entries: kept, newer: 2 });
  });
});

it("tells attempts at the same event apart", () => expect(entryKey(entry(1, 1))).not.toBe(entryKey(entry(1, 2))));

it("knows JSON from what only looks like it", () => {
  expect(isJson(' {"a":1}')).toBe(true);
  expect(isJson("{a}")).toBe(false);
  expect(isJson("12")).toBe(false);
});
