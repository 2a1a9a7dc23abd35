import { expect, it } from "vitest";
import type { Placement } from "../api/types";
import { sumOfWaits, waitsByProduct, waitsText, waitText } from "./waits";

it("says how many wait, and how many of them are held", () => {
  expect(waitText(1)).toBe("1 delivery waits");
  expect(waitText(5000)).toBe("5,000 deliveries wait");
  expect(waitText(1, ["ends", "end"])).toBe("1 delivery ends");
  expect([
    waitsText({ waiting: 5, held: 0 }),
    waitsText({ waiting: 5, held: 2 }),
    waitsText({ waiting: 5, held: 5 }),
  ]).toEqual(["5 waiting", "5 waiting, 2 of them held", "5 held"]);
});

it("adds products up, and names those where something waits", () => {
  const at = (name: string, waiting?: number, held = 0) => ({ id: 1, name, waiting, held }) as Placement;
  const all = [at("Pump", 3, 3), at("Valve", 0), at("Old")];
  expect(sumOfWaits(all)).toEqual({ waiting: 3, held: 3 });
  expect(waitsByProduct([...all, at("Tank", 2)])).toBe("Pump: 3, Tank: 2");
  expect(waitsByProduct([at("Pump", 3)])).toBe("");
});
