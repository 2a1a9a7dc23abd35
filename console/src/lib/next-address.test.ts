import { expect, it } from "vitest";
import { safeNext } from "./next-address";

it("follows a path of the console, with what belongs to it", () => {
  expect(safeNext("/orgs/acme/events?q=device%3Aa#row")).toBe("/orgs/acme/events?q=device%3Aa#row");
});
it("goes to the start where nothing is asked for", () => {
  expect(safeNext(null)).toBe("/");
  expect(safeNext("")).toBe("/");
  expect(safeNext("orgs/acme")).toBe("/");
});
it("does not leave for another host", () => {
  for (const next of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "/\t/evil.example",
    "/..//evil.example",
  ]) {
    expect(safeNext(next)).toBe("/");
  }
  expect(safeNext("javascript:alert(1)")).toBe("/");
});
it("does not come back to the sign-in page", () => expect(safeNext("/login?next=/login")).toBe("/"));
