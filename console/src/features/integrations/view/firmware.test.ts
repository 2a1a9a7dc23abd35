import { describe, expect, it } from "vitest";
import type { IntegrationDetail } from "../../../api/types";
import { firmwareOf } from "./firmware";

const make = (more: Partial<IntegrationDetail>): IntegrationDetail => ({
  id: "a",
  event: "temperature/",
  url: "https://desk.example",
  created_at: "",
  updated_at: "",
  version: 1,
  todayCounters: { success: 0, error: 0, sleep: 0, cancelled: 0 },
  waiting: 0,
  held: 0,
  counters: [],
  logs: [],
  errors: [],
  responseTopic: "{{PARTICLE_DEVICE_ID}}/hook-response/{{PARTICLE_EVENT_NAME}}",
  errorResponseTopic: "alarms/{{place}}/x",
  ...more,
});

describe("firmwareOf", () => {
  it("publishes an event that fires it, with the variables its templates name", () => {
    const code = firmwareOf(
      make({ json: { v: "{{{value}}}", p: "{{PRODUCT_ID}}", k: "{{{KEY}}}" }, secrets: ["KEY"] }),
    );
    expect(code).toContain('Particle.publish("temperature/example", "{\\"value\\":\\"1\\"}");');
  });
  it("subscribes to the topics, as far as a device can know them", () => {
    const code = firmwareOf(make({}));
    expect(code).toContain('Particle.subscribe(System.deviceID() + "/hook-response/temperature/example", onResponse);');
    expect(code).toContain('Particle.subscribe("alarms/", onError);');
  });
  it("subscribes to nothing where nothing comes back", () => {
    expect(firmwareOf(make({ responseTopic: "", errorResponseTopic: "" }))).not.toContain("subscribe");
  });
  it("keeps names from ending the comment or the string they stand in", () => {
    const code = firmwareOf(make({ name: 'a"\nint evil;', event: 'e"\\' }));
    expect(code.split("\n")[0]).toContain('a\\" int evil;');
    expect(code).toContain('Particle.publish("e\\"\\\\"');
  });
});
