import { describe, expect, it } from "vitest";
import type { Integration } from "../../../api/types";
import { rightsOf } from "./rights";

const may = { can: () => ({ ok: true, reason: "" }), organization: null };
const mayNot = { can: () => ({ ok: false, reason: "Yours is Support." }), organization: null };
const make = (more: Partial<Integration>): Integration => ({
  id: "a",
  event: "e",
  created_at: "",
  updated_at: "",
  version: 1,
  todayCounters: { success: 0, error: 0, sleep: 0, cancelled: 0 },
  waiting: 0,
  held: 0,
  ...more,
});
const shared = make({ shared: true, products: [{ id: 1 }, { id: 2 }, { id: 3 }] });

describe("rightsOf", () => {
  it("lets a product look at, test, pause and separate a shared one, not change it", () => {
    const rights = rightsOf({ ...may, kind: "product" }, shared);
    expect([rights.test.ok, rights.pause.ok, rights.remove.ok, rights.separate.ok]).toEqual([true, true, true, true]);
    expect([rights.edit.ok, rights.override.ok, rights.versions.ok]).toEqual([false, false, false]);
    expect(rights.edit.reason).toContain("2 other products");
  });
  it("counts the products that its viewer does not see", () => {
    const part = make({ shared: true, products: [{ id: 1 }], more_products: 2 });
    expect(rightsOf({ ...may, kind: "product" }, part).edit.reason).toContain("2 other products");
  });
  it("lets the organization change it", () => {
    expect(rightsOf({ ...may, kind: "organization" }, shared).edit.ok).toBe(true);
  });
  it("says what the role says first", () => {
    expect(rightsOf({ ...mayNot, kind: "organization" }, shared).edit.reason).toBe("Yours is Support.");
  });
  it("allows nothing with one that was merged into another", () => {
    const rights = rightsOf({ ...may, kind: "organization" }, make({ merged_into: "b" }));
    expect(Object.values(rights).some((one) => one.ok)).toBe(false);
  });
  it("changes no override while a version is tried", () => {
    const staged = { version: 4, product_ids: [1], since: "", by: null, changes: {}, outcomes_min: 20 };
    const rights = rightsOf({ ...may, kind: "organization" }, make({ staged }));
    expect(rights.override.ok).toBe(false);
    expect(rights.versions.ok).toBe(true);
  });
});
