import { describe, expect, it } from "vitest";
import type { LiveEvent } from "./event";
import { matches, parseFilter, withModifier } from "./filter";

const event: LiveEvent = {
  number: 1,
  name: "temperature/Cold-room",
  data: '{"value":7.6,"note":"out of range"}',
  at: "2026-01-31T12:00:00Z",
  from: "e00fce680000271100000005",
  product: 10001,
  kind: "device",
};
const products = new Map([[10001, { slug: "cold-room", name: "Cold rooms" }]]);
const shows = (typed: string, one = event) => matches(parseFilter(typed), one, products);

describe("the filter", () => {
  it("shows everything when nothing is typed", () => expect(shows("  ")).toBe(true));
  it("finds words in name, data and device, in any case", () => {
    expect(shows("COLD")).toBe(true);
    expect(shows("7.6 temperature 2711")).toBe(true);
    expect(shows("temperature missing")).toBe(false);
  });
  it("looks only where a modifier says", () => {
    expect(shows("event:temp")).toBe(true);
    expect(shows("event:range")).toBe(false);
    expect(shows("data:7.6")).toBe(true);
    expect(shows("device:e00fce68")).toBe(true);
    expect(shows("Device:temperature")).toBe(false);
  });
  it("knows products by id, slug and name", () => {
    for (const typed of ["product:10001", "product:cold-room", 'product:"cold rooms"']) expect(shows(typed)).toBe(true);
    expect(shows("product:oven")).toBe(false);
    expect(shows("product:1", { ...event, product: null })).toBe(false);
  });
  it("keeps quoted words together, also unfinished ones", () => {
    expect(shows('"out of range"')).toBe(true);
    expect(shows('data:"of out"')).toBe(false);
    expect(shows('data:"out of ra')).toBe(true);
  });
  it("leaves out what has a minus", () => {
    expect(shows("-event:temp")).toBe(false);
    expect(shows("-event:debug temp")).toBe(true);
  });
  it("does not take an address or an unfinished modifier for one", () => {
    expect(parseFilter("https://a.example")).toEqual([{ place: "any", text: "https://a.example", not: false }]);
    expect(shows("device:")).toBe(true);
  });
});

describe("withModifier", () => {
  it("replaces the modifier and keeps the rest", () => {
    expect(withModifier("cold device:a7", "device", "b8")).toBe("cold device:b8");
    expect(withModifier("", "product", "cold rooms")).toBe('product:"cold rooms"');
  });
});
