// The one place that talks to the server: JSON in, JSON out, and every refusal as an ApiError.

export interface Violation {
  field: string;
  message: string;
}

export class ApiError extends Error {
  // 0: the server could not be reached.
  readonly status: number;
  readonly code: string;
  readonly violations: Violation[];
  // The whole answer, for members that only one route has (version, products, retry_after).
  readonly body: Record<string, unknown>;
  // Seconds until it is worth another try, where the server says so.
  readonly retryAfter: number | null;

  constructor(status: number, body: Record<string, unknown>, retryAfter: number | null = null) {
    super(textOf(body) ?? (status === 0 ? "The server cannot be reached." : `The server answered ${status}.`));
    this.status = status;
    this.code = typeof body.code === "string" ? body.code : "";
    this.violations = Array.isArray(body.violations) ? (body.violations as Violation[]) : [];
    this.body = body;
    this.retryAfter = retryAfter;
  }
}

function textOf(body: Record<string, unknown>): string | null {
  for (const name of ["error_description", "error"]) {
    const text = body[name];
    if (typeof text === "string" && text !== "") return text;
  }
  return null;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

let csrf: string | null = null;
let onUnauthorized: () => void = () => {};

// The proof that a change comes from this page; GET /v1/session gives it. It is kept in memory only.
export function setCsrf(token: string | null) {
  csrf = token;
}
// Called when the server no longer knows the session.
export function setUnauthorizedHandler(handler: () => void) {
  onUnauthorized = handler;
}

export interface Answer<T> {
  data: T;
  etag: string | null;
}

export interface Options {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function refusal(response: Response, data: unknown): ApiError {
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const body = typeof data === "object" && data !== null ? { ...data } : {};
  return new ApiError(response.status, body, Number.isFinite(wait) ? wait : null);
}

export async function request<T>(method: Method, path: string, options: Options = {}): Promise<Answer<T>> {
  try {
    return await once<T>(method, path, options);
  } catch (problem) {
    // Somebody signed in anew in another tab: the cookie is that of the new session, the proof that of the old one.
    if (!(problem instanceof ApiError) || problem.code !== "csrf" || path === "/v1/session") throw problem;
    const session = await once<{ csrf: string | null }>("GET", "/v1/session", {});
    setCsrf(session.data.csrf);
    return once<T>(method, path, options);
  }
}

async function once<T>(method: Method, path: string, options: Options): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrf !== null) headers["X-CSRF-Token"] = csrf;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
    });
  } catch (problem) {
    if (options.signal?.aborted) throw problem;
    throw new ApiError(0, {});
  }
  const text = await response.text();
  let data: unknown = {};
  try {
    data = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(response.status, { error: `The server's answer is no JSON (status ${response.status}).` });
  }
  if (!response.ok) {
    if (response.status === 401 && path !== "/v1/session") onUnauthorized();
    throw refusal(response, data);
  }
  return { data: data as T, etag: response.headers.get("ETag") };
}

// A stream that stays open; its bytes as they come.
export async function openStream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(path, { headers: { Accept: "text/event-stream" }, credentials: "same-origin", signal });
  if (response.ok && response.body !== null) return response.body;
  if (response.status === 401) onUnauthorized();
  throw refusal(response, await response.json().catch(() => ({})));
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await request<T>("GET", path, { signal })).data;
}
export async function send<T>(
  method: Exclude<Method, "GET">,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<T> {
  return (await request<T>(method, path, { body, headers })).data;
}

// "a b/c" as one segment of a path.
export function segment(text: string | number): string {
  return encodeURIComponent(String(text));
}
