import { describe, expect, test } from "vitest";
import { limitsChanged } from "./secret-limits";

describe("limitsChanged", () => {
  test("sends nothing of what is the same, in whatever order", () => {
    expect(limitsChanged(null, [], [])).toEqual({});
    expect(limitsChanged({ products: [1, 2], hosts: null }, [2, 1], [])).toEqual({});
  });
  test("sends a list that differs, and null for one that was emptied", () => {
    expect(limitsChanged(null, [1], ["a.example"])).toEqual({ products: [1], hosts: ["a.example"] });
    expect(limitsChanged({ products: [1], hosts: ["a.example"] }, [], ["b.example"])).toEqual({
      products: null,
      hosts: ["b.example"],
    });
  });
});
