import { describe, expect, it } from "vitest";
import { kDeliveryDefaults, kDeliveryMembers, shownDelivery } from "./delivery-model";
import { draftErrors } from "./form-errors";
import { parseSettings } from "./settings-check";
import { canonicalSettings, draftOf, settingsOf, settingsOfAnswer } from "./settings-model";

const base = { event: "e", url: "https://a.example" };
const set = {
  timeout: 5,
  redirects: "error",
  retryDelays: [5, 60, 5400],
  retryFor: 3600,
  finalStatuses: [404, "5xx"],
  concurrency: 2,
  rate: 0.5,
  orderPerDevice: true,
};

describe("settings of deliveries", () => {
  it("are shown as people write them, and said as the server takes them", () => {
    const draft = draftOf({ ...base, ...set });
    expect(draft).toMatchObject({
      timeout: "5 s",
      redirects: "error",
      retryDelays: ["5 s", "1 min", "90 min"],
      retryFor: "1 h",
      finalStatuses: ["404", "5xx"],
      concurrency: "2",
      rate: "0.5",
      orderPerDevice: true,
    });
    const typed = { timeout: "10", retryDelays: ["2 min", "1h 30min"], finalStatuses: [" 5XX "], rate: "2.5" };
    expect(settingsOf({ ...draft, ...typed })).toMatchObject({
      timeout: 10,
      retryDelays: [120, 5400],
      finalStatuses: ["5xx"],
      rate: 2.5,
    });
  });
  it("are left out where the fields are empty, which is the default", () => {
    const empty = draftOf(base);
    const cleared = Object.fromEntries(kDeliveryMembers.map((member) => [member, empty[member]]));
    expect(settingsOf({ ...draftOf({ ...base, ...set }), ...cleared })).toEqual(base);
    expect(settingsOf({ ...empty, finalStatuses: [] })).toEqual({ ...base, finalStatuses: [] });
  });
  it("are no settings in answers where they are the default, however that is written", () => {
    const answer = { ...base, name: "n", ...(kDeliveryDefaults as object) };
    expect(settingsOfAnswer(answer, "sandbox")).toEqual({ ...base, name: "n" });
    const statuses = ["501", 431, 422, 415, 414, 413, 410, 405, 400, "3xx", 301];
    expect(canonicalSettings({ ...base, timeout: "20", finalStatuses: statuses }, "sandbox")).toEqual(base);
  });
  it("are refused at their field as the server would", () => {
    const problems = (settings: object) => Object.keys(draftErrors({ ...draftOf(base), ...settings }, null));
    expect(problems({})).toEqual([]);
    for (const timeout of ["0", "61 s", "0.5 s", "soon", "2 min"]) {
      expect(problems({ timeout }), timeout).toEqual(["timeout"]);
    }
    expect(problems({ timeout: "1 min", retryFor: "0", concurrency: "64", rate: "0.01" })).toEqual([]);
    expect(problems({ retryFor: "8 d" })).toEqual(["retryFor"]);
    expect(problems({ retryDelays: ["1 s", "25 h", "24 h", "soon"] })).toEqual(["retryDelays.1", "retryDelays.3"]);
    expect(problems({ retryDelays: Array.from({ length: 21 }, () => "1 s") })).toEqual(["retryDelays"]);
    expect(problems({ finalStatuses: ["299", "300", "4xx", "2xx", "600"] })).toEqual([
      "finalStatuses.0",
      "finalStatuses.3",
      "finalStatuses.4",
    ]);
    expect(problems({ concurrency: "1.5", rate: "10001" })).toEqual(["concurrency", "rate"]);
  });
  it("keep the JSON editor from the fields only where no field could show them", () => {
    const ok = (delivery: object) => parseSettings(JSON.stringify({ ...base, ...delivery })).ok;
    expect([ok(set), ok({ timeout: "soon" }), ok({ retryDelays: [0] })]).toEqual([true, true, true]);
    expect([
      ok({ timeout: [] }),
      ok({ redirects: "maybe" }),
      ok({ retryDelays: [] }),
      ok({ finalStatuses: 404 }),
      ok({ orderPerDevice: "maybe" }),
    ]).toEqual([false, false, false, false, false]);
    expect(ok({ auth: { username: "u", bearer: "t" } })).toBe(false);
  });
  it("are told in words", () => {
    const told = kDeliveryMembers.map((member) => shownDelivery(member, set[member] as never));
    expect(told).toEqual([
      "5 s",
      "Not followed",
      "5 s, 1 min, 90 min",
      "1 h",
      "404, 5xx",
      "2",
      "0.5 per second",
      "Kept",
    ]);
    expect(shownDelivery("finalStatuses", [])).toBe("none");
    expect(shownDelivery("timeout", undefined)).toBe("20 s (default)");
    expect(shownDelivery("orderPerDevice", "false")).toBe("Not kept");
    expect(shownDelivery("url", "x")).toBeNull();
  });
});
