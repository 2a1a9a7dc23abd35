// What the members of an integration are called where people read them. Pure.
import type { Changes, Json } from "../../../api/types";

const kNames: { [field: string]: string } = {
  name: "Name",
  event: "Event name",
  url: "URL",
  requestType: "Request type",
  json: "JSON data",
  form: "Form fields",
  body: "Custom body",
  query: "Query parameters",
  headers: "HTTP headers",
  auth: "Authentication",
  signing: "Signed by",
  noDefaults: "Without default fields",
  rejectUnauthorized: "Enforce SSL",
  responseTopic: "Response topic",
  errorResponseTopic: "Error topic",
  responseTemplate: "Response template",
  unchunked: "Unchunked responses",
  dataUrlResponseEvent: "Response as data URL",
  disabled: "Disabled",
  deviceID: "Device",
  policy: "Delivery policy",
  template: "Made from template",
  secrets: "Secrets",
  parameters: "Parameters",
  timeout: "Time-out",
  redirects: "Redirects",
  retryDelays: "Waits between attempts",
  retryFor: "Retried for",
  finalStatuses: "Final statuses",
  concurrency: "Requests at once",
  rate: "Requests per second",
  orderPerDevice: "Order of each device",
  integration_type: "Type",
  product_ids: "Products",
  staged_version: "Staged version",
};

// "headers.X-Site" -> "HTTP headers: X-Site"; "overrides.7.url" -> "Override on Pump: url".
export function fieldName(path: string, productName: (id: number) => string = (id) => `product ${id}`): string {
  const [first = "", ...rest] = path.split(".");
  if (first === "overrides") {
    const [id, ...inner] = rest;
    const what = inner.length === 0 ? "" : `: ${fieldName(inner.join("."))}`;
    return `Override on ${productName(Number(id))}${what}`;
  }
  const name = kNames[first] ?? first;
  return rest.length === 0 ? name : `${name}: ${rest.join(".")}`;
}

// Products by their names, a line each, where the server tells their numbers.
export function withProductNames(changes: Changes, productName: (id: number) => string): Changes {
  const change = changes.product_ids;
  if (change === undefined) return changes;
  const names = (ids: Json) => (Array.isArray(ids) ? ids.map((id) => productName(Number(id))).join("\n") : ids);
  return { ...changes, product_ids: { from: names(change.from), to: names(change.to) } };
}
