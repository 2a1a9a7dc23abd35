import { describe, expect, it } from "vitest";
import { fieldChanges, hunksOf, inlineDiff, lineDiff } from "./diff";

describe("fieldChanges", () => {
  it("goes into objects: one changed header is one change", () => {
    const changes = {
      headers: { from: { A: "1", B: "2" }, to: { A: "1", B: "3", C: "4" } },
      url: { from: "https://a.example", to: "https://b.example" },
    };
    expect(fieldChanges(changes)).toEqual([
      { path: "headers.B", from: "2", to: "3" },
      { path: "headers.C", from: null, to: "4" },
      { path: "url", from: "https://a.example", to: "https://b.example" },
    ]);
  });
  it("shows an object that came new as a whole", () => {
    expect(fieldChanges({ json: { from: null, to: { a: 1 } } })).toEqual([{ path: "json", from: null, to: { a: 1 } }]);
  });
});

describe("lineDiff", () => {
  const kinds = (from: string, to: string) => lineDiff(from, to).map((line) => `${line.kind[0]}${line.text}`);
  it("keeps common lines", () => expect(kinds("a\nb\nc", "a\nx\nc")).toEqual(["sa", "rb", "ax", "sc"]));
  it("finds lines that moved in between", () =>
    expect(kinds("a\nb\nc\nd", "a\nc\nb2\nd\ne")).toEqual(["sa", "rb", "sc", "ab2", "sd", "ae"]));
  it("says nothing of equal texts", () => expect(kinds("a\nb", "a\nb")).toEqual(["sa", "sb"]));
  it("makes the one text out of the other, whatever they are", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    for (let round = 0; round < 200; round += 1) {
      const text = () => Array.from({ length: random(12) }, () => "abc"[random(3)]).join("\n");
      const [from, to] = [text(), text()];
      const lines = lineDiff(from, to);
      const side = (kind: string) => lines.filter((line) => line.kind !== kind).map((line) => line.text);
      expect(side("added").join("\n")).toBe(from);
      expect(side("removed").join("\n")).toBe(to);
    }
  });
});

describe("hunksOf", () => {
  it("leaves out what is far from a change", () => {
    const from = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const to = from.with(10, "other");
    const hunks = hunksOf(lineDiff(from.join("\n"), to.join("\n")), 2);
    expect(hunks.map((hunk) => (hunk.kind === "skipped" ? hunk.count : hunk.lines.length))).toEqual([8, 6, 7]);
  });
});

describe("inlineDiff", () => {
  it("finds the differing middle", () => {
    expect(inlineDiff("https://a.example/x", "https://bc.example/x")).toEqual({
      before: "https://",
      from: "a",
      to: "bc",
      after: ".example/x",
    });
  });
  it("does not use a character twice", () => {
    expect(inlineDiff("aa", "aaa")).toEqual({ before: "aa", from: "", to: "a", after: "" });
  });
});
