import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../api/types";
import { objectOf, sameText } from "../../../lib/json-text";
import { checkSettings, parseSettings } from "./settings-check";
import {
  canonicalSettings,
  computedName,
  type Draft,
  draftOf,
  fingerprint,
  keptMembers,
  memberOf,
  mergedSettings,
  newPair,
  printSettings,
  sentSettings,
  settingsOf,
  settingsOfAnswer,
} from "./settings-model";

// A small generator of settings; the same seed gives the same ones.
function random(seed: number) {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}
class Maker {
  private readonly next: () => number;
  constructor(seed: number) {
    this.next = random(seed);
  }
  chance(share: number) {
    return this.next() < share;
  }
  one<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }
  text(): string {
    const parts = [
      "",
      "a",
      "temperature/",
      "{{{x}}}",
      "{{PARTICLE_EVENT_NAME}}",
      'quo"te',
      "\n",
      "\\",
      "ü€😀",
      "{",
      "<b>",
      "{}",
      "[1]",
      '{"a":1}',
      " ",
      "__proto__",
      "toString",
    ];
    return Array.from({ length: Math.floor(this.next() * 4) }, () => this.one(parts)).join("");
  }
  value(depth: number): Json {
    const kind = Math.floor(this.next() * (depth > 2 ? 5 : 7));
    if (kind === 0) return null;
    if (kind === 1) return this.chance(0.5);
    if (kind === 2) return Math.round(this.next() * 1e6) / 100;
    if (kind === 3 || kind === 4) return this.text();
    if (kind === 5) return Array.from({ length: Math.floor(this.next() * 3) }, () => this.value(depth + 1));
    return this.object(depth);
  }
  object(depth: number): JsonObject {
    return objectOf(
      Array.from({ length: Math.floor(this.next() * 4) }, (): [string, Json] => [this.text(), this.value(depth + 1)]),
    );
  }
  pairs(): JsonObject {
    const scalar = () =>
      this.one<() => Json>([() => this.text(), () => this.text(), () => 5, () => true, () => null])();
    return objectOf(Array.from({ length: Math.floor(this.next() * 4) }, (): [string, Json] => [this.text(), scalar()]));
  }
  settings(): JsonObject {
    const members: [string, Json][] = [];
    const maybe = (share: number, names: readonly string[], make: () => Json) => {
      if (this.chance(share)) members.push([this.one(names), this.chance(0.05) ? null : make()]);
    };
    maybe(0.95, ["event", "event", "eventName"], () => this.text());
    maybe(0.95, ["url"], () => `https://${this.text()}`);
    maybe(0.5, ["name"], () => this.text());
    maybe(0.6, ["requestType", "method"], () => this.one(["GET", "POST", "PUT", "DELETE"]));
    maybe(0.3, ["disabled"], () => this.one<Json>([true, false, "true", "false"]));
    maybe(0.2, ["deviceID", "deviceid", "deviceId", "device"], () => "0123456789abcdef01234567");
    maybe(0.3, ["policy"], () => this.one(["durable", "particle"]));
    const format = this.one(["", "json", "form", "body"]);
    if (format === "json") members.push(["json", this.chance(0.5) ? this.object(0) : this.text()]);
    if (format === "form") members.push(["form", this.pairs()]);
    if (format === "body") members.push(["body", this.text()]);
    maybe(0.3, ["query"], () => this.pairs());
    maybe(0.3, ["headers"], () => this.pairs());
    maybe(0.3, ["auth"], () =>
      this.one<Json>([
        { username: this.text(), password: "p" },
        {},
        { username: 1, realm: "x" },
        { user: "u", pass: "p" },
        { bearer: "{{{T}}}" },
        { oauth2: { token_url: "https://a.example/t", client_id: "c", client_secret: "S", client_auth: "body" } },
        { oauth2: { tokenUrl: "https://a.example/t", clientId: "c", clientSecret: "S", scope: "x", audience: "y" } },
      ]),
    );
    for (const flag of ["noDefaults", "rejectUnauthorized", "unchunked", "dataUrlResponseEvent", "orderPerDevice"]) {
      maybe(0.3, [flag], () => this.one<Json>([true, false, "true"]));
    }
    maybe(0.3, ["responseTopic", "responseEvent"], () => this.text());
    maybe(0.3, ["errorResponseTopic", "errorTopic"], () => this.text());
    maybe(0.3, ["responseTemplate"], () => (this.chance(0.5) ? this.object(0) : this.text()));
    maybe(0.3, ["signing"], () => this.one<Json>([{ secrets: ["A_KEY"] }, { secrets: ["NEW", "A_OLD"] }]));
    maybe(0.3, ["secrets"], () => this.one<Json>([["A_KEY", "B"], [{ name: "C" }], []]));
    maybe(0.3, ["timeout"], () => this.one<Json>([1, 20, 60, "5", 0, "soon"]));
    maybe(0.3, ["redirects"], () => this.one(["follow", "error"]));
    maybe(0.3, ["retryDelays"], () => this.one<Json>([[1], [30, 30], [90, "3600", 86_400], ["soon"]]));
    maybe(0.3, ["retryFor"], () => this.one<Json>([0, 3661, 259_200, 604_800, "60"]));
    maybe(0.3, ["finalStatuses"], () => this.one<Json>([[], [404, "5xx"], ["404", 404], ["3xx", 301]]));
    maybe(0.3, ["concurrency"], () => this.one<Json>([1, 64, "8"]));
    maybe(0.3, ["rate"], () => this.one<Json>([0.01, 0.5, 10_000, "2.5"]));
    maybe(0.2, ["parameters"], () => [{ key: "K", value: "v" }]);
    maybe(0.2, ["template"], () => "a-template");
    maybe(0.3, [`x_${this.text()}`, "mydevices", "__proto__"], () => this.value(0));
    return objectOf(members.sort(() => this.next() - 0.5));
  }
}
const kRuns = 500;
const each = (run: (settings: JsonObject, maker: Maker) => void) => {
  for (let seed = 1; seed <= kRuns; seed += 1) {
    const maker = new Maker(seed);
    const settings = maker.settings();
    try {
      run(settings, maker);
    } catch (problem) {
      throw new Error(`seed ${seed}: ${JSON.stringify(settings)}`, { cause: problem });
    }
  }
};
const withoutIds = (draft: Draft) => {
  const bare = (pairs: Draft["form"]) =>
    pairs
      .filter((one) => one.key !== "" || one.value !== "" || one.raw !== undefined)
      .map(({ id: _, ...rest }) => rest);
  return { ...draft, form: bare(draft.form), query: bare(draft.query), headers: bare(draft.headers), base: null };
};

