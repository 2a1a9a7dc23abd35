import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatPercent, formatSpan, plural, prettyJson, relativeTime } from "./format";

describe("numbers", () => {
  it("are grouped", () => expect(formatCount(1234567)).toBe("1,234,567"));
  it("of things know one and many", () => {
    expect(plural(1, "product")).toBe("1 product");
    expect(plural(1200, "product")).toBe("1,200 products");
  });
  it("of bytes have a unit", () => {
    expect(formatBytes(999)).toBe("999 B");
    expect(formatBytes(1_500)).toBe("1.5 KB");
    expect(formatBytes(123_456_789)).toBe("123 MB");
  });
  it("in percent say when there is nothing to compare, and when it is very little", () => {
    expect(formatPercent(0, 0)).toBe("–");
    expect(formatPercent(1, 100_000)).toBe("<0.1%");
    expect(formatPercent(1, 8)).toBe("13%");
    expect(formatPercent(1, 30)).toBe("3.3%");
  });
});

describe("times", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  it("are relative to now", () => {
    expect(relativeTime("2026-01-31T11:59:58Z", now)).toBe("just now");
    expect(relativeTime("2026-01-31T11:57:00Z", now)).toBe("3 minutes ago");
    expect(relativeTime("2026-01-31T14:00:00Z", now)).toBe("in 2 hours");
    expect(relativeTime("2026-01-21T12:00:00Z", now)).toBe("10 days ago");
  });
  it("spans have two units at most", () => {
    expect(formatSpan(59)).toBe("59 s");
    expect(formatSpan(4800)).toBe("1 h 20 min");
    expect(formatSpan(90_000)).toBe("1 d 1 h");
  });
});

describe("prettyJson", () => {
  it("indents JSON and leaves everything else alone", () => {
    expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(prettyJson("{not json")).toBe("{not json");
  });
});
