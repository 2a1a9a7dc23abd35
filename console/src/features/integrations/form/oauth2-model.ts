// Tokens by OAuth 2 as fields, and as auth.oauth2. Pure.
import type { Json, JsonObject } from "../../../api/types";
import { isObject, objectOf } from "../../../lib/json-text";

export interface OAuth2Draft {
  tokenUrl: string;
  clientId: string;
  clientSecret: string; // name of a secret
  scope: string;
  audience: string;
  clientAuth: "basic" | "body";
}
export const kNoOAuth2: OAuth2Draft = {
  tokenUrl: "",
  clientId: "",
  clientSecret: "",
  scope: "",
  audience: "",
  clientAuth: "basic",
};

export const kOAuth2Fields = ["token_url", "client_id", "client_secret", "scope", "audience"].map(
  (name) => `auth.oauth2.${name}`,
);

// Case, _ and - do not count in names of members.
function member(object: JsonObject, name: string): Json | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[_-]/g, "");
  const found = Object.keys(object).find((one) => plain(one) === plain(name));
  return found === undefined ? undefined : object[found];
}
// The member of `auth`; undefined: it is of another kind.
export function oauth2In(auth: Json | undefined): JsonObject | undefined {
  const value = isObject(auth) ? member(auth, "oauth2") : undefined;
  return isObject(value) ? value : undefined;
}

export function oauth2DraftOf(value: JsonObject | undefined): OAuth2Draft {
  const text = (name: string) => {
    const found = value === undefined ? undefined : member(value, name);
    return typeof found === "string" ? found : "";
  };
  return {
    tokenUrl: text("token_url"),
    clientId: text("client_id"),
    clientSecret: text("client_secret"),
    scope: text("scope"),
    audience: text("audience"),
    clientAuth: text("client_auth") === "body" ? "body" : "basic",
  };
}

export function oauth2ValueOf(draft: OAuth2Draft): JsonObject {
  const optional = (name: string, text: string): [string, Json][] => (text === "" ? [] : [[name, text]]);
  return objectOf([
    ["token_url", draft.tokenUrl],
    ["client_id", draft.clientId],
    ["client_secret", draft.clientSecret],
    ...optional("scope", draft.scope),
    ...optional("audience", draft.audience),
    ["client_auth", draft.clientAuth],
  ]);
}

// What is wrong with the member that was written, by the name of its member there; [] names the whole.
export function oauth2Problems(value: Json): [string[], string][] {
  if (!isObject(value)) return [[[], "must be an object with token_url, client_id and client_secret"]];
  const found: [string[], string][] = [];
  const known = ["token_url", "client_id", "client_secret", "scope", "audience", "client_auth"];
  for (const [name, item] of Object.entries(value)) {
    const documented = known.find((one) => member({ [name]: item }, one) !== undefined);
    if (documented === undefined) {
      if (item !== null) found.push([[name], `is not known; known are ${known.join(", ")}`]);
    } else if (item !== null && typeof item !== "string") {
      found.push([[name], "must be text"]);
    } else if (documented === "client_auth" && item !== null && item !== "basic" && item !== "body") {
      found.push([[name], "must be basic or body"]);
    }
  }
  return found;
}
