import { describe, expect, it } from "vitest";
import { conflictOf, differencesOf, labelOf, resolved, shownValue, withValue } from "./settings-diff";

describe("differencesOf", () => {
  it("goes into objects", () => {
    expect(
      differencesOf(
        { url: "a", headers: { A: "1", B: "2" } },
        { url: "a", headers: { A: "1", B: "3", C: "4" }, name: "n" },
      ),
    ).toEqual([
      { path: ["headers", "B"], from: "2", to: "3" },
      { path: ["headers", "C"], from: undefined, to: "4" },
      { path: ["name"], from: undefined, to: "n" },
    ]);
  });
  it("tells headers one by one, also where there were none", () => {
    expect(differencesOf({}, { headers: { A: "1" } })).toEqual([{ path: ["headers", "A"], from: undefined, to: "1" }]);
    expect(differencesOf({}, { json: { a: "1" } })).toEqual([{ path: ["json"], from: undefined, to: { a: "1" } }]);
  });
  it("sees another order of members as one difference", () => {
    expect(differencesOf({ json: { a: "1", b: "2" } }, { json: { b: "2", a: "1" } })).toHaveLength(1);
  });
  it("finds nothing where nothing differs", () => {
    expect(differencesOf({ json: { a: ["1"] } }, { json: { a: ["1"] } })).toEqual([]);
  });
});

describe("conflictOf", () => {
  const base = { url: "a", headers: { A: "1", B: "2" }, event: "e" };
  const mine = { url: "mine", headers: { A: "1", B: "mine" }, event: "e", name: "same" };
  const theirs = { url: "theirs", headers: { A: "theirs", B: "2" }, event: "e", name: "same", disabled: true };
  it("tells who changed what", () => {
    expect(conflictOf(base, mine, theirs).map((one) => [one.path.join("."), one.by])).toEqual([
      ["url", "both"],
      ["headers.A", "theirs"],
      ["headers.B", "mine"],
      ["name", "same"],
      ["disabled", "theirs"],
    ]);
  });
  it("joins both sides when each field is decided", () => {
    const choices = conflictOf(base, mine, theirs);
    const joined = resolved(theirs, choices, (one) => (one.by === "mine" || one.by === "both" ? "mine" : "theirs"));
    expect(joined).toEqual({
      url: "mine",
      headers: { A: "theirs", B: "mine" },
      event: "e",
      name: "same",
      disabled: true,
    });
    expect(resolved(theirs, choices, () => "theirs")).toEqual(theirs);
    expect(resolved(theirs, choices, () => "mine")).toEqual(mine);
  });
  it("takes a member away that the chosen side has not", () => {
    const choices = conflictOf({ body: "x", url: "u" }, { url: "u" }, { body: "y", url: "u" });
    expect(resolved({ body: "y", url: "u" }, choices, () => "mine")).toEqual({ url: "u" });
  });
});

describe("withValue", () => {
  it("keeps the order of members and makes what is missing", () => {
    expect(JSON.stringify(withValue({ a: 1, b: { c: 2 } }, ["b", "d"], 3))).toBe('{"a":1,"b":{"c":2,"d":3}}');
    expect(withValue({}, ["a", "b"], 1)).toEqual({ a: { b: 1 } });
  });
});

describe("words", () => {
  it("names fields as the form does", () => {
    expect(labelOf(["headers", "X-Site"])).toBe("HTTP headers › X-Site");
    expect(labelOf(["unknown"])).toBe("unknown");
    expect(shownValue(["disabled"], undefined)).toBe("Enabled");
    expect(shownValue(["url"], undefined)).toBe("not set");
    expect(shownValue(["json"], { a: ["1"] })).toBe('{ "a": [ "1" ] }');
  });
});
