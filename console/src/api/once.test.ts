import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Once } from "./once";

let answers: (() => Response)[] = [];
let keys: (string | null)[] = [];
const json = (status: number, body: unknown) => () => new Response(JSON.stringify(body), { status });

beforeEach(() => {
  answers = [];
  keys = [];
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("fetch", (_path: string, init: RequestInit) => {
    keys.push(new Headers(init.headers).get("Idempotency-Key"));
    const answer = answers.shift();
    return answer === undefined ? Promise.reject(new TypeError("no network")) : Promise.resolve(answer());
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("sends two clicks, and another try after no answer came, with the same key", async () => {
  const once = new Once();
  await expect(once.post("/v1/x", { a: 1 })).rejects.toMatchObject({ status: 0 });
  answers = [json(200, { id: 1 }), json(200, { id: 1 })];
  await Promise.all([once.post("/v1/x", { a: 1 }), once.post("/v1/x", { a: 1 })]);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(keys).size).toBe(1);
});

it("takes another key for something else, and for the same once that is done", async () => {
  const once = new Once();
  answers = [json(400, {}), json(200, {}), json(200, {}), json(200, {})];
  await expect(once.post("/v1/x", { a: 1 })).rejects.toMatchObject({ status: 400 });
  await once.post("/v1/x", { a: 2 });
  await once.post("/v1/x", { a: 2 });
  await once.post("/v1/y", { a: 2 });
  expect(new Set(keys).size).toBe(4);
});

it("waits for the answer of the first when that is being worked on", async () => {
  vi.useFakeTimers();
  answers = [json(409, { code: "idempotency_under_way" }), json(200, { id: 7 })];
  const got = new Once().post("/v1/x", {});
  await vi.advanceTimersByTimeAsync(1000);
  expect(await got).toEqual({ id: 7 });
  expect(new Set(keys).size).toBe(1);
});
