import { expect, it } from "vitest";
import { ApiError } from "../api/client";
import { slugOf, slugTaken } from "./slug";

it("keeps small letters and digits, with single dashes between", () => {
  expect(slugOf("Acme -- Cooling, Inc.")).toBe("acme-cooling-inc");
  expect(slugOf("  Kälte 24 ")).toBe("k-lte-24");
  expect(slugOf("!?")).toBe("");
});

it("tells a slug that is taken from other conflicts", () => {
  expect(slugTaken(new ApiError(409, { error: 'slug "pump" is taken' }))).toBe(
    'slug "pump" is taken; choose another one',
  );
  expect(slugTaken(new ApiError(409, { error: "a version is staged" }))).toBeUndefined();
  expect(slugTaken(null)).toBeUndefined();
});
