import { describe, expect, it } from "vitest";
import { previewAsked } from "./preview-request";

const sample = { name: "", data: "", deviceId: "", eventId: "" };
const saved = { id: "i", settings: { event: "e", url: "u", body: "x" }, products: [1, 2] };

describe("previewAsked", () => {
  it("sends what differs from the saved settings so that the server gets the whole edit", () => {
    expect(previewAsked(saved, { event: "e", url: "v" }, sample, [1])).toEqual({
      id: "i",
      body: { event: {}, product_ids: [1], settings: { event: "e", url: "v", body: null } },
    });
  });
  it("sends no settings that are as they are saved", () => {
    expect(previewAsked(saved, { ...saved.settings }, sample, [1])).toEqual({
      id: "i",
      body: { event: {}, product_ids: [1] },
    });
  });
  it("asks as for a new one where it is not saved, and on products that it is not on yet", () => {
    expect(previewAsked(null, { event: "e" }, sample, null).id).toBeNull();
    expect(previewAsked(saved, { event: "e" }, sample, [3]).id).toBeNull();
  });
  it("sends the event that was typed, or the id of a past one", () => {
    const typed = { name: "e/1", data: "{}", deviceId: " d ", eventId: "" };
    expect(previewAsked(null, {}, typed, null).body.event).toEqual({ name: "e/1", data: "{}", device_id: "d" });
    expect(previewAsked(null, {}, { ...typed, eventId: " x " }, null).body).toEqual({ event_id: "x", settings: {} });
  });
});
