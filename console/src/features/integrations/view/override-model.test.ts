import { describe, expect, it } from "vitest";
import type { Override } from "../../../api/types";
import { draftOf, overrideOf } from "./override-model";

describe("an override", () => {
  const whole: Override = {
    url: "https://pumps.example/",
    headers: { "X-Site": "7", "X-Old": null },
    auth: { username: "u", password: "p" },
    signing: { secrets: ["NEW", "A_OLD"] },
    disabled: false,
    policy: "particle",
    timeout: 5,
  };
  it("is the same after it went through the fields", () => expect(overrideOf(draftOf(whole))).toEqual(whole));
  it("keeps a token as well", () => {
    const token = { ...whole, auth: { bearer: "{{{T}}}" } };
    expect(overrideOf(draftOf(token))).toEqual(token);
  });
  it("keeps how tokens are asked for as well", () => {
    const oauth2 = { token_url: "https://a.example/t", client_id: "c", client_secret: "S", client_auth: "body" };
    expect(overrideOf(draftOf({ ...whole, auth: { oauth2 } }))).toEqual({
      ...whole,
      auth: { oauth2: { ...oauth2, scope: "", audience: "" } },
    });
  });
  it("is none when nothing differs", () => expect(overrideOf(draftOf(undefined))).toBe(null));
  it("leaves out headers without a name", () => {
    const draft = { ...draftOf(undefined), headers: [{ name: " ", value: "x", removed: false }] };
    expect(overrideOf(draft)).toBe(null);
  });
});
