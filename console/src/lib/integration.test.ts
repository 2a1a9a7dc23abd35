import { describe, expect, it } from "vitest";
import type { Integration } from "../api/types";
import { nameOf, runsOn, statesOf } from "./integration";

const make = (more: Partial<Integration>): Integration => ({
  id: "a",
  event: "alarm/",
  url: "https://desk.example/in",
  created_at: "",
  updated_at: "",
  version: 1,
  todayCounters: { success: 0, error: 0, sleep: 0, cancelled: 0 },
  waiting: 0,
  held: 0,
  ...more,
});
const paused = { mode: "hold" as const, since: "" };

describe("statesOf", () => {
  it("tells everything that is true of some product, the worst first", () => {
    const one = make({
      health: "failing",
      products: [
        { id: 1, slug: "pump", paused },
        { id: 2, slug: "tank" },
      ],
    });
    expect(statesOf(one)).toEqual(["failing", "paused"]);
  });
  it("tells of one product only what is true there", () => {
    const staged = { version: 2, product_ids: [1], since: "", by: null, changes: {}, outcomes_min: 20 };
    const one = make({
      health: "healthy",
      staged,
      products: [
        { id: 1, slug: "pump", paused, staged_version: 2 },
        { id: 2, slug: "tank" },
        { id: 3, slug: "door", override: { disabled: true } },
      ],
    });
    expect(statesOf(one, undefined, "pump")).toEqual(["paused", "staged"]);
    expect(statesOf(one, undefined, "tank")).toEqual(["healthy"]);
    expect(statesOf(one, undefined, "door")).toEqual(["disabled"]);
  });
  it("takes newer health before that of the list", () => {
    expect(statesOf(make({ health: "failing" }), { health: "healthy" })).toEqual(["healthy"]);
  });
});

it("names an integration without a name by its event and host", () => {
  expect(nameOf(make({}))).toBe("alarm/ for desk.example");
  expect(nameOf(make({ name: "Alarms" }))).toBe("Alarms");
});
it("counts products", () => expect(runsOn(make({ products: [{ id: 1 }] }))).toBe("1 product"));
