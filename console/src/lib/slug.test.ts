import { expect, it } from "vitest";
import { slugOf } from "./slug";

it("keeps small letters and digits, with single dashes between", () => {
  expect(slugOf("Acme -- Cooling, Inc.")).toBe("acme-cooling-inc");
  expect(slugOf("  Kälte 24 ")).toBe("k-lte-24");
  expect(slugOf("!?")).toBe("");
});