describe("builder and JSON in step", () => {
  it("keeps all settings through the builder exactly as they were, with the order of members", () => {
    each((settings) => {
      expect(checkSettings(settings).shape).toEqual([]);
      expect(sameText(settingsOf(draftOf(settings)), settings)).toBe(true);
    });
  });
  it("keeps them through the JSON text as well", () => {
    each((settings) => {
      const read = parseSettings(printSettings(settingsOf(draftOf(settings))));
      expect(read.ok && sameText(read.settings, settings)).toBe(true);
    });
  });
  it("says in JSON what was changed in the fields, and nothing else", () => {
    each((settings, maker) => {
      const draft = draftOf(settings);
      const other = draftOf(maker.settings());
      const members = Object.keys(draft).filter((name) => name !== "base" && maker.chance(0.3));
      const edited = { ...draft, ...Object.fromEntries(members.map((name) => [name, other[name as keyof Draft]])) };
      const read = draftOf(settingsOf(edited));
      // Of json, form and body only the one of the chosen format is said.
      const said = (one: Draft) => ({
        ...withoutIds(one),
        json: one.format === "json" ? one.json.text.replace(/\s/g, "") : null,
        form:
          one.format === "form"
            ? withoutIds(one).form.filter(
                (pair, index, all) => all.findLastIndex((later) => later.key === pair.key) === index,
              )
            : null,
        body: one.format === "body" ? one.body : null,
        responseTemplate: one.responseTemplate.text.replace(/\s/g, ""),
        // As for credentials, only those of the chosen kind.
        authKind: null,
        username: one.authKind === "basic" ? one.username : "",
        password: one.authKind === "basic" ? one.password : "",
        bearer: one.authKind === "bearer" ? one.bearer : "",
        oauth2: one.authKind === "oauth2" ? one.oauth2 : null,
      });
      expect(said(read)).toEqual(said(edited));
      expect(keptMembers(settingsOf(edited))).toEqual(keptMembers(settings));
    });
  });
  it("finds the same fingerprint for what means the same", () => {
    each((settings) => {
      const shuffled = objectOf(Object.entries(settings).reverse());
      const canonical = canonicalSettings(settings, "organization");
      expect(fingerprint(shuffled, "organization")).toBe(fingerprint(settings, "organization"));
      expect(fingerprint(canonical, "organization")).toBe(fingerprint(settings, "organization"));
    });
  });
});

