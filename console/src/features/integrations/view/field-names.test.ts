import { expect, it } from "vitest";
import { fieldName, withProductNames } from "./field-names";

it("names members, what is in them, and overrides of products", () => {
  expect(fieldName("url")).toBe("URL");
  expect(fieldName("headers.X-Site")).toBe("HTTP headers: X-Site");
  expect(fieldName("overrides.7.headers.X-Site", () => "Pump")).toBe("Override on Pump: HTTP headers: X-Site");
  expect(fieldName("somethingNew")).toBe("somethingNew");
});

it("names products instead of numbering them", () => {
  const changes = { product_ids: { from: [7], to: [7, 8] }, url: { from: "a", to: "b" } };
  expect(withProductNames(changes, (id) => (id === 7 ? "Pump" : "Tank"))).toEqual({
    product_ids: { from: "Pump", to: "Pump\nTank" },
    url: { from: "a", to: "b" },
  });
});
