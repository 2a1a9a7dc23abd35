import { expect, it } from "vitest";
import { newSigningKey } from "./signing-key";

it("makes keys of 32 bytes in Base64, each another one", () => {
  expect(newSigningKey()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSigningKey()).not.toBe(newSigningKey());
  expect(newSigningKey((bytes) => bytes.fill(255))).toBe(`whsec_${"/".repeat(42)}8=`);
});
