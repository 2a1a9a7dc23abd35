import { describe, expect, it } from "vitest";
import { changesOf, doubles, rowsOf } from "./variables-model";

describe("variables", () => {
  it("are shown by name", () => {
    expect(rowsOf({ b: "2", a: "1" }).map((row) => row.name)).toEqual(["a", "b"]);
  });
  it("send only what is new, different or gone", () => {
    const before = { keep: "1", change: "2", drop: "3" };
    const rows = [
      { name: "keep", value: "1" },
      { name: "change", value: "x" },
      { name: "new", value: "" },
      { name: "", value: "ignored" },
    ];
    expect(changesOf(before, rows)).toEqual({ change: "x", new: "", drop: null });
  });
  it("send nothing when nothing changed", () => {
    expect(changesOf({ a: "1" }, rowsOf({ a: "1" }))).toEqual({});
  });
  it("notice a name that stands twice", () => {
    const rows = [
      { name: "a", value: "1" },
      { name: " a ", value: "2" },
      { name: "", value: "" },
      { name: "", value: "" },
    ];
    expect([...doubles(rows)]).toEqual(["a"]);
  });
});
