import { expect, it } from "vitest";
import { fieldName } from "./field-names";

it("names members, what is in them, and overrides of products", () => {
  expect(fieldName("url")).toBe("URL");
  expect(fieldName("headers.X-Site")).toBe("HTTP headers: X-Site");
  expect(fieldName("overrides.7.headers.X-Site", () => "Pump")).toBe("Override on Pump: HTTP headers: X-Site");
  expect(fieldName("somethingNew")).toBe("somethingNew");
});
