import { describe, expect, it } from "vitest";
import type { Integration, Product } from "../../api/types";
import { barsOf, findProducts, integrationsByProduct, readRange } from "./products";

const product = (id: number, name: string, slug: string): Product => ({
  id,
  name,
  slug,
  description: "",
  platform_id: 13,
  groups: [],
  device_count: 0,
  subscription_id: null,
  settings: {},
  device_protection: "disabled",
});
const integration = (...products: { id: number; removed?: true }[]): Integration => ({
  id: "a",
  event: "x",
  created_at: "",
  updated_at: "",
  version: 1,
  todayCounters: { success: 0, error: 0, sleep: 0, cancelled: 0 },
  waiting: 0,
  held: 0,
  products,
});

describe("products", () => {
  it("count the integrations that run on them, shared ones in each", () => {
    const counts = integrationsByProduct([
      integration({ id: 1 }, { id: 2 }),
      integration({ id: 1 }, { id: 3, removed: true }),
    ]);
    expect([...counts]).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });
  it("are found by name, slug and id, in the order of their names", () => {
    const all = [product(2, "Pump", "pump"), product(1, "Cold room", "cr-1"), product(3, "Pump old", "old")];
    const found = (typed: string) => findProducts(all, typed).map((one) => one.id);
    expect(found("")).toEqual([1, 2, 3]);
    expect(found("PUMP")).toEqual([2, 3]);
    expect(found("cr-1 room")).toEqual([1]);
    expect(found("pump room")).toEqual([]);
  });
});

describe("traffic", () => {
  const buckets = [
    { time: "2026-01-31T12:00:00.000Z", success: 3 },
    { time: "2026-01-31T12:15:00.000Z", failure: 2, sleep: 1 },
  ];
  it("has a bar for each bucket, nothing where nothing is said", () => {
    expect(barsOf(buckets, "1d")).toEqual([
      { label: "12:00", title: "Jan 31, 12:00–12:15", success: 3, error: 0, sleep: 0, cancelled: 0 },
      { label: "12:15", title: "Jan 31, 12:15–12:30", success: 0, error: 2, sleep: 1, cancelled: 0 },
    ]);
  });
  it("is labelled by the day over a week", () => expect(barsOf(buckets, "7d")[0]?.label).toBe("Jan 31"));
  it("is of a day unless the address says otherwise", () => {
    expect(readRange("7d")).toBe("7d");
    expect(readRange("9y")).toBe("1d");
  });
});
