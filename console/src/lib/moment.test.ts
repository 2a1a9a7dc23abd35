import { expect, it } from "vitest";
import { fromField, toField } from "./moment";

it("goes to the field and back, to the minute", () => {
  const at = "2026-03-04T05:06:00.000Z";
  expect(toField(at)).toMatch(/^2026-03-0\dT\d\d:\d\d$/);
  expect(fromField(toField(at))).toBe(at);
});
it("is none where there is none", () => {
  expect(toField("")).toBe("");
  expect(toField("yesterday")).toBe("");
  expect(fromField("")).toBe("");
});
it("is no moment while the year is being typed", () => {
  expect(fromField("0202-03-04T05:06")).toBeNull();
  expect(fromField("2026-03-04T05:")).toBeNull();
});
