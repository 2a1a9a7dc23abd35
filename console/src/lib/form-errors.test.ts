import { describe, expect, it } from "vitest";
import { ApiError } from "../api/client";
import { fieldErrors, hasOther } from "./form-errors";

const refused = (violations: { field: string; message: string }[]) => new ApiError(400, { violations });

describe("fieldErrors", () => {
  it("puts each sentence at its field, and several of one together", () => {
    const error = refused([
      { field: "url", message: "no host" },
      { field: "url", message: "no scheme" },
      { field: "event", message: "required" },
    ]);
    expect(fieldErrors(error, ["url", "event"])).toEqual({ url: "no host; no scheme", event: "required" });
  });
  it("knows that a member belongs to its field", () => {
    expect(fieldErrors(refused([{ field: "variables.site", message: "expected text" }]), ["variables"])).toEqual({
      variables: "expected text",
    });
  });
});

describe("hasOther", () => {
  it("is false when every sentence stands at a field", () => {
    expect(hasOther(refused([{ field: "url", message: "x" }]), ["url"])).toBe(false);
  });
  it("is true for fields that the form does not show, and for refusals without fields", () => {
    expect(hasOther(refused([{ field: "policy", message: "x" }]), ["url"])).toBe(true);
    expect(hasOther(new ApiError(409, {}), ["url"])).toBe(true);
    expect(hasOther(null, ["url"])).toBe(false);
  });
});
