import { describe, expect, it } from "vitest";
import { parseJson, pathKey, sameJson, sortedText } from "./json-text";

function problemOf(text: string) {
  const result = parseJson(text);
  return result.ok ? null : { at: text.slice(result.problem.from, result.problem.to), message: result.problem.message };
}

describe("parseJson", () => {
  it("reads what JSON.parse reads", () => {
    for (const text of ['{"a":[1,-2.5e3,true,null,"\\u00e9\\n"],"b":{}}', "[]", '""', " 0 ", "{}"]) {
      const result = parseJson(text);
      expect(result.ok && result.json.value).toEqual(JSON.parse(text));
    }
  });
  it("refuses what JSON.parse refuses", () => {
    for (const text of [
      "",
      "{",
      "[1,]",
      '{"a":1,}',
      "01",
      "1.",
      "nul",
      "{a:1}",
      "'a'",
      '"\\x"',
      '"a',
      "1 2",
      "{}}",
      "-",
      "+1",
    ]) {
      expect(() => JSON.parse(text)).toThrow();
      expect(parseJson(text).ok, text).toBe(false);
    }
  });
  it("says where and why", () => {
    expect(problemOf('{"a" 1}')).toEqual({ at: "1", message: "expected ':' after the name, but here is '1'" });
    expect(problemOf('{"a":1,}')?.message).toContain("a comma stands before it");
    expect(problemOf('{"a":{"b":1}')).toEqual({ at: "{", message: "this '{' is never closed" });
    expect(problemOf('{"a": {{x}} }')?.at).toBe("{");
    expect(problemOf('["a]')?.at).toBe('"a]');
  });
  it("knows where each member stands", () => {
    const text = '{"a": {"b": [1, "x"]}}';
    const result = parseJson(text);
    if (!result.ok) throw new Error("no JSON");
    const place = result.json.places.get(pathKey(["a", "b", 1]));
    expect(text.slice(place?.from, place?.to)).toBe('"x"');
    const key = result.json.places.get(pathKey(["a", "b"]))?.key;
    expect(text.slice(key?.from, key?.to)).toBe('"b"');
  });
  it("warns of a name that stands there twice, and of a number that is rounded", () => {
    const result = parseJson('{"a":1,"a":2,"n":12345678901234567890}');
    expect(result.ok && result.json.warnings.map((one) => one.from)).toEqual([7, 17]);
  });
  it("keeps a member named __proto__", () => {
    const result = parseJson('{"__proto__":1}');
    expect(result.ok && Object.keys(result.json.value as object)).toEqual(["__proto__"]);
  });
  it("bounds how deep it goes", () => {
    expect(parseJson("[".repeat(500)).ok).toBe(false);
  });
});

describe("comparing", () => {
  it("ignores the order of members", () => {
    expect(sameJson({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toBe(true);
    expect(sameJson({ a: 1 }, { a: 1, b: null })).toBe(false);
    expect(sortedText({ b: { d: 1, c: 2 }, a: 1 })).toBe('{"a":1,"b":{"c":2,"d":1}}');
  });
});
