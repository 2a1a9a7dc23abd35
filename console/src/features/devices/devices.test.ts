import { describe, expect, it } from "vitest";
import { groupName, pageNumber, readIds, searchIn } from "./devices";

describe("ids of an import", () => {
  it("are read from lines, lists and CSV, each once", () => {
    const a = "e00fce680000271100000001";
    const b = "e00fce680000271100000002";
    expect(readIds(`${a}\r\n${b}\n\n`)).toEqual([a, b]);
    expect(readIds(`"${a}", '${b.toUpperCase()}';${a}`)).toEqual([a, b]);
  });
  it("keep what is no id, for the report", () => expect(readIds("abc Xyz")).toEqual(["abc", "Xyz"]));
  it("are none of nothing", () => expect(readIds(" \n , ")).toEqual([]));
});

describe("the search", () => {
  it("looks in ids for hex digits, in names for the rest", () => {
    expect(searchIn("e00fce", "")).toBe("id");
    expect(searchIn("271", "")).toBe("id");
    expect(searchIn("cellar", "")).toBe("name");
    expect(searchIn("ab", "")).toBe("name");
  });
  it("looks where the person says", () => expect(searchIn("cafe", "name")).toBe("name"));
});

it("takes names of groups as the server does", () => {
  expect(groupName(" Canary-1 ")).toBe("canary-1");
  expect(groupName("two words")).toBeNull();
  expect(groupName("")).toBeNull();
});
it("stays within the pages that there are", () => {
  expect(pageNumber("3", 9)).toBe(3);
  expect(pageNumber("30", 9)).toBe(9);
  expect(pageNumber("-1", 9)).toBe(1);
  expect(pageNumber("x", 0)).toBe(1);
});
