import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, get, send, setCsrf, setUnauthorizedHandler } from "./client";

// What the server answers, in turn; what was asked is in `asked`.
let answers: (() => Response)[] = [];
let asked: { method: string; path: string; proof: string | null }[] = [];
const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers });

beforeEach(() => {
  answers = [];
  asked = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    asked.push({ method: init.method ?? "", path, proof: new Headers(init.headers).get("X-CSRF-Token") });
    const answer = answers.shift();
    return answer === undefined ? Promise.reject(new TypeError("no network")) : Promise.resolve(answer());
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  setCsrf(null);
});

describe("a request", () => {
  it("carries the proof when it changes something, and not when it reads", async () => {
    setCsrf("proof");
    answers = [json(200, {}), json(200, {})];
    await get("/v1/orgs");
    await send("POST", "/v1/orgs", {});
    expect(asked.map((one) => one.proof)).toEqual([null, "proof"]);
  });

  it("is sent again with the proof of the present session when another tab has signed in", async () => {
    setCsrf("old");
    answers = [json(403, { code: "csrf" }), json(200, { csrf: "new" }), json(200, { done: true })];
    expect(await send("POST", "/v1/orgs", {})).toEqual({ done: true });
    expect(asked.map((one) => [one.method, one.path, one.proof])).toEqual([
      ["POST", "/v1/orgs", "old"],
      ["GET", "/v1/session", null],
      ["POST", "/v1/orgs", "new"],
    ]);
  });

  it("is not sent a third time", async () => {
    answers = [json(403, { code: "csrf" }), json(200, { csrf: "new" }), json(403, { code: "csrf" })];
    await expect(send("POST", "/v1/orgs", {})).rejects.toMatchObject({ code: "csrf" });
    expect(asked).toHaveLength(3);
  });

  it("tells a server that is away from one that refuses", async () => {
    await expect(get("/v1/orgs")).rejects.toMatchObject({ status: 0 });
    answers = [json(400, { error: "no", violations: [{ field: "name", message: "is required" }] })];
    await expect(get("/v1/orgs")).rejects.toMatchObject({ status: 400, violations: [{ field: "name" }] });
  });

  it("says once that the session is over", async () => {
    const over = vi.fn();
    setUnauthorizedHandler(over);
    answers = [json(401, { error: "no valid token" })];
    await expect(get("/v1/orgs")).rejects.toBeInstanceOf(ApiError);
    expect(over).toHaveBeenCalledTimes(1);
    setUnauthorizedHandler(() => {});
  });
});
