import { describe, expect, it } from "vitest";
import { draftErrors, errorAt, serverErrors, urlProblem } from "./form-errors";
import { draftOf, kNewSettings, newPair } from "./settings-model";

describe("urlProblem", () => {
  it("takes what the server takes", () => {
    for (const url of [
      "https://a.example",
      " http://a ",
      "{{{x}}}/y",
      "http{{s}}://a",
      "https://{{{h}}}/x",
      "https://a/{{x}}",
    ]) {
      expect(urlProblem(url), url).toBeNull();
    }
  });
  it("refuses what the server refuses", () => {
    for (const url of ["", "a.example", "ftp://a", "https://", "x{{y}}", "https://a/{{x"]) {
      expect(urlProblem(url), url).not.toBeNull();
    }
  });
});

describe("draftErrors", () => {
  it("names what is missing", () => {
    expect(Object.keys(draftErrors(draftOf(kNewSettings), []))).toEqual(["event", "url", "product_ids"]);
    expect(Object.keys(draftErrors(draftOf(kNewSettings), null))).toEqual(["event", "url"]);
  });
  it("finds rows without a name and names that stand there twice", () => {
    const draft = {
      ...draftOf({ event: "e", url: "https://a" }),
      headers: [newPair("A", "1"), newPair("A", "2"), newPair("", "3"), newPair()],
    };
    expect(draftErrors(draft, null)).toEqual({ "headers.A": "is there twice", "headers.": "needs a name" });
  });
  it("finds tags that are not closed, at their field", () => {
    const draft = draftOf({
      event: "e",
      url: "https://a",
      headers: { A: "{{x" },
      auth: { username: "{{#u}}" },
      errorTopic: "{{",
    });
    expect(Object.keys(draftErrors(draft, null))).toEqual(["headers.A", "auth.username", "errorResponseTopic"]);
  });
});

describe("errorAt", () => {
  const errors = serverErrors([
    { field: "headers.A", message: "x" },
    { field: "headers.A", message: "y" },
    { field: "json.a.b", message: "z" },
    { field: "", message: "whole" },
  ]);
  it("joins what belongs to a field", () => {
    expect(errorAt(errors, "headers.A")).toBe("x; y");
    expect(errorAt(errors, "json")).toBe("a.b: z");
    expect(errorAt({ "secrets.0": "there is no secret A" }, "secrets")).toBe("there is no secret A");
    expect(errorAt(errors, "headers", ["headers.A"])).toBeUndefined();
    expect(errorAt(errors, "url")).toBeUndefined();
  });
});