describe("settingsOf", () => {
  const base: JsonObject = { event: "a", url: "https://b.example", method: "PUT", extra: 1, json: { x: "1" } };
  it("writes a changed member by its documented name, without its other names", () => {
    expect(settingsOf({ ...draftOf(base), requestType: "GET" })).toEqual({
      event: "a",
      url: "https://b.example",
      requestType: "GET",
      extra: 1,
      json: { x: "1" },
    });
  });
  it("has only the data of the chosen format", () => {
    const form = { ...draftOf(base), format: "form" as const, form: [newPair("k", "{{v}}"), newPair()] };
    expect(settingsOf(form)).toMatchObject({ form: { k: "{{v}}" } });
    expect(settingsOf(form)).not.toHaveProperty("json");
    expect(settingsOf({ ...form, format: "default" })).not.toHaveProperty("form");
  });
  it("takes text that is an object for the object, unless it is to stay text", () => {
    const draft = draftOf(base);
    expect(settingsOf({ ...draft, json: { text: '{"y": 2}', asText: false } }).json).toEqual({ y: 2 });
    expect(settingsOf({ ...draft, json: { text: '{"y": 2}', asText: true } }).json).toBe('{"y": 2}');
    expect(settingsOf({ ...draft, json: { text: '{"y": {{{y}}} }', asText: false } }).json).toBe('{"y": {{{y}}} }');
  });
  it("leaves a member out that went back to its default", () => {
    const draft = draftOf({ event: "a", url: "u", disabled: true, auth: { username: "u", password: "p" } });
    expect(settingsOf({ ...draft, disabled: false, username: "", password: "" })).toEqual({ event: "a", url: "u" });
  });
  it("writes one kind of credentials, whatever spelling was there", () => {
    const draft = draftOf({ ...base, auth: { user: "u", pass: "p", realm: "x" } });
    expect([draft.username, draft.password]).toEqual(["u", "p"]);
    expect(settingsOf({ ...draft, password: "q" }).auth).toEqual({ username: "u", password: "q", realm: "x" });
    const token = settingsOf({ ...draft, authKind: "bearer", bearer: "{{{T}}}" });
    expect(token.auth).toEqual({ bearer: "{{{T}}}", realm: "x" });
    expect(draftOf(token)).toMatchObject({ authKind: "bearer", bearer: "{{{T}}}", username: "" });
  });
  it("tells no topic from the default topic", () => {
    expect(settingsOf({ ...draftOf(base), responseTopic: "" }).responseTopic).toBe("");
    expect(settingsOf({ ...draftOf({ ...base, responseTopic: "" }), responseTopic: null })).not.toHaveProperty(
      "responseTopic",
    );
  });
});

describe("what is sent", () => {
  it("leaves out what only answers have", () => {
    expect(sentSettings({ event: "a", id: "1", product_ids: [1], todayCounters: {} })).toEqual({ event: "a" });
  });
  it("takes back by null what is gone, where settings are merged", () => {
    const saved = { event: "a", url: "u", json: { a: "1" }, disabled: true };
    expect(mergedSettings(saved, { event: "a", url: "u", body: "x" })).toEqual({
      event: "a",
      url: "u",
      body: "x",
      json: null,
      disabled: null,
    });
  });
});

