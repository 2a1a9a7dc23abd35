import { describe, expect, it } from "vitest";
import type { Integration } from "../../../api/types";
import { arrange, countStates, type Filter, parseSort, rowsOf, sortText } from "./model";

const make = (id: string, more: Partial<Integration> = {}): Integration => ({
  id,
  event: `event-${id}`,
  url: `https://${id}.example/in`,
  name: id,
  created_at: "",
  updated_at: "",
  version: 1,
  todayCounters: { success: 0, error: 0, sleep: 0, cancelled: 0 },
  waiting: 0,
  held: 0,
  ...more,
});
const everything: Filter = { text: "", products: [], states: [] };
const ids = (rows: { one: Integration }[]) => rows.map((row) => row.one.id);

describe("arrange", () => {
  const rows = rowsOf([
    make("b10", { todayCounters: { success: 5, error: 2, sleep: 0, cancelled: 0 }, health: "failing" }),
    make("b9", {
      products: [{ id: 1, slug: "pump" }],
      todayCounters: { success: 5, error: 0, sleep: 0, cancelled: 0 },
    }),
    make("a", {
      disabled: true,
      products: [
        { id: 1, slug: "pump" },
        { id: 2, slug: "tank" },
      ],
    }),
  ]);
  const by = (sort: string, filter = everything) => ids(arrange(rows, filter, parseSort(sort), undefined));

  it("sorts names as people do, both ways", () => {
    expect(by("")).toEqual(["a", "b9", "b10"]);
    expect(by("-name")).toEqual(["b10", "b9", "a"]);
  });
  it("puts equal ones by name, in either direction", () => {
    expect(by("-success")).toEqual(["b9", "b10", "a"]);
    expect(by("success")).toEqual(["a", "b9", "b10"]);
  });
  it("puts first what one should look at", () => expect(by("state")).toEqual(["b10", "a", "b9"]));
  it("finds by name, event and address, all words of them", () => {
    expect(by("", { ...everything, text: "B10.EXAMPLE event" })).toEqual(["b10"]);
    expect(by("", { ...everything, text: "b10 b9" })).toEqual([]);
  });
  it("filters by product and by state", () => {
    expect(by("", { ...everything, products: ["tank"] })).toEqual(["a"]);
    expect(by("", { ...everything, states: ["failing", "disabled"] })).toEqual(["a", "b10"]);
  });
  it("takes live numbers before those of the list", () => {
    const today = {
      date: "",
      revision: 1,
      counters: {
        b9: { success: 1, error: 9, sleep: 0, cancelled: 0, health: "failing" as const, last_error_at: null },
      },
    };
    expect(ids(arrange(rows, everything, parseSort("-error"), today))).toEqual(["b9", "a", "b10"]);
    expect(countStates(rows, today).get("failing")).toBe(1);
  });
});

it("writes the order as it reads it", () => {
  for (const text of ["-error", "state"]) expect(sortText(parseSort(text))).toBe(text);
});
