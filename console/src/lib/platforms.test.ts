import { expect, it } from "vitest";
import { platformChoices, platformName } from "./platforms";

it("names platforms, and numbers those it does not know", () => {
  expect(platformName(13)).toBe("Boron");
  expect(platformName(777)).toBe("Platform 777");
});
it("offers a number that is typed, once", () => {
  const values = (typed: string) => platformChoices(typed).map((one) => one.value);
  expect(values("777")).toContain("777");
  expect(values("13").filter((one) => one === "13")).toHaveLength(1);
  expect(values("boron")).not.toContain("boron");
});