describe("what is sent to a merge", () => {
  it("takes away what is gone of a token's settings", () => {
    const saved = { event: "a", url: "u", auth: { oauth2: { token_url: "t", client_id: "c", scope: "x" } } };
    expect(mergedSettings(saved, { ...saved, auth: { oauth2: { token_url: "t", client_id: "d" } } }).auth).toEqual({
      oauth2: { token_url: "t", client_id: "d", scope: null },
    });
    expect(mergedSettings(saved, { ...saved, auth: { bearer: "b" } }).auth).toEqual({ bearer: "b", oauth2: null });
  });
  it("takes headers away one by one", () => {
    const saved = { event: "a", url: "u", headers: { A: "1", B: "2" }, json: { a: "1" } };
    expect(mergedSettings(saved, { event: "a", url: "u", headers: { B: "3" }, json: { b: "1" } })).toEqual({
      event: "a",
      url: "u",
      headers: { B: "3", A: null },
      json: { b: "1" },
    });
  });
});

describe("settingsOfAnswer", () => {
  it("has no defaults and nothing but settings", () => {
    const answer = {
      id: "1",
      integration_type: "Webhook" as const,
      event: "t/",
      name: "t/ for b.example",
      disabled: false,
      deviceID: null,
      policy: "durable" as const,
      url: "https://b.example:8443/x",
      requestType: "POST" as const,
      noDefaults: true,
      rejectUnauthorized: true,
      responseTopic: "{{PARTICLE_DEVICE_ID}}/hook-response/{{PARTICLE_EVENT_NAME}}",
      errorResponseTopic: "mine",
      unchunked: false,
    };
    expect(settingsOfAnswer(answer, "organization")).toEqual({
      event: "t/",
      url: "https://b.example:8443/x",
      requestType: "POST",
      noDefaults: true,
      errorResponseTopic: "mine",
    });
  });
  it("computes the name as the server does", () => {
    expect(computedName("a", "https://u:p@b.example:80/x?y")).toBe("a for b.example");
    expect(computedName("a", "http://[::1]:90/")).toBe("a for [::1]");
    expect(computedName("a", "https://{{{host/x}}}.example/")).toBe("a for {{{host/x}}}.example");
    expect(computedName("a", "")).toBe("a");
  });
});

describe("parseSettings", () => {
  const marked = (text: string) =>
    parseSettings(text).findings.map((one) => [one.severity, text.slice(one.from, one.to), one.message]);
  it("marks no JSON at its place", () => {
    expect(marked('{"event": }')[0]?.slice(0, 2)).toEqual(["error", "}"]);
    expect(parseSettings("[]").ok).toBe(false);
  });
  it("marks what cannot be shown as fields", () => {
    const text = '{"event": 5, "headers": {"a": []}, "json": {}, "body": ""}';
    expect(marked(text)).toEqual([
      ["error", "5", "must be text"],
      ["error", "[]", "must be text, a number or a boolean"],
      ["error", '""', "excludes json: only one of json, form and body can be set"],
    ]);
    expect(parseSettings(text).ok).toBe(false);
  });
  it("marks templates that are not closed, and those that are no JSON yet, without refusing them", () => {
    const text = '{"url": "https://a/{{b", "json": "{\\"v\\": {{{v}}}}", "colour": 1, "id": "x"}';
    expect(parseSettings(text).ok).toBe(true);
    expect(marked(text).map((one) => one.slice(0, 2))).toEqual([
      ["error", '"https://a/{{b'.concat('"')],
      ["warning", '"json"'],
      ["warning", '"colour"'],
      ["info", '"id"'],
    ]);
  });
  it("reads members under their other names", () => {
    expect(memberOf({ method: "GET" }, "requestType")).toBe("GET");
    expect(draftOf({ eventName: "e" }).event).toBe("e");
  });
});
