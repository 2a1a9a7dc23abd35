import { describe, expect, it } from "vitest";
import { kNoOAuth2, oauth2DraftOf, oauth2In, oauth2Problems, oauth2ValueOf } from "./oauth2-model";

const whole = {
  token_url: "https://auth.example/token",
  client_id: "fleet",
  client_secret: "CLIENT_SECRET",
  scope: "events",
  audience: "https://api.example",
  client_auth: "body",
};

describe("tokens by OAuth 2", () => {
  it("are the same after they went through the fields", () =>
    expect(oauth2ValueOf(oauth2DraftOf(whole))).toEqual(whole));
  it("leave out what is not asked for", () =>
    expect(oauth2ValueOf({ ...kNoOAuth2, tokenUrl: "u", clientId: "c", clientSecret: "S" })).toEqual({
      token_url: "u",
      client_id: "c",
      client_secret: "S",
      client_auth: "basic",
    }));
  it("are found by other spellings", () => {
    expect(oauth2In({ OAuth2: { tokenUrl: "u" } })).toEqual({ tokenUrl: "u" });
    expect(oauth2DraftOf({ tokenUrl: "u", "Client-Id": "c" })).toMatchObject({ tokenUrl: "u", clientId: "c" });
    expect(oauth2In({ bearer: "t" })).toBe(undefined);
  });
  it("are wrong where a member is unknown or no text", () => {
    expect(oauth2Problems(whole)).toEqual([]);
    expect(oauth2Problems({ ...whole, scope: null })).toEqual([]);
    expect(oauth2Problems("x")).toHaveLength(1);
    expect(oauth2Problems({ grant: "x" })[0]?.[0]).toEqual(["grant"]);
    expect(oauth2Problems({ client_id: 7, client_auth: "jwt" }).map(([path]) => path[0])).toEqual([
      "client_id",
      "client_auth",
    ]);
  });
});
