import { describe, expect, it } from "vitest";
import { addressOf, askedOf, filterOf, isNarrowed, isStatus, takenOf, withoutFilter, wordsOf } from "./dead-letters";
import { localTime } from "./format";

const of = (address: string) => filterOf(new URLSearchParams(address));
const names = {
  integration: (id: string) => (id === "a1" ? "Alarms" : id),
  product: (slug: string) => (slug === "pump" ? "Pump" : slug),
};

describe("the address", () => {
  it("asks for what was not replayed yet, unless it says otherwise", () => {
    expect(askedOf(of(""))).toEqual({ replayed: "false" });
    expect(askedOf(of("replayed=true"))).toEqual({ replayed: "true" });
    expect(askedOf(of("replayed=all"))).toEqual({});
    expect(askedOf(of("replayed=perhaps"))).toEqual({ replayed: "false" });
  });
  it("has the names that the server has", () => {
    const all = {
      integration: "a1",
      product: "pump",
      device: "e00f",
      event: "temp/",
      status: "5xx",
      error: "timeout",
      from: "2026-01-02T03:04:00.000Z",
      to: "2026-01-03T03:04:00.000Z",
      text: "out of range & more",
    };
    expect(askedOf(of(new URLSearchParams({ ...all, replayed: "all" }).toString()))).toEqual(all);
  });
  it("with what was replayed before says so to a replay", () => {
    expect(takenOf(askedOf(of("event=a&replayed=all")))).toEqual({ event: "a", replayed: null });
    expect(takenOf(askedOf(of("event=a")))).toEqual({ event: "a", replayed: "false" });
  });
  it("is what was once asked, again", () => {
    for (const asked of [
      { device: "e00f", text: "a&b", replayed: "false" },
      { status: "none" },
      { replayed: "true" },
    ]) {
      expect(askedOf(of(addressOf(asked)))).toEqual(asked);
    }
    expect(addressOf({ replayed: false, event: "a" })).toBe("event=a");
    expect(addressOf({ event: null })).toBe("replayed=all");
  });
  it("loses the filter and nothing else", () =>
    expect(withoutFilter(new URLSearchParams("device=x&letter=7&replayed=all")).toString()).toBe("letter=7"));
  it("knows whether it leaves something out", () => {
    expect(isNarrowed(of("letter=7&replayed=true"))).toBe(false);
    expect(isNarrowed(of("device=x"))).toBe(true);
  });
});

describe("a status", () => {
  it("is a number, a class or none", () => {
    for (const text of ["503", "5xx", "404", "none"]) expect(isStatus(text)).toBe(true);
    for (const text of ["", "5", "50", "6xx", "5x", "no", "5033"]) expect(isStatus(text)).toBe(false);
  });
  it("that is still being typed is not asked for", () => expect(askedOf(of("status=50&replayed=all"))).toEqual({}));
});

describe("in words", () => {
  it("are all", () => expect(wordsOf({}, names)).toBe("All dead letters"));
  it("are what was asked", () => {
    expect(wordsOf({ integration: "a1", product: "pump", status: "503", replayed: "false" }, names)).toBe(
      "Dead letters of Alarms on Pump, last status 503, not replayed yet",
    );
    expect(wordsOf({ device: "api", event: "temp", status: "none", error: "dns", text: "x" }, names)).toBe(
      "Dead letters, published by API, events beginning with “temp”, no answer, error “Name not found”, with “x”",
    );
    expect(wordsOf({ device: "e00f", replayed: true }, names)).toBe("Dead letters, from device e00f, replayed already");
  });
  it("have local times", () => {
    const at = "2026-01-02T03:04:00.000Z";
    expect(wordsOf({ from: at, to: at }, names)).toBe(
      `Dead letters, ended from ${localTime(at)}, ended until ${localTime(at)}`,
    );
  });
});
