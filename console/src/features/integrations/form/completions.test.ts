import { describe, expect, it } from "vitest";
import { dataNames, templateNames } from "./completions";

describe("dataNames", () => {
  it("gives paths, with indexes of arrays, the top level first", () => {
    expect(dataNames('{"a":{"b":[{"c":1}]},"d":"x"}').map((one) => one.name)).toEqual([
      "a",
      "d",
      "a.b",
      "a.b.0",
      "a.b.0.c",
    ]);
  });
  it("gives nothing for a scalar or for no JSON", () => {
    expect(dataNames("5")).toEqual([]);
    expect(dataNames("{x")).toEqual([]);
  });
  it("leaves out what cannot be written in a tag", () => {
    expect(dataNames('{"a b":1,"c.d":2,"{e}":3,"":4,"f":5}').map((one) => one.name)).toEqual(["f"]);
  });
  it("has a bound", () => {
    const many = JSON.stringify(Array.from({ length: 500 }, (_, index) => index));
    expect(dataNames(many)).toHaveLength(200);
  });
});

describe("templateNames", () => {
  it("never offers a key of the data for a name that is ours", () => {
    const names = templateNames(["KEY"], { site: "roof" }, '{"KEY":1,"PRODUCT_ID":2,"t":3}');
    expect(names.filter((one) => one.kind === "data").map((one) => one.name)).toEqual(["t"]);
    expect(names.find((one) => one.kind === "variable")).toEqual({
      name: "product.vars.site",
      kind: "variable",
      detail: "roof",
    });
    expect(names.filter((one) => one.name === "KEY")).toHaveLength(1);
  });
});
