import { describe, expect, it } from "vitest";
import { clockTime, kindOf, oneLine, readEvent } from "./event";

describe("readEvent", () => {
  it("takes what the stream says", () => {
    const sent =
      '{"data":"7","ttl":60,"published_at":"2026-01-31T12:00:00.120Z","coreid":"e00fce680000271100000005","productID":10001}';
    expect(readEvent("temp", sent, 3)).toEqual({
      number: 3,
      name: "temp",
      data: "7",
      at: "2026-01-31T12:00:00.120Z",
      from: "e00fce680000271100000005",
      product: 10001,
      kind: "device",
    });
  });
  it("has no product in a sandbox, and no data where none was sent", () => {
    const event = readEvent("temp", '{"data":null,"published_at":"","coreid":"api"}', 1);
    expect(event).toMatchObject({ data: null, product: null, kind: "api" });
  });
  it("drops what it cannot read", () => {
    expect(readEvent("temp", "{", 1)).toBeNull();
    expect(readEvent("temp", "7", 1)).toBeNull();
  });
});

describe("the kind of an event", () => {
  it("is of the device, whatever the device calls it", () => {
    expect(kindOf("hook-error/x", "e00fce680000271100000005")).toBe("device");
  });
  it("finds hook topics behind a device id", () => {
    expect(kindOf("hook-sent/temp", "particle-internal")).toBe("hook-sent");
    expect(kindOf("e00fce680000271100000005/hook-response/temp/0", "particle-internal")).toBe("hook-response");
    expect(kindOf("e00fce680000271100000005/hook-error/temp/0", "particle-internal")).toBe("hook-error");
    expect(kindOf("answers/temp", "particle-internal")).toBe("hook-response");
  });
});

describe("one line of data", () => {
  it("shows JSON without its marks, inner ones with braces", () => {
    expect(oneLine('{"value":7.6,"at":{"x":1},"list":[1,"a"]}', true)).toBe("value: 7.6  at: {x: 1}  list: [1, a]");
  });
  it("stays as sent when raw, and has no line breaks", () => {
    expect(oneLine('{"value":\n 7.6}', false)).toBe('{"value": 7.6}');
    expect(oneLine("{no json", true)).toBe("{no json");
    expect(oneLine(null, true)).toBe("");
  });
  it("is cut", () => expect(oneLine("x".repeat(50), true, 10)).toBe(`${"x".repeat(10)}…`));
});

it("shows the time of the day to the millisecond", () => {
  expect(clockTime("2026-01-31T02:03:04.005Z")).toBe("02:03:04.005");
});
